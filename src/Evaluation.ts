/**
 * Scores of a system: of its own parameters, or of a population of others.
 *
 * Evaluating P candidates on N examples gives what P × N separate runs give. It is done in one of three forms. Where
 * values are tensors, the program runs once for a group of like-shaped examples and its tensors stand for all candidates
 * and examples (*lifted*). Where it does more than that, one fiber runs a candidate on an example, and tensor calls that
 * wait at the same moment become one kernel (*fibers*). And one by one (*sequential*), which the others are tested
 * against. What a lifted program does besides tensors happens once a group; a program that minds asks for `"fibers"`.
 *
 * @since 0.1.0
 */
import type * as Cause from "effect/Cause"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Candidate from "./Candidate.js"
import { EvaluationError } from "./EvaluationError.js"
import type { Example } from "./Example.js"
import * as Evaluator from "./internal/evaluator.js"
import { Memo } from "./internal/memo.js"
import { fixed } from "./internal/memory/since.js"
import type { HyperSystem } from "./internal/system.js"
import type * as Metric from "./Metric.js"

/**
 * - `mode`: the form; `"auto"` (default) takes the fastest that each group of examples allows
 * - `concurrency`: runs of the program, or of a metric that is an effect, at the same time, default 512
 * - `onFailure`: what a failed example does: `"fail"` (default) ends the evaluation of its candidate, `"missing"` leaves
 *   the example out and reports it
 * - `seed`: what random numbers and weights without initial values are drawn from, default 0. Candidates draw the same
 *   numbers, examples their own
 * - `timeout`: limit of one run; default none
 * - `metricTimeout`: limit of a metric that is an effect, default 5 minutes
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly mode?: "auto" | "lifted" | "fibers" | "sequential"
  readonly concurrency?: number
  readonly onFailure?: "fail" | "missing"
  readonly seed?: number
  readonly timeout?: Duration.DurationInput
  readonly metricTimeout?: Duration.DurationInput
}

/**
 * How the work was done. `launches` counts kernels, `calls` the calls of tensor hyperfunctions that they stood for.
 *
 * @since 0.1.0
 * @category models
 */
