/**
 * Mirrors what `tests/test_eggroll_es.py` of the Python library, and the tests of torcheggroll, show of a whole system; the
 * strategy by itself is tested in `test/EvolutionStrategy.test.ts`. Their test of antithetic sampling compared nothing, and
 * is replaced by what mirrored pairs are for. A rank above the smaller side of a matrix, which they cut, is an error here.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as DeviceWasm from "../../layers/DeviceWasm.js"
import * as OptimizerEvolution from "../../layers/OptimizerEvolution.js"
import * as Candidate from "../../src/Candidate.js"
import * as EvolutionStrategy from "../../src/EvolutionStrategy.js"
import * as Hyperfunction from "../../src/Hyperfunction.js"
import * as HyperSystem from "../../src/HyperSystem.js"
import * as LoRAWeight from "../../src/LoRAWeight.js"
import * as Metric from "../../src/Metric.js"
import * as Noise from "../../src/Noise.js"
import * as Params from "../../src/Params.js"
import { ParamsError } from "../../src/ParamsError.js"
import * as Tensor from "../../src/Tensor.js"

const parity = { population: 32, sigma: 0.1, learningRate: 0.1, shaping: "zScore", seed: 1 } as const

const normals = (seed: number, shape: ReadonlyArray<number>, scale: number): Tensor.Tensor => {
  const data = new Float32Array(shape.reduce((size, length) => size * length, 1))
  Noise.normals({ seed, generation: 0, pair: 0, block: 1 }, data)
  return Tensor.fromTypedArray(
    data.map((value) => value * scale),
    shape
  )
}

const nearTo = (target: Tensor.Tensor) =>
  Metric.perExample((output: Tensor.Tensor, _: unknown) => {
    const error = Tensor.sub(output, target)
    return Tensor.neg(Tensor.sum(Tensor.mul(error, error)))
  })

const anything = [{ input: Tensor.zeros([1]), expected: undefined }]

/** The means after one generation from `at`, by seed. */
const steps = (antithetic: boolean, at: number, sigma: number) =>
  Effect.forEach(
    Array.from({ length: 200 }, (_, seed) => seed),
    (seed) =>
      Effect.gen(function* () {
        const config = yield* EvolutionStrategy.make({ ...parity, seed, sigma, antithetic, shaping: "raw" })
        const state = yield* EvolutionStrategy.init(config, [
          { path: "x", shape: [1], rank: undefined, initial: Float32Array.of(at) }
        ])
        const population = yield* EvolutionStrategy.ask(config, state)
        const rewards = Array.from(
          { length: population.size },
          (_, member) => -((EvolutionStrategy.materialise(population, member, "x")[0] - 0.5) ** 2)
        )
        const next = yield* EvolutionStrategy.tell(config, state, rewards)
        return next.blocks[0].mean[0] - at
      })
  )

const variance = (values: ReadonlyArray<number>): number => {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length
  return values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1)
}

