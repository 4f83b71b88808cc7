/**
 * What one layer cannot learn, two can: exclusive or.
 */
import * as Effect from "effect/Effect"
import * as Device from "../layers/Device.js"
import * as OptimizerEvolution from "../layers/OptimizerEvolution.js"
import { Example, Hyperfunction, HyperSystem, LoRAWeight, Metric, Params, Tensor } from "../src/index.js"
import type { Program } from "./lib/program.js"

const layer = (name: string, outDim: number, inDim: number, activation: (x: Tensor) => Tensor) =>
  Hyperfunction.tensor(name, {
    params: Params.struct({ weight: LoRAWeight.create({ outDim, inDim }), bias: Params.vector(outDim) }),
    run: ({ bias, weight }, x: Tensor) => activation(Tensor.linear(x, weight, bias))
  })

const hidden = layer("hidden", 4, 2, Tensor.relu)
const output = layer("output", 1, 4, Tensor.sigmoid)
const single = layer("single", 1, 2, Tensor.sigmoid)

const oneLayer = HyperSystem.make("oneLayer", { run: (x: Tensor) => single(x) })
export const twoLayers = HyperSystem.make("twoLayers", { run: (x: Tensor) => Effect.flatMap(hidden(x), output) })

export const examples = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1]
].map(([a, b]) => Example.make(Tensor.from([a, b]), Tensor.from([a ^ b])))

/** Minus the binary cross-entropy, in nats. */
export const logLikelihood = Metric.perExample((output: Tensor, expected: Tensor) => {
  const p = Tensor.minimum(Tensor.maximum(output, 1e-7), 1 - 1e-7)
  const ofOne = Tensor.mul(expected, Tensor.log(p))
  const ofZero = Tensor.mul(Tensor.sub(1, expected), Tensor.log(Tensor.sub(1, p)))
  return Tensor.sum(Tensor.add(ofOne, ofZero))
})

const accuracy = Metric.perExample((output: Tensor, expected: Tensor) =>
  Math.round(Tensor.toNumber(output)) === Tensor.toNumber(expected) ? 1 : 0
)

export const strategy = { generations: 200, population: 64, sigma: 0.3, learningRate: 0.2, shaping: "zScore" } as const

const train = (system: typeof twoLayers, seed: number) =>
  Effect.gen(function* () {
    const tuned = yield* HyperSystem.optimize(system, examples, logLikelihood, { seed })
    const { score } = yield* HyperSystem.evaluate(tuned.system, examples, accuracy)
    return { crossEntropy: -tuned.after, accuracy: score }
  }).pipe(Effect.provide(OptimizerEvolution.layer({ ...strategy, seed })))

export const xor: Program = {
  name: "xor",
  run: ({ say, seed }) =>
    Effect.gen(function* () {
      const one = yield* train(oneLayer, seed)
      yield* say(`one layer:  cross-entropy ${one.crossEntropy.toFixed(3)}, accuracy ${one.accuracy}`)
      const two = yield* train(twoLayers, seed)
      yield* say(`two layers: cross-entropy ${two.crossEntropy.toFixed(3)}, accuracy ${two.accuracy}`)
      return { oneLayer: one, twoLayers: two }
    }).pipe(Effect.provide(Device.layer))
}
