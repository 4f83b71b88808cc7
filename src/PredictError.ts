/**
 * The one error of predictions.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * - `MissingField`: the reply has no such output
 * - `InvalidField`: the reply has it, but not as its schema wants it
 * - `Truncated`: the reply was cut off at the token limit
 * - `InvalidInput`: the inputs are not those of the signature; no call was made
 * - `UnknownProgram`: what was to be rendered is no prediction
 *
 * `raw` is the whole reply. It is not in the message.
 *
 * @since 0.1.0
 * @category errors
 */
export class PredictError extends Schema.TaggedError<PredictError>("hyperfunc/PredictError")("PredictError", {
  reason: Schema.Literal("MissingField", "InvalidField", "Truncated", "InvalidInput", "UnknownProgram"),
  program: Schema.String,
  field: Schema.optionalWith(Schema.String, { exact: true }),
  detail: Schema.String,
  /** What to do about it. */
  cure: Schema.String,
  raw: Schema.optionalWith(Schema.String, { exact: true })
}) {
  override get message(): string {
    return `${this.program}: ${this.detail}. ${this.cure}`
  }
}
