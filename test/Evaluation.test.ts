import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/TestClock"
import * as DeviceCpu from "../layers/DeviceCpu.js"
import * as DeviceWasm from "../layers/DeviceWasm.js"
import { Device, type DeviceError, type DeviceService } from "../services/Device.js"
import * as Candidate from "../src/Candidate.js"
import type { Options } from "../src/Evaluation.js"
import { EvaluationError } from "../src/EvaluationError.js"
import * as Example from "../src/Example.js"
import * as Hyperfunction from "../src/Hyperfunction.js"
import * as HyperSystem from "../src/HyperSystem.js"
import * as LoRAWeight from "../src/LoRAWeight.js"
import * as Metric from "../src/Metric.js"
import * as Params from "../src/Params.js"
import * as Tensor from "../src/Tensor.js"
import { seed } from "./utils/arrays.js"
import { densely, members, randomSystem } from "./utils/systems.js"

type Mode = NonNullable<Options["mode"]>

const modes: ReadonlyArray<Mode> = ["lifted", "fibers", "sequential"]

const range = (length: number): ReadonlyArray<number> => Array.from({ length }, (_, k) => k)

const hidden = Hyperfunction.tensor("hidden", {
  params: LoRAWeight.create({ outDim: 4, inDim: 2, noiseRank: 2 }),
  run: (weight, x: Tensor.Tensor) => Tensor.relu(Tensor.linear(x, weight))
})

const output = Hyperfunction.tensor("output", {
  params: LoRAWeight.create({ outDim: 1, inDim: 4, noiseRank: 1 }),
  run: (weight, x: Tensor.Tensor) => Tensor.linear(x, weight)
})

const net = (before: (x: Tensor.Tensor) => void = () => {}) =>
  HyperSystem.make("net", {
    run: (x: Tensor.Tensor) => {
      before(x)
      return Effect.flatMap(hidden(x), output)
    }
  })

const points = (count: number): ReadonlyArray<Example.Example<Tensor.Tensor, Tensor.Tensor>> =>
  range(count).map((k) => Example.make(Tensor.from([Math.sin(k), Math.cos(3 * k)]), Tensor.from([Math.sin(2 * k)])))

const gain = Hyperfunction.make("gain", {
  params: Params.unbounded({ default: 1 }),
  run: (gain, n: number) => Effect.succeed(gain * n)
})

class Scale extends Context.Tag("test/Scale")<Scale, number>() {}

const first = (outputs: ReadonlyArray<number>): number => outputs[0]

const total = (outputs: ReadonlyArray<number>): number => outputs.reduce((sum, output) => sum + output, 0)

const withGains = (gains: ReadonlyArray<number>): ReadonlyArray<Candidate.Candidate> =>
  gains.map((value) => Candidate.set(Candidate.defaults(), gain, value))

/** A device that says when it launches. */
const watched = (device: DeviceService, onLaunch: (candidates: number, rows: number) => void): DeviceService => ({
  ...device,
  launch: (launch) =>
    Effect.suspend(() => {
      onLaunch(launch.candidates, launch.rows)
      return device.launch(launch)
    })
})

/** Lets everything that can run do so, flushes of batches included. */
const settle = Effect.repeatN(
  Effect.async<void>((resume) => {
    setImmediate(() => resume(Effect.void))
  }),
  5
)

const refused = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<EvaluationError, A, R> =>
  Effect.map(Effect.flip(self), (error) => {
    if (error instanceof EvaluationError) return error
    return assert.fail(`${error}`)
  })

