import type { SqlClient } from "@effect/sql/SqlClient"
import type { Fragment } from "@effect/sql/Statement"

/**
 * Rows out of one parameter: `item.value ->> 0` is a value, and `item.key` its place from {@link firstPlace}. Cross joined,
 * what follows is looked up for each of them; any other join SQLite may turn around, and go through all that there is.
 *
 * @internal
 */
export const items = (sql: SqlClient, values: ReadonlyArray<string | number>): Fragment => {
  const json = JSON.stringify(values.map((value) => [value]))
  return sql.onDialectOrElse({
    pg: () => sql`jsonb_array_elements(${json}::jsonb) WITH ORDINALITY AS item (value, key)`,
    orElse: () => sql`json_each(${json}) AS item`
  })
}

/** @internal */
export const firstPlace = (sql: SqlClient): number => sql.onDialectOrElse({ pg: () => 1, orElse: () => 0 })
