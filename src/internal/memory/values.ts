import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { MemoryError, MemoryType } from "../../../services/Memory.js"
import { describe } from "../describe.js"
import { notJson } from "../hash.js"

/** @internal */
export type Check<A> = Either.Either<A, MemoryError>

/**
 * In characters, as the length of names is.
 *
 * @internal
 */
export const MAX_CONTENT = 100_000

/**
 * Of an entity or a conversation: names stand in an index.
 *
 * @internal
 */
export const MAX_NAME = 255

const isType = Schema.is(MemoryType)

/** @internal */
export const invalid = (detail: string, cure: string): Either.Either<never, MemoryError> =>
  Either.left(new MemoryError({ reason: "Invalid", detail, cure }))

/**
 * PostgreSQL keeps no NUL and UTF-8 has no halves of characters: both become the replacement character.
 *
 * @internal
 */
export const wellFormed = (text: string): string => text.replace(/[\0\p{Cs}]/gu, "\uFFFD")

/** @internal */
export const collapsed = (text: string): string => text.trim().replace(/\s+/g, " ")

/** @internal */
export const checkedContent = (content: unknown): Check<string> => {
  if (typeof content !== "string" || content.trim() === "") {
    return invalid(`the content is ${describe(content)}`, "Remember a text that is not blank")
  }
  return content.length <= MAX_CONTENT
    ? Either.right(wellFormed(content))
    : invalid(`the content has ${content.length} characters`, `Remember parts of at most ${MAX_CONTENT} characters`)
}

/** @internal */
export const checkedType = (type: unknown): Check<MemoryType> =>
  isType(type)
    ? Either.right(type)
    : invalid(`there is no type ${describe(type)}`, `Use one of ${MemoryType.literals.join(", ")}`)

/** @internal */
export const checkedShare = (name: string, value: unknown): Check<number> =>
  typeof value === "number" && value >= 0 && value <= 1
    ? Either.right(value)
    : invalid(`${name} is ${describe(value)}`, "Use a number from 0 to 1")

/** @internal */
export const checkedConversation = (conversation: unknown): Check<string> =>
  typeof conversation === "string" && conversation !== "" && conversation.length <= MAX_NAME
    ? Either.right(wellFormed(conversation))
    : invalid(
        `the conversation is ${describe(conversation)}`,
        `Name it by 1 to ${MAX_NAME} characters, or leave it out`
      )

/** @internal */
export const checkedTime = (name: string, time: unknown): Check<DateTime.Utc> =>
  DateTime.isDateTime(time) && DateTime.isUtc(time) && Number.isFinite(time.epochMillis)
    ? Either.right(time)
    : invalid(`${name} is ${describe(time)}`, "Use a DateTime.Utc")

/** @internal */
export const checkedMetadata = (metadata: unknown): Check<Readonly<Record<string, unknown>>> => {
  if (!Predicate.isReadonlyRecord(metadata)) {
    return invalid(`metadata is ${describe(metadata)}`, "Give an object of what JSON can hold")
  }
  const looked = Either.try(() => notJson(metadata))
  if (Either.isLeft(looked)) return invalid("metadata is nested too deeply", "Keep less in it")
  const wrong = looked.right
  return wrong === undefined
    ? Either.right(metadata)
    : invalid(`metadata holds ${wrong.actual} at ${wrong.path || "its root"}`, "Keep what JSON can hold")
}

/**
 * A member that may be left out; `undefined` counts as left out.
 *
 * @internal
 */
export const optional = <K extends string, A>(
  key: K,
  value: unknown,
  check: (value: unknown) => Check<A>
): Check<{ readonly [_ in K]?: A }> =>
  value === undefined
    ? Either.right({})
    : Either.map(check(value), (checked) => ({ [key]: checked }) as { [_ in K]: A })

/** @internal */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  Predicate.isReadonlyRecord(value)
