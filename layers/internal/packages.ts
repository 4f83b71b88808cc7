import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"

/**
 * The package that an import did not find, if that is why it failed.
 *
 * @internal
 */
export const packageMissing = (error: unknown): string | undefined =>
  Predicate.hasProperty(error, "code") && error.code === "ERR_MODULE_NOT_FOUND" && error instanceof Error
    ? /Cannot find package '([^']+)'/.exec(error.message)?.[1]
    : undefined

/**
 * Loads an optional package when it is needed.
 *
 * @internal
 */
export const optional = <A, E>(load: () => Promise<A>, orFail: (cause: unknown) => E): Effect.Effect<A, E> =>
  Effect.tryPromise({ try: load, catch: orFail })
