/**
 * Why an evaluation gave no score.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * @since 0.1.0
 * @category errors
 */
export class EvaluationError extends Schema.TaggedError<EvaluationError>("hyperfunc/EvaluationError")(
  "EvaluationError",
  {
    reason: Schema.Literal(
      "EmptyExamples",
      "InvalidOptions",
      "DuplicateName",
      "NotLiftable",
      "ExampleFailed",
      "ExampleTimedOut",
      "MemoryFailed",
      "NothingToScore",
      "MetricFailed",
      "MetricNotFinite",
      "MetricTimedOut",
      "UnknownBlock",
      "InvalidParameters"
    ),
    system: Schema.String,
    detail: Schema.String,
    /** What to do about it. */
    cure: Schema.String,
    /** Position of the example that it happened in. */
    example: Schema.optionalWith(Schema.Number, { exact: true }),
    cause: Schema.optionalWith(Schema.Defect, { exact: true })
  }
) {
  /**
   * @internal
   */
  static duplicateName(system: string, name: string): EvaluationError {
    return new EvaluationError({
      reason: "DuplicateName",
      system,
      detail: `two different hyperfunctions are called "${name}"`,
      cure: "Give each hyperfunction a name of its own, and make it once"
    })
  }

  override get message(): string {
    return `${this.system}: ${this.detail}. ${this.cure}`
  }
}
