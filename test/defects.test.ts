/**
 * What went wrong in the Python library, or in earlier states of this one, and does not here. Policies (timeouts that
 * interrupt, cancellation that is not retried, budgets that count) are in `Policy.test.ts`.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import * as Runtime from "effect/Runtime"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as DeviceCpu from "../layers/DeviceCpu.js"
import * as DeviceWasm from "../layers/DeviceWasm.js"
import * as OptimizerEvolution from "../layers/OptimizerEvolution.js"
import { Device, DeviceError } from "../services/Device.js"
import * as CallGraph from "../src/CallGraph.js"
import * as Candidate from "../src/Candidate.js"
import { EvaluationError } from "../src/EvaluationError.js"
import * as Hyperfunction from "../src/Hyperfunction.js"
import * as HyperSystem from "../src/HyperSystem.js"
import * as LoRAWeight from "../src/LoRAWeight.js"
import * as Metric from "../src/Metric.js"
import type * as Optimization from "../src/Optimization.js"
import * as Params from "../src/Params.js"
import * as Tensor from "../src/Tensor.js"

const number = (name: string, start = 1) =>
  Hyperfunction.make(name, {
    params: Params.unbounded({ default: start }),
    run: (gain, x: number) => Effect.map(Effect.yieldNow(), () => gain * x)
  })

const gain = number("gain")

const gains = (...values: ReadonlyArray<number>) =>
  values.map((value) => Candidate.set(Candidate.defaults(), gain, value))

const linear = Hyperfunction.tensor("linear", {
  params: LoRAWeight.create({ outDim: 2, inDim: 2, noiseRank: 1, initial: Tensor.identity(2) }),
  run: (weight, x: Tensor.Tensor) => Tensor.linear(x, weight)
})

const scaled = (factor: number) =>
  Candidate.set(Candidate.defaults(), linear, {
    ...Candidate.get(Candidate.defaults(), linear),
    weight: Tensor.mul(Tensor.identity(2), factor)
  })

const outside = (x: number): Promise<number> => Effect.runPromise(gain(x))

const numbered = (...inputs: ReadonlyArray<number>) => inputs.map((input) => ({ input, expected: input }))

const points = (...inputs: ReadonlyArray<ReadonlyArray<number>>) =>
  inputs.map((input) => ({ input: Tensor.from(input), expected: 0 }))

const mean = (outputs: ReadonlyArray<number>): number => outputs.reduce((sum, x) => sum + x, 0) / outputs.length

const total = Metric.perExample((output: Tensor.Tensor, _: number) => Tensor.sum(output))

const closeTo = (target: number) => (outputs: ReadonlyArray<number>) => -Math.abs(mean(outputs) - target)

const evolution = (options: Partial<OptimizerEvolution.Options> = {}) =>
  OptimizerEvolution.layer({ generations: 10, population: 8, sigma: 0.1, learningRate: 0.5, seed: 1, ...options })

const forms = ["fibers", "sequential"] as const
const all = ["auto", "fibers", "sequential"] as const

describe("identity and concurrency", () => {
  it.effect("two systems evaluated at the same time keep their own functions and parameters", () =>
    Effect.gen(function* () {
      const [one, two] = ["one", "two"].map((name) => number(name))
      const systems = [one, two].map((call, k) =>
        HyperSystem.make(call.name, { run: (x: number) => Effect.andThen(call(x), call) }).pipe(
          HyperSystem.withCandidate(Candidate.set(Candidate.defaults(), call, k + 2))
        )
      )
      const evaluations = yield* Effect.forEach(
        systems,
        (system) => HyperSystem.evaluate(system, numbered(1, 1, 1), mean),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(
        evaluations.map(({ hyperfunctions, score }) => [hyperfunctions, score]),
        [
          [["one"], 4],
          [["two"], 9]
        ]
      )
    })
  )

  it.effect("one hyperfunction in two systems is tuned by each for itself, at the same time", () =>
    Effect.gen(function* () {
      const systems = ["up", "down"].map((name) => HyperSystem.make(name, { run: (x: number) => gain(x) }))
      const targets = [1.5, 0.5]
      const tuned = yield* Effect.forEach(
        systems,
        (system, k) => HyperSystem.optimize(system, numbered(1), closeTo(targets[k])),
        { concurrency: "unbounded" }
      )
      const values = tuned.map(({ system }) => Candidate.get(system.candidate!, gain))
      values.forEach((value, k) => assert.closeTo(value, targets[k], 0.1))
      for (const system of systems) {
        assert.strictEqual(yield* system.run(1), 1)
        assert.strictEqual(CallGraph.nodes((yield* HyperSystem.trace(system, 1)).graph).length, 1)
      }
    }).pipe(Effect.provide(evolution({ generations: 30 })))
  )

  it.effect("candidates run at the same time and none sees the parameters of another", () =>
    Effect.gen(function* () {
      const system = HyperSystem.make("slow", {
        run: (x: number) =>
          Effect.gen(function* () {
            const first = yield* gain(x)
            yield* Effect.sleep(`${Math.round(first)} seconds`)
            return [first, yield* gain(x)]
          })
      })
      const fiber = yield* Effect.fork(
        HyperSystem.evaluatePopulation(system, gains(5, 1, 3), numbered(1), ([[first, second]]) => first * 10 + second)
      )
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual((yield* Fiber.join(fiber)).rewards, [55, 11, 33])
    })
  )

  it.effect("two hyperfunctions of one name are refused wherever a system is run", () =>
    Effect.gen(function* () {
      const twin = number("gain", 7)
      const system = HyperSystem.make("twins", { run: (x: number) => Effect.andThen(gain(x), twin) })
      const refusals: ReadonlyArray<Effect.Effect<unknown, unknown>> = [
        HyperSystem.evaluate(system, numbered(1), mean),
        HyperSystem.evaluate(system, numbered(1), mean, { mode: "sequential", onFailure: "missing" }),
        HyperSystem.evaluatePopulation(system, gains(1, 2), numbered(1), mean, { onCandidateFailure: "report" }),
        HyperSystem.optimize(system, numbered(1), mean).pipe(Effect.provide(evolution())),
        HyperSystem.ablate(system, numbered(1), mean, { block: "gain", how: "zero" }),
        HyperSystem.trace(system, 1)
      ]
      for (const refusal of refusals) {
        const error = yield* Effect.flip(refusal)
        assert.instanceOf(error, EvaluationError)
        assert.strictEqual(error.reason, "DuplicateName")
        assert.include(error.message, 'two different hyperfunctions are called "gain"')
      }
    })
  )

  it.effect("declared hyperfunctions of one name are refused before anything runs", () =>
    Effect.gen(function* () {
      let runs = 0
      const system = HyperSystem.make("declared", {
        run: (x: number) => Effect.sync(() => runs++ + x),
        hyperfunctions: [gain, number("gain")]
      })
      const refusals: ReadonlyArray<Effect.Effect<unknown, unknown>> = [
        HyperSystem.evaluate(system, numbered(1), mean),
        HyperSystem.optimize(system, numbered(1), mean).pipe(Effect.provide(evolution())),
        HyperSystem.trace(system, 1)
      ]
      for (const refusal of refusals) assert.include(yield* Effect.flip(refusal), { reason: "DuplicateName" })
      assert.strictEqual(runs, 0)
    })
  )

  it.effect(
    "a call of another hyperfunction than the declared one of its name is refused, even if that is caught",
    () =>
      Effect.gen(function* () {
        const system = HyperSystem.make("catching", {
          run: (x: number) => Effect.catchAllCause(gain(x), () => Effect.succeed(0)),
          hyperfunctions: [number("gain")]
        })
        for (const mode of forms) {
          const error = yield* Effect.flip(HyperSystem.evaluate(system, numbered(1), mean, { mode }))
          assert.include(error, { reason: "DuplicateName" })
        }
        assert.include(yield* Effect.flip(HyperSystem.trace(system, 1)), { reason: "DuplicateName" })
      })
  )

  it.effect("hyperfunctions called combine and split are not taken for the operations", () =>
    Effect.gen(function* () {
      const [combine, split] = ["combine", "split"].map((name) => number(name))
      const system = HyperSystem.make("names", { run: (x: number) => Effect.andThen(combine(x), split) })
      const { graph } = yield* HyperSystem.trace(system, 3)
      assert.deepStrictEqual(
        CallGraph.nodes(graph).map(({ kind, name }) => [name, kind]),
        [
          ["combine", "effect"],
          ["split", "effect"]
        ]
      )
    })
  )
})

describe("rewards that are not numbers", () => {
  const faults: ReadonlyArray<readonly [string, (output: number) => number | Effect.Effect<number, string>]> = [
    ["is NaN", () => NaN],
    ["is infinite", () => Infinity],
    ["is minus infinity", () => -Infinity],
    ["fails", () => Effect.fail("no score")],
    ["dies", () => Effect.die("no score")]
  ]

  it.effect.each(faults)("a reward that %s never reaches a parameter, and the search goes on", ([, fault]) =>
    Effect.gen(function* () {
      const system = HyperSystem.make("sometimes", { run: (x: number) => gain(x) })
      const metric = Metric.perExample((output: number, _: number) =>
        output > 1.1 ? fault(output) : -Math.abs(output - 0.5)
      )
      const tuned = yield* HyperSystem.optimize(system, numbered(1), metric)
      assert.isTrue(tuned.history.some(({ failures }) => failures > 0))
      assert.isTrue(tuned.history.every(({ best }) => Number.isFinite(Candidate.get(best.candidate, gain))))
      assert.closeTo(Candidate.get(tuned.system.candidate!, gain), 0.5, 0.1)
      assert.strictEqual(yield* system.run(1), 1)
    }).pipe(Effect.provide(evolution({ generations: 40 })))
  )

  it.effect("rewards that are not finite on the device never reach a weight", () =>
    Effect.gen(function* () {
      const system = HyperSystem.make("logarithm", { run: (x: Tensor.Tensor) => linear(x) })
      const metric = Metric.perExample((output: Tensor.Tensor, _: number) =>
        Tensor.sum(Tensor.log(Tensor.sub(output, 0.95)))
      )
      const examples = points([1, 1])
      const tuned = yield* HyperSystem.optimize(system, examples, metric)
      assert.isTrue(tuned.history.some(({ failures }) => failures > 0))
      assert.isAbove(tuned.after, tuned.before)
      const { weight } = Candidate.get(tuned.system.candidate!, linear)
      assert.isTrue(Tensor.toTypedArray(weight).every(Number.isFinite))
    }).pipe(Effect.provide([DeviceWasm.layer, evolution({ population: 16 })]))
  )

  it.effect("a generation in which no candidate has a reward ends the search with the first failure", () =>
    Effect.gen(function* () {
      const system = HyperSystem.make("never", { run: (x: number) => gain(x) })
      const metric = Metric.perExample((output: number, _: number) =>
        output === 1 ? 0 : Effect.fail({ _tag: "NoScore" as const })
      )
      const error = yield* Effect.flip(HyperSystem.optimize(system, numbered(1), metric))
      assert.deepStrictEqual(error, { _tag: "NoScore" })
      assert.strictEqual(yield* system.run(1), 1)
    }).pipe(Effect.provide(evolution()))
  )

  it.effect("a failure in one candidate leaves the others their rewards and the system its parameters", () =>
    Effect.gen(function* () {
      for (const mode of forms) {
        const system = HyperSystem.make("picky", {
          run: (x: number) =>
            Effect.filterOrFail(
              gain(x),
              (y) => y !== 2,
              () => "two"
            )
        })
        const { failures, rewards } = yield* HyperSystem.evaluatePopulation(
          system,
          gains(1, 2, 3),
          numbered(1, 3),
          mean,
          { mode, onCandidateFailure: "report" }
        )
        assert.deepStrictEqual(rewards, [2, NaN, 6])
        assert.deepStrictEqual(
          failures.map(({ candidate }) => candidate),
          [1]
        )
        assert.strictEqual(yield* system.run(1), 1)
        const error = yield* Effect.flip(
          HyperSystem.evaluatePopulation(system, gains(1, 2, 3), numbered(1, 3), mean, { mode })
        )
        assert.strictEqual(error, "two")
      }
    })
  )

  it.effect("equal rewards move nothing", () =>
    Effect.gen(function* () {
      const seen: Array<number> = []
      const watched = Hyperfunction.make("watched", {
        params: Params.unbounded({ default: 0.3 }),
        run: (value, _: number) => Effect.sync(() => seen.push(value))
      })
      const system = HyperSystem.make("plateau", { run: (x: number) => watched(x) })
      for (const shaping of ["centredRanks", "zScore", "raw"] as const) {
        seen.length = 0
        const tuned = yield* HyperSystem.optimize(system, numbered(1), () => 5).pipe(
          Effect.provide(evolution({ generations: 3, population: 4, shaping }))
        )
        assert.strictEqual(seen.length, 16)
        assert.deepStrictEqual(
          [0, 5, 10, 15].map((k) => seen[k]),
          [0.3, 0.3, 0.3, 0.3]
        )
        assert.strictEqual(new Set(seen).size, 13)
        assert.strictEqual(Candidate.get(tuned.system.candidate!, watched), 0.3)
      }
    })
  )

  it.effect("rewards of 1e300 and 1e-300 tune as those of 1 do", () =>
    Effect.gen(function* () {
      const system = HyperSystem.make("scales", { run: (x: number) => gain(x) })
      const values = yield* Effect.forEach([1, 1e300, 1e-300], (scale) =>
        Effect.map(
          HyperSystem.optimize(system, numbered(1), (outputs) => -scale * Math.abs(mean(outputs) - 0.5)),
          (tuned) => Candidate.get(tuned.system.candidate!, gain)
        )
      )
      assert.closeTo(values[0], 0.5, 0.1)
      assert.deepStrictEqual(values, [values[0], values[0], values[0]])
    }).pipe(Effect.provide(evolution({ generations: 30 })))
  )
})

describe("metrics that are effects", () => {
  it.effect("scores run side by side, as many as the concurrency says", () =>
    Effect.gen(function* () {
      const system = HyperSystem.make("gain", { run: (x: number) => gain(x) })
      for (const [options, atOnce] of [
        [{}, 12],
        [{ concurrency: 5 }, 5],
        [{ mode: "sequential" }, 1]
      ] as const) {
        let running = 0
        let most = 0
        const judge = Metric.perExample((output: number, _: number) =>
          Effect.acquireUseRelease(
            Effect.sync(() => {
              running++
              most = Math.max(most, running)
            }),
            () => Effect.as(Effect.sleep("1 second"), output),
            () => Effect.sync(() => running--)
          )
        )
        const fiber = yield* Effect.fork(
          HyperSystem.evaluatePopulation(system, gains(1, 2, 3, 4), numbered(1, 2, 3), judge, options)
        )
        yield* TestClock.adjust("12 seconds")
        assert.deepStrictEqual((yield* Fiber.join(fiber)).rewards, [2, 4, 6, 8])
        assert.strictEqual(most, atOnce)
      }
    })
  )

  it.effect("scores draw their random numbers from the seed, the same for every candidate and in every form", () =>
    Effect.gen(function* () {
      const system = HyperSystem.make("net", {
        run: (x: Tensor.Tensor) =>
          Effect.succeed(x).pipe(
            Effect.filterOrFail(
              ({ shape }) => shape[0] === 2,
              () => "of another size"
            ),
            Effect.flatMap(linear)
          )
      })
      const judge = Metric.perExample((output: Tensor.Tensor, _: number) =>
        Effect.map(Random.next, (noise) => Tensor.toNumber(Tensor.sum(output)) + noise)
      )
      const rewards = (mode: (typeof all)[number], seed: number) =>
        Effect.map(
          HyperSystem.evaluatePopulation(system, [1, 1, 2].map(scaled), points([1, 2], [7], [3, 4]), judge, {
            mode,
            seed,
            onFailure: "missing"
          }),
          (of) => of.rewards
        )
      const expected = yield* rewards("sequential", 1)
      for (const mode of all) assert.deepStrictEqual(yield* rewards(mode, 1), expected)
      assert.strictEqual(expected[0], expected[1])
      assert.closeTo(expected[2] - expected[0], 5, 1e-9)
      assert.notDeepEqual(yield* rewards("auto", 2), expected)
    }).pipe(Effect.provide(DeviceCpu.layer))
  )
})

describe("interruption", () => {
  const slow = Hyperfunction.make("slow", {
    params: Params.unbounded({ default: 1 }),
    run: (gain, x: number) => Effect.as(Effect.sleep("1 second"), gain * x)
  })

  it.effect("an optimization that is interrupted has updated nothing, and nothing of it goes on", () =>
    Effect.gen(function* () {
      for (const mode of forms) {
        let open = 0
        let runs = 0
        const system = HyperSystem.make("slow", {
          run: (x: number) =>
            Effect.acquireUseRelease(
              Effect.sync(() => {
                open++
                runs++
              }),
              () => slow(x),
              () => Effect.sync(() => open--)
            )
        })
        const fiber = yield* Effect.fork(HyperSystem.optimize(system, numbered(1, 2), closeTo(0), { mode }))
        yield* TestClock.adjust("5500 millis")
        assert.strictEqual(open, mode === "fibers" ? 16 : 1)
        assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(fiber)))
        const before = runs
        yield* TestClock.adjust("1 minute")
        assert.strictEqual(open, 0)
        assert.strictEqual(runs, before)
        assert.isUndefined(system.candidate)
        const check = yield* Effect.fork(system.run(3))
        yield* TestClock.adjust("1 second")
        assert.strictEqual(yield* Fiber.join(check), 3)
      }
    }).pipe(Effect.provide(evolution()))
  )

  it.effect("a stream of reports that is cut off has given the best parameters of every finished generation", () =>
    Effect.gen(function* () {
      const system = HyperSystem.make("gain", { run: (x: number) => gain(x) })
      const reports = yield* Stream.runCollect(
        Stream.take(HyperSystem.optimizeStream(system, numbered(1), closeTo(0.5)), 6)
      )
      const whole = yield* HyperSystem.optimize(system, numbered(1), closeTo(0.5))
      assert.deepStrictEqual(Chunk.toReadonlyArray(reports), whole.history.slice(0, 6))
      const { best } = Chunk.unsafeLast(reports)
      const { score } = yield* HyperSystem.evaluate(
        HyperSystem.withCandidate(system, best.candidate),
        numbered(1),
        closeTo(0.5)
      )
      assert.strictEqual(score, best.score)
    }).pipe(Effect.provide(evolution()))
  )

  it.effect("an example that takes too long is interrupted at its timeout, also while it is lifted", () =>
    Effect.gen(function* () {
      for (const mode of all) {
        let interrupted = 0
        const system = HyperSystem.make("stuck", {
          run: (x: Tensor.Tensor) =>
            Effect.zipRight(
              Effect.onInterrupt(Effect.sleep("10 seconds"), () => Effect.sync(() => interrupted++)),
              linear(x)
            )
        })
        const fiber = yield* Effect.fork(
          Effect.flip(HyperSystem.evaluate(system, points([1, 2]), total, { mode, timeout: "2 seconds" }))
        )
        yield* TestClock.adjust("4 seconds")
        assert.include(yield* Fiber.join(fiber), { reason: "ExampleTimedOut", example: 0 })
        assert.strictEqual(interrupted, mode === "auto" ? 2 : 1)
      }
    }).pipe(Effect.provide(DeviceCpu.layer))
  )

  it.effect("a program that interrupts itself is a failed example in every form, and in a trace", () =>
    Effect.gen(function* () {
      const system = HyperSystem.make("quitter", {
        run: (x: Tensor.Tensor) => (x.shape[0] === 2 ? linear(x) : Effect.interrupt)
      })
      const examples = points([1, 2], [1], [3, 4])
      for (const mode of all) {
        const { missing, score } = yield* HyperSystem.evaluate(system, examples, total, { mode, onFailure: "missing" })
        assert.strictEqual(score, 5)
        assert.deepStrictEqual(
          missing.map(({ example }) => example),
          [1]
        )
        assert.isTrue(Exit.isInterrupted(yield* Effect.exit(HyperSystem.evaluate(system, examples, total, { mode }))))
      }
      const { exit } = yield* HyperSystem.trace(system, Tensor.from([1]))
      assert.isTrue(Exit.isInterrupted(exit))
    }).pipe(Effect.provide(DeviceCpu.layer))
  )
})

describe("seeds", () => {
  const noisy = Hyperfunction.make("noisy", {
    params: Params.unbounded({ default: 1 }),
    run: (gain, x: number) => Effect.map(Random.next, (noise) => gain * x + noise)
  })
  const system = HyperSystem.make("noisy", { run: (x: number) => noisy(x) })
  const examples = numbered(1, 2, 3)

  const run = (seed: number, options: Optimization.Options = {}) =>
    Effect.map(
      HyperSystem.optimize(system, examples, closeTo(0.5), options).pipe(
        Effect.provide(evolution({ seed, generations: 6 }))
      ),
      ({ history }) =>
        history.map(({ best, reward, score }) => [reward, score, best.score, Candidate.get(best.candidate, noisy)])
    )

  it.effect("one seed gives one history, to the bit, whatever the form and the concurrency", () =>
    Effect.gen(function* () {
      const history = yield* run(3)
      for (const options of [
        { mode: "fibers", concurrency: 1 },
        { mode: "fibers", concurrency: 16 },
        { mode: "sequential" }
      ] as const) {
        assert.deepStrictEqual(yield* run(3, options), history)
      }
    })
  )

  it.effect("another seed gives another history, and 0 is a seed like any other", () =>
    Effect.gen(function* () {
      const histories = yield* Effect.forEach([0, 0, 1, 2, -5], (seed) => run(seed))
      const texts = histories.map((history) => JSON.stringify(history))
      assert.strictEqual(texts[0], texts[1])
      assert.strictEqual(new Set(texts).size, 4)
    })
  )

  it.effect("a second optimization with another seed perturbs by other noise, with the same by the same", () =>
    Effect.gen(function* () {
      const perturbations = (seed: number) =>
        Effect.gen(function* () {
          const seen: Array<number> = []
          const watched = Hyperfunction.make("watched", {
            params: Params.unbounded({ default: 0 }),
            run: (value, _: number) => Effect.sync(() => seen.push(value))
          })
          const system = HyperSystem.make("watched", { run: (x: number) => watched(x) })
          yield* HyperSystem.optimize(system, numbered(1), () => 0).pipe(
            Effect.provide(evolution({ seed, generations: 2, population: 4 }))
          )
          return [...seen.slice(1, 5), ...seen.slice(6, 10)]
        })
      const [first, again, other] = yield* Effect.forEach([1, 1, 2], perturbations)
      assert.deepStrictEqual(again, first)
      assert.strictEqual(new Set([...first, ...other]).size, 16)
    })
  )

  it.effect("the seed of an evaluation decides what weights without initial values start as", () =>
    Effect.gen(function* () {
      const random = Hyperfunction.tensor("random", {
        params: LoRAWeight.create({ outDim: 2, inDim: 2 }),
        run: (weight, x: Tensor.Tensor) => Tensor.linear(x, weight)
      })
      const system = HyperSystem.make("random", { run: (x: Tensor.Tensor) => random(x) })
      const score = (options?: { readonly seed: number }) =>
        Effect.map(HyperSystem.evaluate(system, points([1, 2]), total, options), ({ score }) => score)
      const scores = yield* Effect.all([score(), score({ seed: 0 }), score({ seed: 1 }), score({ seed: 1 })])
      assert.strictEqual(scores[0], scores[1])
      assert.strictEqual(scores[2], scores[3])
      assert.notStrictEqual(scores[0], scores[2])
    }).pipe(Effect.provide(DeviceCpu.layer))
  )

  it.effect("candidates draw the same random numbers, examples their own", () =>
    Effect.gen(function* () {
      const candidates = [1, 1, 2].map((value) => Candidate.set(Candidate.defaults(), noisy, value))
      for (const mode of forms) {
        const rewards = (examples: ReadonlyArray<{ readonly input: number; readonly expected: number }>) =>
          Effect.map(HyperSystem.evaluatePopulation(system, candidates, examples, mean, { mode }), (of) => of.rewards)
        const [one] = yield* rewards(numbered(0))
        const [both, same, other] = yield* rewards(numbered(0, 0))
        assert.strictEqual(both, same)
        assert.strictEqual(both, other)
        assert.notStrictEqual(both, one)
      }
    })
  )
})

describe("parameters", () => {
  it.effect("parameters given for a call are not overridden by those of a candidate", () =>
    Effect.gen(function* () {
      const system = HyperSystem.make("explicit", {
        run: (x: number) =>
          Effect.zipWith(gain(x), Candidate.provide(gain(x), gains(10)[0]), (own, given) => own + given)
      })
      for (const mode of forms) {
        const { rewards } = yield* HyperSystem.evaluatePopulation(system, gains(1, 2), numbered(1), mean, { mode })
        assert.deepStrictEqual(rewards, [11, 12])
      }
      const tuned = yield* HyperSystem.optimize(system, numbered(1), closeTo(10))
      assert.closeTo(yield* tuned.system.run(1), 10, 0.1)
    }).pipe(Effect.provide(evolution({ generations: 40 })))
  )

  it.effect("weights given for a tensor call are not overridden either, in any form", () =>
    Effect.gen(function* () {
      const system = HyperSystem.make("explicit", {
        run: (x: Tensor.Tensor) =>
          Effect.zipWith(linear(x), Candidate.provide(linear(x), scaled(10)), (own, given) => Tensor.add(own, given))
      })
      for (const mode of ["lifted", ...all] as const) {
        const { rewards } = yield* HyperSystem.evaluatePopulation(system, [1, 2].map(scaled), points([1, 2]), total, {
          mode
        })
        assert.deepStrictEqual(rewards, [33, 36])
      }
    }).pipe(Effect.provide(DeviceCpu.layer))
  )

  it.effect("parameters computed from a tuned one and given for a call are those of each candidate", () =>
    Effect.gen(function* () {
      const level = Hyperfunction.make("level", {
        params: Params.unbounded({ default: 0 }),
        run: (level) => Effect.succeed(level)
      })
      const system = HyperSystem.make("computed", {
        run: (x: number) => Effect.flatMap(level(), (value) => Candidate.provide(gain(x), gains(value)[0]))
      })
      const candidates = [1, 2, 3].map((value) => Candidate.set(Candidate.defaults(), level, value))
      for (const mode of forms) {
        const { rewards } = yield* HyperSystem.evaluatePopulation(system, candidates, numbered(1), mean, { mode })
        assert.deepStrictEqual(rewards, [1, 2, 3])
      }
    })
  )

  it.effect("a call that reaches a tuned parameter through two others is not shared by candidates", () =>
    Effect.gen(function* () {
      const middle = Hyperfunction.make("middle", { params: Params.none, run: (_, x: number) => gain(x) })
      const outer = Hyperfunction.make("outer", { params: Params.none, run: (_, x: number) => middle(x) })
      const system = HyperSystem.make("nested", { run: (x: number) => outer(x) })
      for (const mode of forms) {
        const { rewards } = yield* HyperSystem.evaluatePopulation(system, gains(1, 2, 3), numbered(1), mean, { mode })
        assert.deepStrictEqual(rewards, [1, 2, 3])
      }
    })
  )

  it.effect("a call that draws random numbers leaves what each candidate draws after it as it is", () =>
    Effect.gen(function* () {
      const dice = Hyperfunction.make("dice", {
        params: Params.none,
        run: (_, x: number) => Effect.map(Random.next, (r) => r + x)
      })
      const system = HyperSystem.make("dice", {
        run: (x: number) =>
          Effect.gen(function* () {
            const first = yield* dice(x)
            const second = yield* Random.next
            return (yield* gain(1)) + first + 10 * second
          })
      })
      for (const mode of forms) {
        const { rewards } = yield* HyperSystem.evaluatePopulation(system, gains(1, 2, 3), numbered(1, 2), mean, {
          mode
        })
        const alone = yield* Effect.forEach(gains(1, 2, 3), (candidate) =>
          HyperSystem.evaluate(HyperSystem.withCandidate(system, candidate), numbered(1, 2), mean, { mode })
        )
        assert.deepStrictEqual(
          rewards,
          alone.map(({ score }) => score)
        )
      }
    })
  )

  it.effect("a call that depends on no tuned parameter runs once per example, whoever is waiting for it", () =>
    Effect.gen(function* () {
      for (const mode of forms) {
        const calls: Array<number> = []
        const lookup = Hyperfunction.make("lookup", {
          params: Params.unbounded({ default: 2 }),
          run: (factor, x: number) =>
            Effect.map(Effect.yieldNow(), () => {
              calls.push(x)
              return factor * x
            })
        })
        const system = HyperSystem.make("shared", { run: (x: number) => Effect.flatMap(lookup(x), gain) })
        const { rewards } = yield* HyperSystem.evaluatePopulation(system, gains(1, 2, 3, 4), numbered(5, 6), mean, {
          mode
        })
        assert.deepStrictEqual(rewards, [11, 22, 33, 44])
        assert.deepStrictEqual(calls.sort(), [5, 6])
      }
    })
  )

  it.effect("a hyperfunction may call itself, and two equal calls of one run are two calls", () =>
    Effect.gen(function* () {
      const factorial: Hyperfunction.Hyperfunction<[number], number, never, never, {}> = Hyperfunction.make(
        "factorial",
        {
          params: Params.none,
          run: (_, n: number) => (n <= 1 ? Effect.succeed(1) : Effect.map(factorial(n - 1), (less) => n * less))
        }
      )
      for (const mode of forms) {
        let drawn = 0
        const next = Hyperfunction.make("next", { params: Params.none, run: () => Effect.sync(() => ++drawn) })
        const system = HyperSystem.make("recursive", {
          run: (n: number) =>
            Effect.gen(function* () {
              const [first, second] = [yield* next(), yield* next()]
              assert.strictEqual(second - first, 1)
              return yield* gain(yield* factorial(n))
            })
        })
        const { rewards } = yield* HyperSystem.evaluatePopulation(system, gains(1, 2, 3), numbered(5), mean, { mode })
        assert.deepStrictEqual(rewards, [120, 240, 360])
        assert.strictEqual(drawn, 2)
      }
    })
  )

  it.effect("every candidate has its own weights where the host looks at values", () =>
    Effect.gen(function* () {
      const system = HyperSystem.make("looking", {
        run: (x: Tensor.Tensor) =>
          Effect.map(linear(x), (y) => (Tensor.toNumber(Tensor.sum(y)) > 2 ? Tensor.neg(y) : y))
      })
      for (const mode of all) {
        const { rewards, work } = yield* HyperSystem.evaluatePopulation(
          system,
          [0, 1, 2].map(scaled),
          points([1, 1]),
          total,
          { mode }
        )
        assert.deepStrictEqual(rewards, [0, 2, -4])
        assert.isFalse(work.modes.has("lifted"))
      }
    }).pipe(Effect.provide(DeviceCpu.layer))
  )

  it.effect("a hyperfunction whose parameters are all frozen works, and there is nothing to tune", () =>
    Effect.gen(function* () {
      const fixed = Hyperfunction.make("fixed", {
        params: Params.struct({ gain: Params.unbounded({ default: 3, frozen: true }) }),
        run: ({ gain }, x: number) => Effect.succeed(gain * x)
      })
      const system = HyperSystem.make("fixed", { run: (x: number) => fixed(x) })
      const tuned = yield* HyperSystem.optimize(system, numbered(2), mean)
      assert.strictEqual(tuned.stopped, "nothingToTune")
      assert.strictEqual(tuned.after, 6)
      const frozen = yield* HyperSystem.optimize(
        HyperSystem.make("gain", { run: (x: number) => gain(x) }),
        numbered(2),
        mean,
        { freeze: ["gain"] }
      )
      assert.strictEqual(frozen.stopped, "nothingToTune")
      assert.strictEqual(yield* frozen.system.run(2), 2)
    }).pipe(Effect.provide(evolution()))
  )

  it.effect("a hyperfunction takes any number of arguments", () =>
    Effect.gen(function* () {
      const weighted = Hyperfunction.make("weighted", {
        params: Params.unbounded({ default: 2 }),
        run: (weight, label: string, ...values: ReadonlyArray<number>) =>
          Effect.succeed(`${label}${weight * values.reduce((sum, x) => sum + x, 0)}`)
      })
      assert.strictEqual(yield* weighted("none "), "none 0")
      assert.strictEqual(yield* weighted("three ", 1, 2, 3), "three 12")
      const system = HyperSystem.make("variadic", { run: (values: ReadonlyArray<number>) => weighted("=", ...values) })
      const { outputs } = yield* HyperSystem.evaluate(
        system,
        [{ input: [1, 2], expected: "=6" }],
        (outputs, expected) => Number(outputs[0] === expected[0])
      )
      assert.deepStrictEqual(outputs, [Exit.succeed("=6")])
    })
  )

  it.effect("calls made from a Promise see the candidate when they run on the runtime of the run", () =>
    Effect.gen(function* () {
      const system = HyperSystem.make("promised", {
        run: (x: number) =>
          Effect.flatMap(Effect.runtime<never>(), (runtime) =>
            Effect.promise(async () => (await Runtime.runPromise(runtime)(gain(x))) + 1)
          )
      })
      const { rewards } = yield* HyperSystem.evaluatePopulation(system, gains(1, 2, 3), numbered(1), mean)
      assert.deepStrictEqual(rewards, [2, 3, 4])
    })
  )

  it.effect(
    "calls made from a bare Effect.runPromise are outside of the evaluation: at their defaults, and not found",
    () =>
      Effect.gen(function* () {
        const system = HyperSystem.make("escaped", {
          run: (x: number) => Effect.promise(() => outside(x))
        })
        const { rewards } = yield* HyperSystem.evaluatePopulation(system, gains(2, 3), numbered(1), mean)
        assert.deepStrictEqual(rewards, [1, 1])
        const tuned = yield* HyperSystem.optimize(system, numbered(1), mean).pipe(Effect.provide(evolution()))
        assert.strictEqual(tuned.stopped, "nothingToTune")
      })
  )
})

describe("what a program does between calls", () => {
  const double = Hyperfunction.tensor("double", {
    params: Params.none,
    run: (_, x: Tensor.Tensor) => Tensor.mul(x, 2)
  })

  const agree = <O>(system: HyperSystem.HyperSystem<Tensor.Tensor, O, unknown, Device>, score: (output: O) => number) =>
    Effect.gen(function* () {
      const examples = points([1, 2], [-3, 4])
      const metric = Metric.perExample((output: O, _: number) => score(output))
      const scores = yield* Effect.forEach(all, (mode) =>
        Effect.map(
          HyperSystem.evaluatePopulation(system, [1, 2].map(scaled), examples, metric, { mode }),
          (of) => of.rewards
        )
      )
      assert.deepStrictEqual(scores, [scores[0], scores[0], scores[0]])
      return scores[0]
    })

  it.effect("arithmetic between calls counts, and does not hide that one depends on the other", () =>
    Effect.gen(function* () {
      const system = HyperSystem.make("arithmetic", {
        run: (x: Tensor.Tensor) =>
          Effect.gen(function* () {
            const r = yield* linear(x)
            return yield* double(Tensor.add(Tensor.mul(r, 2), 1))
          })
      })
      const rewards = yield* agree(system, (output) => Tensor.toNumber(Tensor.sum(output)))
      assert.deepStrictEqual(rewards, [12, 20])
      const { graph } = yield* HyperSystem.trace(system, Tensor.from([1, 2]))
      assert.deepStrictEqual(CallGraph.dependenciesOf(graph, 1), [0])
    }).pipe(Effect.provide(DeviceCpu.layer))
  )

  it.effect("a part of a split is that part", () =>
    Effect.gen(function* () {
      const system = HyperSystem.make("split", {
        run: (x: Tensor.Tensor) =>
          Effect.gen(function* () {
            const [left, right] = Tensor.split(yield* linear(x), [1, 1])
            return Tensor.combine([yield* double(right), left])
          })
      })
      const rewards = yield* agree(system, (output) => {
        const [first, second] = Tensor.toTypedArray(output)
        return 100 * first + second
      })
      assert.deepStrictEqual(rewards, [(401 + 797) / 2, (802 + 1594) / 2])
      const { graph } = yield* HyperSystem.trace(system, Tensor.from([1, 2]))
      assert.deepStrictEqual(
        CallGraph.nodes(graph).map(({ name }, k) => [name, CallGraph.dependenciesOf(graph, k)]),
        [
          ["linear", []],
          ["split", [0]],
          ["double", [1]],
          ["combine", [2, 1]]
        ]
      )
    }).pipe(Effect.provide(DeviceCpu.layer))
  )

  it.effect("an element of an output depends on the call that gave it, whether tensor, object or number", () =>
    Effect.gen(function* () {
      const search = Hyperfunction.make("search", {
        params: Params.none,
        run: (_, text: string) => Effect.succeed([{ text: `${text} one` }, { text: `${text} two` }])
      })
      const read = Hyperfunction.make("read", {
        params: Params.none,
        run: (_, hit: { readonly text: string }) => Effect.succeed({ length: hit.text.length })
      })
      const grade = Hyperfunction.make("grade", {
        params: Params.none,
        run: (_, length: number, label: string) => Effect.succeed(`${label}${length}`)
      })
      const system = HyperSystem.make("index", {
        run: (text: string) =>
          Effect.gen(function* () {
            const hits = yield* search(text)
            const { length } = yield* read(hits[1])
            return yield* grade(length, "pre-")
          })
      })
      const { exit, graph } = yield* HyperSystem.trace(system, "cats")
      assert.deepStrictEqual(exit, Exit.succeed("pre-8"))
      assert.deepStrictEqual(
        [0, 1, 2].map((node) => CallGraph.dependenciesOf(graph, node)),
        [[], [0], [1]]
      )
      const tensors = HyperSystem.make("slices", {
        run: (x: Tensor.Tensor) => Effect.flatMap(linear(x), (y) => double(Tensor.slice(y, { start: 1, length: 1 })))
      })
      const sliced = yield* HyperSystem.trace(tensors, Tensor.from([1, 2]))
      assert.isTrue(Exit.isSuccess(sliced.exit) && Tensor.equals(sliced.exit.value, Tensor.from([4])))
      assert.deepStrictEqual(CallGraph.dependenciesOf(sliced.graph, 1), [0])
    }).pipe(Effect.provide(DeviceCpu.layer))
  )

  it.effect("what is made of the last output, and outputs of earlier calls, are what the system gives", () =>
    Effect.gen(function* () {
      const system = HyperSystem.make("post", {
        run: (x: Tensor.Tensor) =>
          Effect.gen(function* () {
            const first = yield* linear(x)
            yield* double(first)
            return { label: Tensor.argMax(first), first: [first], note: "kept" }
          })
      })
      const rewards = yield* agree(
        system,
        ({ first, label, note }) => Tensor.toNumber(label) + 10 * Tensor.toTypedArray(first[0])[1] + note.length
      )
      assert.deepStrictEqual(rewards, [1 + 30 + 4, 1 + 60 + 4])
    }).pipe(Effect.provide(DeviceCpu.layer))
  )

  it.effect("values can be compared, rounded and written into text inside an evaluation", () =>
    Effect.gen(function* () {
      const system = HyperSystem.make("text", {
        run: (x: Tensor.Tensor) =>
          Effect.gen(function* () {
            const y = Tensor.toNumber(Tensor.sum(yield* linear(x)))
            return y > 1 ? `pre-${y.toFixed(2)}` : "little"
          })
      })
      const rewards = yield* agree(system, (text) => (text === "little" ? 1 : Number(text.replace("pre-", ""))))
      assert.deepStrictEqual(rewards, [(3 + 1) / 2, (6 + 2) / 2])
    }).pipe(Effect.provide(DeviceCpu.layer))
  )

  it.effect("a value that holds itself can be traced", () =>
    Effect.gen(function* () {
      interface Ring {
        readonly next: Ring
      }
      const ring = (): Ring => {
        const made: { next?: Ring } = {}
        return Object.assign(made, { next: made as Ring })
      }
      const make = Hyperfunction.make("make", { params: Params.none, run: () => Effect.sync(ring) })
      const use = Hyperfunction.make("use", { params: Params.none, run: (_, ring: Ring) => Effect.succeed(ring.next) })
      const system = HyperSystem.make("ring", {
        run: (input: Ring) => Effect.zipRight(use(input), Effect.flatMap(make(), use))
      })
      const { graph } = yield* HyperSystem.trace(system, ring())
      assert.deepStrictEqual(
        [0, 1, 2].map((node) => CallGraph.dependenciesOf(graph, node)),
        [[], [], [1]]
      )
    })
  )

  it.effect("a metric of tensors may be another expression for every example", () =>
    Effect.gen(function* () {
      const metric = Metric.perExample((output: Tensor.Tensor, expected: number) =>
        expected > 0 ? Tensor.sum(output) : Tensor.sub(0, Tensor.mul(Tensor.sum(output), 10))
      )
      const system = HyperSystem.make("metric", { run: (x: Tensor.Tensor) => linear(x) })
      const examples = [1, -1, 2, -3].map((expected) => ({ input: Tensor.from([expected, 1]), expected }))
      for (const mode of all) {
        const { rewards } = yield* HyperSystem.evaluatePopulation(system, [1, 2].map(scaled), examples, metric, {
          mode
        })
        assert.deepStrictEqual(rewards, [(2 + 3 + 0 + 20) / 4, (4 + 6 + 0 + 40) / 4])
      }
    }).pipe(Effect.provide(DeviceCpu.layer))
  )
})

describe("the best so far", () => {
  it.effect("a search that runs away gives back nothing worse than its start", () =>
    Effect.gen(function* () {
      const system = HyperSystem.make("gain", { run: (x: number) => gain(x) })
      for (const seed of [0, 1, 2, 3, 4]) {
        for (const target of [1, 0.9]) {
          const tuned = yield* HyperSystem.optimize(system, numbered(1), closeTo(target)).pipe(
            Effect.provide(evolution({ seed, learningRate: 1000 }))
          )
          assert.isBelow(tuned.history[10].score, tuned.before)
          assert.isAtLeast(tuned.after, tuned.before)
          tuned.history.forEach(({ best }, k) =>
            assert.isAtLeast(best.score, Math.max(...tuned.history.slice(0, k + 1).map(({ score }) => score)))
          )
          const { score } = yield* HyperSystem.evaluate(tuned.system, numbered(1), closeTo(target))
          assert.strictEqual(score, tuned.after)
        }
      }
    })
  )

  it.effect("no generations leave everything as it is", () =>
    Effect.gen(function* () {
      const system = HyperSystem.make("gain", { run: (x: number) => gain(x) })
      const tuned = yield* HyperSystem.optimize(system, numbered(1), closeTo(2))
      assert.strictEqual(tuned.stopped, "generations")
      assert.strictEqual(tuned.history.length, 1)
      assert.strictEqual(Candidate.get(tuned.system.candidate!, gain), 1)
    }).pipe(Effect.provide(evolution({ generations: 0 })))
  )

  it.effect("a second optimization goes on from the first, which it leaves untouched", () =>
    Effect.gen(function* () {
      const system = HyperSystem.make("gain", { run: (x: number) => gain(x) })
      const first = yield* HyperSystem.optimize(system, numbered(1), closeTo(3))
      const value = Candidate.get(first.system.candidate!, gain)
      const second = yield* HyperSystem.optimize(first.system, numbered(1), closeTo(3)).pipe(
        Effect.provide(evolution({ seed: 2 }))
      )
      assert.strictEqual(second.before, first.after)
      assert.isAbove(second.after, first.after)
      assert.strictEqual(Candidate.get(first.system.candidate!, gain), value)
    }).pipe(Effect.provide(evolution()))
  )
})

describe("a device that fails", () => {
  const failing = (when: (candidates: number) => boolean) => {
    const cpu = DeviceCpu.make()
    return {
      ...cpu,
      launch: (launch: Parameters<typeof cpu.launch>[0]) =>
        when(launch.candidates)
          ? Effect.fail(
              new DeviceError({ reason: "KernelFailed", device: "small", detail: "no room", cure: "Make room" })
            )
          : cpu.launch(launch)
    }
  }
  const system = HyperSystem.make("net", { run: (x: Tensor.Tensor) => linear(x) })
  const candidates = [1, 2, 3].map(scaled)
  const examples = points([1, 2], [3, 4])

  it.effect("a lifted launch that fails is done by fibers, which say why", () =>
    Effect.gen(function* () {
      let launched = 0
      const device = failing((candidates) => candidates > 1 && launched++ === 0)
      const { rewards, work } = yield* HyperSystem.evaluatePopulation(system, candidates, examples, total).pipe(
        Effect.provideService(Device, device)
      )
      assert.deepStrictEqual(rewards, [5, 10, 15])
      assert.isTrue(work.modes.has("fibers"))
      assert.deepStrictEqual(work.divergences, ["Device small: no room. Make room"])
    })
  )

  it.effect("a device that always fails is a failure of the program in every form, which it can handle", () =>
    Effect.gen(function* () {
      const handled = HyperSystem.make("handled", {
        run: (x: Tensor.Tensor) => Effect.catchTag(linear(x), "DeviceError", () => Effect.succeed(x))
      })
      for (const mode of all) {
        const error = yield* Effect.flip(HyperSystem.evaluate(system, examples, total, { mode }))
        assert.include(error, { _tag: "DeviceError", reason: "KernelFailed" })
        const { score } = yield* HyperSystem.evaluate(handled, examples, (outputs) => outputs.length, { mode })
        assert.strictEqual(score, 2)
      }
      const forced = yield* Effect.flip(HyperSystem.evaluate(system, examples, total, { mode: "lifted" }))
      assert.include(forced, { _tag: "EvaluationError", reason: "NotLiftable" })
      assert.include(forced.message, "no room")
    }).pipe(
      Effect.provideService(
        Device,
        failing(() => true)
      )
    )
  )
})
