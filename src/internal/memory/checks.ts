import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import {
  type Filter,
  type Forget,
  type MemoryEntry,
  type MemoryType,
  type NewMemory,
  type Patch,
  type Prune,
  type Query,
  TenantId,
  type Turn
} from "../../../services/Memory.js"
import { describe } from "../describe.js"
import {
  type Check,
  checkedContent,
  checkedConversation,
  checkedMetadata,
  checkedShare,
  checkedTime,
  checkedType,
  collapsed,
  invalid,
  isObject,
  MAX_NAME,
  optional,
  wellFormed
} from "./values.js"

const DEFAULT_LIMIT = 10
const FIRST_TIME = -8.64e15

const isTenant = Schema.is(TenantId)

/**
 * Something to remember, with everything that was left out.
 *
 * @internal
 */
export interface Checked {
  readonly content: string
  readonly type: MemoryType
  readonly entities: ReadonlyArray<string>
  readonly importance: number
  readonly createdAt: DateTime.Utc
  readonly validFrom: DateTime.Utc
  readonly conversation?: string
  readonly metadata: Readonly<Record<string, unknown>>
}

/** @internal */
export interface CheckedFilter {
  readonly types?: ReadonlyArray<MemoryType>
  readonly minImportance: number
  readonly asOf?: DateTime.Utc
  readonly writtenBy?: DateTime.Utc
  readonly conversation?: string
}

/** @internal */
export interface CheckedQuery extends CheckedFilter {
  readonly limit: number
}

/** @internal */
export type CheckedForget =
  | { readonly _tag: "Id"; readonly id: string }
  | {
      readonly _tag: "Where"
      readonly filter: CheckedFilter
      readonly entity?: string
    }
  | { readonly _tag: "Everything" }

/** @internal */
export interface CheckedPrune {
  /** Entries created before it, in milliseconds since 1970. */
  readonly before: number
  readonly maxImportance: number
}

/**
 * The name under which an entity is found: in NFKC and lower case, blanks collapsed.
 *
 * @internal
 */
export const normalisedEntity = (name: string): string => collapsed(wellFormed(name).normalize("NFKC").toLowerCase())

/**
 * Each once, as it is written first.
 *
 * @internal
 */
export const distinctEntities = (names: ReadonlyArray<string>): ReadonlyArray<string> => {
  const named = new Map<string, string>()
  for (const name of names) {
    const key = normalisedEntity(name)
    if (!named.has(key)) named.set(key, name)
  }
  return Array.from(named.values())
}

/**
 * What changes of something that is remembered when the same is said again.
 *
 * @internal
 */
export const saidAgain = (
  before: Pick<Checked, "importance" | "entities">,
  again: Pick<Checked, "importance" | "entities">
): Pick<Patch, "importance" | "entities"> => {
  const entities = distinctEntities([...before.entities, ...again.entities])
  return {
    ...(again.importance > before.importance ? { importance: again.importance } : {}),
    ...(entities.length > before.entities.length ? { entities } : {})
  }
}

/** @internal */
export const checkedTenant = (tenant: TenantId): Check<TenantId> =>
  isTenant(tenant)
    ? Either.right(tenant)
    : invalid(
        `${describe(tenant)} is no tenant`,
        "Make it with TenantId.make, of 1 to 255 whole characters without blanks around"
      )

const checkedName = (name: unknown): Check<string> =>
  typeof name === "string" && name.trim() !== "" && name.length <= MAX_NAME
    ? Either.right(collapsed(wellFormed(name)))
    : invalid(`an entity is ${describe(name)}`, `Give names of at most ${MAX_NAME} characters that are not blank`)

/** @internal */
export const checkedEntity = (name: unknown): Check<string> => Either.map(checkedName(name), normalisedEntity)

const checkedEntities = (entities: unknown): Check<ReadonlyArray<string>> => {
  if (!Array.isArray(entities)) return invalid(`entities is ${describe(entities)}`, "Give an array of names")
  return Either.map(Either.all(entities.map(checkedName)), distinctEntities)
}

/** @internal */
export const checkedId = (id: unknown): Check<string> =>
  typeof id === "string"
    ? Either.right(wellFormed(id))
    : invalid(`the id is ${describe(id)}`, "Take the id from an entry")

/** @internal */
export const checkedText = (query: unknown): Check<string> =>
  typeof query === "string"
    ? Either.right(wellFormed(query))
    : invalid(`the query is ${describe(query)}`, "Ask with a text")

/**
 * What has been superseded keeps its successor: of two who supersede the same at once, the second is told.
 *
 * @internal
 */
export const supersedable = (entry: MemoryEntry): Check<MemoryEntry> =>
  entry.supersededBy === undefined
    ? Either.right(entry)
    : invalid(`the entry ${entry.id} has been superseded`, `Supersede the entry ${entry.supersededBy}`)

/** @internal */
export const checkedNew = (now: DateTime.Utc, memory: NewMemory): Check<Checked> =>
  Either.gen(function* () {
    if (!isObject(memory)) return yield* invalid(`the memory is ${describe(memory)}`, "Give an object with its content")
    const validFrom = memory.validFrom === undefined ? now : yield* checkedTime("validFrom", memory.validFrom)
    if (DateTime.greaterThan(validFrom, now)) {
      return yield* invalid(
        `validFrom is ${DateTime.formatIso(validFrom)}, in the future`,
        "Remember it when it is true"
      )
    }
    return {
      content: yield* checkedContent(memory.content),
      type: memory.type === undefined ? "FACT" : yield* checkedType(memory.type),
      entities: memory.entities === undefined ? [] : yield* checkedEntities(memory.entities),
      importance: memory.importance === undefined ? 0.5 : yield* checkedShare("importance", memory.importance),
      createdAt: now,
      validFrom,
      ...(yield* optional("conversation", memory.conversation, checkedConversation)),
      metadata: memory.metadata === undefined ? {} : yield* checkedMetadata(memory.metadata)
    }
  })

