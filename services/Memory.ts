/**
 * What a program remembers from one conversation to the next, each tenant alone.
 *
 * Every operation names its tenant; none works on all of them. Recalling writes nothing: what is found does not become
 * easier to find.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"

/**
 * Whose memories these are: 1 to 255 characters, without blanks at either end, NUL, or halves of characters (lone surrogates),
 * which databases take for one another. Make it in code, from who is signed in; never from what a user or a model wrote.
 *
 * @since 0.1.0
 * @category models
 */
export const TenantId = Schema.NonEmptyTrimmedString.pipe(
  Schema.maxLength(255),
  Schema.filter((name) => !/[\0\p{Cs}]/u.test(name), {
    message: () => "a tenant has no NUL and no half of a character"
  }),
  Schema.brand("hyperfunc/TenantId")
)

/**
 * @since 0.1.0
 * @category models
 */
export type TenantId = typeof TenantId.Type

/**
 * What kind of thing is remembered.
 *
 * @since 0.1.0
 * @category models
 */
export const MemoryType = Schema.Literal("FACT", "PREFERENCE", "CONTEXT", "EVENT", "ENTITY")

/**
 * @since 0.1.0
 * @category models
 */
export type MemoryType = typeof MemoryType.Type

/**
 * One memory, as it is kept.
 *
 * @since 0.1.0
 * @category models
 */
export class MemoryEntry extends Schema.Class<MemoryEntry>("hyperfunc/MemoryEntry")({
  id: Schema.NonEmptyString,
  tenant: TenantId,
  content: Schema.NonEmptyString,
  type: MemoryType,
  entities: Schema.Array(Schema.NonEmptyString),
  /** In [0, 1]. */
  importance: Schema.Number.pipe(Schema.between(0, 1)),
  createdAt: Schema.DateTimeUtc,
  /** From when it is true. */
  validFrom: Schema.DateTimeUtc,
  /** Until when; absent while it is. */
  validTo: Schema.optionalWith(Schema.DateTimeUtc, { exact: true }),
  /** The entry that took its place. */
  supersededBy: Schema.optionalWith(Schema.NonEmptyString, { exact: true }),
  /** The conversation that it is from, and its place there, from 0. */
  conversation: Schema.optionalWith(Schema.NonEmptyString, { exact: true }),
  position: Schema.optionalWith(Schema.NonNegativeInt, { exact: true }),
  metadata: Schema.Record({ key: Schema.String, value: Schema.Unknown })
}) {}

/**
 * Something to remember.
 *
 * - `content`: 1 to 100,000 characters that are not all blank
 * - `type`: default `FACT`
 * - `entities`: names of what it is about, default none
 * - `importance`: in [0, 1], default 0.5
 * - `validFrom`: default now; not in the future
 * - `conversation`: entries of one conversation are found by what stands next to them, too
 * - `metadata`: anything that is JSON
 *
 * @since 0.1.0
 * @category models
 */
export interface NewMemory {
  readonly content: string
  readonly type?: MemoryType
  readonly entities?: ReadonlyArray<string>
  readonly importance?: number
  readonly validFrom?: DateTime.Utc
  readonly conversation?: string
  readonly metadata?: Readonly<Record<string, unknown>>
}

/**
 * What a user said and what was answered.
 *
 * @since 0.1.0
 * @category models
 */
export interface Turn {
  readonly user: string
  readonly assistant: string
  readonly conversation?: string
}

/**
 * Which entries: what is left out does not matter.
 *
 * @since 0.1.0
 * @category models
 */
