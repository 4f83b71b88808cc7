/**
 * Mirrors `tests/test_llm.py` of the Python library. The limiter it only asks for being there is a layer here, with tests of
 * its own; whether a program runs in an evaluation is seen by what a stream does.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Completion, Request } from "../../services/LLM.js"
import * as Candidate from "../../src/Candidate.js"
import * as Example from "../../src/Example.js"
import * as Hyperfunction from "../../src/Hyperfunction.js"
import * as HyperSystem from "../../src/HyperSystem.js"
import * as Llm from "../../src/Llm.js"
import { LMParams } from "../../src/LMParams.js"
import * as Params from "../../src/Params.js"
import { scripted } from "../utils/scripted.js"

const request: Request = { model: "gpt-4", messages: [{ role: "user", content: "Hello" }] }

const answered: Partial<Completion> = { content: "Hi there", model: "gpt-4-0613", usage: { prompt: 10, completion: 5 } }

const withSettings = (settings: LMParams) => Candidate.set(Candidate.defaults(), Llm.llmCompletion, settings)

const pieces = Effect.map(Stream.runCollect(Llm.stream(request)), Chunk.toReadonlyArray)

const counting = HyperSystem.make("counting", { run: (_: number) => Effect.map(pieces, ({ length }) => length) })

const counted = HyperSystem.evaluate(counting, [Example.make(0, 0)], ([count]) => count)

describe("test_llm", () => {
  describe("LMParam", () => {
    const params = new LMParams({ temperature: 0.5, topP: 0.9, presencePenalty: -0.5 })

    it("has five numbers", () => assert.strictEqual(LMParams.space.fields.length, 5))

    it("has the documented defaults", () => {
      const { frequencyPenalty, maxTokensFraction, presencePenalty, temperature, topP } = new LMParams()
      assert.deepStrictEqual(
        [temperature, topP, presencePenalty, frequencyPenalty, maxTokensFraction],
        [0.7, 1, 0, 0, 0.25]
      )
    })

    it("becomes a vector", () =>
      assert.deepStrictEqual(Params.toVector(LMParams.space, params), [0.5, 0.9, -0.5, 0, 0.25]))

    it.effect("comes from a vector", () =>
      Effect.map(Params.fromVector(LMParams.space, [0.8, 0.95, 0.1, -0.1, 0.5], params), (read) =>
        assert.deepStrictEqual(
          [read.temperature, read.topP, read.presencePenalty, read.frequencyPenalty, read.maxTokensFraction],
          [0.8, 0.95, 0.1, -0.1, 0.5]
        )
      )
    )

    it.effect("goes to a vector and back", () =>
      Effect.map(Params.fromVector(LMParams.space, Params.toVector(LMParams.space, params), params), (read) =>
        assert.deepStrictEqual(read, params)
      )
    )

    it("becomes what is sent: max_tokens 500, stop, seed 42", () => {
      const sent = new LMParams({ maxTokens: 500, stop: ["END"], seed: 42 }).toRequest()
      assert.deepStrictEqual([sent.maxTokens, sent.stop, sent.seed], [500, ["END"], 42])
    })

    it("half of 8192 tokens are 4096", () =>
      assert.strictEqual(new LMParams({ maxTokensFraction: 0.5 }).toRequest({ modelMaxTokens: 8192 }).maxTokens, 4096))

    it("100 tokens stand before a fraction", () =>
      assert.strictEqual(new LMParams({ maxTokens: 100, maxTokensFraction: 0.5 }).toRequest().maxTokens, 100))
  })

  describe("llm_completion", () => {
    it.effect("gives the content, the model and the usage", () =>
      Effect.gen(function* () {
        const { content, finishReason, model, usage } = yield* Llm.llmCompletion(request)
        assert.deepStrictEqual(
          [content, model, finishReason, usage!.prompt + usage!.completion],
          ["Hi there", "gpt-4-0613", "stop", 15]
        )
      }).pipe(Effect.provide(scripted(() => answered).layer))
    )

    it.effect("gives no usage where the server told none: it did not work for nothing", () =>
      Effect.map(Effect.provide(Llm.llmCompletion(request), scripted(() => "Hi").layer), (completion) =>
        assert.notProperty(completion, "usage")
      )
    )

    it.effect("gives content that is empty as such", () =>
      Effect.map(Effect.provide(Llm.llmCompletion(request), scripted(() => "").layer), ({ content }) =>
        assert.strictEqual(content, "")
      )
    )

    it.effect("sends temperature .5 and top_p .9 of the parameters", () =>
      Effect.gen(function* () {
        const { layer, requests } = scripted(() => answered)
        yield* Llm.llmCompletion(request).pipe(
          Candidate.provide(withSettings(new LMParams({ temperature: 0.5, topP: 0.9 }))),
          Effect.provide(layer)
        )
        assert.deepStrictEqual([requests[0].settings?.temperature, requests[0].settings?.topP], [0.5, 0.9])
      })
    )

    it.effect("sends an explicit .9 before the .5 of the parameters", () =>
      Effect.gen(function* () {
        const { layer, requests } = scripted(() => answered)
        yield* Llm.llmCompletion({ ...request, settings: { temperature: 0.9 } }).pipe(
          Candidate.provide(withSettings(new LMParams({ temperature: 0.5 }))),
          Effect.provide(layer)
        )
        assert.strictEqual(requests[0].settings?.temperature, 0.9)
      })
    )
  })

  describe("a stream", () => {
    const { layer } = scripted(() => "one two three")

    it.effect("comes in pieces by default", () =>
      Effect.map(Effect.provide(pieces, layer), ({ length }) => assert.strictEqual(length, 3))
    )

    it.effect("is the whole answer in an evaluation", () =>
      Effect.map(Effect.provide(counted, layer), ({ score }) => assert.strictEqual(score, 1))
    )

    it.effect("comes in pieces beside and after an evaluation, also one in another", () =>
      Effect.gen(function* () {
        const outer = HyperSystem.make("outer", {
          run: (_: number) => Effect.zipWith(counted, pieces, ({ score }, { length }) => 10 * score + length)
        })
        const evaluated = HyperSystem.evaluate(outer, [Example.make(0, 0)], ([total]) => total)
        const [{ score }, beside] = yield* Effect.all([evaluated, pieces], { concurrency: "unbounded" })
        assert.deepStrictEqual([score, beside.length, (yield* pieces).length], [11, 3, 3])
      }).pipe(Effect.provide(layer))
    )
  })

  describe("make_llm_completion", () => {
    it.effect("answers a prompt", () =>
      Effect.map(
        Effect.provide(Llm.makeLlmCompletion("gpt-4")("Hello"), scripted(() => answered).layer),
        ({ content }) => assert.strictEqual(content, "Hi there")
      )
    )

    it.effect("sends the system prompt before the user's", () =>
      Effect.gen(function* () {
        const { layer, requests } = scripted(() => answered)
        yield* Effect.provide(Llm.makeLlmCompletion("gpt-4", { systemPrompt: "Be kind." })("Hello"), layer)
        assert.deepStrictEqual(requests[0].messages, [
          { role: "system", content: "Be kind." },
          { role: "user", content: "Hello" }
        ])
      })
    )

    it("is called after its model", () => {
      assert.include(Llm.makeLlmCompletion("gpt-4").definition.name, "gpt_4")
      assert.include(Llm.makeLlmCompletion("anthropic/claude-3-opus").definition.name, "anthropic_claude_3_opus")
    })

    it("is a hyperfunction with parameters of its own", () => {
      const [first, second] = [Llm.makeLlmCompletion("a"), Llm.makeLlmCompletion("b")]
      assert.isTrue(Hyperfunction.isHyperfunction(first))
      const candidate = Candidate.set(Candidate.defaults(), first, new LMParams({ temperature: 0 }))
      assert.deepStrictEqual(
        [Candidate.get(candidate, first).temperature, Candidate.get(candidate, second).temperature],
        [0, 0.7]
      )
    })
  })
})
