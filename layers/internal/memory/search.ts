import type { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import type { Fragment } from "@effect/sql/Statement"
import * as Arr from "effect/Array"
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

/** Entries by their keys: SQLite need not read their texts. */
const byKey = (sql: SqlClient, { id }: Tenant): { readonly entries: Fragment; readonly isOwn: Fragment } =>
  sql.onDialectOrElse({
    pg: () => ({ entries: sql`hyperfunc_entries AS e`, isOwn: sql`+e.tenant = ${id}` }),
    orElse: () => ({
      entries: sql`hyperfunc_entries AS e INDEXED BY hyperfunc_entries_state`,
      isOwn: sql`e.tenant = ${id}`
    })
  })

/** The keys of the entries that answer a question of `item`, as JSON. */
const answer = (sql: SqlClient, tenant: Tenant, filter: Fragment): Fragment => {
  const { entries, isOwn } = byKey(sql, tenant)
  return sql.onDialectOrElse({
    pg: () => sql`(
      SELECT json_agg(found.key)::text FROM (
        SELECT e.key FROM to_tsquery('hyperfunc_words', item.value ->> 0) AS question
        JOIN ${entries} ON ${isOwn} AND e.search @@ question
        WHERE numnode(question) > 0 AND ${filter} ORDER BY e.key DESC LIMIT ${WINDOW}
      ) AS found
    )`,
    orElse: () => sql`(
      SELECT json_group_array(found.key) FROM (
        SELECT e.key FROM hyperfunc_index AS f CROSS JOIN ${entries} ON ${isOwn} AND e.key = f.rowid
        WHERE f.hyperfunc_index MATCH (item.value ->> 0) AND ${filter} ORDER BY f.rowid DESC LIMIT ${WINDOW}
      ) AS found
    )`
  })
}

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
  tenant: Tenant,
  keys: ReadonlyArray<number>
): Effect.Effect<ReadonlyArray<Place>, SqlError> => {
  const { entries, isOwn } = byKey(sql, tenant)
  return Effect.map(
    sql<{
      readonly key: number | string
      readonly length: number
      readonly conversation: string | null
      readonly position: number | null
    }>`
      SELECT e.key, e.length, e.conversation, e.position FROM ${entries}
      WHERE e.key ${among(sql, "BIGINT", keys)} AND ${isOwn} AND e.position IS NULL
      UNION ALL
      SELECT beside.key, beside.length, beside.conversation, beside.position
      FROM ${entries} CROSS JOIN hyperfunc_entries AS beside
      WHERE e.key ${among(sql, "BIGINT", keys)} AND ${isOwn} AND beside.tenant = ${tenant.id}
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
}

/** Common terms, the rarest of them, that are looked for together. */
const TOGETHER = 4

/** All choices of so many of some. */
const choices = <A>(from: ReadonlyArray<A>, size: number): ReadonlyArray<ReadonlyArray<A>> =>
  size === 0
    ? [[]]
    : from.flatMap((first, k) => choices(from.slice(k + 1), size - 1).map((others) => [first, ...others]))

/** What several of some terms say, that says little in each. */
const groupsOf = (terms: ReadonlyArray<string>): ReadonlyArray<ReadonlyArray<string>> =>
  Arr.range(2, Math.max(2, terms.length)).flatMap((size) => choices(terms, size))

/**
 * The entries that terms find, with their relevance. Rare terms find, and common ones weigh what those found. Where that is
 * little, the entries are there, too, that have several of the common terms, and the latest that have one.
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
    const all = quoted.map((term, k) => {
      const keys = found[k]!
      return { term, keys, isCommon: isCommon(keys), having: having(tenant, keys) }
    })
    const common = all.filter(({ isCommon }) => isCommon)
    const rare = all.filter(({ isCommon, keys }) => !isCommon && keys.size > 0)
    const isEnough = new Set(rare.flatMap(({ keys }) => Array.from(keys))).size >= weighed
    const rarest = common.toSorted((a, b) => a.having - b.having).slice(0, TOGETHER)
    const groups = isEnough || common.length < 2 ? [] : groupsOf(rarest.map(({ term }) => term))
    const beside = rare.length === 0 ? [] : common
    const either = `(${rare.map(({ term }) => term).join(or)})`
    const questions = [...beside.map(({ term }) => `${either}${and}${term}`), ...groups.map((group) => group.join(and))]
    const answers = questions.length === 0 ? [] : yield* ask(sql, tenant, filter, questions)
    const together = answers.slice(beside.length)
    const terms = all.map((one): Term => {
      const keys = new Set(one.isCommon && isEnough ? [] : one.keys)
      for (const key of answers[beside.indexOf(one)] ?? []) keys.add(key)
      groups.forEach((group, k) => {
        if (group.includes(one.term)) for (const key of together[k]!) keys.add(key)
      })
      return { keys, rarity: rarityOf(tenant.written, one.having) }
    })
    const keys = likeliest(terms, weighed)
    return keys.length === 0 ? new Map() : relevances(yield* placesOf(sql, tenant, keys), terms)
  })
