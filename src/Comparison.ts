/**
 * Two experiments, example by example.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Schema from "effect/Schema"
import { ExperimentError } from "./ExperimentError.js"
import { pairedDifference } from "./internal/bootstrap.js"
import { type Experiment, mean, type Result, scoreOf } from "./internal/experiment.js"
import { signTest, worseTest } from "./internal/paired.js"

/**
 * How an experiment differs from its baseline on the examples that have a score in both.
 *
 * @since 0.1.0
 * @category models
 */
export const Comparison = Schema.Struct({
  experiment: Schema.String,
  baseline: Schema.String,
  /** Means over the pairs. */
  score: Schema.Finite,
  baselineScore: Schema.Finite,
  /** `score - baselineScore`, with a percentile bootstrap interval over pairs (Efron & Tibshirani 1993, §13.3). */
  difference: Schema.Struct({
    mean: Schema.Finite,
    lower: Schema.Finite,
    upper: Schema.Finite,
    confidence: Schema.Finite,
    pairs: Schema.Int
  }),
  /** Of the exact two-sided sign test: that wins and losses are so uneven by chance. */
  signTest: Schema.Finite,
  /** Of the one-sided randomization test: that a mean so low, or lower, is chance. */
  worse: Schema.Finite,
  /** Ids, in the order of the experiment. */
  wins: Schema.Array(Schema.String),
  losses: Schema.Array(Schema.String),
  ties: Schema.Array(Schema.String),
  /** In both, without a score in one of them. */
  missing: Schema.Array(Schema.String),
  onlyInExperiment: Schema.Array(Schema.String),
  onlyInBaseline: Schema.Array(Schema.String)
})

/**
 * @since 0.1.0
 * @category models
 */
export type Comparison = typeof Comparison.Type

/**
 * - `on`: `"same"` (default) refuses experiments on different examples, `"intersection"` compares on those they share
 * - `confidence`: coverage of the interval, default 0.95
 * - `seed`: what the resamples are drawn from, default 0
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly on?: "same" | "intersection"
  readonly confidence?: number
  readonly seed?: number
}

/** The n-th example of a content is paired with the n-th of the same content. */
const byContent = (results: ReadonlyArray<Result>): ReadonlyMap<string, Result> => {
  const copies = new Map<string, number>()
  return new Map(
    results.map((result) => {
      const copy = (copies.get(result.hash) ?? 0) + 1
      copies.set(result.hash, copy)
      return [`${result.hash}#${copy}`, result]
    })
  )
}

const idsOutside = (these: ReadonlyMap<string, Result>, others: ReadonlyMap<string, Result>): ReadonlyArray<string> =>
  [...these].flatMap(([key, { id }]) => (others.has(key) ? [] : [id]))

/**
 * Compares an experiment with a baseline, on the examples of equal content. Fails with `DifferentDatasets`,
 * `DifferentMetrics`, `NothingToCompare` or `InvalidOptions`.
 *
 * An example that was repeated counts once, with the mean of its scores.
 *
 * @since 0.1.0
 * @category comparing
 */
export const compare: {
  (baseline: Experiment, options?: Options): (self: Experiment) => Effect.Effect<Comparison, ExperimentError>
  (self: Experiment, baseline: Experiment, options?: Options): Effect.Effect<Comparison, ExperimentError>
} = dual(
  ([, second]) => typeof second === "object" && second !== null && "results" in second,
  (self: Experiment, baseline: Experiment, options: Options = {}): Effect.Effect<Comparison, ExperimentError> =>
    Effect.gen(function* () {
      const { confidence = 0.95, on = "same", seed = 0 } = options
      const refuse = (reason: ExperimentError["reason"], detail: string, cure: string) =>
        new ExperimentError({ reason, experiment: self.name, detail, cure })
      if (!(confidence > 0 && confidence < 1)) {
        return yield* refuse(
          "InvalidOptions",
          `confidence is ${confidence}`,
          "Use a number between 0 and 1, such as 0.95"
        )
      }
      if (!Number.isSafeInteger(seed)) return yield* refuse("InvalidOptions", `seed is ${seed}`, "Use a whole number")
      if (self.metric !== undefined && baseline.metric !== undefined && self.metric !== baseline.metric) {
        return yield* refuse(
          "DifferentMetrics",
          `it was scored by ${self.metric}, and "${baseline.name}" by ${baseline.metric}`,
          "Score both by one scorer"
        )
      }
      const mine = byContent(self.results)
      const theirs = byContent(baseline.results)
      const onlyInExperiment = idsOutside(mine, theirs)
      const onlyInBaseline = idsOutside(theirs, mine)
      if (on === "same" && onlyInExperiment.length + onlyInBaseline.length > 0) {
        return yield* refuse(
          "DifferentDatasets",
          `it was run on ${mine.size} examples and "${baseline.name}" on ${theirs.size}, of which they share ${mine.size - onlyInExperiment.length}`,
          'Run both on one dataset, or compare with on: "intersection"'
        )
      }
      const shared = [...mine].flatMap(([key, result]) => {
        const other = theirs.get(key)
        return other === undefined ? [] : [{ id: result.id, score: scoreOf(result), against: scoreOf(other) }]
      })
      const pairs = shared.flatMap(({ against, id, score }) =>
        score === undefined || against === undefined ? [] : [{ id, score, against, difference: score - against }]
      )
      if (pairs.length === 0) {
        return yield* refuse(
          "NothingToCompare",
          `no example has a score both here and in "${baseline.name}"`,
          "See why they are missing: each missing score in an experiment has its reason"
        )
      }
      const idsWhere = (holds: (difference: number) => boolean) =>
        pairs.flatMap(({ difference, id }) => (holds(difference) ? [id] : []))
      const wins = idsWhere((difference) => difference > 0)
      const losses = idsWhere((difference) => difference < 0)
      return {
        experiment: self.name,
        baseline: baseline.name,
        score: mean(pairs.map(({ score }) => score))!,
        baselineScore: mean(pairs.map(({ against }) => against))!,
        difference: pairedDifference(
          pairs.map(({ against, score }) => [score, against]),
          confidence,
          seed
        ),
        signTest: signTest(wins.length, losses.length),
        worse: worseTest(
          pairs.map(({ difference }) => difference),
          seed
        ),
        wins,
        losses,
        ties: idsWhere((difference) => difference === 0),
        missing: shared.flatMap(({ against, id, score }) => (score === undefined || against === undefined ? [id] : [])),
        onlyInExperiment,
        onlyInBaseline
      }
    })
)
