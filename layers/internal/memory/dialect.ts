import type { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import type { Fragment } from "@effect/sql/Statement"
import * as Effect from "effect/Effect"

/**
 * What a statement begins with that is asked all the time: a connection to PostgreSQL prepares it. Nothing that writes: a
 * plan for a table with next to nothing in it is a bad one for what is written in bulk.
 *
 * @internal
 */
export const OFTEN = "/* hyperfunc recall */"

/**
 * The rows of a statement, taken out of its result. Its span and its scope hold that when they have ended, in objects that V8
 * puts among the old from the start: until a full collection, all that they hold would be copied by every small one.
 *
 * @internal
 */
export const taken = <A>(
  statement: Effect.Effect<ReadonlyArray<A>, SqlError>
): Effect.Effect<ReadonlyArray<A>, SqlError> => Effect.map(statement, (rows) => (rows as Array<A>).splice(0))

/** @internal */
export const often = (sql: SqlClient): Fragment => sql.literal(OFTEN)

/**
 * Entries by their keys, and whose they are: SQLite need not read their texts.
 *
 * @internal
 */
export const byKey = (sql: SqlClient): { readonly entries: Fragment; readonly owner: Fragment } =>
  sql.onDialectOrElse({
    pg: () => ({ entries: sql`hyperfunc_entries AS e`, owner: sql`+e.tenant` }),
    orElse: () => ({
      entries: sql`hyperfunc_entries AS e INDEXED BY hyperfunc_entries_state`,
      owner: sql`e.tenant`
    })
  })

const elements = (sql: SqlClient, values: ReadonlyArray<string | number>): Fragment => {
  const json = JSON.stringify(values.map((value) => [value]))
  return sql.onDialectOrElse({
    pg: () => sql`jsonb_array_elements(${json}::jsonb) WITH ORDINALITY AS item (value, key)`,
    orElse: () => sql`json_each(${json}) AS item`
  })
}

/**
 * Rows out of one parameter: `item.value ->> 0` is a value, and `item.key` its place from {@link firstPlace}.
 *
 * @internal
 */
export const items: (sql: SqlClient, values: ReadonlyArray<string>) => Fragment = elements

/** @internal */
export const firstPlace = (sql: SqlClient): number => sql.onDialectOrElse({ pg: () => 1, orElse: () => 0 })

/**
 * Whether the column before it has one of some values, of which there may be more than a statement takes parameters. Both
 * databases look each of them up in an index on the column, if no other condition has one: `+` before a column keeps its
 * index out of it.
 *
 * @internal
 */
export const among = (sql: SqlClient, type: "BIGINT" | "TEXT", values: ReadonlyArray<string | number>): Fragment => {
  const chosen = sql`(SELECT CAST(item.value ->> 0 AS ${sql.literal(type)}) FROM ${elements(sql, values)})`
  return sql.onDialectOrElse({
    pg: () => (type === "BIGINT" ? sql`= ANY (${`{${values.join()}}`}::bigint[])` : sql`= ANY (ARRAY ${chosen})`),
    orElse: () => sql`IN ${chosen}`
  })
}
