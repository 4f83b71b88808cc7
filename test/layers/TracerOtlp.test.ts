import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Endpoint from "../../layers/internal/otlpEndpoint.js"
import * as TracerLangfuse from "../../layers/TracerLangfuse.js"
import * as TracerOtlp from "../../layers/TracerOtlp.js"
import * as TracerOtlpGrpc from "../../layers/TracerOtlpGrpc.js"
import * as TracerRecording from "../../layers/TracerRecording.js"
import { Tracer, type TracerError } from "../../services/Tracer.js"
import * as Collector from "../utils/collector.js"
import { failure } from "../utils/scripted.js"

const span = (name: string, attributes: Record<string, unknown> = {}) =>
  Effect.withSpan(Effect.void, name, { attributes, captureStackTrace: false })

const quick: TracerOtlp.Options = { attempts: 1, timeout: "300 millis", shutdownTimeout: "300 millis" }

/** What is logged, and what an exporter has done when it is closed. */
const exported = <A, E>(options: TracerOtlp.Options, self: Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const logs: Array<string> = []
    const logger = Logger.make(({ message }) => void logs.push(String(message)))
    let statistics: Effect.Effect<TracerOtlp.Counts> = Effect.die("no exporter")
    const exit = yield* Effect.flatMap(TracerOtlp.Statistics, (found) => {
      statistics = found
      return Effect.exit(self)
    }).pipe(Effect.provide(Layer.provideMerge(TracerOtlp.layer(options), Logger.replace(Logger.defaultLogger, logger))))
    return { exit, logs, counts: yield* statistics }
  })

class TooHot extends Data.TaggedError("TooHot")<{ readonly message: string; readonly cause: unknown }> {}

