import type { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import type { Fragment } from "@effect/sql/Statement"
import * as Effect from "effect/Effect"
import { among, byKey, often, taken } from "./dialect.js"
import type { Place } from "./relevance.js"
import { firstKey, LAST, type Tenant } from "./tenants.js"

/** As JSON: as many rows take longer to read. */
const inOneValue = (sql: SqlClient, entry: Fragment, length: Fragment): Fragment =>
  sql.onDialectOrElse({
    pg: () => sql`'[' || string_agg('[' || concat_ws(',', ${entry}, ${length}, COALESCE(beside.position::text, 'null'),
      COALESCE(to_json(beside.conversation)::text, 'null')) || ']', ',') || ']'`,
    orElse: () => sql`json_group_array(json_array(${entry}, ${length}, beside.position, beside.conversation))`
  })

type Columns = readonly [entry: number, length: number, position: number | null, conversation: string | null]

const placesIn = (json: string): ReadonlyArray<Place> =>
  (JSON.parse(json) as ReadonlyArray<Columns>).map(([entry, length, position, conversation]) => ({
    entry,
    length,
    position,
    conversation
  }))

/**
 * Where entries are, and what is beside them: a place is given as often as it is beside one.
 *
 * @internal
 */
export const placesOf = (
  sql: SqlClient,
  tenant: Tenant,
  numbers: ReadonlyArray<number>
): Effect.Effect<ReadonlyArray<Place>, SqlError> => {
  const { entries, owner } = byKey(sql)
  const keys = numbers.map((entry) => firstKey(tenant) + entry)
  const entry = sql.literal(`COALESCE(beside.key, e.key) & ${LAST}`)
  const length = sql`COALESCE(beside.length, e.length)`
  return Effect.map(
    taken(sql<{ readonly places: string | null }>`${often(sql)}
      SELECT ${inOneValue(sql, entry, length)} AS places
      FROM ${entries} LEFT JOIN hyperfunc_entries AS beside ON beside.tenant = ${tenant.id}
        AND beside.conversation = e.conversation AND beside.position BETWEEN e.position - 2 AND e.position + 2
      WHERE e.key ${among(sql, "BIGINT", keys)} AND ${owner} = ${tenant.id}`),
    ([row]) => placesIn(row?.places ?? "[]")
  )
}
