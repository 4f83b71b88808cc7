import * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { Memory, type MemoryService } from "../../services/Memory.js"
import { EvaluationError } from "../EvaluationError.js"
import { Since } from "./memory/since.js"
import { messageOf } from "./thrown.js"

const memoryIn = (context: Context.Context<never>): MemoryService | undefined =>
  context.unsafeMap.get(Memory.key) as MemoryService | undefined

/**
 * A run with a memory of its own: it sees what the memory in its environment holds, and what it writes ends with it. A run
 * without a memory is as it was.
 *
 * @internal
 */
export const isolated = <A, E, R>(
  system: string,
  example: number,
  environment: Context.Context<R>,
  run: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> => {
  const memory = memoryIn(environment as Context.Context<never>)
  if (memory === undefined) return run
  const failed = (cause: Cause.Cause<unknown>) => {
    const error = Cause.squash(cause)
    return Effect.fail(
      new EvaluationError({
        reason: "MemoryFailed",
        system,
        detail: `example ${example} got no memory: ${messageOf(error)}`,
        cure: "Mend the memory that the evaluation is provided with",
        example,
        cause: error
      })
    )
  }
  const overlay = Effect.catchAllCause(
    Effect.suspend(() => memory.overlay),
    (cause) => (Cause.isInterruptedOnly(cause) ? Effect.failCause(cause as Cause.Cause<never>) : failed(cause))
  )
  // Overlays that the run makes itself are of its own memory, and see what it has written by then.
  const inside = Effect.provideService(run, Since, undefined)
  return Effect.scoped(Effect.flatMap(overlay, (own) => Effect.provideService(inside, Memory, own))) as Effect.Effect<
    A,
    E | EvaluationError,
    R
  > as Effect.Effect<A, E, R>
}

/**
 * A run in which whoever asks the memory is told that it cannot be: `refuse` throws.
 *
 * @internal
 */
export const withoutMemory =
  (refuse: () => never) =>
  <A, E, R>(run: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.contextWithEffect((context: Context.Context<R>) =>
      memoryIn(context as Context.Context<never>) === undefined
        ? run
        : Effect.provideService(run, Memory, refusing(refuse))
    )

const refusing = (refuse: () => never): MemoryService => ({
  remember: refuse,
  rememberAll: refuse,
  rememberTurn: refuse,
  recall: refuse,
  recent: refuse,
  byEntity: refuse,
  get: refuse,
  update: refuse,
  supersede: refuse,
  forget: refuse,
  prune: refuse,
  count: refuse,
  overlay: Effect.suspend(refuse)
})