describe("Evaluation", () => {
  describe("one meaning, three speeds", () => {
    it.effect.prop(
      "lifted, fibers and sequential give the same bits for random programs of tensors, on either device",
      { seed },
      ({ seed }) =>
        Effect.gen(function* () {
          const { candidates, examples, metric, system } = yield* randomSystem(seed, "tensors")
          const rewards = (mode: Mode) =>
            Effect.map(
              HyperSystem.evaluatePopulation(system, candidates, examples, metric, { mode }),
              ({ rewards, work }) => {
                if (mode !== "auto") assert.deepStrictEqual([...work.modes], [mode])
                return rewards
              }
            )
          const expected = yield* Effect.provide(rewards("sequential"), DeviceCpu.layer)
          assert.isTrue(expected.every(Number.isFinite))
          for (const device of [DeviceCpu.layer, DeviceWasm.layer]) {
            for (const mode of [...modes, "auto" as const]) {
              assert.deepStrictEqual(yield* Effect.provide(rewards(mode), device), expected, mode)
            }
          }
        }),
      { fastCheck: { numRuns: 40 } }
    )

    it.effect.prop(
      "fibers, sequential and the automatic choice give the same bits for random programs that branch, loop and draw",
      { seed },
      ({ seed }) =>
        Effect.gen(function* () {
          const { candidates, examples, metric, system } = yield* randomSystem(seed, "mixed")
          const rewards = (mode: Mode) =>
            Effect.map(
              HyperSystem.evaluatePopulation(system, candidates, examples, metric, { mode, seed }),
              ({ rewards }) => rewards
            )
          const expected = yield* Effect.provide(rewards("sequential"), DeviceCpu.layer)
          for (const device of [DeviceCpu.layer, DeviceWasm.layer]) {
            for (const mode of ["auto", "auto", "fibers", "sequential"] as const) {
              assert.deepStrictEqual(yield* Effect.provide(rewards(mode), device), expected, mode)
            }
          }
        }),
      { fastCheck: { numRuns: 40 } }
    )

    it.effect.prop(
      "outputs are those of running the program by hand",
      { seed },
      ({ seed }) =>
        Effect.gen(function* () {
          const kind = seed % 2 === 0 ? "tensors" : "mixed"
          const { candidates, examples, metric, system } = yield* randomSystem(seed, kind, { draws: false })
          const candidate = candidates[candidates.length - 1]
          const shown = ({
            again,
            number,
            rest,
            tag,
            value
          }: typeof system extends HyperSystem.HyperSystem<never, infer O, unknown, unknown> ? O : never) => ({
            number,
            tag,
            tensors: [value, again, ...rest].map((tensor) => ({
              shape: [...tensor.shape],
              data: Tensor.toTypedArray(tensor)
            }))
          })
          const byHand = yield* Effect.forEach(examples, ({ input }) =>
            Candidate.provide(system.program(input), candidate)
          )
          for (const mode of ["auto", "fibers", "sequential"] as const) {
            const { outputs } = yield* HyperSystem.evaluate(
              HyperSystem.withCandidate(system, candidate),
              examples,
              metric,
              { mode }
            )
            assert.deepStrictEqual(
              outputs.map((exit) => shown(Exit.getOrElse(exit, () => assert.fail("an example failed")))),
              byHand.map(shown)
            )
          }
        }).pipe(Effect.provide(DeviceWasm.layer)),
      { fastCheck: { numRuns: 40 } }
    )

    it.effect.prop(
      "a population has the scores of that many evaluations",
      { seed },
      ({ seed }) =>
        Effect.gen(function* () {
          const kind = seed % 2 === 0 ? "tensors" : "mixed"
          const { candidates, examples, metric, system } = yield* randomSystem(seed, kind)
          const { rewards } = yield* HyperSystem.evaluatePopulation(system, candidates, examples, metric, { seed })
          const scores = yield* Effect.forEach(candidates, (candidate) =>
            HyperSystem.evaluate(HyperSystem.withCandidate(system, candidate), examples, metric, { seed })
          )
          assert.deepStrictEqual(
            rewards,
            scores.map(({ score }) => score)
          )
        }).pipe(Effect.provide(DeviceWasm.layer)),
      { fastCheck: { numRuns: 40 } }
    )

    it.effect.prop(
      "rewards do not depend on concurrency, and follow their candidates",
      { seed },
      ({ seed }) =>
        Effect.gen(function* () {
          const { candidates, examples, metric, system } = yield* randomSystem(seed, "mixed")
          const rewards = (options: Options, of = candidates) =>
            Effect.map(HyperSystem.evaluatePopulation(system, of, examples, metric, options), ({ rewards }) => rewards)
          const expected = yield* rewards({ mode: "fibers", concurrency: 4096 })
          for (const concurrency of [1, 2, 7]) {
            assert.deepStrictEqual(yield* rewards({ mode: "fibers", concurrency }), expected)
          }
          const reversed = yield* rewards({ concurrency: 16 }, [...candidates].reverse())
          assert.deepStrictEqual([...reversed].reverse(), expected)
          const repeated = yield* rewards({}, [...candidates, candidates[0]])
          assert.deepStrictEqual(repeated, [...expected, expected[0]])
        }).pipe(Effect.provide(DeviceWasm.layer)),
      { fastCheck: { numRuns: 25 } }
    )

    it.effect.prop(
      "outputs follow their examples",
      { seed },
      ({ seed }) =>
        Effect.gen(function* () {
          const { candidates, examples, metric, system } = yield* randomSystem(seed, "mixed", { draws: false })
          const numbers = (of: typeof examples) =>
            Effect.map(
              HyperSystem.evaluate(HyperSystem.withCandidate(system, candidates[0]), of, metric),
              ({ outputs }) =>
                outputs.map((exit) => {
                  const { value } = Exit.getOrElse(exit, () => assert.fail("an example failed"))
                  return Array.from(Tensor.toTypedArray(value))
                })
            )
          const reversed = yield* numbers([...examples].reverse())
          assert.deepStrictEqual([...reversed].reverse(), yield* numbers(examples))
        }).pipe(Effect.provide(DeviceWasm.layer)),
      { fastCheck: { numRuns: 25 } }
    )

    it.effect("rewards do not depend on the memory budget as long as a single run fits", () =>
      Effect.gen(function* () {
        const wide = Hyperfunction.tensor("wide", {
          params: Params.struct({ weight: LoRAWeight.create({ outDim: 16, inDim: 12 }), bias: Params.vector(16) }),
          run: ({ bias, weight }, x: Tensor.Tensor) => Tensor.tanh(Tensor.linear(x, weight, bias))
        })
        const examples = range(9).map((k) => Example.make(Tensor.full([12], Math.sin(k)), 0))
        const metric = Metric.perExample((value: Tensor.Tensor) => Tensor.sum(value))
        const pairs = yield* members([wide], { population: 24, seed: 3 })
        const dense = pairs.map((candidate) => densely(candidate, wide))
        const budgets = [1500, 2000, 3000, 4000, 6000, 8000, 12_000, 20_000, 40_000]
        for (const candidates of [pairs, dense, [...dense, ...pairs]]) {
          const rewards = (mode: Mode, memoryBudget: number) =>
            HyperSystem.evaluatePopulation(
              HyperSystem.make("wide", { run: (x: Tensor.Tensor) => wide(x) }),
              candidates,
              examples,
              metric,
              { mode }
            ).pipe(
              Effect.map(({ rewards }) => rewards),
              Effect.provide(DeviceWasm.layerWith({ memoryBudget }))
            )
          const expected = yield* rewards("sequential", 2 ** 22)
          let fitted = 0
          for (const budget of budgets) {
            if (Exit.isFailure(yield* Effect.exit(rewards("sequential", budget)))) continue
            fitted++
            for (const mode of ["auto", "fibers", ...(budget < 6000 ? [] : ["lifted" as const])] as const) {
              assert.deepStrictEqual(yield* rewards(mode, budget), expected, `${mode} in ${budget} bytes`)
            }
          }
          assert.isAtLeast(fitted, 4)
        }
      })
    )

    it.effect("a population is cut into launches that fit the memory budget", () =>
      Effect.gen(function* () {
        const candidates = yield* members([hidden, output], { population: 64, seed: 1 })
        const evaluated = (memoryBudget: number) =>
          HyperSystem.evaluatePopulation(net(), candidates, points(50), Metric.negativeSquaredError).pipe(
            Effect.provide(DeviceWasm.layerWith({ memoryBudget }))
          )
        const [large, small] = [yield* evaluated(2 ** 24), yield* evaluated(16 * 1024)]
        assert.strictEqual(large.work.launches, 1)
        assert.isAbove(small.work.launches, 1)
        assert.deepStrictEqual([...small.work.modes], ["lifted"])
        assert.deepStrictEqual(small.rewards, large.rewards)
      })
    )

    it.effect("examples of several shapes are lifted by shape, in any order", () =>
      Effect.gen(function* () {
        const shapes = [[2], [3, 2], [2], [1, 2], [3, 2], [2, 2, 2]]
        const examples = shapes.map((shape, k) => Example.make(Tensor.full(shape, k), k))
        const metric = Metric.perExample((value: Tensor.Tensor) => Tensor.mean(value))
        const candidates = yield* members([hidden, output], { population: 6, seed: 1 })
        const evaluated = (mode: Mode) => HyperSystem.evaluatePopulation(net(), candidates, examples, metric, { mode })
        const lifted = yield* evaluated("auto")
        assert.deepStrictEqual([...lifted.work.modes], ["lifted"])
        assert.isAtMost(lifted.work.launches, 6)
        for (const mode of modes) assert.deepStrictEqual((yield* evaluated(mode)).rewards, lifted.rewards)
      }).pipe(Effect.provide(DeviceWasm.layer))
    )

    it.effect("a group of examples shares what stands beside its tensors, to the last kind of value", () =>
      Effect.gen(function* () {
        const values: ReadonlyArray<unknown> = [
          NaN,
          Infinity,
          -Infinity,
          0,
          -0,
          1,
          "1",
          1n,
          2n,
          null,
          undefined,
          "null",
          true,
          "a:1,b",
          Symbol("s"),
          Symbol("s")
        ]
        const examples = values.map((beside, k) => Example.make({ x: Tensor.from([k, 1]), beside }, beside))
        const system = HyperSystem.make("beside", {
          run: ({ beside, x }: { readonly x: Tensor.Tensor; readonly beside: unknown }) =>
            Effect.map(hidden(x), (value) => ({ value, beside }))
        })
        const kept = (outputs: ReadonlyArray<{ readonly beside: unknown }>, expected: ReadonlyArray<unknown>) =>
          total(outputs.map(({ beside }, k) => (Object.is(beside, expected[k]) ? 1 : 0)))
        for (const mode of [...modes, "auto" as const]) {
          const { score } = yield* HyperSystem.evaluate(system, examples, kept, { mode })
          assert.strictEqual(score, values.length, mode)
        }
      }).pipe(Effect.provide(DeviceWasm.layer))
    )

    it.effect("keys of inputs do not run into each other", () =>
      Effect.gen(function* () {
        const x = Tensor.from([1, 2])
        const inputs: ReadonlyArray<Readonly<Record<string, unknown>>> = [
          { x, a: 1, b: 2 },
          { x, "a:number:1,b": 2 },
          { x, "a:number:1,b:number:2": 0 },
          { x, a: [1, 2] },
          { x, a: { 0: 1, 1: 2 } },
          { x, a: "[number:1,number:2]" }
        ]
        const system = HyperSystem.make("keys", {
          run: (input: Readonly<Record<string, unknown>>) =>
            Effect.map(hidden(input.x as Tensor.Tensor), (value) => ({
              value,
              keys: JSON.stringify({ ...input, x: 0 })
            }))
        })
        const examples = inputs.map((input) => Example.make(input, JSON.stringify({ ...input, x: 0 })))
        const { score } = yield* HyperSystem.evaluate(
          system,
          examples,
          (outputs, expected) => total(outputs.map(({ keys }, k) => (keys === expected[k] ? 1 : 0))),
          { mode: "lifted" }
        )
        assert.strictEqual(score, inputs.length)
      }).pipe(Effect.provide(DeviceWasm.layer))
    )

    it.effect("a metric over lists, one per example and one that is an effect give the same score", () =>
      Effect.gen(function* () {
        const error = (value: Tensor.Tensor, expected: Tensor.Tensor) => {
          const difference = Tensor.sub(value, expected)
          return Tensor.neg(Tensor.mean(Tensor.mul(difference, difference)))
        }
        const number = (value: Tensor.Tensor, expected: Tensor.Tensor) => Tensor.toNumber(error(value, expected))
        const lists = (values: ReadonlyArray<Tensor.Tensor>, expected: ReadonlyArray<Tensor.Tensor>) =>
          total(values.map((value, k) => number(value, expected[k]))) / values.length
        const candidates = yield* members([hidden, output], { population: 4, seed: 1 })
        const expected = yield* HyperSystem.evaluatePopulation(net(), candidates, points(7), lists)
        const metrics: ReadonlyArray<Metric.Metric<Tensor.Tensor, Tensor.Tensor, number | Effect.Effect<number>>> = [
          Metric.negativeSquaredError,
          Metric.perExample(error),
          Metric.perExample((value: Tensor.Tensor, expected: Tensor.Tensor) => number(value, expected)),
          Metric.perExample((value: Tensor.Tensor, expected: Tensor.Tensor) =>
            Effect.sync(() => number(value, expected))
          ),
          (values: ReadonlyArray<Tensor.Tensor>, expected: ReadonlyArray<Tensor.Tensor>) =>
            Effect.map(Effect.yieldNow(), () => lists(values, expected))
        ]
        for (const metric of metrics) {
          for (const mode of modes) {
            const { rewards } = yield* HyperSystem.evaluatePopulation(net(), candidates, points(7), metric, { mode })
            assert.deepStrictEqual(rewards, expected.rewards)
          }
        }
      }).pipe(Effect.provide(DeviceWasm.layer))
    )

    it.effect("a program of plain numbers runs without a device", () =>
      Effect.gen(function* () {
        const system = HyperSystem.make("plain", { run: (n: number) => gain(n) })
        const examples = [1, 2, 3].map((n) => Example.make(n, 0))
        const candidates = withGains([0, 1, 2.5])
        for (const mode of ["auto", "fibers", "sequential"] as const) {
          const { rewards, work } = yield* HyperSystem.evaluatePopulation(system, candidates, examples, total, { mode })
          assert.deepStrictEqual(rewards, [0, 6, 15])
          assert.strictEqual(work.launches, 0)
        }
      })
    )
  })

  describe("the choice of a form", () => {
    const evaluated = <I, O, E, R>(
      run: (x: Tensor.Tensor) => Effect.Effect<O, E, R>,
      examples: ReadonlyArray<Example.Example<I & Tensor.Tensor, unknown>>
    ) => HyperSystem.evaluate(HyperSystem.make("system", { run }), examples, () => 0)

    it.effect("programs of tensors alone are lifted, in one launch", () =>
      Effect.gen(function* () {
        const candidates = yield* members([hidden, output], { population: 8, seed: 1 })
        const { work } = yield* HyperSystem.evaluatePopulation(
          net(),
          candidates,
          points(10),
          Metric.negativeSquaredError
        )
        assert.deepStrictEqual(
          { ...work, modes: [...work.modes] },
          { modes: ["lifted"], launches: 1, calls: 8 * 10 * 2, divergences: [] }
        )
      }).pipe(Effect.provide(DeviceWasm.layer))
    )

    it.effect("a hyperfunction that is called twice counts twice", () =>
      Effect.gen(function* () {
        const system = HyperSystem.make("twice", {
          run: (x: Tensor.Tensor) => Effect.zipWith(hidden(x), hidden(Tensor.neg(x)), Tensor.add)
        })
        const calls = (mode: Mode) =>
          Effect.map(
            HyperSystem.evaluate(system, points(3), () => 0, { mode }),
            ({ work }) => work.calls
          )
        for (const mode of modes) assert.strictEqual(yield* calls(mode), 6)
      }).pipe(Effect.provide(DeviceWasm.layer))
    )

    it.effect("what keeps examples from being lifted is said", () =>
      Effect.gen(function* () {
        const reasons: ReadonlyArray<
          readonly [string, (x: Tensor.Tensor) => Effect.Effect<unknown, Tensor.TensorError | DeviceError, Device>]
        > = [
          ["looked at the elements", (x) => Effect.map(hidden(x), (value) => Tensor.toTypedArray(value)[0] > 0)],
          ["looked at the elements", (x) => Effect.sync(() => Tensor.toNumber(Tensor.sum(x)))],
          ["gain is more than tensor operations", () => gain(1)],
          ["draws random numbers", (x) => Effect.flatMap(Random.next, (n) => hidden(Tensor.mul(x, n)))],
          ["draws random numbers", (x) => Effect.flatMap(Random.shuffle([1, 2]), ([n]) => hidden(Tensor.mul(x, n)))],
          ["policy", (x) => Effect.orDie(Hyperfunction.withTimeout(hidden, "1 hour")(x))],
          ["policy", (x) => Hyperfunction.withRetry(hidden, Schedule.recurs(1))(x)]
        ]
        for (const [reason, run] of reasons) {
          const { work } = yield* evaluated(run, points(2))
          assert.deepStrictEqual([...work.modes], ["fibers"])
          assert.strictEqual(work.divergences.length, 1)
          assert.include(work.divergences[0], reason)
        }
      }).pipe(Effect.provide(DeviceWasm.layer))
    )

    it.effect("inputs without a tensor go to the fibers", () =>
      Effect.gen(function* () {
        const system = HyperSystem.make("made inside", { run: (n: number) => hidden(Tensor.from([n, 1])) })
        const { work } = yield* HyperSystem.evaluate(system, [Example.make(1, 0), Example.make(2, 0)], () => 0)
        assert.deepStrictEqual([...work.modes], ["fibers"])
        assert.deepStrictEqual(work.divergences, ["its input holds no tensor"])
      }).pipe(Effect.provide(DeviceWasm.layer))
    )

    it.effect("groups that can be lifted are, beside others that cannot", () =>
      Effect.gen(function* () {
        const system = HyperSystem.make("by shape", {
          run: (x: Tensor.Tensor) =>
            Effect.flatMap(hidden(x), (value) =>
              x.shape.length === 1 && Tensor.toTypedArray(value)[0] > 0 ? output(Tensor.neg(value)) : output(value)
            )
        })
        const examples = range(8).map((k) => Example.make(Tensor.full(k % 2 === 0 ? [2] : [1, 2], k - 3), 0))
        const candidates = yield* members([hidden, output], { population: 4, seed: 1 })
        const metric = Metric.perExample((value: Tensor.Tensor) => Tensor.sum(value))
        const mixed = yield* HyperSystem.evaluatePopulation(system, candidates, examples, metric)
        assert.deepStrictEqual([...mixed.work.modes].sort(), ["fibers", "lifted"])
        assert.strictEqual(mixed.work.divergences.length, 1)
        const alone = yield* HyperSystem.evaluatePopulation(system, candidates, examples, metric, {
          mode: "sequential"
        })
        assert.deepStrictEqual(mixed.rewards, alone.rewards)
      }).pipe(Effect.provide(DeviceWasm.layer))
    )

    it.effect("many shapes with few examples each go to the fibers, and the reason is given", () =>
      Effect.gen(function* () {
        const examples = range(12).map((k) => Example.make(Tensor.zeros([k + 1, 2]), 0))
        const { work } = yield* evaluated((x) => hidden(x), examples)
        assert.deepStrictEqual([...work.modes], ["fibers"])
        assert.strictEqual(work.divergences.length, 1)
      }).pipe(Effect.provide(DeviceWasm.layer))
    )

    it.effect("what is expected keeps no examples from being lifted, however it is written", () =>
      Effect.gen(function* () {
        const candidates = yield* members([hidden, output], { population: 4, seed: 1 })
        const inputs = points(40).map(({ input }) => input)
        const metric = Metric.perExample((value: Tensor.Tensor, expected: number | string) =>
          Tensor.neg(Tensor.abs(Tensor.sub(Tensor.sum(value), Number(expected))))
        )
        for (const [expected, launches] of [
          [(k: number) => k / 7, 1],
          [(k: number) => `${k % 3}`, 3],
          [() => 1, 1]
        ] as const) {
          const examples = inputs.map((input, k) => Example.make(input, expected(k)))
          const { rewards, work } = yield* HyperSystem.evaluatePopulation(net(), candidates, examples, metric)
          assert.deepStrictEqual([...work.modes], ["lifted"])
          assert.strictEqual(work.launches, launches)
          const alone = yield* HyperSystem.evaluatePopulation(net(), candidates, examples, metric, {
            mode: "sequential"
          })
          assert.deepStrictEqual(rewards, alone.rewards)
        }
      }).pipe(Effect.provide(DeviceWasm.layer))
    )

    it.effect("of many shapes those that many examples have are lifted", () =>
      Effect.gen(function* () {
        const examples = [
          ...range(10).map((k) => Example.make(Tensor.zeros([k + 1, 2]), 0)),
          ...range(30).map((k) => Example.make(Tensor.full([2], k), 0))
        ]
        const { work } = yield* evaluated((x) => hidden(x), examples)
        assert.deepStrictEqual([...work.modes].sort(), ["fibers", "lifted"])
        assert.strictEqual(work.divergences.length, 1)
      }).pipe(Effect.provide(DeviceWasm.layer))
    )

    it.effect("a divergence is found once for a shape, whatever is expected of its examples", () =>
      Effect.gen(function* () {
        let runs = 0
        const system = HyperSystem.make("labelled", {
          run: (x: Tensor.Tensor) => {
            runs++
            return Effect.map(hidden(x), (value) => Tensor.toNumber(Tensor.sum(value)))
          }
        })
        const examples = points(6).map(({ input }, k) => Example.make(input, ["a", "b", "c"][k % 3]))
        const metric = Metric.perExample((value: number, expected: string) => (expected === "a" ? value : 0))
        yield* HyperSystem.evaluate(system, examples, metric)
        assert.strictEqual(runs, 7)
      }).pipe(Effect.provide(DeviceWasm.layer))
    )

    it.effect("a lifted run that is asked for and not possible is refused with the reason", () =>
      Effect.gen(function* () {
        const system = HyperSystem.make("looking", {
          run: (x: Tensor.Tensor) => Effect.sync(() => Tensor.toNumber(Tensor.sum(x)))
        })
        const lifted = HyperSystem.evaluate(system, points(2), total, { mode: "lifted" })
        const error = yield* refused(Effect.provide(lifted, DeviceWasm.layer))
        assert.strictEqual(error.reason, "NotLiftable")
        assert.include(error.message, "looked at the elements")
        assert.strictEqual((yield* refused(lifted)).reason, "NotLiftable")
      })
    )

    it.effect("a divergence is remembered: later evaluations do not try again", () =>
      Effect.gen(function* () {
        let runs = 0
        const system = HyperSystem.make("remembered", {
          run: (x: Tensor.Tensor) => {
            runs++
            return Effect.map(hidden(x), (value) => Tensor.toNumber(Tensor.sum(value)))
          }
        })
        yield* HyperSystem.evaluate(system, points(5), total)
        assert.strictEqual(runs, 6)
        const again = yield* HyperSystem.evaluate(system, points(5), total)
        assert.strictEqual(runs, 11)
        assert.strictEqual(again.work.divergences.length, 1)
        yield* HyperSystem.evaluate(HyperSystem.withCandidate(system, Candidate.defaults()), points(5), total)
        assert.strictEqual(runs, 16)
        yield* HyperSystem.evaluate(system, [Example.make(Tensor.zeros([1, 2]), Tensor.zeros([1]))], total)
        assert.strictEqual(runs, 18)
      }).pipe(Effect.provide(DeviceWasm.layer))
    )

    it.effect("a lifted program runs once for a group, however many candidates there are", () =>
      Effect.gen(function* () {
        let runs = 0
        const candidates = yield* members([hidden, output], { population: 10, seed: 1 })
        const system = net(() => runs++)
        yield* HyperSystem.evaluatePopulation(system, candidates, points(5), Metric.negativeSquaredError)
        assert.strictEqual(runs, 1)
      }).pipe(Effect.provide(DeviceWasm.layer))
    )

    it.effect("a program that handles every defect of its own still diverges", () =>
      Effect.gen(function* () {
        const system = HyperSystem.make("stubborn", {
          run: (x: Tensor.Tensor) =>
            Effect.map(hidden(x), (value) => Tensor.toNumber(Tensor.sum(value))).pipe(
              Effect.catchAllCause(() => Effect.succeed(-1))
            )
        })
        const scores = yield* Effect.forEach(["auto", "sequential"] as const, (mode) =>
          Effect.map(HyperSystem.evaluate(system, points(3), total, { mode }), ({ score }) => score)
        )
        assert.strictEqual(scores[0], scores[1])
        assert.notStrictEqual(scores[0], -3)
      }).pipe(Effect.provide(DeviceWasm.layer))
    )
  })

  describe("batching", () => {
    it.effect("32 candidates on 200 examples in 2 stages are 2 launches a chunk", () =>
      Effect.gen(function* () {
        const candidates = yield* members([hidden, output], { population: 32, seed: 1 })
        const evaluated = (concurrency: number) =>
          HyperSystem.evaluatePopulation(net(), candidates, points(200), Metric.negativeSquaredError, {
            mode: "fibers",
            concurrency
          })
        const whole = yield* evaluated(6400)
        assert.strictEqual(whole.work.launches, 2)
        assert.strictEqual(whole.work.calls, 12_800)
        const chunked = yield* evaluated(1600)
        assert.strictEqual(chunked.work.launches, 8)
        assert.strictEqual(chunked.work.calls, 12_800)
        assert.deepStrictEqual(chunked.rewards, whole.rewards)
      }).pipe(Effect.provide(DeviceWasm.layer))
    )

    it.effect("loops whose length depends on the data meet wave by wave", () =>
      Effect.gen(function* () {
        const system = HyperSystem.make("loop", {
          run: (x: Tensor.Tensor) =>
            Effect.reduce(range(Tensor.toTypedArray(x)[0]), x, (value) =>
              Effect.map(hidden(value), (wide) => Tensor.slice(wide, { start: 0, length: 2 }))
            )
        })
        const examples = [1, 3, 2, 4, 1].map((times) => Example.make(Tensor.from([times, 1]), 0))
        const candidates = yield* members([hidden], { population: 4, seed: 1 })
        const metric = Metric.perExample((value: Tensor.Tensor) => Tensor.sum(value))
        const { rewards, work } = yield* HyperSystem.evaluatePopulation(system, candidates, examples, metric)
        assert.strictEqual(work.launches, 4)
        assert.strictEqual(work.calls, 4 * 11)
        const alone = yield* HyperSystem.evaluatePopulation(system, candidates, examples, metric, {
          mode: "sequential"
        })
        assert.strictEqual(alone.work.launches, 4 * 11)
        assert.deepStrictEqual(rewards, alone.rewards)
      }).pipe(Effect.provide(DeviceWasm.layer))
    )

    it.effect("calls of different hyperfunctions that wait together are a launch each", () =>
      Effect.gen(function* () {
        const wide = Hyperfunction.tensor("wide", {
          params: LoRAWeight.create({ outDim: 4, inDim: 2 }),
          run: (weight, x: Tensor.Tensor) => Tensor.tanh(Tensor.linear(x, weight))
        })
        const system = HyperSystem.make("branch", {
          run: (x: Tensor.Tensor) => (Tensor.toTypedArray(x)[0] > 0 ? hidden(x) : wide(x))
        })
        const candidates = yield* members([hidden, wide], { population: 4, seed: 1 })
        const examples = [-1, 1, -2, 2, 3].map((n) => Example.make(Tensor.from([n, 1]), 0))
        const { work } = yield* HyperSystem.evaluatePopulation(system, candidates, examples, () => 0)
        assert.strictEqual(work.launches, 2)
        assert.strictEqual(work.calls, 20)
      }).pipe(Effect.provide(DeviceWasm.layer))
    )

    it.effect("concurrent calls inside a run meet too", () =>
      Effect.gen(function* () {
        const system = HyperSystem.make("concurrent", {
          run: (x: Tensor.Tensor) =>
            Effect.all([hidden(x), hidden(Tensor.neg(x)), hidden(Tensor.mul(x, 2))], { concurrency: "unbounded" })
        })
        const { work } = yield* HyperSystem.evaluate(system, points(5), () => 0, { mode: "fibers" })
        assert.strictEqual(work.calls, 15)
        assert.isAtMost(work.launches, 3)
      }).pipe(Effect.provide(DeviceWasm.layer))
    )

    it.effect("thousands of runs that never wait are fine", () =>
      Effect.gen(function* () {
        const system = HyperSystem.make("at once", { run: (n: number) => gain(n) })
        const examples = range(20_000).map((n) => Example.make(n, 0))
        const { score } = yield* HyperSystem.evaluate(system, examples, total, { concurrency: 20_000 })
        assert.strictEqual(score, (20_000 * 19_999) / 2)
        const few = yield* HyperSystem.evaluate(system, examples, total, { concurrency: 3 })
        assert.strictEqual(few.score, score)
      })
    )

    it.effect("no more runs than the concurrency are under way", () =>
      Effect.gen(function* () {
        let [now, most] = [0, 0]
        const system = HyperSystem.make("busy", {
          run: (n: number) =>
            Effect.acquireUseRelease(
              Effect.sync(() => {
                most = Math.max(most, ++now)
              }),
              () => Effect.zipRight(settle, Effect.succeed(n)),
              () => Effect.sync(() => now--)
            )
        })
        const examples = range(20).map((n) => Example.make(n, 0))
        yield* HyperSystem.evaluatePopulation(system, withGains([1, 2, 3]), examples, total, { concurrency: 7 })
        assert.strictEqual(most, 7)
        assert.strictEqual(now, 0)
      })
    )
  })

  describe("calls that depend on no tuned parameter", () => {
    const counted = <P, A>(
      name: string,
      params: Parameters<typeof Hyperfunction.make<P, [number], A>>[1]["params"],
      run: (params: P, n: number) => A
    ) => {
      const calls: Array<number> = []
      const hyperfunction = Hyperfunction.make(name, {
        params,
        run: (params: P, n: number) =>
          Effect.map(Effect.yieldNow(), () => {
            calls.push(n)
            return run(params, n)
          })
      })
      return { calls, hyperfunction }
    }

    it.effect("run once for an example, whatever the number of candidates", () =>
      Effect.gen(function* () {
        const { calls, hyperfunction: lookUp } = counted("lookUp", Params.none, (_, n) => n * n)
        const system = HyperSystem.make("shared", { run: (n: number) => Effect.flatMap(lookUp(n), gain) })
        const examples = [1, 2, 3].map((n) => Example.make(n, 0))
        for (const mode of ["fibers", "sequential"] as const) {
          calls.length = 0
          const { rewards } = yield* HyperSystem.evaluatePopulation(system, withGains([1, 2, 3, 4]), examples, total, {
            mode
          })
          assert.deepStrictEqual(rewards, [14, 28, 42, 56])
          assert.deepStrictEqual([...calls].sort(), [1, 2, 3])
        }
      })
    )

    it.effect("run again for other arguments, which may depend on a tuned parameter", () =>
      Effect.gen(function* () {
        const { calls, hyperfunction: square } = counted("square", Params.none, (_, n) => n * n)
        const system = HyperSystem.make("after", { run: (n: number) => Effect.flatMap(gain(n), square) })
        const { rewards } = yield* HyperSystem.evaluatePopulation(
          system,
          withGains([1, 2, 2, 3]),
          [Example.make(1, 0)],
          total
        )
        assert.deepStrictEqual(rewards, [1, 4, 4, 9])
        assert.deepStrictEqual([...calls].sort(), [1, 2, 3])
      })
    )

    it.effect("tell arguments apart that only look the same", () =>
      Effect.gen(function* () {
        const inverse = Hyperfunction.make("inverse", {
          params: Params.none,
          run: (_, n: number) => Effect.succeed(1 / n)
        })
        const system = HyperSystem.make("signs", {
          run: (n: number) => Effect.map(Effect.flatMap(gain(n), inverse), (value) => (value === Infinity ? 1 : 2))
        })
        const { rewards } = yield* HyperSystem.evaluatePopulation(
          system,
          withGains([1, -1]),
          [Example.make(0, 0)],
          total
        )
        assert.deepStrictEqual(rewards, [1, 2])
      })
    )

    it.effect("run for each candidate when they call a tuned hyperfunction, however deep inside", () =>
      Effect.gen(function* () {
        const inner = Hyperfunction.make("inner", { params: Params.none, run: (_, n: number) => gain(n) })
        const middle = Hyperfunction.make("middle", { params: Params.none, run: (_, n: number) => inner(n) })
        const outer = Hyperfunction.make("outer", {
          params: Params.none,
          run: (_, n: number) => Effect.map(middle(n), (value) => value + 1)
        })
        const examples = [1, 2].map((n) => Example.make(n, 0))
        for (const call of [inner, middle, outer]) {
          const system = HyperSystem.make("nested", { run: (n: number) => call(n) })
          for (const mode of ["fibers", "sequential"] as const) {
            const plus = call === outer ? 2 : 0
            const { rewards } = yield* HyperSystem.evaluatePopulation(system, withGains([1, 2, 5]), examples, total, {
              mode
            })
            assert.deepStrictEqual(rewards, [3 + plus, 6 + plus, 15 + plus])
          }
        }
      })
    )

    it.effect("share what lies inside a call that cannot be shared", () =>
      Effect.gen(function* () {
        const { calls, hyperfunction: lookUp } = counted("lookUp", Params.none, (_, n) => n)
        const outer = Hyperfunction.make("outer", {
          params: Params.none,
          run: (_, n: number) => Effect.flatMap(lookUp(n), gain)
        })
        const system = HyperSystem.make("partly", { run: (n: number) => outer(n) })
        const { rewards } = yield* HyperSystem.evaluatePopulation(
          system,
          withGains([1, 2, 3]),
          [Example.make(7, 0)],
          total
        )
        assert.deepStrictEqual(rewards, [7, 14, 21])
        assert.deepStrictEqual(calls, [7])
      })
    )

    it.effect("made twice in one run are made twice, and shared one by one", () =>
      Effect.gen(function* () {
        let made = 0
        const next = Hyperfunction.make("next", {
          params: Params.none,
          run: () => Effect.sync(() => ++made)
        })
        const system = HyperSystem.make("twice", {
          run: (n: number) =>
            Effect.gen(function* () {
              const [a, b] = [yield* next(), yield* next()]
              return yield* gain(n + 10 * a + 100 * b)
            })
        })
        const { rewards } = yield* HyperSystem.evaluatePopulation(
          system,
          withGains([1, 2, 3]),
          [Example.make(0, 0)],
          total
        )
        assert.strictEqual(made, 2)
        assert.deepStrictEqual(rewards, [210, 420, 630])
      })
    )

    it.effect("share their failures too", () =>
      Effect.gen(function* () {
        let tries = 0
        const broken = Hyperfunction.make("broken", {
          params: Params.none,
          run: (_, n: number) =>
            Effect.suspend(() => {
              tries++
              return n === 1 ? Effect.fail("no" as const) : Effect.succeed(n)
            })
        })
        const system = HyperSystem.make("failing", {
          run: (n: number) =>
            Effect.flatMap(
              Effect.catchAll(broken(n), () => Effect.succeed(100)),
              gain
            )
        })
        const { rewards } = yield* HyperSystem.evaluatePopulation(
          system,
          withGains([1, 2, 3]),
          [Example.make(1, 0), Example.make(2, 0)],
          total
        )
        assert.deepStrictEqual(rewards, [102, 204, 306])
        assert.strictEqual(tries, 2)
      })
    )

    it.effect("that were interrupted in one run are made again in the others", () =>
      Effect.gen(function* () {
        let tries = 0
        const begun = yield* Deferred.make<void>()
        const slow = Hyperfunction.make("slow", {
          params: Params.none,
          run: (_, n: number) =>
            Effect.suspend(() =>
              ++tries === 1
                ? Effect.zipRight(Deferred.succeed(begun, undefined), Effect.never)
                : Effect.zipRight(settle, Effect.succeed(n))
            )
        })
        const system = HyperSystem.make("raced", {
          run: (n: number) =>
            Effect.flatMap(gain(1), (own) =>
              own === 1
                ? Effect.race(slow(n), Effect.as(settle, -1))
                : Effect.zipRight(
                    Deferred.await(begun),
                    Effect.map(slow(n), (value) => value * own)
                  )
            )
        })
        const { rewards } = yield* HyperSystem.evaluatePopulation(
          system,
          withGains([1, 2, 3, 4]),
          [Example.make(5, 0)],
          total
        )
        assert.deepStrictEqual(rewards, [-1, 10, 15, 20])
        assert.isAtLeast(tries, 2)
      })
    )

    it.effect("are not waited for by an example that has timed out", () =>
      Effect.gen(function* () {
        const stuck = Hyperfunction.make("stuck", { params: Params.none, run: () => Effect.never })
        const system = HyperSystem.make("stuck", { run: (n: number) => Effect.zipRight(stuck(), gain(n)) })
        const evaluation = yield* Effect.fork(
          HyperSystem.evaluatePopulation(system, withGains([1, 2]), [Example.make(1, 0)], total, {
            timeout: "1 second",
            onCandidateFailure: "report"
          })
        )
        yield* settle
        yield* TestClock.adjust("2 seconds")
        const { failures } = yield* Fiber.join(evaluation)
        assert.deepStrictEqual(
          failures.map(({ candidate }) => candidate),
          [0, 1]
        )
      })
    )

    it.effect("that draw random numbers are made by every run, so that the numbers after them are the same", () =>
      Effect.gen(function* () {
        const noisy = Hyperfunction.make("noisy", {
          params: Params.none,
          run: () => Effect.map(Random.next, (drawn) => drawn)
        })
        const system = HyperSystem.make("draws", {
          run: () =>
            Effect.gen(function* () {
              const [a, b] = [yield* noisy(), yield* Random.next]
              return yield* gain(a + 2 * b)
            })
        })
        const { rewards } = yield* HyperSystem.evaluatePopulation(
          system,
          withGains([1, 1, 2]),
          [Example.make(0, 0)],
          total
        )
        assert.strictEqual(rewards[0], rewards[1])
        assert.strictEqual(rewards[2], 2 * rewards[0])
        const [alone] = yield* Effect.forEach([1], () => HyperSystem.evaluate(system, [Example.make(0, 0)], total))
        assert.strictEqual(alone.score, rewards[0])
      })
    )

    it.effect("that count against a budget of their run are made by every run", () =>
      Effect.gen(function* () {
        const rare = Hyperfunction.make("rare", {
          params: Params.none,
          run: (_, n: number) => Effect.succeed(n)
        }).pipe(Hyperfunction.withMaxCalls(1))
        const outer = Hyperfunction.make("outer", { params: Params.none, run: (_, n: number) => rare(n) })
        const system = HyperSystem.make("budgeted", {
          run: (n: number) =>
            Effect.gen(function* () {
              yield* outer(n)
              return yield* gain(Option.isSome(yield* Effect.option(rare(n + 1))) ? 100 : 1)
            })
        })
        const { rewards } = yield* HyperSystem.evaluatePopulation(
          system,
          withGains([1, 2, 3]),
          [Example.make(1, 0)],
          total
        )
        assert.deepStrictEqual(rewards, [1, 2, 3])
      })
    )

    it.effect("are shared where a service that the program provides is the same", () =>
      Effect.gen(function* () {
        const { calls, hyperfunction: outer } = counted("outer", Params.none, (_, n) => n)
        const scaled = Hyperfunction.make("scaled", {
          params: Params.none,
          run: (_, n: number) => Effect.flatMap(Scale, (scale) => Effect.map(outer(n), (value) => value * scale))
        })
        const system = HyperSystem.make("provided", {
          run: (n: number) =>
            Effect.flatMap(gain(1), (scale) => Effect.provideService(scaled(n), Scale, Math.min(2, scale)))
        })
        const { rewards } = yield* HyperSystem.evaluatePopulation(
          system,
          withGains([1, 2, 3]),
          [Example.make(5, 0)],
          total
        )
        assert.deepStrictEqual(rewards, [5, 10, 10])
        assert.deepStrictEqual(calls, [5, 5])
      })
    )

    it.effect("are remembered up to a limit, and those that are shared the longest", () =>
      Effect.gen(function* () {
        const { calls, hyperfunction: lookUp } = counted("lookUp", Params.none, (_, n) => n)
        const system = HyperSystem.make("many", {
          run: (n: number) => Effect.zipWith(lookUp(n), Effect.flatMap(gain(n), lookUp), (a, b) => a + b)
        })
        const gains = range(2000)
        const { rewards } = yield* HyperSystem.evaluatePopulation(
          system,
          withGains(gains),
          [Example.make(-1, 0)],
          total,
          { concurrency: 1 }
        )
        assert.deepStrictEqual(
          rewards,
          gains.map((value) => -1 - value)
        )
        assert.strictEqual(calls.filter((n) => n === -1).length, 2)
      })
    )

    it.effect("may be calls of tensor hyperfunctions", () =>
      Effect.gen(function* () {
        const system = HyperSystem.make("embedded", {
          run: (x: Tensor.Tensor) =>
            Effect.gen(function* () {
              const value = Tensor.toNumber(Tensor.sum(yield* hidden(x)))
              return yield* gain(value)
            })
        })
        const { rewards, work } = yield* HyperSystem.evaluatePopulation(system, withGains([1, 2, 3]), points(5), total)
        assert.strictEqual(work.calls, 5)
        assert.strictEqual(work.launches, 1)
        assert.closeTo(rewards[2], 3 * rewards[0], 1e-9)
      }).pipe(Effect.provide(DeviceWasm.layer))
    )

    it.effect("of one example are not taken for those of another", () =>
      Effect.gen(function* () {
        let made = 0
        const next = Hyperfunction.make("next", { params: Params.none, run: () => Effect.sync(() => ++made) })
        const system = HyperSystem.make("own", { run: () => Effect.flatMap(next(), gain) })
        const { rewards } = yield* HyperSystem.evaluatePopulation(
          system,
          withGains([1, 1]),
          [Example.make(0, 0), Example.make(0, 0)],
          total
        )
        assert.strictEqual(made, 2)
        assert.deepStrictEqual(rewards, [3, 3])
      })
    )
  })

  describe("failures", () => {
    const fragile = HyperSystem.make("fragile", {
      run: (n: number) => (n < 0 ? Effect.fail(`no ${n}`) : n === 0 ? Effect.die(new Error("boom")) : gain(n))
    })
    const examples = (...inputs: ReadonlyArray<number>) => inputs.map((n) => Example.make(n, n))

    it.effect("of an example are those of the evaluation, with their own type", () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* Effect.flip(HyperSystem.evaluate(fragile, examples(1, -2, -3), total)), "no -2")
        const error = yield* refused(HyperSystem.evaluate(fragile, examples(1, 0), total))
        assert.strictEqual(error.reason, "ExampleFailed")
        assert.strictEqual(error.example, 1)
        assert.include(error.message, "boom")
      })
    )

    it.effect("leave examples out and are reported, when that is asked for", () =>
      Effect.gen(function* () {
        for (const mode of ["auto", "fibers", "sequential"] as const) {
          const { missing, outputs, score } = yield* HyperSystem.evaluate(fragile, examples(1, -2, 3, 0), total, {
            mode,
            onFailure: "missing"
          })
          assert.strictEqual(score, 4)
          assert.deepStrictEqual(
            missing.map(({ example }) => example),
            [1, 3]
          )
          assert.strictEqual(Option.getOrNull(Cause.failureOption(missing[0].cause)), "no -2")
          assert.deepStrictEqual(outputs.map(Exit.isSuccess), [true, false, true, false])
        }
        const error = yield* refused(HyperSystem.evaluate(fragile, examples(-1, -2), total, { onFailure: "missing" }))
        assert.strictEqual(error.reason, "NothingToScore")
      })
    )

    it.effect("leave the mean of a metric per example to the others", () =>
      Effect.gen(function* () {
        const metric = Metric.perExample((value: number, expected: number) => value + expected)
        const { score } = yield* HyperSystem.evaluate(fragile, examples(1, -2, 3), metric, { onFailure: "missing" })
        assert.strictEqual(score, 4)
      })
    )

    it.effect("of one candidate end the evaluation or are reported, and touch no other", () =>
      Effect.gen(function* () {
        const choosy = HyperSystem.make("choosy", {
          run: (n: number) =>
            Effect.flatMap(gain(n), (value) =>
              value > 10 ? Effect.fail(`${value} is too much`) : Effect.succeed(value)
            )
        })
        const population = withGains([1, 20, 2])
        assert.strictEqual(
          yield* Effect.flip(HyperSystem.evaluatePopulation(choosy, population, examples(1, 2), total)),
          "20 is too much"
        )
        const { failures, rewards } = yield* HyperSystem.evaluatePopulation(choosy, population, examples(1, 2), total, {
          onCandidateFailure: "report"
        })
        assert.deepStrictEqual(rewards, [3, NaN, 6])
        assert.deepStrictEqual(
          failures.map(({ candidate }) => candidate),
          [1]
        )
      })
    )

    it.effect("of a metric are typed: thrown, not finite, not a number, failed and never settling", () =>
      Effect.gen(function* () {
        const reason = (metric: Metric.Metric<number, number, number | Effect.Effect<number>>) =>
          Effect.map(refused(HyperSystem.evaluate(fragile, examples(1, 2), metric)), ({ reason }) => reason)
        const throwing = (): number => {
          throw new Error("no metric")
        }
        assert.strictEqual(yield* reason(throwing), "MetricFailed")
        assert.strictEqual(yield* reason(Metric.perExample<number, number, number>(throwing)), "MetricFailed")
        assert.strictEqual(yield* reason(() => Effect.sync(throwing)), "MetricFailed")
        for (const value of [NaN, Infinity, "1" as unknown as number, undefined as unknown as number]) {
          assert.strictEqual(yield* reason(() => value), "MetricNotFinite")
          assert.strictEqual(yield* reason(() => Effect.succeed(value)), "MetricNotFinite")
          assert.strictEqual(yield* reason(Metric.perExample<number, number, number>(() => value)), "MetricNotFinite")
        }
        const failing = HyperSystem.evaluate(fragile, examples(1), () => Effect.fail("own" as const))
        assert.strictEqual(yield* Effect.flip(failing), "own")
        const waiting = yield* Effect.fork(reason(() => Effect.never))
        yield* settle
        yield* TestClock.adjust("5 minutes")
        assert.strictEqual(yield* Fiber.join(waiting), "MetricTimedOut")
      })
    )

    it.effect("of a score that is a tensor are the same in every form: not finite, not one number, thrown", () =>
      Effect.gen(function* () {
        const scores: Record<string, (value: Tensor.Tensor) => Tensor.Tensor> = {
          "not finite": (value) => Tensor.log(Tensor.sub(Tensor.sum(Tensor.mul(value, 0)), 1)),
          infinite: (value) => Tensor.log(Tensor.sum(Tensor.mul(value, 0))),
          "two numbers": (value) => Tensor.combine([value, value]),
          thrown: (value) => Tensor.reshape(value, [7])
        }
        for (const [name, score] of Object.entries(scores)) {
          const reasons = yield* Effect.forEach(modes, (mode) =>
            Effect.map(
              refused(HyperSystem.evaluate(net(), points(3), Metric.perExample(score), { mode })),
              ({ reason }) => reason
            )
          )
          assert.deepStrictEqual(new Set(reasons).size, 1, `${name}: ${reasons}`)
          assert.match(reasons[0], /^Metric/)
        }
      }).pipe(Effect.provide(DeviceWasm.layer))
    )

    it.effect("of options and examples are typed, before anything runs", () =>
      Effect.gen(function* () {
        let runs = 0
        const system = HyperSystem.make("untouched", { run: (n: number) => Effect.sync(() => n + runs++) })
        const reason = (options: Options, given = examples(1)) =>
          Effect.map(refused(HyperSystem.evaluate(system, given, total, options)), ({ reason }) => reason)
        assert.strictEqual(yield* reason({}, []), "EmptyExamples")
        for (const concurrency of [0, -1, 1.5, NaN])
          assert.strictEqual(yield* reason({ concurrency }), "InvalidOptions")
        for (const seed of [0.5, NaN, Infinity]) assert.strictEqual(yield* reason({ seed }), "InvalidOptions")
        assert.strictEqual(runs, 0)
      })
    )

    it.effect("of an example that takes too long name it", () =>
      Effect.gen(function* () {
        const system = HyperSystem.make("slow", {
          run: (n: number) => (n === 2 ? Effect.never : Effect.succeed(n))
        })
        const evaluation = yield* Effect.fork(
          refused(HyperSystem.evaluate(system, examples(1, 2, 3), total, { timeout: "10 seconds" }))
        )
        yield* settle
        yield* TestClock.adjust("10 seconds")
        const error = yield* Fiber.join(evaluation)
        assert.strictEqual(error.reason, "ExampleTimedOut")
        assert.strictEqual(error.example, 1)
      })
    )

    it.effect("of names: two hyperfunctions of one name are refused, whether called or declared", () =>
      Effect.gen(function* () {
        const other = Hyperfunction.make("gain", { params: Params.none, run: (_, n: number) => Effect.succeed(n) })
        const called = HyperSystem.make("called", { run: (n: number) => Effect.flatMap(gain(n), other) })
        const declared = HyperSystem.make("declared", { run: (n: number) => gain(n), hyperfunctions: [other] })
        for (const system of [called, declared]) {
          const error = yield* refused(HyperSystem.evaluate(system, examples(1), total))
          assert.strictEqual(error.reason, "DuplicateName")
          assert.include(error.message, '"gain"')
        }
      })
    )

    it.effect("of shapes inside a hyperfunction are TensorErrors in every form but the lifted, which is refused", () =>
      Effect.gen(function* () {
        const system = HyperSystem.make("wrong", { run: (x: Tensor.Tensor) => output(x) })
        for (const mode of ["auto", "fibers", "sequential"] as const) {
          const error = yield* Effect.flip(HyperSystem.evaluate(system, points(2), () => 0, { mode }))
          assert.strictEqual(error._tag, "TensorError")
          assert.include(error.message, "Tensor.linear of [2] and [1, 4]")
        }
        const error = yield* refused(HyperSystem.evaluate(system, points(2), () => 0, { mode: "lifted" }))
        assert.strictEqual(error.reason, "NotLiftable")
      }).pipe(Effect.provide(DeviceWasm.layer))
    )
  })

  describe("random numbers", () => {
    const noisy = HyperSystem.make("noisy", {
      run: (n: number) => Effect.flatMap(Random.next, (drawn) => gain(n + drawn))
    })
    const same = range(3).map(() => Example.make(0, 0))

    it.effect("come from the seed", () =>
      Effect.gen(function* () {
        const score = (seed: number, mode: Mode) =>
          Effect.map(HyperSystem.evaluate(noisy, same, total, { seed, mode }), ({ score }) => score)
        assert.strictEqual(yield* score(1, "fibers"), yield* score(1, "sequential"))
        assert.notStrictEqual(yield* score(1, "fibers"), yield* score(2, "fibers"))
      })
    )

    it.effect("are the same for all candidates, and others for each example", () =>
      Effect.gen(function* () {
        const { rewards } = yield* HyperSystem.evaluatePopulation(noisy, withGains([1, 1, 1]), same, total)
        assert.strictEqual(new Set(rewards).size, 1)
        const { outputs } = yield* HyperSystem.evaluate(noisy, same, total)
        assert.strictEqual(new Set(outputs.map(Exit.getOrElse(() => NaN))).size, 3)
      })
    )

    it.effect("decide where weights without initial values start", () =>
      Effect.gen(function* () {
        const score = (seed: number) =>
          Effect.map(
            HyperSystem.evaluate(net(), points(3), Metric.negativeSquaredError, { seed }),
            ({ score }) => score
          )
        assert.strictEqual(yield* score(1), yield* score(1))
        assert.notStrictEqual(yield* score(1), yield* score(2))
      }).pipe(Effect.provide(DeviceWasm.layer))
    )
  })

  describe("interruption and neighbours", () => {
    it.effect("interrupting an evaluation interrupts every run, and starts no other", () =>
      Effect.gen(function* () {
        let [started, ended] = [0, 0]
        const full = yield* Deferred.make<void>()
        const system = HyperSystem.make("endless", {
          run: () =>
            Effect.suspend(() => {
              if (++started === 10) Deferred.unsafeDone(full, Effect.void)
              return Effect.onInterrupt(Effect.never, () => Effect.sync(() => ended++))
            })
        })
        const examples = range(100).map((n) => Example.make(n, 0))
        const evaluation = yield* Effect.fork(HyperSystem.evaluate(system, examples, () => 0, { concurrency: 10 }))
        yield* Deferred.await(full)
        const exit = yield* Fiber.interrupt(evaluation)
        assert.isTrue(Exit.isInterrupted(exit))
        yield* settle
        assert.deepStrictEqual([started, ended], [10, 10])
      })
    )

    it.effect("interrupting an evaluation in order interrupts its run", () =>
      Effect.gen(function* () {
        let [started, ended] = [0, 0]
        const system = HyperSystem.make("endless", {
          run: () =>
            Effect.suspend(() => {
              started++
              return Effect.onInterrupt(Effect.never, () => Effect.sync(() => ended++))
            })
        })
        const examples = range(5).map((n) => Example.make(n, 0))
        const evaluation = yield* Effect.fork(HyperSystem.evaluate(system, examples, () => 0, { mode: "sequential" }))
        yield* settle
        assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(evaluation)))
        assert.deepStrictEqual([started, ended], [1, 1])
      })
    )

    it.effect("interrupting an evaluation whose calls wait for a launch leaves nothing to launch", () =>
      Effect.gen(function* () {
        let [launches, calls] = [0, 0]
        const device = yield* DeviceWasm.make()
        const system = net(() => calls++)
        const evaluation = yield* Effect.fork(
          Effect.provideService(
            HyperSystem.evaluate(system, points(20), Metric.negativeSquaredError, { mode: "fibers" }),
            Device,
            watched(device, () => launches++)
          )
        )
        yield* Effect.yieldNow()
        assert.strictEqual(calls, 20)
        yield* Fiber.interrupt(evaluation)
        yield* settle
        assert.strictEqual(launches, 0)
      })
    )

    it.effect("a run that interrupts itself fails alone", () =>
      Effect.gen(function* () {
        const system = HyperSystem.make("quitting", {
          run: (n: number) => (n === 2 ? Effect.interrupt : Effect.succeed(n))
        })
        const examples = [1, 2, 3].map((n) => Example.make(n, 0))
        for (const mode of ["fibers", "sequential"] as const) {
          const { missing, score } = yield* HyperSystem.evaluate(system, examples, total, {
            mode,
            onFailure: "missing"
          })
          assert.strictEqual(score, 4)
          assert.deepStrictEqual(
            missing.map(({ example }) => example),
            [1]
          )
        }
      })
    )

    it.effect("evaluations of one system at the same time do not mix", () =>
      Effect.gen(function* () {
        const system = net()
        const populations = yield* Effect.forEach(range(6), (seed) =>
          members([hidden, output], { population: 4, seed, start: seed % 2 })
        )
        const evaluations = populations.flatMap((candidates, k) =>
          modes.map((mode) =>
            Effect.map(
              HyperSystem.evaluatePopulation(system, candidates, points(3 + k), Metric.negativeSquaredError, { mode }),
              ({ rewards, work }) => ({ rewards, ...work })
            )
          )
        )
        const apart = yield* Effect.all(evaluations)
        const together = yield* Effect.all(evaluations, { concurrency: "unbounded" })
        assert.deepStrictEqual(together, apart)
      }).pipe(Effect.provide(DeviceWasm.layer))
    )

    it.effect("a failing launch fails the runs that waited for it, and no others", () =>
      Effect.gen(function* () {
        const device = yield* DeviceWasm.make()
        const broken: DeviceService = {
          ...device,
          launch: (launch) =>
            launch.program.steps.some(({ operation }) => operation._tag === "Unary" && operation.kind === "tanh")
              ? Effect.die(new Error("kernel on fire"))
              : device.launch(launch)
        }
        const wide = Hyperfunction.tensor("wide", {
          params: LoRAWeight.create({ outDim: 4, inDim: 2 }),
          run: (weight, x: Tensor.Tensor) => Tensor.tanh(Tensor.linear(x, weight))
        })
        const system = HyperSystem.make("branch", {
          run: (x: Tensor.Tensor) => (Tensor.toTypedArray(x)[0] > 0 ? hidden(x) : wide(x))
        })
        const examples = [-1, 1, -2, 2, 3].map((n) => Example.make(Tensor.from([n, 1]), 0))
        const { missing } = yield* Effect.provideService(
          HyperSystem.evaluate(system, examples, () => 0, { onFailure: "missing" }),
          Device,
          broken
        )
        assert.deepStrictEqual(
          missing.map(({ example }) => example),
          [0, 2]
        )
      })
    )
  })

  describe("what a program may give and take", () => {
    const mean = (value: Tensor.Tensor): number => Tensor.toNumber(Tensor.mean(value))

    /** All forms agree on a program, and those that say no to it say why. */
    const agree = <I, O, E>(
      name: string,
      run: (input: I) => Effect.Effect<O, E, Device>,
      inputs: ReadonlyArray<I>,
      tuned: ReadonlyArray<Hyperfunction.Hyperfunction.Any>,
      score: (output: O) => number
    ) =>
      Effect.gen(function* () {
        const candidates = yield* members(tuned, { population: 4, seed: 5 })
        const examples = inputs.map((input) => Example.make(input, 0))
        const rewards = (mode: Mode) =>
          Effect.map(
            HyperSystem.evaluatePopulation(
              HyperSystem.make(name, { run }),
              [...candidates, ...tuned.map((one) => densely(candidates[0], one))],
              examples,
              (outputs: ReadonlyArray<O>) => total(outputs.map(score)),
              { mode }
            ),
            ({ rewards }) => rewards
          )
        const expected = yield* rewards("sequential")
        for (const mode of ["fibers", "auto"] as const) assert.deepStrictEqual(yield* rewards(mode), expected, mode)
        const lifted = yield* Effect.option(rewards("lifted"))
        if (Option.isSome(lifted)) assert.deepStrictEqual(lifted.value, expected)
        return Option.isSome(lifted)
      }).pipe(Effect.provide(DeviceWasm.layer))

    it.effect("outputs without a tensor, and inputs that are not used", () =>
      Effect.gen(function* () {
        assert.isTrue(
          yield* agree(
            "constant",
            (_: Tensor.Tensor) => Effect.succeed(3),
            [Tensor.from([1, 2])],
            [],
            (n) => n
          )
        )
        const ignoring = (x: Tensor.Tensor) => Effect.as(hidden(x), "text")
        assert.isTrue(yield* agree("ignored", ignoring, [Tensor.from([1, 2])], [hidden], (text) => text.length))
      })
    )

    it.effect("the same tensor twice, the input itself, constants and whole structures", () =>
      Effect.gen(function* () {
        const twice = (x: Tensor.Tensor) =>
          Effect.map(hidden(x), (y) => ({ a: y, b: [y, x, Tensor.from(2)], c: { deep: [{ y }] }, n: 1, none: null }))
        assert.isTrue(
          yield* agree(
            "twice",
            twice,
            [Tensor.from([1, 2]), Tensor.from([-1, 3])],
            [hidden],
            ({ a, b, c, n }) => total([a, ...b, c.deep[0].y].map(mean)) + n
          )
        )
      })
    )

    it.effect("tensors inside values that are not looked into", () =>
      Effect.gen(function* () {
        const inputs = [Tensor.from([1, 2]), Tensor.from([-1, 3])]
        class Box {
          readonly value: Tensor.Tensor
          constructor(value: Tensor.Tensor) {
            this.value = value
          }
        }
        yield* agree(
          "option",
          (x: Tensor.Tensor) => Effect.asSome(hidden(x)),
          inputs,
          [hidden],
          (value) => mean(Option.getOrThrow(value))
        )
        yield* agree(
          "map",
          (x: Tensor.Tensor) => Effect.map(hidden(x), (y) => new Map([["y", y]])),
          inputs,
          [hidden],
          (map) => mean(map.get("y")!)
        )
        yield* agree(
          "box",
          (x: Tensor.Tensor) => Effect.map(hidden(x), (y) => new Box(y)),
          inputs,
          [hidden],
          (box) => mean(box.value)
        )
        yield* agree(
          "thunk",
          (x: Tensor.Tensor) => Effect.map(hidden(x), (y) => () => y),
          inputs,
          [hidden],
          (thunk) => mean(thunk())
        )
        const boxes = inputs.map((x) => new Box(x))
        yield* agree("input", ({ value }: Box) => hidden(value), boxes, [hidden], mean)
        const pairs = inputs.map((x) => ({ x, box: new Box(Tensor.neg(x)) }))
        yield* agree(
          "half",
          ({ box, x }: { readonly x: Tensor.Tensor; readonly box: Box }) =>
            Effect.zipWith(hidden(x), hidden(box.value), Tensor.add),
          pairs,
          [hidden],
          mean
        )
      })
    )

    it.effect("inputs that hold themselves", () =>
      Effect.gen(function* () {
        interface Knot {
          readonly x: Tensor.Tensor
          readonly beside: Array<unknown>
        }
        const knot = (n: number): Knot => {
          const made: Knot = { x: Tensor.from([n, 1]), beside: [] }
          made.beside.push(made, made.beside)
          return made
        }
        const run = ({ beside }: Knot) =>
          Effect.flatMap(hidden((beside[0] as Knot).x), (value) => Effect.map(output(value), (y) => ({ y, beside })))
        yield* agree("knots", run, [knot(1), knot(-2), knot(3)], [hidden, output], ({ y }) => mean(y))
      })
    )

    it.effect("keys that are symbols", () =>
      Effect.gen(function* () {
        const key = Symbol("key")
        const inputs = [1, 2].map((n) => ({ x: Tensor.from([n, 1]), [key]: n }))
        const run = (input: (typeof inputs)[number]) =>
          Effect.map(hidden(input.x), (y) => ({ y, [key]: input[key], z: Tensor.mul(y, input[key]) }))
        yield* agree("symbols", run, inputs, [hidden], (value) => mean(value.z) + value[key])
      })
    )

    it.effect("tensor hyperfunctions that return records, arrays, nothing new or no tensor at all", () =>
      Effect.gen(function* () {
        const split = Hyperfunction.tensor("split", {
          params: LoRAWeight.create({ outDim: 4, inDim: 2 }),
          run: (weight, x: Tensor.Tensor) => {
            const [left, right] = Tensor.split(Tensor.linear(x, weight), [1, 3])
            return { left, both: [left, right] as const, x, weight: weight.weight, label: "split" as const }
          }
        })
        const lengths = Hyperfunction.tensor("lengths", {
          params: Params.vector(2),
          run: (_, x: Tensor.Tensor) => x.shape.length
        })
        const run = (x: Tensor.Tensor) =>
          Effect.gen(function* () {
            const { both, label, left, weight, x: same } = yield* split(x)
            const length = yield* lengths(x)
            return { parts: [left, ...both, same, weight, Tensor.mul(left, length)], label }
          })
        assert.isTrue(
          yield* agree(
            "records",
            run,
            [Tensor.from([1, 2]), Tensor.from([2, 1])],
            [split, lengths],
            ({ label, parts }) => total(parts.map(mean)) + label.length
          )
        )
      })
    )

    it.effect("a matrix used in a product and as it stands, alone and in both ways, in one call and in two", () =>
      Effect.gen(function* () {
        const square = LoRAWeight.create({ outDim: 2, inDim: 2, noiseRank: 2 })
        const both = Hyperfunction.tensor("both", {
          params: square,
          run: (weight, x: Tensor.Tensor) =>
            Tensor.add(Tensor.linear(x, weight), Tensor.matMul(Tensor.tanh(weight.weight), x))
        })
        const again = Hyperfunction.tensor("again", {
          params: square,
          run: (weight, x: Tensor.Tensor) =>
            Tensor.linear(Tensor.linear(x, weight.weight), Tensor.add(weight.weight, weight.weight))
        })
        const inputs = range(5).map((k) => Tensor.from([k, 1 - k]))
        const run = (x: Tensor.Tensor) => Effect.flatMap(Effect.flatMap(both(x), again), both)
        assert.isTrue(yield* agree("both ways", run, inputs, [both, again], mean))
      })
    )

    it.effect("parameters that the output does not depend on", () =>
      Effect.gen(function* () {
        const partly = Hyperfunction.tensor("partly", {
          params: Params.struct({ used: Params.vector(2), unused: LoRAWeight.create({ outDim: 9, inDim: 9 }) }),
          run: ({ used }, x: Tensor.Tensor) => Tensor.mul(x, used)
        })
        const none = Hyperfunction.tensor("none", { params: Params.none, run: (_, x: Tensor.Tensor) => Tensor.neg(x) })
        const run = (x: Tensor.Tensor) => Effect.flatMap(partly(x), none)
        assert.isTrue(yield* agree("unused", run, [Tensor.from([1, 2])], [partly, none], mean))
      })
    )

    it.effect("outputs that depend on a parameter and on no example", () =>
      Effect.gen(function* () {
        const own = Hyperfunction.tensor("own", {
          params: Params.vector(3),
          run: (v, _: Tensor.Tensor) => Tensor.tanh(v)
        })
        const raw = Hyperfunction.tensor("raw", { params: Params.vector(3), run: (v, _: Tensor.Tensor) => v })
        const inputs = [Tensor.from([1, 2]), Tensor.from([3, 4])]
        const run = (x: Tensor.Tensor) => Effect.zipWith(own(x), raw(x), (a, b) => [a, b])
        assert.isTrue(yield* agree("own", run, inputs, [own, raw], (values) => total(values.map(mean))))
      })
    )

    it.effect("tensors without elements, and scalars", () =>
      Effect.gen(function* () {
        const empty = (x: Tensor.Tensor) =>
          Effect.map(hidden(x), (y) => ({ y, joined: Tensor.combine([y, Tensor.from([[1, 2, 3, 4]])], 0) }))
        assert.isTrue(
          yield* agree(
            "empty",
            empty,
            [Tensor.zeros([0, 2]), Tensor.zeros([0, 2])],
            [hidden],
            ({ joined, y }) => mean(joined) + Tensor.toTypedArray(y).length
          )
        )
        const scale = Hyperfunction.tensor("scale", {
          params: Params.bounded({ min: 0, max: 4, default: 2 }),
          run: (factor, x: Tensor.Tensor) => Tensor.mul(x, factor)
        })
        const inputs = [1, 2, 3].map((n) => Tensor.from(n))
        assert.isTrue(yield* agree("scalar", (x: Tensor.Tensor) => scale(x), inputs, [scale], Tensor.toNumber))
      })
    )

    it.effect("one system inside another", () =>
      Effect.gen(function* () {
        const inner = HyperSystem.make("inner", { run: (x: Tensor.Tensor) => hidden(x) })
        const run = (x: Tensor.Tensor) => Effect.flatMap(inner.run(x), output)
        const inputs = [Tensor.from([1, 2]), Tensor.from([-2, 1])]
        assert.isTrue(yield* agree("outer", run, inputs, [hidden, output], mean))
        const fixed = HyperSystem.withCandidate(inner, Candidate.defaults({ seed: 77 }))
        const mixed = (x: Tensor.Tensor) =>
          Effect.zipWith(Effect.flatMap(fixed.run(x), output), Effect.flatMap(inner.run(x), output), Tensor.sub)
        yield* agree("outer with a tuned one", mixed, inputs, [hidden, output], mean)
      })
    )

    it.effect("an evaluation inside a program", () =>
      Effect.gen(function* () {
        const run = (n: number) =>
          Effect.map(HyperSystem.evaluate(net(), points(2), Metric.negativeSquaredError), ({ score }) => score * n)
        yield* agree("evaluating", run, [1, 2], [hidden], (n) => n)
      })
    )

    it.effect("a candidate that the program provides for one call", () =>
      Effect.gen(function* () {
        const inputs = [Tensor.from([1, 2]), Tensor.from([-2, 1])]
        const other = Candidate.defaults({ seed: 99 })
        const once = (x: Tensor.Tensor) =>
          Effect.flatMap(Effect.zipWith(hidden(x), Candidate.provide(hidden(x), other), Tensor.add), output)
        yield* agree("other", once, inputs, [hidden, output], mean)
        const own = { ...Candidate.get(other, output) }
        const derived = (x: Tensor.Tensor) =>
          Effect.gen(function* () {
            const current = yield* Candidate.Current
            const value = yield* hidden(x).pipe(
              Effect.flatMap(output),
              Candidate.provide(Candidate.set(current, output, own))
            )
            return Tensor.add(value, yield* output(yield* hidden(x)))
          })
        yield* agree("derived", derived, inputs, [hidden, output], mean)
      })
    )

    it.effect("a program that reads the candidate in force", () =>
      Effect.gen(function* () {
        const reading = (x: Tensor.Tensor) =>
          Effect.gen(function* () {
            const { weight } = Candidate.get(yield* Candidate.Current, output)
            return Tensor.linear(yield* hidden(x), weight)
          })
        yield* agree("reading", reading, [Tensor.from([1, 2])], [hidden, output], mean)
        const seeded = (x: Tensor.Tensor) =>
          Effect.zipWith(hidden(x), Candidate.Current, (value, { seed }) => Tensor.add(value, seed))
        yield* agree("seeded", seeded, [Tensor.from([1, 2])], [hidden], mean)
      })
    )

    it.effect("the same parameters for a call with a policy", () =>
      Effect.gen(function* () {
        const retried = Hyperfunction.withRetry(hidden, Schedule.recurs(2))
        const run = (x: Tensor.Tensor) => Effect.zipWith(retried(x), hidden(x), Tensor.sub)
        assert.isFalse(
          yield* agree("policy", run, [Tensor.from([1, 2])], [hidden], (value) => {
            assert.deepStrictEqual([...Tensor.toTypedArray(value)], [0, 0, 0, 0])
            return 0
          })
        )
      })
    )

    it.effect("expressions over what hyperfunctions gave, looked at by the metric alone", () =>
      Effect.gen(function* () {
        const run = (x: Tensor.Tensor) => Effect.map(hidden(x), (y) => Tensor.softmax(Tensor.mul(Tensor.add(y, 1), y)))
        assert.isTrue(yield* agree("after", run, [Tensor.from([1, 2]), Tensor.from([3, 4])], [hidden], mean))
      })
    )

    it.effect("thousands of operations one after the other", () =>
      Effect.gen(function* () {
        const run = (x: Tensor.Tensor) =>
          Effect.map(hidden(x), (y) => range(6000).reduce((value) => Tensor.mul(value, 0.999), y))
        assert.isTrue(yield* agree("long", run, [Tensor.from([1, 2])], [hidden], mean))
      })
    )
  })

  describe("what an evaluation says", () => {
    it.effect("is the names of the hyperfunctions that were called or declared", () =>
      Effect.gen(function* () {
        const system = HyperSystem.make("named", {
          run: (n: number) => gain(n),
          hyperfunctions: [hidden]
        })
        const { hyperfunctions } = yield* HyperSystem.evaluate(system, [Example.make(1, 0)], first)
        assert.deepStrictEqual([...hyperfunctions].sort(), ["gain", "hidden"])
        const lifted = yield* HyperSystem.evaluate(net(), points(1), Metric.negativeSquaredError).pipe(
          Effect.provide(DeviceWasm.layer)
        )
        assert.deepStrictEqual([...lifted.hyperfunctions].sort(), ["hidden", "output"])
      })
    )

    it.effect("is every output in the order of the examples", () =>
      Effect.gen(function* () {
        const system = HyperSystem.make("ordered", {
          run: (n: number) => Effect.as(Effect.repeatN(Effect.yieldNow(), (7 * n) % 5), n)
        })
        const examples = range(9).map((n) => Example.make(n, 0))
        const { outputs } = yield* HyperSystem.evaluate(system, examples, total)
        assert.deepStrictEqual(outputs.map(Exit.getOrElse(() => -1)), [...range(9)])
      })
    )

    it.effect("is the same whatever other layers the program needs", () =>
      Effect.gen(function* () {
        const launches: Array<readonly [number, number]> = []
        const device = yield* DeviceWasm.make()
        const candidates = yield* members([hidden, output], { population: 4, seed: 1 })
        const { work } = yield* Effect.provideService(
          HyperSystem.evaluatePopulation(net(), candidates, points(6), Metric.negativeSquaredError),
          Device,
          watched(device, (candidates, rows) => launches.push([candidates, rows]))
        )
        assert.deepStrictEqual(launches, [[4, 6]])
        assert.strictEqual(work.launches, 1)
      })
    )
  })
})
