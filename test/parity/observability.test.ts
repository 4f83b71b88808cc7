/**
 * Mirrors `tests/test_observability.py` and `tests/test_otlp_integration.py` of the Python library. Records are made of spans
 * here and not by hand, a hub is a layer, and the collector, instead of a Jaeger in Docker, is `@elastic/mockotlpserver`. Not
 * mirrored are tests of its client of Langfuse, which is an endpoint of OTLP here, and those that check nothing but
 * that a method is there.
 */
import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it } from "@effect/vitest"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as LlmScripted from "../../layers/LlmScripted.js"
import * as LlmTraced from "../../layers/LlmTraced.js"
import * as TracerFile from "../../layers/TracerFile.js"
import * as TracerOtlp from "../../layers/TracerOtlp.js"
import * as TracerRecording from "../../layers/TracerRecording.js"
import { LLM } from "../../services/LLM.js"
import { CallRecord, Tracer } from "../../services/Tracer.js"
import * as Hyperfunction from "../../src/Hyperfunction.js"
import * as HyperSystem from "../../src/HyperSystem.js"
import { LMParams } from "../../src/LMParams.js"
import * as TraceSummary from "../../src/TraceSummary.js"
import * as Collector from "../utils/collector.js"

const double = Hyperfunction.make("double", {
  params: LMParams.space,
  run: (_, x: number) => Effect.succeed(2 * x)
})

const addOne = Hyperfunction.make("add_one", {
  params: LMParams.space,
  run: (_, x: number) => Effect.succeed(x + 1)
})

class Negative extends Data.TaggedError("Negative")<{ readonly message: string }> {}

const picky = Hyperfunction.make("picky", {
  params: LMParams.space,
  run: (_, x: number) => (x < 0 ? Effect.fail(new Negative({ message: "negative" })) : Effect.succeed(x))
})

const ask = Hyperfunction.make("ask", {
  params: LMParams.space,
  run: (_, text: string) =>
    Effect.flatMap(LLM, (llm) =>
      llm.complete({
        model: "openai/gpt-4",
        messages: [{ role: "user", content: text }],
        settings: { temperature: 0.7, topP: 0.9, maxTokens: 100 }
      })
    )
})

const system = HyperSystem.make("arithmetic", { run: (x: number) => Effect.flatMap(double(x), addOne) })

const llm = LlmTraced.layer.pipe(
  Layer.provide(LlmScripted.layer(() => ({ content: "yes", usage: { prompt: 100, completion: 50 } })))
)

const recorded = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    yield* Effect.exit(self)
    return yield* (yield* Tracer).history
  }).pipe(Effect.provide(TracerRecording.layer()))

const fiveRuns = Effect.forEach([1, 2, 3, 4, 5], (x) => system.run(x))

