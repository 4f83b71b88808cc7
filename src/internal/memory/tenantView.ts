import * as Arr from "effect/Array"
import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"
import type * as Predicate from "effect/Predicate"
import type { MemoryEntry } from "../../../services/Memory.js"
import { type Bag, bagOf, type Document } from "./bm25.js"
import { digestOf } from "./similar.js"

/** An entry that an overlay holds, and what it is found by. */
interface Own {
  readonly entry: MemoryEntry
  /** Counts up. */
  readonly order: number
  readonly digest: string
  readonly bag: Bag
}

/**
 * What an overlay has of a tenant: entries of its own, and which ones of its base it hides, because they are forgotten or
 * because a changed copy is among its own.
 *
 * @internal
 */
export interface TenantView {
  readonly own: HashMap.HashMap<string, Own>
  /** Names of own entries that have had a digest. */
  readonly digests: HashMap.HashMap<string, ReadonlyArray<string>>
  /** The place of what is said next, in conversations that own entries are from. */
  readonly next: HashMap.HashMap<string, number>
  readonly hidden: HashMap.HashMap<string, MemoryEntry>
  /** What else of the base is hidden, although it is no longer true. */
  readonly gone: ReadonlyArray<Predicate.Predicate<MemoryEntry>>
  /** Everything of the base is hidden. */
  readonly isBlank: boolean
  readonly written: number
}

/** @internal */
export const empty: TenantView = {
  own: HashMap.empty(),
  digests: HashMap.empty(),
  next: HashMap.empty(),
  hidden: HashMap.empty(),
  gone: [],
  isBlank: false,
  written: 0
}

/** @internal */
export const blank: TenantView = { ...empty, isBlank: true }

/**
 * With an entry, new or in the place of the one of its name.
 *
 * @internal
 */
export const put = (view: TenantView, entry: MemoryEntry): TenantView => {
  const { conversation, id, position } = entry
  const digest = digestOf(entry.content)
  const order = Option.match(HashMap.get(view.own, id), { onNone: () => view.written, onSome: ({ order }) => order })
  const bag = bagOf([entry.content, ...entry.entities].join("\n"))
  const named = Option.getOrElse(HashMap.get(view.digests, digest), () => Arr.empty<string>())
  return {
    ...view,
    own: HashMap.set(view.own, id, { entry, order, digest, bag }),
    digests: named.includes(id) ? view.digests : HashMap.set(view.digests, digest, [...named, id]),
    next:
      conversation === undefined || position === undefined
        ? view.next
        : HashMap.set(view.next, conversation, Math.max(nextPosition(view, conversation), position + 1)),
    written: view.written + 1
  }
}

/** @internal */
export const nextPosition = (view: TenantView, conversation: string): number =>
  Option.getOrElse(HashMap.get(view.next, conversation), () => 0)

/**
 * Without an entry, be it its own or the base's.
 *
 * @internal
 */
export const without = (view: TenantView, entry: MemoryEntry): TenantView =>
  HashMap.has(view.own, entry.id)
    ? { ...view, own: HashMap.remove(view.own, entry.id) }
    : { ...view, hidden: HashMap.set(view.hidden, entry.id, entry) }

/**
 * With another version of an entry, be it its own or the base's.
 *
 * @internal
 */
export const changed = (view: TenantView, before: MemoryEntry, after: MemoryEntry): TenantView =>
  put(HashMap.has(view.own, before.id) ? view : without(view, before), after)

/** @internal */
export const hides = (view: TenantView, entry: MemoryEntry): boolean =>
  view.isBlank ||
  HashMap.has(view.hidden, entry.id) ||
  HashMap.has(view.own, entry.id) ||
  view.gone.some((isGone) => isGone(entry))

/**
 * Its own entries that say the same as a text.
 *
 * @internal
 */
export const saying = (view: TenantView, content: string): ReadonlyArray<MemoryEntry> => {
  const digest = digestOf(content)
  return Option.getOrElse(HashMap.get(view.digests, digest), () => Arr.empty<string>()).flatMap((id) =>
    Option.match(HashMap.get(view.own, id), {
      onNone: () => [],
      onSome: (own) => (own.digest === digest ? [own.entry] : [])
    })
  )
}

/**
 * Its own entries, the latest first.
 *
 * @internal
 */
export const ownEntries = (view: TenantView): ReadonlyArray<MemoryEntry> =>
  HashMap.toValues(view.own)
    .sort((a, b) => b.entry.createdAt.epochMillis - a.entry.createdAt.epochMillis || b.order - a.order)
    .map(({ entry }) => entry)

/** Of texts one and two places away in a conversation, as in the indices of databases. */
const neighbours: ReadonlyArray<readonly [distance: number, weight: number]> = [
  [-2, 0.25],
  [-1, 0.5],
  [1, 0.5],
  [2, 0.25]
]

const placeOf = ({ conversation, position }: MemoryEntry, distance: number): string | undefined =>
  conversation === undefined || position === undefined ? undefined : `${position + distance} ${conversation}`

/**
 * Its own entries, each with its neighbours in its conversation, as texts to look in.
 *
 * @internal
 */
export const ownDocuments = (
  view: TenantView
): ReadonlyArray<{ readonly entry: MemoryEntry; readonly document: Document }> => {
  const all = HashMap.toValues(view.own)
  const places = new Map(all.map(({ entry }, at) => [placeOf(entry, 0), at]))
  places.delete(undefined)
  return all.map(({ bag, entry }) => ({
    entry,
    document: {
      bag,
      beside: neighbours.flatMap(([distance, weight]) => {
        const at = places.get(placeOf(entry, distance))
        return at === undefined ? [] : [{ at, weight }]
      })
    }
  }))
}
