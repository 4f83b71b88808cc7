import * as AiError from "@effect/ai/AiError"
import * as LanguageModel from "@effect/ai/LanguageModel"
import type * as Response from "@effect/ai/Response"
import * as Tool from "@effect/ai/Tool"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as LlmFromLanguageModel from "../../layers/LlmFromLanguageModel.js"
import { LLM, type LLMError, type Request } from "../../services/LLM.js"

const request: Request = { model: "other/m", messages: [{ role: "user", content: "hi" }] }

class Temperature extends Context.Reference<Temperature>()("test/Temperature", {
  defaultValue: () => Number.NaN
}) {}

interface Provider {
  readonly parts?: ReadonlyArray<Response.PartEncoded>
  readonly pieces?: ReadonlyArray<Response.StreamPartEncoded>
  readonly error?: AiError.AiError
}

/** A provider that notes what it was given. */
const layerOf = ({ error, parts = [], pieces = [] }: Provider, seen: Array<LanguageModel.ProviderOptions> = []) => {
  const model = LanguageModel.make({
    generateText: (options) => {
      seen.push(options)
      return error === undefined ? Effect.succeed([...parts]) : Effect.fail(error)
    },
    streamText: (options) => {
      seen.push(options)
      return error === undefined ? Stream.fromIterable(pieces) : Stream.fail(error)
    }
  })
  return Layer.provide(LlmFromLanguageModel.layer(), Layer.effect(LanguageModel.LanguageModel, model))
}

const complete = (request: Request) => Effect.flatMap(LLM, (llm) => llm.complete(request))

const stream = (request: Request) => Stream.unwrap(Effect.map(LLM, (llm) => llm.stream(request)))

const text = (text: string): Response.PartEncoded => ({ type: "text", text })

const finish = (
  reason: Response.FinishReason,
  usage: Partial<Response.Usage> = {}
): Response.PartEncoded & Response.StreamPartEncoded => ({
  type: "finish",
  reason,
  usage: { inputTokens: undefined, outputTokens: undefined, totalTokens: undefined, ...usage }
})

const delta = (delta: string): Response.StreamPartEncoded => ({ type: "text-delta", id: "1", delta })

