/**
 * Why a run's log cannot be read or written.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * - `Unreadable`: there is no such file, or it cannot be read
 * - `NotALog`: it does not begin as a log does
 * - `Damaged`: `line` is no event, and not the last one, which a process that was killed may have left unfinished
 * - `NewerVersion`: written by a later version of this library
 * - `NothingStarted`: it ends before a search began
 * - `WriteFailed`: the log, or the report, could not be written
 *
 * @since 0.1.0
 * @category errors
 */
export class RunLogError extends Schema.TaggedError<RunLogError>("hyperfunc/RunLogError")("RunLogError", {
  reason: Schema.Literal("Unreadable", "NotALog", "Damaged", "NewerVersion", "NothingStarted", "WriteFailed"),
  /** The file, or what stands in its place. */
  source: Schema.String,
  /** From 1. */
  line: Schema.optionalWith(Schema.Number, { exact: true }),
  detail: Schema.String,
  /** What to do about it. */
  cure: Schema.String,
  cause: Schema.optionalWith(Schema.Defect, { exact: true })
}) {
  override get message(): string {
    return `${this.source}${this.line === undefined ? "" : `:${this.line}`}: ${this.detail}. ${this.cure}`
  }
}
