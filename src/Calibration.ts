/**
 * How far a judge agrees with people. A judge is worth what its grades have in common with those of examples that were
 * labelled by hand; one that was not calibrated is an opinion.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Scorer from "./Scorer.js"

/**
 * An output with the grade that a person gave it, on the scale of the calibration.
 *
 * @since 0.1.0
 * @category models
 */
export interface Labelled<out O, out X> {
  readonly output: O
  readonly expected: X
  readonly input?: unknown
  readonly label: number
}

/**
 * - `scale`: the worst and the best label, whole numbers, default 1 and 5. Scores become the nearest grade on it
 * - `concurrency`: how many are graded at the same time, default 1
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly scale?: readonly [min: number, max: number]
  readonly concurrency?: number | "unbounded"
}

/**
 * What n graded examples say. Examples without a grade are in `failures` and nowhere else.
 *
 * @since 0.1.0
 * @category models
 */
export interface Calibration {
  readonly graded: number
  /** Share of equal grades, in [0, 1]. */
  readonly agreement: number
  /**
   * `(pₒ - pₑ) / (1 - pₑ)`: agreement beyond what chance gives with the same frequencies (Cohen, "A coefficient of
   * agreement for nominal scales", 1960). At most 1; 0 is chance; `undefined` where both gave one and the same grade to all.
   */
  readonly kappa: number | undefined
  /**
   * `1 - Σ wᵢⱼ oᵢⱼ / Σ wᵢⱼ eᵢⱼ` with `wᵢⱼ = (i - j)²`, so that a miss by two counts four times one by one (Cohen, "Weighted
   * kappa", 1968).
   */
  readonly weightedKappa: number | undefined
  /** Mean of judge minus label, in points of the scale and not rounded to grades: above 0 the judge is too kind. */
  readonly bias: number
  /** Mean of |judge - label|, likewise. */
  readonly meanAbsoluteError: number
  /** The grades, from the worst to the best. */
  readonly grades: ReadonlyArray<number>
  /** How many examples there are of each label (row) and each grade of the judge (column). */
  readonly confusion: ReadonlyArray<ReadonlyArray<number>>
  /** Examples that the judge gave no grade. */
  readonly failures: ReadonlyArray<{ readonly example: number; readonly error: Scorer.ScorerError }>
}

const invalid = (detail: string, cure: string) =>
  Effect.fail(new Scorer.ScorerError({ reason: "InvalidOptions", scorer: "calibrate", detail, cure }))

/**
 * Compares a judge with labels. A {@link Scorer.ScorerError} of an example, such as an unparseable reply, is counted; other
 * failures of the judge end the calibration, and so does a judge that gives no grade at all.
 *
 * @since 0.1.0
 * @category constructors
 */
export const calibrate = <O, X, E = never, R = never>(
  judge: Scorer.ScorerLike<O, X, E, R>,
  labelled: ReadonlyArray<Labelled<O, X>>,
  options?: Options
): Effect.Effect<Calibration, E | Scorer.ScorerError, R> =>
  Effect.gen(function* () {
    const [min, max] = options?.scale ?? [1, 5]
    if (!(Number.isSafeInteger(min) && Number.isSafeInteger(max) && min < max)) {
      return yield* invalid(`the scale goes from ${min} to ${max}`, "Use two whole numbers, the smaller one first")
    }
    if (labelled.length === 0) return yield* invalid("there are no labelled examples", "Pass at least one")
    const wrong = labelled.findIndex(({ label }) => !(Number.isInteger(label) && label >= min && label <= max))
    if (wrong >= 0) {
      return yield* invalid(
        `the label of example ${wrong} is ${labelled[wrong].label}`,
        `Use whole numbers from ${min} to ${max}`
      )
    }
    const { score } = Scorer.from(judge)
    const results = yield* Effect.forEach(
      labelled,
      ({ expected, input, output }) => outcome(score(output, expected, input)),
      { concurrency: options?.concurrency ?? 1 }
    )
    const failures = results.flatMap((result, example) =>
      Either.isLeft(result) ? [{ example, error: result.left }] : []
    )
    const pairs = results.flatMap((result, k) =>
      Either.isRight(result) ? [{ label: labelled[k].label, judged: min + result.right * (max - min) }] : []
    )
    if (pairs.length === 0) return yield* failures[0].error
    return { ...compare(pairs, min, max), failures }
  })

const outcome = <E, R>(
  score: Effect.Effect<number, E | Scorer.ScorerError, R>
): Effect.Effect<Either.Either<number, Scorer.ScorerError>, E, R> =>
  score.pipe(
    Effect.map(Either.right),
    Effect.catchIf(
      (error): error is Scorer.ScorerError => error instanceof Scorer.ScorerError,
      (error) => Effect.succeed(Either.left(error))
    )
  ) as Effect.Effect<Either.Either<number, Scorer.ScorerError>, E, R>

interface Pair {
  readonly label: number
  readonly judged: number
}

const mean = (values: ReadonlyArray<number>): number => values.reduce((sum, value) => sum + value, 0) / values.length

const compare = (pairs: ReadonlyArray<Pair>, min: number, max: number): Omit<Calibration, "failures"> => {
  const grades = Array.from({ length: max - min + 1 }, (_, k) => min + k)
  const confusion = grades.map(() => grades.map(() => 0))
  for (const { judged, label } of pairs) confusion[label - min][Math.round(judged) - min]++
  return {
    graded: pairs.length,
    agreement: mean(pairs.map(({ judged, label }) => (Math.round(judged) === label ? 1 : 0))),
    kappa: kappa(confusion, (i, j) => (i === j ? 0 : 1)),
    weightedKappa: kappa(confusion, (i, j) => (i - j) ** 2),
    bias: mean(pairs.map(({ judged, label }) => judged - label)),
    meanAbsoluteError: mean(pairs.map(({ judged, label }) => Math.abs(judged - label))),
    grades,
    confusion
  }
}

/** `1 - observed / expected` disagreement; with a weight of 1 off the diagonal that is Cohen's kappa of 1960. */
const kappa = (
  confusion: ReadonlyArray<ReadonlyArray<number>>,
  weight: (label: number, judged: number) => number
): number | undefined => {
  const rows = confusion.map((row) => row.reduce((sum, count) => sum + count, 0))
  const columns = confusion.map((_, j) => confusion.reduce((sum, row) => sum + row[j], 0))
  const total = rows.reduce((sum, count) => sum + count, 0)
  const weighed = (count: (i: number, j: number) => number): number =>
    rows.reduce((sum, _, i) => columns.reduce((part, _, j) => part + weight(i, j) * count(i, j), sum), 0)
  const byChance = weighed((i, j) => (rows[i] * columns[j]) / total)
  return byChance === 0 ? undefined : 1 - weighed((i, j) => confusion[i][j]) / byChance
}
