import type { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import type { Fragment } from "@effect/sql/Statement"
import * as Effect from "effect/Effect"
import type { TenantId } from "../../../services/Memory.js"
import { among, firstPlace, items, often, taken } from "./dialect.js"
import { marking, UNMARKED } from "./marks.js"
import type { Place } from "./relevance.js"
import { firstKey, LAST, type Tenant, type TenantRow, tenantOf } from "./tenants.js"

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

/** Entries by their keys: SQLite need not read their texts. */
const byKey = (sql: SqlClient): { readonly entries: Fragment; readonly owner: Fragment } =>
  sql.onDialectOrElse({
    pg: () => ({ entries: sql`hyperfunc_entries AS e`, owner: sql`+e.tenant` }),
    orElse: () => ({
      entries: sql`hyperfunc_entries AS e INDEXED BY hyperfunc_entries_state`,
      owner: sql`e.tenant`
    })
  })

/** A list of numbers in a column, which is null or empty when there are none: how many it has, and what it is as JSON. */
const list = (sql: SqlClient, numbers: Fragment): { readonly size: Fragment; readonly json: Fragment } =>
  sql.onDialectOrElse({
    pg: () => ({ size: sql`COALESCE(cardinality(${numbers}), 0)`, json: sql`array_to_json(${numbers})::text` }),
    orElse: () => ({ size: sql`json_array_length(${numbers})`, json: numbers })
  })

/** What is asked of the tenant of a row of SQL, an expression. */
interface Question {
  readonly row: string
  readonly text: Fragment
  readonly filter: Fragment
}

/**
 * The list of the latest entries that answer a question, by their numbers. PostgreSQL would look through all entries from the
 * latest on where it plans for any question; `+` keeps it from that.
 */
const answer = (sql: SqlClient, { filter, row, text }: Question): Fragment => {
  const { entries, owner } = byKey(sql)
  const tenant = sql.literal(`${row}.id`)
  return sql.onDialectOrElse({
    pg: () => sql`(
      SELECT array_agg(found.entry) FROM (
        SELECT e.key & ${LAST} AS entry FROM to_tsquery('hyperfunc_words', ${text}) AS query
        JOIN ${entries} ON ${owner} = ${tenant} AND e.search @@ query
        WHERE numnode(query) > 0 AND ${filter} ORDER BY +e.key DESC LIMIT ${WINDOW}
      ) AS found
    )`,
    orElse: () => sql`(
      SELECT json_group_array(found.entry) FROM (
        SELECT e.key & ${LAST} AS entry FROM hyperfunc_index AS f
        CROSS JOIN ${entries} ON ${owner} = ${tenant} AND e.key = f.rowid
        WHERE f.hyperfunc_index MATCH ${text} AND ${filter} ORDER BY f.rowid DESC LIMIT ${WINDOW}
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
  const rarer = sql`FROM asked WHERE ${size} BETWEEN 1 AND ${WINDOW - 1}`
  const both = sql`('(' || (SELECT ${sql.literal(all)}(question, '${sql.literal(or)}') ${rarer}) || ')${sql.literal(and)}' || asked.question)`
  return sql`CASE WHEN ${size} = ${WINDOW} AND EXISTS (SELECT 1 ${rarer})
    THEN ${answer(sql, { row: "asked", text: both, filter })} END`
}

interface Row extends TenantRow {
  readonly place: number | string
  readonly entries: string | null
  readonly beside: string | null
}

/**
 * The latest entries that answer a question, by their numbers, and where that is a window full of them, those that answer
 * one with fewer, too.
 */
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

/**
 * Answers to questions, in one round trip; none where there is no such tenant.
 *
 * @internal
 */
export const ask = (
  sql: SqlClient,
  name: TenantId,
  filter: Fragment,
  questions: ReadonlyArray<string>
): Effect.Effect<Answers | undefined, SqlError> => {
  const found = list(sql, sql`entries`)
  const beside = list(sql, withRarer(sql, found.size, filter))
  return Effect.map(
    taken(sql<Row>`${often(sql)}
      WITH questions AS (
        SELECT t.id, t.next, item.key AS place, ${sql.literal(marking("item.value ->> 0", "t"))} AS question
        FROM hyperfunc_tenants AS t CROSS JOIN ${items(sql, questions)} WHERE t.name = ${name}
      ), asked AS MATERIALIZED (
        SELECT id, next, place, question,
          ${answer(sql, { row: "questions", text: sql`questions.question`, filter })} AS entries
        FROM questions
      )
      SELECT id, next, place, ${found.json} AS entries, ${beside.json} AS beside FROM asked`),
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