describe("test_eggroll_es", () => {
  it.effect("antithetic_reduces_variance: at the top of a symmetric reward mirrored pairs stand still", () =>
    Effect.gen(function* () {
      for (const step of yield* steps(true, 0.5, 0.25)) assert.closeTo(step, 0, 1e-7)
      assert.isAbove(variance(yield* steps(false, 0.5, 0.25)), 1e-6)
    })
  )

  it.effect("antithetic_reduces_variance: where curvature outweighs the slope, estimates of pairs scatter less", () =>
    Effect.gen(function* () {
      const [mirrored, independent] = yield* Effect.all([steps(true, 0.4, 0.5), steps(false, 0.4, 0.5)])
      assert.isBelow(variance(mirrored), 0.5 * variance(independent))
    })
  )

  it.effect("pop_size_even: an odd population is refused with the word even, before a generation runs", () =>
    Effect.gen(function* () {
      const vector = Hyperfunction.tensor("vector", {
        params: Params.vector(3, { initial: [0, 0, 0] }),
        run: (vector, _: Tensor.Tensor) => vector
      })
      const system = HyperSystem.make("vector", { run: (x: Tensor.Tensor) => vector(x) })
      const error = yield* Effect.flip(HyperSystem.optimize(system, anything, nearTo(Tensor.zeros([3]))))
      assert.include(error, { _tag: "OptimizerError", reason: "InvalidOptions" })
      assert.include(error.message, "population is 31")
      assert.include(error.message, "even")
    }).pipe(Effect.provide([DeviceWasm.layer, OptimizerEvolution.layer({ ...parity, population: 31, generations: 5 })]))
  )

  it.effect("param_filter: what is frozen stays to the bit, what is trained moves towards its target", () =>
    Effect.gen(function* () {
      const net = Hyperfunction.tensor("net", {
        params: Params.struct({
          frozen: Params.vector(3, { initial: [0.1, 0.2, 0.3] }),
          trained: Params.vector(3, { initial: [0, 0, 0] })
        }),
        run: ({ frozen, trained }, _: Tensor.Tensor) => Tensor.add(trained, Tensor.mul(frozen, 0))
      })
      const system = HyperSystem.make("net", { run: (x: Tensor.Tensor) => net(x) })
      for (const selection of [{ only: ["net.trained"] }, { freeze: ["net.frozen"] }]) {
        const metric = nearTo(Tensor.from([1, 1, 1]))
        const tuned = yield* HyperSystem.optimize(system, anything, metric, selection)
        const after = Candidate.get(tuned.system.candidate!, net)
        const before = Candidate.get(Candidate.defaults(), net)
        assert.isTrue(Tensor.equals(after.frozen, before.frozen))
        assert.isFalse(Tensor.equals(after.trained, before.trained))
        assert.isAbove(tuned.after, -0.5)
        assert.strictEqual(tuned.before, -3)
      }
    }).pipe(Effect.provide([DeviceWasm.layer, OptimizerEvolution.layer({ ...parity, generations: 20 })]))
  )

  it.effect("lora_weight_with_system_optimizer: 30 generations cut the loss of a 4×8 matrix below 0.3 of it", () =>
    Effect.gen(function* () {
      const matrix = Hyperfunction.tensor("lora_fn", {
        params: LoRAWeight.create({ outDim: 4, inDim: 8, noiseRank: 2, initial: new Float32Array(32) }),
        run: ({ weight }, _: Tensor.Tensor) => weight
      })
      const system = HyperSystem.make("matrix", { run: (x: Tensor.Tensor) => matrix(x) })
      const metric = nearTo(normals(5, [4, 8], 0.3))
      const tuned = yield* HyperSystem.optimize(system, anything, metric)
      assert.isAbove(tuned.after, tuned.before)
      assert.isBelow(tuned.after / tuned.before, 0.3)
      assert.strictEqual((yield* HyperSystem.evaluate(tuned.system, anything, metric)).score, tuned.after)
    }).pipe(Effect.provide([DeviceWasm.layer, OptimizerEvolution.layer({ ...parity, generations: 30 })]))
  )

  it.effect("shape_and_noise_rank: a 16×32 matrix has 512 coordinates, rank 4, and survives its vector", () =>
    Effect.gen(function* () {
      const space = LoRAWeight.create({ outDim: 16, inDim: 32, noiseRank: 4, initial: normals(1, [16, 32], 1) })
      const start = space.assemble(Params.defaults(space, { seed: 0, name: "layer" }))
      assert.deepInclude(space.fields[0], { shape: [16, 32], rank: 4 })
      const vector = Params.toVector(space, start)
      assert.strictEqual(vector.length, 512)
      const back = yield* Params.fromVector(space, vector, start)
      assert.isTrue(Tensor.equals(back.weight, start.weight))
      assert.throws(() => LoRAWeight.create({ outDim: 1, inDim: 4, noiseRank: 2 }), ParamsError, "at most 1")
    })
  )
})

describe("torcheggroll", () => {
  it.effect("no_params: a system without parameters is left as it is, and says why", () =>
    Effect.gen(function* () {
      const fixed = Hyperfunction.make("fixed", { params: Params.none, run: (_, x: number) => Effect.succeed(x) })
      const system = HyperSystem.make("fixed", { run: (x: number) => fixed(x) })
      const tuned = yield* HyperSystem.optimize(system, [{ input: 3, expected: 0 }], ([output]) => output)
      assert.strictEqual(tuned.stopped, "nothingToTune")
      assert.strictEqual(tuned.after, 3)
      assert.strictEqual(tuned.history.length, 1)
      assert.strictEqual(yield* tuned.system.run(4), 4)
    }).pipe(Effect.provide(OptimizerEvolution.layer({ ...parity, generations: 9 })))
  )

  it.effect("mlp: a 4-8-1 network improves in 50 generations", () =>
    Effect.gen(function* () {
      const hidden = Hyperfunction.tensor("hidden", {
        params: Params.struct({
          weight: LoRAWeight.create({ outDim: 8, inDim: 4, noiseRank: 4 }),
          bias: Params.vector(8, { initial: new Float32Array(8) })
        }),
        run: ({ bias, weight }, x: Tensor.Tensor) => Tensor.tanh(Tensor.linear(x, weight, bias))
      })
      const output = Hyperfunction.tensor("output", {
        params: LoRAWeight.create({ outDim: 1, inDim: 8 }),
        run: (weight, x: Tensor.Tensor) => Tensor.linear(x, weight)
      })
      const system = HyperSystem.make("mlp", { run: (x: Tensor.Tensor) => Effect.flatMap(hidden(x), output) })
      const examples = Array.from({ length: 32 }, (_, k) => {
        const input = normals(k, [4], 1)
        const [a, b] = Tensor.toTypedArray(input)
        return { input, expected: Tensor.from([Math.sin(a) + 0.5 * b]) }
      })
      const tuned = yield* HyperSystem.optimize(system, examples, Metric.negativeSquaredError)
      assert.isBelow(tuned.after / tuned.before, 0.5)
    }).pipe(Effect.provide([DeviceWasm.layer, OptimizerEvolution.layer({ ...parity, generations: 50 })]))
  )
})
