import * as Effect from "effect/Effect"

/**
 * Lets timers, signals and sockets have their turn. `Effect.yieldNow` only lets other fibers have theirs: a long
 * computation would hold up an interruption from outside for seconds.
 *
 * @internal
 */
export const breathe: Effect.Effect<void> = Effect.async((resume) => {
  setImmediate(() => resume(Effect.void))
})
