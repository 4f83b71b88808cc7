import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Observation, ObservedCall } from "../../services/Optimizer.js"
import type { EvaluationError } from "../EvaluationError.js"
import type * as Metric from "../Metric.js"
import { mix } from "../Noise.js"
import type { Grade, Scorer } from "../Scorer.js"
import { batched } from "./batching.js"
import { type Memory, type Problem, programmed, type Task } from "./evaluator.js"
import type { Budgets } from "./execution.js"
import { runAll } from "./fibers.js"
import * as Score from "./score.js"
import * as Tracing from "./tracing.js"

/**
 * Runs candidates on examples, each on its own, and shows what they called, gave and were given for it.
 *
 * @internal
 */
export const observe = <I, O, E, R, X>(
  problem: Problem<I, O, E, R, X>,
  memory: Memory,
  task: Omit<Task, "keepOutputs">
): Effect.Effect<ReadonlyArray<ReadonlyArray<Observation<E | EvaluationError>>>, never, R> =>
  Effect.scoped(
    Effect.gen(function* () {
      const environment = yield* Effect.context<R>()
      const batcher = yield* batched
      const { settings } = problem
      const permits = yield* Effect.makeSemaphore(settings.concurrency)
      const runs = task.candidates.flatMap((candidate, k) => {
        const budget: Budgets = new Map()
        return task.positions.map((example) => {
          const calls: Array<ObservedCall> = []
          const run = { candidate, position: k, example, budget, seed: mix(settings.seed, task.stream(k), example) }
          const surroundings = {
            registry: memory.registry,
            memo: memory.memo,
            batcher,
            onCall: (
              call: { readonly definition: { readonly name: string }; readonly args: ReadonlyArray<unknown> },
              exit: Exit.Exit<unknown, unknown>
            ) => {
              calls.push({ hyperfunction: call.definition.name, args: call.args, exit })
            }
          }
          return { k, example, calls, programmed: programmed(problem, environment, surroundings, run) }
        })
      })
      const exits = yield* runAll(
        runs.map(({ programmed }) => programmed),
        settings.concurrency
      )
      const observations = yield* Effect.forEach(
        runs,
        ({ calls, example, k }, position): Effect.Effect<Observation<E | EvaluationError>, never, R> => {
          const exit = exits[position]!
          const { expected, input } = problem.examples[example]!
          const seen = { example, input, expected, calls }
          if (Exit.isFailure(exit)) {
            const output = Exit.failCause(Score.ofExample(problem.name, example, exit.cause))
            return Effect.succeed({ ...seen, output, grade: output })
          }
          const scoring: Score.Scoring = {
            system: problem.name,
            device: undefined,
            timeout: settings.metricTimeout,
            seedOf: (example) => mix(settings.seed, task.stream(k), example, 1),
            permits
          }
          const grade = gradeOf<O, X, E, R>(scoring, problem.metric, exit.value, expected, example, input)
          return Effect.map(Effect.exit(grade), (grade) => ({ ...seen, output: exit, grade }))
        },
        { concurrency: "unbounded" }
      )
      const width = task.positions.length
      return task.candidates.map((_, k) => observations.slice(k * width, (k + 1) * width))
    })
  ).pipe(Tracing.evaluation(problem.name, task, statisticsOf))

const statisticsOf = (
  observed: ReadonlyArray<ReadonlyArray<Observation<unknown>>>
): Readonly<Record<string, unknown>> => {
  const rewards = observed.flatMap((observations) => {
    const scores = observations.flatMap(({ grade }) => (Exit.isSuccess(grade) ? [grade.value.score] : []))
    return scores.length === 0 ? [] : [Score.mean(scores)]
  })
  return { ...Tracing.rewardsOf(rewards), "hyperfunc.failures": observed.length - rewards.length }
}

const isScorer = <O, X>(metric: Metric.Metric<O, X>): metric is Scorer<O, X, unknown, unknown> =>
  typeof metric === "object" && "grade" in metric

const gradeOf = <O, X, E, R>(
  scoring: Score.Scoring,
  metric: Metric.Metric<O, X>,
  output: O,
  expected: X,
  example: number,
  input: unknown
): Effect.Effect<Pick<Grade, "score" | "feedback">, E | EvaluationError, R> =>
  isScorer(metric)
    ? Score.settled(
        scoring,
        Effect.suspend(() => metric.grade(output, expected, input) as Effect.Effect<Grade, E, R>),
        example
      )
    : Effect.map(Score.ofEach<O, X, E, R>(scoring, metric, [output], [expected], [example], [input]), ([score]) => ({
        score: score!,
        feedback: ""
      }))
