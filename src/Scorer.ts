/**
 * How good an output is, and why. A scorer grades one output in [0, 1] with feedback in words; it is a metric wherever one
 * is asked for, and optimizers that learn from words read its feedback.
 *
 * An output that is wrong has a score; what cannot be scored has none and fails with a {@link ScorerError}. A scorer with
 * options that cannot be is refused where it is written: its constructor throws the error.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import { isSame, quote } from "./internal/plain.js"
import { from, type Grade, make, type Scorer, type ScorerLike } from "./internal/scorer.js"
import * as Composite from "./internal/scorers/composite.js"
import * as Distance from "./internal/scorers/distance.js"
import * as Json from "./internal/scorers/json.js"
import * as Texts from "./internal/scorers/text.js"
import type * as Metric from "./Metric.js"
import type { ScorerError } from "./ScorerError.js"

export {
  from,
  type Grade,
  isScorer,
  make,
  type Scorer,
  type ScorerLike,
  TypeId,
  type Verdict
} from "./internal/scorer.js"
export { ScorerError } from "./ScorerError.js"

/**
 * The grades of many outputs, in their order; `concurrency` at the same time, default one after the other.
 *
 * @since 0.1.0
 * @category grading
 */
export const batch = <O, X, E = never, R = never>(
  self: ScorerLike<O, X, E, R>,
  cases: ReadonlyArray<{ readonly output: O; readonly expected: X; readonly input?: unknown }>,
  options?: { readonly concurrency?: number | "unbounded" }
): Effect.Effect<ReadonlyArray<Grade>, E | ScorerError, R> => {
  const { grade } = from(self)
  return Effect.forEach(cases, ({ expected, input, output }) => grade(output, expected, input), options)
}

/**
 * The same scorer over what is found in an output.
 *
 * @since 0.1.0
 * @category combinators
 */
export const contramap = <O, X, E, R, O2>(
  self: ScorerLike<O, X, E, R>,
  find: (output: O2) => O
): Scorer<O2, X, E, R> => {
  const scorer = from(self)
  return make(scorer.name, (output: O2, expected: X, input) => scorer.grade(find(output), expected, input))
}

type AnyScorer<O = any, X = any> = ScorerLike<O, X, any, any>

/**
 * What scorers can grade all of them.
 *
 * @since 0.1.0
 * @category utility types
 */
export type OutputOf<S> = (S extends AnyScorer<infer O> ? (output: O) => void : never) extends (output: infer O) => void
  ? O
  : never

/**
 * What scorers can all compare with.
 *
 * @since 0.1.0
 * @category utility types
 */
export type ExpectedOf<S> = (S extends AnyScorer<any, infer X> ? (expected: X) => void : never) extends (
  expected: infer X
) => void
  ? X
  : never

/**
 * @since 0.1.0
 * @category utility types
 */
export type ErrorOf<S> = S extends Scorer<any, any, infer E, any> ? E : Metric.ErrorOf<Outcome<S>>

/**
 * @since 0.1.0
 * @category utility types
 */
export type ContextOf<S> = S extends Scorer<any, any, any, infer R> ? R : Metric.ContextOf<Outcome<S>>

type Outcome<S> = S extends Metric.PerExample<any, any, infer V> ? V : S extends (...args: any) => infer V ? V : never

/**
 * The mean of scores by their weights, `Σ wᵢ sᵢ / Σ wᵢ`, and all that its parts said. Parts are graded side by side as far
 * as the concurrency in force allows. Weights are finite and greater than 0, and there is at least one part: an average of
 * nothing is no score; other parts are refused where they are written, by a {@link ScorerError} that is thrown, as
 * `Signature.make` throws. Parts that are composites may be written out, their weights shared among their own parts.
 *
 * @example
 * ```ts
 * import * as Scorer from "hyperfunc/Scorer"
 *
 * const quality = Scorer.composite([
 *   [Scorer.exactMatch(), 3],
 *   [(output: string) => output.length < 80, 1]
 * ])
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const composite = <const Parts extends ReadonlyArray<readonly [scorer: AnyScorer, weight: number]>>(
  parts: Parts
): Scorer<
  OutputOf<Parts[number][0]>,
  ExpectedOf<Parts[number][0]>,
  ErrorOf<Parts[number][0]>,
  ContextOf<Parts[number][0]>
> => make("composite", Composite.composite(parts.map(([scorer, weight]) => ({ scorer: from(scorer), weight }))))

/**
 * 1 if both say the same: texts, numbers as they are written, structures as JSON with their keys in one order, nothing as
 * the empty text. Options: `caseSensitive` (default true), `stripWhitespace` at both ends (default false).
 *
 * @since 0.1.0
 * @category scorers
 */
export const exactMatch = (options: Texts.ExactMatch = {}): Scorer<unknown, unknown> =>
  make<unknown, unknown>("exactMatch", Texts.exactMatch(options))

/**
 * 1 within `tolerance` (default 0.01), else `max(0, 1 - |output - expected| / M)`, where `M` is `maxDistance` or
 * `|expected| + 1`. Texts are read in decimal notation; an output that is no finite number scores 0.
 *
 * @since 0.1.0
 * @category scorers
 */
export const numericDistance = (options: Distance.NumericDistance = {}): Scorer<unknown, unknown> =>
  make<unknown, unknown>("numericDistance", Distance.numericDistance(options))

/**
 * 1 for the expected class: an equal primitive of the same type, or a structure of equal parts.
 *
 * @since 0.1.0
 * @category scorers
 */
export const classificationAccuracy: Scorer<unknown, unknown> = make(
  "classificationAccuracy",
  (output: unknown, expected: unknown) =>
    isSame(output, expected) || { score: 0, feedback: `Predicted ${quote(output)}, expected ${quote(expected)}` }
)

/**
 * 1 if the output contains the expected text, in any case unless `caseSensitive`. An empty expectation is an error.
 *
 * @since 0.1.0
 * @category scorers
 */
export const containsMatch = (options: { readonly caseSensitive?: boolean } = {}): Scorer<unknown, unknown> =>
  make<unknown, unknown>("containsMatch", Texts.containsMatch(options.caseSensitive ?? false))

/**
 * 1 if `pattern`, or else the expected text as one, is found in the output, or with `fullMatch` is all of it. The syntax is
 * that of RE2, which takes linear time on any input; `flags` are `"i"` (default), `"m"` and `"s"`. A pattern that is none
 * is an error.
 *
 * @since 0.1.0
 * @category scorers
 */
export const regexMatch = (options: Texts.RegexMatch = {}): Scorer<unknown, unknown> =>
  make<unknown, unknown>("regexMatch", Texts.regexMatch(options))

/**
 * How much of an expected structure there is: a structure is worth the mean of its fields or elements, missing and
 * surplus ones at 0. An output that is text is read as JSON, in a code fence or not; one that the schema does not decode
 * scores 0. The feedback has a line for every difference.
 *
 * @since 0.1.0
 * @category scorers
 */
export const jsonMatch = <A, I, R>(schema: Schema.Schema<A, I, R>): Scorer<unknown, A, never, R> =>
  make<unknown, A, never, R>("jsonMatch", Json.jsonMatch(schema))
