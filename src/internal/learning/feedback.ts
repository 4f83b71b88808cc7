import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import type { Observation, ObservedCall } from "../../../services/Optimizer.js"
import { toText } from "../plain.js"
import * as Verdict from "../verdict.js"

/**
 * What is to be said about an output; nothing when it is empty.
 *
 * @internal
 */
export type Feedback = (output: unknown, expected: unknown, input: unknown) => string

/** Characters of a value that are shown. */
const SHOWN = 500

const cut = (value: unknown): string => {
  const text = toText(value)
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}…`
}

/**
 * How an output differs from what was expected, by eye: nothing when they are equal as texts, else that it is more than
 * twice as long, or less than half as long, if it is.
 *
 * @internal
 */
export const difference: Feedback = (output, expected) => {
  const [given, wanted] = [toText(output), toText(expected)]
  if (given === wanted) return ""
  if (given.length > 2 * wanted.length) return "The output is much longer than expected."
  return given.length < Math.floor(wanted.length / 2)
    ? "The output is much shorter than expected."
    : "The output is not what was expected."
}

const messageOf = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  return cut(error instanceof Error ? error.message : error)
}

/** What is wrong with a run; nothing when the world is to blame, or nothing is wrong. */
const faultOf = (
  { expected, grade, input, output }: Observation<unknown>,
  feedback: Feedback | undefined
): string | undefined => {
  if (Exit.isFailure(output)) {
    return Verdict.ofCause(output.cause) === "lost" ? `It failed: ${messageOf(output.cause)}` : undefined
  }
  const given = output.value
  if (feedback !== undefined) return feedback(given, expected, input).trim() || undefined
  if (Exit.isFailure(grade)) {
    return Verdict.ofCause(grade.cause) === "lost" ? `It has no score: ${messageOf(grade.cause)}` : undefined
  }
  if (grade.value.score === 1) return undefined
  return grade.value.feedback.trim() || difference(given, expected, input) || undefined
}

const shownCall = ({ args, exit }: ObservedCall): string =>
  [
    `The step was given: ${cut(args.length === 1 ? args[0] : args)}`,
    Exit.isSuccess(exit) ? `The step answered: ${cut(exit.value)}` : `The step failed: ${messageOf(exit.cause)}`
  ].join("\n")

const entryOf = (step: string, fault: string, { calls, expected, input, output }: Observation<unknown>): string => {
  const own = calls.filter(({ hyperfunction }) => hyperfunction === step)
  return [
    ...(calls.length === 1 ? [] : own.map(shownCall)),
    `Input: ${cut(input)}`,
    ...(Exit.isSuccess(output) ? [`Output: ${cut(output.value)}`] : []),
    `Expected: ${cut(expected)}`,
    fault
  ].join("\n")
}

/**
 * What went wrong in the runs that called a step, a run an entry.
 *
 * @internal
 */
export const entriesOf = (
  step: string,
  observations: Iterable<Observation<unknown>>,
  feedback: Feedback | undefined
): ReadonlyArray<string> =>
  [...observations].flatMap((observation) => {
    if (!observation.calls.some(({ hyperfunction }) => hyperfunction === step)) return []
    const fault = faultOf(observation, feedback)
    return fault === undefined ? [] : [entryOf(step, fault, observation)]
  })