describe("test_observability", () => {
  it.effect("a record has what is known, and nothing else", () =>
    Effect.gen(function* () {
      const { calls } = yield* recorded(double(1))
      assert.lengthOf(calls, 1)
      assert.hasAllKeys(calls[0], [
        ...["operation", "name", "hyperfunction", "id", "trace"],
        ...["start", "elapsed", "success"]
      ])
    })
  )

  it.effect("records say of a call that it succeeded, or with what it failed", () =>
    Effect.gen(function* () {
      const { calls } = yield* recorded(Effect.zipRight(double(1), picky(-1)))
      const [ok, bad] = calls
      assert.isTrue(ok.success)
      assert.notProperty(ok, "error")
      assert.isFalse(bad.success)
      assert.deepStrictEqual(bad.error, { type: "Negative", message: "negative" })
    })
  )

  it.effect("fields of models survive being written and read", () =>
    Effect.gen(function* () {
      const { calls } = yield* recorded(Effect.provide(ask("Is it?"), llm))
      const chat = calls.find(({ operation }) => operation === "chat")!
      assert.deepInclude(chat, {
        provider: "openai",
        requestModel: "gpt-4",
        temperature: 0.7,
        topP: 0.9,
        maxTokens: 100,
        inputTokens: 100,
        outputTokens: 50
      })
      const line = JSON.stringify(yield* Schema.encode(CallRecord)(chat))
      assert.deepStrictEqual(yield* Schema.decode(Schema.parseJson(CallRecord))(line), chat)
    })
  )

  it.effect("five runs of two steps are ten calls, five of each, and no errors", () =>
    Effect.gen(function* () {
      const summary = TraceSummary.make(yield* recorded(fiveRuns))
      assert.strictEqual(summary.calls, 10)
      assert.strictEqual(summary.errors, 0)
      assert.deepStrictEqual(summary.functions.map(({ calls, name }) => [name, calls]).sort(), [
        ["add_one", 5],
        ["double", 5]
      ])
    })
  )

  it.effect("one failure in two is an error rate of one half, and one in five 20.0%", () =>
    Effect.gen(function* () {
      const half = TraceSummary.make(yield* recorded(Effect.zipRight(picky(1), picky(-1))))
      assert.strictEqual(half.functions[0].errorRate, 0.5)
      const runs = Effect.forEach([1, 2, 3, 4, -1], (x) => Effect.exit(picky(x)))
      const markdown = TraceSummary.toMarkdown(TraceSummary.make(yield* recorded(runs)))
      assert.match(markdown, /^# /)
      assert.include(markdown, "20.0%")
    })
  )

  it.effect("a summary has the least, the mean, the greatest and percentiles in order, as JSON too", () =>
    Effect.gen(function* () {
      const summary = TraceSummary.make(yield* recorded(fiveRuns))
      for (const { elapsed } of summary.functions) {
        const ordered = [elapsed.min, elapsed.p50, elapsed.p95, elapsed.p99, elapsed.max]
        assert.deepStrictEqual(
          ordered,
          [...ordered].sort((a, b) => a - b)
        )
      }
      assert.deepStrictEqual(JSON.parse(TraceSummary.toJson(summary)), JSON.parse(JSON.stringify(summary)))
    })
  )

  it.scoped("a recording is saved as JSON with its observations and their summary, and as one line a call", () =>
    Effect.gen(function* () {
      const recording = yield* recorded(system.run(1))
      const json = JSON.parse(TracerFile.encode(recording))
      assert.hasAllKeys(json, ["observations", "summary"])
      assert.lengthOf(json.observations, 2)
      const lines = TracerFile.encode(recording, { format: "jsonl", summary: false }).trimEnd().split("\n")
      assert.lengthOf(lines, 2)
    }).pipe(Effect.provide(NodeContext.layer))
  )

  it.scoped("a session has a name and its calls, is forgotten when it is told to, and knows nothing of another", () =>
    Effect.gen(function* () {
      const tracer = yield* Tracer
      const [first, second] = [yield* tracer.trace("one"), yield* tracer.trace()]
      yield* first.within(system.run(1))
      yield* second.within(double(1))
      const [one, two] = [yield* first.recording, yield* second.recording]
      assert.strictEqual(one.session, "one")
      assert.match(two.session!, /^[a-z0-9]{8}$/)
      assert.deepStrictEqual(
        one.calls.map(({ name }) => name),
        ["double", "add_one"]
      )
      assert.deepStrictEqual(
        two.calls.map(({ name }) => name),
        ["double"]
      )
      yield* first.clear
      assert.lengthOf((yield* first.recording).calls, 0)
      assert.lengthOf((yield* second.recording).calls, 1)
      yield* tracer.clear
      assert.lengthOf((yield* tracer.history).calls, 0)
    }).pipe(Effect.provide(TracerRecording.layer()))
  )
})

describe("test_otlp_integration", () => {
  const sent = <A, E>(self: Effect.Effect<A, E, LLM>, options: TracerOtlp.Options = {}) =>
    Effect.gen(function* () {
      const collector = yield* Collector.real
      const exporter = TracerOtlp.layer({ endpoint: collector.url, ...options })
      yield* Effect.exit(self).pipe(Effect.provide(Layer.provideMerge(llm, exporter)))
      return collector
    })

  it.scopedLive("a service is there under its name, by default and under one of one's own", () =>
    Effect.gen(function* () {
      assert.include((yield* sent(system.run(1))).resources(), "hyperfunc")
      const own = yield* sent(system.run(1), {
        serviceName: "triage",
        attributes: { "deployment.environment": "test" }
      })
      assert.match(own.resources(), /triage/)
      assert.match(own.resources(), /deployment\.environment/)
    })
  )

  it.scopedLive("spans of models have their provider, their model and their tokens", () =>
    Effect.gen(function* () {
      const collector = yield* sent(ask("Is it?"))
      const chat = collector.spans().find(({ name }) => name === "chat gpt-4")!
      assert.deepInclude(Collector.attributesOf(chat), {
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4",
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 50
      })
    })
  )

  it.scopedLive("a failure is one, with its type and its message", () =>
    Effect.gen(function* () {
      const [failed] = (yield* sent(picky(-1), { protocol: "json" })).spans()
      assert.deepStrictEqual(failed.status, { code: 2, message: "negative" })
      const exception = failed.events.find(({ name }) => name === "exception")!
      assert.deepInclude(Collector.attributesOf(exception), {
        "exception.type": "Negative",
        "exception.message": "negative"
      })
    })
  )

  it.scopedLive("five runs are five traces, each with its spans linked", () =>
    Effect.gen(function* () {
      const spans = (yield* sent(fiveRuns)).spans()
      const roots = spans.filter(({ name }) => name === "invoke_workflow arithmetic")
      assert.strictEqual(new Set(roots.map(({ traceId }) => Collector.hex(traceId))).size, 5)
      for (const child of spans.filter(({ name }) => name === "double" || name === "add_one")) {
        const root = roots.find(({ spanId }) => Collector.hex(spanId) === Collector.hex(child.parentSpanId))!
        assert.strictEqual(Collector.hex(child.traceId), Collector.hex(root.traceId))
      }
    })
  )

  it.scopedLive("an exporter that is closed leaves the program's end as it was", () =>
    Effect.gen(function* () {
      const layer = TracerOtlp.layer({ endpoint: (yield* Collector.real).url })
      assert.deepStrictEqual(yield* Effect.exit(Effect.provide(system.run(3), layer)), Exit.succeed(7))
    })
  )
})
