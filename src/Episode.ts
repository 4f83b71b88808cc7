/**
 * How an episode went.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Metric from "./Metric.js"

/**
 * What an episode comes to, without what was last seen: the part that is JSON whatever the environment.
 *
 * @since 0.1.0
 * @category schemas
 */
export const EpisodeSummary = Schema.Struct({
  totalReward: Schema.Finite,
  steps: Schema.NonNegativeInt,
  /** The task had ended. */
  terminated: Schema.Boolean,
  /** It was cut short. */
  truncated: Schema.Boolean,
  /** By whom, where it was. */
  truncatedBy: Schema.optionalWith(Schema.Literal("environment", "maxSteps"), { exact: true }),
  seed: Schema.Int,
  /** What the environment said last. */
  info: Schema.Record({ key: Schema.String, value: Schema.Unknown })
})

/**
 * @since 0.1.0
 * @category models
 */
export type EpisodeSummary = typeof EpisodeSummary.Type

/**
 * One step of a recorded episode.
 *
 * @since 0.1.0
 * @category models
 */
export interface RecordedStep<out O, out A> {
  /** What the agent saw. */
  readonly observation: O
  readonly action: A
  readonly reward: number
  /** What the agent thought that the state is worth. */
  readonly value?: number
  readonly metadata?: Readonly<Record<string, unknown>>
}

/**
 * - `steps`: in order
 * - `frames`: SVG, the first before the first step; empty where the environment cannot be looked at
 *
 * @since 0.1.0
 * @category models
 */
export interface Recording<out O, out A> {
  readonly steps: ReadonlyArray<RecordedStep<O, A>>
  readonly frames: ReadonlyArray<string>
}

/**
 * `recording` is there when the system was asked for it.
 *
 * @since 0.1.0
 * @category models
 */
export interface EpisodeResult<out O = unknown, out A = unknown> extends EpisodeSummary {
  readonly finalObservation: O
  readonly recording?: Recording<O, A>
}

/**
 * The schema of episodes whose observations have a schema; a recording is not part of it.
 *
 * @since 0.1.0
 * @category schemas
 */
export const schema = <O, I>(
  observations: Schema.Schema<O, I>
): Schema.Schema<
  EpisodeSummary & { readonly finalObservation: O },
  typeof EpisodeSummary.Encoded & { readonly finalObservation: I }
> => Schema.extend(EpisodeSummary, Schema.Struct({ finalObservation: observations }))

/**
 * The mean over episodes of the sum of rewards.
 *
 * @since 0.1.0
 * @category metrics
 */
export const meanReturn: Metric.PerExample<EpisodeResult, unknown, number> = Metric.perExample<
  EpisodeResult,
  unknown,
  number
>(({ totalReward }) => totalReward)

/**
 * The mean over episodes of the number of steps.
 *
 * @since 0.1.0
 * @category metrics
 */
export const meanLength: Metric.PerExample<EpisodeResult, unknown, number> = Metric.perExample<
  EpisodeResult,
  unknown,
  number
>(({ steps }) => steps)

/**
 * The share of episodes that are a success, in [0, 1].
 *
 * @since 0.1.0
 * @category metrics
 */
export const successRate = <O = unknown, A = unknown>(
  isSuccess: (episode: EpisodeResult<O, A>) => boolean
): Metric.PerExample<EpisodeResult<O, A>, unknown, number> =>
  Metric.perExample<EpisodeResult<O, A>, unknown, number>((episode) => Number(isSuccess(episode)))
