import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as fc from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as LlmOpenAi from "../../layers/LlmOpenAi.js"
import type { LLMError, Request } from "../../services/LLM.js"
import * as OpenAiServer from "../utils/OpenAiServer.js"

const { chunk } = OpenAiServer

const request: Request = { model: "gpt-4o", messages: [{ role: "user", content: "hello" }] }

const setup = (options: LlmOpenAi.Options = {}) =>
  Effect.gen(function* () {
    const server = yield* OpenAiServer.make()
    const llm = yield* LlmOpenAi.make({
      apiKey: Redacted.make("sk-test"),
      ...options,
      providers: { openai: { baseUrl: server.baseUrl } }
    })
    return { server, llm }
  })

/** The pieces of a stream, and the error that it ends with. */
const streamed = (reply: OpenAiServer.Script, options?: LlmOpenAi.Options) =>
  Effect.gen(function* () {
    const { llm, server } = yield* setup(options)
    yield* server.enqueue(reply)
    const pieces: Array<string> = []
    const ending = yield* llm.stream(request).pipe(
      Stream.runForEach((piece) => Effect.sync(() => pieces.push(piece))),
      Effect.as<LLMError | undefined>(undefined),
      Effect.catchAll(Effect.succeed<LLMError | undefined>)
    )
    return { text: pieces.join(""), ending }
  }).pipe(Effect.scoped)

const breaksOff = (reply: OpenAiServer.Script, detail: string, options?: LlmOpenAi.Options) =>
  Effect.gen(function* () {
    const { ending, text } = yield* streamed(reply, options)
    assert.strictEqual(text, "Hel")
    assert.strictEqual(ending?.reason, "Interrupted")
    assert.strictEqual(ending?.partial, "Hel")
    assert.include(ending?.detail, detail)
    assert.isFalse(ending?.isRetryable)
  })

const hel = chunk({ content: "Hel" })
const lo = chunk({ content: "lo" })
const stop = chunk({}, { finishReason: "stop" })

