import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as DeviceWasm from "../../layers/DeviceWasm.js"
import * as OptimizerEvolution from "../../layers/OptimizerEvolution.js"
import { type GenerationReport, OptimizerError } from "../../services/Optimizer.js"
import * as Candidate from "../../src/Candidate.js"
import type { Options } from "../../src/Evaluation.js"
import * as Example from "../../src/Example.js"
import * as Hyperfunction from "../../src/Hyperfunction.js"
import * as HyperSystem from "../../src/HyperSystem.js"
import * as LoRAWeight from "../../src/LoRAWeight.js"
import * as Metric from "../../src/Metric.js"
import * as Params from "../../src/Params.js"
import * as Tensor from "../../src/Tensor.js"

const defaults = { generations: 5, population: 8, sigma: 0.1, learningRate: 0.1, seed: 1 } as const

const evolution = (options: Partial<OptimizerEvolution.Options> = {}) =>
  Effect.provide(OptimizerEvolution.layer({ ...defaults, ...options }))

const mean = (outputs: ReadonlyArray<number>): number => outputs.reduce((sum, x) => sum + x, 0) / outputs.length

const examples = (...inputs: ReadonlyArray<number>) => inputs.map((input) => Example.make(input, 0))

const setting = (start: number) => Params.unbounded({ default: start })

/** Why there is no result; one that is there is not shown. */
const failure = <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.flip(Effect.asVoid(self))

/** Scores the negative distance of a number from `target`, on any example. */
const aiming = (target: number, start = 0) => {
  const aim = Hyperfunction.make("aim", {
    params: setting(start),
    run: (at, _: number) => Effect.succeed(-Math.abs(at - target))
  })
  return { aim, system: HyperSystem.make("aiming", { run: (n: number) => aim(n) }) }
}

const scores = (history: ReadonlyArray<GenerationReport>) => history.map(({ score }) => score)

/** What a history says, without the candidates' identities. */
const numbers = (history: ReadonlyArray<GenerationReport>) =>
  history.map(({ best, evaluations, failures, generation, reward, runs, score, stopped }) => ({
    best: [best.generation, best.score],
    evaluations,
    failures,
    generation,
    reward,
    runs,
    score,
    stopped
  }))

const hidden = Hyperfunction.tensor("hidden", {
  params: Params.struct({ weight: LoRAWeight.create({ outDim: 4, inDim: 2 }), bias: Params.vector(4) }),
  run: ({ bias, weight }, x: Tensor.Tensor) => Tensor.tanh(Tensor.linear(x, weight, bias))
})

const output = Hyperfunction.tensor("output", {
  params: LoRAWeight.create({ outDim: 1, inDim: 4 }),
  run: (weight, x: Tensor.Tensor) => Tensor.linear(x, weight)
})

const xor = () => HyperSystem.make("xor", { run: (x: Tensor.Tensor) => Effect.flatMap(hidden(x), output) })

const cases = [
  [0, 0, 0],
  [0, 1, 1],
  [1, 0, 1],
  [1, 1, 0]
].map(([a, b, c]) => Example.make(Tensor.from([a, b]), Tensor.from([c])))