describe("TracerOtlp", () => {
  for (const protocol of ["json", "protobuf"] as const) {
    it.scopedLive(`sends spans as ${protocol} that another's collector reads: tree, kinds, types of attributes`, () =>
      Effect.gen(function* () {
        const collector = yield* Collector.real
        const program = Effect.withSpan(
          Effect.withSpan(span("leaf"), "chat m", {
            kind: "client",
            attributes: { "gen_ai.response.finish_reasons": ["stop"], "gen_ai.usage.input_tokens": 100, cost: 0.25 }
          }),
          "root"
        )
        const { counts } = yield* exported({ endpoint: collector.url, protocol, serviceName: "triage" }, program)
        const spans = new Map(collector.spans().map((span) => [span.name, span]))
        const [root, chat, leaf] = ["root", "chat m", "leaf"].map((name) => spans.get(name)!)
        assert.strictEqual(Collector.hex(chat.parentSpanId), Collector.hex(root.spanId))
        assert.strictEqual(Collector.hex(leaf.parentSpanId), Collector.hex(chat.spanId))
        assert.strictEqual(Collector.hex(leaf.traceId), Collector.hex(root.traceId))
        assert.deepInclude(Collector.attributesOf(chat), {
          "gen_ai.response.finish_reasons": ["stop"],
          "gen_ai.usage.input_tokens": 100,
          cost: 0.25
        })
        assert.include(["3", "SPAN_KIND_CLIENT"], String(chat.kind))
        assert.include(collector.resources(), "triage")
        assert.deepStrictEqual(counts, { exported: 3, rejected: 0, dropped: 0, pending: 0 })
      })
    )
  }

  it.scopedLive("reports failures as failures and interruptions as interruptions", () =>
    Effect.gen(function* () {
      const collector = yield* Collector.real
      yield* exported(
        { endpoint: collector.url, protocol: "json" },
        Effect.all([
          Effect.exit(Effect.withSpan(Effect.fail(new TooHot({ message: "too hot", cause: "the sun" })), "failed")),
          Effect.exit(Effect.withSpan(Effect.interrupt, "interrupted")),
          span("fine")
        ])
      )
      const spans = new Map(collector.spans().map((span) => [span.name, span]))
      const [failed, interrupted, fine] = ["failed", "interrupted", "fine"].map((name) => spans.get(name)!)
      assert.deepStrictEqual(failed.status, { code: 2, message: "too hot" })
      assert.notProperty(Collector.attributesOf(failed), "status.interrupted")
      assert.notInclude(JSON.stringify(failed), "the sun")
      assert.strictEqual(interrupted.status.code, 0)
      assert.propertyVal(Collector.attributesOf(interrupted), "status.interrupted", true)
      assert.deepStrictEqual(fine.status, { code: 1 })
    })
  )

  it("takes endpoints in every form, and credentials out of them", () => {
    const urlOf = (endpoint: string) => Either.getOrThrow(Endpoint.parse(endpoint)).url
    assert.strictEqual(urlOf("localhost:4318"), "http://localhost:4318/v1/traces")
    assert.strictEqual(urlOf("http://localhost:4318"), "http://localhost:4318/v1/traces")
    assert.strictEqual(urlOf("http://localhost:4318/"), "http://localhost:4318/v1/traces")
    assert.strictEqual(urlOf("https://a.b/v1/traces"), "https://a.b/v1/traces")
    assert.strictEqual(urlOf("https://a.b/api/public/otel/"), "https://a.b/api/public/otel/v1/traces")
    assert.strictEqual(urlOf("https://a.b/otlp?tenant=1"), "https://a.b/otlp/v1/traces?tenant=1")
    const { headers, url } = Either.getOrThrow(Endpoint.parse("http://me:p%40ss@a.b"))
    assert.strictEqual(url, "http://a.b/v1/traces")
    assert.strictEqual(Redacted.value(headers.authorization), `Basic ${btoa("me:p@ss")}`)
  })

  it.effect("refuses what is no address, before anything runs", () =>
    Effect.gen(function* () {
      for (const endpoint of ["grpc://localhost:4317", "http://", "", "http://u:p%zz@h:1", "http://u%:p@h:1"]) {
        const error = yield* failure(Effect.provide(Effect.void, TracerOtlp.layer({ endpoint })))
        assert.strictEqual(error.reason, "InvalidEndpoint")
      }
    })
  )

  it.scopedLive("E102: leaves out attributes, events and characters beyond the limits, and binary data", () =>
    Effect.gen(function* () {
      const collector = yield* Collector.real
      const many = Object.fromEntries(Array.from({ length: 200 }, (_, k) => [`k${k}`, k]))
      yield* exported(
        { endpoint: collector.url, protocol: "json", limits: { attributes: 20, events: 5, length: 100, items: 3 } },
        Effect.gen(function* () {
          const span = yield* Effect.currentSpan
          for (let k = 0; k < 50; k++) span.event(`event ${k}`, 0n)
        }).pipe(
          Effect.withSpan("big", {
            attributes: {
              text: "x".repeat(10_000),
              bytes: new Uint8Array(100_000),
              list: [1, 2, 3, 4, 5],
              nested: { data: Buffer.alloc(50_000) },
              nothing: undefined,
              infinite: Infinity,
              huge: 1e300,
              ...many
            }
          })
        )
      )
      const [big] = collector.spans()
      const attributes = Collector.attributesOf(big)
      assert.strictEqual(big.attributes.length, 20)
      assert.isAtLeast(big.droppedAttributesCount!, 180)
      assert.strictEqual(big.events.length, 5)
      assert.strictEqual(big.droppedEventsCount, 45)
      assert.strictEqual(String(attributes.text).length, 101)
      assert.strictEqual(attributes.bytes, '"[binary, 100000 bytes]"')
      assert.deepStrictEqual(attributes.list, [1, 2, 3])
      assert.strictEqual(attributes.nested, '{"data":"[binary, 50000 bytes]"}')
      assert.strictEqual(attributes.infinite, "Infinity")
      assert.strictEqual(attributes.huge, "1e+300")
    })
  )

  describe("E103: a collector that", () => {
    const forms: ReadonlyArray<readonly [string, Parameters<typeof Collector.misbehaving>[0]]> = [
      ["hangs", () => "hang"],
      ["resets connections", () => "reset"],
      ["answers with status 429", () => ({ status: 429, headers: { "retry-after": "86400" } })],
      ["answers with status 400", () => ({ status: 400, body: "no" })],
      ["redirects", () => ({ status: 302, headers: { location: "http://127.0.0.1:1/" } })]
    ]
    for (const [name, answer] of forms) {
      it.scopedLive(`${name} costs spans, which are counted, and nothing else`, () =>
        Effect.gen(function* () {
          const { url } = yield* Collector.misbehaving(answer)
          const { counts, exit, logs } = yield* exported({ ...quick, endpoint: url }, Effect.as(span("a"), 42))
          assert.deepStrictEqual(exit, Exit.succeed(42))
          assert.deepStrictEqual(counts, { exported: 0, rejected: 0, dropped: 1, pending: 0 })
          assert.match(logs.join("\n"), /1 dropped/)
        })
      )
    }

    it.scopedLive("is not there costs spans and nothing else", () =>
      Effect.gen(function* () {
        const { counts, exit } = yield* exported({ ...quick, endpoint: "127.0.0.1:9" }, Effect.as(span("a"), 42))
        assert.deepStrictEqual(exit, Exit.succeed(42))
        assert.deepInclude(counts, { exported: 0, dropped: 1 })
      })
    )

    it.scopedLive("hangs leaves no more spans waiting than have room", () =>
      Effect.gen(function* () {
        const { requests, url } = yield* Collector.misbehaving(() => "hang")
        const program = Effect.gen(function* () {
          yield* Effect.forEach(Array.from({ length: 5000 }), (_, k) => span(`s${k}`))
          return yield* Effect.flatten(TracerOtlp.Statistics)
        })
        const counts = yield* Effect.provide(
          program,
          TracerOtlp.layer({ ...quick, endpoint: url, timeout: "1 minute", capacity: 1000, batch: 100 })
        )
        assert.isAtMost(counts.pending, 1000)
        assert.strictEqual(counts.dropped, 4000)
        assert.isAtMost(requests.length, 1)
      })
    )

    it.scopedLive("is overloaded for a while gets the spans when it is not", () =>
      Effect.gen(function* () {
        const { requests, url } = yield* Collector.misbehaving((request) => ({ status: request === 0 ? 503 : 200 }))
        const { counts } = yield* exported({ endpoint: url, shutdownTimeout: "10 seconds" }, span("a"))
        assert.strictEqual(requests.length, 2)
        assert.deepInclude(counts, { exported: 1, dropped: 0 })
      })
    )
  })

  it.scopedLive("E104: delivers at the end what is there, and gives up at the deadline", () =>
    Effect.gen(function* () {
      const prompt = yield* Collector.real
      const good = yield* exported({ endpoint: prompt.url, interval: "1 hour" }, span("late"))
      assert.deepInclude(good.counts, { exported: 1, dropped: 0 })
      const { url } = yield* Collector.misbehaving(() => "hang")
      const options = { endpoint: url, timeout: "1 hour", shutdownTimeout: "100 millis" } as const
      const bad = yield* exported(options, span("lost"))
      assert.deepStrictEqual(bad.counts, { exported: 0, rejected: 0, dropped: 1, pending: 0 })
    })
  )

  describe("E105: partial success", () => {
    const message = new TextEncoder().encode("too old")
    const partial = Uint8Array.of(0x08, 2, 0x12, message.length, ...message)
    const forms = [
      {
        protocol: "json",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ partialSuccess: { rejectedSpans: "2", errorMessage: "too old" } })
      },
      {
        protocol: "protobuf",
        headers: { "content-type": "application/x-protobuf" },
        body: Uint8Array.of(0x0a, partial.length, ...partial)
      }
    ] as const
    for (const { body, headers, protocol } of forms) {
      it.scopedLive(`is reported, from ${protocol}`, () =>
        Effect.gen(function* () {
          const { url } = yield* Collector.misbehaving(() => ({ status: 200, headers, body }))
          const program = Effect.all([span("a"), span("b"), span("c")])
          const { counts, logs } = yield* exported({ endpoint: url, protocol }, program)
          assert.deepStrictEqual(counts, { exported: 1, rejected: 2, dropped: 0, pending: 0 })
          assert.match(logs.join("\n"), /rejected 2 of 3 spans: too old/)
        })
      )
    }
  })

  it.scopedLive("is the tracer of what is provided with it, and of nothing that comes after", () =>
    Effect.gen(function* () {
      const before = yield* Effect.tracer
      const { url } = yield* Collector.misbehaving(() => ({ status: 200 }))
      const otlp = TracerOtlp.layer({ endpoint: url })
      const layers: Readonly<Record<string, Layer.Layer<never, TracerError>>> = {
        otlp,
        grpc: TracerOtlpGrpc.layer({ endpoint: url, shutdownTimeout: 0 }),
        recording: TracerRecording.layer(),
        both: Layer.provideMerge(TracerRecording.layer(), otlp)
      }
      for (const [name, layer] of Object.entries(layers)) {
        const inside = yield* Effect.provide(Effect.tracer, layer)
        assert.notStrictEqual(inside, before, name)
        assert.strictEqual(yield* Effect.tracer, before, name)
      }
    })
  )

  it.scopedLive("records and exports the same spans when both are provided", () =>
    Effect.gen(function* () {
      const collector = yield* Collector.real
      const tracing = Layer.provideMerge(TracerRecording.layer(), TracerOtlp.layer({ endpoint: collector.url }))
      const calls = yield* Effect.gen(function* () {
        yield* span("call", { "hyperfunc.hyperfunction": "call" })
        return (yield* (yield* Tracer).history).calls
      }).pipe(Effect.provide(tracing))
      assert.deepStrictEqual(
        calls.map(({ id }) => id),
        collector.spans().map(({ spanId }) => Collector.hex(spanId))
      )
    })
  )

  it.scopedLive("adds the attributes that Phoenix reads", () =>
    Effect.gen(function* () {
      const collector = yield* Collector.real
      yield* exported(
        { endpoint: collector.url, protocol: "json", conventions: ["openinference"] },
        span("chat m", {
          "gen_ai.operation.name": "chat",
          "gen_ai.request.model": "m",
          "gen_ai.usage.input_tokens": 10,
          "gen_ai.usage.output_tokens": 5
        })
      )
      assert.deepInclude(Collector.attributesOf(collector.spans()[0]), {
        "openinference.span.kind": "LLM",
        "llm.model_name": "m",
        "llm.token_count.total": 15
      })
    })
  )
})

