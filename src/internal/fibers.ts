import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as FiberSet from "effect/FiberSet"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import { Batcher, type BatcherService } from "../../services/Batcher.js"
import * as Candidate from "../Candidate.js"
import { type Budgets, CurrentExecution, type Execution } from "./execution.js"
import type { Memo } from "./memo.js"
import type { Registry } from "./registry.js"

/**
 * One run of a program: a candidate on an example.
 *
 * @internal
 */
export interface Run {
  readonly candidate: Candidate.Candidate
  readonly example: number
  /** Counters that all runs of the candidate share. */
  readonly budget: Budgets
  /** Equal for runs that draw the same random numbers. */
  readonly seed: number
}

/** @internal */
export interface Surroundings {
  readonly registry: Registry
  readonly memo: Memo | undefined
  readonly batcher: BatcherService
}

/**
 * A run in its surroundings: its candidate, its counters, its random numbers.
 *
 * @internal
 */
export const inSurroundings = <O, E, R>(
  program: Effect.Effect<O, E, R>,
  run: Run,
  { batcher, memo, registry }: Surroundings
): Effect.Effect<O, E, R> => {
  const remembered = memo?.forRun(run.example)
  const execution: Execution = {
    around: (call) => {
      registry.add(call.definition)
      return remembered === undefined ? call.run : remembered(call)
    },
    lift: undefined,
    budgets: { evaluation: run.budget, example: new Map() }
  }
  const inside = Effect.mapInputContext(program, (context: Context.Context<R>) =>
    Context.unsafeMake(
      new Map(context.unsafeMap)
        .set(Candidate.Current.key, run.candidate)
        .set(CurrentExecution.key, execution)
        .set(Batcher.key, batcher)
    ) as Context.Context<R>)
  return Effect.withRandom(inside, Random.make(run.seed))
}

/**
 * Runs programs side by side, at most `concurrency` at a time, and gives their exits in order. Interrupting it interrupts
 * them.
 *
 * @internal
 */
export const runAll = <O, E, R>(
  programs: ReadonlyArray<Effect.Effect<O, E, R>>,
  concurrency: number
): Effect.Effect<ReadonlyArray<Exit.Exit<O, E>>, never, R | Scope.Scope> =>
  programs.length === 0
    ? Effect.succeed([])
    : Effect.flatMap(FiberSet.makeRuntime<R, O, E>(), (fork) =>
      Effect.async<ReadonlyArray<Exit.Exit<O, E>>>((resume) => {
        const exits = new Array<Exit.Exit<O, E>>(programs.length)
        let next = 0
        let done = 0
        const start = (): void => {
          const position = next++
          fork(programs[position]!).addObserver((exit) => {
            exits[position] = exit
            if (++done === programs.length) resume(Effect.succeed(exits))
            else if (next < programs.length) start()
          })
        }
        for (let k = 0; k < concurrency && next < programs.length; k++) start()
      }))

/**
 * Runs programs one after the other.
 *
 * @internal
 */
export const runInOrder = <O, E, R>(
  programs: ReadonlyArray<Effect.Effect<O, E, R>>
): Effect.Effect<ReadonlyArray<Exit.Exit<O, E>>, never, R> =>
  Effect.forEach(programs, Effect.exit)
