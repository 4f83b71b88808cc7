/**
 * One run of a system, watched.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { CallGraph } from "./CallGraph.js"
import * as Candidate from "./Candidate.js"
import { EvaluationError } from "./EvaluationError.js"
import { CurrentExecution } from "./internal/execution.js"
import { randomOfRun } from "./internal/random.js"
import { Recorder } from "./internal/recorder.js"
import type { HyperSystem } from "./internal/system.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Trace<out O, out E> {
  readonly exit: Exit.Exit<O, E>
  readonly graph: CallGraph
}

/**
 * Runs a system on one input and records its calls. A failure of the run is part of the trace.
 *
 * @since 0.1.0
 * @category tracing
 */
export const trace = <I, O, E, R>(
  system: HyperSystem<I, O, E, R>,
  input: I,
  options?: { readonly seed?: number }
): Effect.Effect<Trace<O, E>, EvaluationError, R> =>
  Effect.flatMap(Recorder.make(options?.seed ?? 0), (recorder): Effect.Effect<Trace<O, E>, EvaluationError, R> => {
    for (const definition of system.definitions) recorder.registry.declare(definition)
    const refuseDuplicate = Effect.suspend(() =>
      recorder.registry.duplicate === undefined
        ? Effect.void
        : Effect.fail(EvaluationError.duplicateName(system.name, recorder.registry.duplicate))
    )
    const candidate = system.candidate ?? Candidate.defaults({ seed: options?.seed ?? 0 })
    const run = Effect.suspend(() => system.program(input)).pipe(
      Effect.provideService(CurrentExecution, recorder.execution),
      Candidate.provide(candidate),
      Effect.withRandom(randomOfRun),
      Effect.exit
    )
    return Effect.gen(function* () {
      yield* refuseDuplicate
      const exit = yield* run
      yield* refuseDuplicate
      return { exit, graph: yield* recorder.graph(Exit.isSuccess(exit) ? exit.value : undefined) }
    })
  })
