/**
 * Ten classes of drawings, five colours of circles and squares, by two small heads whose answers are combined.
 */
import * as Effect from "effect/Effect"
import * as Device from "../layers/Device.js"
import * as OptimizerEvolution from "../layers/OptimizerEvolution.js"
import { Example, Hyperfunction, HyperSystem, LoRAWeight, Metric, Noise, Params, Tensor } from "../src/index.js"
import { colours, type Drawing, draw, features, kinds } from "./lib/drawing.js"
import type { Program } from "./lib/program.js"

/** Sees a drawing as four numbers. It has nothing to tune, so it runs once per drawing. */
const look = Hyperfunction.make("look", {
  params: Params.none,
  run: (_, drawing: Drawing) => Effect.sync(() => Tensor.from(features(drawing)))
})

const colourHidden = Hyperfunction.tensor("colourHidden", {
  params: LoRAWeight.create({ outDim: 8, inDim: 3, noiseRank: 3 }),
  run: (weight, colour: Tensor) => Tensor.relu(Tensor.linear(colour, weight))
})

const colourHead = Hyperfunction.tensor("colourHead", {
  params: LoRAWeight.create({ outDim: 5, inDim: 8 }),
  run: (weight, hidden: Tensor) => Tensor.logSoftmax(Tensor.linear(hidden, weight))
})

const shapeHead = Hyperfunction.tensor("shapeHead", {
  params: LoRAWeight.create({ outDim: 2, inDim: 1 }),
  run: (weight, roundness: Tensor) => Tensor.logSoftmax(Tensor.linear(roundness, weight))
})

/** Log-probabilities of the ten classes, `2 · colour + shape`. */
export const classify = HyperSystem.make("shapes", {
  run: (seen: Tensor) =>
    Effect.gen(function* () {
      const [colour, roundness] = Tensor.split(seen, [3, 1])
      const hidden = yield* colourHidden(colour)
      const [byColour, byShape] = yield* Effect.all([colourHead(hidden), shapeHead(roundness)])
      return Tensor.reshape(Tensor.add(Tensor.reshape(byColour, [5, 1]), byShape), [10])
    })
})

const drawings = (seed: number, perClass: number) =>
  Effect.forEach(
    Array.from({ length: 10 * perClass }, (_, k) => k),
    (k) => {
      const label = k % 10
      const jitter = new Float32Array(3)
      Noise.uniforms({ seed, generation: 0, pair: k, block: Noise.blockId("drawings") }, jitter)
      const drawing = draw(kinds[label % 2], colours[Math.floor(label / 2)], jitter)
      return Effect.map(look(drawing), (seen) => Example.make(seen, Tensor.oneHot(label, 10)))
    }
  )

export const strategy = { generations: 200, population: 64, sigma: 0.3, learningRate: 0.2, shaping: "zScore" } as const

export const solve = (seed: number) =>
  Effect.gen(function* () {
    const train = yield* drawings(42, 20)
    const heldOut = yield* drawings(123, 10)
    const tuned = yield* HyperSystem.optimize(classify, train, Metric.logLikelihood, { seed })
    return (yield* HyperSystem.evaluate(tuned.system, heldOut, Metric.accuracy)).score
  }).pipe(Effect.provide(OptimizerEvolution.layer({ ...strategy, seed })))

export const shapes: Program = {
  name: "shapes",
  run: ({ say, seed }) =>
    Effect.gen(function* () {
      const accuracies = yield* Effect.forEach(
        Array.from({ length: 10 }, (_, k) => seed + k),
        (one) =>
          Effect.tap(solve(one), (accuracy) =>
            say(`seed ${one}: ${(accuracy * 100).toFixed(0)} % of the held-out drawings`)
          )
      )
      const solved = accuracies.filter((accuracy) => accuracy === 1).length
      return { seeds: accuracies.length, solved, accuracy: accuracies.reduce((a, b) => a + b, 0) / accuracies.length }
    }).pipe(Effect.provide(Device.layer))
}
