/**
 * What is wrong with an input is said by a typed error that names the thing and the cure, before or without any change.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import * as DeviceCpu from "../layers/DeviceCpu.js"
import * as OptimizerEvolution from "../layers/OptimizerEvolution.js"
import type { Device } from "../services/Device.js"
import { OptimizerError } from "../services/Optimizer.js"
import * as Candidate from "../src/Candidate.js"
import type * as Evaluation from "../src/Evaluation.js"
import { EvaluationError } from "../src/EvaluationError.js"
import * as Hyperfunction from "../src/Hyperfunction.js"
import * as HyperSystem from "../src/HyperSystem.js"
import { LMParams } from "../src/LMParams.js"
import * as LoRAWeight from "../src/LoRAWeight.js"
import * as Metric from "../src/Metric.js"
import type * as Optimization from "../src/Optimization.js"
import * as Params from "../src/Params.js"
import { ParamsError } from "../src/ParamsError.js"
import * as Tensor from "../src/Tensor.js"

const runs: Array<number> = []

const answer = Hyperfunction.make("answer", {
  params: Params.struct({
    lm: LMParams.space,
    route: Params.category(["fast", "careful"]),
    prompt: Params.text("Answer {question}")
  }),
  run: ({ lm }, x: number) =>
    Effect.sync(() => {
      runs.push(x)
      return lm.temperature * x
    })
})

const system = HyperSystem.make("assistant", { run: (x: number) => answer(x) })

const linear = Hyperfunction.tensor("linear", {
  params: LoRAWeight.create({ outDim: 2, inDim: 2, noiseRank: 1, initial: Tensor.identity(2) }),
  run: (weight, x: Tensor.Tensor) => Tensor.linear(x, weight)
})

const net = HyperSystem.make("net", { run: (x: Tensor.Tensor) => linear(x) })

const examples = [1, 2].map((input) => ({ input, expected: input }))

const points = (...inputs: ReadonlyArray<ReadonlyArray<number>>) =>
  inputs.map((input) => ({ input: Tensor.from(input), expected: Tensor.from(input) }))

const mean = (outputs: ReadonlyArray<number>): number => outputs.reduce((sum, x) => sum + x, 0) / outputs.length

const options = { generations: 3, population: 4, sigma: 0.1, learningRate: 0.1, seed: 1 }

const optimize = (overrides: Partial<OptimizerEvolution.Options>, selection?: Optimization.Options) =>
  HyperSystem.optimize(system, examples, mean, selection).pipe(
    Effect.provide(OptimizerEvolution.layer({ ...options, ...overrides }))
  )

const refused = (error: unknown, reason: string, ...parts: ReadonlyArray<string>) => {
  assert.isTrue(error instanceof EvaluationError || error instanceof OptimizerError || error instanceof ParamsError)
  assert.include(error, { reason })
  for (const part of parts) assert.include((error as Error).message, part)
}

const unchanged = Effect.gen(function* () {
  assert.isUndefined(system.candidate)
  assert.strictEqual(yield* system.run(10), 7)
})

describe("examples", () => {
  it.effect("no examples are refused before anything runs", () =>
    Effect.gen(function* () {
      runs.length = 0
      const layer = OptimizerEvolution.layer(options)
      const refusals: ReadonlyArray<Effect.Effect<unknown, unknown>> = [
        HyperSystem.evaluate(system, [], mean),
        HyperSystem.evaluatePopulation(system, [Candidate.defaults()], [], mean),
        HyperSystem.optimize(system, [], mean).pipe(Effect.provide(layer)),
        HyperSystem.ablate(system, [], mean, { block: "answer", how: "zero" })
      ]
      for (const refusal of refusals) {
        refused(yield* Effect.flip(refusal), "EmptyExamples", "assistant: there are no examples. Pass at least one")
      }
      assert.deepStrictEqual(runs, [])
    })
  )

  it.effect("one example is enough", () =>
    Effect.gen(function* () {
      const { score } = yield* HyperSystem.evaluate(system, [{ input: 10, expected: 0 }], mean)
      assert.strictEqual(score, 7)
    })
  )

  it("ragged arrays are refused where the tensor is written", () => {
    for (const ragged of [
      [[1, 2], [3]],
      [1, [2]],
      [[1], 2]
    ]) {
      assert.throws(() => Tensor.from(ragged), Tensor.TensorError, "ragged")
    }
  })

  it.effect("an example of a shape that does not fit fails with both shapes, and can be left out", () =>
    Effect.gen(function* () {
      const ragged = points([1, 2], [1, 2, 3], [3, 4])
      const metric = Metric.perExample((output: Tensor.Tensor, _: Tensor.Tensor) => Tensor.sum(output))
      for (const mode of ["auto", "fibers", "sequential"] as const) {
        const error = yield* Effect.flip(HyperSystem.evaluate(net, ragged, metric, { mode }))
        assert.instanceOf(error, Tensor.TensorError)
        assert.include(error.message, "Tensor.linear of [3] and [2, 2]: needs x of [..., in] and a weight of [out, in]")
        const { missing, score } = yield* HyperSystem.evaluate(net, ragged, metric, { mode, onFailure: "missing" })
        assert.strictEqual(score, 5)
        assert.deepStrictEqual(
          missing.map(({ example }) => example),
          [1]
        )
      }
    }).pipe(Effect.provide(DeviceCpu.layer))
  )

  it.effect("a program that throws fails with the number of the example", () =>
    Effect.gen(function* () {
      const broken = HyperSystem.make("broken", {
        run: (x: number) => (x === 2 ? Effect.die(new Error("boom")) : answer(x))
      })
      const error = yield* Effect.flip(HyperSystem.evaluate(broken, examples, mean))
      refused(error, "ExampleFailed", "broken: example 1 threw: boom", 'onFailure: "missing"')
      assert.include(error, { example: 1 })
      const all = yield* Effect.flip(HyperSystem.evaluate(broken, [examples[1]], mean, { onFailure: "missing" }))
      refused(all, "NothingToScore", "every example failed", 'onFailure: "fail"')
    })
  )
})

describe("metrics", () => {
  const forms = ["auto", "fibers", "sequential"] as const

  it.effect.each([
    ["NaN", () => NaN, "the metric gave NaN"],
    ["infinite", () => -Infinity, "the metric gave -Infinity"],
    ["an effect of NaN", () => Effect.succeed(NaN), "the metric gave NaN"],
    ["text", () => "0.5" as never, "the metric gave a value of type string"],
    ["nothing", () => undefined as never, "the metric gave a value of type undefined"],
    ["a Promise", () => Promise.resolve(1) as never, "wrap a Promise in Effect.promise"]
  ] as ReadonlyArray<readonly [string, () => number | Effect.Effect<number>, string]>)(
    "a metric that gives %s is refused with a cure",
    ([, metric, text]) =>
      Effect.gen(function* () {
        for (const mode of forms) {
          refused(yield* Effect.flip(HyperSystem.evaluate(system, examples, metric, { mode })), "MetricNotFinite", text)
          const each = Metric.perExample<number, number, number | Effect.Effect<number>>(metric)
          refused(yield* Effect.flip(HyperSystem.evaluate(system, examples, each, { mode })), "MetricNotFinite", text)
        }
        const error = yield* Effect.flip(
          HyperSystem.optimize(system, examples, metric).pipe(Effect.provide(OptimizerEvolution.layer(options)))
        )
        refused(error, "MetricNotFinite", "assistant", text)
        yield* unchanged
      })
  )

  it.effect("a metric that throws is refused with what it threw", () =>
    Effect.gen(function* () {
      const throwing = (): number => {
        throw new Error("no labels")
      }
      for (const refusal of [
        HyperSystem.evaluate(system, examples, throwing),
        HyperSystem.evaluate(system, examples, () => Effect.die(new Error("no labels"))),
        HyperSystem.evaluate(system, examples, Metric.perExample(throwing))
      ]) {
        refused(
          yield* Effect.flip(refusal),
          "MetricFailed",
          "assistant: the metric threw: no labels",
          "Make it give a number for every output"
        )
      }
      const own = yield* Effect.flip(HyperSystem.evaluate(system, examples, () => Effect.fail("its own error")))
      assert.strictEqual(own, "its own error")
    })
  )

  it.effect("a metric of tensors that do not fit says which, and one that gives no scalar its shape", () =>
    Effect.gen(function* () {
      const apart = points([1, 2]).map(({ input }) => ({ input, expected: Tensor.zeros([3]) }))
      const wide = Metric.perExample((output: Tensor.Tensor, _: Tensor.Tensor) => output)
      for (const mode of forms) {
        const metric = Metric.negativeSquaredError
        refused(yield* Effect.flip(HyperSystem.evaluate(net, apart, metric, { mode })), "MetricFailed", "[2] and [3]")
        refused(
          yield* Effect.flip(HyperSystem.evaluate(net, points([1, 2]), wide, { mode })),
          "MetricNotFinite",
          "the metric gave a tensor of [2]"
        )
      }
    }).pipe(Effect.provide(DeviceCpu.layer))
  )

  it.effect("a metric that never settles is interrupted after five minutes, or after the time that is given", () =>
    Effect.gen(function* () {
      for (const [metricTimeout, limit, text] of [
        [undefined, "5 minutes", "within 5m"],
        ["10 seconds", "10 seconds", "within 10s"]
      ] as const) {
        let interrupted = 0
        const never = () => Effect.onInterrupt(Effect.never, () => Effect.sync(() => interrupted++))
        const fiber = yield* Effect.fork(
          Effect.flip(
            HyperSystem.evaluate(system, examples, never, metricTimeout === undefined ? {} : { metricTimeout })
          )
        )
        yield* TestClock.adjust(limit)
        refused(yield* Fiber.join(fiber), "MetricTimedOut", "did not settle", text, "raise metricTimeout")
        assert.strictEqual(interrupted, 1)
      }
    })
  )

  it.effect("a metric that never settles for some candidates costs them their reward, not the search its result", () =>
    Effect.gen(function* () {
      const metric = Metric.perExample((output: number, _: number) =>
        output > 0.8 ? Effect.never : Effect.succeed(-Math.abs(output - 0.2))
      )
      const fiber = yield* Effect.fork(
        HyperSystem.optimize(system, [{ input: 1, expected: 0 }], metric, { only: ["answer.lm.temperature"] }).pipe(
          Effect.provide(OptimizerEvolution.layer({ ...options, generations: 10, population: 8, learningRate: 1 }))
        )
      )
      yield* TestClock.adjust("2 hours")
      const tuned = yield* Fiber.join(fiber)
      assert.isAbove(
        tuned.history.reduce((failures, report) => failures + report.failures, 0),
        0
      )
      assert.isAbove(tuned.after, tuned.before)
      yield* unchanged
    })
  )
})

describe("options of an evaluation", () => {
  it.effect.each([
    [{ concurrency: 0 }, "concurrency is 0", "at least 1"],
    [{ concurrency: -1 }, "concurrency is -1", "at least 1"],
    [{ concurrency: 1.5 }, "concurrency is 1.5", "whole number"],
    [{ concurrency: NaN }, "concurrency is NaN", "whole number"],
    [{ seed: 0.5 }, "seed is 0.5", "whole number"],
    [{ seed: NaN }, "seed is NaN", "whole number"]
  ] as ReadonlyArray<readonly [Evaluation.Options, string, string]>)(
    "%o is refused before anything runs",
    ([overrides, thing, cure]) =>
      Effect.gen(function* () {
        runs.length = 0
        const evaluate = HyperSystem.evaluate(system, examples, mean, overrides)
        refused(yield* Effect.flip(evaluate), "InvalidOptions", "assistant", thing, cure)
        const population = HyperSystem.evaluatePopulation(system, [Candidate.defaults()], examples, mean, overrides)
        refused(yield* Effect.flip(population), "InvalidOptions", "assistant", thing, cure)
        refused(yield* Effect.flip(optimize({}, overrides)), "InvalidOptions", "assistant", thing, cure)
        assert.deepStrictEqual(runs, [])
      })
  )

  it.effect("a lifted run that is not possible says why, and what to do", () =>
    Effect.gen(function* () {
      const forced = <I>(program: HyperSystem.HyperSystem<I, unknown, unknown, Device>, input: I) =>
        Effect.flip(HyperSystem.evaluate(program, [{ input, expected: 0 }], () => 0, { mode: "lifted" }))
      const looking = HyperSystem.make("looking", {
        run: (x: Tensor.Tensor) => Effect.map(linear(x), (y) => Tensor.toNumber(Tensor.sum(y)))
      })
      const mixed = HyperSystem.make("mixed", {
        run: (x: Tensor.Tensor) => Effect.zipRight(answer(1), linear(x))
      })
      const point = Tensor.from([1, 2])
      for (const [error, why] of [
        [yield* forced(system, 1), "its input holds no tensor"],
        [yield* forced(looking, point), "looked at the elements of a tensor"],
        [yield* forced(mixed, point), "answer is more than tensor operations"]
      ] as const) {
        refused(error, "NotLiftable", "a lifted run is not possible", why, 'mode: "auto"')
      }
    }).pipe(Effect.provide(DeviceCpu.layer))
  )

  it.effect("a lifted run without a device asks for one", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(HyperSystem.evaluate(system, examples, mean, { mode: "lifted" }))
      refused(error, "NotLiftable", "there is no Device", "Provide a Device layer")
    })
  )
})

describe("options of an optimization", () => {
  it.effect.each([
    [{ population: 0 }, "population is 0"],
    [{ population: 1 }, "even integer of at least 2"],
    [{ population: 5 }, "population is 5. Use an even integer"],
    [{ population: NaN }, "population is NaN"],
    [{ population: 1, antithetic: false }, "at least 2"],
    [{ sigma: NaN }, "sigma is NaN"],
    [{ sigma: Infinity }, "sigma is Infinity"],
    [{ sigma: 0 }, "sigma is 0 in generation 0. Use a positive number"],
    [{ learningRate: NaN }, "learningRate is NaN"],
    [{ learningRate: Infinity }, "learningRate is Infinity"],
    [{ learningRate: -1 }, "learningRate is -1"],
    [{ generations: -1 }, "generations is -1. Use a whole number of at least 0"],
    [{ generations: 1.5 }, "generations is 1.5"],
    [{ generations: NaN }, "generations is NaN"],
    [{ batchSize: 0 }, "batchSize is 0. Use a whole number of at least 1"],
    [{ scoreEvery: 0 }, "scoreEvery is 0"],
    [{ evaluations: 0 }, "evaluations is 0"],
    [{ plateau: { patience: 0 } }, "plateau.patience is 0"],
    [{ target: NaN }, "target is NaN"],
    [{ seed: 0.5 }, "seed is 0.5"]
  ] as ReadonlyArray<readonly [Partial<OptimizerEvolution.Options>, string]>)(
    "%o is refused, and changes nothing",
    ([overrides, text]) =>
      Effect.gen(function* () {
        refused(yield* Effect.flip(optimize(overrides)), "InvalidOptions", text)
        yield* unchanged
      })
  )

  it.effect("a schedule that becomes unusable ends the run with the generation and the cure", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(optimize({ sigma: (generation) => (generation < 2 ? 0.1 : NaN) }))
      refused(error, "InvalidOptions", "sigma is NaN in generation 2", "Use a positive number")
      yield* unchanged
    })
  )
})

describe("names of blocks", () => {
  const known = "answer, answer.lm.temperature, answer.lm.topP"

  it.effect("an unknown block in only or freeze is refused with the names there are, wherever it is said", () =>
    Effect.gen(function* () {
      for (const selection of [{ only: ["answr"] }, { freeze: ["answr"] }, { only: ["answer", "answr"] }]) {
        refused(yield* Effect.flip(optimize({}, selection)), "UnknownBlock", "assistant", '"answr"', known)
        refused(yield* Effect.flip(optimize(selection)), "UnknownBlock", '"answr"', known, "answer.route=careful")
      }
      yield* unchanged
    })
  )

  it.effect("an unknown block to ablate is refused with the names there are", () =>
    Effect.gen(function* () {
      for (const how of ["default", "zero"] as const) {
        const error = yield* Effect.flip(HyperSystem.ablate(system, examples, mean, { block: "answer.lm.temp", how }))
        refused(
          error,
          "UnknownBlock",
          'there is no block called "answer.lm.temp"',
          "answer.lm.temperature",
          "answer.route",
          "answer.prompt"
        )
      }
    })
  )
})

describe("ablation", () => {
  it.effect("a confidence that is no share is refused before anything runs", () =>
    Effect.gen(function* () {
      for (const confidence of [0, 1, -1, NaN]) {
        runs.length = 0
        const error = yield* Effect.flip(
          HyperSystem.ablate(system, examples, mean, { block: "answer", how: "zero", confidence })
        )
        refused(error, "InvalidOptions", `assistant: confidence is ${confidence}`, "between 0 and 1")
        assert.deepStrictEqual(runs, [])
      }
    })
  )
})

describe("parameters", () => {
  it("a candidate is not given parameters outside their space: the error names block, expected and actual", () => {
    const base = Candidate.defaults()
    const start = Candidate.get(base, answer)
    const matrix = Candidate.get(base, linear)
    const refusal = (set: () => unknown): unknown => {
      try {
        set()
      } catch (error) {
        return error
      }
      return undefined
    }
    const wrong = { ...matrix, weight: Tensor.zeros([3, 3]) }
    refused(
      refusal(() => Candidate.set(base, linear, wrong)),
      "WrongShape",
      "linear",
      "[2, 2]",
      "[3, 3]"
    )
    const nan = { ...matrix, weight: Tensor.full([2, 2], NaN) }
    refused(
      refusal(() => Candidate.set(base, linear, nan)),
      "NotFinite",
      "linear",
      "NaN at index 0"
    )
    const route = { ...start, route: "slow" as "fast" }
    refused(
      refusal(() => Candidate.set(base, answer, route)),
      "UnknownChoice",
      "answer.route",
      '"fast", "careful"',
      '"slow"'
    )
    const hot = { ...start, lm: new LMParams({ temperature: 9 }, { disableValidation: true }) }
    refused(
      refusal(() => Candidate.set(base, answer, hot)),
      "OutOfBounds",
      "answer.lm.temperature",
      "from 0 to 2",
      "9"
    )
  })

  it.effect("a candidate made for another hyperfunction of the same name is refused by what does not fit", () =>
    Effect.gen(function* () {
      const other = Hyperfunction.tensor("linear", {
        params: LoRAWeight.create({ outDim: 5, inDim: 7 }),
        run: (weight, x: Tensor.Tensor) => Tensor.linear(x, weight)
      })
      const foreign = Candidate.set(Candidate.defaults(), other, Candidate.get(Candidate.defaults(), other))
      for (const mode of ["lifted", "fibers", "sequential"] as const) {
        const error = yield* Effect.flip(
          Effect.asVoid(
            HyperSystem.evaluate(
              HyperSystem.withCandidate(net, foreign),
              points([1, 2], [3, 4]),
              Metric.negativeSquaredError,
              { mode }
            )
          )
        )
        refused(error, "InvalidParameters", "linear", "[2, 2]", "[5, 7]")
      }
      const wide = Hyperfunction.make("narrow", {
        params: Params.bounded({ min: 0, max: 9, default: 1 }),
        run: (x) => Effect.succeed(x)
      })
      const narrow = Hyperfunction.make("narrow", {
        params: Params.bounded({ min: 0, max: 1, default: 1 }),
        run: (x, _: number) => Effect.succeed(x)
      })
      const box = HyperSystem.make("box", { run: narrow })
      const outside = HyperSystem.withCandidate(box, Candidate.set(Candidate.defaults(), wide, 5))
      const error = yield* Effect.flip(Effect.asVoid(HyperSystem.evaluate(outside, examples, mean)))
      refused(error, "InvalidParameters", "narrow", "from 0 to 1", "5")
    }).pipe(Effect.provide(DeviceCpu.layer))
  )
})

describe("devices", () => {
  it.effect("a memory budget that is no number is refused with the cure, and hangs nothing", () =>
    Effect.gen(function* () {
      for (const memoryBudget of [NaN, 0, -1]) {
        const error = yield* Effect.flip(
          Effect.asVoid(
            HyperSystem.evaluate(net, points([1, 2]), Metric.negativeSquaredError, { mode: "sequential" }).pipe(
              Effect.provide(DeviceCpu.layerWith({ memoryBudget }))
            )
          )
        )
        assert.include((error as Error).message, "Raise memoryBudget")
      }
    })
  )
})

describe("tensors", () => {
  it("a bias that does not fit is refused by the operation that it was given to", () => {
    const make = () => Tensor.linear(Tensor.zeros([3]), Tensor.zeros([2, 3]), Tensor.zeros([3]))
    assert.throws(make, Tensor.TensorError, "linear")
  })
})
