/**
 * Mirrors `tests/test_optimization.py` of the Python library.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as OptimizerEvolution from "../../layers/OptimizerEvolution.js"
import * as Candidate from "../../src/Candidate.js"
import * as Hyperfunction from "../../src/Hyperfunction.js"
import * as HyperSystem from "../../src/HyperSystem.js"
import { LMParams } from "../../src/LMParams.js"
import * as Params from "../../src/Params.js"

const mean = (outputs: ReadonlyArray<number>): number => outputs.reduce((sum, x) => sum + x, 0) / outputs.length

const examples = [{ input: 0, expected: 0 }]

const parity = {
  generations: 20,
  population: 20,
  sigma: 0.1,
  learningRate: 0.1,
  shaping: "zScore",
  seed: 1
} as const

describe("test_optimization", () => {
  it.effect("es_optimization: a temperature that starts at 0 comes within 0.01 of 0.5", () =>
    Effect.gen(function* () {
      const target = Hyperfunction.make("target_fn", {
        params: LMParams.space,
        run: ({ temperature }, _: number) => Effect.succeed(-Math.abs(temperature - 0.5))
      })
      const system = HyperSystem.make("temperature", { run: (x: number) => target(x) }).pipe(
        HyperSystem.withCandidate(Candidate.set(Candidate.defaults(), target, new LMParams({ temperature: 0 })))
      )
      assert.strictEqual((yield* HyperSystem.evaluate(system, examples, mean)).score, -0.5)
      const tuned = yield* HyperSystem.optimize(system, examples, mean)
      assert.strictEqual(tuned.before, -0.5)
      assert.isAbove(tuned.after, -0.01)
      assert.strictEqual((yield* HyperSystem.evaluate(tuned.system, examples, mean)).score, tuned.after)
      assert.strictEqual((yield* HyperSystem.evaluate(system, examples, mean)).score, -0.5)
      assert.strictEqual(tuned.stopped, "generations")
      assert.deepStrictEqual(
        tuned.history.map(({ generation }) => generation),
        Array.from({ length: 21 }, (_, k) => k)
      )
    }).pipe(Effect.provide(OptimizerEvolution.layer(parity)))
  )

  it.effect("es_optimization: the same without a box around the number", () =>
    Effect.gen(function* () {
      const target = Hyperfunction.make("target_fn", {
        params: Params.unbounded({ default: 0 }),
        run: (temperature, _: number) => Effect.succeed(-Math.abs(temperature - 0.5))
      })
      const system = HyperSystem.make("temperature", { run: (x: number) => target(x) })
      const tuned = yield* HyperSystem.optimize(system, examples, mean)
      assert.strictEqual(tuned.before, -0.5)
      assert.isAbove(tuned.after, -0.01)
      assert.closeTo(Candidate.get(tuned.system.candidate!, target), 0.5, 0.01)
    }).pipe(Effect.provide(OptimizerEvolution.layer(parity)))
  )
})
