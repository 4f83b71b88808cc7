import type { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import type { Fragment } from "@effect/sql/Statement"
import * as Effect from "effect/Effect"
import { among, firstPlace, items } from "./dialect.js"
import { marking } from "./marks.js"
import { likeliest, type Place, rarityOf, relevances, type Term } from "./relevance.js"
import { firstKey, type Tenant } from "./tenants.js"

/** Entries that are looked at for a term: one that more have is too common to find anything by. */
const WINDOW = 512

/** Entries that are weighed with what stands beside them. */
const WEIGHED = 40

/** A question in the language of the index: terms are letters and digits, and stand in quotes. */
const language = (sql: SqlClient) =>
  sql.onDialectOrElse({
    pg: () => ({ quote: (term: string) => `'${term}'`, and: " & ", or: " | " }),
    orElse: () => ({ quote: (term: string) => `"${term}"`, and: " AND ", or: " OR " })
  })

/** The keys of the entries that answer a question of `item`, as JSON. */
const answer = (sql: SqlClient, tenant: Tenant, filter: Fragment): Fragment =>
  sql.onDialectOrElse({
    pg: () => sql`(
      SELECT json_agg(found.key)::text FROM (
        SELECT e.key FROM to_tsquery('hyperfunc_words', item.value ->> 0) AS question
        JOIN hyperfunc_entries AS e ON e.search @@ question
        WHERE numnode(question) > 0 AND +e.tenant = ${tenant.id} AND ${filter} ORDER BY e.key DESC LIMIT ${WINDOW}
      ) AS found
    )`,
    orElse: () => sql`(
      SELECT json_group_array(found.key) FROM (
        SELECT e.key FROM hyperfunc_index AS f CROSS JOIN hyperfunc_entries AS e ON e.key = f.rowid
        WHERE f.hyperfunc_index MATCH (item.value ->> 0) AND +e.tenant = ${tenant.id} AND ${filter} ORDER BY f.rowid DESC LIMIT ${WINDOW}
      ) AS found
    )`
  })

const ask = (
  sql: SqlClient,
  tenant: Tenant,
  filter: Fragment,
  questions: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<ReadonlySet<number>>, SqlError> =>
  Effect.map(
    sql<{ readonly place: number | string; readonly keys: string | null }>`
      SELECT item.key AS place, ${answer(sql, tenant, filter)} AS keys FROM ${items(sql, questions)}`,
    (rows) => {
      const answers = questions.map(() => new Set<number>())
      for (const { keys, place } of rows) {
        if (keys !== null) answers[Number(place) - firstPlace(sql)] = new Set(JSON.parse(keys))
      }
      return answers
    }
  )

const isCommon = (keys: ReadonlySet<number>): boolean => keys.size === WINDOW

/** How many entries have a term, judged by how far back one has to look for a window full of them. */
const having = (tenant: Tenant, keys: ReadonlySet<number>): number => {
  if (!isCommon(keys)) return keys.size
  const oldest = Math.min(...keys) - firstKey(tenant)
  return Math.max(WINDOW, (WINDOW * tenant.written) / Math.max(1, tenant.written - oldest))
}

/** Where they are, and what is beside them. */
const placesOf = (
  sql: SqlClient,
  { id }: Tenant,
  keys: ReadonlyArray<number>
): Effect.Effect<ReadonlyArray<Place>, SqlError> =>
  Effect.map(
    sql<{
      readonly key: number | string
      readonly length: number
      readonly conversation: string | null
      readonly position: number | null
    }>`
      SELECT e.key, e.length, e.conversation, e.position FROM hyperfunc_entries AS e
      WHERE e.key ${among(sql, "BIGINT", keys)} AND +e.tenant = ${id} AND e.position IS NULL
      UNION ALL
      SELECT beside.key, beside.length, beside.conversation, beside.position
      FROM hyperfunc_entries AS e CROSS JOIN hyperfunc_entries AS beside
      WHERE e.key ${among(sql, "BIGINT", keys)} AND +e.tenant = ${id} AND beside.tenant = ${id}
        AND beside.conversation = e.conversation AND beside.position BETWEEN e.position - 2 AND e.position + 2`,
    (rows) => {
      const places = new Map<number, Place>()
      for (const { conversation, key, length, position } of rows) {
        const place = conversation === null || position === null ? {} : { conversation, position }
        places.set(Number(key), { key: Number(key), length, ...place })
      }
      return Array.from(places.values())
    }
  )

/**
 * The entries that terms find, with their relevance. Rare terms find, and common ones weigh what those found; where that is
 * little, the latest entries of each common term are there, too.
 *
 * @internal
 */
export const search = (
  sql: SqlClient,
  tenant: Tenant,
  filter: Fragment,
  options: { readonly terms: ReadonlyArray<string>; readonly limit: number }
): Effect.Effect<ReadonlyMap<number, number>, SqlError> =>
  Effect.gen(function* () {
    const { and, or, quote } = language(sql)
    const weighed = Math.max(WEIGHED, 2 * options.limit)
    const quoted = options.terms.map(marking(tenant)).map(quote)
    const found = yield* ask(sql, tenant, filter, quoted)
    const rare = quoted.filter((_, k) => found[k]!.size > 0 && !isCommon(found[k]!))
    const common = rare.length === 0 ? [] : quoted.filter((_, k) => isCommon(found[k]!))
    const beside = common.map((term) => `(${rare.join(or)})${and}${term}`)
    const both = beside.length === 0 ? [] : yield* ask(sql, tenant, filter, beside)
    const reach = new Set(found.flatMap((keys) => (isCommon(keys) ? [] : Array.from(keys)))).size
    const terms = found.map((keys, k): Term => {
      const weighing = both[common.indexOf(quoted[k]!)]
      return {
        keys: weighing === undefined ? keys : reach < weighed ? new Set([...weighing, ...keys]) : weighing,
        rarity: rarityOf(tenant.written, having(tenant, keys))
      }
    })
    const keys = likeliest(terms, weighed)
    return keys.length === 0 ? new Map() : relevances(yield* placesOf(sql, tenant, keys), terms)
  })
