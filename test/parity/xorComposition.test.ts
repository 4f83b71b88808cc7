/**
 * Mirrors `tests/test_xor_composition.py` of the Python library. Without biases the input (0, 0) is exactly one half
 * whatever the weights, which counts as the right class and keeps the cross-entropy above ln 2 / 4; with biases the network
 * can be sure. The output layer's rank 2, which they cut to the 1 that a 1×4 matrix has, is an error here.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as DeviceWasm from "../../layers/DeviceWasm.js"
import * as OptimizerEvolution from "../../layers/OptimizerEvolution.js"
import * as Hyperfunction from "../../src/Hyperfunction.js"
import * as HyperSystem from "../../src/HyperSystem.js"
import * as LoRAWeight from "../../src/LoRAWeight.js"
import * as Metric from "../../src/Metric.js"
import * as Noise from "../../src/Noise.js"
import * as Params from "../../src/Params.js"
import * as Tensor from "../../src/Tensor.js"

/** Normals of deviation 0.5. */
const initial = (block: number, length: number): Float32Array => {
  const data = new Float32Array(length)
  Noise.normals({ seed: 42, generation: 0, pair: 0, block }, data)
  return data.map((value) => value / 2)
}

const examples = [
  [0, 0, 0],
  [0, 1, 1],
  [1, 0, 1],
  [1, 1, 0]
].map(([a, b, y]) => ({ input: Tensor.from([a, b]), expected: Tensor.from([y]) }))

/** Minus the cross-entropy, with probabilities kept 1e-7 away from 0 and 1. */
const likelihood = Metric.perExample((output: Tensor.Tensor, expected: Tensor.Tensor) => {
  const p = Tensor.minimum(Tensor.maximum(output, 1e-7), 1 - 1e-7)
  return Tensor.sum(
    Tensor.add(Tensor.mul(expected, Tensor.log(p)), Tensor.mul(Tensor.sub(1, expected), Tensor.log(Tensor.sub(1, p))))
  )
})

const accuracy = Metric.perExample((output: Tensor.Tensor, expected: Tensor.Tensor) =>
  Tensor.toNumber(output) > 0.5 === Tensor.toNumber(expected) > 0.5 ? 1 : 0
)

const hidden = Hyperfunction.tensor("hidden", {
  params: LoRAWeight.create({ outDim: 4, inDim: 2, noiseRank: 2, initial: initial(1, 8) }),
  run: (weight, x: Tensor.Tensor) => Tensor.relu(Tensor.linear(x, weight))
})

const output = Hyperfunction.tensor("output", {
  params: LoRAWeight.create({ outDim: 1, inDim: 4, noiseRank: 1, initial: initial(2, 4) }),
  run: (weight, x: Tensor.Tensor) => Tensor.sigmoid(Tensor.linear(x, weight))
})

const biasedHidden = Hyperfunction.tensor("hidden", {
  params: Params.struct({ weight: hidden.params, bias: Params.vector(4, { initial: [0, 0, 0, 0] }) }),
  run: ({ bias, weight }, x: Tensor.Tensor) => Tensor.relu(Tensor.linear(x, weight, bias))
})

const biasedOutput = Hyperfunction.tensor("output", {
  params: Params.struct({ weight: output.params, bias: Params.vector(1, { initial: [0] }) }),
  run: ({ bias, weight }, x: Tensor.Tensor) => Tensor.sigmoid(Tensor.linear(x, weight, bias))
})

const layers = [
  DeviceWasm.layer,
  OptimizerEvolution.layer({
    generations: 200,
    population: 64,
    sigma: 0.3,
    learningRate: 0.2,
    shaping: "zScore",
    seed: 1
  })
] as const

describe("test_xor_composition", () => {
  it.effect("xor: two layers without biases get all four cases right", () =>
    Effect.gen(function* () {
      const system = HyperSystem.make("xor", { run: (x: Tensor.Tensor) => Effect.flatMap(hidden(x), output) })
      const tuned = yield* HyperSystem.optimize(system, examples, likelihood)
      const { score } = yield* HyperSystem.evaluate(tuned.system, examples, accuracy)
      assert.strictEqual(score, 1)
      assert.isBelow(-tuned.after, 0.25)
      assert.isAbove(-tuned.after, Math.LN2 / 4 - 1e-4)
    }).pipe(Effect.provide(layers))
  )

  it.effect("xor: two layers with biases are also sure of it", () =>
    Effect.gen(function* () {
      const system = HyperSystem.make("xor", {
        run: (x: Tensor.Tensor) => Effect.flatMap(biasedHidden(x), biasedOutput)
      })
      const tuned = yield* HyperSystem.optimize(system, examples, likelihood)
      const { score } = yield* HyperSystem.evaluate(tuned.system, examples, accuracy)
      assert.strictEqual(score, 1)
      assert.isBelow(-tuned.after, 0.05)
    }).pipe(Effect.provide(layers))
  )

  it.effect("single_layer: one layer cannot get all four right, and ends no better than a coin", () =>
    Effect.gen(function* () {
      const single = Hyperfunction.tensor("single", {
        params: LoRAWeight.create({ outDim: 1, inDim: 2, noiseRank: 1, initial: initial(3, 2) }),
        run: (weight, x: Tensor.Tensor) => Tensor.sigmoid(Tensor.linear(x, weight))
      })
      const system = HyperSystem.make("single", { run: (x: Tensor.Tensor) => single(x) })
      const tuned = yield* HyperSystem.optimize(system, examples, likelihood)
      const { score } = yield* HyperSystem.evaluate(tuned.system, examples, accuracy)
      assert.isBelow(score, 1)
      assert.isAtLeast(-tuned.after, Math.LN2 - 1e-4)
    }).pipe(Effect.provide(layers))
  )
})
