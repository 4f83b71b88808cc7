/**
 * What is made as high as possible. A metric is a plain function of all outputs and what was expected of them; one that is
 * a mean over examples is better said with {@link perExample}, which keeps tensors on the device.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import * as Tensor from "./Tensor.js"

/**
 * @since 0.1.0
 * @category type ids
 */
export const TypeId: TypeId = "~hyperfunc/Metric"

/**
 * @since 0.1.0
 * @category type ids
 */
export type TypeId = "~hyperfunc/Metric"

/**
 * A finite number, higher being better, or an effect that finds one.
 *
 * @since 0.1.0
 * @category models
 */
export type Score = number | Effect.Effect<number, any, any>

/**
 * @since 0.1.0
 * @category models
 */
export interface PerExample<in O, in X, out S extends Score = Score> {
  readonly [TypeId]: TypeId
  /** `input` is that of the example. */
  readonly score: (output: O, expected: X, input?: unknown) => S | Tensor.Tensor
}

/**
 * @since 0.1.0
 * @category models
 */
export type Metric<O, X, S extends Score = Score> =
  | ((outputs: ReadonlyArray<O>, expected: ReadonlyArray<X>) => S)
  | PerExample<O, X, S>

/**
 * @since 0.1.0
 * @category utility types
 */
export type ErrorOf<S> = S extends Effect.Effect<any, infer E, any> ? E : never

/**
 * @since 0.1.0
 * @category utility types
 */
export type ContextOf<S> = S extends Effect.Effect<any, any, infer R> ? R : never

/**
 * @since 0.1.0
 * @category guards
 */
export const isPerExample = <O, X, S extends Score>(self: Metric<O, X, S>): self is PerExample<O, X, S> =>
  typeof self === "object" && self !== null && TypeId in self

/**
 * The mean over examples of a score. A score written with {@link Tensor} operations gives a scalar tensor and is computed
 * where the outputs are.
 *
 * @since 0.1.0
 * @category constructors
 */
export const perExample = <O, X, S extends Score | Tensor.Tensor = Tensor.Tensor>(
  score: (output: O, expected: X) => S
): PerExample<O, X, Exclude<S, Tensor.Tensor>> => ({
  [TypeId]: TypeId,
  score: score as (output: O, expected: X) => Exclude<S, Tensor.Tensor> | Tensor.Tensor
})

/**
 * The share of examples whose greatest output is where the greatest expected element is. Outputs and expectations are
 * `[classes]`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const accuracy: PerExample<Tensor.Tensor, Tensor.Tensor, never> = perExample<Tensor.Tensor, Tensor.Tensor>(
  (output, expected) => Tensor.equal(Tensor.argMax(output), Tensor.argMax(expected))
)

/**
 * The mean log-likelihood `Σ expected · log softmax(output)` of logits `[classes]`; expectations are one-hot or
 * distributions. At most 0, in nats: cross-entropy with its sign turned.
 *
 * @since 0.1.0
 * @category constructors
 */
export const logLikelihood: PerExample<Tensor.Tensor, Tensor.Tensor, never> = perExample<Tensor.Tensor, Tensor.Tensor>(
  (output, expected) => Tensor.sum(Tensor.mul(expected, Tensor.logSoftmax(output)))
)

/**
 * Minus the mean squared error of outputs against expectations of the same shape.
 *
 * @since 0.1.0
 * @category constructors
 */
export const negativeSquaredError: PerExample<Tensor.Tensor, Tensor.Tensor, never> = perExample<
  Tensor.Tensor,
  Tensor.Tensor
>((output, expected) => {
  const error = Tensor.sub(output, expected)
  return Tensor.neg(Tensor.mean(Tensor.mul(error, error)))
})
