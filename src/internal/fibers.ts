import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import * as Runtime from "effect/Runtime"
import { Batcher, type BatcherService } from "../../services/Batcher.js"
import * as Candidate from "../Candidate.js"
import { breathe } from "./breathe.js"
import { type Budgets, type Call, CurrentExecution, type Execution } from "./execution.js"
import type { Memo } from "./memo.js"
import { randomOfRun } from "./random.js"
import type { Registry } from "./registry.js"
import * as Tracing from "./tracing.js"

/**
 * One run of a program: a candidate on an example.
 *
 * @internal
 */
export interface Run {
  readonly candidate: Candidate.Candidate
  /** That of the candidate among those evaluated with it. */
  readonly position: number
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
  /** Told of every call as it ends. */
  readonly onCall?: (call: Call<unknown, unknown, unknown>, exit: Exit.Exit<unknown, unknown>) => void
}

/**
 * What a run adds to its environment: its candidate, its counters, its random numbers.
 *
 * @internal
 */
export const contextOf = <R>(
  environment: Context.Context<R>,
  run: Run,
  { batcher, memo, onCall, registry }: Surroundings
): Context.Context<R> => {
  const services = new Map(environment.unsafeMap)
  const remembered = memo?.forRun(run.example, services)
  const isSampled = Tracing.isSampled(environment)
  let random: Random.Random | undefined
  const execution: Execution = {
    around: (call) => {
      registry.add(call.definition)
      const called = remembered === undefined ? call.run : remembered(call)
      const made = isSampled ? Tracing.call(call.definition, call.args, called) : called
      return onCall === undefined ? made : Effect.onExit(made, (exit) => Effect.sync(() => onCall(call, exit)))
    },
    lift: undefined,
    budgets: { evaluation: run.budget, example: new Map() },
    random: () => (random ??= Random.make(run.seed))
  }
  services.set(Candidate.Current.key, run.candidate)
  services.set(CurrentExecution.key, execution)
  services.set(Batcher.key, batcher)
  return Context.unsafeMake(services) as Context.Context<R>
}

/**
 * A program and the environment of its run.
 *
 * @internal
 */
export interface Programmed<O, E, R> {
  readonly program: Effect.Effect<O, E, R>
  readonly context: Context.Context<R>
}

/**
 * Runs programs side by side, at most `concurrency` at a time, and gives their exits in order. Interrupting it interrupts
 * them.
 *
 * @internal
 */
export const runAll = <O, E, R>(
  programs: ReadonlyArray<Programmed<O, E, R>>,
  concurrency: number
): Effect.Effect<ReadonlyArray<Exit.Exit<O, E>>> =>
  programs.length === 0
    ? Effect.succeed([])
    : Effect.flatMap(Effect.runtime<never>(), ({ fiberRefs, runtimeFlags }) =>
        Effect.async<ReadonlyArray<Exit.Exit<O, E>>>((resume) => {
          const exits = new Array<Exit.Exit<O, E>>(programs.length)
          const running = new Set<Fiber.RuntimeFiber<O, E>>()
          let next = 0
          let done = 0
          let starting = false
          const start = (): void => {
            if (starting) return
            starting = true
            while (next < programs.length && next - done < concurrency) {
              const position = next++
              const { context, program } = programs[position]!
              const fiber = Runtime.runFork(Runtime.make({ context, fiberRefs, runtimeFlags }), program)
              running.add(fiber)
              fiber.addObserver((exit) => {
                running.delete(fiber)
                exits[position] = exit
                if (++done === programs.length) resume(Effect.succeed(exits))
                else start()
              })
            }
            starting = false
          }
          start()
          return Effect.suspend(() => {
            next = programs.length
            return Fiber.interruptAll(running)
          })
        })
      ).pipe(Effect.withRandom(randomOfRun))

/**
 * Runs programs one after the other.
 *
 * @internal
 */
export const runInOrder = <O, E, R>(
  programs: ReadonlyArray<Programmed<O, E, R>>
): Effect.Effect<ReadonlyArray<Exit.Exit<O, E>>> =>
  Effect.withRandom(
    Effect.forEach(programs, ({ context, program }, position) => {
      const exit = Effect.exit(Effect.provide(program, context))
      return position % 64 === 63 ? Effect.zipLeft(exit, breathe) : exit
    }),
    randomOfRun
  )
