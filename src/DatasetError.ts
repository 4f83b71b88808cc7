/**
 * Why there is no dataset, or no part of one.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * - `InvalidRow`: a row is not of the schema
 * - `NotJson`: the schema encodes a value as something that JSON cannot hold
 * - `DuplicateId`: two rows have one id
 * - `InvalidOptions`: a split or a sample that cannot be
 * - `UnknownFormat`: a file that is called neither JSONL nor CSV
 * - `Unreadable`: a file, or a line of it, that cannot be read
 * - `NotRepresentable`: a value that would not come back from the file as it is
 * - `WriteFailed`: the file could not be written; what was there before still is
 * - `MissingPackage`: an optional package is not installed
 *
 * @since 0.1.0
 * @category errors
 */
export class DatasetError extends Schema.TaggedError<DatasetError>("hyperfunc/DatasetError")("DatasetError", {
  reason: Schema.Literal(
    "InvalidRow",
    "NotJson",
    "DuplicateId",
    "InvalidOptions",
    "UnknownFormat",
    "Unreadable",
    "NotRepresentable",
    "WriteFailed",
    "MissingPackage"
  ),
  dataset: Schema.String,
  detail: Schema.String,
  /** What to do about it. */
  cure: Schema.String,
  /** From 1. */
  row: Schema.optionalWith(Schema.Number, { exact: true }),
  /** The field, as in `input.question`. */
  path: Schema.optionalWith(Schema.String, { exact: true }),
  file: Schema.optionalWith(Schema.String, { exact: true }),
  /** Of the file, from 1; where the row begins. */
  line: Schema.optionalWith(Schema.Number, { exact: true }),
  cause: Schema.optionalWith(Schema.Defect, { exact: true })
}) {
  override get message(): string {
    const row = this.row === undefined ? "" : `, row ${this.row}`
    const place = this.line === undefined ? `${this.file ?? this.dataset}${row}` : `${this.file}:${this.line}`
    const path = this.path === undefined ? "" : `${this.path}: `
    return `${place}: ${path}${this.detail}. ${this.cure}`
  }
}
