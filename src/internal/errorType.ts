import * as Cause from "effect/Cause"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"

const isName = (u: unknown): u is string => typeof u === "string" && /^[\w.$/-]{1,100}$/.test(u)

const nameOf = (error: unknown): string => {
  if (Predicate.hasProperty(error, "_tag") && isName(error._tag)) {
    return Predicate.hasProperty(error, "reason") && isName(error.reason) ? `${error._tag}.${error.reason}` : error._tag
  }
  return error instanceof Error && isName(error.name) ? error.name : "_OTHER"
}

/**
 * What kind of failure it was, in one of few words: `error.type` of the conventions.
 *
 * @internal
 */
export const errorType = (cause: Cause.Cause<unknown>): string =>
  Cause.isInterruptedOnly(cause)
    ? "interrupted"
    : nameOf(Option.getOrElse(Cause.failureOption(cause), () => Cause.squash(cause)))
