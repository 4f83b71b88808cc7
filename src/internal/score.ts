import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Random from "effect/Random"
import type { DeviceService } from "../../services/Device.js"
import { EvaluationError } from "../EvaluationError.js"
import * as Metric from "../Metric.js"
import { ParamsError } from "../ParamsError.js"
import type * as Tensor from "../Tensor.js"
import { entry, launchAll } from "./groups.js"
import { evaluate, host } from "./host.js"
import { isNode, showShape, sizeOf } from "./node.js"
import { keepable, messageOf } from "./thrown.js"

/** @internal */
export interface Scoring {
  readonly system: string
  /** Where scores that are tensors are computed; in place when there is none. */
  readonly device: DeviceService | undefined
  readonly timeout: Duration.DurationInput
  /** What a metric's random numbers are drawn from, by the example that it scores; -1 for all of them. */
  readonly seedOf: (example: number) => number
  /** As many effects at the same time as there are permits. */
  readonly permits: Effect.Semaphore
}

const failed = (system: string, cause: unknown): EvaluationError =>
  new EvaluationError({
    reason: "MetricFailed",
    system,
    detail: `the metric threw: ${messageOf(cause)}`,
    cure: "Make it give a number for every output, or fail with an error of its own",
    cause: keepable(cause)
  })

/**
 * A finite score, or why there is none.
 *
 * @internal
 */
export const finite = (system: string, score: unknown): Exit.Exit<number, EvaluationError> =>
  typeof score === "number" && Number.isFinite(score)
    ? Exit.succeed(score)
    : Exit.fail(
        new EvaluationError({
          reason: "MetricNotFinite",
          system,
          detail: `the metric gave ${shown(score)}`,
          cure:
            typeof score === "number"
              ? "It has to give a finite number for these outputs; guard its divisions and logarithms"
              : "Make it give one number, or an Effect of one; wrap a Promise in Effect.promise"
        })
      )

const shown = (score: unknown): string => {
  if (isNode(score)) return `a tensor of ${showShape(score.shape)}`
  if (score instanceof Promise) return "a Promise"
  return typeof score === "number" ? String(score) : `a value of type ${typeof score}`
}

const settle = <E, R>(
  scoring: Scoring,
  score: Metric.Score,
  example: number
): Effect.Effect<number, E | EvaluationError, R> =>
  Effect.isEffect(score)
    ? settled(
        scoring,
        Effect.flatMap(score as Effect.Effect<number, E, R>, (value) => finite(scoring.system, value)),
        example
      )
    : finite(scoring.system, score)

/**
 * The judgement of a metric that is an effect: within its limit of time, and without defects.
 *
 * @internal
 */
export const settled = <A, E, R>(
  { permits, seedOf, system, timeout }: Scoring,
  judgement: Effect.Effect<A, E, R>,
  example: number
): Effect.Effect<A, E | EvaluationError, R> =>
  judgement.pipe(
    Effect.withRandom(Random.make(seedOf(example))),
    Effect.timeoutFail({
      duration: timeout,
      onTimeout: () =>
        new EvaluationError({
          reason: "MetricTimedOut",
          system,
          detail: `the metric did not settle within ${Duration.format(timeout)}`,
          cure: "Make it settle, or raise metricTimeout"
        })
    }),
    Effect.catchAllDefect((defect) => Effect.fail(failed(system, defect))),
    permits.withPermits(1)
  )

const attempt = <A>(system: string, compute: () => A): Effect.Effect<A, EvaluationError> =>
  Effect.try({ try: compute, catch: (cause) => failed(system, cause) })

/**
 * The score of a candidate by a metric over all examples.
 *
 * @internal
 */
export const ofAll = <O, X, E, R>(
  scoring: Scoring,
  metric: (outputs: ReadonlyArray<O>, expected: ReadonlyArray<X>) => Metric.Score,
  outputs: ReadonlyArray<O>,
  expected: ReadonlyArray<X>
): Effect.Effect<number, E | EvaluationError, R> =>
  Effect.flatMap(
    attempt(scoring.system, () => metric(outputs, expected)),
    (score) => settle<E, R>(scoring, score, -1)
  )

/**
 * The score of each example; a metric over lists is given lists of one. Scores that are tensors are computed together,
 * those that are effects side by side.
 *
 * @internal
 */
export const ofEach = <O, X, E, R>(
  scoring: Scoring,
  metric: Metric.Metric<O, X>,
  outputs: ReadonlyArray<O>,
  expected: ReadonlyArray<X>,
  examples: ReadonlyArray<number>,
  inputs: ReadonlyArray<unknown>
): Effect.Effect<ReadonlyArray<number>, E | EvaluationError, R> =>
  Effect.gen(function* () {
    const { system } = scoring
    const raw = yield* attempt(system, () =>
      outputs.map((output, k): Metric.Score | Tensor.Tensor =>
        Metric.isPerExample(metric) ? metric.score(output, expected[k]!, inputs[k]) : metric([output], [expected[k]!])
      )
    )
    const tensors = raw.filter(isNode)
    const wide = tensors.find(({ shape }) => sizeOf(shape) !== 1)
    if (wide !== undefined) yield* finite(system, wide)
    const computed = yield* Effect.mapError(
      launchAll(
        scoring.device ?? host,
        tensors.map((tensor) => entry([tensor])),
        () => {}
      ),
      (cause) => failed(system, cause)
    )
    let next = 0
    const positions = raw.map((score) => (isNode(score) ? next++ : 0))
    return yield* Effect.forEach(
      raw,
      (score, k) =>
        isNode(score)
          ? finite(system, evaluate(computed[positions[k]!]![0]!)[0])
          : settle<E, R>(scoring, score as Metric.Score, examples[k]!),
      raw.some(Effect.isEffect) ? { concurrency: "unbounded" } : {}
    )
  })

/** @internal */
export const mean = (scores: ArrayLike<number>): number => {
  let total = 0
  for (let k = 0; k < scores.length; k++) total += scores[k]!
  return total / scores.length
}

/**
 * Parameters that do not fit the hyperfunction they were given to.
 *
 * @internal
 */
export const ofParameters = (system: string, cause: unknown): EvaluationError =>
  new EvaluationError({
    reason: "InvalidParameters",
    system,
    detail:
      cause instanceof ParamsError ? `${cause.block}: expected ${cause.expected}, got ${cause.actual}` : String(cause),
    cure: "Make the candidate for the hyperfunctions that the system calls: two of one name are not one",
    cause
  })

/**
 * The failure of an example as an error: a failure of the program stays its own, a defect becomes an
 * {@link EvaluationError} that names the example.
 *
 * @internal
 */
export const ofExample = <E>(
  system: string,
  example: number,
  cause: Cause.Cause<E>
): Cause.Cause<E | EvaluationError> => {
  if (Cause.isInterruptedOnly(cause) || !Cause.isDie(cause)) return cause
  const defect = Cause.squash(cause)
  if (defect instanceof ParamsError) return Cause.fail(ofParameters(system, defect))
  return Cause.fail(
    new EvaluationError({
      reason: "ExampleFailed",
      system,
      detail: `example ${example} threw: ${messageOf(defect)}`,
      cure: 'Mend the program, or leave such examples out with onFailure: "missing"',
      example,
      cause: keepable(defect)
    })
  )
}
