import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import type * as Scope from "effect/Scope"
import * as SynchronizedRef from "effect/SynchronizedRef"
import type { MemoryError, MemoryService, NewMemory, Query, TenantId, Turn } from "../../../services/Memory.js"
import * as Changes from "./changes.js"
import * as Checks from "./checks.js"
import { closed, missing } from "./errors.js"
import { turnEntry } from "./extraction.js"
import * as Merged from "./merged.js"
import { Since } from "./since.js"
import { empty, type TenantView } from "./tenantView.js"
import { termsOf } from "./terms.js"
import { traced } from "./traced.js"

/** @internal */
export interface Options {
  /** What spans call it, default "overlay". */
  readonly store?: string
  /** What of a turn is worth keeping; default the turn itself. */
  readonly extract?: (turn: Turn) => Effect.Effect<ReadonlyArray<NewMemory>, MemoryError>
}

type Views = HashMap.HashMap<TenantId, TenantView>

/**
 * A memory that sees what a base had when it was made, or when {@link Since} says, and whose writes stay in it. Closed with its scope.
 *
 * @internal
 */
export const overlay = (base: Merged.Base, options: Options = {}): Effect.Effect<MemoryService, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { extract = (turn) => Effect.succeed([turnEntry(turn)]), store = "overlay" } = options
    const since = (yield* Since) ?? (yield* DateTime.now)
    const views = yield* SynchronizedRef.make<Views>(HashMap.empty())
    const isOpen = yield* Ref.make(true)
    yield* Effect.addFinalizer(() => Ref.set(isOpen, false))
    const whileOpen = Effect.if(isOpen, { onTrue: () => Effect.void, onFalse: () => closed })

    const sourceOf = (tenant: TenantId, views: Views): Effect.Effect<Merged.Source, MemoryError> =>
      Effect.gen(function* () {
        yield* whileOpen
        yield* Checks.checkedTenant(tenant)
        const view = Option.getOrElse(HashMap.get(views, tenant), () => empty)
        return { base, since, tenant, view, now: yield* DateTime.now }
      })

    const read = <A>(tenant: TenantId, answer: (source: Merged.Source) => Effect.Effect<A, MemoryError>) =>
      SynchronizedRef.get(views).pipe(
        Effect.flatMap((views) => sourceOf(tenant, views)),
        Effect.flatMap(answer)
      )

    const query = <A>(
      tenant: TenantId,
      options: Query | undefined,
      answer: (source: Merged.Source, query: Checks.CheckedQuery) => Effect.Effect<A, MemoryError>
    ) => read(tenant, (source) => Effect.flatMap(Checks.checkedQuery(options), (query) => answer(source, query)))

    /** One after another, and wholly or not at all. */
    const write = <A>(tenant: TenantId, change: (source: Merged.Source) => Changes.Change<A>) =>
      SynchronizedRef.modifyEffect(views, (views) =>
        sourceOf(tenant, views).pipe(
          Effect.flatMap(change),
          Effect.map(([answer, view]) => [answer, HashMap.set(views, tenant, view)] as const)
        )
      )

    const service: MemoryService = {
      remember: (tenant, memory) => write(tenant, (source) => Changes.remember(source, memory)),
      rememberAll: (tenant, memories) => write(tenant, (source) => Changes.rememberAll(source, memories)),
      rememberTurn: (tenant, turn) =>
        Effect.gen(function* () {
          yield* whileOpen
          yield* Checks.checkedTenant(tenant)
          const memories = yield* extract(yield* Checks.checkedTurn(turn))
          return yield* service.rememberAll(tenant, memories)
        }),
      recall: (tenant, text, options) =>
        query(tenant, options, (source, query) =>
          Effect.flatMap(Checks.checkedText(text), (text) =>
            Merged.recall(source, { text, terms: termsOf(text) }, query)
          )
        ),
      recent: (tenant, options) => query(tenant, options, Merged.recent),
      byEntity: (tenant, entity, options) =>
        query(tenant, options, (source, query) =>
          Effect.flatMap(Checks.checkedEntity(entity), (name) => Merged.byEntity(source, name, query))
        ),
      get: (tenant, id) => read(tenant, (source) => Merged.get(source, id)),
      update: (tenant, id, patch) => write(tenant, (source) => Changes.update(source, id, patch)),
      supersede: (tenant, id, memory) => write(tenant, (source) => Changes.supersede(source, id, memory)),
      forget: (tenant, what) => write(tenant, (source) => Changes.forget(source, what)),
      prune: (tenant, options) => write(tenant, (source) => Changes.prune(source, options)),
      count: (tenant, options) =>
        read(tenant, (source) =>
          Effect.flatMap(Checks.checkedFilter(options), (filter) => Merged.count(source, filter))
        ),
      overlay: Effect.zipRight(
        whileOpen,
        Effect.suspend(() => overlay(service, { extract }))
      )
    }
    return traced(service, store)
  })

const nothing: Merged.Base = {
  recall: () => Effect.succeed([]),
  recent: () => Effect.succeed([]),
  byEntity: () => Effect.succeed([]),
  get: () => missing,
  count: () => Effect.succeed(0)
}

/**
 * A memory of nothing else.
 *
 * @internal
 */
export const inMemory = (options: Options = {}): Effect.Effect<MemoryService, never, Scope.Scope> =>
  overlay(nothing, { store: "ephemeral", ...options })
