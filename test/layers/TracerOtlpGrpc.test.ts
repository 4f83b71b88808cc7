import { assert, describe, it } from "@effect/vitest"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as TracerOtlp from "../../layers/TracerOtlp.js"
import * as TracerOtlpGrpc from "../../layers/TracerOtlpGrpc.js"
import * as Collector from "../utils/collector.js"
import { failure } from "../utils/scripted.js"

const span = (name: string, attributes: Record<string, unknown> = {}) =>
  Effect.withSpan(Effect.void, name, { attributes, captureStackTrace: false })

const quick: TracerOtlpGrpc.Options = { attempts: 1, timeout: "300 millis", shutdownTimeout: "600 millis" }

/** What is logged, and what an exporter has done when it is closed. */
const exported = <A, E>(options: TracerOtlpGrpc.Options, self: Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const logs: Array<string> = []
    const logger = Logger.make(({ message }) => void logs.push(String(message)))
    let statistics: Effect.Effect<TracerOtlp.Counts> = Effect.die("no exporter")
    const exit = yield* Effect.flatMap(TracerOtlp.Statistics, (found) => {
      statistics = found
      return Effect.exit(self)
    }).pipe(
      Effect.provide(Layer.provideMerge(TracerOtlpGrpc.layer(options), Logger.replace(Logger.defaultLogger, logger)))
    )
    return { exit, logs, counts: yield* statistics }
  })

const byName = (spans: ReadonlyArray<Collector.Received>, ...names: ReadonlyArray<string>) =>
  names.map((name) => spans.find((span) => span.name === name)!)

class TooHot extends Data.TaggedError("TooHot")<{ readonly message: string; readonly cause: unknown }> {}

