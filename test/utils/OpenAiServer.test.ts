import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { OpenAI } from "openai"
import * as OpenAiServer from "./OpenAiServer.js"

const clientOf = (server: OpenAiServer.OpenAiServerService) =>
  new OpenAI({ apiKey: "sk-test", baseURL: server.baseUrl, maxRetries: 0 })

const say = (server: OpenAiServer.OpenAiServerService, content: string) =>
  Effect.promise(() =>
    clientOf(server).chat.completions.create({ model: "any", temperature: 1, messages: [{ role: "user", content }] })
  )

describe("OpenAiServer", () => {
  it.live("simulates a model, which sees the messages and the settings", () =>
    Effect.gen(function* () {
      const server = yield* OpenAiServer.OpenAiServer
      const answer = yield* say(server, "hello")
      assert.strictEqual(answer.choices[0]!.message.content, "hello at 1")
      assert.deepStrictEqual(answer.usage, { prompt_tokens: 2, completion_tokens: 3, total_tokens: 5 })
      const [received] = yield* server.requests
      assert.strictEqual(received!.headers.authorization, "Bearer sk-test")
      assert.strictEqual(yield* received!.outcome, "answered")
    }).pipe(
      Effect.provide(
        OpenAiServer.layer({ respond: ([message], { temperature }) => `${message!.content} at ${temperature}` })
      )
    )
  )

  it.scopedLive("answers with queued replies first, then with the script, and counts requests from 0", () =>
    Effect.gen(function* () {
      const server = yield* OpenAiServer.make({
        script: (request, index) => OpenAiServer.completion(`#${index}`)(request)
      })
      yield* server.enqueue(OpenAiServer.completion("queued"))
      const contents = yield* Effect.forEach(["a", "b", "c"], (content) => say(server, content))
      assert.deepStrictEqual(
        contents.map(({ choices }) => choices[0]!.message.content),
        ["queued", "#1", "#2"]
      )
      assert.strictEqual(yield* server.maxConcurrent, 1)
    })
  )

  it.scopedLive("embeds equal texts equally, as unit vectors", () =>
    Effect.gen(function* () {
      const server = yield* OpenAiServer.make()
      const { data } = yield* Effect.promise(() =>
        clientOf(server).embeddings.create({ model: "any", input: ["cat", "dog", "cat"], encoding_format: "float" })
      )
      assert.deepStrictEqual(data[0]!.embedding, data[2]!.embedding)
      assert.notDeepEqual(data[0]!.embedding, data[1]!.embedding)
      assert.approximately(Math.hypot(...data[0]!.embedding), 1, 1e-12)
    })
  )

  it.scopedLive("says what is not scripted and what is not there", () =>
    Effect.gen(function* () {
      const server = yield* OpenAiServer.make()
      const post = (path: string) =>
        Effect.promise(() => fetch(`${server.baseUrl}${path}`, { method: "POST", body: "not JSON" }))
      assert.strictEqual((yield* post("/chat/completions")).status, 500)
      assert.strictEqual((yield* post("/files")).status, 404)
      assert.isUndefined((yield* server.requests)[0]!.body)
    })
  )

  it.live("closes its connections with its scope, answered or not", () =>
    Effect.gen(function* () {
      const baseUrl = yield* Effect.gen(function* () {
        const server = yield* OpenAiServer.make()
        yield* server.enqueue(OpenAiServer.silence, OpenAiServer.raw("x", { delay: "1 minute" }))
        const post = Effect.promise(() =>
          fetch(`${server.baseUrl}/chat/completions`, { method: "POST" }).catch(() => {})
        )
        yield* Effect.forkDaemon(post)
        yield* Effect.forkDaemon(post)
        yield* Effect.repeat(Effect.delay(server.requests, "1 millis"), { until: ({ length }) => length === 2 })
        assert.isAtLeast(yield* server.openSockets, 2)
        return server.baseUrl
      }).pipe(Effect.scoped)
      assert.isTrue(
        yield* Effect.promise(() =>
          fetch(baseUrl)
            .then(() => false)
            .catch(() => true)
        )
      )
    })
  )

  it("answers a share of the requests with faults, the same ones for the same seed", () => {
    const script = OpenAiServer.faulty(OpenAiServer.completion("fine"), { share: 0.3, seed: 4 })
    const isFault = (index: number): boolean => {
      const reply = typeof script === "function" ? script(request, index) : script
      return reply._tag !== "Answer" || reply.status !== undefined
    }
    const request = { body: {} } as OpenAiServer.Received
    const faults = Array.from({ length: 1000 }, (_, index) => isFault(index))
    assert.approximately(faults.filter(Boolean).length, 300, 60)
    const again = OpenAiServer.faulty(OpenAiServer.completion("fine"), { share: 0.3, seed: 4 })
    assert.deepStrictEqual(
      faults,
      faults.map((_, index) => {
        const reply = typeof again === "function" ? again(request, index) : again
        return reply._tag !== "Answer" || reply.status !== undefined
      })
    )
  })
})
