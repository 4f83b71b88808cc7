import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import { LLM, LLMError, type Request } from "../services/LLM.js"
import * as BestOfN from "../src/BestOfN.js"
import * as Candidate from "../src/Candidate.js"
import * as Example from "../src/Example.js"
import * as Hyperfunction from "../src/Hyperfunction.js"
import * as HyperSystem from "../src/HyperSystem.js"
import * as Predict from "../src/Predict.js"
import * as Signature from "../src/Signature.js"
import { failure, overloaded, scripted } from "./utils/scripted.js"

const draw = Predict.make(
  "draw",
  Signature.make({
    instruction: "Draw.",
    inputs: { seed: Schema.Number },
    outputs: { value: Schema.Number, from: Schema.Number }
  }),
  { model: "test/model" }
)

const rolloutOf = ({ rollout = 0 }: Request): number => rollout

/** Answers each rollout with a value of its own. */
const drawing = (...values: ReadonlyArray<number | LLMError>) =>
  scripted((request) => {
    const value = values[rolloutOf(request)]
    return value instanceof LLMError ? value : `value: ${value}\nfrom: ${rolloutOf(request)}`
  })

const value = (output: { readonly value: number }): number => output.value

describe("BestOfN", () => {
  it.effect("asks for rollouts 0 to n − 1 and gives the best, the first of equals", () =>
    Effect.gen(function* () {
      const { layer, requests } = drawing(1, 5, 3, 5)
      const best = BestOfN.make(draw, { n: 4, scorer: value })
      assert.deepStrictEqual(yield* Effect.provide(best({ seed: 0 }), layer), { value: 5, from: 1 })
      assert.deepStrictEqual(requests.map(rolloutOf).sort(), [0, 1, 2, 3])
    })
  )

  it.effect("asks for them at the same time", () =>
    Effect.gen(function* () {
      const { layer } = drawing(1, 2, 3)
      let running = 0
      let most = 0
      const best = BestOfN.make(draw, { n: 3, scorer: value })
      yield* best({ seed: 0 }).pipe(
        Effect.provideServiceEffect(
          LLM,
          Effect.map(Effect.provide(LLM, layer), (llm) => ({
            ...llm,
            complete: (request: Request) =>
              Effect.gen(function* () {
                most = Math.max(most, ++running)
                yield* Effect.yieldNow()
                running--
                return yield* llm.complete(request)
              })
          }))
        )
      )
      assert.strictEqual(most, 3)
    })
  )

  it.effect("lets the scorer see the input, and be an effect", () =>
    Effect.gen(function* () {
      const best = BestOfN.make(draw, {
        n: 3,
        scorer: (output, { seed }) => Effect.succeed(-Math.abs(output.value - seed))
      })
      assert.strictEqual((yield* Effect.provide(best({ seed: 4 }), drawing(1, 5, 9).layer)).value, 5)
    })
  )

  it.effect("passes over rollouts that fail or have no score", () =>
    Effect.gen(function* () {
      const best = BestOfN.make(draw, {
        n: 4,
        scorer: ({ value }) =>
          value === 9 ? Effect.fail("no score" as const) : Effect.succeed(value === 8 ? NaN : value)
      })
      const { layer } = drawing(overloaded(), 9, 8, 2)
      assert.strictEqual((yield* Effect.provide(best({ seed: 0 }), layer)).value, 2)
    })
  )

  it.effect("fails as the first rollout did when all fail", () =>
    Effect.gen(function* () {
      const best = BestOfN.make(draw, { n: 2, scorer: () => NaN })
      const first = yield* failure(Effect.provide(best({ seed: 0 }), drawing(overloaded(), 1).layer))
      assert.instanceOf(first, LLMError)
      const second = yield* failure(Effect.provide(best({ seed: 0 }), drawing(1, overloaded()).layer))
      assert.instanceOf(second, BestOfN.BestOfNError)
      assert.strictEqual((second as BestOfN.BestOfNError).reason, "NotANumber")
    })
  )

  it.effect("passes over no defect", () =>
    Effect.gen(function* () {
      const best = BestOfN.make(draw, {
        n: 2,
        scorer: ({ value }) => {
          if (value === 1) throw new Error("a bug")
          return value
        }
      })
      const exit = yield* Effect.exit(Effect.provide(best({ seed: 0 }), drawing(1, 2).layer))
      assert.isTrue(Exit.isFailure(exit) && Cause.isDie(exit.cause))
    })
  )

  it.effect("draws no more than it takes to reach a threshold", () =>
    Effect.gen(function* () {
      const enough = drawing(1, 7, 9)
      const best = BestOfN.make(draw, { n: 3, scorer: value, threshold: 7 })
      assert.strictEqual((yield* Effect.provide(best({ seed: 0 }), enough.layer)).value, 7)
      assert.strictEqual(enough.requests.length, 2)
      const never = drawing(1, 3, 2)
      assert.strictEqual((yield* Effect.provide(best({ seed: 0 }), never.layer)).value, 3)
      assert.strictEqual(never.requests.length, 3)
    })
  )

  it.effect("of a BestOfN draws samples that all differ", () =>
    Effect.gen(function* () {
      const { layer, requests } = drawing(1, 2, 3, 6, 5, 4)
      const inner = BestOfN.make(draw, { n: 3, scorer: value })
      const best = BestOfN.make(inner, { n: 2, scorer: value })
      assert.strictEqual((yield* Effect.provide(best({ seed: 0 }), layer)).from, 3)
      assert.deepStrictEqual(requests.map(rolloutOf).sort(), [0, 1, 2, 3, 4, 5])
    })
  )

  it.effect(
    "is the same hyperfunction: it renders, is set by candidates, and has its own samples in an evaluation",
    () =>
      Effect.gen(function* () {
        const { layer, requests } = drawing(1, 5, 3)
        const best = BestOfN.make(draw, { n: 3, scorer: value })
        const params = Candidate.get(Candidate.defaults(), best)
        assert.deepStrictEqual(
          yield* Predict.render(best, params, { seed: 1 }),
          yield* Predict.render(draw, params, { seed: 1 })
        )
        const system = HyperSystem.make("best", { run: (seed: number) => best({ seed }) })
        const evaluation = yield* HyperSystem.evaluate(system, [Example.make(1, 0)], ([output]) => output.value).pipe(
          Effect.provide(layer)
        )
        assert.deepStrictEqual([evaluation.score, evaluation.hyperfunctions, requests.length], [5, ["draw"], 3])
      })
  )

  it.effect("counts every rollout against a budget inside it", () =>
    Effect.gen(function* () {
      const { layer } = drawing(1, 5, 9)
      const best = BestOfN.make(draw.pipe(Hyperfunction.withMaxCalls(2, { scope: "process" })), { n: 3, scorer: value })
      assert.strictEqual((yield* Effect.provide(best({ seed: 0 }), layer)).value, 5)
    })
  )

  it("cannot be of no samples", () => {
    for (const n of [0, -1, 1.5, Number.NaN]) {
      assert.throws(() => BestOfN.make(draw, { n, scorer: value }), BestOfN.BestOfNError)
    }
  })
})
