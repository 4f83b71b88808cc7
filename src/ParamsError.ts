/**
 * The one error of parameters and their spaces.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

const cures = {
  WrongShape: "Give values of the declared shape, or declare the shape they have.",
  NotFinite: "Replace NaN and infinities by finite numbers.",
  RankTooLarge: "Lower noiseRank to at most the smaller side of the matrix, or leave it out.",
  OutOfBounds: "Give a value inside the box, or widen the box.",
  UnknownChoice: "Give one of the declared choices, or declare this one.",
  Placeholders: "Keep exactly the declared placeholders, and double the braces that are meant literally.",
  InvalidSpace: "Correct the declaration of the parameter space.",
  Undecodable: "Give what Params.encode of this parameter space produced."
}

/**
 * A parameter space that cannot be, or a value that does not belong to its space.
 *
 * `block` is the path of the parameter, after the name of its hyperfunction where that is known. `expected` and `actual`
 * are short descriptions, whatever the size of the value.
 *
 * Constructors of spaces throw it where they are written, because that is the line to mend. Decoding fails with it.
 *
 * @since 0.1.0
 * @category errors
 */
export class ParamsError extends Schema.TaggedError<ParamsError>("hyperfunc/ParamsError")("ParamsError", {
  reason: Schema.Literal(
    "WrongShape",
    "NotFinite",
    "RankTooLarge",
    "OutOfBounds",
    "UnknownChoice",
    "Placeholders",
    "InvalidSpace",
    "Undecodable"
  ),
  block: Schema.String,
  expected: Schema.String,
  actual: Schema.String
}) {
  override get message(): string {
    return `${this.block}: expected ${this.expected}, got ${this.actual}. ${cures[this.reason]}`
  }
}
