/**
 * Mirrors `tests/test_population_eval.py` of the Python library. Its tests of helpers that only tests reached (`fn_sync`,
 * `_get_tensor_fn`, `_is_vmappable`, the nested vmap) became what they were meant to show: a batched run gives what runs one
 * by one give, and only tensor programs are batched. Its test of chunks scored everything 1; here chunks change nothing,
 * and are as small as asked for.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as DeviceWasm from "../../layers/DeviceWasm.js"
import { Device } from "../../services/Device.js"
import * as Candidate from "../../src/Candidate.js"
import * as Hyperfunction from "../../src/Hyperfunction.js"
import * as HyperSystem from "../../src/HyperSystem.js"
import { LMParams } from "../../src/LMParams.js"
import * as LoRAWeight from "../../src/LoRAWeight.js"
import * as Metric from "../../src/Metric.js"
import * as Noise from "../../src/Noise.js"
import * as Tensor from "../../src/Tensor.js"

const mean = (outputs: ReadonlyArray<number>): number => outputs.reduce((sum, x) => sum + x, 0) / outputs.length

const normals = (seed: number, shape: ReadonlyArray<number>): Tensor.Tensor => {
  const data = new Float32Array(shape.reduce((size, length) => size * length, 1))
  Noise.normals({ seed, generation: 0, pair: 0, block: 1 }, data)
  return Tensor.fromTypedArray(data, shape)
}

const classify = Hyperfunction.tensor("classify", {
  params: LoRAWeight.create({ outDim: 5, inDim: 3, noiseRank: 2 }),
  run: (weight, x: Tensor.Tensor) => Tensor.softmax(Tensor.linear(x, weight))
})

const classifier = HyperSystem.make("classifier", { run: (x: Tensor.Tensor) => classify(x) })

const distance = Hyperfunction.make("target_fn", {
  params: LMParams.space,
  run: ({ temperature }, x: number) => Effect.succeed(-Math.abs(temperature - x))
})

const distances = HyperSystem.make("distances", { run: (x: number) => distance(x) })

const temperatures = (...values: ReadonlyArray<number>) =>
  values.map((temperature) => Candidate.set(Candidate.defaults(), distance, new LMParams({ temperature })))

const weights = (count: number) => Array.from({ length: count }, (_, seed) => Candidate.defaults({ seed: seed + 1 }))

describe("test_population_eval", () => {
  it.effect("matches_single_eval: rewards are exactly the scores of separate evaluations", () =>
    Effect.gen(function* () {
      const candidates = temperatures(0, 0.5)
      const examples = [{ input: 0.5, expected: 0 }]
      const { rewards } = yield* HyperSystem.evaluatePopulation(distances, candidates, examples, mean)
      const scores = yield* Effect.forEach(candidates, (candidate) =>
        Effect.map(
          HyperSystem.evaluate(HyperSystem.withCandidate(distances, candidate), examples, mean),
          ({ score }) => score
        )
      )
      assert.deepStrictEqual(rewards, scores)
      assert.deepStrictEqual(rewards.map(Math.abs), [0.5, 0])
    })
  )

  it.effect("with_lora_weights: matrices of three candidates score what they score alone", () =>
    Effect.gen(function* () {
      const examples = [0, 1, 2].map((k) => ({ input: normals(k, [3]), expected: Tensor.oneHot(k, 5) }))
      const likelihood = Metric.perExample((output: Tensor.Tensor, expected: Tensor.Tensor) =>
        Tensor.sum(Tensor.mul(output, expected))
      )
      const { rewards } = yield* HyperSystem.evaluatePopulation(classifier, weights(3), examples, likelihood)
      const alone = yield* Effect.forEach(weights(3), (candidate) =>
        HyperSystem.evaluate(HyperSystem.withCandidate(classifier, candidate), examples, likelihood, {
          mode: "sequential"
        })
      )
      assert.deepStrictEqual(
        rewards,
        alone.map(({ score }) => score)
      )
      for (const reward of rewards) assert.isTrue(reward > 0 && reward < 1)
      assert.strictEqual(new Set(rewards).size, 3)
    }).pipe(Effect.provide(DeviceWasm.layer))
  )

  it.effect("chunking: 50 candidates on 10 examples, 20 runs at a time, give what they give at once", () =>
    Effect.gen(function* () {
      let running = 0
      let most = 0
      const system = HyperSystem.make("counted", {
        run: (x: number) =>
          Effect.acquireUseRelease(
            Effect.sync(() => {
              running++
              most = Math.max(most, running)
            }),
            () => Effect.zipRight(Effect.yieldNow(), distance(x)),
            () => Effect.sync(() => running--)
          )
      })
      const candidates = temperatures(...Array.from({ length: 50 }, (_, k) => k / 50))
      const examples = Array.from({ length: 10 }, (_, k) => ({ input: k / 10, expected: 0 }))
      const rewards = (concurrency: number) =>
        Effect.map(
          HyperSystem.evaluatePopulation(system, candidates, examples, mean, { concurrency }),
          ({ rewards }) => rewards
        )
      const whole = yield* rewards(500)
      assert.strictEqual(most, 500)
      most = 0
      assert.deepStrictEqual(yield* rewards(20), whole)
      assert.strictEqual(most, 20)
      most = 0
      assert.deepStrictEqual(yield* rewards(3), whole)
      assert.strictEqual(most, 3)
      assert.isAbove(new Set(whole).size, 25)
    })
  )

  it.effect("chunking: a lifted run within a small memory budget gives the same bits", () =>
    Effect.gen(function* () {
      const examples = Array.from({ length: 64 }, (_, k) => ({
        input: normals(k, [3]),
        expected: Tensor.oneHot(k % 5, 5)
      }))
      const evaluated = (memoryBudget: number) =>
        Effect.gen(function* () {
          const { rewards, work } = yield* HyperSystem.evaluatePopulation(
            classifier,
            weights(50),
            examples,
            Metric.negativeSquaredError,
            { mode: "lifted" }
          )
          const { peakBytes } = yield* Effect.flatMap(Device, ({ usage }) => usage)
          return { rewards, launches: work.launches, peakBytes }
        }).pipe(Effect.provide(DeviceWasm.layerWith({ memoryBudget })))
      const whole = yield* evaluated(2 ** 26)
      const cut = yield* evaluated(2 ** 13)
      assert.strictEqual(whole.launches, 1)
      assert.isAtLeast(cut.launches, 4)
      assert.isAtMost(cut.peakBytes, 2 ** 13)
      assert.deepStrictEqual(cut.rewards, whole.rewards)
    })
  )

  it.effect("get_tensor_fn: the softmax of a matrix product sums to one", () =>
    Effect.gen(function* () {
      const output = yield* Candidate.provide(classify(normals(7, [3])), Candidate.defaults({ seed: 3 }))
      assert.deepStrictEqual(output.shape, [5])
      assert.closeTo(Tensor.toNumber(Tensor.sum(output)), 1, 1e-5)
    }).pipe(Effect.provide(DeviceWasm.layer))
  )

  it.effect("vmap_with_tensor_fn: ten examples under four candidates at once give what forty calls give", () =>
    Effect.gen(function* () {
      const examples = Array.from({ length: 10 }, (_, k) => ({
        input: normals(k, [3]),
        expected: normals(99 + k, [5])
      }))
      const outputs = yield* Effect.forEach(weights(4), (candidate) =>
        HyperSystem.evaluate(HyperSystem.withCandidate(classifier, candidate), examples, Metric.negativeSquaredError)
      )
      const population = yield* HyperSystem.evaluatePopulation(
        classifier,
        weights(4),
        examples,
        Metric.negativeSquaredError
      )
      assert.strictEqual(population.work.launches, 1)
      assert.strictEqual(population.work.calls, 40)
      assert.deepStrictEqual(
        population.rewards,
        outputs.map(({ score }) => score)
      )
      for (const [k, candidate] of weights(4).entries()) {
        for (const [row, { input }] of examples.entries()) {
          const one = yield* Candidate.provide(classify(input), candidate)
          const exit = outputs[k].outputs[row]
          assert.isTrue(exit._tag === "Success" && Tensor.equals(exit.value, one))
        }
      }
    }).pipe(Effect.provide(DeviceWasm.layer))
  )

  it.effect("is_vmappable: a program of tensors is lifted, one that computes with numbers is not", () =>
    Effect.gen(function* () {
      const tensors = yield* HyperSystem.evaluate(
        classifier,
        [{ input: normals(1, [3]), expected: normals(2, [5]) }],
        Metric.negativeSquaredError
      )
      assert.deepStrictEqual([...tensors.work.modes], ["lifted"])
      const numbers = yield* HyperSystem.evaluate(distances, [{ input: 0.5, expected: 0 }], mean)
      assert.deepStrictEqual([...numbers.work.modes], ["fibers"])
      const mixed = HyperSystem.make("mixed", {
        run: (x: Tensor.Tensor) => Effect.flatMap(classify(x), (y) => distance(Tensor.toNumber(Tensor.max(y))))
      })
      const both = yield* HyperSystem.evaluate(mixed, [{ input: normals(1, [3]), expected: 0 }], mean)
      assert.deepStrictEqual([...both.work.modes], ["fibers"])
      assert.deepStrictEqual(both.hyperfunctions, ["classify", "target_fn"])
    }).pipe(Effect.provide(DeviceWasm.layer))
  )

  it.effect("no candidates have no rewards", () =>
    Effect.gen(function* () {
      const { rewards } = yield* HyperSystem.evaluatePopulation(distances, [], [{ input: 1, expected: 1 }], mean)
      assert.deepStrictEqual(rewards, [])
    })
  )
})