describe("OptimizerEvolution", () => {
  describe("stops", () => {
    it.effect("after the generations that it was given, with a report for the start and for each", () =>
      Effect.gen(function* () {
        const { history, stopped } = yield* HyperSystem.optimize(aiming(1).system, examples(0), mean)
        assert.strictEqual(stopped, "generations")
        assert.deepStrictEqual(
          history.map(({ generation, generations, stopped }) => [generation, generations, stopped]),
          [0, 1, 2, 3, 4, 5].map((generation) => [generation, 5, generation === 5 ? "generations" : undefined])
        )
      }).pipe(evolution())
    )

    it.effect("at once when it is given no generations", () =>
      Effect.gen(function* () {
        const { aim, system } = aiming(1, 0.25)
        const {
          after,
          before,
          history,
          stopped,
          system: tuned
        } = yield* HyperSystem.optimize(system, examples(0), mean)
        assert.strictEqual(stopped, "generations")
        assert.deepStrictEqual([history.length, before, after], [1, -0.75, -0.75])
        assert.strictEqual(Candidate.get(tuned.candidate!, aim), 0.25)
      }).pipe(evolution({ generations: 0 }))
    )

    it.effect("when the score on all examples reaches the target", () =>
      Effect.gen(function* () {
        const { history, stopped } = yield* HyperSystem.optimize(aiming(1).system, examples(0), mean)
        assert.strictEqual(stopped, "target")
        const reached = scores(history).findIndex((score) => score >= -0.5)
        assert.isAbove(reached, 1)
        assert.strictEqual(history.length, reached + 1)
      }).pipe(evolution({ generations: 200, target: -0.5 }))
    )

    it.effect("before it begins when the start is at the target", () =>
      Effect.gen(function* () {
        const { history, stopped } = yield* HyperSystem.optimize(aiming(0).system, examples(0), mean)
        assert.deepStrictEqual([history.length, stopped], [1, "target"])
      }).pipe(evolution({ target: 0 }))
    )

    it.effect("when the best score has not risen for the patience of a plateau", () =>
      Effect.gen(function* () {
        const { history, stopped } = yield* HyperSystem.optimize(aiming(0).system, examples(0), mean)
        assert.deepStrictEqual([history.length, stopped], [4, "plateau"])
      }).pipe(evolution({ generations: 50, plateau: { patience: 3 } }))
    )

    it.effect("on no plateau as long as small rises add up to more than its least rise", () =>
      Effect.gen(function* () {
        const run = (minDelta: number) =>
          HyperSystem.optimize(aiming(1).system, examples(0), mean).pipe(
            evolution({
              generations: 30,
              population: 8,
              sigma: 0.05,
              learningRate: 0.2,
              plateau: { patience: 4, minDelta }
            })
          )
        const steady = yield* run(0)
        const rises = scores(steady.history).map((score, k, all) => (k === 0 ? 0 : score - all[k - 1]))
        assert.isTrue(
          rises.slice(1, 10).every((rise) => rise > 0 && rise < 0.05),
          `${rises}`
        )
        const small = yield* run(Math.max(...rises.slice(1, 10)))
        assert.isAbove(small.history.length, 10)
        const large = yield* run(1)
        assert.deepStrictEqual([large.history.length, large.stopped], [5, "plateau"])
      })
    )

    it.effect("on a plateau only when it has looked", () =>
      Effect.gen(function* () {
        const { history, stopped } = yield* HyperSystem.optimize(aiming(1).system, examples(0), mean)
        assert.strictEqual(stopped, "generations")
        assert.strictEqual(history.length, 13)
        assert.strictEqual(new Set(scores(history)).size, 4)
      }).pipe(evolution({ generations: 12, scoreEvery: 4, plateau: { patience: 2 } }))
    )

    it.effect("before more candidates are evaluated than it may", () =>
      Effect.gen(function* () {
        for (const evaluations of [1, 9, 10, 18, 19, 20, 28, 100]) {
          let count = 0
          const { system } = aiming(1)
          const counting = HyperSystem.make("counting", {
            run: (n: number) =>
              Effect.zipRight(
                Effect.sync(() => count++),
                system.run(n)
              )
          })
          const { history, stopped } = yield* HyperSystem.optimize(counting, examples(0), mean).pipe(
            evolution({ generations: 500, evaluations })
          )
          assert.strictEqual(stopped, "evaluations")
          assert.isAtMost(count, evaluations)
          assert.isAbove(count + 9, evaluations)
          assert.strictEqual(history[history.length - 1].evaluations, count)
        }
      })
    )

    it.effect("when there is nothing to tune", () =>
      Effect.gen(function* () {
        const frozen = Hyperfunction.make("frozen", {
          params: Params.struct({ fixed: Params.unbounded({ default: 1, frozen: true }), text: Params.text("hello") }),
          run: ({ fixed }, n: number) => Effect.succeed(fixed * n)
        })
        for (const run of [(n: number) => frozen(n), (n: number) => Effect.succeed(n)]) {
          const system = HyperSystem.make("fixed", { run })
          const { after, history, stopped } = yield* HyperSystem.optimize(system, examples(3), mean)
          assert.deepStrictEqual([history.length, stopped, after], [1, "nothingToTune", 3])
        }
        const { system } = aiming(1)
        const { stopped } = yield* HyperSystem.optimize(system, examples(0), mean, { freeze: ["aim"] })
        assert.strictEqual(stopped, "nothingToTune")
      }).pipe(evolution())
    )
  })

  describe("keeps", () => {
    it.effect("the best parameters that it saw, whatever comes after", () =>
      Effect.gen(function* () {
        const { aim, system } = aiming(1)
        const { after, before, history, system: tuned } = yield* HyperSystem.optimize(system, examples(0, 1), mean)
        assert.isTrue(scores(history).some((score, k, all) => k > 0 && score < all[k - 1]))
        assert.strictEqual(after, Math.max(...scores(history)))
        assert.isAtLeast(after, before)
        const last = history[history.length - 1]
        assert.strictEqual(last.best.score, after)
        assert.strictEqual(scores(history)[last.best.generation], after)
        const { score } = yield* HyperSystem.evaluate(tuned, examples(0, 1), mean)
        assert.strictEqual(score, after)
        assert.strictEqual(-Math.abs(Candidate.get(tuned.candidate!, aim) - 1), after)
        history.forEach(({ best }, k) => assert.strictEqual(best.score, Math.max(...scores(history).slice(0, k + 1))))
      }).pipe(evolution({ generations: 40, sigma: 0.5, learningRate: 3 }))
    )

    it.effect("the start when nothing is better", () =>
      Effect.gen(function* () {
        const { aim, system } = aiming(0)
        const { after, system: tuned } = yield* HyperSystem.optimize(system, examples(0), mean)
        assert.strictEqual(after, 0)
        assert.strictEqual(Candidate.get(tuned.candidate!, aim), 0)
      }).pipe(evolution({ learningRate: 5 }))
    )

    it.effect("the system that was passed in as it was", () =>
      Effect.gen(function* () {
        const { aim, system } = aiming(1)
        const before = { ...system }
        const { system: tuned } = yield* HyperSystem.optimize(system, examples(0), mean)
        assert.deepStrictEqual({ ...system }, before)
        assert.notStrictEqual(tuned, system)
        const again = yield* HyperSystem.optimize(tuned, examples(0), mean)
        assert.isAbove(again.after, again.before)
        assert.strictEqual((yield* HyperSystem.evaluate(system, examples(0), mean)).score, -1)
        assert.notStrictEqual(Candidate.get(tuned.candidate!, aim), Candidate.get(again.system.candidate!, aim))
      }).pipe(evolution())
    )

    it.effect("what a consumer of the stream has seen when it takes no more", () =>
      Effect.gen(function* () {
        const { aim, system } = aiming(1)
        const stream = HyperSystem.optimizeStream(system, examples(0), mean)
        const reports = yield* Stream.runCollect(Stream.take(stream, 3))
        assert.deepStrictEqual(
          Chunk.toReadonlyArray(reports).map(({ generation }) => generation),
          [0, 1, 2]
        )
        const { best } = Chunk.unsafeLast(reports)
        assert.strictEqual(-Math.abs(Candidate.get(best.candidate, aim) - 1), best.score)
      }).pipe(evolution({ generations: 1000 }))
    )
  })

  describe("searches", () => {
    const two = () => {
      const a = Hyperfunction.make("a", {
        params: Params.struct({ left: setting(0), right: setting(0) }),
        run: ({ left, right }, _: number) => Effect.succeed([left, right] as const)
      })
      const b = Hyperfunction.tensor("b", {
        params: Params.struct({ weight: LoRAWeight.create({ outDim: 2, inDim: 2 }), bias: Params.vector(2) }),
        run: ({ bias, weight }, x: Tensor.Tensor) => Tensor.linear(x, weight, bias)
      })
      const system = HyperSystem.make("two", {
        run: (n: number) =>
          Effect.zipWith(
            a(n),
            b(Tensor.from([n, 1])),
            ([left, right], value) => left + right + Tensor.toNumber(Tensor.sum(value))
          )
      })
      const moved = (of: HyperSystem.HyperSystem<number, number, unknown, unknown>) => {
        const [from, to] = [Candidate.defaults(), of.candidate!]
        const { left, right } = Candidate.get(to, a)
        const [before, after] = [Candidate.get(from, b), Candidate.get(to, b)]
        return [
          ...(left === 0 ? [] : ["a.left"]),
          ...(right === 0 ? [] : ["a.right"]),
          ...(Tensor.equals(before.weight.weight, after.weight.weight) ? [] : ["b.weight"]),
          ...(Tensor.equals(before.bias, after.bias) ? [] : ["b.bias"])
        ]
      }
      return { moved, system }
    }

    it.effect("what only and freeze leave, by function, number or weight, wherever they are said", () =>
      Effect.gen(function* () {
        const { moved, system } = two()
        const everything = ["a.left", "a.right", "b.weight", "b.bias"]
        type Selection = { readonly only?: ReadonlyArray<string>; readonly freeze?: ReadonlyArray<string> }
        const selections: ReadonlyArray<readonly [Selection, Selection, ReadonlyArray<string>]> = [
          [{}, {}, everything],
          [{ only: ["a"] }, {}, ["a.left", "a.right"]],
          [{}, { only: ["a.left"] }, ["a.left"]],
          [{ only: ["b.weight", "a.right"] }, {}, ["a.right", "b.weight"]],
          [{ freeze: ["b"] }, {}, ["a.left", "a.right"]],
          [{ freeze: ["b.bias"] }, { freeze: ["a.left"] }, ["a.right", "b.weight"]],
          [{ only: ["a"] }, { freeze: ["a.right"] }, ["a.left"]],
          [{ only: ["a", "b.bias"] }, { only: ["b"] }, ["b.bias"]]
        ]
        for (const [inLayer, inCall, expected] of selections) {
          const tuned = yield* HyperSystem.optimize(system, examples(1, 2), mean, inCall).pipe(
            evolution({ ...inLayer, generations: 2 })
          )
          assert.isAbove(tuned.after, tuned.before)
          assert.deepStrictEqual(moved(tuned.system), expected)
        }
      }).pipe(Effect.provide(DeviceWasm.layer))
    )

    it.effect("nothing when a name in only or freeze is unknown, and says which there are", () =>
      Effect.gen(function* () {
        const { system } = two()
        for (const selection of [{ only: ["c"] }, { freeze: ["a", "a.middle"] }, { only: ["b.weight.x"] }]) {
          const error = yield* failure(HyperSystem.optimize(system, examples(1), mean, selection).pipe(evolution()))
          assert.instanceOf(error, OptimizerError)
          assert.strictEqual(error.reason, "UnknownBlock")
          for (const name of ["a.left", "a.right", "b.weight", "b.bias"]) assert.include(error.message, name)
          const unknown = Object.values(selection).flat()
          assert.include(error.message, `"${unknown[unknown.length - 1]}"`)
        }
      }).pipe(Effect.provide(DeviceWasm.layer))
    )

    it.effect("categories: the best choice is found though it is not the default", () =>
      Effect.gen(function* () {
        const quality = { small: 0.2, medium: 0.5, large: 0.9, huge: 0.6 }
        const model = Hyperfunction.make("model", {
          params: Params.struct({ model: Params.category(["small", "medium", "large", "huge"], { default: "small" }) }),
          run: ({ model }, _: number) => Effect.succeed(quality[model])
        })
        const system = HyperSystem.make("router", { run: (n: number) => model(n) })
        for (const seed of [1, 2, 3]) {
          const tuned = yield* HyperSystem.optimize(system, examples(1), mean).pipe(
            evolution({ generations: 30, population: 32, sigma: 0.7, learningRate: 0.3, seed, target: 0.9 })
          )
          assert.strictEqual(Candidate.get(tuned.system.candidate!, model).model, "large")
          assert.strictEqual(tuned.after, 0.9)
        }
      })
    )

    it.effect("inside the box of a bounded number", () =>
      Effect.gen(function* () {
        const seen: Array<number> = []
        const bounded = Hyperfunction.make("bounded", {
          params: Params.bounded({ min: 0, max: 1, default: 0.9 }),
          run: (at, _: number) =>
            Effect.sync(() => {
              seen.push(at)
              return at
            })
        })
        const system = HyperSystem.make("bounded", { run: (n: number) => bounded(n) })
        const { after } = yield* HyperSystem.optimize(system, examples(1), mean)
        assert.strictEqual(after, 1)
        assert.isTrue(seen.every((at) => at >= 0 && at <= 1))
      }).pipe(evolution({ generations: 20, sigma: 1 }))
    )
  })

  describe("mini-batches", () => {
    /** Inputs of every evaluation in order: of all candidates of a generation, then of the current parameters. */
    const watched = () => {
      const seen: Array<number> = []
      const aim = Hyperfunction.make("aim", {
        params: setting(0),
        run: (at, n: number) =>
          Effect.sync(() => {
            seen.push(n)
            return -Math.abs(at - n)
          })
      })
      return { seen, system: HyperSystem.make("watched", { run: (n: number) => aim(n) }) }
    }

    it.effect("visit every example before any a second time, and all candidates of a generation get the same", () =>
      Effect.gen(function* () {
        for (const [count, batchSize] of [
          [10, 5],
          [10, 4],
          [7, 3],
          [6, 6],
          [5, 9]
        ]) {
          const { seen, system } = watched()
          const inputs = Array.from({ length: count }, (_, k) => k)
          const { history } = yield* HyperSystem.optimize(system, examples(...inputs), mean).pipe(
            evolution({ generations: 6, batchSize, population: 4 })
          )
          const size = Math.min(batchSize, count)
          const batches: Array<ReadonlyArray<number>> = []
          let at = count
          for (let generation = 1; generation <= 6; generation++) {
            const evaluated = seen.slice(at, at + 4 * size).sort((a, b) => a - b)
            const batch = [...new Set(evaluated)]
            assert.strictEqual(batch.length, size)
            assert.deepStrictEqual(
              evaluated,
              batch.flatMap((n) => [n, n, n, n])
            )
            batches.push(batch)
            assert.deepStrictEqual(
              seen.slice(at + 4 * size, at + 4 * size + count).sort((a, b) => a - b),
              inputs
            )
            at += 4 * size + count
          }
          assert.strictEqual(at, seen.length)
          assert.strictEqual(history[6].runs, seen.length)
          const once = batches.slice(0, Math.floor(count / size)).flat()
          assert.strictEqual(new Set(once).size, once.length, `${batches.join(" | ")}`)
          assert.strictEqual(new Set(batches.slice(0, Math.ceil(count / size)).flat()).size, count)
        }
      })
    )

    it.effect("are scored on all examples as often as asked, and at the end", () =>
      Effect.gen(function* () {
        const { history, after } = yield* HyperSystem.optimize(watched().system, examples(1, 2, 3), mean)
        const changes = scores(history).flatMap((score, k, all) => (k > 0 && score !== all[k - 1] ? [k] : []))
        assert.deepStrictEqual(changes, [3, 6, 7])
        assert.strictEqual(history[7].evaluations, 1 + 7 * 8 + 3)
        assert.strictEqual(after, Math.max(...scores(history)))
      }).pipe(evolution({ generations: 7, scoreEvery: 3, batchSize: 2 }))
    )

    it.effect("come with the same random numbers for all candidates of a generation, and others in the next", () =>
      Effect.gen(function* () {
        const draws: Array<readonly [example: number, drawn: number]> = []
        const aim = Hyperfunction.make("aim", {
          params: setting(0),
          run: (at, n: number) =>
            Effect.map(Random.next, (drawn) => {
              draws.push([n, drawn])
              return at * drawn
            })
        })
        const system = HyperSystem.make("noisy", { run: (n: number) => aim(n) })
        yield* HyperSystem.optimize(system, examples(0, 1, 2), mean)
        const parts: Array<ReadonlyArray<readonly [number, number]>> = [draws.slice(0, 3)]
        for (let at = 3; at < draws.length; at += 27) {
          parts.push(draws.slice(at, at + 24), draws.slice(at + 24, at + 27))
        }
        const drawnFor = (part: ReadonlyArray<readonly [number, number]>) =>
          [0, 1, 2].map((n) => {
            const drawn = new Set(part.filter(([example]) => example === n).map(([, drawn]) => drawn))
            assert.strictEqual(drawn.size, 1)
            return [...drawn][0]
          })
        const drawn = parts.map(drawnFor)
        assert.strictEqual(drawn.length, 7)
        assert.strictEqual(new Set(drawn.flat()).size, 3 * 4)
        for (const scored of [2, 4, 6]) assert.deepStrictEqual(drawn[scored], drawn[0])
      }).pipe(evolution({ generations: 3 }))
    )
  })

  describe("reports", () => {
    it.effect("count candidates and runs, and summarise the rewards of each generation", () =>
      Effect.gen(function* () {
        const rewards: Array<number> = []
        const aim = Hyperfunction.make("aim", {
          params: setting(0),
          run: (at, n: number) =>
            Effect.sync(() => {
              rewards.push(-Math.abs(at - n))
              return -Math.abs(at - n)
            })
        })
        const system = HyperSystem.make("counted", { run: (n: number) => aim(n) })
        const { history } = yield* HyperSystem.optimize(system, examples(1, 3), mean)
        assert.deepStrictEqual(
          history.map(({ evaluations, failures, runs }) => ({ evaluations, failures, runs })),
          [0, 1, 2].map((k) => ({ evaluations: 1 + 9 * k, failures: 0, runs: 2 * (1 + 9 * k) }))
        )
        assert.deepStrictEqual(history[0].reward, { mean: NaN, min: NaN, max: NaN, deviation: NaN })
        const both = Array.from({ length: rewards.length / 2 }, (_, k) => (rewards[2 * k] + rewards[2 * k + 1]) / 2)
        const [first, second] = [both.slice(1, 9), both.slice(10, 18)]
        for (const [k, of] of [first, second].entries()) {
          const { deviation, max, mean: average, min } = history[k + 1].reward
          assert.strictEqual(min, Math.min(...of))
          assert.strictEqual(max, Math.max(...of))
          assert.closeTo(average, mean(of), 1e-12)
          assert.closeTo(deviation, Math.sqrt(of.reduce((sum, x) => sum + (x - mean(of)) ** 2, 0) / 7), 1e-12)
        }
        assert.deepStrictEqual(scores(history), [both[0], both[9], both[18]])
      }).pipe(evolution({ generations: 2 }))
    )

    it.effect("tell the time since the start", () =>
      Effect.gen(function* () {
        const { system } = aiming(1)
        const slow = HyperSystem.make("slow", { run: (n: number) => Effect.delay(system.run(n), "1 second") })
        const fiber = yield* Effect.fork(HyperSystem.optimize(slow, examples(0), mean, { concurrency: 8 }))
        for (let k = 0; k < 20; k++) {
          yield* Effect.async<void>((resume) => {
            setImmediate(() => resume(Effect.void))
          })
          yield* TestClock.adjust("1 second")
        }
        const { history } = yield* Fiber.join(fiber)
        const elapsed = history.map(({ elapsed }) => Duration.toSeconds(elapsed))
        assert.strictEqual(elapsed[0], 0)
        assert.isTrue(elapsed.every((at, k) => k === 0 || at >= elapsed[k - 1] + 2))
      }).pipe(evolution({ generations: 2 }))
    )
  })

  describe("one seed", () => {
    const history = (options: Partial<OptimizerEvolution.Options>, evaluation: Options) =>
      Effect.map(
        HyperSystem.optimize(xor(), cases, Metric.negativeSquaredError, evaluation).pipe(evolution(options)),
        ({ history, system }) => ({
          history: numbers(history),
          weights: [
            Candidate.get(system.candidate!, hidden).weight.weight,
            Candidate.get(system.candidate!, hidden).bias,
            Candidate.get(system.candidate!, output).weight
          ].map(Tensor.toArray)
        })
      )

    it.effect("gives one history in every form and at any concurrency", () =>
      Effect.gen(function* () {
        const options = { generations: 6, population: 12, batchSize: 3 }
        const expected = yield* history(options, { mode: "lifted" })
        assert.isAbove(expected.history[6].best[1], expected.history[0].score)
        for (const evaluation of [
          { mode: "sequential" },
          { mode: "fibers", concurrency: 1 },
          { mode: "fibers", concurrency: 16 },
          { concurrency: 4096 }
        ] as const) {
          assert.deepStrictEqual(yield* history(options, evaluation), expected)
        }
      }).pipe(Effect.provide(DeviceWasm.layer))
    )

    it.effect("gives another history than another", () =>
      Effect.gen(function* () {
        const one = yield* history({ seed: 1 }, {})
        assert.notDeepEqual(yield* history({ seed: 2 }, {}), one)
        assert.notDeepEqual(yield* history({ seed: 1 }, { seed: 9 }), one)
        assert.deepStrictEqual(yield* history({ seed: 1 }, {}), one)
      }).pipe(Effect.provide(DeviceWasm.layer))
    )

    it.effect("gives one history for programs that branch and draw", () =>
      Effect.gen(function* () {
        const threshold = Hyperfunction.make("threshold", {
          params: Params.bounded({ min: 0, max: 1, default: 0.5 }),
          run: (limit, n: number) => Effect.map(Random.next, (drawn) => n + drawn / 4 > limit)
        })
        const system = HyperSystem.make("branching", {
          run: (x: Tensor.Tensor) =>
            Effect.gen(function* () {
              const value = yield* hidden(x)
              const above = yield* threshold(Tensor.toNumber(Tensor.mean(value)))
              return yield* output(above ? value : Tensor.neg(value))
            })
        })
        const run = (evaluation: Options) =>
          Effect.map(
            HyperSystem.optimize(system, cases, Metric.negativeSquaredError, evaluation).pipe(evolution()),
            ({ history }) => numbers(history)
          )
        const expected = yield* run({ mode: "sequential" })
        for (const concurrency of [1, 16]) assert.deepStrictEqual(yield* run({ concurrency }), expected)
      }).pipe(Effect.provide(DeviceWasm.layer))
    )
  })

  describe("failing candidates", () => {
    /** Fails above a limit, and does better the nearer it comes. */
    const brittle = (limit: number) => {
      const aim = Hyperfunction.make("aim", {
        params: setting(0),
        run: (at, _: number) => (at > limit ? Effect.fail("too far" as const) : Effect.succeed(at))
      })
      return { aim, system: HyperSystem.make("brittle", { run: (n: number) => aim(n) }) }
    }

    it.effect("are counted and left out of the step, and the search goes on", () =>
      Effect.gen(function* () {
        for (const failurePolicy of ["dropPair", "worstRank"] as const) {
          const { aim, system } = brittle(0.3)
          const {
            after,
            history,
            system: tuned
          } = yield* HyperSystem.optimize(system, examples(0), mean).pipe(
            evolution({ generations: 30, failurePolicy, population: 16 })
          )
          assert.isTrue(history.some(({ failures }) => failures > 0))
          assert.isAbove(after, 0)
          assert.isAtMost(Candidate.get(tuned.candidate!, aim), 0.3)
          for (const { reward } of history.slice(1)) assert.isTrue(Number.isFinite(reward.mean))
        }
      })
    )

    it.effect("end the search when that is the policy, and when all of a generation fail with what failed", () =>
      Effect.gen(function* () {
        const failing = yield* failure(
          HyperSystem.optimize(brittle(0.01).system, examples(0), mean).pipe(evolution({ failurePolicy: "fail" }))
        )
        assert.instanceOf(failing, OptimizerError)
        let runs = 0
        const { system } = aiming(0)
        const once = HyperSystem.make("once", {
          run: (n: number) =>
            Effect.flatMap(system.run(n), (value) =>
              runs++ === 0 ? Effect.succeed(value) : Effect.fail("used up" as const)
            )
        })
        assert.strictEqual(yield* failure(HyperSystem.optimize(once, examples(0), mean).pipe(evolution())), "used up")
      })
    )

    /** Fails whenever its number is negative, which one of every pair around 0 is, until it has been run `runs` times. */
    const oneOfEveryPair = (runs: number) => {
      const ran: Array<number> = []
      const aim = Hyperfunction.make("aim", {
        params: setting(0),
        run: (at, _: number) => {
          const isOver = ran.push(at) > runs
          return at < 0 && !isOver ? Effect.fail("below" as const) : Effect.succeed(at)
        }
      })
      return { aim, ran, system: HyperSystem.make("halves", { run: (n: number) => aim(n) }) }
    }

    it.effect("in every pair skip their generation, which says so and moves nothing, and the search goes on", () =>
      Effect.gen(function* () {
        const { ran, system } = oneOfEveryPair(1 + 2 * (8 + 1))
        const { after, history } = yield* HyperSystem.optimize(system, examples(0), mean)
        assert.deepStrictEqual(
          history.map(({ skipped }) => skipped),
          [undefined, true, true, undefined, undefined, undefined]
        )
        assert.deepStrictEqual(
          history
            .slice(0, 3)
            .map(({ evaluations, failures, generation, score }) => [generation, evaluations, failures, score]),
          [
            [0, 1, 0, 0],
            [1, 10, 4, 0],
            [2, 19, 4, 0]
          ]
        )
        assert.isAbove(history[1].reward.mean, 0)
        assert.notDeepEqual(ran.slice(1, 9), ran.slice(10, 18))
        assert.isAbove(after, 0)
      }).pipe(evolution())
    )

    it.effect("in every pair of three generations in a row end the search with the cure", () =>
      Effect.gen(function* () {
        const { ran, system } = oneOfEveryPair(Infinity)
        const reports: Array<GenerationReport> = []
        const error = yield* failure(
          Stream.runForEach(HyperSystem.optimizeStream(system, examples(0), mean), (report) =>
            Effect.sync(() => reports.push(report))
          )
        )
        assert.instanceOf(error, OptimizerError)
        assert.strictEqual(error.reason, "AllCandidatesFailed")
        assert.include(error.message, "In each of the 3 generations up to 3")
        assert.include(error.cure, "worstRank")
        assert.strictEqual(error.cause, "below")
        assert.strictEqual(OptimizerEvolution.MAX_SKIPPED, 3)
        assert.deepStrictEqual([reports.length, ran.length], [3, 1 + 9 + 9 + 8])
      }).pipe(evolution())
    )

    it.effect("in every pair of generations that are not in a row do not end it", () =>
      Effect.gen(function* () {
        let generation = 0
        const aim = Hyperfunction.make("aim", {
          params: setting(0),
          run: (at, _: number) => (at < 0 && generation % 3 !== 0 ? Effect.fail("below") : Effect.succeed(0))
        })
        const halves = HyperSystem.make("halves", { run: (n: number) => aim(n) })
        const skipped: Array<boolean> = []
        yield* Stream.runForEach(HyperSystem.optimizeStream(halves, examples(0), mean), (report) =>
          Effect.sync(() => {
            skipped.push(report.skipped === true)
            generation = report.generation + 1
          })
        )
        assert.deepStrictEqual(skipped, [false, true, true, false, true, true, false, true, true])
      }).pipe(evolution({ generations: 8, learningRate: 0 }))
    )

    it.effect("in every pair are learnt from where failures are ranked", () =>
      Effect.gen(function* () {
        const { after, history } = yield* HyperSystem.optimize(oneOfEveryPair(Infinity).system, examples(0), mean)
        assert.isTrue(history.every(({ skipped }) => skipped === undefined))
        assert.isAbove(after, 0)
      }).pipe(evolution({ failurePolicy: "worstRank" }))
    )

    it.effect("include the start, which ends the search with its own failure", () =>
      Effect.gen(function* () {
        const error = yield* failure(HyperSystem.optimize(brittle(-1).system, examples(0), mean))
        assert.strictEqual(error, "too far")
      }).pipe(evolution())
    )
  })

  describe("options", () => {
    it.effect("that make no sense are refused, naming what and the cure", () =>
      Effect.gen(function* () {
        const faults: ReadonlyArray<readonly [string, Partial<OptimizerEvolution.Options>]> = [
          ["generations", { generations: -1 }],
          ["generations", { generations: 1.5 }],
          ["generations", { generations: NaN }],
          ["population", { population: 0 }],
          ["population", { population: 7 }],
          ["sigma", { sigma: 0 }],
          ["sigma", { sigma: NaN }],
          ["learningRate", { learningRate: Infinity }],
          ["seed", { seed: 0.5 }],
          ["batchSize", { batchSize: 0 }],
          ["scoreEvery", { scoreEvery: 0 }],
          ["evaluations", { evaluations: 0 }],
          ["patience", { plateau: { patience: 0 } }],
          ["minDelta", { plateau: { patience: 1, minDelta: NaN } }],
          ["target", { target: NaN }]
        ]
        for (const [name, options] of faults) {
          const error = yield* failure(
            HyperSystem.optimize(aiming(1).system, examples(0), mean).pipe(evolution(options))
          )
          assert.instanceOf(error, OptimizerError, name)
          assert.strictEqual(error.reason, "InvalidOptions")
          assert.include(error.message, name)
        }
      })
    )
  })

  it.effect("solves xor with two layers", () =>
    Effect.gen(function* () {
      const { after, before } = yield* HyperSystem.optimize(xor(), cases, Metric.negativeSquaredError)
      assert.isBelow(before, -0.2)
      assert.isAbove(after, -0.05)
    }).pipe(
      evolution({ generations: 200, population: 64, sigma: 0.2, learningRate: 0.2, target: -0.05 }),
      Effect.provide(DeviceWasm.layer)
    )
  )
})