describe("TracerLangfuse", () => {
  it.scopedLive("sends to Langfuse's endpoint with its headers and attributes", () =>
    Effect.gen(function* () {
      const server = yield* Collector.misbehaving(() => ({ status: 200 }))
      const layer = TracerLangfuse.layer({ host: server.url, protocol: "json" })
      const config = ConfigProvider.fromMap(
        new Map([
          ["LANGFUSE_PUBLIC_KEY", "pk-1"],
          ["LANGFUSE_SECRET_KEY", "sk-1"]
        ])
      )
      yield* Effect.withSpan(
        span("chat m", {
          "gen_ai.operation.name": "chat",
          "gen_ai.request.model": "m",
          "gen_ai.usage.input_tokens": 10,
          "gen_ai.usage.cache_read.input_tokens": 4,
          "gen_ai.usage.output_tokens": 5,
          "hyperfunc.cost_usd": 0.5
        }),
        "session",
        { attributes: { "session.id": "s-1" } }
      ).pipe(Effect.provide(layer), Effect.withConfigProvider(config))
      const [{ body, headers }] = server.requests
      assert.strictEqual(headers.authorization, `Basic ${btoa("pk-1:sk-1")}`)
      assert.strictEqual(headers["x-langfuse-ingestion-version"], "4")
      const [scope] = JSON.parse(body.toString()).resourceSpans[0].scopeSpans
      const chat = scope.spans.find(({ name }: Collector.Received) => name === "chat m")
      assert.deepInclude(Collector.attributesOf(chat), {
        "langfuse.observation.type": "generation",
        "langfuse.observation.model.name": "m",
        "langfuse.observation.usage_details": '{"input":6,"input_cached_tokens":4,"output":5}',
        "langfuse.observation.cost_details": '{"total":0.5}',
        "session.id": "s-1"
      })
    })
  )

  it.effect("says which key is missing", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(Effect.asVoid(TracerLangfuse.optionsOf({ publicKey: Redacted.make("pk") }))).pipe(
        Effect.withConfigProvider(ConfigProvider.fromMap(new Map()))
      )
      assert.match(Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "", /LANGFUSE_SECRET_KEY is not set/)
    })
  )
})