describe("TracerOtlpGrpc", () => {
  it.scopedLive("sends spans that another's collector reads: tree, kinds, types of attributes, arrays as arrays", () =>
    Effect.gen(function* () {
      const collector = yield* Collector.realGrpc
      const program = Effect.gen(function* () {
        const current = yield* Effect.currentSpan
        current.event("hyperfunc.attempt", 1_700_000_000_000_000_001n, { "hyperfunc.attempt": 1, tags: ["a", "b"] })
        yield* span("leaf")
      }).pipe(
        Effect.withSpan("chat m", {
          kind: "client",
          attributes: {
            "gen_ai.response.finish_reasons": ["stop"],
            "gen_ai.usage.input_tokens": 100,
            cost: 0.25,
            hit: true,
            mixed: [1, "a"]
          }
        }),
        Effect.withSpan("root")
      )
      const { counts, exit } = yield* exported(
        { endpoint: collector.url, serviceName: "triage", headers: { "x-key": Redacted.make("k-1") } },
        Effect.orDie(program)
      )
      assert.isTrue(Exit.isSuccess(exit))
      const [root, chat, leaf] = byName(collector.spans(), "root", "chat m", "leaf")
      assert.strictEqual(Collector.hex(chat.parentSpanId), Collector.hex(root.spanId))
      assert.strictEqual(Collector.hex(leaf.parentSpanId), Collector.hex(chat.spanId))
      assert.strictEqual(Collector.hex(leaf.traceId), Collector.hex(root.traceId))
      assert.deepInclude(Collector.attributesOf(chat), {
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 100,
        cost: 0.25,
        hit: true,
        mixed: ["1", "a"]
      })
      assert.include(["3", "SPAN_KIND_CLIENT"], String(chat.kind))
      assert.include(["1", "SPAN_KIND_INTERNAL"], String(root.kind))
      assert.deepStrictEqual(Collector.attributesOf(chat.events[0]), { "hyperfunc.attempt": 1, tags: ["a", "b"] })
      assert.include(collector.resources(), "triage")
      assert.deepStrictEqual(collector.headers()[0]["x-key"], "k-1")
      assert.deepStrictEqual(counts, { exported: 3, rejected: 0, dropped: 0, pending: 0 })
    })
  )

  it.scopedLive("reports failures as failures and interruptions as interruptions", () =>
    Effect.gen(function* () {
      const collector = yield* Collector.realGrpc
      const hot = new TooHot({ message: "too hot, password=hunter2-hunter2", cause: "the sun" })
      yield* exported(
        { endpoint: collector.url },
        Effect.all([
          Effect.exit(Effect.withSpan(Effect.fail(hot), "failed")),
          Effect.exit(Effect.withSpan(Effect.interrupt, "interrupted")),
          span("fine")
        ])
      )
      const [failed, interrupted, fine] = byName(collector.spans(), "failed", "interrupted", "fine")
      const statusOf = ({ status }: Collector.Received) => String(status.code ?? 0)
      assert.include(["2", "STATUS_CODE_ERROR"], statusOf(failed))
      assert.strictEqual(failed.status.message, "too hot, password=<redacted>")
      assert.notProperty(Collector.attributesOf(failed), "status.interrupted")
      assert.notMatch(JSON.stringify(failed), /the sun|hunter2/)
      assert.include(["0", "STATUS_CODE_UNSET"], statusOf(interrupted))
      assert.propertyVal(Collector.attributesOf(interrupted), "status.interrupted", true)
      assert.include(["1", "STATUS_CODE_OK"], statusOf(fine))
    })
  )

  it.scopedLive("E102: leaves out attributes, events and characters beyond the limits, and binary data", () =>
    Effect.gen(function* () {
      const collector = yield* Collector.realGrpc
      const many = Object.fromEntries(Array.from({ length: 50 }, (_, k) => [`k${k}`, k]))
      yield* exported(
        { endpoint: collector.url, limits: { attributes: 20, events: 5, length: 100, items: 3 } },
        Effect.gen(function* () {
          const span = yield* Effect.currentSpan
          for (let k = 0; k < 50; k++) span.event(`event ${k}`, 1_700_000_000_000_000_000n)
        }).pipe(
          Effect.withSpan("big", {
            attributes: { text: "x".repeat(10_000), bytes: new Uint8Array(1000), list: [1, 2, 3, 4], ...many }
          }),
          Effect.orDie
        )
      )
      const [big] = collector.spans()
      const attributes = Collector.attributesOf(big)
      assert.lengthOf(big.attributes, 20)
      assert.isAtLeast(Number(big.droppedAttributesCount), 33)
      assert.lengthOf(big.events, 5)
      assert.strictEqual(Number(big.droppedEventsCount), 45)
      assert.lengthOf(String(attributes.text), 101)
      assert.strictEqual(attributes.bytes, '"[binary, 1000 bytes]"')
      assert.deepStrictEqual(attributes.list, [1, 2, 3])
    })
  )

  describe("E103: a collector that", () => {
    const statuses = [
      ["hangs", "hang"],
      ["refuses a key", 16],
      ["is overloaded", 14]
    ] as const
    for (const [name, status] of statuses) {
      it.scopedLive(`${name} costs spans, which are counted, and nothing else`, () =>
        Effect.gen(function* () {
          const { url } = yield* Collector.misbehavingGrpc(status)
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
        const { requests, url } = yield* Collector.misbehavingGrpc("hang")
        const { counts, exit } = yield* exported(
          { ...quick, timeout: "2 seconds", endpoint: url, capacity: 1000, batch: 100 },
          Effect.forEach(Array.from({ length: 5000 }), (_, k) => span(`s${k}`), { discard: true })
        )
        assert.isTrue(Exit.isSuccess(exit))
        assert.deepStrictEqual(counts, { exported: 0, rejected: 0, dropped: 5000, pending: 0 })
        assert.strictEqual(requests(), 1)
      })
    )

    it.scopedLive("is overloaded for a while gets the spans when it is not", () =>
      Effect.gen(function* () {
        const { requests, url } = yield* Collector.misbehavingGrpc(14, 0)
        const { counts } = yield* exported({ endpoint: url, shutdownTimeout: "10 seconds" }, span("a"))
        assert.strictEqual(requests(), 2)
        assert.deepInclude(counts, { exported: 1, dropped: 0 })
      })
    )
  })

  it.scopedLive("E104: delivers at the end what is there", () =>
    Effect.gen(function* () {
      const collector = yield* Collector.realGrpc
      const { counts } = yield* exported({ endpoint: collector.url, interval: "1 hour" }, span("late"))
      assert.deepInclude(counts, { exported: 1, dropped: 0 })
    })
  )

  it.scopedLive("delivers while the program runs, every interval", () =>
    Effect.gen(function* () {
      const collector = yield* Collector.realGrpc
      const delivered = Effect.gen(function* () {
        yield* span("early")
        const { exported } = yield* Effect.flatten(TracerOtlp.Statistics).pipe(
          Effect.delay("20 millis"),
          Effect.repeat({ until: ({ exported }) => exported === 1 })
        )
        return exported
      })
      const layer = TracerOtlpGrpc.layer({ endpoint: collector.url, interval: "20 millis" })
      assert.strictEqual(yield* Effect.provide(delivered, layer), 1)
    })
  )

  it.effect("refuses what is no address, before anything runs", () =>
    Effect.gen(function* () {
      for (const endpoint of ["grpc://localhost:4317", "http://", ""]) {
        const error = yield* failure(Effect.provide(Effect.void, TracerOtlpGrpc.layer({ endpoint })))
        assert.strictEqual(error.reason, "InvalidEndpoint")
      }
    })
  )
})
