import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Predicate from "effect/Predicate"
import {
  type Forget,
  MemoryEntry,
  type MemoryError,
  type NewMemory,
  type Patch,
  type Prune
} from "../../../services/Memory.js"
import { hashOf } from "../hash.js"
import * as Checks from "./checks.js"
import { fits, isAbout, passes } from "./filters.js"
import * as Merged from "./merged.js"
import * as View from "./tenantView.js"

/**
 * What a write gives back, and the view after it.
 *
 * @internal
 */
export type Change<A> = Effect.Effect<readonly [A, View.TenantView], MemoryError>

type Source = Merged.Source

const idOf = ({ tenant, view }: Source, { content, createdAt }: Checks.Checked): string =>
  `memory-${hashOf([tenant, content, createdAt.epochMillis, view.written])}`

const added = (source: Source, checked: Checks.Checked): Change<MemoryEntry> =>
  Effect.gen(function* () {
    const { conversation } = checked
    const entry = new MemoryEntry({
      ...checked,
      id: idOf(source, checked),
      tenant: source.tenant,
      ...(conversation === undefined ? {} : { position: yield* Merged.nextPosition(source, conversation) })
    })
    return [entry, View.put(source.view, entry)]
  })

/** What the tenant does not have; else what it has, with what is new. */
const kept = (source: Source, checked: Checks.Checked): Change<MemoryEntry> =>
  Effect.gen(function* () {
    const twin = yield* Merged.twin(source, checked.content)
    if (Option.isNone(twin)) return yield* added(source, checked)
    const patch = Checks.saidAgain(twin.value, checked)
    if (Object.keys(patch).length === 0) return [twin.value, source.view]
    const entry = new MemoryEntry({ ...twin.value, ...patch })
    return [entry, View.changed(source.view, twin.value, entry)]
  })

/** @internal */
export const remember = (source: Source, memory: NewMemory): Change<MemoryEntry> =>
  Effect.flatMap(Checks.checkedNew(source.now, memory), (checked) => kept(source, checked))

/** @internal */
export const rememberAll = (source: Source, memories: ReadonlyArray<NewMemory>): Change<ReadonlyArray<MemoryEntry>> =>
  Effect.gen(function* () {
    const entries: Array<MemoryEntry> = []
    let { view } = source
    for (const checked of yield* Checks.checkedAll(source.now, memories)) {
      const [entry, next] = yield* kept({ ...source, view }, checked)
      entries.push(entry)
      view = next
    }
    return [entries, view]
  })

/** @internal */
export const update = (source: Source, id: string, patch: Patch): Change<MemoryEntry> =>
  Effect.gen(function* () {
    const before = yield* Merged.get(source, id)
    const after = new MemoryEntry({ ...before, ...(yield* Checks.checkedPatch(patch)) })
    return [after, View.changed(source.view, before, after)]
  })

/** @internal */
export const supersede = (source: Source, id: string, memory: NewMemory): Change<MemoryEntry> =>
  Effect.gen(function* () {
    const before = yield* Checks.supersedable(yield* Merged.get(source, id))
    const [entry, view] = yield* added(source, yield* Checks.checkedNew(source.now, memory))
    const after = new MemoryEntry({ ...before, validTo: source.now, supersededBy: entry.id })
    return [entry, View.changed(view, before, after)]
  })

const all: Checks.CheckedFilter = { minImportance: 0 }

/**
 * Without all that are so, whenever they were true: what is forgotten is not to be found in the past. Told is how many of
 * them it had of its own, and the base at a time.
 */
const withoutAll = (
  source: Source,
  asOf: DateTime.Utc | undefined,
  isGone: Predicate.Predicate<MemoryEntry>
): Change<number> =>
  Effect.map(Merged.recent(source, { ...all, ...(asOf === undefined ? {} : { asOf }), limit: Merged.ALL }), (valid) => {
    const { view } = source
    const known = new Map([...View.ownEntries(view), ...valid].map((entry) => [entry.id, entry]))
    const entries = Array.from(known.values()).filter(isGone)
    return [entries.length, { ...entries.reduce(View.without, view), gone: [...view.gone, isGone] }]
  })

const withoutId = (source: Source, id: string): Change<number> =>
  Merged.get(source, id).pipe(
    Effect.map((entry) => [1, View.without(source.view, entry)] as const),
    Effect.catchIf(
      ({ reason }) => reason === "NotFound",
      () => Effect.succeed([0, source.view] as const)
    )
  )

/** @internal */
export const forget = (source: Source, what: Forget): Change<number> =>
  Effect.gen(function* () {
    const checked = yield* Checks.checkedForget(what)
    switch (checked._tag) {
      case "Id":
        return yield* withoutId(source, checked.id)
      case "Where": {
        const { entity, filter } = checked
        const named = filter.asOf === undefined ? fits : passes
        return yield* withoutAll(
          source,
          filter.asOf,
          (entry) => named(entry, filter) && (entity === undefined || isAbout(entry, entity))
        )
      }
      case "Everything":
        return [yield* Merged.count(source, all), View.blank]
    }
  })

/** @internal */
export const prune = (source: Source, options: Prune | undefined): Change<number> =>
  Effect.flatMap(Checks.checkedPrune(source.now, options), ({ before, maxImportance }) =>
    withoutAll(source, undefined, (entry) => entry.createdAt.epochMillis < before && entry.importance < maxImportance)
  )
