import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as LlmScripted from "../../layers/LlmScripted.js"
import { LLM, LLMError, type Request } from "../../services/LLM.js"

const ask = (content: string): Request => ({ model: "openai/m", messages: [{ role: "user", content }] })

const busy = new LLMError({ reason: "Overloaded", model: "openai/m", detail: "busy", cure: "Wait" })

describe("LlmScripted", () => {
  it.effect("answers in order, then says that the script is at its end", () =>
    Effect.gen(function* () {
      const llm = yield* LLM
      assert.strictEqual((yield* llm.complete(ask("a"))).content, "one")
      assert.strictEqual(yield* Effect.flip(Effect.asVoid(llm.complete(ask("b")))), busy)
      assert.deepStrictEqual(yield* llm.complete(ask("c")), {
        content: "three",
        toolCalls: [],
        finishReason: "length",
        model: "openai/m",
        usage: { prompt: 1, completion: 2 }
      })
      const end = yield* Effect.flip(Effect.asVoid(llm.complete(ask("d"))))
      assert.strictEqual(end.reason, "NotRecorded")
      assert.include(end.message, "3 replies")
      const requests = yield* yield* LlmScripted.Requests
      assert.deepStrictEqual(requests, [ask("a"), ask("b"), ask("c"), ask("d")])
    }).pipe(
      Effect.provide(
        LlmScripted.layer([
          "one",
          busy,
          Effect.succeed({ content: "three", finishReason: "length", usage: { prompt: 1, completion: 2 } })
        ])
      )
    )
  )

  it.effect("answers by a function of the request, and streams the words of the answer", () =>
    Effect.gen(function* () {
      const llm = yield* LLM
      const pieces = yield* Stream.runCollect(llm.stream(ask("  hello  my\nworld ")))
      assert.deepStrictEqual([...pieces], ["  ", "hello  ", "my\n", "world "])
    }).pipe(Effect.provide(LlmScripted.layer(({ messages }) => messages[0]!.content)))
  )

  it.effect("says that it calls tools when it does", () =>
    Effect.gen(function* () {
      const { finishReason } = yield* (yield* LLM).complete(ask("a"))
      assert.strictEqual(finishReason, "tool_calls")
    }).pipe(Effect.provide(LlmScripted.layer([{ toolCalls: [{ id: "1", name: "look", arguments: "{}" }] }])))
  )
})
