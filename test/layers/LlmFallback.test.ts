import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as LlmFallback from "../../layers/LlmFallback.js"
import * as LlmScripted from "../../layers/LlmScripted.js"
import { LLM, LLMError, type Request } from "../../services/LLM.js"

const request: Request = { model: "a", messages: [{ role: "user", content: "hello there" }] }

const failing = (model: string, reason: LLMError["reason"]) =>
  new LLMError({ reason, model, detail: reason, cure: "None" })

type Plan = Record<string, LLMError["reason"] | "answers">

const layerOf = (plan: Plan, options: LlmFallback.Options) =>
  LlmFallback.layer(options).pipe(
    Layer.provideMerge(
      LlmScripted.layer(({ model }) => {
        const fate = plan[model]!
        return fate === "answers" ? `${model} here` : failing(model, fate)
      })
    )
  )

const asked = Effect.map(Effect.flatten(LlmScripted.Requests), (requests) => requests.map(({ model }) => model))

const outcome = (plan: Plan, options: LlmFallback.Options) =>
  Effect.gen(function* () {
    const llm = yield* LLM
    const answer = yield* Effect.either(llm.complete(request))
    return {
      answer: answer._tag === "Right" ? answer.right.model : `${answer.left.model} ${answer.left.reason}`,
      asked: yield* asked
    }
  }).pipe(Effect.provide(layerOf(plan, options)))

describe("LlmFallback", () => {
  it.effect("asks the next model when one is overloaded, and the completion says who answered", () =>
    Effect.gen(function* () {
      const plan: Plan = { a: "Overloaded", b: "RateLimited", c: "answers" }
      assert.deepStrictEqual(yield* outcome(plan, { models: ["b", "c", "d"] }), {
        answer: "c",
        asked: ["a", "b", "c"]
      })
    })
  )

  it.effect("asks only the model of the request while it answers", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* outcome({ a: "answers" }, { models: ["b"] }), { answer: "a", asked: ["a"] })
    })
  )

  it.effect("goes on after a prompt that is too long, but does not try it on the same model again (case 12)", () =>
    Effect.gen(function* () {
      const plan: Plan = { a: "ContextLength", b: "ContextLength", c: "answers" }
      assert.deepStrictEqual(yield* outcome(plan, { models: ["b", "c"], attempts: 3 }), {
        answer: "c",
        asked: ["a", "b", "c"]
      })
    })
  )

  it.effect("ends at once on what no model would take", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* outcome({ a: "BadRequest" }, { models: ["b"], attempts: 3 }), {
        answer: "a BadRequest",
        asked: ["a"]
      })
      assert.deepStrictEqual(yield* outcome({ a: "Network", b: "Unauthorized" }, { models: ["b", "c"] }), {
        answer: "b Unauthorized",
        asked: ["a", "b"]
      })
    })
  )

  it.effect("asks each model as often as it may, and gives the last model's error", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* outcome({ a: "TimedOut", b: "Network" }, { models: ["a", "b"], attempts: 2 }), {
        answer: "b Network",
        asked: ["a", "a", "b", "b"]
      })
    })
  )

  it.effect("takes attempts that cannot be as one", () =>
    Effect.forEach([0, -1, Number.NaN], (attempts) =>
      Effect.gen(function* () {
        const { asked } = yield* outcome({ a: "Network" }, { models: [], attempts })
        assert.deepStrictEqual(asked, ["a"])
      })
    )
  )

  it.effect("streams from the next model when the first gives nothing", () =>
    Effect.gen(function* () {
      const text = yield* Stream.mkString((yield* LLM).stream(request))
      assert.strictEqual(text, "b here")
      assert.deepStrictEqual(yield* asked, ["a", "b"])
    }).pipe(Effect.provide(layerOf({ a: "Overloaded", b: "answers" }, { models: ["b"] })))
  )

  it.effect("does not start a stream over that has been read from", () =>
    Effect.gen(function* () {
      const broken = Layer.succeed(LLM, {
        complete: ({ model }) => Effect.fail(failing(model, "Network")),
        stream: ({ model }) => Stream.concat(Stream.succeed(`${model} `), Stream.fail(failing(model, "Network")))
      })
      const read: Array<string> = []
      const error = yield* Effect.gen(function* () {
        const pieces = Stream.tap((yield* LLM).stream(request), (piece) => Effect.sync(() => read.push(piece)))
        return yield* Effect.flip(Stream.runDrain(pieces))
      }).pipe(Effect.provide(Layer.provide(LlmFallback.layer({ models: ["b"] }), broken)))
      assert.deepStrictEqual(read, ["a "])
      assert.strictEqual(error.model, "a")
    })
  )
})
