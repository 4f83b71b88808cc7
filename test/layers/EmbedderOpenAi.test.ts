import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as EmbedderOpenAi from "../../layers/EmbedderOpenAi.js"
import { Embedder } from "../../services/Embedder.js"
import type { LLMError } from "../../services/LLM.js"
import * as OpenAiServer from "../utils/OpenAiServer.js"
import { collect } from "../utils/spans.js"

const setup = (options: EmbedderOpenAi.Options = {}, server: OpenAiServer.Options = {}) =>
  Effect.gen(function* () {
    const running = yield* OpenAiServer.make(server)
    const embedder = yield* EmbedderOpenAi.make({
      apiKey: Redacted.make("sk-test"),
      dimensions: 8,
      ...options,
      providers: { openai: { baseUrl: running.baseUrl }, ...options.providers }
    })
    return { server: running, embedder }
  })

const bodiesOf = (server: OpenAiServer.OpenAiServerService) =>
  Effect.map(server.requests, (requests) => requests.map(({ body }) => body as Record<string, unknown>))

const embedding = (...vectors: ReadonlyArray<ReadonlyArray<unknown>>): OpenAiServer.Reply =>
  OpenAiServer.json({ data: vectors.map((embedding, index) => ({ index, embedding })) })

const eight = (first: number): ReadonlyArray<number> => [first, 0, 0, 0, 0, 0, 0, 4]

const failureOf = (reply: OpenAiServer.Script, options: EmbedderOpenAi.Options = {}): Effect.Effect<LLMError> =>
  Effect.gen(function* () {
    const { embedder, server } = yield* setup(options)
    yield* server.enqueue(reply)
    return yield* Effect.flip(Effect.asVoid(embedder.embed(["tea"])))
  }).pipe(Effect.orDie, Effect.scoped)

