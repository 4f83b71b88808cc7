import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as LlmOpenAi from "../../layers/LlmOpenAi.js"
import type { LLMError, LLMService, Request } from "../../services/LLM.js"
import * as OpenAiServer from "../utils/OpenAiServer.js"

const request: Request = { model: "gpt-4o", messages: [{ role: "user", content: "hello" }] }
const key = "sk-very-secret-key"

const setup = Effect.gen(function* () {
  const server = yield* OpenAiServer.make()
  const llm = yield* LlmOpenAi.make({
    apiKey: Redacted.make(key),
    providers: { openai: { baseUrl: server.baseUrl } }
  })
  return { server, llm }
})

const failureOf = (llm: LLMService): Effect.Effect<LLMError, void> => Effect.flip(Effect.asVoid(llm.complete(request)))
const streamFailureOf = (llm: LLMService): Effect.Effect<LLMError, void> =>
  Effect.flip(Stream.runDrain(llm.stream(request)))

/** What `complete` and `stream` fail with on one reply; both have to agree. */
const bothFail = (reply: OpenAiServer.Script, check: (error: LLMError) => void) =>
  Effect.gen(function* () {
    const { llm, server } = yield* setup
    yield* server.enqueue(reply, reply)
    check(yield* failureOf(llm))
    check(yield* streamFailureOf(llm))
    assert.strictEqual((yield* server.requests).length, 2)
  }).pipe(Effect.scoped)

const completeFails = (reply: OpenAiServer.Script, check: (error: LLMError) => void) =>
  Effect.gen(function* () {
    const { llm, server } = yield* setup
    yield* server.enqueue(reply)
    check(yield* failureOf(llm))
  }).pipe(Effect.scoped)

const inHttpDate = (millis: number) => new Date(Date.now() + millis).toUTCString()

