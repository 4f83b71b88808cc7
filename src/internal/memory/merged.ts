import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"
import {
  MemoryEntry,
  type MemoryError,
  type MemoryService,
  type Query,
  type Recalled,
  type TenantId
} from "../../../services/Memory.js"
import { bagOf, relevances } from "./bm25.js"
import { type CheckedFilter, type CheckedQuery, checkedId } from "./checks.js"
import { missing } from "./errors.js"
import { isAbout, passes } from "./filters.js"
import { byScore, type Ranked, scoreOf } from "./ranking.js"
import { isNearDuplicate } from "./similar.js"
import * as View from "./tenantView.js"

/**
 * What of a memory reads.
 *
 * @internal
 */
export type Base = Pick<MemoryService, "recall" | "recent" | "byEntity" | "get" | "count">

/**
 * What is read from: a base as it was at a time, with a view on it.
 *
 * @internal
 */
export interface Source {
  readonly base: Base
  readonly since: DateTime.Utc
  readonly tenant: TenantId
  readonly view: View.TenantView
  readonly now: DateTime.Utc
}

type Read<A> = Effect.Effect<A, MemoryError>

/**
 * As many as there are. Databases take it as a limit.
 *
 * @internal
 */
export const ALL = 2 ** 31 - 1

/** How many of what resembles a text are looked at for the same text. */
const RESEMBLING = 10

/** What is asked of the base: nothing of what came later. */
const before = <F extends CheckedFilter>({ since }: Source, filter: F): F => ({
  ...filter,
  asOf: DateTime.min(filter.asOf ?? since, since),
  writtenBy: DateTime.min(filter.writtenBy ?? since, since)
})

/** Before it was superseded, if it was later. */
const asItWas = ({ since }: Source, entry: MemoryEntry): MemoryEntry => {
  const { supersededBy, validTo, ...rest } = entry
  return validTo !== undefined && DateTime.greaterThan(validTo, since) ? new MemoryEntry(rest, true) : entry
}

/** What a base finds, by its entry. */
interface Finding<A> {
  readonly entryOf: (found: A) => MemoryEntry
  readonly of: (found: A, entry: MemoryEntry) => A
}

const alone: Finding<MemoryEntry> = { entryOf: (entry) => entry, of: (_, entry) => entry }

const withScore: Finding<Recalled> = {
  entryOf: ({ entry }) => entry,
  of: ({ score }, entry) => ({ entry, score })
}

/** Asks the base, which does not know what is hidden of it, for so many more. */
const fromBase = <A>(
  source: Source,
  { limit, ...filter }: CheckedQuery,
  ask: (query: Query) => Read<ReadonlyArray<A>>,
  { entryOf, of }: Finding<A>
): Read<ReadonlyArray<A>> => {
  const { view } = source
  if (view.isBlank) return Effect.succeed([])
  const query = { ...before(source, filter), limit: Math.min(ALL, limit + HashMap.size(view.hidden)) }
  return Effect.map(ask(query), (found) =>
    found.flatMap((one) => (View.hides(view, entryOf(one)) ? [] : [of(one, asItWas(source, entryOf(one)))]))
  )
}

/** @internal */
export const recent = (source: Source, query: CheckedQuery): Read<ReadonlyArray<MemoryEntry>> =>
  Effect.map(
    fromBase(source, query, (query) => source.base.recent(source.tenant, query), alone),
    (found) =>
      [...View.ownEntries(source.view).filter((entry) => passes(entry, query)), ...found]
        .sort((a, b) => b.createdAt.epochMillis - a.createdAt.epochMillis)
        .slice(0, query.limit)
  )

/** @internal */
export const byEntity = (source: Source, entity: string, query: CheckedQuery): Read<ReadonlyArray<MemoryEntry>> =>
  Effect.map(
    fromBase(source, query, (query) => source.base.byEntity(source.tenant, entity, query), alone),
    (found) =>
      [...View.ownEntries(source.view).filter((entry) => passes(entry, query) && isAbout(entry, entity)), ...found]
        .sort((a, b) => b.importance - a.importance || b.createdAt.epochMillis - a.createdAt.epochMillis)
        .slice(0, query.limit)
  )