describe("LlmFromLanguageModel", () => {
  it.effect("gives the answer with its usage and the model that made it", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* complete(request), {
        content: "hello",
        toolCalls: [],
        finishReason: "length",
        model: "m-2024",
        usage: { prompt: 3, completion: 4, cached: 1, reasoning: 2 }
      })
    }).pipe(
      Effect.provide(
        layerOf({
          parts: [
            { type: "response-metadata", modelId: "m-2024" },
            text("hel"),
            text("lo"),
            finish("length", { inputTokens: 3, outputTokens: 4, cachedInputTokens: 1, reasoningTokens: 2 })
          ]
        })
      )
    )
  )

  it.effect("leaves out a usage that is not reported (case 17)", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* complete(request), {
        content: "hello",
        toolCalls: [],
        finishReason: "unknown",
        model: "other/m"
      })
    }).pipe(Effect.provide(layerOf({ parts: [text("hello"), finish("other", { inputTokens: 3 })] })))
  )

  it.effect("passes on messages, tool calls and their results, and asks for the format at the end", () =>
    Effect.gen(function* () {
      const seen: Array<LanguageModel.ProviderOptions> = []
      yield* complete({
        model: "other/m",
        messages: [
          { role: "system", content: "be brief" },
          { role: "user", content: "look" },
          { role: "assistant", content: "", toolCalls: [{ id: "7", name: "look", arguments: '{"at":1}' }] },
          { role: "tool", content: "a cat", toolCallId: "7" }
        ],
        format: { name: "animal", schema: { type: "string", enum: ["cat"] } }
      }).pipe(Effect.provide(layerOf({ parts: [text("x")] }, seen)))
      const messages = seen[0]!.prompt.content
      assert.deepStrictEqual(
        messages.map(({ role }) => role),
        ["system", "user", "assistant", "tool", "system"]
      )
      const [, user, assistant, tool, format] = messages
      assert.deepInclude((user!.content as ReadonlyArray<object>)[0], { type: "text", text: "look" })
      assert.deepInclude((assistant!.content as ReadonlyArray<object>)[0], { name: "look", params: { at: 1 } })
      assert.deepInclude((tool!.content as ReadonlyArray<object>)[0], { id: "7", name: "look", result: "a cat" })
      assert.include(format!.content as string, '{"type":"string","enum":["cat"]}')
    })
  )

  it.effect("offers tools with their schemas, runs none, and gives their calls", () =>
    Effect.gen(function* () {
      const seen: Array<LanguageModel.ProviderOptions> = []
      const parameters = { type: "object", properties: { at: { type: "number" } }, required: ["at"] }
      const completion = yield* complete({
        ...request,
        tools: [{ name: "look", description: "Looks around", parameters }],
        toolChoice: "required"
      }).pipe(
        Effect.provide(
          layerOf(
            { parts: [{ type: "tool-call", id: "7", name: "look", params: { at: 1 } }, finish("tool-calls")] },
            seen
          )
        )
      )
      assert.deepStrictEqual(completion.toolCalls, [{ id: "7", name: "look", arguments: '{"at":1}' }])
      assert.strictEqual(completion.finishReason, "tool_calls")
      const [tool] = seen[0]!.tools
      assert.strictEqual(seen[0]!.toolChoice, "required")
      assert.strictEqual(Tool.getDescription(tool as Parameters<typeof Tool.getDescription>[0]), "Looks around")
      assert.deepStrictEqual<unknown>(Tool.getJsonSchema(tool as Parameters<typeof Tool.getJsonSchema>[0]), parameters)
    })
  )

  it.effect("puts settings where the provider finds them", () =>
    Effect.gen(function* () {
      const model = LanguageModel.make({
        generateText: () => Effect.map(Temperature, (temperature) => [text(String(temperature))]),
        streamText: () => Stream.map(Stream.fromEffect(Temperature), (temperature) => delta(String(temperature)))
      })
      const layer = LlmFromLanguageModel.layer({
        configure: ({ settings }) => Context.make(Temperature, settings?.temperature ?? 1)
      })
      yield* Effect.gen(function* () {
        const warm = { ...request, settings: { temperature: 0.5 } }
        assert.strictEqual((yield* complete(warm)).content, "0.5")
        assert.strictEqual(yield* Stream.mkString(stream(warm)), "0.5")
        assert.strictEqual((yield* complete(request)).content, "1")
      }).pipe(Effect.provide(Layer.provide(layer, Layer.effect(LanguageModel.LanguageModel, model))))
    })
  )

  it.effect("streams the text, and fails with what had come when the stream breaks off (case 32)", () =>
    Effect.gen(function* () {
      const whole = stream(request).pipe(Stream.mkString)
      assert.strictEqual(
        yield* Effect.provide(whole, layerOf({ pieces: [delta("a "), delta("b"), finish("stop")] })),
        "a b"
      )
      const broken = layerOf({ pieces: [delta("a "), { type: "error", error: "gone" }, delta("b")] })
      const error = yield* Effect.flip(Effect.provide(whole, broken))
      assert.deepInclude(error, { reason: "Interrupted", partial: "a " })
    })
  )

  it.effect("says that a filter withheld the answer (case 13)", () =>
    Effect.gen(function* () {
      const filtered = layerOf({
        parts: [text("a"), finish("content-filter", { inputTokens: 3, outputTokens: 7 })],
        pieces: [delta("a"), finish("content-filter")]
      })
      const errors = yield* Effect.all([
        Effect.flip(Effect.asVoid(complete(request))),
        Effect.flip(Stream.runDrain(stream(request)))
      ]).pipe(Effect.provide(filtered))
      assert.deepStrictEqual(
        errors.map(({ reason }) => reason),
        ["ContentFilter", "ContentFilter"]
      )
      assert.deepStrictEqual(errors[0].usage, { prompt: 3, completion: 7 })
    })
  )

  const key = "sk-canary-0123456789"

  const http = {
    module: "Other",
    method: "generateText",
    request: {
      method: "POST" as const,
      url: `https://other.test/v1?key=${key}`,
      urlParams: [["key", key]] as const,
      hash: Option.none(),
      headers: { authorization: key }
    }
  }

  const answering = (status: number, body: string) =>
    new AiError.HttpResponseError({ ...http, reason: "StatusCode", response: { status, headers: {} }, body })

  const cases: ReadonlyArray<readonly [AiError.AiError, LLMError["reason"]]> = [
    [answering(400, "no such field"), "BadRequest"],
    [answering(400, "This model's maximum context length is 8192 tokens"), "ContextLength"],
    [answering(401, `wrong key ${key}`), "Unauthorized"],
    [answering(403, ""), "Unauthorized"],
    [answering(404, ""), "UnknownModel"],
    [answering(408, ""), "Overloaded"],
    [answering(413, ""), "TooLarge"],
    [answering(429, ""), "RateLimited"],
    [answering(529, ""), "Overloaded"],
    [new AiError.HttpRequestError({ ...http, reason: "Transport" }), "Network"],
    [new AiError.HttpRequestError({ ...http, reason: "InvalidUrl" }), "BadRequest"],
    [
      new AiError.HttpResponseError({ ...http, reason: "Decode", response: { status: 200, headers: {} } }),
      "InvalidReply"
    ],
    [new AiError.MalformedInput({ module: "Other", method: "m", description: "no files" }), "BadRequest"],
    [new AiError.MalformedOutput({ module: "Other", method: "m" }), "InvalidReply"],
    [new AiError.UnknownError({ module: "Other", method: "m", cause: new Error(key) }), "InvalidReply"]
  ]

  it.effect.each(cases)("tells why there is no answer, and no secret (cases 7–12, 100): %#", ([error, reason]) =>
    Effect.gen(function* () {
      const failed = yield* Effect.flip(Effect.asVoid(complete(request)))
      assert.strictEqual(failed.reason, reason)
      assert.notInclude(`${failed.message} ${failed.stack} ${JSON.stringify(failed)}`, key)
      assert.strictEqual((yield* Effect.flip(Stream.runDrain(stream(request)))).reason, reason)
    }).pipe(Effect.provide(layerOf({ error })))
  )
})