export interface Filter {
  readonly types?: ReadonlyArray<MemoryType>
  /** In [0, 1]. */
  readonly minImportance?: number
  /** Those that were true then; default those that are, by nobody's clock: what nothing has taken the place of. */
  readonly asOf?: DateTime.Utc
  /** Those that had been written by then, with what is in them now. */
  readonly writtenBy?: DateTime.Utc
  readonly conversation?: string
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Query extends Filter {
  /** At most so many, from 1; default 10. */
  readonly limit?: number
}

/**
 * An entry with how well it answers a query.
 *
 * @since 0.1.0
 * @category models
 */
export interface Recalled {
  readonly entry: MemoryEntry
  /** In [0, 1], comparable within one answer only. */
  readonly score: number
}

/**
 * What may be changed of an entry that stays what it is. What is no longer true is superseded instead.
 *
 * @since 0.1.0
 * @category models
 */
export interface Patch {
  readonly content?: string
  readonly type?: MemoryType
  readonly entities?: ReadonlyArray<string>
  readonly importance?: number
  readonly metadata?: Readonly<Record<string, unknown>>
}

/**
 * What to forget: one entry, those that a filter names, or everything of the tenant.
 *
 * @since 0.1.0
 * @category models
 */
export type Forget =
  | { readonly id: string }
  | { readonly where: Filter & { readonly entity?: string } }
  | { readonly everything: true }

/**
 * What is pruned: entries that are old and matter little.
 *
 * - `olderThan`: default 30 days
 * - `maxImportance`: those below it, in [0, 1], default 0.2
 *
 * @since 0.1.0
 * @category models
 */
export interface Prune {
  readonly olderThan?: Duration.DurationInput
  readonly maxImportance?: number
}

/**
 * Why a memory does not do what it is asked to.
 *
 * - `Invalid`: the request cannot be: empty content, an importance outside [0, 1], a time in the future …
 * - `NotFound`: the tenant has no such entry
 * - `Busy`: another process held the database for too long
 * - `Full`: no room, or no right to write
 * - `Corrupt`: the file is no database of ours
 * - `Newer`: the database was made by a later version
 * - `Unavailable`: it cannot be reached, or the connection broke
 * - `Closed`: it has been closed
 * - `ModelFailed`: the model that extracts or embeds failed
 *
 * @since 0.1.0
 * @category errors
 */
export class MemoryError extends Schema.TaggedError<MemoryError>("hyperfunc/MemoryError")("MemoryError", {
  reason: Schema.Literal(
    "Invalid",
    "NotFound",
    "Busy",
    "Full",
    "Corrupt",
    "Newer",
    "Unavailable",
    "Closed",
    "ModelFailed"
  ),
  detail: Schema.String,
  /** What to do about it. */
  cure: Schema.String,
  cause: Schema.optionalWith(Schema.Defect, { exact: true })
}) {
  override get message(): string {
    return `${this.detail}. ${this.cure}`
  }

  /** Whether the same may succeed later. */
  get isRetryable(): boolean {
    return this.reason === "Busy" || this.reason === "Unavailable"
  }
}

/**
 * @since 0.1.0
 * @category models
 */
export interface MemoryService {
  /**
   * What the tenant already has, word for word or nearly so, is not kept twice: the entry that is there is given back, with
   * the higher of both importances and the entities of both.
   */
  readonly remember: (tenant: TenantId, memory: NewMemory) => Effect.Effect<MemoryEntry, MemoryError>
  /** All of them or none. */
  readonly rememberAll: (
    tenant: TenantId,
    memories: ReadonlyArray<NewMemory>
  ) => Effect.Effect<ReadonlyArray<MemoryEntry>, MemoryError>
  /** What a model finds worth keeping of a turn; without a model, or where it finds nothing usable, the turn itself. */
  readonly rememberTurn: (tenant: TenantId, turn: Turn) => Effect.Effect<ReadonlyArray<MemoryEntry>, MemoryError>
  /** What answers a question best, the best first. A query without a word gives the most recent. */
  readonly recall: (
    tenant: TenantId,
    query: string,
    options?: Query
  ) => Effect.Effect<ReadonlyArray<Recalled>, MemoryError>
  readonly recent: (tenant: TenantId, options?: Query) => Effect.Effect<ReadonlyArray<MemoryEntry>, MemoryError>
  /** Entries about an entity, whatever its case, the most important first. */
  readonly byEntity: (
    tenant: TenantId,
    entity: string,
    options?: Query
  ) => Effect.Effect<ReadonlyArray<MemoryEntry>, MemoryError>
  readonly get: (tenant: TenantId, id: string) => Effect.Effect<MemoryEntry, MemoryError>
  readonly update: (tenant: TenantId, id: string, patch: Patch) => Effect.Effect<MemoryEntry, MemoryError>
  /** A new entry in the place of an old one, which is no longer true from now on. */
  readonly supersede: (tenant: TenantId, id: string, memory: NewMemory) => Effect.Effect<MemoryEntry, MemoryError>
  /** How many entries are gone: rows, index, vectors, and the copies that neighbours had. */
  readonly forget: (tenant: TenantId, what: Forget) => Effect.Effect<number, MemoryError>
  readonly prune: (tenant: TenantId, options?: Prune) => Effect.Effect<number, MemoryError>
  readonly count: (tenant: TenantId, options?: Filter) => Effect.Effect<number, MemoryError>
  /**
   * A memory that sees what is here by now, and whose writes stay in it: nothing that is written or superseded here later is in
   * it, but what is forgotten or updated here is so there, too.
   */
  readonly overlay: Effect.Effect<MemoryService, MemoryError, Scope.Scope>
}

/**
 * @since 0.1.0
 * @category services
 */
export class Memory extends Context.Tag("hyperfunc/Memory")<Memory, MemoryService>() {}
