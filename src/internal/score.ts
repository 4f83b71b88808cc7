import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { EvaluationError } from "../EvaluationError.js"
import * as Metric from "../Metric.js"
import * as Tensor from "../Tensor.js"

/** @internal */
export interface Scoring {
  readonly system: string
  readonly timeout: Duration.DurationInput
}

const failed = (system: string, cause: unknown): EvaluationError =>
  new EvaluationError({
    reason: "MetricFailed",
    system,
    detail: `the metric threw: ${cause instanceof Error ? cause.message : String(cause)}`,
    cure: "Make it give a number for every output, or fail with an error of its own",
    cause
  })

/**
 * A finite score, or why there is none.
 *
 * @internal
 */
export const finite = (system: string, score: unknown): Effect.Effect<number, EvaluationError> =>
  typeof score === "number" && Number.isFinite(score)
    ? Effect.succeed(score)
    : Effect.fail(
      new EvaluationError({
        reason: "MetricNotFinite",
        system,
        detail: `the metric gave ${typeof score === "number" ? score : typeof score}`,
        cure: "It has to give a finite number for these outputs; guard its divisions and logarithms"
      })
    )

const settle = <E, R>(
  { system, timeout }: Scoring,
  compute: () => Metric.Score | Tensor.Tensor
): Effect.Effect<number, E | EvaluationError, R> =>
  Effect.suspend((): Effect.Effect<number, E | EvaluationError, R> => {
    const score = compute()
    if (Tensor.isTensor(score)) return finite(system, Tensor.toNumber(score))
    if (!Effect.isEffect(score)) return finite(system, score)
    return (score as Effect.Effect<number, E, R>).pipe(
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
      Effect.flatMap((value) => finite(system, value))
    )
  }).pipe(Effect.catchAllDefect((defect) => Effect.fail(failed(system, defect))))

/**
 * The score of a candidate.
 *
 * @internal
 */
export const ofAll = <O, X, E, R>(
  scoring: Scoring,
  metric: Metric.Metric<O, X>,
  outputs: ReadonlyArray<O>,
  expected: ReadonlyArray<X>
): Effect.Effect<number, E | EvaluationError, R> =>
  Metric.isPerExample(metric)
    ? Effect.map(
      Effect.forEach(outputs, (output, k) => ofOne<O, X, E, R>(scoring, metric, output, expected[k]!)),
      mean
    )
    : settle<E, R>(scoring, () => metric(outputs, expected))

/**
 * The score of one example; a metric over lists is given lists of one.
 *
 * @internal
 */
export const ofOne = <O, X, E, R>(
  scoring: Scoring,
  metric: Metric.Metric<O, X>,
  output: O,
  expected: X
): Effect.Effect<number, E | EvaluationError, R> =>
  settle<E, R>(scoring, () => (Metric.isPerExample(metric) ? metric.score(output, expected) : metric([output], [expected])))

/** @internal */
export const mean = (scores: ArrayLike<number>): number => {
  let total = 0
  for (let k = 0; k < scores.length; k++) total += scores[k]!
  return total / scores.length
}

/**
 * The failure of an example as an error: a failure of the program stays its own, a defect becomes an
 * {@link EvaluationError} that names the example.
 *
 * @internal
 */
export const ofExample = <E>(system: string, example: number, cause: Cause.Cause<E>): Cause.Cause<E | EvaluationError> => {
  if (Cause.isInterruptedOnly(cause) || !Cause.isDie(cause)) return cause
  const defect = Cause.squash(cause)
  return Cause.fail(
    new EvaluationError({
      reason: "ExampleFailed",
      system,
      detail: `example ${example} threw: ${defect instanceof Error ? defect.message : String(defect)}`,
      cure: 'Mend the program, or leave such examples out with onFailure: "missing"',
      example,
      cause: defect
    })
  )
}
