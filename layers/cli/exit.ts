import * as Data from "effect/Data"

/**
 * What a process ends with when there is nothing left to say: 0 for yes, 1 for no, 2 for bad input.
 *
 * @internal
 */
export type ExitCode = 0 | 1 | 2

/**
 * Ends a subcommand that has done its work and said its result.
 *
 * @internal
 */
export class Ended extends Data.TaggedError("Ended")<{ readonly code: ExitCode }> {}