export interface Work {
  readonly modes: ReadonlySet<"lifted" | "fibers" | "sequential">
  readonly launches: number
  readonly calls: number
  /** Why groups of examples were not lifted. */
  readonly divergences: ReadonlyArray<string>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Evaluation<out O, out E> {
  readonly score: number
  /** In the order of the examples. */
  readonly outputs: ReadonlyArray<Exit.Exit<O, E>>
  /** Positions of examples that failed, under `onFailure: "missing"`. */
  readonly missing: ReadonlyArray<{ readonly example: number; readonly cause: Cause.Cause<E> }>
  /** Names of the hyperfunctions that were called. */
  readonly hyperfunctions: ReadonlyArray<string>
  readonly work: Work
}

/**
 * @since 0.1.0
 * @category models
 */
export interface PopulationEvaluation<out E> {
  /** One a candidate; `NaN` for those in `failures`. */
  readonly rewards: ReadonlyArray<number>
  /** Candidates without a reward, under `onCandidateFailure: "report"`. */
  readonly failures: ReadonlyArray<{ readonly candidate: number; readonly cause: Cause.Cause<E> }>
  readonly work: Work
}

/**
 * @internal
 */
export const settingsOf = (
  system: string,
  options: Options | undefined
): Effect.Effect<Evaluator.Settings, EvaluationError> => {
  const concurrency = options?.concurrency ?? 512
  const seed = options?.seed ?? 0
  const invalid = (detail: string, cure: string) =>
    Effect.fail(new EvaluationError({ reason: "InvalidOptions", system, detail, cure }))
  if (!(Number.isInteger(concurrency) && concurrency > 0)) {
    return invalid(`concurrency is ${concurrency}`, "Use a whole number of at least 1")
  }
  if (!Number.isSafeInteger(seed)) return invalid(`seed is ${seed}`, "Use a whole number")
  return Effect.succeed({
    mode: options?.mode ?? "auto",
    concurrency,
    onFailure: options?.onFailure ?? "fail",
    seed,
    timeout: options?.timeout,
    metricTimeout: options?.metricTimeout ?? "5 minutes"
  })
}

/**
 * The problem that an evaluation puts to the engine.
 *
 * @internal
 */
export const problemOf = <I, O, E, R, X>(
  system: HyperSystem<I, O, E, R>,
  examples: ReadonlyArray<Example<I, X>>,
  metric: Metric.Metric<O, X>,
  options: Options | undefined
): Effect.Effect<Evaluator.Problem<I, O, E, R, X>, EvaluationError> =>
  examples.length === 0
    ? Effect.fail(
        new EvaluationError({
          reason: "EmptyExamples",
          system: system.name,
          detail: "there are no examples",
          cure: "Pass at least one"
        })
      )
    : Effect.map(settingsOf(system.name, options), (settings) => ({
        name: system.name,
        program: system.program,
        examples,
        metric,
        settings
      }))

/**
 * @internal
 */
export const candidateOf = (system: HyperSystem<any, any, any, any>, seed: number): Candidate.Candidate =>
  system.candidate ?? Candidate.defaults({ seed })

/** What was learnt about a program, for as long as it lives: which groups of its examples diverge. */
const knowledge = new WeakMap<object, Evaluator.Knowledge>()

/**
 * @internal
 */
export const memoryOf = (system: HyperSystem<any, any, any, any>, memo: Memo | undefined): Evaluator.Memory => {
  let known = knowledge.get(system.program)
  if (known === undefined) knowledge.set(system.program, (known = new Evaluator.Knowledge()))
  const memory = new Evaluator.Memory(known, memo)
  for (const definition of system.definitions) memory.registry.declare(definition)
  return memory
}

const workOf = (evaluated: Evaluator.Evaluated<unknown, unknown>): Work => ({
  modes: evaluated.modes,
  launches: evaluated.launches,
  calls: evaluated.calls,
  divergences: evaluated.divergences
})

/**
 * Scores a system on examples.
 *
 * @since 0.1.0
 * @category evaluating
 */
export const evaluate = <I, O, E, R, X, S extends Metric.Score = never>(
  system: HyperSystem<I, O, E, R>,
  examples: ReadonlyArray<Example<I, X>>,
  metric: Metric.Metric<O, X, S>,
  options?: Options
): Effect.Effect<
  Evaluation<O, E | EvaluationError>,
  E | Metric.ErrorOf<S> | EvaluationError,
  R | Metric.ContextOf<S>
> =>
  Effect.gen(function* () {
    const problem = yield* problemOf(system, examples, metric, options)
    const memory = memoryOf(system, undefined)
    const evaluated = yield* Evaluator.evaluate(problem, memory, {
      candidates: [candidateOf(system, problem.settings.seed)],
      stream: () => 0,
      positions: examples.map((_, k) => k),
      keepOutputs: true
    })
    const { outputs, score } = evaluated.outcomes[0]
    return {
      score: yield* score,
      outputs,
      missing: outputs.flatMap((exit, example) => (Exit.isFailure(exit) ? [{ example, cause: exit.cause }] : [])),
      hyperfunctions: [...memory.registry.definitions.keys()],
      work: workOf(evaluated)
    }
  }).pipe(fixed) as Effect.Effect<any, any, any>

/**
 * Scores candidates on the same examples, as that many evaluations would.
 *
 * `onCandidateFailure` says what a candidate without a reward does: `"fail"` (default) ends the evaluation with its
 * failure, `"report"` lists it in `failures`.
 *
 * @since 0.1.0
 * @category evaluating
 */
export const evaluatePopulation = <I, O, E, R, X, S extends Metric.Score = never>(
  system: HyperSystem<I, O, E, R>,
  candidates: ReadonlyArray<Candidate.Candidate>,
  examples: ReadonlyArray<Example<I, X>>,
  metric: Metric.Metric<O, X, S>,
  options?: Options & { readonly onCandidateFailure?: "fail" | "report" }
): Effect.Effect<
  PopulationEvaluation<E | EvaluationError | Metric.ErrorOf<S>>,
  E | Metric.ErrorOf<S> | EvaluationError,
  R | Metric.ContextOf<S>
> =>
  Effect.gen(function* () {
    const problem = yield* problemOf(system, examples, metric, options)
    const memo = candidates.length > 1 ? new Memo(differing(candidates)) : undefined
    const evaluated = yield* Evaluator.evaluate(problem, memoryOf(system, memo), {
      candidates,
      stream: () => 0,
      positions: examples.map((_, k) => k),
      keepOutputs: false
    })
    const scores = evaluated.outcomes.map(({ score }) => score)
    const failures = scores.flatMap((exit, candidate) =>
      Exit.isFailure(exit) ? [{ candidate, cause: exit.cause }] : []
    )
    if (failures.length > 0 && options?.onCandidateFailure !== "report")
      return yield* Effect.failCause(failures[0].cause)
    return {
      rewards: scores.map((exit) => (Exit.isSuccess(exit) ? exit.value : NaN)),
      failures,
      work: workOf(evaluated)
    }
  }).pipe(fixed) as Effect.Effect<any, any, any>

/** Whether candidates have different parameters for a hyperfunction. */
const differing = (candidates: ReadonlyArray<Candidate.Candidate>): Memo["isTuned"] => {
  const known = new Map<unknown, boolean>()
  return (definition) => {
    let differs = known.get(definition)
    if (differs === undefined) {
      const first = Candidate.assignmentOf(candidates[0], definition)
      differs = candidates.some((candidate) => Candidate.assignmentOf(candidate, definition) !== first)
      known.set(definition, differs)
    }
    return differs
  }
}
