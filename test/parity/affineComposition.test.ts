/**
 * Mirrors `tests/test_affine_composition.py` of the Python library. Its `single_matrix_cannot_learn` asserts nothing, and
 * what its name says is false: a product of two 2×2 matrices is one, so one matrix learns the task as well.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as DeviceWasm from "../../layers/DeviceWasm.js"
import * as OptimizerEvolution from "../../layers/OptimizerEvolution.js"
import * as Candidate from "../../src/Candidate.js"
import * as Hyperfunction from "../../src/Hyperfunction.js"
import * as HyperSystem from "../../src/HyperSystem.js"
import * as LoRAWeight from "../../src/LoRAWeight.js"
import * as Metric from "../../src/Metric.js"
import * as Noise from "../../src/Noise.js"
import * as Tensor from "../../src/Tensor.js"

const matrix = LoRAWeight.create({ outDim: 2, inDim: 2, noiseRank: 2, initial: Tensor.identity(2) })

const transform = (name: string) =>
  Hyperfunction.tensor(name, { params: matrix, run: (weight, x: Tensor.Tensor) => Tensor.linear(x, weight) })

const transformA = transform("transform_a")
const transformB = transform("transform_b")

/** A turn by 45°, then a scale by 2. */
const target = Tensor.from([
  [Math.SQRT2, -Math.SQRT2],
  [Math.SQRT2, Math.SQRT2]
])

const examples = Array.from({ length: 50 }, (_, k) => {
  const point = new Float32Array(2)
  Noise.normals({ seed: 42, generation: 0, pair: k, block: 1 }, point)
  const input = Tensor.fromTypedArray(point)
  return { input, expected: Tensor.linear(input, target) }
})

const negativeSquaredDistance = Metric.perExample((output: Tensor.Tensor, expected: Tensor.Tensor) => {
  const error = Tensor.sub(output, expected)
  return Tensor.neg(Tensor.sum(Tensor.mul(error, error)))
})

const layers = [
  DeviceWasm.layer,
  OptimizerEvolution.layer({
    generations: 100,
    population: 32,
    sigma: 0.1,
    learningRate: 0.1,
    shaping: "zScore",
    seed: 1
  })
] as const

describe("test_affine_composition", () => {
  it.effect("affine: two matrices from the identity learn a turn and a scale, with an error below 0.02", () =>
    Effect.gen(function* () {
      const system = HyperSystem.make("affine", {
        run: (x: Tensor.Tensor) => Effect.flatMap(transformA(x), transformB)
      })
      const tuned = yield* HyperSystem.optimize(system, examples, negativeSquaredDistance)
      assert.isBelow(tuned.before, -3)
      assert.isAbove(tuned.after, tuned.before)
      assert.isAbove(tuned.after, -0.02)
      const [a, b] = [transformA, transformB].map((step) => Candidate.get(tuned.system.candidate!, step).weight)
      assert.isTrue(Tensor.equals(Tensor.matMul(b, a), target, { tolerance: 0.15 }))
    }).pipe(Effect.provide(layers))
  )

  it.effect("single_matrix: one matrix learns it too", () =>
    Effect.gen(function* () {
      const system = HyperSystem.make("single", { run: (x: Tensor.Tensor) => transformA(x) })
      const tuned = yield* HyperSystem.optimize(system, examples, negativeSquaredDistance)
      assert.isAbove(tuned.after, -0.02)
    }).pipe(Effect.provide(layers))
  )
})
