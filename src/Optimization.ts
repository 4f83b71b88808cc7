/**
 * Better parameters for a system, found by whatever {@link Optimizer} is provided.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import {
  type GenerationReport,
  type Objective,
  type ObjectiveOptions,
  type Observation,
  Optimizer,
  type OptimizerError,
  type Selection,
  type StopReason
} from "../services/Optimizer.js"
import type * as Candidate from "./Candidate.js"
import * as Evaluation from "./Evaluation.js"
import { EvaluationError } from "./EvaluationError.js"
import type { Example } from "./Example.js"
import * as Evaluator from "./internal/evaluator.js"
import { Generations } from "./internal/generations.js"
import { Memo } from "./internal/memo.js"
import { fixed } from "./internal/memory/since.js"
import { observe } from "./internal/observe.js"
import { overlap } from "./internal/overlap.js"
import { mean } from "./internal/score.js"
import { type HyperSystem, make } from "./internal/system.js"
import * as Verdict from "./internal/verdict.js"
import type * as Metric from "./Metric.js"

/**
 * How candidates are evaluated, and which parameters are tuned.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends Evaluation.Options, Selection {}

/**
 * @since 0.1.0
 * @category models
 */
export interface Optimized<in I, out O, out E, out R> {
  /** The system with the best parameters that were found; never worse than the one passed in. */
  readonly system: HyperSystem<I, O, E, R>
  readonly history: ReadonlyArray<GenerationReport>
  readonly stopped: StopReason
  /** Scores on the examples, before and after. */
  readonly before: number
  readonly after: number
  /** Scores on held-out examples. Absent when there were none, when none has a score, or no money was left to find it. */
  readonly test?: { readonly before: number; readonly after: number }
}

/**
 * A report for the start and one for every generation as it ends. Each carries the best parameters so far: a consumer that
 * keeps the last one loses nothing when it is interrupted.
 *
 * @since 0.1.0
 * @category optimizing
 */
export const optimizeStream = <I, O, E, R, X, S extends Metric.Score = never>(
  system: HyperSystem<I, O, E, R>,
  examples: ReadonlyArray<Example<NoInfer<I>, X>>,
  metric: Metric.Metric<O, X, S>,
  options?: Options
): Stream.Stream<
  GenerationReport,
  E | Metric.ErrorOf<S> | EvaluationError | OptimizerError,
  R | Metric.ContextOf<S> | Optimizer
> =>
  Stream.unwrapScoped(
    Effect.flatMap(Generations.open(system.name), (generations) =>
      Effect.map(started(system, examples, metric, options, generations), ({ reports }) => reports)
    )
  ) as Stream.Stream<any, any, any>

const started = <I, O, E, R, X>(
  system: HyperSystem<I, O, E, R>,
  examples: ReadonlyArray<Example<I, X>>,
  metric: Metric.Metric<O, X>,
  options: Options | undefined,
  generations: Generations
) =>
  Effect.gen(function* () {
    const optimizer = yield* Optimizer
    yield* optimizer.check
    const memory = Evaluation.memoryOf(system, undefined)
    const objective = yield* objectiveOf(
      system,
      examples,
      metric,
      options,
      memory,
      optimizer.observes === true,
      generations
    ).pipe(generations.provide, fixed)
    return { reports: generations.reports(optimizer.optimize(objective)), found: memory.registry.definitions }
  })

const objectiveOf = <I, O, E, R, X>(
  system: HyperSystem<I, O, E, R>,
  examples: ReadonlyArray<Example<I, X>>,
  metric: Metric.Metric<O, X>,
  options: Options | undefined,
  memory: Evaluator.Memory,
  observes: boolean,
  generations: Generations
): Effect.Effect<Objective<unknown>, unknown, R> =>
  Effect.gen(function* () {
    const context = yield* Effect.context<R>()
    const problem = yield* Evaluation.problemOf(system, examples, metric, options)
    const start = Evaluation.candidateOf(system, problem.settings.seed)
    const everything = examples.map((_, k) => k)
    let tuned: ReadonlySet<string> | undefined
    const sharing = (names: ReadonlySet<string>): void => {
      if (tuned === names) return
      tuned = names
      memory.memo = new Memo((definition) => names.has(definition.name))
    }
    const task = (candidates: ReadonlyArray<Candidate.Candidate>, choice?: ObjectiveOptions) => ({
      candidates,
      stream: choice?.stream ?? (() => 0),
      positions: choice?.positions ?? everything,
      keepOutputs: false
    })
    const startObservations = observes ? (yield* observe(problem, memory, task([start])))[0] : []
    const startScore = observes
      ? yield* meanScore(startObservations)
      : yield* (yield* Evaluator.evaluate(problem, memory, task([start]))).outcomes[0].score
    return {
      system: system.name,
      tunables: [...memory.registry.called],
      selection: {
        ...(options?.only === undefined ? {} : { only: options.only }),
        ...(options?.freeze === undefined ? {} : { freeze: options.freeze })
      },
      start,
      startScore,
      startObservations,
      examples: examples.length,
      evaluate: (candidates, choice) =>
        Effect.suspend(() => {
          sharing(choice.tuned)
          return Effect.map(Evaluator.evaluate(problem, memory, task(candidates, choice)), ({ outcomes }) =>
            outcomes.map(({ score }) => score)
          )
        }).pipe(generations.within, Effect.provide(context)),
      observe: (candidates, choice) =>
        Effect.suspend(() => {
          sharing(choice.tuned)
          return observe(problem, memory, task(candidates, choice))
        }).pipe(generations.within, Effect.provide(context))
    }
  })