/** @internal */
export const count = (source: Source, filter: CheckedFilter): Read<number> => {
  const { base, tenant, view } = source
  if (view.isBlank || view.gone.length > 0 || HashMap.size(view.hidden) > 0) {
    return Effect.map(recent(source, { ...filter, limit: ALL }), ({ length }) => length)
  }
  return Effect.map(
    base.count(tenant, before(source, filter)),
    (count) => count + View.ownEntries(view).filter((entry) => passes(entry, filter)).length
  )
}

/** @internal */
export const get = (source: Source, id: string): Read<MemoryEntry> =>
  Effect.gen(function* () {
    const { base, since, tenant, view } = source
    yield* checkedId(id)
    const own = HashMap.get(view.own, id)
    if (Option.isSome(own)) return own.value.entry
    if (view.isBlank) return yield* missing
    const entry = yield* base.get(tenant, id)
    const isSeen = DateTime.lessThanOrEqualTo(entry.createdAt, since) && !View.hides(view, entry)
    return isSeen ? asItWas(source, entry) : yield* missing
  })

/**
 * What the base finds keeps its score. What is found here is as relevant as it is beside the best of both, by one measure
 * for all: that the base has the best of its own says nothing about what it has not.
 *
 * @internal
 */
export const recall = (
  source: Source,
  question: { readonly text: string; readonly terms: ReadonlyArray<string> },
  query: CheckedQuery
): Read<ReadonlyArray<Recalled>> => {
  const { base, now, tenant, view } = source
  if (question.terms.length === 0) {
    return Effect.map(recent(source, query), (entries) =>
      entries.map((entry, k) => ({ entry, score: 1 - k / entries.length }))
    )
  }
  return Effect.map(
    fromBase(source, query, (query) => base.recall(tenant, question.text, query), withScore),
    (found) => {
      const own = View.ownDocuments(view)
      if (own.length === 0) return found.slice(0, query.limit)
      const others = found.map(({ entry }) => ({ bag: bagOf(entry.content), beside: [] }))
      const measured = relevances([...own.map(({ document }) => document), ...others], question.terms)
      const best = measured.reduce((a, b) => Math.max(a, b), 0)
      const here = own.flatMap(({ entry }, k) => {
        if (!(measured[k]! > 0) || !passes(entry, query)) return []
        const hit = { importance: entry.importance, createdAt: entry.createdAt.epochMillis }
        return [{ entry, score: scoreOf(measured[k]! / best, hit, now.epochMillis) }]
      })
      return [...here, ...found].sort((a, b) => byScore(rankOf(a), rankOf(b))).slice(0, query.limit)
    }
  )
}

const rankOf = ({ entry, score }: Recalled): Ranked => ({ id: entry.id, score, order: entry.createdAt.epochMillis })

/**
 * An entry that says the same and is still true.
 *
 * @internal
 */
export const twin = (source: Source, content: string): Read<Option.Option<MemoryEntry>> => {
  const { base, tenant, view } = source
  const own = View.saying(view, content).find(({ validTo }) => validTo === undefined)
  if (own !== undefined) return Effect.succeedSome(own)
  const query = { minImportance: 0, limit: RESEMBLING }
  return Effect.map(
    fromBase(source, query, (query) => base.recall(tenant, content, query), withScore),
    (found) => Option.fromNullable(found.find(({ entry }) => isNearDuplicate(entry.content, content))?.entry)
  )
}

/**
 * The place of what is said next in a conversation.
 *
 * @internal
 */
export const nextPosition = (source: Source, conversation: string): Read<number> => {
  const { base, tenant, view } = source
  const next = View.nextPosition(view, conversation)
  if (next > 0 || view.isBlank) return Effect.succeed(next)
  const last = base.recent(tenant, before(source, { conversation, minImportance: 0, limit: 1 }))
  return Effect.map(last, ([entry]) => (entry?.position ?? -1) + 1)
}
