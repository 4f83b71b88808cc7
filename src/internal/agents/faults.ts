import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type { Window } from "../../Conversation.js"
import { describe } from "../describe.js"
import { checkedConversation, checkedMetadata } from "../memory/values.js"

/**
 * What is wrong with a value, and what to do about it.
 *
 * @internal
 */
export interface Fault {
  readonly detail: string
  readonly cure: string
}

/** @internal */
export const ofCaps = ({
  maxTokens,
  maxTurns,
  timeout,
  window
}: {
  readonly maxTokens?: number
  readonly maxTurns?: number
  readonly timeout?: Duration.DurationInput
  readonly window?: Window
}): Fault | undefined => {
  const whole = { maxTokens, maxTurns, "window.turns": window?.turns, "window.characters": window?.characters }
  const wrong = Object.entries(whole).find(([, value]) => value !== undefined && !isCount(value))
  if (wrong !== undefined) {
    const [name, value] = wrong
    return { detail: `${name} is ${describe(value)}`, cure: "Give a whole number of at least 1, or leave it out" }
  }
  return timeout === undefined || Option.exists(Duration.decodeUnknown(timeout), Duration.greaterThan(Duration.zero))
    ? undefined
    : { detail: `timeout is ${describe(timeout)}`, cure: "Give a duration above zero, or leave it out" }
}

const isCount = (value: number): boolean => Number.isInteger(value) && value > 0

/** @internal */
export const ofInput = (input: unknown): Fault | undefined => {
  if (!Predicate.isReadonlyRecord(input)) return noInput("the input", input)
  const { conversation, id } = input
  if ("conversation" in input && !Array.isArray(conversation)) return noInput("conversation", conversation)
  if (!("conversation" in input || "user" in input)) return noInput("the input", input)
  return id === undefined ? undefined : left(checkedConversation(id))
}

const noInput = (name: string, value: unknown): Fault => ({
  detail: `${name} is ${describe(value)}`,
  cure: "Give a conversation, an array of texts, or a user"
})

/**
 * Metadata that JSON cannot hold.
 *
 * @internal
 */
export const ofMetadata = (metadata: unknown): Fault | undefined =>
  metadata === undefined ? undefined : left(checkedMetadata(metadata))

const left = (checked: Either.Either<unknown, Fault>): Fault | undefined =>
  Option.getOrUndefined(Either.getLeft(checked))