describe("EmbedderOpenAi", () => {
  it.scopedLive("makes a span of a request, with the attributes of the conventions and no texts", () =>
    Effect.gen(function* () {
      const { embedder, server } = yield* setup()
      const body = { model: "text-embedding-3-small-2", usage: { prompt_tokens: 3 }, data: [{ embedding: eight(3) }] }
      yield* server.enqueue(OpenAiServer.json(body), embedding(eight(3)), OpenAiServer.error(500))
      const { spans } = yield* collect(
        Effect.forEach(["tea", "tea", "tea"], (text) => Effect.exit(embedder.embed([text])))
      )
      const asked = {
        "gen_ai.operation.name": "embeddings",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "text-embedding-3-small",
        "gen_ai.request.encoding_formats": ["float"],
        "gen_ai.embeddings.dimension.count": 8,
        "hyperfunc.texts": 1
      }
      const [first, second, third] = spans
      assert.strictEqual(first.name, "embeddings text-embedding-3-small")
      assert.strictEqual(first.kind, "client")
      assert.deepStrictEqual(first.attributes, {
        ...asked,
        "gen_ai.response.model": "text-embedding-3-small-2",
        "gen_ai.usage.input_tokens": 3
      })
      assert.deepStrictEqual(second.attributes, asked)
      assert.deepStrictEqual(third.attributes, { ...asked, "error.type": "LLMError.Overloaded" })
    })
  )

  it.scopedLive("gives a vector of length 1 a text, in their order", () =>
    Effect.gen(function* () {
      const { embedder, server } = yield* setup()
      yield* server.enqueue(
        OpenAiServer.json({
          data: [
            { index: 1, embedding: eight(0) },
            { index: 0, embedding: eight(3) }
          ]
        })
      )
      const [first, second] = yield* embedder.embed(["one", "two"])
      assert.deepStrictEqual(Array.from(first!), Array.from(Float32Array.of(0.6, 0, 0, 0, 0, 0, 0, 0.8)))
      assert.deepStrictEqual(Array.from(second!), [0, 0, 0, 0, 0, 0, 0, 1])
      const [received] = yield* server.requests
      assert.strictEqual(received!.path, "/v1/embeddings")
      assert.strictEqual(received!.headers.authorization, "Bearer sk-test")
      assert.deepStrictEqual(received!.body, {
        model: "text-embedding-3-small",
        input: ["one", "two"],
        encoding_format: "float"
      })
    })
  )

  it.scopedLive("is a layer that names its model and its dimensions", () =>
    Effect.gen(function* () {
      const { dimensions, model } = yield* Embedder
      assert.strictEqual(model, "openai/text-embedding-3-small")
      assert.strictEqual(dimensions, 1536)
    }).pipe(Effect.provide(EmbedderOpenAi.layer()))
  )

  it.scopedLive("asks for the dimensions where it is told to", () =>
    Effect.gen(function* () {
      const { embedder, server } = yield* setup({ shortened: true })
      yield* embedder.embed(["tea"])
      assert.strictEqual((yield* bodiesOf(server))[0]!.dimensions, 8)
    })
  )

  it.scopedLive("sends at most 256 texts and 250,000 characters at a time, and nothing for nothing", () =>
    Effect.gen(function* () {
      const { embedder, server } = yield* setup({ maxChars: 100_000 })
      assert.deepStrictEqual(yield* embedder.embed([]), [])
      const texts = Array.from({ length: 600 }, (_, k) => `text ${k}`)
      const vectors = yield* embedder.embed(texts)
      assert.strictEqual(vectors.length, 600)
      assert.deepStrictEqual(vectors[599], (yield* embedder.embed(["text 599"]))[0])
      yield* embedder.embed(Array.from({ length: 6 }, () => "x".repeat(100_000)))
      const sizes = (yield* bodiesOf(server)).map(({ input }) => (input as ReadonlyArray<string>).length)
      assert.deepStrictEqual(sizes, [256, 256, 88, 1, 2, 2, 2])
    })
  )

  it.scopedLive("sends the beginning of long texts, without half a character at its end", () =>
    Effect.gen(function* () {
      const { embedder, server } = yield* setup({ maxChars: 4 })
      yield* embedder.embed(["abc😀", "abcdef"])
      assert.deepStrictEqual((yield* bodiesOf(server))[0]!.input, ["abc", "abcd"])
    })
  )

  it.live("tells that the dimensions are others than it was told", () =>
    Effect.gen(function* () {
      const error = yield* failureOf(embedding([1, 2, 3]))
      assert.strictEqual(error.reason, "Misconfigured")
      assert.include(error.message, "Set dimensions to 3")
    })
  )

  it.live("fails where the answer has no vector for each text", () =>
    Effect.gen(function* () {
      const replies: ReadonlyArray<OpenAiServer.Reply> = [
        embedding(),
        embedding(eight(0), eight(1)),
        embedding([0, 0, 0, 0, 0, 0, 0, 0]),
        embedding(["a", 0, 0, 0, 0, 0, 0, 0]),
        OpenAiServer.json({ data: [{ index: 1_000_000_000, embedding: eight(0) }] }),
        OpenAiServer.json({ data: [{ index: -1, embedding: eight(0) }] }),
        OpenAiServer.json({ object: "list" }),
        OpenAiServer.raw('{"data": [', { headers: { "content-type": "application/json" } })
      ]
      for (const reply of replies) assert.strictEqual((yield* failureOf(reply)).reason, "InvalidReply")
    })
  )

  it.live("fails as a model does, once, and without the key", () =>
    Effect.gen(function* () {
      const refused = yield* failureOf(OpenAiServer.error(401, { message: "no such key: sk-test" }))
      assert.strictEqual(refused.reason, "Unauthorized")
      assert.notInclude(refused.message, "sk-test")
      const limited = yield* failureOf(OpenAiServer.error(429, { headers: { "retry-after": "2" } }))
      assert.strictEqual(limited.reason, "RateLimited")
      assert.strictEqual(limited.retryAfterMillis, 2000)
      assert.strictEqual((yield* failureOf(OpenAiServer.error(503))).reason, "Overloaded")
      assert.strictEqual((yield* failureOf(OpenAiServer.reset)).reason, "Network")
      assert.strictEqual((yield* failureOf(OpenAiServer.silence, { timeout: "50 millis" })).reason, "TimedOut")
    })
  )

  it.scopedLive("sends nothing again by itself", () =>
    Effect.gen(function* () {
      const { embedder, server } = yield* setup()
      yield* server.enqueue(OpenAiServer.error(429))
      yield* Effect.flip(Effect.asVoid(embedder.embed(["tea"])))
      assert.strictEqual((yield* server.requests).length, 1)
    })
  )

  it.scopedLive("fails for a provider that there is none of", () =>
    Effect.gen(function* () {
      const { embedder } = yield* setup({ model: "nobody/any" })
      const error = yield* Effect.flip(Effect.asVoid(embedder.embed(["tea"])))
      assert.strictEqual(error.reason, "Misconfigured")
    })
  )
})
