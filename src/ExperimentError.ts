/**
 * Why an experiment cannot be run, read or compared.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * - `InvalidOptions`: repeats, a confidence or a configuration that cannot be
 * - `DifferentDatasets`: the two were run on different examples
 * - `DifferentMetrics`: the two were scored by scorers of different names
 * - `NothingToCompare`: no example has a score in both
 * - `Unreadable`: there is no such file, or it is no experiment
 * - `NewerVersion`: written by a later version of this library
 * - `WriteFailed`: the file could not be written; what was there before still is
 *
 * @since 0.1.0
 * @category errors
 */
export class ExperimentError extends Schema.TaggedError<ExperimentError>("hyperfunc/ExperimentError")(
  "ExperimentError",
  {
    reason: Schema.Literal(
      "InvalidOptions",
      "DifferentDatasets",
      "DifferentMetrics",
      "NothingToCompare",
      "Unreadable",
      "NewerVersion",
      "WriteFailed"
    ),
    experiment: Schema.String,
    detail: Schema.String,
    /** What to do about it. */
    cure: Schema.String,
    file: Schema.optionalWith(Schema.String, { exact: true }),
    cause: Schema.optionalWith(Schema.Defect, { exact: true })
  }
) {
  override get message(): string {
    return `${this.file ?? this.experiment}: ${this.detail}. ${this.cure}`
  }
}
