import { assert, describe, it } from "@effect/vitest"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as OptimizerEvolution from "../layers/OptimizerEvolution.js"
import * as OptimizerNone from "../layers/OptimizerNone.js"
import { LLMError } from "../services/LLM.js"
import * as Candidate from "../src/Candidate.js"
import { EvaluationError } from "../src/EvaluationError.js"
import * as Hyperfunction from "../src/Hyperfunction.js"
import * as HyperSystem from "../src/HyperSystem.js"
import * as Metric from "../src/Metric.js"
import * as Params from "../src/Params.js"
import * as Tensor from "../src/Tensor.js"
import { failure } from "./utils/scripted.js"

const numbered = <I>(...inputs: ReadonlyArray<I>) => inputs.map((input) => ({ input, expected: 1 }))

const near = Metric.perExample((output: number, expected: number) => -Math.abs(output - expected))

const evolution = (options: Partial<OptimizerEvolution.Options> = {}) =>
  OptimizerEvolution.layer({ generations: 5, population: 8, sigma: 0.2, learningRate: 0.3, seed: 1, ...options })

/** Gives its number, and remembers what it was run on. */
const numbers = <I>(fails: (call: number) => LLMError | undefined = () => undefined) => {
  const seen: Array<I> = []
  const aim = Hyperfunction.make("aim", {
    params: Params.unbounded({ default: 0 }),
    run: (at, input: I) =>
      Effect.suspend(() => {
        const error = fails(seen.push(input))
        return error === undefined ? Effect.succeed(at) : Effect.fail(error)
      })
  })
  return { aim, seen, system: HyperSystem.make("numbers", { run: (input: I) => aim(input) }) }
}

const spent = new LLMError({ reason: "BudgetExhausted", model: "m/m", detail: "no money", cure: "None" })

const broken = new LLMError({ reason: "Overloaded", model: "m/m", detail: "busy", cure: "None" })

describe("optimize with held-out examples", () => {
  it.effect("scores the start and the best on them", () =>
    Effect.gen(function* () {
      const { system } = numbers<number>()
      const {
        after,
        before,
        system: tuned,
        test
      } = yield* HyperSystem.optimize(system, numbered(1, 2), near, {
        test: numbered(3, 4, 5)
      })
      assert.isDefined(test)
      assert.deepStrictEqual(test, { before, after })
      assert.isAbove(test.after, test.before)
      assert.strictEqual((yield* HyperSystem.evaluate(tuned, numbered(3, 4, 5), near)).score, test.after)
    }).pipe(Effect.provide(evolution()))
  )

  it.effect("shows none of them to the optimizer, and runs each once for the start and once for the best", () =>
    Effect.gen(function* () {
      const { seen, system } = numbers<number>()
      yield* HyperSystem.optimize(system, numbered(1, 2), near, { test: numbered(3, 4) })
      const first = seen.findIndex((input) => input > 2)
      assert.deepStrictEqual(seen.slice(first), [3, 4, 3, 4])
    }).pipe(Effect.provide(evolution()))
  )

  it.effect("runs them once when nothing better was found: the scores are one and the same", () =>
    Effect.gen(function* () {
      const { seen, system } = numbers<number>()
      const { test } = yield* HyperSystem.optimize(system, numbered(1, 2), near, { test: numbered(3, 4) })
      assert.deepStrictEqual(test, { before: -1, after: -1 })
      assert.deepStrictEqual(
        seen.filter((input) => input > 2),
        [3, 4]
      )
    }).pipe(Effect.provide(OptimizerNone.layer))
  )

  it.effect("scores the parameters that the system came with as the start", () =>
    Effect.gen(function* () {
      const { aim, system } = numbers<number>()
      const start = HyperSystem.withCandidate(system, Candidate.set(Candidate.defaults(), aim, 0.5))
      const { test } = yield* HyperSystem.optimize(start, numbered(1), near, { test: numbered(2) })
      assert.strictEqual(test?.before, -0.5)
    }).pipe(Effect.provide(evolution()))
  )

  it.effect("says nothing of them when there were none", () =>
    Effect.gen(function* () {
      const { system } = numbers<number>()
      assert.notProperty(yield* HyperSystem.optimize(system, numbered(1), near), "test")
    }).pipe(Effect.provide(evolution({ generations: 1 })))
  )

  describe("refuses, before anything is run, those that it learns from", () => {
    const refused = <I>(examples: ReadonlyArray<I>, test: ReadonlyArray<I>) =>
      Effect.gen(function* () {
        const { seen, system } = numbers<I>()
        const error = yield* failure(
          HyperSystem.optimize(system, numbered(...examples), near, { test: numbered(...test) })
        )
        assert.deepStrictEqual(seen, [])
        assert.instanceOf(error, EvaluationError)
        return error
      }).pipe(Effect.provide(evolution({ generations: 1 })))

    it.effect("naming their positions", () =>
      Effect.gen(function* () {
        const { message, reason } = yield* refused(["a", "b", "c"], ["x", "c", "y", "a"])
        assert.strictEqual(reason, "InvalidOptions")
        assert.include(message, "examples 1, 3 of test")
      })
    )

    it.effect("naming the first ten of many", () =>
      Effect.gen(function* () {
        const same = Array.from({ length: 15 }, (_, k) => k)
        assert.include((yield* refused(same, same)).message, "8, 9 and 5 more")
      })
    )

    const object = new (class {
      readonly hidden = 1
    })()
    class Point extends Data.Class<{ readonly x: number }> {}
    const alike: ReadonlyArray<readonly [what: string, one: unknown, other: unknown]> = [
      ["objects whose keys come in another order", { a: 1, b: [2] }, { b: [2], a: 1 }],
      ["tensors of equal elements", { x: Tensor.from([1, 2]) }, { x: Tensor.from([1, 2]) }],
      ["one object of a class", object, object],
      ["equal values of a data class", new Point({ x: 1 }), new Point({ x: 1 })]
    ]
    for (const [what, one, other] of alike) {
      it.effect(what, () => Effect.asVoid(refused([one], [other])))
    }

    it.effect("but not those that only look alike", () =>
      Effect.gen(function* () {
        const different: ReadonlyArray<readonly [unknown, unknown]> = [
          [1, "1"],
          [undefined, "undefined"],
          [new Point({ x: 1 }), new Point({ x: 2 })],
          [new (class {})(), new (class {})()],
          [Tensor.from([1]), Tensor.from([2])]
        ]
        for (const [one, other] of different) {
          const { system } = numbers<unknown>()
          const { test } = yield* HyperSystem.optimize(system, numbered(one), near, { test: numbered(other) })
          assert.isDefined(test)
        }
      }).pipe(Effect.provide(OptimizerNone.layer))
    )

    it.effect("and no examples at all", () =>
      Effect.gen(function* () {
        assert.strictEqual((yield* refused(["a"], [])).reason, "EmptyExamples")
      })
    )
  })

  it.effect("is without them when the budget ends before they have run, and keeps the best", () =>
    Effect.gen(function* () {
      for (const onFailure of ["fail", "missing"] as const) {
        for (const calls of [90, 91, 93]) {
          const { system } = numbers<number>((call) => (call > calls ? spent : undefined))
          const { after, test } = yield* HyperSystem.optimize(system, numbered(1, 2), near, {
            test: numbered(3, 4),
            onFailure
          })
          assert.isUndefined(test, `${onFailure} after ${calls} calls`)
          assert.isAbove(after, -1)
        }
      }
    }).pipe(Effect.provide(evolution()))
  )

  it.effect("fails when they do for another reason", () =>
    Effect.gen(function* () {
      const { system } = numbers<number>((call) => (call > 93 ? broken : undefined))
      const error = yield* failure(HyperSystem.optimize(system, numbered(1, 2), near, { test: numbered(3, 4) }))
      assert.include(error, { reason: "Overloaded" })
    }).pipe(Effect.provide(evolution()))
  )
})

