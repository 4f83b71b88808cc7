import type { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import type { Fragment } from "@effect/sql/Statement"
import * as Effect from "effect/Effect"
import type { CheckedForget, CheckedPrune } from "../../../src/internal/memory/checks.js"
import { fits, passes } from "./rows.js"
import type { Site } from "./writes.js"

type Answer<A> = Effect.Effect<A, SqlError>

/** The index, the entities and the vectors go with them. */
const remove = ({ sql, tenant }: Site, which: Fragment): Answer<number> =>
  Effect.map(
    sql`DELETE FROM hyperfunc_entries AS e WHERE e.tenant = ${tenant.id} AND ${which} RETURNING 1 AS gone`,
    (rows) => rows.length
  )

const isAbout = ({ sql, tenant }: Site, entity: string): Fragment =>
  sql`e.key IN (SELECT n.entry FROM hyperfunc_entities AS n WHERE n.tenant = ${tenant.id} AND n.name = ${entity})`

/** @internal */
export const forget = (site: Site, what: CheckedForget): Answer<number> => {
  const { sql, tenant } = site
  switch (what._tag) {
    case "Id":
      return remove(site, sql`e.id = ${what.id}`)
    case "Where":
      return remove(
        site,
        sql.and([
          what.filter.asOf === undefined ? fits(sql, what.filter) : passes(sql, what.filter),
          ...(what.entity === undefined ? [] : [isAbout(site, what.entity)])
        ])
      )
    case "Everything":
      return Effect.zipLeft(remove(site, sql`1 = 1`), sql`DELETE FROM hyperfunc_tenants WHERE id = ${tenant.id}`)
  }
}

/**
 * Empties SQLite's log of writes, in which what was removed can still be read; while others read or write, the next time.
 *
 * @internal
 */
export const erase = (sql: SqlClient): Effect.Effect<void> =>
  sql.onDialectOrElse({
    sqlite: () => Effect.ignore(sql.unsafe("PRAGMA wal_checkpoint(TRUNCATE)")),
    orElse: () => Effect.void
  })

/** @internal */
export const prune = (site: Site, { before, maxImportance }: CheckedPrune): Answer<number> =>
  remove(site, site.sql`e.created_at < ${Math.floor(before)} AND e.importance < ${maxImportance}`)
