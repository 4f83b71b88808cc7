import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as LlmCached from "../../layers/LlmCached.js"
import * as LlmRetried from "../../layers/LlmRetried.js"
import * as LlmScripted from "../../layers/LlmScripted.js"
import * as LlmTraced from "../../layers/LlmTraced.js"
import { type Completion, LLM, LLMError, type Request } from "../../services/LLM.js"
import * as Tracing from "../../src/Tracing.js"
import { overloaded } from "../utils/scripted.js"
import { collect } from "../utils/spans.js"

const request: Request = {
  model: "gemini/gemini-2.5-flash",
  messages: [
    { role: "system", content: "Be brief." },
    { role: "user", content: "What is 6 × 7?" }
  ],
  settings: { temperature: 0.5, topP: 0.9, maxTokens: 100, stop: ["END"] }
}

const answer: Partial<Completion> = {
  content: "42",
  id: "r-1",
  model: "gemini-2.5-flash-001",
  usage: { prompt: 100, completion: 50, cached: 40, reasoning: 7 },
  cost: 0.25
}

const complete = (asked: Request = request) => Effect.flatMap(LLM, (llm) => llm.complete(asked))

const traced = (script: LlmScripted.Script) =>
  LlmTraced.layer.pipe(
    Layer.provide(LlmRetried.layer({ jitter: 0 })),
    Layer.provide(LlmTraced.layerAttempts),
    Layer.provideMerge(LlmScripted.layer(script))
  )

const cached = (script: LlmScripted.Script) =>
  LlmTraced.layer.pipe(
    Layer.provideMerge(LlmCached.layer()),
    Layer.provide(LlmTraced.layerAttempts),
    Layer.provide(LlmScripted.layer(script))
  )

