import type { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { EmbedderService } from "../../../services/Embedder.js"
import type { MemoryEntry, Recalled, TenantId } from "../../../services/Memory.js"
import type { CheckedFilter, CheckedQuery } from "../../../src/internal/memory/checks.js"
import { ranked } from "../../../src/internal/memory/ranking.js"
import { among, often, taken } from "./dialect.js"
import { largest } from "./relevance.js"
import { columns, entryOf, passes, type Row } from "./rows.js"
import { search } from "./search.js"
import * as Tenants from "./tenants.js"
import * as Vectors from "./vectors.js"
import { termsIn } from "./words.js"

type Answer<A> = Effect.Effect<A, SqlError>

/** Entries of each kind, found by words and found by vectors, that are put in order together. */
const CANDIDATES = 20

const entriesOf = (name: TenantId, rows: Answer<ReadonlyArray<Row>>): Answer<ReadonlyArray<MemoryEntry>> =>
  Effect.map(rows, (rows) => rows.map((row) => entryOf(name, row)))

/** @internal */
export const recent = (
  sql: SqlClient,
  name: TenantId,
  tenant: Tenants.Tenant,
  query: CheckedQuery
): Answer<ReadonlyArray<MemoryEntry>> =>
  entriesOf(
    name,
    sql<Row>`SELECT ${columns(sql)} FROM hyperfunc_entries AS e
      WHERE e.tenant = ${tenant.id} AND ${passes(sql, query)}
      ORDER BY e.created_at DESC, e.key DESC LIMIT ${query.limit}`
  )

/** @internal */
export const byEntity = (
  sql: SqlClient,
  name: TenantId,
  tenant: Tenants.Tenant,
  { entity, query }: { readonly entity: string; readonly query: CheckedQuery }
): Answer<ReadonlyArray<MemoryEntry>> =>
  entriesOf(
    name,
    sql<Row>`SELECT ${columns(sql)} FROM hyperfunc_entities AS n JOIN hyperfunc_entries AS e ON e.key = n.entry
      WHERE n.tenant = ${tenant.id} AND n.name = ${entity} AND ${passes(sql, query)}
      ORDER BY e.importance DESC, e.created_at DESC, e.key DESC LIMIT ${query.limit}`
  )

/** @internal */
export const rowOfId = (sql: SqlClient, tenant: Tenants.Tenant, id: string): Answer<Row | undefined> =>
  Effect.map(
    sql<Row>`SELECT ${columns(sql)} FROM hyperfunc_entries AS e WHERE e.tenant = ${tenant.id} AND e.id = ${id}`,
    ([row]) => row
  )

/** @internal */
export const count = (sql: SqlClient, tenant: Tenants.Tenant, filter: CheckedFilter): Answer<number> =>
  Effect.map(
    sql<{ readonly count: number | string }>`SELECT count(*) AS count FROM hyperfunc_entries AS e
      WHERE e.tenant = ${tenant.id} AND ${passes(sql, filter)}`,
    ([row]) => Number(row?.count)
  )

/** What a question is asked of, checked. */
interface Asked {
  readonly name: TenantId
  readonly now: DateTime.Utc
  readonly question: { readonly text: string; readonly query: CheckedQuery }
}

const similar = (
  sql: SqlClient,
  tenant: Tenants.Tenant,
  { query, text }: Asked["question"],
  embedder: EmbedderService | undefined
): Answer<ReadonlyMap<number, number>> =>
  Effect.gen(function* () {
    const vector = yield* Vectors.ofQuestion(embedder, text)
    if (vector === undefined) return new Map<number, number>()
    return yield* Vectors.similarities(sql, tenant, passes(sql, query), vector)
  })

const latest = (sql: SqlClient, { name, question }: Asked): Answer<ReadonlyArray<Recalled>> =>
  Effect.gen(function* () {
    const tenant = yield* Tenants.find(sql, name)
    const entries = Option.isNone(tenant) ? [] : yield* recent(sql, name, tenant.value, question.query)
    return entries.map((entry, k) => ({ entry, score: 1 - k / entries.length }))
  })

/**
 * What words find and what vectors find, in one order; of a text without a word, the latest.
 *
 * @internal
 */
export const recall = (
  sql: SqlClient,
  asked: Asked,
  embedder: EmbedderService | undefined
): Answer<ReadonlyArray<Recalled>> =>
  Effect.gen(function* () {
    const { name, now, question } = asked
    const { query, text } = question
    const terms = termsIn(text)
    if (terms.length === 0) return yield* latest(sql, asked)
    const words = yield* search(sql, name, passes(sql, query), { terms, limit: query.limit })
    if (words === undefined) return []
    const { relevance, tenant } = words
    const similarity = yield* similar(sql, tenant, question, embedder)
    const candidates = Math.max(CANDIDATES, 2 * query.limit)
    const entries = new Set([...largest(relevance, candidates), ...largest(similarity, candidates)])
    if (entries.size === 0) return []
    const keys = Array.from(entries, (entry) => Tenants.firstKey(tenant) + entry)
    const rows = yield* taken(sql<Row>`${often(sql)} SELECT ${columns(sql)} FROM hyperfunc_entries AS e
      WHERE e.key ${among(sql, "BIGINT", keys)} AND +e.tenant = ${tenant.id} AND ${passes(sql, query)}`)
    const found = new Map(rows.map((row) => [row.id, row]))
    const hits = rows.map(({ created_at, id, importance, key }) => {
      const entry = Number(key) - Tenants.firstKey(tenant)
      const near = similarity.get(entry)
      return {
        id,
        relevance: relevance.get(entry) ?? 0,
        importance,
        createdAt: Number(created_at),
        order: entry,
        ...(near === undefined ? {} : { similarity: near })
      }
    })
    const chosen = ranked(hits, { now: now.epochMillis, limit: query.limit })
    return chosen.map(({ id, score }) => ({ entry: entryOf(name, found.get(id)!), score }))
  })
