import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import { pipe } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Stream from "effect/Stream"
import * as DeviceWasm from "../layers/DeviceWasm.js"
import * as OptimizerEvolution from "../layers/OptimizerEvolution.js"
import * as OptimizerNone from "../layers/OptimizerNone.js"
import { type Objective, Optimizer } from "../services/Optimizer.js"
import * as Candidate from "../src/Candidate.js"
import { EvaluationError } from "../src/EvaluationError.js"
import * as Example from "../src/Example.js"
import * as Hyperfunction from "../src/Hyperfunction.js"
import * as HyperSystem from "../src/HyperSystem.js"
import { pairedDifference } from "../src/internal/bootstrap.js"
import * as LoRAWeight from "../src/LoRAWeight.js"
import * as Metric from "../src/Metric.js"
import { normals } from "../src/Noise.js"
import * as Params from "../src/Params.js"
import * as Tensor from "../src/Tensor.js"
import { seed } from "./utils/arrays.js"

const needed = Hyperfunction.make("needed", {
  params: Params.struct({
    gain: Params.unbounded({ default: 0 }),
    floor: Params.bounded({ min: 0.5, max: 2, default: 1 }),
    route: Params.category(["fast", "careful"])
  }),
  run: ({ floor, gain, route }, n: number) => Effect.succeed(gain * n + floor + (route === "careful" ? 10 : 0))
})

const useless = Hyperfunction.make("useless", {
  params: Params.unbounded({ default: 0 }),
  run: (size, n: number) => Effect.succeed(size * Math.sin(37 * n))
})

const system = HyperSystem.make("system", {
  run: (n: number) => Effect.zipWith(needed(n), useless(n), (a, b) => a + b)
})

const tuned = HyperSystem.withCandidate(
  system,
  pipe(
    Candidate.defaults(),
    Candidate.set(needed, { gain: 2, floor: 1.5, route: "careful" }),
    Candidate.set(useless, 1)
  )
)

const examples = Array.from({ length: 60 }, (_, k) => Example.make(1 + (k % 7) / 10 + k / 100, 0))

const itself = Metric.perExample((value: number, _: number) => value)

const mean = (values: ReadonlyArray<number>): number => values.reduce((sum, x) => sum + x, 0) / values.length

const inputs = examples.map(({ input }) => input)

const unavailable = Layer.succeed(Optimizer, {
  check: Effect.void,
  optimize: () => Stream.die("no optimizer was to be asked")
})

