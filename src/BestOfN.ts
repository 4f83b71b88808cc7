/**
 * The best of several samples.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { type Hyperfunction, wrap } from "./internal/callable.js"
import { CurrentRollout } from "./internal/rollout.js"

/**
 * - `InvalidOptions`: thrown where they are written
 * - `NotANumber`: the scorer gave `NaN`
 *
 * @since 0.1.0
 * @category errors
 */
export class BestOfNError extends Schema.TaggedError<BestOfNError>("hyperfunc/BestOfNError")("BestOfNError", {
  reason: Schema.Literal("InvalidOptions", "NotANumber"),
  program: Schema.String,
  detail: Schema.String,
  /** What to do about it. */
  cure: Schema.String
}) {
  override get message(): string {
    return `${this.program}: ${this.detail}. ${this.cure}`
  }
}

/**
 * - `n`: how many samples, at least 1
 * - `scorer`: how good an output is for an input, higher being better
 * - `threshold`: a score that is good enough; samples are then drawn one after the other until one reaches it
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<in Input, in Output, out E = never, out R = never> {
  readonly n: number
  readonly scorer: (output: Output, input: Input) => number | Effect.Effect<number, E, R>
  readonly threshold?: number
}

interface Scored<A> {
  readonly output: A
  readonly score: number
}

/**
 * Calls a prediction `n` times, as rollouts 0 to n − 1 at the same time, and gives the output of the highest score, the
 * first of equals. Each rollout is a sample of its own also where answers are cached; a `BestOfN` of a `BestOfN` draws
 * `n` × `n` of them.
 *
 * A rollout that fails, or whose score does, takes no part. When all do, the failure is that of the first. The result is
 * the same hyperfunction called in another way, as with policies: its parameters are tuned and rendered as before.
 *
 * @example
 * ```ts
 * import * as Schema from "effect/Schema"
 * import { BestOfN, Predict, Signature } from "hyperfunc"
 *
 * const headline = Predict.make(
 *   "headline",
 *   Signature.make({
 *     instruction: "Write a headline.",
 *     inputs: { article: Schema.String },
 *     outputs: { headline: Schema.String }
 *   }),
 *   { model: "openai/gpt-4o-mini" }
 * )
 *
 * const short = BestOfN.make(headline, { n: 3, scorer: ({ headline }) => -headline.length })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <Input, A, E, R, P, E2 = never, R2 = never>(
  self: Hyperfunction<[input: Input], A, E, R, P>,
  options: Options<NoInfer<Input>, NoInfer<A>, E2, R2>
): Hyperfunction<[input: Input], A, E | E2 | BestOfNError, R | R2, P> => {
  const { n, scorer, threshold } = options
  const { name } = self.definition
  if (!(Number.isInteger(n) && n >= 1)) {
    throw new BestOfNError({
      reason: "InvalidOptions",
      program: name,
      detail: `the best of ${n} samples`,
      cure: "Give n as a whole number of at least 1"
    })
  }

  const score = (output: A, input: Input): Effect.Effect<number, E2 | BestOfNError, R2> =>
    Effect.suspend(() => {
      const given = scorer(output, input)
      return Effect.filterOrFail(
        Effect.isEffect(given) ? given : Effect.succeed(given),
        (score) => !Number.isNaN(score),
        () =>
          new BestOfNError({
            reason: "NotANumber",
            program: name,
            detail: "the score of an output is NaN",
            cure: "Let the scorer fail where there is no score"
          })
      )
    })

  type Rollout = Either.Either<Scored<A>, E | E2 | BestOfNError>

  const rollout = (input: Input, k: number): Effect.Effect<Rollout, never, R | R2> =>
    Effect.flatMap(CurrentRollout, (outer) =>
      self(input).pipe(
        Effect.provideService(CurrentRollout, outer * n + k),
        Effect.flatMap((output) => Effect.map(score(output, input), (score): Scored<A> => ({ output, score }))),
        Effect.either
      )
    )

  const untilGoodEnough = (input: Input, threshold: number): Effect.Effect<ReadonlyArray<Rollout>, never, R | R2> =>
    Effect.gen(function* () {
      const rollouts: Array<Rollout> = []
      for (let k = 0; k < n; k++) {
        const result = yield* rollout(input, k)
        rollouts.push(result)
        if (Either.isRight(result) && result.right.score >= threshold) break
      }
      return rollouts
    })

  const all = (input: Input): Effect.Effect<ReadonlyArray<Rollout>, never, R | R2> =>
    Effect.all(
      Array.from({ length: n }, (_, k) => rollout(input, k)),
      { concurrency: "unbounded" }
    )

  return wrap(self.definition, self.params, (input: Input) =>
    Effect.flatMap(threshold === undefined ? all(input) : untilGoodEnough(input, threshold), (rollouts) => {
      const scored = rollouts.filter(Either.isRight)
      if (scored.length === 0) return Either.map(rollouts[0], ({ output }) => output)
      return Effect.succeed(
        scored.reduce((best, next) => (next.right.score > best.right.score ? next : best)).right.output
      )
    })
  )
}
