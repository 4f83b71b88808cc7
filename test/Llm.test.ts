import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Request } from "../services/LLM.js"
import * as Candidate from "../src/Candidate.js"
import * as Example from "../src/Example.js"
import * as HyperSystem from "../src/HyperSystem.js"
import * as Llm from "../src/Llm.js"
import { LMParams } from "../src/LMParams.js"
import { ParamsError } from "../src/ParamsError.js"
import { scripted } from "./utils/scripted.js"

const request: Request = { model: "test/model", messages: [{ role: "user", content: "Hi" }] }

const pieces = Effect.map(Stream.runCollect(Llm.stream(request)), (chunk) => Chunk.toReadonlyArray(chunk))

describe("Llm", () => {
  describe("llmCompletion", () => {
    it.effect("sends the settings of the candidate, but for those of the request", () =>
      Effect.gen(function* () {
        const { layer, requests } = scripted(() => "Hello")
        const candidate = Candidate.set(
          Candidate.defaults(),
          Llm.llmCompletion,
          new LMParams({ temperature: 0.2, topP: 0.9, maxTokensFraction: 0.5 })
        )
        const completion = yield* Llm.llmCompletion({
          ...request,
          settings: { topP: 0.3, seed: 1 },
          purpose: "judge"
        }).pipe(Candidate.provide(candidate), Effect.provide(layer))
        assert.strictEqual(completion.content, "Hello")
        assert.deepStrictEqual(requests, [
          {
            ...request,
            settings: {
              temperature: 0.2,
              topP: 0.3,
              presencePenalty: 0,
              frequencyPenalty: 0,
              maxTokens: 2048,
              seed: 1
            },
            purpose: "judge"
          }
        ])
      })
    )
  })

  describe("makeLlmCompletion", () => {
    it("names its hyperfunction after the model", () => {
      const name = (model: string) => Llm.makeLlmCompletion(model).definition.name
      assert.deepStrictEqual(["openai/gpt-4o-mini", "anthropic/claude-3.5", "a b:c"].map(name), [
        "llm_openai_gpt_4o_mini",
        "llm_anthropic_claude_3_5",
        "llm_a_b_c"
      ])
      assert.strictEqual(Llm.makeLlmCompletion("m", { name: "poet" }).definition.name, "poet")
    })

    it.effect("gives each its own settings in one system", () =>
      Effect.gen(function* () {
        const { layer, requests } = scripted(() => "ok")
        const cold = Llm.makeLlmCompletion("test/cold", { settings: { temperature: 0 } })
        const hot = Llm.makeLlmCompletion("test/hot", { settings: { temperature: 1 }, systemPrompt: "Sing." })
        const system = HyperSystem.make("duet", { run: (x: string) => Effect.zip(cold(x), hot(x, { maxTokens: 9 })) })
        const tuned = HyperSystem.withCandidate(
          system,
          Candidate.set(Candidate.defaults(), hot, new LMParams({ temperature: 1.5 }))
        )
        const { hyperfunctions } = yield* HyperSystem.evaluate(tuned, [Example.make("x", 0)], () => 1).pipe(
          Effect.provide(layer)
        )
        assert.deepStrictEqual(hyperfunctions, ["llm_test_cold", "llm_test_hot"])
        assert.deepStrictEqual(
          requests.map(({ messages, model, settings }) => [
            model,
            settings?.temperature,
            settings?.maxTokens,
            messages.map(({ content, role }) => `${role}: ${content}`)
          ]),
          [
            ["test/cold", 0, 1024, ["user: x"]],
            ["test/hot", 1.5, 9, ["system: Sing.", "user: x"]]
          ]
        )
      })
    )

    it("cannot start with settings that are not possible", () => {
      assert.throws(() => Llm.makeLlmCompletion("m", { settings: { topP: 2 } }), ParamsError)
    })
  })

  describe("stream", () => {
    it.effect("gives pieces as they come, with the settings of the candidate", () =>
      Effect.gen(function* () {
        const { layer, requests } = scripted(() => "one two three")
        const candidate = Candidate.set(Candidate.defaults(), Llm.llmCompletion, new LMParams({ temperature: 0.1 }))
        assert.deepStrictEqual(yield* pieces.pipe(Candidate.provide(candidate), Effect.provide(layer)), [
          "one ",
          "two ",
          "three"
        ])
        assert.strictEqual(requests[0].settings?.temperature, 0.1)
      })
    )

    it.effect("gives one piece in an evaluation, which sees the call, and pieces again after it", () =>
      Effect.gen(function* () {
        const system = HyperSystem.make("streaming", { run: (_: number) => pieces })
        const evaluation = yield* HyperSystem.evaluate(system, [Example.make(1, 0)], ([output]) => output.length)
        assert.deepStrictEqual([evaluation.score, evaluation.hyperfunctions], [1, ["llm_completion"]])
        assert.strictEqual((yield* pieces).length, 3)
      }).pipe(Effect.provide(scripted(() => "one two three").layer))
    )
  })
})
