import type { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { EmbedderService } from "../../../services/Embedder.js"
import type { MemoryEntry, Recalled, TenantId } from "../../../services/Memory.js"
import type { CheckedFilter, CheckedQuery } from "../../../src/internal/memory/checks.js"
import { ranked } from "../../../src/internal/memory/ranking.js"
import { among } from "./dialect.js"
import { columns, entryOf, passes, type Row } from "./rows.js"
import { search } from "./search.js"
import type { Tenant } from "./tenants.js"
import * as Vectors from "./vectors.js"
import { termsIn } from "./words.js"

type Answer<A> = Effect.Effect<A, SqlError>

/** Entries of each kind, found by words and found by vectors, that are put in order together. */
const CANDIDATES = 30

const entriesOf = (name: TenantId, rows: Answer<ReadonlyArray<Row>>): Answer<ReadonlyArray<MemoryEntry>> =>
  Effect.map(rows, (rows) => rows.map((row) => entryOf(name, row)))

/** @internal */
export const recent = (
  sql: SqlClient,
  name: TenantId,
  tenant: Tenant,
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
  tenant: Tenant,
  { entity, query }: { readonly entity: string; readonly query: CheckedQuery }
): Answer<ReadonlyArray<MemoryEntry>> =>
  entriesOf(
    name,
    sql<Row>`SELECT ${columns(sql)} FROM hyperfunc_entities AS n JOIN hyperfunc_entries AS e ON e.key = n.entry
      WHERE n.tenant = ${tenant.id} AND n.name = ${entity} AND ${passes(sql, query)}
      ORDER BY e.importance DESC, e.created_at DESC, e.key DESC LIMIT ${query.limit}`
  )

/** @internal */
export const rowOfId = (sql: SqlClient, tenant: Tenant, id: string): Answer<Row | undefined> =>
  Effect.map(
    sql<Row>`SELECT ${columns(sql)} FROM hyperfunc_entries AS e WHERE e.tenant = ${tenant.id} AND e.id = ${id}`,
    ([row]) => row
  )

/** @internal */
export const count = (sql: SqlClient, tenant: Tenant, filter: CheckedFilter): Answer<number> =>
  Effect.map(
    sql<{ readonly count: number | string }>`SELECT count(*) AS count FROM hyperfunc_entries AS e
      WHERE e.tenant = ${tenant.id} AND ${passes(sql, filter)}`,
    ([row]) => Number(row?.count)
  )

const largest = (values: ReadonlyMap<number, number>, limit: number): ReadonlyArray<number> =>
  Array.from(values)
    .sort(([a, x], [b, y]) => y - x || b - a)
    .slice(0, limit)
    .map(([key]) => key)

/** What a question is asked of, checked. */
interface Asked {
  readonly name: TenantId
  readonly now: DateTime.Utc
  readonly question: { readonly text: string; readonly query: CheckedQuery }
}

const similar = (
  sql: SqlClient,
  tenant: Tenant,
  { query, text }: Asked["question"],
  embedder: EmbedderService | undefined
): Answer<ReadonlyMap<number, number>> =>
  Effect.gen(function* () {
    const [vector] = yield* Vectors.of(embedder, [text])
    if (vector === undefined) return new Map<number, number>()
    return yield* Vectors.similarities(sql, tenant, passes(sql, query), vector)
  })

/**
 * What words find and what vectors find, in one order.
 *
 * @internal
 */
export const recall = (
  sql: SqlClient,
  tenant: Tenant,
  { name, now, question }: Asked,
  embedder: EmbedderService | undefined
): Answer<ReadonlyArray<Recalled>> =>
  Effect.gen(function* () {
    const { query, text } = question
    const terms = termsIn(text)
    if (terms.length === 0) {
      const entries = yield* recent(sql, name, tenant, query)
      return entries.map((entry, k) => ({ entry, score: 1 - k / entries.length }))
    }
    const relevance = yield* search(sql, tenant, passes(sql, query), { terms, limit: query.limit })
    const similarity = yield* similar(sql, tenant, question, embedder)
    const keys = new Set([
      ...largest(relevance, Math.max(CANDIDATES, 2 * query.limit)),
      ...largest(similarity, Math.max(CANDIDATES, 2 * query.limit))
    ])
    if (keys.size === 0) return []
    const rows = yield* sql<Row>`SELECT ${columns(sql)} FROM hyperfunc_entries AS e
      WHERE e.key ${among(sql, "BIGINT", Array.from(keys))} AND +e.tenant = ${tenant.id} AND ${passes(sql, query)}`
    const found = new Map(rows.map((row) => [row.id, row]))
    const hits = rows.map(({ created_at, id, importance, key }) => {
      const near = similarity.get(Number(key))
      return {
        id,
        relevance: relevance.get(Number(key)) ?? 0,
        importance,
        createdAt: Number(created_at),
        order: Number(key),
        ...(near === undefined ? {} : { similarity: near })
      }
    })
    const best = ranked(hits, { now: now.epochMillis, limit: query.limit })
    return best.map(({ id, score }) => ({ entry: entryOf(name, found.get(id)!), score }))
  })
