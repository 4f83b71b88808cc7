import * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import * as Exit from "effect/Exit"
import { errorType } from "../../src/internal/errorType.js"
import { scrub } from "../../src/internal/secrets.js"

const LONGEST = 1000

/** @internal */
export interface Failure {
  readonly type: string
  /** Without what looks like a key, and without causes, in which anything may stand. */
  readonly message: string
}

/**
 * What is told of a failure.
 *
 * @internal
 */
export const failureOf = (cause: Cause.Cause<unknown>): Failure => {
  const type = errorType(cause)
  if (type === "interrupted") return { type, message: "interrupted" }
  const error = Cause.squash(cause)
  const text = error instanceof Error ? error.message : typeof error === "string" ? error : type
  const message = scrub(text.slice(0, 4 * LONGEST))
  return { type, message: message.length > LONGEST ? `${message.slice(0, LONGEST)}…` : message }
}

class Told extends Data.TaggedError("Told")<{ readonly message: string }> {
  constructor({ message, type }: Failure) {
    super({ message })
    this.name = type
    this.stack = `${type}: ${message}`
  }
}

/**
 * An exit with nothing in its failure but what is told of it.
 *
 * @internal
 */
export const told = (exit: Exit.Exit<unknown, unknown>): Exit.Exit<unknown, unknown> => {
  if (Exit.isSuccess(exit)) return Exit.void
  return Cause.isInterruptedOnly(exit.cause) ? exit : Exit.fail(new Told(failureOf(exit.cause)))
}