describe("OptimizerEvolution on a budget", () => {
  const within = (calls: number, options: Partial<OptimizerEvolution.Options> = {}) => {
    const { system } = numbers<number>((call) => (call > calls ? spent : undefined))
    return HyperSystem.optimize(system, numbered(1, 2), near).pipe(Effect.provide(evolution(options)))
  }

  it.effect("ends with the best so far when all candidates of a generation are out of it", () =>
    Effect.gen(function* () {
      const { after, history, stopped } = yield* within(2 + 2 * (16 + 2))
      assert.strictEqual(stopped, "budget")
      assert.strictEqual(after, Math.max(...history.slice(0, 3).map(({ score }) => score)))
      assert.deepStrictEqual(
        history.map(({ failures, generation }) => [generation, failures]),
        [
          [0, 0],
          [1, 0],
          [2, 0],
          [3, 8]
        ]
      )
      assert.isTrue(Number.isNaN(history[3].reward.mean) && Number.isNaN(history[3].reward.max))
    })
  )

  it.effect("does not learn from a generation that some candidates could not finish", () =>
    Effect.gen(function* () {
      const { history, stopped } = yield* within(2 + 16 + 2 + 9)
      assert.deepStrictEqual([stopped, history.length, history[2].score], ["budget", 3, history[1].score])
      assert.isAbove(history[2].failures, 0)
      assert.isBelow(history[2].failures, 8)
    })
  )

  it.effect("ends with the best so far when the new parameters cannot be scored, in the last generation too", () =>
    Effect.gen(function* () {
      const { after, before, stopped } = yield* within(2 + 16, { generations: 1 })
      assert.deepStrictEqual([stopped, after], ["budget", before])
    })
  )

  it.effect("still fails for other reasons", () =>
    Effect.gen(function* () {
      const { system } = numbers<number>((call) => (call > 2 ? broken : undefined))
      const error = yield* failure(HyperSystem.optimize(system, numbered(1, 2), near).pipe(Effect.provide(evolution())))
      assert.include(error, { reason: "Overloaded" })
    })
  )
})
