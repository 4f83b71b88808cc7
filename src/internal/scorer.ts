import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Metric from "../Metric.js"
import { ScorerError } from "../ScorerError.js"
import * as Tensor from "../Tensor.js"
import { describe } from "./describe.js"
import { Diverged, DuplicateName } from "./execution.js"
import { keepable, messageOf } from "./thrown.js"
import { graded } from "./tracing.js"

/**
 * @since 0.1.0
 * @category type ids
 */
export const TypeId: TypeId = "~hyperfunc/Scorer"

/**
 * @since 0.1.0
 * @category type ids
 */
export type TypeId = "~hyperfunc/Scorer"

/**
 * @since 0.1.0
 * @category models
 */
export interface Grade {
  /** In [0, 1], 1 being best. */
  readonly score: number
  /** What to do better; empty where there is nothing to say. */
  readonly feedback: string
  readonly details: Readonly<Record<string, unknown>>
}

/**
 * What a scoring function may give. Numbers are clamped to [0, 1], `true` is 1; NaN and infinities are no verdict.
 *
 * @since 0.1.0
 * @category models
 */
export type Verdict =
  | number
  | boolean
  | {
      readonly score: number | boolean
      readonly feedback?: string
      readonly details?: Readonly<Record<string, unknown>>
    }

/**
 * @since 0.1.0
 * @category models
 */
export interface Scorer<in O, in X, out E = never, out R = never>
  extends Metric.PerExample<O, X, Effect.Effect<number, E | ScorerError, R>> {
  readonly [TypeId]: TypeId
  readonly name: string
  /** `input` is that of the example. */
  readonly grade: (output: O, expected: X, input?: unknown) => Effect.Effect<Grade, E | ScorerError, R>
  /** The score of the grade. */
  readonly score: (output: O, expected: X, input?: unknown) => Effect.Effect<number, E | ScorerError, R>
}

/**
 * What stands for a scorer wherever one is asked for: a scorer, a metric per example, or a plain function.
 *
 * @since 0.1.0
 * @category models
 */
export type ScorerLike<O, X, E = never, R = never> =
  | Scorer<O, X, E, R>
  | Metric.PerExample<O, X, number | Effect.Effect<number, E | ScorerError, R>>
  | ((output: O, expected: X, input?: unknown) => Verdict | Effect.Effect<Verdict, E | ScorerError, R>)

/**
 * @since 0.1.0
 * @category guards
 */
export const isScorer = (u: unknown): u is Scorer<never, never, unknown, unknown> =>
  typeof u === "object" && u !== null && TypeId in u

const threw = (scorer: string, cause: unknown): ScorerError =>
  cause instanceof ScorerError
    ? cause
    : new ScorerError({
        reason: "Threw",
        scorer,
        detail: `it threw: ${messageOf(cause)}`,
        cure: "Make it give a score for every output, or fail with an error of its own",
        cause: keepable(cause)
      })

const gradeOf = (scorer: string, verdict: unknown): Effect.Effect<Grade, ScorerError> => {
  const {
    details = {},
    feedback = "",
    score: given
  }: { [K in keyof Grade]?: unknown } = typeof verdict === "object" && verdict !== null ? verdict : { score: verdict }
  const score = typeof given === "boolean" ? Number(given) : given
  return typeof score === "number" && Number.isFinite(score)
    ? Effect.succeed({ score: Math.min(1, Math.max(0, score)), feedback, details } as Grade)
    : Effect.fail(
        new ScorerError({
          reason: "NotAScore",
          scorer,
          detail: verdict instanceof Promise ? "it gave a Promise" : `it gave ${describe(given)}`,
          cure: "Make it give a number, a boolean or { score, feedback }, or an Effect of one; wrap a Promise in Effect.promise"
        })
      )
}

const isSignal = (defect: unknown): boolean => defect instanceof Diverged || defect instanceof DuplicateName

/**
 * A scorer from a name and a scoring function.
 *
 * @example
 * ```ts
 * import * as Scorer from "hyperfunc/Scorer"
 *
 * const concise = Scorer.make("concise", (output: string, limit: number) =>
 *   output.length <= limit ? 1 : { score: limit / output.length, feedback: `Use at most ${limit} characters` }
 * )
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <O, X, E = never, R = never>(
  name: string,
  verdict: (output: O, expected: X, input?: unknown) => Verdict | Effect.Effect<Verdict, E | ScorerError, R>
): Scorer<O, X, E, R> => {
  const grade = (output: O, expected: X, input?: unknown): Effect.Effect<Grade, E | ScorerError, R> =>
    Effect.suspend((): Effect.Effect<Verdict, E | ScorerError, R> => {
      const given = verdict(output, expected, input)
      return Effect.isEffect(given) ? given : Effect.succeed(given)
    }).pipe(
      Effect.catchSomeDefect((defect) =>
        isSignal(defect) ? Option.none() : Option.some(Effect.fail(threw(name, defect)))
      ),
      Effect.flatMap((given) => gradeOf(name, given)),
      Effect.tap((grade) => graded(name, grade))
    )
  return {
    [TypeId]: TypeId,
    [Metric.TypeId]: Metric.TypeId,
    name,
    grade,
    score: (output, expected, input) => Effect.map(grade(output, expected, input), ({ score }) => score)
  }
}

/**
 * A scorer from what stands for one. A function gives it its name, a metric is called `metric`; scores outside [0, 1] are
 * clamped, those of metrics too.
 *
 * @since 0.1.0
 * @category constructors
 */
export const from = <O, X, E = never, R = never>(self: ScorerLike<O, X, E, R>): Scorer<O, X, E, R> => {
  if (typeof self === "function") return make(self.name === "" ? "scorer" : self.name, self)
  if (isScorer(self)) return self as Scorer<O, X, E, R>
  return make("metric", (output: O, expected: X, input) => {
    const score = self.score(output, expected, input)
    return Tensor.isTensor(score) ? Tensor.toNumber(score) : score
  })
}
