/**
 * Why an episode did not come to an end of its own.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * - `InvalidOptions`: a seed that is no whole number, a state to start from that is no tensor of numbers, or a cap below 1
 * - `IllegalAction`: the agent chose what is not in the space of actions
 * - `IllegalObservation`: the environment showed what is not in its space of observations
 * - `BadReward`: the environment gave a reward that is not finite, or that makes their sum so
 * - `EnvironmentFailed`: the environment threw, or left out what a step has to say
 * - `EnvironmentShared`: the environment gave one instance to two episodes at the same time
 * - `AgentFailed`: the agent threw
 *
 * @since 0.1.0
 * @category errors
 */
export class EpisodeError extends Schema.TaggedError<EpisodeError>("hyperfunc/EpisodeError")("EpisodeError", {
  reason: Schema.Literal(
    "InvalidOptions",
    "IllegalAction",
    "IllegalObservation",
    "BadReward",
    "EnvironmentFailed",
    "EnvironmentShared",
    "AgentFailed"
  ),
  environment: Schema.String,
  /** How many steps had been taken. */
  step: Schema.NonNegativeInt,
  detail: Schema.String,
  /** What to do about it. */
  cure: Schema.String,
  cause: Schema.optionalWith(Schema.Defect, { exact: true })
}) {
  override get message(): string {
    return `${this.environment}, step ${this.step}: ${this.detail}. ${this.cure}`
  }
}
