import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as ConfigError from "effect/ConfigError"
import * as ConfigProvider from "effect/ConfigProvider"
import * as PathPatch from "effect/ConfigProviderPathPatch"
import * as Effect from "effect/Effect"
import * as HashSet from "effect/HashSet"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as Client from "../../layers/internal/openaiClient.js"
import * as LlmOpenAi from "../../layers/LlmOpenAi.js"
import { LLM, type Request } from "../../services/LLM.js"
import * as OpenAiServer from "../utils/OpenAiServer.js"

const request: Request = { model: "openai/gpt-4o-mini", messages: [{ role: "user", content: "What is 6 × 7?" }] }

const setup = (options: LlmOpenAi.Options = {}, server: OpenAiServer.Options = {}) =>
  Effect.gen(function* () {
    const running = yield* OpenAiServer.make(server)
    const llm = yield* LlmOpenAi.make({
      apiKey: Redacted.make("sk-test"),
      ...options,
      providers: { openai: { baseUrl: running.baseUrl }, ...options.providers }
    })
    return { server: running, llm }
  })

const bodyOf = (server: OpenAiServer.OpenAiServerService) =>
  Effect.map(server.requests, (requests) => requests.at(-1)!.body as Record<string, unknown>)

const withConfig = (entries: Record<string, string>) =>
  Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(entries))))