describe("a stream", () => {
  it.live("is whole without [DONE], if the model said that it stopped (A31)", () =>
    Effect.gen(function* () {
      const { ending, text } = yield* streamed(OpenAiServer.events([hel, lo, stop]))
      assert.strictEqual(text, "Hello")
      assert.isUndefined(ending)
    })
  )

  it.live("is broken off if it ends before the model did, with [DONE] or without (A31)", () =>
    Effect.gen(function* () {
      yield* breaksOff(OpenAiServer.events([hel]), "the stream ended before the answer did")
      yield* breaksOff(OpenAiServer.events([hel, "[DONE]"]), "the stream ended before the answer did")
    })
  )

  it.live("is broken off by an error event, and what had come is kept (A32)", () =>
    Effect.gen(function* () {
      yield* breaksOff(OpenAiServer.events([hel, { error: { message: "out of memory" } }, lo, stop]), "out of memory")
      const { ending, text } = yield* streamed(
        OpenAiServer.events([hel, { error: { type: "invalid_request_error", message: "no more" } }])
      )
      assert.strictEqual(text, "Hel")
      assert.strictEqual(ending?.reason, "BadRequest")
      assert.strictEqual(ending?.partial, "Hel")
    })
  )

  it.live("may be asked for again if an error is the first that comes", () =>
    Effect.gen(function* () {
      const { ending } = yield* streamed(
        OpenAiServer.events([{ error: { type: "overloaded_error", message: "busy" } }])
      )
      assert.strictEqual(ending?.reason, "Overloaded")
      assert.isTrue(ending?.isRetryable)
      assert.notProperty(ending, "partial")
    })
  )

  it.live("is broken off by a reset, by silence and by the deadline", () =>
    Effect.gen(function* () {
      yield* breaksOff(OpenAiServer.events([hel], { ending: "reset" }), "the connection failed")
      yield* breaksOff(OpenAiServer.events([hel], { ending: "silence" }), "nothing came", { idleTimeout: "60 millis" })
      yield* breaksOff(OpenAiServer.events([hel], { ending: "silence" }), "longer than", { timeout: "100 millis" })
    })
  )

  it.live("is not whole if the filter ends it", () =>
    Effect.gen(function* () {
      const { ending, text } = yield* streamed(
        OpenAiServer.events([hel, chunk({}, { finishReason: "content_filter" })])
      )
      assert.strictEqual(text, "Hel")
      assert.strictEqual(ending?.reason, "ContentFilter")
      assert.strictEqual(ending?.partial, "Hel")
    })
  )

  it.live("is ended when the model says the same for ever (A33)", () =>
    Effect.gen(function* () {
      const loop = Array<unknown>(500).fill(chunk({ content: "again " }))
      const { ending, text } = yield* streamed(OpenAiServer.events([...loop, stop]))
      assert.strictEqual(ending?.reason, "Interrupted")
      assert.strictEqual(ending?.partial, text)
      assert.strictEqual(text, "again ".repeat(99))
      const dots = yield* streamed(OpenAiServer.events([...Array<unknown>(500).fill(chunk({ content: "." })), stop]))
      assert.isUndefined(dots.ending)
      assert.strictEqual(dots.text, ".".repeat(500))
    })
  )

  it.live("takes no page, plain JSON or nothing for a stream", () =>
    Effect.gen(function* () {
      for (const body of ["<html>Please log in</html>", '{"choices":[]}', "", "data: [DONE]\n\n"]) {
        const { ending } = yield* streamed(OpenAiServer.raw(body))
        assert.strictEqual(ending?.reason, "InvalidReply", body)
      }
    })
  )

  it.live("takes no event that is not JSON, or not of a completion", () =>
    Effect.gen(function* () {
      for (const event of ["{nonsense", "7", { choices: "none" }]) {
        const { ending, text } = yield* streamed(OpenAiServer.events([hel, event, stop]))
        assert.strictEqual(text, "Hel")
        assert.strictEqual(ending?.reason, "InvalidReply")
        assert.strictEqual(ending?.partial, "Hel")
      }
    })
  )

  it.live("skips events without choices, and tool calls", () =>
    Effect.gen(function* () {
      const { ending, text } = yield* streamed(
        OpenAiServer.events([
          hel,
          { choices: [], usage: {} },
          chunk({ tool_calls: [{ index: 0, function: { arguments: "{" } }] }),
          lo,
          chunk({ content: null }, { finishReason: "length" }),
          "[DONE]"
        ])
      )
      assert.isUndefined(ending)
      assert.strictEqual(text, "Hello")
    })
  )

  it.live("of a consumer that stops reading is aborted, and its connection closed (A35)", () =>
    Effect.gen(function* () {
      const { llm, server } = yield* setup()
      yield* server.enqueue(OpenAiServer.events([hel, lo], { ending: "silence" }))
      const pieces = yield* llm.stream(request).pipe(Stream.take(2), Stream.runCollect)
      assert.deepStrictEqual(Chunk.toReadonlyArray(pieces), ["Hel", "lo"])
      const [received] = yield* server.requests
      assert.strictEqual(yield* received!.outcome, "aborted")
    }).pipe(Effect.scoped)
  )

  it.live("of a consumer that is interrupted while it waits is aborted", () =>
    Effect.gen(function* () {
      const { llm, server } = yield* setup()
      yield* server.enqueue(OpenAiServer.events([hel], { ending: "silence" }))
      yield* Effect.timeoutOption(Stream.runDrain(llm.stream(request)), "50 millis")
      const [received] = yield* server.requests
      assert.strictEqual(yield* received!.outcome, "aborted")
    }).pipe(Effect.scoped)
  )

  const text = "Zażółć 🐢\r\n\ndata: gęślą"
  const bodyWith = (eol: string) =>
    [
      ": a comment",
      "event: message",
      `data: ${JSON.stringify(chunk({ content: text.slice(0, 9) }))}`,
      "",
      ":",
      "id: 7",
      'data: {"choices": [{"delta":',
      `data: {"content": ${JSON.stringify(text.slice(9))}}}]}`,
      "",
      `data:${JSON.stringify(stop)}`,
      "",
      "data: [DONE]",
      "",
      ""
    ].join(eol)

  it.live(
    "means the same however it is cut, with any ends of lines, comments and data of several lines (A21, A34)",
    () =>
      Effect.gen(function* () {
        const { llm, server } = yield* setup()
        const cuts = fc.record({
          eol: fc.constantFrom("\n", "\r\n", "\r"),
          mark: fc.boolean(),
          at: fc.array(fc.nat(600), { maxLength: 12 })
        })
        for (const { at, eol, mark } of [
          ...fc.sample(cuts, { numRuns: 60, seed: 1 }),
          { eol: "\r\n", mark: true, at: Array.from({ length: 600 }, (_, i) => i) }
        ]) {
          const bytes = new TextEncoder().encode((mark ? "\ufeff" : "") + bodyWith(eol))
          const places = [0, ...new Set(at.filter((i) => i > 0 && i < bytes.length)), bytes.length].sort(
            (a, b) => a - b
          )
          const pieces = places.slice(1).map((end, i) => bytes.slice(places[i], end))
          yield* server.enqueue(OpenAiServer.raw(pieces))
          const read = yield* Stream.runCollect(llm.stream(request))
          assert.strictEqual(Chunk.toReadonlyArray(read).join(""), text, JSON.stringify({ at, eol, mark }))
        }
      }).pipe(Effect.scoped)
  )
})
