import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { ParamsError } from "../../ParamsError.js"
import { Diverged } from "../execution.js"

/**
 * Runs what a user wrote. What it throws becomes an error; signals of the library are not its.
 *
 * @internal
 */
export const guarded = <A, E, R, E2>(
  run: () => Effect.Effect<A, E, R>,
  onDefect: (defect: unknown) => E2
): Effect.Effect<A, E | E2, R> =>
  Effect.catchSomeDefect(Effect.suspend(run), (defect) =>
    defect instanceof Diverged || defect instanceof ParamsError
      ? Option.none()
      : Option.some(Effect.fail(onDefect(defect)))
  )
