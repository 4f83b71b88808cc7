import * as Effect from "effect/Effect"
import { ScorerError } from "../../ScorerError.js"

interface Graded {
  readonly score: number
  readonly feedback: string
  readonly details: Readonly<Record<string, unknown>>
}

/** @internal */
export interface Part<in O, in X, out E, out R> {
  readonly scorer: {
    readonly name: string
    readonly grade: (output: O, expected: X, input?: unknown) => Effect.Effect<Graded, E, R>
  }
  readonly weight: number
}

const refuse = (detail: string, cure: string): never => {
  throw new ScorerError({ reason: "InvalidOptions", scorer: "composite", detail, cure })
}

const totalOf = (weights: ReadonlyArray<number>): number => {
  if (weights.length === 0) return refuse("it has no parts", "Give it at least one scorer")
  const wrong = weights.find((weight) => !(weight > 0 && Number.isFinite(weight)))
  if (wrong !== undefined)
    return refuse(`a weight is ${wrong}`, "Use finite weights greater than 0, or leave the part out")
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return Number.isFinite(total) ? total : refuse("the sum of the weights overflows", "Use smaller weights")
}

/** @internal */
export const composite = <O, X, E, R>(parts: ReadonlyArray<Part<O, X, E, R>>) => {
  const total = totalOf(parts.map(({ weight }) => weight))
  return (output: O, expected: X, input?: unknown) =>
    Effect.map(
      Effect.forEach(
        parts,
        ({ scorer, weight }) =>
          Effect.map(scorer.grade(output, expected, input), (grade) => ({ name: scorer.name, weight, ...grade })),
        { concurrency: "inherit" }
      ),
      (grades) => ({
        score: grades.reduce((sum, { score, weight }) => sum + (weight / total) * score, 0),
        feedback: grades
          .flatMap(({ feedback, name }) => (feedback === "" ? [] : [`[${name}] ${feedback}`]))
          .join(" | "),
        details: { parts: grades }
      })
    )
}
