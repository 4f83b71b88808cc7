import * as Effect from "effect/Effect"
import {
  Candidate,
  EvolutionStrategy,
  Example,
  Hyperfunction,
  HyperSystem,
  LoRAWeight,
  Tensor
} from "../../src/index.js"
import { searchSpace } from "../../src/internal/candidates.js"

/**
 * A network of two layers, `inputs → hidden → outputs`, as a system.
 */
export const network = (inputs: number, hidden: number, outputs: number, noiseRank: number) => {
  const rank = (outDim: number, inDim: number): number => Math.min(noiseRank, outDim, inDim)
  const first = Hyperfunction.tensor("hidden", {
    params: LoRAWeight.create({ outDim: hidden, inDim: inputs, noiseRank: rank(hidden, inputs) }),
    run: (weight, x: Tensor) => Tensor.relu(Tensor.linear(x, weight))
  })
  const second = Hyperfunction.tensor("output", {
    params: LoRAWeight.create({ outDim: outputs, inDim: hidden, noiseRank: rank(outputs, hidden) }),
    run: (weight, x: Tensor) => Tensor.linear(x, weight)
  })
  const system = HyperSystem.make("network", {
    run: (x: Tensor) => Effect.flatMap(first(x), second),
    hyperfunctions: [first, second]
  })
  return { system, first, second }
}

export type Network = ReturnType<typeof network>

/** Inputs in [-1, 1] and one-hot labels, the same every time. */
export const examples = (count: number, inputs: number, classes: number) =>
  Array.from({ length: count }, (_, k) =>
    Example.make(
      Tensor.fromTypedArray(Float32Array.from({ length: inputs }, (_, i) => Math.sin(k * inputs + i))),
      Tensor.oneHot(k % classes, classes)
    )
  )

const strategy = (population: number) => EvolutionStrategy.make({ population, sigma: 0.1, learningRate: 0.1, seed: 1 })

/** A generation as the optimizer makes it: weights in factors. */
export const factored = ({ first, second }: Network, population: number, generation: number) =>
  Effect.gen(function* () {
    const config = yield* strategy(population)
    const space = searchSpace([first.definition, second.definition], Candidate.defaults(), (block) => block)
    const state = yield* EvolutionStrategy.init(config, space.blocks)
    const members = yield* EvolutionStrategy.ask(config, { ...state, generation })
    return Array.from({ length: population }, (_, k) => space.member(members, k))
  })

/** The same generation with every candidate's matrices built in full. */
export const dense = (net: Network, population: number, generation: number) =>
  Effect.gen(function* () {
    const { first, second } = net
    const config = yield* strategy(population)
    const space = searchSpace([first.definition, second.definition], Candidate.defaults(), (block) => block)
    const state = yield* EvolutionStrategy.init(config, space.blocks)
    const members = yield* EvolutionStrategy.ask(config, { ...state, generation })
    return Array.from({ length: population }, (_, k) =>
      [first, second].reduce((candidate, layer) => {
        const { weight, ...rest } = Candidate.get(candidate, layer)
        const values = EvolutionStrategy.materialise(members, k, layer.definition.name)
        return Candidate.set(candidate, layer, { ...rest, weight: Tensor.fromTypedArray(values, weight.shape) })
      }, Candidate.defaults())
    )
  })
