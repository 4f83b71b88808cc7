import type { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import type { Fragment } from "@effect/sql/Statement"
import * as Effect from "effect/Effect"
import type { TenantId } from "../../../services/Memory.js"
import { byKey, firstPlace, items, often, taken } from "./dialect.js"
import { BLOCK_BITS, marking, UNMARKED } from "./marks.js"
import { LAST, TENANT_BITS, type Tenant, type TenantRow, tenantOf } from "./tenants.js"

/**
 * Entries that are looked at for a question, the latest ones: a term that more have is too common to find anything by.
 *
 * @internal
 */
export const WINDOW = 512

/**
 * A question in the language of the index: terms are letters and digits, and stand in quotes.
 *
 * @internal
 */
export const quoted = (sql: SqlClient, term: string): string =>
  sql.onDialectOrElse({ pg: () => `'${UNMARKED}${term}'`, orElse: () => `"${UNMARKED}${term}"` })

/** @internal */
export const allOf = (sql: SqlClient, terms: ReadonlyArray<string>): string =>
  terms.join(sql.onDialectOrElse({ pg: () => " & ", orElse: () => " AND " }))

/** A list of numbers in a column, which is null or empty when there are none: how many it has, and what it is as JSON. */
const list = (sql: SqlClient, numbers: Fragment): { readonly size: Fragment; readonly json: Fragment } =>
  sql.onDialectOrElse({
    pg: () => ({ size: sql`COALESCE(cardinality(${numbers}), 0)`, json: sql`array_to_json(${numbers})::text` }),
    orElse: () => ({ size: sql`json_array_length(${numbers})`, json: numbers })
  })

/** What is asked of the tenant of a row, both names in SQL; the answer is no longer than a window. */
interface Question {
  readonly row: string
  readonly text: string
  readonly filter: Fragment
  readonly window: number
}

/**
 * The list of the latest entries that answer a question, by their numbers. PostgreSQL goes from block to block until it has
 * enough. It would look through all entries from the latest on where it plans for any question; `+` keeps it from that.
 */
const answer = (sql: SqlClient, { filter, row, text, window }: Question): Fragment => {
  const { entries, owner } = byKey(sql)
  const tenant = sql.literal(`${row}.id`)
  const asked = (mark: string): Fragment => sql.literal(marking(text, mark))
  const block = (entry: string): Fragment => sql.literal(`(${row}.id << ${TENANT_BITS}) + ${entry} >> ${BLOCK_BITS}`)
  return sql.onDialectOrElse({
    pg: () => sql`(
      SELECT array_agg(found.entry) FROM (
        SELECT e.key & ${LAST} AS entry
        FROM generate_series(${block(`${row}.next - 1`)}, ${block("0")}, -1) AS block CROSS JOIN LATERAL (
          SELECT e.key FROM to_tsquery('hyperfunc_words', ${asked("block")}) AS query
          JOIN ${entries} ON ${owner} = ${tenant} AND e.search @@ query
          WHERE numnode(query) > 0 AND ${filter} ORDER BY +e.key DESC LIMIT ${window}
        ) AS e LIMIT ${window}
      ) AS found
    )`,
    orElse: () => sql`(
      SELECT json_group_array(found.entry) FROM (
        SELECT e.key & ${LAST} AS entry FROM hyperfunc_index AS f
        CROSS JOIN ${entries} ON ${owner} = ${tenant} AND e.key = f.rowid
        WHERE f.hyperfunc_index MATCH ${asked(`${row}.id`)} AND ${filter} ORDER BY f.rowid DESC LIMIT ${window}
      ) AS found
    )`
  })
}

/** Of a question with a window full of entries, so many, those that answer one with fewer, too. */
const withRarer = (sql: SqlClient, size: Fragment, filter: Fragment): Fragment => {
  const { all, and, or } = sql.onDialectOrElse({
    pg: () => ({ all: "string_agg", and: " & ", or: " | " }),
    orElse: () => ({ all: "group_concat", and: " AND ", or: " OR " })
  })
  const others = sql.literal(`${all}(question, '${or}')`)
  const both = sql.literal(`'(' || rarer.question || ')${and}' || asked.question`)
  return sql`CASE WHEN ${size} = ${WINDOW} THEN (
    SELECT ${answer(sql, { row: "narrowed", text: "narrowed.question", filter, window: WINDOW })} FROM (
      SELECT asked.id, asked.next, ${both} AS question
      FROM (SELECT ${others} AS question FROM asked WHERE ${size} BETWEEN 1 AND ${WINDOW - 1}) AS rarer
      WHERE rarer.question IS NOT NULL
    ) AS narrowed
  ) END`
}

interface Row extends TenantRow {
  readonly place: number | string
  readonly entries: string | null
  readonly beside: string | null
}

/** The latest entries that answer a question, by their numbers; and those that answer a rarer one, too. */
interface Answer {
  readonly entries: ReadonlyArray<number>
  readonly withRarer: ReadonlyArray<number>
}

/** @internal */
export interface Answers {
  readonly tenant: Tenant
  readonly answers: ReadonlyArray<Answer>
}

const parsed = (json: string | null): ReadonlyArray<number> => (json === null ? [] : JSON.parse(json))

/** What is asked together. */
interface Asked {
  readonly filter: Fragment
  readonly questions: ReadonlyArray<string>
  /** Entries of each, at most. */
  readonly window: number
  /** Whether to look, of each that has as many as a {@link WINDOW}, for those that answer one with fewer. */
  readonly withRarer: boolean
}

/**
 * Answers to questions, in one round trip; none where there is no such tenant.
 *
 * @internal
 */
export const ask = (
  sql: SqlClient,
  name: TenantId,
  { filter, questions, window, ...asked }: Asked
): Effect.Effect<Answers | undefined, SqlError> => {
  const found = list(sql, sql`entries`)
  const beside = asked.withRarer ? list(sql, withRarer(sql, found.size, filter)).json : sql`NULL`
  return Effect.map(
    taken(sql<Row>`${often(sql)}
      WITH questions AS (
        SELECT t.id, t.next, item.key AS place, item.value ->> 0 AS question
        FROM hyperfunc_tenants AS t CROSS JOIN ${items(sql, questions)} WHERE t.name = ${name}
      ), asked AS MATERIALIZED (
        SELECT id, next, place, question,
          ${answer(sql, { row: "questions", text: "questions.question", filter, window })} AS entries
        FROM questions
      )
      SELECT id, next, place, ${found.json} AS entries, ${beside} AS beside FROM asked`),
    (rows) => {
      const [row] = rows
      if (row === undefined) return undefined
      const answers = questions.map((): Answer => ({ entries: [], withRarer: [] }))
      for (const { beside, entries, place } of rows) {
        answers[Number(place) - firstPlace(sql)] = { entries: parsed(entries), withRarer: parsed(beside) }
      }
      return { tenant: tenantOf(row), answers }
    }
  )
}
