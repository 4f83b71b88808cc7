import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LlmScripted from "../../layers/LlmScripted.js"
import * as LlmTraced from "../../layers/LlmTraced.js"
import * as MetricsOtlp from "../../layers/MetricsOtlp.js"
import { LLM } from "../../services/LLM.js"
import * as Collector from "../utils/collector.js"
import { failure } from "../utils/scripted.js"

const durations = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]

const counts = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864]

const llm = Layer.provide(
  LlmTraced.layer,
  LlmScripted.layer(() => ({ content: "x", usage: { prompt: 100, completion: 5 } }))
)

const quiet = Logger.remove(Logger.defaultLogger)

/** A call of a model of this name, which no other test uses: metrics are the process's. */
const asked = (model: string) =>
  Effect.flatMap(LLM, (llm) => llm.complete({ model: `openai/${model}`, messages: [] })).pipe(Effect.provide(llm))

const pointsOf = (metrics: ReadonlyArray<Collector.ReceivedMetric>, name: string, model: string) => {
  const metric = metrics.findLast((metric) => metric.name === name)!
  const points = metric.histogram!.dataPoints.map((point) => ({ ...point, attributes: Collector.attributesOf(point) }))
  return { metric, points: points.filter(({ attributes }) => attributes["gen_ai.request.model"] === model) }
}

describe("MetricsOtlp", () => {
  for (const protocol of ["json", "protobuf"] as const) {
    it.scopedLive(`sends the two metrics of the conventions as ${protocol}: buckets, units and labels`, () =>
      Effect.gen(function* () {
        const collector = yield* Collector.real
        const model = `metered-${protocol}`
        yield* Effect.provide(asked(model), MetricsOtlp.layer({ endpoint: collector.url, protocol }))
        const labels = {
          "gen_ai.operation.name": "chat",
          "gen_ai.provider.name": "openai",
          "gen_ai.request.model": model
        }
        const duration = pointsOf(collector.metrics(), "gen_ai.client.operation.duration", model)
        assert.strictEqual(duration.metric.unit, "s")
        assert.lengthOf(duration.points, 1)
        assert.deepStrictEqual(duration.points[0].explicitBounds, durations)
        assert.deepStrictEqual(duration.points[0].attributes, labels)
        const tokens = pointsOf(collector.metrics(), "gen_ai.client.token.usage", model)
        assert.strictEqual(tokens.metric.unit, "{token}")
        const input = tokens.points.find(({ attributes }) => attributes["gen_ai.token.type"] === "input")!
        assert.deepStrictEqual(input.explicitBounds, counts)
        assert.deepStrictEqual(input.attributes, { ...labels, "gen_ai.token.type": "input" })
        assert.deepStrictEqual(
          input.bucketCounts.map(Number),
          [...counts, Infinity].map((bound) => Number(bound === 256))
        )
        assert.strictEqual(Number(input.count), 1)
        assert.strictEqual(input.sum, 100)
      })
    )
  }

  it.scopedLive("E103: neither slows nor fails a run when the collector hangs, refuses or is not there", () =>
    Effect.gen(function* () {
      const hanging = yield* Collector.misbehaving(() => "hang")
      const refusing = yield* Collector.misbehaving(() => ({ status: 401 }))
      for (const endpoint of [hanging.url, refusing.url, "127.0.0.1:9"]) {
        const layer = MetricsOtlp.layer({ endpoint, attempts: 1, timeout: "1 hour", shutdownTimeout: "200 millis" })
        const exit = yield* Effect.exit(Effect.provide(Effect.succeed(42), layer)).pipe(Effect.provide(quiet))
        assert.deepStrictEqual(exit, Exit.succeed(42))
      }
    })
  )

  it.effect("refuses what is no address, before anything runs", () =>
    Effect.gen(function* () {
      const error = yield* failure(Effect.provide(Effect.void, MetricsOtlp.layer({ endpoint: "http://" })))
      assert.strictEqual(error.reason, "InvalidEndpoint")
    })
  )
})
