/**
 * Two matrices in a row learn what one map does: turn by 45° and double.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Device from "../layers/Device.js"
import * as OptimizerEvolution from "../layers/OptimizerEvolution.js"
import { Example, Hyperfunction, HyperSystem, LoRAWeight, Metric, Noise, Tensor } from "../src/index.js"
import type { Program } from "./lib/program.js"

const matrix = (name: string) =>
  Hyperfunction.tensor(name, {
    params: LoRAWeight.create({ outDim: 2, inDim: 2, noiseRank: 2, initial: Tensor.identity(2) }),
    run: (weight, x: Tensor) => Tensor.linear(x, weight)
  })

const first = matrix("first")
const second = matrix("second")

export const system = HyperSystem.make("affine", { run: (x: Tensor) => Effect.flatMap(first(x), second) })

const target = Tensor.mul(
  2 * Math.SQRT1_2,
  Tensor.from([
    [1, -1],
    [1, 1]
  ])
)

export const points = (seed: number) => {
  const coordinates = new Float32Array(100)
  Noise.normals({ seed, generation: 0, pair: 0, block: Noise.blockId("points") }, coordinates)
  return Array.from({ length: 50 }, (_, k) => {
    const x = Tensor.from([coordinates[2 * k], coordinates[2 * k + 1]])
    return Example.make(x, Tensor.linear(x, target))
  })
}

export const strategy = { generations: 100, population: 32, sigma: 0.1, learningRate: 0.1, shaping: "zScore" } as const

export const affine: Program = {
  name: "affine",
  run: ({ say, seed }) =>
    Effect.gen(function* () {
      const tuned = yield* HyperSystem.optimize(system, points(seed), Metric.negativeSquaredError)
      yield* say(`mean squared error ${(-tuned.before).toFixed(3)} → ${(-tuned.after).toFixed(5)}`)
      return { before: -tuned.before, after: -tuned.after, generations: strategy.generations }
    }).pipe(Effect.provide(Layer.merge(OptimizerEvolution.layer({ ...strategy, seed }), Device.layer)))
}