describe("LlmOpenAi", () => {
  it.scopedLive("completes, and says what it used and what it cost", () =>
    Effect.gen(function* () {
      const { llm, server } = yield* setup()
      yield* server.enqueue(
        OpenAiServer.completion("42", {
          model: "gpt-4o-mini-2024-07-18",
          usage: {
            prompt_tokens: 1_000_000,
            completion_tokens: 1_000_000,
            prompt_tokens_details: { cached_tokens: 400_000 },
            completion_tokens_details: { reasoning_tokens: 7 }
          },
          headers: { "x-ratelimit-remaining-requests": "9", "x-ratelimit-reset-requests": "1m500ms" }
        })
      )
      assert.deepStrictEqual(yield* llm.complete(request), {
        content: "42",
        toolCalls: [],
        finishReason: "stop",
        id: "chatcmpl-test",
        model: "gpt-4o-mini-2024-07-18",
        usage: { prompt: 1_000_000, completion: 1_000_000, cached: 400_000, reasoning: 7 },
        cost: 0.6 * 0.15 + 0.4 * 0.075 + 0.6,
        allowance: { requests: { remaining: 9, resetMillis: 60_500 } }
      })
      const [received] = yield* server.requests
      assert.strictEqual(received!.path, "/v1/chat/completions")
      assert.strictEqual(received!.headers.authorization, "Bearer sk-test")
      assert.deepStrictEqual(received!.body, {
        model: "gpt-4o-mini",
        messages: [{ role: "user", content: "What is 6 × 7?" }]
      })
    })
  )

  it.scopedLive("says what an answer of no use has used and cost", () =>
    Effect.gen(function* () {
      const { llm, server } = yield* setup()
      const usage = { prompt_tokens: 1_000_000, completion_tokens: 1_000_000 }
      const message = { content: null }
      for (const [body, reason] of [
        [{ choices: [{ message: { ...message, refusal: "no" } }], usage }, "Refusal"],
        [{ choices: [{ message, finish_reason: "content_filter" }], usage }, "ContentFilter"],
        [{ choices: [{ message, finish_reason: "error" }], usage }, "Interrupted"],
        [{ choices: [], usage }, "InvalidReply"],
        [{ choices: null, usage }, "InvalidReply"]
      ] as const) {
        yield* server.enqueue(OpenAiServer.json(body))
        const error = yield* Effect.flip(Effect.asVoid(llm.complete(request)))
        assert.strictEqual(error.reason, reason)
        assert.deepStrictEqual(error.usage, { prompt: 1_000_000, completion: 1_000_000 })
        assert.approximately(error.cost ?? NaN, 0.75, 1e-9)
      }
      yield* server.enqueue(OpenAiServer.json({ choices: [] }))
      assert.notProperty(yield* Effect.flip(Effect.asVoid(llm.complete(request))), "usage")
    })
  )

  it.scopedLive("names the model as the server does, and without the provider where the server does not", () =>
    Effect.gen(function* () {
      const { llm, server } = yield* setup()
      const choices = [{ message: { content: "42" }, finish_reason: "stop" }]
      yield* server.enqueue(OpenAiServer.json({ model: "meta-llama/Llama-3", choices }), OpenAiServer.json({ choices }))
      assert.strictEqual((yield* llm.complete(request)).model, "meta-llama/Llama-3")
      assert.strictEqual((yield* llm.complete(request)).model, "gpt-4o-mini")
    })
  )

  it.effect("refuses a model without a name before it looks for a key", () =>
    Effect.gen(function* () {
      const llm = yield* LlmOpenAi.make()
      for (const model of ["", "openai/"]) {
        const error = yield* Effect.flip(Effect.asVoid(llm.complete({ ...request, model })))
        assert.deepStrictEqual(
          [error.reason, error.detail],
          ["Misconfigured", `${JSON.stringify(model)} names no model`]
        )
        assert.notInclude(error.message, "OPENAI_API_KEY")
      }
    })
  )

  it.scopedLive("streams the pieces of the text as they come", () =>
    Effect.gen(function* () {
      const { llm, server } = yield* setup({}, { respond: (messages) => `You said: ${messages[0]!.content}` })
      const pieces = yield* Stream.runCollect(llm.stream(request))
      assert.deepStrictEqual(Chunk.toReadonlyArray(pieces).join(""), "You said: What is 6 × 7?")
      assert.strictEqual(pieces.length, 7)
      assert.strictEqual((yield* bodyOf(server)).stream, true)
    })
  )

  it.scopedLive("keeps settings in what the protocol allows, and leaves out what is no number", () =>
    Effect.gen(function* () {
      const { llm, server } = yield* setup({}, { respond: () => "ok" })
      const sends = (settings: NonNullable<Request["settings"]>, sent: Record<string, unknown>) =>
        Effect.gen(function* () {
          yield* llm.complete({ ...request, settings })
          const { messages, model, ...rest } = yield* bodyOf(server)
          assert.deepStrictEqual(rest, sent)
        })
      yield* sends(
        {
          temperature: 0.3,
          topP: 0.9,
          presencePenalty: -1,
          frequencyPenalty: 1,
          maxTokens: 10.7,
          seed: 3.2,
          stop: ["a", ""]
        },
        {
          temperature: 0.3,
          top_p: 0.9,
          presence_penalty: -1,
          frequency_penalty: 1,
          max_completion_tokens: 10,
          seed: 3,
          stop: ["a"]
        }
      )
      yield* sends(
        { temperature: 3, topP: -1, presencePenalty: -9, frequencyPenalty: 9, maxTokens: 0 },
        { temperature: 2, top_p: 0, presence_penalty: -2, frequency_penalty: 2, max_completion_tokens: 1 }
      )
      yield* sends(
        { temperature: Infinity, topP: -Infinity, maxTokens: -Infinity },
        { temperature: 2, top_p: 0, max_completion_tokens: 1 }
      )
      yield* sends({ temperature: NaN, topP: NaN, presencePenalty: NaN, maxTokens: NaN, seed: NaN, stop: [] }, {})
      yield* sends({ maxTokens: Infinity, seed: Infinity, stop: [""] }, {})
      yield* sends({ seed: -Infinity }, {})
    })
  )

  it.scopedLive("carries tools and their results both ways", () =>
    Effect.gen(function* () {
      const { llm, server } = yield* setup()
      const call = { id: "call_1", type: "function", function: { name: "add", arguments: '{"a":1}' } }
      yield* server.enqueue(
        OpenAiServer.completion("", { message: { content: null, tool_calls: [call] }, finishReason: "tool_calls" })
      )
      const answer = yield* llm.complete({
        model: "gpt-4o-mini",
        messages: [
          { role: "system", content: "Add." },
          { role: "assistant", content: "", toolCalls: [{ id: "call_0", name: "add", arguments: "{}" }] },
          { role: "tool", content: "3", toolCallId: "call_0" }
        ],
        tools: [{ name: "add", description: "Adds", parameters: { type: "object" } }],
        toolChoice: "required"
      })
      assert.strictEqual(answer.content, "")
      assert.strictEqual(answer.finishReason, "tool_calls")
      assert.deepStrictEqual(answer.toolCalls, [{ id: "call_1", name: "add", arguments: '{"a":1}' }])
      assert.deepStrictEqual(yield* bodyOf(server), {
        model: "gpt-4o-mini",
        messages: [
          { role: "system", content: "Add." },
          {
            role: "assistant",
            content: null,
            tool_calls: [{ id: "call_0", type: "function", function: { name: "add", arguments: "{}" } }]
          },
          { role: "tool", content: "3", tool_call_id: "call_0" }
        ],
        tools: [{ type: "function", function: { name: "add", description: "Adds", parameters: { type: "object" } } }],
        tool_choice: "required"
      })
    })
  )

  it.scopedLive("asks for JSON of a schema where the provider can hold to one, and not elsewhere", () =>
    Effect.gen(function* () {
      const { llm, server } = yield* setup({}, { respond: () => "{}" })
      const plain = yield* LlmOpenAi.make({ providers: { plain: { baseUrl: server.baseUrl } } })
      const format = { name: "an answer", schema: { type: "object" } }
      yield* llm.complete({ ...request, format })
      assert.deepStrictEqual((yield* bodyOf(server)).response_format, {
        type: "json_schema",
        json_schema: { name: "an_answer", schema: { type: "object" } }
      })
      yield* plain.complete({ ...request, model: "plain/x", format, settings: { maxTokens: 5 } })
      assert.notProperty(yield* bodyOf(server), "response_format")
      assert.propertyVal(yield* bodyOf(server), "max_tokens", 5)
    })
  )

  it.scopedLive("calls each provider where it is, with its own key, headers and name of the model", () =>
    Effect.gen(function* () {
      const openai = yield* OpenAiServer.make({ respond: () => "openai" })
      const other = yield* OpenAiServer.make({ respond: () => "other" })
      const llm = yield* LlmOpenAi.make({
        providers: {
          openai: { baseUrl: openai.baseUrl },
          groq: { baseUrl: `${other.baseUrl}/` },
          ollama: { baseUrl: other.baseUrl, headers: { "x-title": "tests" } }
        }
      })
      assert.strictEqual((yield* llm.complete({ ...request, model: "gpt-4o" })).content, "openai")
      assert.strictEqual((yield* llm.complete({ ...request, model: "groq/org/llama" })).content, "other")
      assert.strictEqual((yield* llm.complete({ ...request, model: "ollama/llama3" })).content, "other")
      assert.strictEqual((yield* openai.requests)[0]!.headers.authorization, "Bearer sk-openai")
      const [groq, ollama] = yield* other.requests
      assert.strictEqual(groq!.headers.authorization, "Bearer sk-groq")
      assert.strictEqual((groq!.body as Request).model, "org/llama")
      assert.strictEqual(groq!.path, "/v1/chat/completions")
      assert.isUndefined(ollama!.headers.authorization)
      assert.strictEqual(ollama!.headers["x-title"], "tests")
    }).pipe(withConfig({ OPENAI_API_KEY: "sk-openai", GROQ_API_KEY: " sk-groq\n" }))
  )

  it.scopedLive("reads keys from the configuration that the layer was made with, when they are needed", () =>
    Effect.gen(function* () {
      const server = yield* OpenAiServer.make({ respond: () => "hello" })
      const layer = LlmOpenAi.layer({ providers: { openai: { baseUrl: server.baseUrl } } }).pipe(
        Layer.provide(Layer.setConfigProvider(ConfigProvider.fromMap(new Map([["OPENAI_API_KEY", "sk-layer"]]))))
      )
      const { content } = yield* Effect.provide(
        Effect.flatMap(LLM, (llm) => llm.complete(request)),
        layer
      )
      assert.strictEqual(content, "hello")
      assert.strictEqual((yield* server.requests)[0]!.headers.authorization, "Bearer sk-layer")
    })
  )

  it.effect("names the variable of a key that is missing, empty or no key, and calls nobody", () =>
    Effect.gen(function* () {
      for (const entries of [{}, { OPENAI_API_KEY: "  " }, { OPENAI_API_KEY: "sk-\u00e9secret" }]) {
        const llm = yield* LlmOpenAi.make().pipe(withConfig(entries as Record<string, string>))
        for (const call of [llm.complete(request), Stream.runDrain(llm.stream(request))]) {
          const error = yield* Effect.flip(Effect.asVoid(call))
          assert.strictEqual(error.reason, "Misconfigured")
          assert.include(error.message, "OPENAI_API_KEY")
          assert.notInclude(error.message, "secret")
        }
      }
    })
  )

  it.effect("finds a key that was missing before", () =>
    Effect.gen(function* () {
      let key: string | undefined
      const llm = yield* LlmOpenAi.make({ providers: { openai: { baseUrl: "http://127.0.0.1:1/v1" } } }).pipe(
        Effect.withConfigProvider(
          ConfigProvider.fromFlat(
            ConfigProvider.makeFlat({
              load: (path, config) =>
                key === undefined
                  ? Effect.fail(ConfigError.MissingData([...path], "unset"))
                  : Effect.map(config.parse(key), Array.of),
              enumerateChildren: () => Effect.succeed(HashSet.empty()),
              patch: PathPatch.empty
            })
          )
        )
      )
      assert.strictEqual((yield* Effect.flip(Effect.asVoid(llm.complete(request)))).reason, "Misconfigured")
      key = "sk-late"
      assert.strictEqual((yield* Effect.flip(Effect.asVoid(llm.complete(request)))).reason, "Network")
    })
  )

  it.effect("refuses providers that it does not know or cannot reach by their URL", () =>
    Effect.gen(function* () {
      const llm = yield* LlmOpenAi.make({
        providers: {
          half: {},
          ftp: { baseUrl: "ftp://127.0.0.1/v1" },
          none: { baseUrl: "nonsense" },
          secret: { baseUrl: "http://user:hunter2@127.0.0.1/v1" }
        }
      })
      for (const model of ["nobody/x", "half/x", "ftp/x", "none/x", "secret/x", "__proto__/x", "constructor/x", "/x"]) {
        const error = yield* Effect.flip(Effect.asVoid(llm.complete({ ...request, model })))
        assert.strictEqual(error.reason, "Misconfigured", model)
        assert.strictEqual(error.model, model)
        assert.isFalse(error.isRetryable)
        assert.notInclude(error.message, "hunter2")
      }
    })
  )

  it.effect("says what to install when the package openai is not there, and looks again the next time", () =>
    Effect.gen(function* () {
      let imports = 0
      const load = Client.load(async () => {
        if (imports++ === 0) throw new Error("Cannot find package 'openai'")
        return import("openai")
      })
      const error = yield* Effect.flip(Effect.asVoid(load("gpt-4o")))
      assert.strictEqual(error.reason, "Misconfigured")
      assert.strictEqual(error.message, "gpt-4o: the package openai cannot be loaded. Run: npm install openai")
      yield* load("gpt-4o")
      yield* load("gpt-4o")
      assert.strictEqual(imports, 2)
    })
  )

  it.scopedLive("takes nothing but the key from the environment", () =>
    Effect.gen(function* () {
      const { llm, server } = yield* setup({}, { respond: () => "ok" })
      const variables = {
        OPENAI_BASE_URL: "http://127.0.0.1:1/v1",
        OPENAI_ORG_ID: "org",
        OPENAI_ADMIN_KEY: "sk-admin",
        OPENAI_CUSTOM_HEADERS: "Authorization: Bearer stolen"
      }
      yield* Effect.acquireRelease(
        Effect.sync(() => Object.assign(process.env, variables)),
        () => Effect.sync(() => Object.keys(variables).forEach((name) => delete process.env[name]))
      )
      yield* llm.complete(request)
      const [{ headers }] = (yield* server.requests) as [OpenAiServer.Received]
      assert.strictEqual(headers.authorization, "Bearer sk-test")
      assert.notProperty(headers, "openai-organization")
    })
  )

  it.scopedLive("serves many calls at a time", () =>
    Effect.gen(function* () {
      const { llm, server } = yield* setup(
        {},
        {
          script: (received) => {
            const [message] = (received.body as Request).messages
            return OpenAiServer.completion(`re: ${message!.content}`, { delay: "20 millis" })(received)
          }
        }
      )
      const answers = yield* Effect.forEach(
        Array.from({ length: 50 }, (_, i) => i),
        (i) => llm.complete({ ...request, messages: [{ role: "user", content: String(i) }] }),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(
        answers.map(({ content }) => content),
        Array.from({ length: 50 }, (_, i) => `re: ${i}`)
      )
      assert.isAbove(yield* server.maxConcurrent, 1)
    })
  )
})
