import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type { Observation } from "../../services/Optimizer.js"

/**
 * What an optimizer of prompts makes of a run: it has a score; or its candidate failed at it (`lost`); or the world did, and
 * it says nothing about the candidate (`missing`); or nothing will ever work (`fatal`); or there is no money left.
 *
 * @internal
 */
export type Verdict = number | "lost" | "missing" | "fatal" | "budget"

const transient = new Set(["RateLimited", "Overloaded", "TimedOut", "Network", "Interrupted"])
const fatal = new Set(["Unauthorized", "UnknownModel", "BadRequest", "Misconfigured", "NotRecorded"])

/** Failures of a memory that come from what it was asked. */
const blamed = new Set(["Invalid", "NotFound"])

/**
 * Whether a model that failed so will always fail.
 *
 * @internal
 */
export const isFatal = (reason: string): boolean => fatal.has(reason)

/** @internal */
export const ofCause = (cause: Cause.Cause<unknown>): Exclude<Verdict, number> => {
  if (Cause.isInterruptedOnly(cause)) return "missing"
  const error = Option.getOrUndefined(Cause.failureOption(cause)) as
    | { readonly _tag?: string; readonly reason?: string }
    | undefined
  if (error?._tag === "ScorerError") return "missing"
  if (error?._tag === "MemoryError") return blamed.has(error.reason!) ? "lost" : "missing"
  if (error?._tag === "EvaluationError" && error.reason === "MemoryFailed") return "missing"
  if (error?._tag !== "LLMError" || error.reason === undefined) return "lost"
  if (error.reason === "BudgetExhausted") return "budget"
  if (isFatal(error.reason)) return "fatal"
  return transient.has(error.reason) ? "missing" : "lost"
}

/** @internal */
export const of = ({ grade }: Observation<unknown>): Verdict =>
  Exit.isSuccess(grade) ? grade.value.score : ofCause(grade.cause)

/**
 * The verdicts on some examples that say something.
 *
 * @internal
 */
export const verdictsOf = (
  observations: ReadonlyArray<Observation<unknown>>,
  items: ReadonlySet<number>
): Readonly<Record<number, number | "lost">> =>
  Object.fromEntries(
    observations.flatMap((observation) => {
      const verdict = of(observation)
      const isKnown = items.has(observation.example) && (typeof verdict === "number" || verdict === "lost")
      return isKnown ? [[observation.example, verdict]] : []
    })
  )

/**
 * New less old, in [-1, 1] for scores in [0, 1]; a run that failed is worse than any score. Nothing when either is unknown.
 *
 * @internal
 */
export const difference = (next: Verdict, old: Verdict): number | undefined => {
  const isKnown = (verdict: Verdict): verdict is number | "lost" => typeof verdict === "number" || verdict === "lost"
  if (!isKnown(next) || !isKnown(old)) return undefined
  if (next === "lost") return old === "lost" ? 0 : -1
  return old === "lost" ? 1 : Math.max(-1, Math.min(1, next - old))
}
