import { inspect } from "node:util"
import { gzipSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as LlmOpenAi from "../../layers/LlmOpenAi.js"
import type { LLMError, LLMService, Request } from "../../services/LLM.js"
import * as OpenAiServer from "../utils/OpenAiServer.js"

const request: Request = { model: "gpt-4o", messages: [{ role: "user", content: "hello" }] }

const llmAt = (baseUrl: string, options: LlmOpenAi.Options = {}) =>
  LlmOpenAi.make({ apiKey: Redacted.make("sk-very-secret-key"), ...options, providers: { openai: { baseUrl } } })

const setup = (options: LlmOpenAi.Options = {}) =>
  Effect.gen(function* () {
    const server = yield* OpenAiServer.make()
    return { server, llm: yield* llmAt(server.baseUrl, options) }
  })

const failureOf = (llm: LLMService): Effect.Effect<LLMError, void> => Effect.flip(Effect.asVoid(llm.complete(request)))
const streamFailureOf = (llm: LLMService): Effect.Effect<LLMError, void> =>
  Effect.flip(Stream.runDrain(llm.stream(request)))

const bothFail = (llm: LLMService, check: (error: LLMError) => void) =>
  Effect.gen(function* () {
    check(yield* failureOf(llm))
    check(yield* streamFailureOf(llm))
  })

const is =
  (reason: LLMError["reason"], isRetryable: boolean, detail = "") =>
  (error: LLMError): void => {
    assert.strictEqual(error.reason, reason)
    assert.strictEqual(error.isRetryable, isRetryable)
    assert.include(error.detail, detail)
    assert.notInclude(inspect(error, { depth: 20 }), "very-secret")
  }

/** Waits until the connections of all requests so far are closed. */
const areAborted = (server: OpenAiServer.OpenAiServerService) =>
  Effect.gen(function* () {
    const requests = yield* server.requests
    assert.isAbove(requests.length, 0)
    for (const { outcome } of requests) assert.strictEqual(yield* outcome, "aborted")
  })

const untilArrived = (server: OpenAiServer.OpenAiServerService, count: number) =>
  Effect.repeat(server.requests, { until: ({ length }) => length === count, schedule: Schedule.spaced("1 millis") })

describe("the network before an answer", () => {
  it.live("has nobody who listens (A24)", () =>
    Effect.gen(function* () {
      const port = yield* Effect.scoped(Effect.map(OpenAiServer.make(), ({ baseUrl }) => baseUrl))
      yield* bothFail(yield* llmAt(port), is("Network", true, "ECONNREFUSED"))
    })
  )

  it.live("knows no such name (A25)", () =>
    Effect.gen(function* () {
      const label = "x".repeat(64)
      yield* bothFail(yield* llmAt(`http://${label}.invalid/v1`), is("Network", true, "the connection failed"))
    })
  )

  it.live("cannot agree on TLS (A26)", () =>
    Effect.gen(function* () {
      const { server } = yield* setup()
      const llm = yield* llmAt(server.baseUrl.replace("http:", "https:"))
      yield* bothFail(llm, is("Network", true, "the connection failed"))
    }).pipe(Effect.scoped)
  )

  it.live("resets the connection (A27)", () =>
    Effect.gen(function* () {
      const { llm, server } = yield* setup()
      yield* server.enqueue(OpenAiServer.reset, OpenAiServer.reset)
      yield* bothFail(llm, is("Network", true, "the connection failed"))
      assert.strictEqual((yield* server.requests).length, 2)
    }).pipe(Effect.scoped)
  )

  it.live("never answers: the deadline ends the call, and closes the connection", () =>
    Effect.gen(function* () {
      const { llm, server } = yield* setup({ timeout: "40 millis" })
      yield* server.enqueue(OpenAiServer.silence, OpenAiServer.silence)
      yield* bothFail(llm, is("TimedOut", true, "longer than 40ms"))
      yield* areAborted(server)
    }).pipe(Effect.scoped)
  )
})

describe("the network during an answer", () => {
  const slowly = (delivery: OpenAiServer.Delivery) => OpenAiServer.raw(['{"choices":[', '{"mess'], delivery)

  it.live("resets the connection (A28)", () =>
    Effect.gen(function* () {
      const { llm, server } = yield* setup()
      yield* server.enqueue(slowly({ ending: "reset" }), slowly({ ending: "reset" }))
      yield* bothFail(llm, is("Network", true, "the connection failed"))
    }).pipe(Effect.scoped)
  )

  it.live("promises more bytes than come", () =>
    Effect.gen(function* () {
      const { llm, server } = yield* setup()
      yield* server.enqueue(slowly({ ending: "reset", headers: { "content-length": "1000" } }))
      is("Network", true)(yield* failureOf(llm))
    }).pipe(Effect.scoped)
  )

  it.live("falls silent: the idle timeout ends the call, and closes the connection (A29)", () =>
    Effect.gen(function* () {
      const { llm, server } = yield* setup({ idleTimeout: "30 millis" })
      yield* server.enqueue(slowly({ ending: "silence" }), OpenAiServer.raw([], { ending: "silence" }))
      yield* bothFail(llm, is("TimedOut", true, "nothing came for as long as idleTimeout allows"))
      yield* areAborted(server)
    }).pipe(Effect.scoped)
  )

  it.live("falls silent in the body of an error: the status still counts", () =>
    Effect.gen(function* () {
      const { llm, server } = yield* setup({ idleTimeout: "30 millis" })
      yield* server.enqueue(OpenAiServer.raw(["{"], { status: 503, ending: "silence" }))
      is("Overloaded", true)(yield* failureOf(llm))
    }).pipe(Effect.scoped)
  )

  it.live("drips a byte at a time: the deadline ends the call (A30)", () =>
    Effect.gen(function* () {
      const { llm, server } = yield* setup({ timeout: "80 millis", idleTimeout: "1 second" })
      const drip = OpenAiServer.raw(Array<string>(1000).fill(" "), { every: "10 millis" })
      yield* server.enqueue(drip, drip)
      yield* bothFail(llm, is("TimedOut", true))
      yield* areAborted(server)
    }).pipe(Effect.scoped)
  )

  it.live("may be slow, as long as it goes on", () =>
    Effect.gen(function* () {
      const { llm, server } = yield* setup({ idleTimeout: "80 millis" })
      yield* server.enqueue(
        OpenAiServer.raw(['{"choices":[{"message":', '{"content":', '"hello"', "}}]}"], {
          delay: "90 millis",
          every: "8 millis"
        })
      )
      assert.strictEqual((yield* llm.complete(request)).content, "hello")
    }).pipe(Effect.scoped)
  )

  it.live("brings more bytes than are allowed: the rest is not read (A22)", () =>
    Effect.gen(function* () {
      const { llm, server } = yield* setup({ maxBytes: 100_000 })
      let written = 0
      const endless = OpenAiServer.raw({
        *[Symbol.iterator]() {
          for (; written < 2000; written++) yield "x".repeat(100_000)
        }
      })
      yield* server.enqueue(endless)
      is("TooLarge", false)(yield* failureOf(llm))
      assert.isBelow(written, 1000)
      yield* areAborted(server)
      yield* server.enqueue(OpenAiServer.raw("x".repeat(100_001)))
      is("TooLarge", false)(yield* streamFailureOf(llm))
    }).pipe(Effect.scoped)
  )

  it.live("brings a bomb: what counts is the unpacked length (A23)", () =>
    Effect.gen(function* () {
      const { llm, server } = yield* setup({ maxBytes: 1_000_000 })
      const bomb = gzipSync(Buffer.alloc(30_000_000))
      assert.isBelow(bomb.length, 100_000)
      const reply = OpenAiServer.raw(bomb, { headers: { "content-encoding": "gzip" } })
      yield* server.enqueue(reply, reply)
      yield* bothFail(llm, is("TooLarge", false))
    }).pipe(Effect.scoped)
  )

  it.live("brings what is packed and fits", () =>
    Effect.gen(function* () {
      const { llm, server } = yield* setup()
      const body = gzipSync(JSON.stringify({ choices: [{ message: { content: "hello" } }] }))
      yield* server.enqueue(OpenAiServer.raw(body, { headers: { "content-encoding": "gzip" } }))
      assert.strictEqual((yield* llm.complete(request)).content, "hello")
    }).pipe(Effect.scoped)
  )
})

describe("a caller that is interrupted", () => {
  it.live("aborts the request and closes the connection", () =>
    Effect.gen(function* () {
      const { llm, server } = yield* setup()
      yield* server.enqueue(OpenAiServer.silence)
      const fiber = yield* Effect.fork(llm.complete(request))
      yield* untilArrived(server, 1)
      yield* Fiber.interrupt(fiber)
      yield* areAborted(server)
    }).pipe(Effect.scoped)
  )

  it.live("aborts the one call, and no other", () =>
    Effect.gen(function* () {
      const { llm, server } = yield* setup()
      yield* server.enqueue(OpenAiServer.silence, OpenAiServer.completion("hello", { delay: "40 millis" }))
      const lost = yield* Effect.fork(llm.complete(request))
      yield* untilArrived(server, 1)
      const kept = yield* Effect.fork(llm.complete(request))
      yield* untilArrived(server, 2)
      yield* Fiber.interrupt(lost)
      assert.strictEqual((yield* Fiber.join(kept)).content, "hello")
    }).pipe(Effect.scoped)
  )
})

describe("a request that cannot be written as JSON", () => {
  it.live("is refused before it is sent", () =>
    Effect.gen(function* () {
      const { llm, server } = yield* setup()
      const circle: Record<string, unknown> = {}
      circle.self = circle
      for (const parameters of [circle, { big: 1n }]) {
        const tools = [{ name: "f", description: "f", parameters }]
        const error = yield* Effect.flip(Effect.asVoid(llm.complete({ ...request, tools })))
        is("BadRequest", false, "the request cannot be sent")(error)
      }
      assert.strictEqual((yield* server.requests).length, 0)
    }).pipe(Effect.scoped)
  )
})
