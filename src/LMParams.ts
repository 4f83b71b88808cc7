/**
 * The sampling settings of a language model as a parameter space.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { tunedBetween } from "./internal/tuned.js"
import type { ParamSpace } from "./ParamSpace.js"
import * as Params from "./Params.js"

/**
 * The numbers to send to a provider.
 *
 * @since 0.1.0
 * @category models
 */
export interface LMRequest {
  readonly temperature: number
  readonly topP: number
  readonly presencePenalty: number
  readonly frequencyPenalty: number
  readonly maxTokens: number
  readonly stop?: ReadonlyArray<string>
  readonly seed?: number
}

/**
 * Tuned: `temperature` 0–2 (default 0.7), `topP` 0–1 (1), `presencePenalty` and `frequencyPenalty` −2–2 (0) and
 * `maxTokensFraction` 0–1 (0.25) of the model's maximum. One search step is half the range of each.
 *
 * Carried along: `maxTokens`, which takes the place of the fraction, `stop` and `seed`.
 *
 * @since 0.1.0
 * @category models
 */
export class LMParams extends Schema.Class<LMParams>("hyperfunc/LMParams")({
  temperature: tunedBetween(0, 2, 0.7),
  topP: tunedBetween(0, 1, 1),
  presencePenalty: tunedBetween(-2, 2, 0),
  frequencyPenalty: tunedBetween(-2, 2, 0),
  maxTokensFraction: tunedBetween(0, 1, 0.25),
  maxTokens: Schema.optionalWith(Schema.Int.pipe(Schema.positive()), { exact: true }),
  stop: Schema.optionalWith(Schema.Array(Schema.String), { exact: true }),
  seed: Schema.optionalWith(Schema.Int, { exact: true })
}) {
  static readonly space: ParamSpace<LMParams> = Params.fromSchema(LMParams)

  /**
   * The token limit is `maxTokens`, or the whole part of the fraction of `modelMaxTokens` (default 4096); at least 1 and
   * at most `modelMaxTokens`.
   */
  toRequest(options: { readonly modelMaxTokens?: number | undefined } = {}): LMRequest {
    const { modelMaxTokens = 4096 } = options
    const limit = this.maxTokens ?? Math.trunc(this.maxTokensFraction * modelMaxTokens)
    return {
      temperature: this.temperature,
      topP: this.topP,
      presencePenalty: this.presencePenalty,
      frequencyPenalty: this.frequencyPenalty,
      maxTokens: Math.max(1, Math.min(limit, modelMaxTokens)),
      ...(this.stop === undefined || this.stop.length === 0 ? {} : { stop: this.stop }),
      ...(this.seed === undefined ? {} : { seed: this.seed })
    }
  }
}
