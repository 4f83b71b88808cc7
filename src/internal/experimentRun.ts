import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import { Device } from "../../services/Device.js"
import * as Evaluation from "../Evaluation.js"
import type { EvaluationError } from "../EvaluationError.js"
import type { Example } from "../Example.js"
import type * as Metric from "../Metric.js"
import { mix } from "../Noise.js"
import * as Evaluator from "./evaluator.js"
import { CurrentExecution } from "./execution.js"
import type { Result } from "./experiment.js"
import { CurrentRollout } from "./rollout.js"
import * as Score from "./score.js"
import { type HyperSystem, make } from "./system.js"

type Run = Result["runs"][number]

/** An output and, unless it was lifted, how long it took. */
interface Timed<O> {
  readonly output: O
  readonly millis?: number
}

const timed =
  <I, O, E, R>(program: (input: I) => Effect.Effect<O, E, R>) =>
  (input: I): Effect.Effect<Timed<O>, E, R> =>
    Effect.flatMap(CurrentExecution, (execution): Effect.Effect<Timed<O>, E, R> => {
      const run = Effect.suspend(() => program(input))
      return execution?.lift === undefined
        ? Effect.map(Effect.timed(run), ([took, output]) => ({ output, millis: Duration.toMillis(took) }))
        : Effect.map(run, (output) => ({ output }))
    })

const LONGEST_MESSAGE = 500

const missing = (stage: "program" | "metric", cause: Cause.Cause<unknown>): Run => {
  const error = Cause.squash(cause)
  const tag = Predicate.hasProperty(error, "_tag")
    ? String(error._tag)
    : error instanceof Error
      ? error.name
      : "Unknown"
  const reason = Predicate.hasProperty(error, "reason") && typeof error.reason === "string" ? `.${error.reason}` : ""
  const message = error instanceof Error ? error.message : String(error)
  return { _tag: "Missing", stage, error: `${tag}${reason}`, message: message.slice(0, LONGEST_MESSAGE) }
}

/**
 * The runs of each example, `repeats` of them. The program is not run twice for one score, nor is the metric.
 *
 * @internal
 */
export const runsOf = <I, O, E, R, X, S extends Metric.Score>(
  system: HyperSystem<I, O, E, R>,
  examples: ReadonlyArray<Example<I, X>>,
  metric: Metric.Metric<O, X, S>,
  repeats: number,
  options: Evaluation.Options
): Effect.Effect<ReadonlyArray<Result["runs"]>, EvaluationError, R | Metric.ContextOf<S>> =>
  Effect.gen(function* () {
    const watched = make(system.name, timed(system.program), system.definitions, system.candidate)
    const unscored = { ...options, onFailure: "missing" as const }
    const problem = yield* Evaluation.problemOf(watched, examples, () => 0, unscored)
    const { concurrency, metricTimeout, mode, seed } = problem.settings
    const candidate = Evaluation.candidateOf(system, seed)
    const outcomes = yield* Effect.forEach(
      Array.from({ length: repeats }, (_, repeat) => repeat),
      (repeat) =>
        Evaluator.evaluate(problem, Evaluation.memoryOf(watched, undefined), {
          candidates: [candidate],
          stream: () => repeat,
          positions: examples.map((_, k) => k),
          keepOutputs: true
        }).pipe(
          Effect.map(({ outcomes: [outcome] }) => outcome),
          Effect.provideService(CurrentRollout, repeat)
        )
    )
    const atOnce = mode === "sequential" ? 1 : concurrency
    const device = Option.getOrUndefined(yield* Effect.serviceOption(Device))
    const permits = yield* Effect.makeSemaphore(atOnce)
    const scored = (repeat: number, k: number): Effect.Effect<Run, never, R | Metric.ContextOf<S>> => {
      const exit = outcomes[repeat].outputs[k]
      if (Exit.isFailure(exit)) return Effect.succeed(missing("program", exit.cause))
      const { millis, output } = exit.value
      const { expected, input } = examples[k]
      const seedOf = (example: number) => mix(seed, repeat, example, 1)
      const scoring: Score.Scoring = { system: system.name, device, timeout: metricTimeout, seedOf, permits }
      return Effect.matchCause(
        Score.ofEach<O, X, unknown, R | Metric.ContextOf<S>>(scoring, metric, [output], [expected], [k], [input]),
        {
          onFailure: (cause) => missing("metric", cause),
          onSuccess: ([score]): Run => ({
            _tag: "Scored",
            score,
            ...(millis === undefined ? {} : { latencyMillis: millis })
          })
        }
      )
    }
    return yield* Effect.forEach(
      examples,
      (_, k) =>
        Effect.map(
          Effect.forEach(outcomes, (_, repeat) => scored(repeat, k), { concurrency: atOnce }),
          (runs) => runs as unknown as Result["runs"]
        ),
      { concurrency: atOnce }
    )
  })