/** @internal */
export const checkedAll = (now: DateTime.Utc, memories: ReadonlyArray<NewMemory>): Check<ReadonlyArray<Checked>> =>
  Array.isArray(memories)
    ? Either.all(memories.map((memory) => checkedNew(now, memory)))
    : invalid(`the memories are ${describe(memories)}`, "Give an array of memories")

/** @internal */
export const checkedTurn = (turn: Turn): Check<Turn> =>
  Either.gen(function* () {
    if (!isObject(turn) || typeof turn.user !== "string" || typeof turn.assistant !== "string") {
      return yield* invalid(`the turn is ${describe(turn)}`, "Give what the user said and what was answered, as texts")
    }
    const conversation = yield* optional("conversation", turn.conversation, checkedConversation)
    return { user: wellFormed(turn.user), assistant: wellFormed(turn.assistant), ...conversation }
  })

/** @internal */
export const checkedPatch = (patch: Patch): Check<Patch> =>
  Either.gen(function* () {
    if (!isObject(patch)) return yield* invalid(`the patch is ${describe(patch)}`, "Give an object of what changes")
    return {
      ...(yield* optional("content", patch.content, checkedContent)),
      ...(yield* optional("type", patch.type, checkedType)),
      ...(yield* optional("entities", patch.entities, checkedEntities)),
      ...(yield* optional("importance", patch.importance, (value) => checkedShare("importance", value))),
      ...(yield* optional("metadata", patch.metadata, checkedMetadata))
    }
  })

/** @internal */
export const checkedFilter = (filter: Filter = {}): Check<CheckedFilter> =>
  Either.gen(function* () {
    if (!isObject(filter)) return yield* invalid(`the filter is ${describe(filter)}`, "Give an object, or leave it out")
    const { asOf, conversation, minImportance, types, writtenBy } = filter
    if (types !== undefined && !Array.isArray(types)) {
      return yield* invalid(`types is ${describe(types)}`, "Give an array of types")
    }
    return {
      ...(types === undefined ? {} : { types: yield* Either.all(types.map(checkedType)) }),
      minImportance: minImportance === undefined ? 0 : yield* checkedShare("minImportance", minImportance),
      ...(yield* optional("asOf", asOf, (time) => checkedTime("asOf", time))),
      ...(yield* optional("writtenBy", writtenBy, (time) => checkedTime("writtenBy", time))),
      ...(yield* optional("conversation", conversation, checkedConversation))
    }
  })

/** @internal */
export const checkedQuery = (query: Query = {}): Check<CheckedQuery> =>
  Either.flatMap(checkedFilter(query), (filter) => {
    const limit = query.limit ?? DEFAULT_LIMIT
    return Number.isSafeInteger(limit) && limit >= 1
      ? Either.right({ ...filter, limit })
      : invalid(`limit is ${describe(limit)}`, "Use a whole number from 1")
  })

/** What a `where` can name. */
const NARROWING = ["types", "minImportance", "asOf", "writtenBy", "conversation", "entity"] as const

/** @internal */
export const checkedForget = (what: Forget): Check<CheckedForget> =>
  Either.gen(function* () {
    if (isObject(what)) {
      if ("id" in what) return { _tag: "Id", id: yield* checkedId(what.id) }
      if ("everything" in what && what.everything === true) return { _tag: "Everything" }
      if ("where" in what && isObject(what.where)) {
        if (NARROWING.every((name) => what.where[name] === undefined)) {
          return yield* invalid("where names nothing, which is everything", "Say what to forget, or everything: true")
        }
        const filter = yield* checkedFilter(what.where)
        return { _tag: "Where", filter, ...(yield* optional("entity", what.where.entity, checkedEntity)) }
      }
    }
    return yield* invalid(`${describe(what)} says not what to forget`, "Give an id, where, or everything: true")
  })

/** Durations make 0 of what is negative or no number, and 0 is older than nothing. */
const durationOf = (value: unknown): Option.Option<Duration.Duration> =>
  (typeof value === "number" && !(value >= 0)) || (typeof value === "string" && value.trim().startsWith("-"))
    ? Option.none()
    : Duration.decodeUnknown(value)

/** @internal */
export const checkedPrune = (now: DateTime.Utc, options: Prune = {}): Check<CheckedPrune> =>
  Either.gen(function* () {
    if (!isObject(options)) return yield* invalid(`prune is given ${describe(options)}`, "Give an object, or nothing")
    const olderThan = durationOf(options.olderThan ?? "30 days")
    if (Option.isNone(olderThan)) {
      return yield* invalid(`olderThan is ${describe(options.olderThan)}`, 'Use a duration, as in "30 days"')
    }
    return {
      before: Math.max(FIRST_TIME, now.epochMillis - Duration.toMillis(olderThan.value)),
      maxImportance: yield* checkedShare("maxImportance", options.maxImportance ?? 0.2)
    }
  })