describe("Ablation", () => {
  describe("default", () => {
    it.effect("gives a block its default again, and says what it was worth", () =>
      Effect.gen(function* () {
        const ablation = yield* HyperSystem.ablate(tuned, examples, itself, { block: "needed.gain", how: "default" })
        assert.strictEqual(ablation.block, "needed.gain")
        assert.strictEqual(ablation.how, "default")
        assert.closeTo(ablation.difference.mean, 2 * mean(inputs), 1e-9)
        assert.closeTo(ablation.with - ablation.without, ablation.difference.mean, 1e-9)
        assert.strictEqual(ablation.with, (yield* HyperSystem.evaluate(tuned, examples, itself)).score)
        assert.strictEqual(ablation.difference.pairs, 60)
        assert.strictEqual(ablation.difference.confidence, 0.95)
      })
    )

    it.effect("has an interval without 0 for a needed block, and with 0 for a useless one", () =>
      Effect.gen(function* () {
        const difference = (block: string) =>
          Effect.map(
            HyperSystem.ablate(tuned, examples, itself, { block, how: "default" }),
            ({ difference }) => difference
          )
        const gain = yield* difference("needed")
        assert.isAbove(gain.lower, 0)
        assert.isAbove(gain.upper, gain.lower)
        const noise = yield* difference("useless")
        assert.isBelow(noise.lower, 0)
        assert.isAbove(noise.upper, 0)
        for (const { lower, mean, upper } of [gain, noise]) assert.isTrue(lower <= mean && mean <= upper)
      })
    )

    it.effect("takes a hyperfunction as a whole, or one of its parameters", () =>
      Effect.gen(function* () {
        const worth = (block: string) =>
          Effect.map(
            HyperSystem.ablate(tuned, examples, itself, { block, how: "default" }),
            ({ difference }) => difference.mean
          )
        const parts = [yield* worth("needed.gain"), yield* worth("needed.floor"), yield* worth("needed.route")]
        assert.closeTo(parts[1], 0.5, 1e-9)
        assert.closeTo(parts[2], 10, 1e-9)
        assert.closeTo(yield* worth("needed"), parts[0] + parts[1] + parts[2], 1e-9)
      })
    )

    it.effect("is worth nothing, exactly, for a block that has its default", () =>
      Effect.gen(function* () {
        const { difference } = yield* HyperSystem.ablate(system, examples, itself, { block: "needed", how: "default" })
        assert.deepInclude(difference, { mean: 0, lower: 0, upper: 0 })
      })
    )

    it.effect("has a wider interval at a higher confidence", () =>
      Effect.gen(function* () {
        const width = (confidence: number) =>
          Effect.map(
            HyperSystem.ablate(tuned, examples, itself, { block: "useless", how: "default", confidence }),
            ({ difference }) => difference.upper - difference.lower
          )
        assert.isBelow(yield* width(0.5), yield* width(0.9))
        assert.isBelow(yield* width(0.9), yield* width(0.99))
      })
    )

    it.effect("gives weights what they started from", () =>
      Effect.gen(function* () {
        const dense = Hyperfunction.tensor("dense", {
          params: LoRAWeight.create({ outDim: 1, inDim: 2 }),
          run: (weight, x: Tensor.Tensor) => Tensor.linear(x, weight)
        })
        const network = HyperSystem.make("network", { run: (x: Tensor.Tensor) => dense(x) })
        const points = [1, 2, 3].map((n) => Example.make(Tensor.from([n, 1]), 0))
        const score = Metric.perExample((value: Tensor.Tensor) => Tensor.sum(value))
        const initial = Candidate.get(Candidate.defaults({ seed: 4 }), dense)
        const doubled = Tensor.fromTypedArray(
          Tensor.toTypedArray(initial.weight).map((x) => 2 * x),
          [1, 2]
        )
        const tuned = HyperSystem.withCandidate(
          network,
          Candidate.set(Candidate.defaults({ seed: 4 }), dense, { ...initial, weight: doubled })
        )
        const ablation = yield* HyperSystem.ablate(tuned, points, score, { block: "dense", how: "default" })
        assert.closeTo(ablation.with, 2 * ablation.without, 1e-6)
        const zero = yield* HyperSystem.ablate(tuned, points, score, { block: "dense", how: "zero" })
        assert.strictEqual(zero.without, 0)
        assert.strictEqual(zero.with, ablation.with)
      }).pipe(Effect.provide(DeviceWasm.layer))
    )
  })

  describe("zero", () => {
    it.effect("sets numbers to 0 or the bound nearest to it, and categories to their default", () =>
      Effect.gen(function* () {
        const { without } = yield* HyperSystem.ablate(tuned, examples, itself, { block: "needed", how: "zero" })
        const noise = mean(inputs.map((n) => Math.sin(37 * n)))
        assert.closeTo(without, 0.5 + noise, 1e-9)
      })
    )
  })

  describe("freeze", () => {
    it.effect("tunes everything but the block from the defaults", () =>
      Effect.gen(function* () {
        const asked: Array<Objective<unknown>> = []
        const recording = Layer.succeed(Optimizer, {
          check: Effect.void,
          optimize: (objective) => {
            asked.push(objective)
            return Stream.make({
              generation: 0,
              generations: 0,
              evaluations: 1,
              runs: 1,
              reward: { mean: NaN, min: NaN, max: NaN, deviation: NaN },
              failures: 0,
              score: 0,
              best: { generation: 0, score: 0, candidate: Candidate.set(Candidate.defaults(), useless, 3) },
              elapsed: 0 as never,
              stopped: "generations" as const
            })
          }
        })
        const ablation = yield* HyperSystem.ablate(tuned, examples, itself, { block: "needed", how: "freeze" }).pipe(
          Effect.provide(recording)
        )
        assert.strictEqual(asked.length, 1)
        assert.deepStrictEqual([...(asked[0].selection.freeze ?? [])], ["needed.gain", "needed.floor", "needed.route"])
        assert.deepStrictEqual(asked[0].tunables.map(({ name }) => name).sort(), ["needed", "useless"])
        assert.strictEqual(asked[0].start.assignments.size, 0)
        assert.closeTo(ablation.without, 1 + 3 * mean(inputs.map((n) => Math.sin(37 * n))), 1e-9)
      })
    )

    it.effect("is worth little where the rest can make up for it, and much where it cannot", () =>
      Effect.gen(function* () {
        const aim = (name: string) =>
          Hyperfunction.make(name, {
            params: Params.unbounded({ default: 0 }),
            run: (at, _: number) => Effect.succeed(at)
          })
        const [a, b, scale] = [aim("a"), aim("b"), aim("scale")]
        const replaceable = HyperSystem.make("replaceable", {
          run: (n: number) =>
            Effect.map(
              Effect.all([a(n), b(n), scale(n)]),
              ([a, b, scale]) => -Math.abs(a + b - 1) - Math.abs(scale - n)
            )
        })
        const points = [1, 1.1, 0.9].map((n) => Example.make(n, 0))
        const options = { generations: 30, population: 24, sigma: 0.1, learningRate: 0.5, seed: 1 }
        const found = yield* HyperSystem.optimize(replaceable, points, itself).pipe(
          Effect.provide(OptimizerEvolution.layer(options))
        )
        const worth = (block: string) =>
          HyperSystem.ablate(found.system, points, itself, { block, how: "freeze" }).pipe(
            Effect.map(({ difference }) => difference),
            Effect.provide(OptimizerEvolution.layer(options))
          )
        assert.closeTo((yield* worth("a")).mean, 0, 0.4)
        assert.isAbove((yield* worth("scale")).lower, 0.5)
      })
    )

    it.effect("compares with the defaults where nothing tunes", () =>
      Effect.gen(function* () {
        const ablation = yield* HyperSystem.ablate(tuned, examples, itself, { block: "needed", how: "freeze" })
        assert.strictEqual(ablation.without, 1)
      }).pipe(Effect.provide(OptimizerNone.layer))
    )

    it.effect("is the only way that asks an optimizer", () =>
      Effect.gen(function* () {
        for (const how of ["default", "zero"] as const) {
          yield* HyperSystem.ablate(tuned, examples, itself, { block: "needed", how })
        }
      }).pipe(Effect.provide(unavailable))
    )
  })

  describe("pairs", () => {
    it.effect("leave out examples that fail with the block or without it", () =>
      Effect.gen(function* () {
        const picky = HyperSystem.make("picky", {
          run: (n: number) =>
            Effect.flatMap(needed(n), (value) =>
              n > 1.5 && value < 2
                ? Effect.fail("low" as const)
                : value > 15
                  ? Effect.fail("high" as const)
                  : Effect.succeed(value)
            )
        })
        const points = [1, 1.2, 1.6, 1.8, 4].map((n) => Example.make(n, 0))
        const ablation = yield* HyperSystem.ablate(
          HyperSystem.withCandidate(
            picky,
            Candidate.set(Candidate.defaults(), needed, { gain: 2, floor: 1, route: "fast" })
          ),
          points,
          itself,
          { block: "needed.gain", how: "default", onFailure: "missing" }
        )
        assert.strictEqual(ablation.difference.pairs, 2)
        assert.closeTo(ablation.difference.mean, 2.2, 1e-9)
      })
    )

    it.effect("that are none are an error, not a number", () =>
      Effect.gen(function* () {
        const exclusive = HyperSystem.make("exclusive", {
          run: (n: number) =>
            Effect.flatMap(needed(n), (value) =>
              value > 9 === n > 1 ? Effect.succeed(value) : Effect.fail("no" as const)
            )
        })
        const points = [2, 0].map((n) => Example.make(n, 0))
        const given = (gain: number, floor: number) =>
          HyperSystem.withCandidate(
            exclusive,
            Candidate.set(Candidate.defaults(), needed, { gain, floor, route: "careful" })
          )
        const exit = yield* Effect.flip(
          Effect.asVoid(
            HyperSystem.ablate(given(1, 1), points, itself, {
              block: "needed.route",
              how: "default",
              onFailure: "missing"
            })
          )
        ).pipe(Effect.option)
        if (Option.isSome(exit)) assert.instanceOf(exit.value, EvaluationError)
        else assert.fail("a difference of no pairs was given")
      })
    )

    it.effect("are scored by a metric over lists one example at a time", () =>
      Effect.gen(function* () {
        const lists = (values: ReadonlyArray<number>) => mean(values)
        const [one, other] = yield* Effect.forEach([itself, lists], (metric) =>
          HyperSystem.ablate(tuned, examples, metric, { block: "useless", how: "default" })
        )
        assert.deepStrictEqual(one, other)
      })
    )

    it.effect("draw the same random numbers with and without the block", () =>
      Effect.gen(function* () {
        const noisy = HyperSystem.make("noisy", {
          run: (n: number) => Effect.zipWith(needed(n), Random.next, (value, drawn) => value + 100 * drawn)
        })
        const { difference } = yield* HyperSystem.ablate(
          HyperSystem.withCandidate(noisy, tuned.candidate!),
          examples,
          itself,
          { block: "needed.floor", how: "default" }
        )
        assert.closeTo(difference.mean, 0.5, 1e-9)
        assert.closeTo(difference.lower, 0.5, 1e-9)
      })
    )

    it.effect("give the same interval for the same seed", () =>
      Effect.gen(function* () {
        const difference = (seed: number) =>
          Effect.map(
            HyperSystem.ablate(tuned, examples, itself, { block: "useless", how: "default", seed }),
            ({ difference }) => difference
          )
        assert.deepStrictEqual(yield* difference(3), yield* difference(3))
        assert.notStrictEqual((yield* difference(3)).lower, (yield* difference(4)).lower)
      })
    )
  })

  it.effect("refuses an unknown block, and says which there are", () =>
    Effect.gen(function* () {
      for (const block of ["router", "needed.gains", "need", "needed.gain.x", ""]) {
        const error = yield* Effect.flip(HyperSystem.ablate(tuned, examples, itself, { block, how: "default" }))
        assert.instanceOf(error, EvaluationError)
        assert.strictEqual(error.reason, "UnknownBlock")
        assert.include(error.message, `"${block}"`)
        for (const name of ["needed.gain", "needed.floor", "needed.route", "useless"])
          assert.include(error.message, name)
      }
    })
  )

  describe("pairedDifference", () => {
    it("covers the true difference as often as its confidence says", () => {
      const [confidence, simulations, truth] = [0.9, 250, 0.3]
      const noise = new Float32Array(30)
      let covered = 0
      for (let simulation = 0; simulation < simulations; simulation++) {
        normals({ seed: 5, generation: 0, pair: simulation, block: 1 }, noise)
        const pairs = Array.from(noise, (z, k) => [k + truth + z, k] as const)
        const { lower, upper } = pairedDifference(pairs, confidence, simulation)
        if (lower <= truth && truth <= upper) covered++
      }
      const margin = 3 * Math.sqrt((confidence * (1 - confidence)) / simulations)
      assert.closeTo(covered / simulations, confidence - 0.015, margin)
    })

    it.prop(
      "lies between the least and the greatest difference, around their mean",
      {
        seed,
        pairs: FastCheck.array(
          FastCheck.tuple(
            FastCheck.double({ min: -9, max: 9, noNaN: true }),
            FastCheck.double({ min: -9, max: 9, noNaN: true })
          ),
          { minLength: 1, maxLength: 12 }
        )
      },
      ({ pairs, seed }) => {
        const differences = pairs.map(([a, b]) => a - b)
        const { lower, mean: middle, pairs: count, upper } = pairedDifference(pairs, 0.9, seed)
        assert.strictEqual(count, pairs.length)
        assert.closeTo(middle, mean(differences), 1e-9)
        assert.isAtLeast(lower, Math.min(...differences) - 1e-9)
        assert.isAtMost(upper, Math.max(...differences) + 1e-9)
        assert.isAtMost(lower, upper)
      },
      { fastCheck: { numRuns: 30 } }
    )
  })
})
