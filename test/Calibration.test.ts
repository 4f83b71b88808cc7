import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as LlmScripted from "../layers/LlmScripted.js"
import { LLMError } from "../services/LLM.js"
import * as Calibration from "../src/Calibration.js"
import * as Judge from "../src/Judge.js"
import { blockOf, grade } from "./utils/judging.js"

/** Why there is no result; one that is there is not shown. */
const failure = <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.flip(Effect.asVoid(self))

/** Grades as counted in a table of labels (rows) and grades (columns). */
const counted = (table: ReadonlyArray<ReadonlyArray<number>>, min: number) =>
  table.flatMap((row, i) =>
    row.flatMap((count, j) =>
      Array.from({ length: count }, () => ({ output: j / (table.length - 1), expected: undefined, label: min + i }))
    )
  )

const asSaid = (output: number) => output

describe("Calibration", () => {
  it.effect("has Cohen's kappa of a table of two grades", () =>
    Effect.gen(function* () {
      const table = [
        [20, 5],
        [10, 15]
      ]
      const { agreement, confusion, graded, kappa, weightedKappa } = yield* Calibration.calibrate(
        asSaid,
        counted(table, 0),
        { scale: [0, 1] }
      )
      assert.deepStrictEqual(confusion, table)
      assert.strictEqual(graded, 50)
      assert.closeTo(agreement, 0.7, 1e-12)
      assert.closeTo(kappa!, 0.4, 1e-12)
      assert.closeTo(weightedKappa!, 0.4, 1e-12)
    })
  )

  it.effect("weighs misses by their square", () =>
    Effect.gen(function* () {
      const near = [
        [10, 2, 0],
        [0, 10, 0],
        [0, 0, 10]
      ]
      const far = [
        [10, 0, 2],
        [0, 10, 0],
        [0, 0, 10]
      ]
      const [a, b] = yield* Effect.forEach([near, far], (table) =>
        Calibration.calibrate(asSaid, counted(table, 1), { scale: [1, 3] })
      )
      assert.closeTo(a.kappa!, b.kappa!, 0.01)
      assert.closeTo(a.weightedKappa!, 1 - 2 / 42, 1e-9)
      assert.closeTo(b.weightedKappa!, 1 - 8 / 44.25, 1e-9)
    })
  )

  it.effect("says how kind a judge is, in points of the scale", () =>
    Effect.gen(function* () {
      const labelled = [1, 2, 3].map((label) => ({ output: label, expected: undefined, label }))
      const kind = (output: number) => (output + 1.25 - 1) / 4
      const calibration = yield* Calibration.calibrate(kind, labelled)
      assert.closeTo(calibration.bias, 1.25, 1e-12)
      assert.closeTo(calibration.meanAbsoluteError, 1.25, 1e-12)
      assert.strictEqual(calibration.agreement, 0)
      assert.deepStrictEqual(calibration.grades, [1, 2, 3, 4, 5])
    })
  )

  it.effect("has no kappa where nothing can differ", () =>
    Effect.gen(function* () {
      const { agreement, kappa, weightedKappa } = yield* Calibration.calibrate(
        () => 1,
        [{ output: "", expected: "", label: 5 }]
      )
      assert.deepStrictEqual([agreement, kappa, weightedKappa], [1, undefined, undefined])
    })
  )

  const judge = Judge.make({ model: "test/judge", criteria: "Is it right?" })
  const labelled = [1, 2, 4, 5].map((label) => ({ output: `output ${label}`, expected: "", label }))

  it.effect("counts the examples without a grade, and takes them for no grade", () =>
    Effect.gen(function* () {
      const { agreement, failures, graded } = yield* Calibration.calibrate(judge, labelled)
      assert.deepStrictEqual(
        failures.map(({ error, example }) => [example, error.reason]),
        [[1, "JudgeUnparseable"]]
      )
      assert.deepStrictEqual([graded, agreement], [3, 1])
    }).pipe(
      Effect.provide(
        LlmScripted.layer((request) => {
          const label = blockOf(request, "output").slice(-1)
          return label === "2" ? "Hm." : grade(Number(label))
        })
      )
    )
  )

  it.effect("fails when there is no grade at all", () =>
    Effect.gen(function* () {
      const error = yield* failure(Calibration.calibrate(judge, labelled))
      assert.strictEqual(error._tag === "ScorerError" && error.reason, "JudgeUnparseable")
    }).pipe(Effect.provide(LlmScripted.layer(() => "Hm.")))
  )

  it.effect("fails when the model does", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* failure(Calibration.calibrate(judge, labelled)))._tag, "LLMError")
    }).pipe(
      Effect.provide(
        LlmScripted.layer([
          grade(1),
          new LLMError({ reason: "Unauthorized", model: "test/judge", detail: "no key", cure: "Give one" })
        ])
      )
    )
  )

  it.effect("refuses scales, labels and lists that cannot be", () =>
    Effect.gen(function* () {
      const one = { output: 1, expected: undefined, label: 1 }
      const attempts = [
        Calibration.calibrate(asSaid, []),
        Calibration.calibrate(asSaid, [one], { scale: [5, 1] }),
        Calibration.calibrate(asSaid, [one], { scale: [0, 0.5] }),
        Calibration.calibrate(asSaid, [one, { ...one, label: 6 }]),
        Calibration.calibrate(asSaid, [{ ...one, label: NaN }]),
        Calibration.calibrate(asSaid, [{ ...one, label: 1.5 }])
      ]
      for (const attempt of attempts) assert.strictEqual((yield* failure(attempt)).reason, "InvalidOptions")
    })
  )
})
