/**
 * A world whose dynamics are tensor operations: the episodes of a whole population advance together on the device.
 *
 * It is what {@link Environment} is for a world in plain values; which of the two a game is written as does not change what
 * an episode means.
 *
 * @since 0.1.0
 */
import * as Example from "./Example.js"
import * as Metric from "./Metric.js"
import * as Tensor from "./Tensor.js"

/**
 * What came of an action.
 *
 * @since 0.1.0
 * @category models
 */
export interface VectorStep {
  /** Of the shape of the state before. */
  readonly state: Tensor.Tensor
  /** A scalar. */
  readonly reward: Tensor.Tensor
  /** A scalar: one while the episode goes on, zero once it has terminated. */
  readonly alive: Tensor.Tensor
}

/**
 * - `observationSize`: length of what a policy sees
 * - `maxSteps`: episodes are truncated after so many steps
 * - `start`: the state that an episode begins in; equal seeds give equal states
 * - `observe`: what a policy sees of a state, default all of it
 * - `step`: written for one episode, in {@link Tensor} operations alone. NaN in what it gives, or a sum of rewards that is not
 *   finite, is a failure of the episode. It is also computed for episodes that are over, and what it gives there is not used
 *
 * @since 0.1.0
 * @category models
 */
export interface VectorEnvironment {
  readonly name: string
  readonly observationSize: number
  readonly maxSteps: number
  readonly start: (seed: number) => Float32Array
  readonly observe?: (state: Tensor.Tensor) => Tensor.Tensor
  readonly step: (state: Tensor.Tensor, action: Tensor.Tensor) => VectorStep
}

/**
 * How an episode went; scalars but for the state.
 *
 * @since 0.1.0
 * @category models
 */
export interface VectorEpisode {
  readonly totalReward: Tensor.Tensor
  /** Steps until the episode was over. */
  readonly steps: Tensor.Tensor
  /** One if the world ended it. */
  readonly terminated: Tensor.Tensor
  /** One if it reached `maxSteps` first. */
  readonly truncated: Tensor.Tensor
  /** The state that it ended in. */
  readonly finalState: Tensor.Tensor
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (environment: VectorEnvironment): VectorEnvironment => environment

/**
 * One example a seed: episodes that begin in the states of those seeds, with nothing expected of them.
 *
 * @since 0.1.0
 * @category constructors
 */
export const episodes = (
  environment: VectorEnvironment,
  seeds: ReadonlyArray<number>
): ReadonlyArray<Example.Example<Tensor.Tensor, undefined>> =>
  seeds.map((seed) => Example.make(Tensor.fromTypedArray(environment.start(seed)), undefined))

/**
 * The mean over episodes of the sum of rewards.
 *
 * @since 0.1.0
 * @category metrics
 */
export const meanReturn: Metric.PerExample<VectorEpisode, unknown, never> = Metric.perExample<VectorEpisode, unknown>(
  ({ totalReward }) => totalReward
)

/**
 * The mean over episodes of their steps.
 *
 * @since 0.1.0
 * @category metrics
 */
export const meanLength: Metric.PerExample<VectorEpisode, unknown, never> = Metric.perExample<VectorEpisode, unknown>(
  ({ steps }) => steps
)
