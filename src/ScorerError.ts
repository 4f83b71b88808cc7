/**
 * Why an output has no score.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * - `NotAScore`: a scoring function gave NaN, an infinity or something that is no score
 * - `Threw`: it threw, or its effect died
 * - `InvalidExpected`: what was expected of the output cannot be compared with: the example has to be mended
 * - `InvalidOptions`: a scorer that cannot be. Constructors throw it where they are written, because that is the line to
 *   mend
 * - `JudgeUnparseable`: a judge replied something else than one score on its scale; `raw` is the reply
 *
 * An output that is merely wrong has a score.
 *
 * @since 0.1.0
 * @category errors
 */
export class ScorerError extends Schema.TaggedError<ScorerError>("hyperfunc/ScorerError")("ScorerError", {
  reason: Schema.Literal("NotAScore", "Threw", "InvalidExpected", "InvalidOptions", "JudgeUnparseable"),
  scorer: Schema.String,
  detail: Schema.String,
  /** What to do about it. */
  cure: Schema.String,
  raw: Schema.optionalWith(Schema.String, { exact: true }),
  cause: Schema.optionalWith(Schema.Defect, { exact: true })
}) {
  override get message(): string {
    return `${this.scorer}: ${this.detail}. ${this.cure}`
  }
}
