/**
 * What evolution strategies reach over many seeds on the tasks of the examples.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Affine from "../../examples/affine.js"
import * as Shapes from "../../examples/shapes.js"
import * as Xor from "../../examples/xor.js"
import * as DeviceWasm from "../../layers/DeviceWasm.js"
import * as OptimizerEvolution from "../../layers/OptimizerEvolution.js"
import { Hyperfunction, HyperSystem, LoRAWeight, Metric, Noise, Tensor } from "../../src/index.js"

const seeds = (count: number) => Array.from({ length: count }, (_, k) => k + 1)

const normals = (length: number, seed: number, block: string): Float32Array => {
  const values = new Float32Array(length)
  Noise.normals({ seed, generation: 0, pair: 0, block: Noise.blockId(block) }, values)
  return values.map((value) => value * 0.5)
}

/** Two layers without biases, from normals of deviation 0.5. */
const withoutBias = (seed: number) => {
  const hidden = Hyperfunction.tensor("hidden", {
    params: LoRAWeight.create({ outDim: 4, inDim: 2, noiseRank: 2, initial: normals(8, seed, "hidden") }),
    run: (weight, x: Tensor) => Tensor.relu(Tensor.linear(x, weight))
  })
  const output = Hyperfunction.tensor("output", {
    params: LoRAWeight.create({ outDim: 1, inDim: 4, noiseRank: 1, initial: normals(4, seed, "output") }),
    run: (weight, x: Tensor) => Tensor.sigmoid(Tensor.linear(x, weight))
  })
  return HyperSystem.make("withoutBias", { run: (x: Tensor) => Effect.flatMap(hidden(x), output) })
}

const crossEntropy = (system: typeof Xor.twoLayers, seed: number) =>
  Effect.map(
    HyperSystem.optimize(system, Xor.examples, Xor.logLikelihood, { seed }).pipe(
      Effect.provide(OptimizerEvolution.layer({ ...Xor.strategy, seed }))
    ),
    ({ after }) => -after
  )

describe("evolution strategies over many seeds", () => {
  it.effect(
    "solve exclusive or with biases, cross-entropy below 0.05, for at least 90 % of 40 seeds",
    () =>
      Effect.gen(function* () {
        const found = yield* Effect.forEach(seeds(40), (seed) => crossEntropy(Xor.twoLayers, seed))
        assert.isAtLeast(found.filter((nats) => nats < 0.05).length, 36)
      }).pipe(Effect.provide(DeviceWasm.layer)),
    120_000
  )

  it.effect(
    "reach the floor ln 2 / 4 of exclusive or without biases for at least 85 % of 40 seeds",
    () =>
      Effect.gen(function* () {
        const found = yield* Effect.forEach(seeds(40), (seed) => crossEntropy(withoutBias(seed), seed))
        assert.isAtLeast(found.filter((nats) => nats < Math.LN2 / 4 + 0.02).length, 34)
        for (const nats of found) assert.isAtLeast(nats, Math.LN2 / 4 - 1e-6)
      }).pipe(Effect.provide(DeviceWasm.layer)),
    120_000
  )

  it.effect("learn a turned and doubled plane in two matrices to a squared error below 0.02 for every seed", () =>
    Effect.forEach(seeds(20), (seed) =>
      Effect.map(
        HyperSystem.optimize(Affine.system, Affine.points(seed), Metric.negativeSquaredError).pipe(
          Effect.provide(OptimizerEvolution.layer({ ...Affine.strategy, seed }))
        ),
        ({ after }) => assert.isBelow(-after, 0.02)
      )
    ).pipe(Effect.provide(DeviceWasm.layer))
  )

  it.effect(
    "tell all held-out drawings apart for every one of 10 seeds",
    () =>
      Effect.forEach(seeds(10), (seed) =>
        Effect.map(Shapes.solve(seed), (accuracy) => assert.strictEqual(accuracy, 1))
      ).pipe(Effect.provide(DeviceWasm.layer)),
    120_000
  )
})