describe("an LLM that answers with an error", () => {
  const limited = (headers: Record<string, string>) => OpenAiServer.error(429, { headers, code: "rate_limit_exceeded" })

  it.live("is limited: the wait it asks for is told, in every form (A1, A3, A4)", () =>
    Effect.gen(function* () {
      const waits = (headers: Record<string, string>, millis: number | undefined) =>
        bothFail(limited(headers), (error) => {
          assert.strictEqual(error.reason, "RateLimited")
          assert.strictEqual(error.retryAfterMillis, millis)
          assert.isTrue(error.isRetryable)
          assert.strictEqual(error.status, 429)
        })
      yield* waits({ "retry-after": "2" }, 2000)
      yield* waits({ "retry-after-ms": "150", "retry-after": "2" }, 150)
      yield* waits({ "retry-after": "86400" }, 86_400_000)
      yield* waits({}, undefined)
    })
  )

  it.live("is limited until a date (A2)", () =>
    bothFail(limited({ "retry-after": inHttpDate(60_000) }), ({ retryAfterMillis = 0 }) => {
      assert.isAbove(retryAfterMillis, 30_000)
      assert.isAtMost(retryAfterMillis, 60_000)
    })
  )

  it.live("asks for a wait that makes no sense: it is left out (A5)", () =>
    Effect.gen(function* () {
      for (const wait of ["-5", "NaN", inHttpDate(-60_000), "soon"]) {
        yield* completeFails(limited({ "retry-after": wait }), (error) => {
          assert.strictEqual(error.reason, "RateLimited")
          assert.notProperty(error, "retryAfterMillis")
        })
      }
    })
  )

  it.live("tells what is left with an error, too", () =>
    bothFail(limited({ "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "6m0s" }), ({ allowance }) =>
      assert.deepStrictEqual(allowance, { tokens: { remaining: 0, resetMillis: 360_000 } })
    )
  )

  it.live("is overloaded, and may be asked again (A7, A11)", () =>
    Effect.forEach([500, 502, 503, 504, 529, 408, 409], (status) =>
      bothFail(OpenAiServer.error(status, { headers: { "retry-after": "1" } }), (error) => {
        assert.strictEqual(error.reason, "Overloaded", String(status))
        assert.strictEqual(error.status, status)
        assert.strictEqual(error.retryAfterMillis, 1000)
        assert.isTrue(error.isRetryable)
      })
    )
  )

  it.live("refuses a request: what the provider says is told, in the shapes of many providers (A8)", () =>
    Effect.forEach(
      [
        { error: { message: "temperature is bad.", type: "invalid_request_error" } },
        [{ error: { code: 400, message: "temperature is bad", status: "INVALID_ARGUMENT" } }],
        { object: "error", message: "temperature  is\nbad", code: 400 },
        { detail: "temperature is bad" },
        { error: "temperature is bad" }
      ],
      (body) =>
        bothFail(OpenAiServer.json(body, { status: 400 }), (error) => {
          assert.strictEqual(error.reason, "BadRequest")
          assert.strictEqual(error.detail, "temperature is bad")
          assert.strictEqual(error.raw, JSON.stringify(body))
          assert.isFalse(error.isRetryable)
        })
    )
  )

  it.live("says nothing with its status: the status is told, and the page is kept", () =>
    Effect.gen(function* () {
      yield* bothFail(OpenAiServer.raw("<html>Bad gateway</html>", { status: 502 }), (error) => {
        assert.strictEqual(error.detail, "the provider answered with status 502")
        assert.strictEqual(error.raw, "<html>Bad gateway</html>")
      })
      yield* bothFail(OpenAiServer.raw([], { status: 418 }), (error) => {
        assert.strictEqual(error.reason, "BadRequest")
        assert.notProperty(error, "raw")
      })
    })
  )

  it.live("knows no such key, and the key stands nowhere in the error (A9)", () =>
    Effect.forEach([401, 403], (status) =>
      bothFail(
        ({ headers }) =>
          OpenAiServer.error(status, {
            message: `Incorrect API key: ${headers.authorization}`,
            headers: { "x-echo": String(headers.authorization) }
          }),
        (error) => {
          assert.strictEqual(error.reason, "Unauthorized")
          assert.isFalse(error.isRetryable)
          assert.include(error.message, "Incorrect API key: Bearer <redacted>")
          for (const text of [
            error.message,
            error.stack,
            String(error),
            inspect(error, { depth: 20 }),
            JSON.stringify(error)
          ])
            assert.notInclude(text!, "very-secret")
        }
      )
    )
  )

  it.live("has no credit left: waiting does not help", () =>
    Effect.gen(function* () {
      for (const reply of [OpenAiServer.error(429, { code: "insufficient_quota" }), OpenAiServer.error(402)]) {
        yield* completeFails(reply, (error) => {
          assert.strictEqual(error.reason, "Unauthorized")
          assert.isFalse(error.isRetryable)
        })
      }
    })
  )

  it.live("knows no such model (A10)", () =>
    Effect.gen(function* () {
      for (const reply of [
        OpenAiServer.error(404, { message: "The model `x` does not exist", code: "model_not_found" }),
        OpenAiServer.raw("404 page not found", { status: 404 }),
        OpenAiServer.error(400, { message: "invalid model ID" })
      ]) {
        yield* bothFail(reply, (error) => {
          assert.strictEqual(error.reason, "UnknownModel")
          assert.isFalse(error.isRetryable)
        })
      }
    })
  )

  it.live("cannot take that much (A12)", () =>
    Effect.gen(function* () {
      for (const reply of [
        OpenAiServer.error(413),
        OpenAiServer.error(400, { code: "context_length_exceeded" }),
        OpenAiServer.error(400, { message: "This model's maximum context length is 8192 tokens" }),
        OpenAiServer.error(400, { message: "prompt is too long: 250000 tokens > 200000 maximum" })
      ]) {
        yield* bothFail(reply, (error) => assert.strictEqual(error.reason, "ContextLength"))
      }
    })
  )

  it.live("filters what it is asked", () =>
    bothFail(OpenAiServer.error(400, { code: "content_filter", message: "the policy" }), (error) =>
      assert.strictEqual(error.reason, "ContentFilter")
    )
  )

  it.live("redirects: the key and the prompt go nowhere else (A36)", () =>
    Effect.gen(function* () {
      const elsewhere = yield* OpenAiServer.make({ respond: () => "caught" })
      for (const status of [301, 302, 307, 308]) {
        const location = `${elsewhere.baseUrl}/chat/completions?token=secret`
        yield* bothFail(OpenAiServer.raw([], { status, headers: { location } }), (error) => {
          assert.strictEqual(error.reason, "Misconfigured")
          assert.include(error.message, elsewhere.baseUrl)
          assert.notInclude(error.message, "secret")
        })
      }
      assert.strictEqual((yield* elsewhere.requests).length, 0)
    }).pipe(Effect.scoped)
  )
})

describe("an LLM that answers with status 200", () => {
  it.live("was cut short by a filter (A13)", () =>
    bothFail(OpenAiServer.completion("Well,", { finishReason: "content_filter" }), (error) => {
      assert.strictEqual(error.reason, "ContentFilter")
      assert.strictEqual(error.partial, "Well,")
      assert.isFalse(error.isRetryable)
    })
  )

  it.live("refuses (A14)", () =>
    Effect.gen(function* () {
      const check = (error: LLMError) => {
        assert.strictEqual(error.reason, "Refusal")
        assert.include(error.detail, "I cannot do that")
      }
      yield* completeFails(
        OpenAiServer.completion("", { message: { content: null, refusal: "I cannot do that" } }),
        check
      )
      const { llm, server } = yield* setup
      yield* server.enqueue(
        OpenAiServer.events([
          OpenAiServer.chunk({ refusal: "I cannot" }),
          OpenAiServer.chunk({ refusal: " do that" }, { finishReason: "stop" }),
          "[DONE]"
        ])
      )
      check(yield* streamFailureOf(llm))
    }).pipe(Effect.scoped)
  )

  it.live("reports an error all the same", () =>
    Effect.gen(function* () {
      const reports = (body: unknown, reason: LLMError["reason"]) =>
        completeFails(OpenAiServer.json(body), (error) => assert.strictEqual(error.reason, reason))
      yield* reports({ error: { code: 429, message: "slow down" } }, "RateLimited")
      yield* reports({ error: { type: "overloaded_error", message: "busy" } }, "Overloaded")
      yield* reports({ error: { type: "authentication_error", message: "who?" } }, "Unauthorized")
      yield* completeFails(OpenAiServer.completion("Wel", { finishReason: "error" }), (error) => {
        assert.strictEqual(error.reason, "Interrupted")
        assert.strictEqual(error.partial, "Wel")
      })
    })
  )

  it.live("sends no choices, or what is no completion (A15, A18, A19)", () =>
    Effect.gen(function* () {
      const whole = JSON.stringify({ choices: [{ message: { content: "hello" } }] })
      for (const [body, detail] of [
        ['{"choices":[]}', "the answer has no choices"],
        ['{"object":"list"}', "the answer is JSON, but not a chat completion"],
        ['{"choices":[{"message":{"content":7}}]}', "the answer is JSON, but not a chat completion"],
        ["null", "the answer is JSON, but not a chat completion"],
        [whole.slice(0, -5), "the answer is not JSON, or not all of it"],
        ["<html>Please log in</html>", "the answer is not JSON, or not all of it"],
        ["", "the answer is not JSON, or not all of it"]
      ] as const) {
        yield* completeFails(OpenAiServer.raw(body, { headers: { "content-type": "text/html" } }), (error) => {
          assert.strictEqual(error.reason, "InvalidReply")
          assert.strictEqual(error.detail, detail)
          assert.strictEqual(error.raw ?? "", body)
          assert.isFalse(error.isRetryable)
        })
      }
    })
  )

  it.live("sends a page of any length: its beginning is kept, without the key", () =>
    completeFails(
      ({ headers }) => OpenAiServer.raw(`${headers.authorization} ${"x".repeat(1_000_000)}`),
      ({ raw = "" }) => {
        assert.strictEqual(raw.length, 2000)
        assert.isTrue(raw.startsWith("Bearer <redacted> xxx"))
      }
    )
  )

  const completes = (reply: OpenAiServer.Script) =>
    Effect.gen(function* () {
      const { llm, server } = yield* setup
      yield* server.enqueue(reply)
      return yield* llm.complete(request)
    }).pipe(Effect.scoped)

  it.live("has no content beside tool calls, or none at all (A16)", () =>
    Effect.gen(function* () {
      const calls = [{ type: "function", function: { name: "f" } }]
      const called = yield* completes(OpenAiServer.completion("", { message: { content: null, tool_calls: calls } }))
      assert.strictEqual(called.content, "")
      assert.deepStrictEqual(called.toolCalls, [{ id: "call_0", name: "f", arguments: "{}" }])
      const silent = yield* completes(OpenAiServer.completion("", { message: {}, finishReason: "length" }))
      assert.deepStrictEqual([silent.content, silent.finishReason], ["", "length"])
    })
  )

  it.live("sends its text in parts", () =>
    Effect.gen(function* () {
      const content = [{ type: "thinking" }, { type: "text", text: "hel" }, { type: "text", text: "lo" }]
      assert.strictEqual((yield* completes(OpenAiServer.completion("", { message: { content } }))).content, "hello")
    })
  )

  it.live("reports no usage, or one that makes no sense: it is absent, and so is the cost (A17)", () =>
    Effect.gen(function* () {
      for (const usage of [
        undefined,
        null,
        {},
        { prompt_tokens: -1, completion_tokens: 2 },
        { prompt_tokens: 1 },
        "3"
      ]) {
        const answer = yield* completes(OpenAiServer.completion("hello", { usage }))
        assert.strictEqual(answer.content, "hello")
        assert.notProperty(answer, "usage")
        assert.notProperty(answer, "cost")
      }
    })
  )

  it.live("calls its JSON something else (A20)", () =>
    Effect.gen(function* () {
      const body = JSON.stringify({ choices: [{ message: { content: "hello" } }] })
      const answer = yield* completes(OpenAiServer.raw(body, { headers: { "content-type": "text/plain" } }))
      assert.strictEqual(answer.content, "hello")
      assert.strictEqual(answer.finishReason, "unknown")
      assert.strictEqual(answer.model, "gpt-4o")
    })
  )

  it.live("splits characters across chunks, begins with a byte-order mark, or sends bytes that are no text (A21)", () =>
    Effect.gen(function* () {
      const bytes = new TextEncoder().encode(JSON.stringify({ choices: [{ message: { content: "żółw 🐢" } }] }))
      const single = Array.from(bytes, (byte) => Uint8Array.of(byte))
      assert.strictEqual((yield* completes(OpenAiServer.raw(single))).content, "żółw 🐢")
      assert.strictEqual(
        (yield* completes(OpenAiServer.raw([Uint8Array.of(0xef, 0xbb, 0xbf), bytes]))).content,
        "żółw 🐢"
      )
      const broken = bytes.map((byte) => (byte === 0xf0 ? 0xff : byte))
      assert.include((yield* completes(OpenAiServer.raw(broken))).content, "żółw \ufffd")
    })
  )
})