describe("LlmTraced", () => {
  it.effect("makes a span of a call, with the attributes of the conventions in their types", () =>
    Effect.gen(function* () {
      const { spans } = yield* collect(complete())
      const [{ attributes, kind, name }] = spans
      assert.strictEqual(spans.length, 1)
      assert.deepStrictEqual([name, kind], ["chat gemini-2.5-flash", "client"])
      assert.deepStrictEqual(attributes, {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "gcp.gemini",
        "gen_ai.request.model": "gemini-2.5-flash",
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.top_p": 0.9,
        "gen_ai.request.max_tokens": 100,
        "gen_ai.request.stop_sequences": ["END"],
        "gen_ai.response.id": "r-1",
        "gen_ai.response.model": "gemini-2.5-flash-001",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 50,
        "gen_ai.usage.cache_read.input_tokens": 40,
        "gen_ai.usage.reasoning.output_tokens": 7,
        "hyperfunc.purpose": "task",
        "hyperfunc.cost_usd": 0.25,
        "hyperfunc.attempts": 1
      })
    }).pipe(Effect.provide(traced([answer])))
  )

  it.effect("says nothing of tokens and cost that nobody told", () =>
    Effect.gen(function* () {
      const { spans } = yield* collect(complete())
      const names = Object.keys(spans[0].attributes)
      assert.deepStrictEqual(
        names.filter((name) => /usage|cost/.test(name)),
        []
      )
    }).pipe(Effect.provide(traced(["42"])))
  )

  it.effect("is one span however often the call was made, with an event for every attempt", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(collect(complete()))
      yield* TestClock.adjust("1 minute")
      const { spans } = yield* Fiber.join(fiber)
      assert.strictEqual(spans.length, 1)
      assert.deepStrictEqual(
        spans[0].events.map(({ attributes }) => [attributes["hyperfunc.attempt"], attributes["error.type"]]),
        [
          [1, "LLMError.Overloaded"],
          [2, "LLMError.Overloaded"],
          [3, undefined]
        ]
      )
      assert.strictEqual(spans[0].attributes["gen_ai.usage.input_tokens"], 100)
    }).pipe(Effect.provide(traced([overloaded(), overloaded(), answer])))
  )

  it.effect("says of what kind a failure was, and fails with it", () =>
    Effect.gen(function* () {
      const refusal = new LLMError({ reason: "Unauthorized", model: "m", detail: "no", cure: "yes", status: 401 })
      const { exit, spans } = yield* collect(Effect.provide(Effect.asVoid(complete()), traced([refusal])))
      assert.isTrue(exit._tag === "Failure")
      assert.strictEqual(spans[0].attributes["error.type"], "LLMError.Unauthorized")
      assert.strictEqual(spans[0].events[0].attributes["http.response.status_code"], 401)
    })
  )

  it.effect("names the model that answered as it calls itself", () =>
    Effect.gen(function* () {
      const { spans } = yield* collect(complete())
      assert.strictEqual(spans[0].attributes["gen_ai.response.model"], "meta-llama/Llama-3")
    }).pipe(Effect.provide(traced([{ ...answer, model: "meta-llama/Llama-3" }])))
  )

  it.effect("says what was used for a failure, where the provider tells it", () =>
    Effect.gen(function* () {
      const { spans } = yield* collect(Effect.exit(complete()))
      assert.deepInclude(spans[0].attributes, {
        "error.type": "LLMError.Refusal",
        "gen_ai.usage.input_tokens": 10,
        "gen_ai.usage.output_tokens": 3990,
        "hyperfunc.cost_usd": 0.5
      })
    }).pipe(
      Effect.provide(
        traced([
          new LLMError({
            ...overloaded(),
            reason: "Refusal",
            usage: { prompt: 10, completion: 3990 },
            cost: 0.5
          })
        ])
      )
    )
  )

  it.effect("counts what a cache answers as a hit that used no tokens and cost nothing", () =>
    Effect.gen(function* () {
      const { spans } = yield* collect(Effect.zipRight(complete(), complete()))
      const [first, second] = spans.map(({ attributes }) => attributes)
      assert.strictEqual(first["hyperfunc.cache.hit"], undefined)
      assert.strictEqual(first["gen_ai.usage.input_tokens"], 100)
      assert.strictEqual(second["hyperfunc.cache.hit"], true)
      assert.strictEqual(second["gen_ai.usage.input_tokens"], undefined)
      assert.strictEqual(second["hyperfunc.cost_usd"], 0)
      assert.strictEqual(second["gen_ai.response.model"], "gemini-2.5-flash-001")
    }).pipe(Effect.provide(cached([answer])))
  )

  it.effect("counts the tokens of a call that several wait for once", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const slow = cached(() => Effect.as(Deferred.await(gate), answer))
      const { spans } = yield* collect(
        Effect.gen(function* () {
          const fibers = yield* Effect.forEach([1, 2, 3], () => Effect.fork(complete()))
          yield* Effect.yieldNow()
          yield* Deferred.succeed(gate, undefined)
          yield* Effect.forEach(fibers, Fiber.join)
        }).pipe(Effect.provide(slow))
      )
      assert.deepStrictEqual(
        spans.flatMap(({ attributes }) => attributes["gen_ai.usage.input_tokens"] ?? []),
        [100]
      )
      assert.strictEqual(spans.filter(({ attributes }) => attributes["hyperfunc.cache.hit"] === true).length, 2)
    })
  )

  it.effect("counts the tokens of a failure that several wait for once", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const refusal = new LLMError({ ...overloaded(), reason: "Refusal", usage: { prompt: 10, completion: 3990 } })
      const slow = cached(() => Effect.zipRight(Deferred.await(gate), Effect.fail(refusal)))
      const { spans } = yield* collect(
        Effect.gen(function* () {
          const fibers = yield* Effect.forEach([1, 2, 3], () => Effect.fork(complete()))
          yield* Effect.yieldNow()
          yield* Deferred.succeed(gate, undefined)
          yield* Effect.forEach(fibers, Fiber.await)
        }).pipe(Effect.provide(slow))
      )
      assert.deepStrictEqual(
        spans.map(({ attributes }) => attributes["error.type"]),
        Array.from({ length: 3 }, () => "LLMError.Refusal")
      )
      assert.deepStrictEqual(
        spans.flatMap(({ attributes }) => attributes["gen_ai.usage.output_tokens"] ?? []),
        [3990]
      )
    })
  )

  it.effect("makes a span of a stream that lasts until its last piece", () =>
    Effect.gen(function* () {
      const llm = yield* LLM
      const { spans } = yield* collect(Stream.runCollect(llm.stream(request)))
      assert.deepStrictEqual(
        spans.map(({ name }) => name),
        ["chat gemini-2.5-flash"]
      )
      assert.strictEqual(spans[0].attributes["gen_ai.request.stream"], true)
      assert.strictEqual(spans[0].attributes["gen_ai.response.time_to_first_chunk"], 0)
      assert.notProperty(spans[0].attributes, "gen_ai.response.model")
    }).pipe(Effect.provide(traced(["one two three"])))
  )

  it.effect("E101: writes nothing down of what is said unless it is asked to", () =>
    Effect.gen(function* () {
      const { spans } = yield* collect(complete())
      assert.notInclude(JSON.stringify(spans), "6 × 7")
      assert.notInclude(JSON.stringify(spans.map(({ attributes }) => attributes)), '"42"')
    }).pipe(Effect.provide(traced([answer])))
  )

  it.effect("E101: writes down what is asked for, redacted, in the form of the conventions", () =>
    Effect.gen(function* () {
      const redact = (text: string) => text.replace("6 × 7", "<numbers>")
      const { spans } = yield* collect(Tracing.provide(complete(), { content: { redact } }))
      const { attributes } = spans[0]
      assert.deepStrictEqual(JSON.parse(String(attributes["gen_ai.input.messages"])), [
        { role: "system", parts: [{ type: "text", content: "Be brief." }] },
        { role: "user", parts: [{ type: "text", content: "What is <numbers>?" }] }
      ])
      assert.deepStrictEqual(JSON.parse(String(attributes["gen_ai.output.messages"])), [
        { role: "assistant", parts: [{ type: "text", content: "42" }], finish_reason: "stop" }
      ])
    }).pipe(Effect.provide(traced([answer])))
  )

  it.effect("E102: writes down no more characters and messages than allowed", () =>
    Effect.gen(function* () {
      const messages: Request["messages"] = Array.from({ length: 1000 }, (_, k) => ({
        role: "user",
        content: `message ${k} ${"x".repeat(1000)}`
      }))
      const content = { maxLength: 5000, maxMessages: 3 }
      const { spans } = yield* collect(Tracing.provide(complete({ ...request, messages }), { content }))
      const { attributes } = spans[0]
      const written = String(attributes["gen_ai.input.messages"])
      assert.isBelow(written.length, 5100)
      assert.include(written, "message 0 ")
      assert.include(written, "message 999 ")
      assert.notInclude(written, "message 1 ")
      assert.strictEqual(attributes["hyperfunc.messages.left_out"], 997)
    }).pipe(Effect.provide(traced([answer])))
  )

  it.effect("E106: labels metrics with provider, model and kind of failure, and nothing else", () =>
    Effect.gen(function* () {
      const models = ["m/e106-a", "m/e106-b"]
      for (let k = 0; k < 50; k++) {
        const model = models[k % 2]
        const settings = { temperature: k / 50, seed: k }
        yield* complete({
          ...request,
          model,
          settings,
          messages: [{ role: "user", content: `prompt ${k}` }],
          rollout: k
        })
      }
      const ours = (yield* Metric.snapshot).filter(
        ({ metricKey }) =>
          metricKey.name.startsWith("gen_ai.") && metricKey.tags.some(({ value }) => value.startsWith("e106"))
      )
      const series = ours.map(({ metricKey }) => metricKey.name)
      assert.deepStrictEqual(series.sort(), [
        "gen_ai.client.operation.duration",
        "gen_ai.client.operation.duration",
        "gen_ai.client.token.usage",
        "gen_ai.client.token.usage",
        "gen_ai.client.token.usage",
        "gen_ai.client.token.usage"
      ])
      const labels = new Set(ours.flatMap(({ metricKey }) => metricKey.tags.map(({ key }) => key)))
      assert.deepStrictEqual([...labels].sort(), [
        "gen_ai.operation.name",
        "gen_ai.provider.name",
        "gen_ai.request.model",
        "gen_ai.token.type",
        "unit"
      ])
    }).pipe(Effect.provide(traced(() => answer)))
  )
})
