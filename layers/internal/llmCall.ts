import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/**
 * What layers on the way to a model tell the one that watches the call.
 *
 * @internal
 */
export interface Watched {
  attempts: number
  /** Whether no call was made because the answer was there, or under way. */
  isCached: boolean
}

/** @internal */
export class CurrentCall extends Context.Reference<CurrentCall>()("hyperfunc/internal/LlmCall", {
  defaultValue: (): Watched | undefined => undefined
}) {}

/**
 * Says that the answer of the call came out of a cache.
 *
 * @internal
 */
export const markCached: Effect.Effect<void> = Effect.map(CurrentCall, (call) => {
  if (call !== undefined) call.isCached = true
})