/** The mean of the scores there are; the first failure when there is none. */
const meanScore = <E>(observations: ReadonlyArray<Observation<E>>): Effect.Effect<number, E> => {
  const scores = observations.flatMap(({ grade }) => (Exit.isSuccess(grade) ? [grade.value.score] : []))
  const failure = observations.map(({ grade }) => grade).find(Exit.isFailure)
  return scores.length === 0 && failure !== undefined ? Effect.failCause(failure.cause) : Effect.succeed(mean(scores))
}

/** The score on held-out examples; nothing when there is none, or no money left to find it. */
const tested = <I, O, E, R, X>(
  system: HyperSystem<I, O, E, R>,
  test: ReadonlyArray<Example<I, X>>,
  metric: Metric.Metric<O, X, never>,
  options: Options | undefined
): Effect.Effect<Option.Option<number>, E | EvaluationError, R> => {
  const isBudget = (cause: Cause.Cause<unknown>): boolean => Verdict.ofCause(cause) === "budget"
  const isUnknown = (error: unknown): boolean =>
    isBudget(Cause.fail(error)) || (error instanceof EvaluationError && error.reason === "NothingToScore")
  return Evaluation.evaluate(system, test, metric, options).pipe(
    Effect.map(({ missing, score }) =>
      missing.some(({ cause }) => isBudget(cause)) ? Option.none() : Option.some(score)
    ),
    Effect.catchIf(isUnknown, () => Effect.succeedNone)
  )
}

const refuseSeen = (
  system: string,
  examples: ReadonlyArray<Example<unknown, unknown>>,
  test: ReadonlyArray<Example<unknown, unknown>>
): Effect.Effect<void, EvaluationError> => {
  const seen = overlap(examples, test)
  if (test.length > 0 && seen.length === 0) return Effect.void
  const positions = seen.slice(0, 10).join(", ") + (seen.length > 10 ? ` and ${seen.length - 10} more` : "")
  return new EvaluationError(
    test.length === 0
      ? { reason: "EmptyExamples", system, detail: "there are no examples in test", cure: "Add some, or leave it out" }
      : {
          reason: "InvalidOptions",
          system,
          detail: `inputs of examples ${positions} of test are also among those that are learnt from`,
          cure: "Keep them out of one of the two"
        }
  )
}

/**
 * Tunes a system on examples. The system passed in is untouched.
 *
 * `test` are held-out examples that no optimizer sees: the start and the best are scored on them when the search has
 * ended. An input that is in both sets is an error.
 *
 * @since 0.1.0
 * @category optimizing
 */
export const optimize = <I, O, E, R, X, S extends Metric.Score = never>(
  system: HyperSystem<I, O, E, R>,
  examples: ReadonlyArray<Example<NoInfer<I>, X>>,
  metric: Metric.Metric<O, X, S>,
  options?: Options & { readonly test?: ReadonlyArray<Example<NoInfer<I>, NoInfer<X>>> }
): Effect.Effect<
  Optimized<I, O, E, R>,
  E | Metric.ErrorOf<S> | EvaluationError | OptimizerError,
  R | Metric.ContextOf<S> | Optimizer
> =>
  Effect.gen(function* () {
    if (options?.test !== undefined) yield* refuseSeen(system.name, examples, options.test)
    const generations = yield* Generations.open(system.name)
    const { found, reports } = yield* started(system, examples, metric, options, generations)
    const history = [...(yield* Stream.runCollect(reports))]
    const last = history.at(-1)
    const stopped = last?.stopped ?? "generations"
    const candidate = last?.best.candidate
    const tuned = candidate === undefined ? system : make(system.name, system.program, [...found.values()], candidate)
    const result = {
      system: tuned,
      history,
      stopped,
      before: history.at(0)?.score ?? NaN,
      after: last?.best.score ?? NaN
    }
    if (options?.test === undefined) return result
    const isChanged = candidate !== history.at(0)?.best.candidate
    const test = options.test
    const scoreOf = (system: HyperSystem<I, O, E, R>) =>
      tested(system, test, metric as Metric.Metric<O, X, never>, options)
    const before = yield* generations.provide(scoreOf(system))
    const after = isChanged ? yield* generations.provide(scoreOf(tuned)) : before
    return Option.match(Option.all({ before, after }), {
      onNone: () => result,
      onSome: (test) => ({ ...result, test })
    })
  }).pipe(fixed, Effect.scoped) as Effect.Effect<any, any, any>
