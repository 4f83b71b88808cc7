/**
 * Sends spans to a collector by OTLP over HTTP, as protobuf or JSON: Jaeger, Tempo, Phoenix, Langfuse, or any other.
 * `layers/TracerOtlpGrpc` does so over gRPC.
 *
 * A run never waits for the collector and never fails by it. Spans go to a bounded queue; one that is full, and a collector
 * that refuses, hangs or is not there, cost spans and nothing else. {@link Statistics} counts them, a warning is logged, and
 * when the program ends it waits for what is under way no longer than `shutdownTimeout`.
 *
 * Spans are made and encoded by `@effect/opentelemetry`. These faults of its exporter, as of effect 3.22, are worked around:
 * every failed span is marked as interrupted and every interrupted one is reported as a success; batches are held without
 * bound while a collector hangs; a failed delivery drops a minute of spans without a word; partial success is not read;
 * stack traces and the causes of failures are sent whole; a missing service name is a defect. Attributes hold no keys (what
 * looks like one is blotted out), no binary data, and no more than `limits` allow.
 *
 * Needs the packages `@effect/opentelemetry` and `@effect/platform`.
 *
 * @since 0.1.0
 */
import * as OtlpSerialization from "@effect/opentelemetry/OtlpSerialization"
import * as OtlpTracer from "@effect/opentelemetry/OtlpTracer"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type * as Tracer from "effect/Tracer"
import type { TracerError } from "../services/Tracer.js"
import * as Endpoint from "./internal/otlpEndpoint.js"
import * as OtlpSpans from "./internal/otlpSpans.js"
import * as Transport from "./internal/otlpTransport.js"
import * as Conventions from "./internal/spanConventions.js"
import * as Failure from "./internal/spanFailure.js"
import * as Limits from "./internal/spanLimits.js"
import * as TracerLayer from "./internal/tracerLayer.js"
import * as Over from "./internal/tracerOver.js"

/**
 * - `endpoint`: `http://host:4318`, `host:4318`, or the whole address; `/v1/traces` is added where it is missing. A user
 *   and a password in it are sent as basic authentication. Default `http://localhost:4318`
 * - `protocol`: default `"protobuf"`
 * - `headers`: with every request; redacted, for keys are sent in them
 * - `serviceName`: default `OTEL_SERVICE_NAME`, or else `"hyperfunc"`; `attributes` are further ones of the resource
 * - `conventions`: whose names for attributes are added to those of OpenTelemetry: Phoenix reads `"openinference"`
 * - `capacity`: spans that wait at the most, default 10 000; `batch` of them are sent at once, default 512
 * - `interval`: between deliveries, default 5 s; `timeout` of one, default 10 s; `attempts` at it, default 3
 * - `shutdownTimeout`: how long the end of the program waits, default 3 s
 * - `limits`: `attributes` (128) and `events` (128) of a span, characters of a text (`length`, 16384), `items` (128) of an
 *   array
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly endpoint?: string
  readonly protocol?: "protobuf" | "json"
  readonly headers?: Readonly<Record<string, Redacted.Redacted>>
  readonly serviceName?: string
  readonly attributes?: Readonly<Record<string, string | number | boolean>>
  readonly conventions?: ReadonlyArray<"openinference" | "langfuse">
  readonly capacity?: number
  readonly batch?: number
  readonly interval?: Duration.DurationInput
  readonly timeout?: Duration.DurationInput
  readonly attempts?: number
  readonly shutdownTimeout?: Duration.DurationInput
  readonly limits?: {
    readonly attributes?: number
    readonly events?: number
    readonly length?: number
    readonly items?: number
  }
}

/**
 * Spans since the layer was made: delivered, `rejected` by a collector that took the others, `dropped` because they could
 * not be delivered or found no room, and `pending`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Counts {
  readonly exported: number
  readonly rejected: number
  readonly dropped: number
  readonly pending: number
}

/**
 * What an exporter has done so far.
 *
 * @since 0.1.0
 * @category services
 */
export class Statistics extends Context.Tag("hyperfunc/TracerOtlp/Statistics")<Statistics, Effect.Effect<Counts>>() {}

/**
 * Fails with `InvalidEndpoint`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options = {}
): Effect.Effect<
  { readonly tracer: Tracer.Tracer; readonly statistics: Effect.Effect<Counts> },
  TracerError,
  HttpClient.HttpClient | Scope.Scope
> =>
  Effect.gen(function* () {
    const { headers, url } = yield* Endpoint.parse(options.endpoint ?? "http://localhost:4318")
    const transport = yield* Transport.make({
      signal: { name: "traces", pieces: "spans" },
      endpoint: { url, headers: { ...headers, ...options.headers } },
      capacity: options.capacity ?? 10_000,
      timeout: options.timeout ?? "10 seconds",
      attempts: options.attempts ?? 3,
      shutdownTimeout: options.shutdownTimeout ?? "3 seconds"
    })
    const leftOut: OtlpSpans.LeftOut = new Map()
    const encoding = yield* Effect.provide(
      OtlpSerialization.OtlpSerialization,
      options.protocol === "json" ? OtlpSerialization.layerJson : OtlpSerialization.layerProtobuf
    )
    const serviceName =
      options.serviceName ??
      (yield* Effect.orElseSucceed(Config.nonEmptyString("OTEL_SERVICE_NAME"), () => "hyperfunc"))
    const inner = yield* OtlpTracer.make({
      url,
      resource: { serviceName, ...(options.attributes === undefined ? {} : { attributes: options.attributes }) },
      exportInterval: options.interval ?? "5 seconds",
      maxBatchSize: options.batch ?? 512
    }).pipe(
      Effect.provideService(HttpClient.HttpClient, transport.client),
      Effect.provideService(OtlpSerialization.OtlpSerialization, OtlpSpans.serialization(encoding, transport, leftOut))
    )
    return {
      tracer: Over.make(inner, {
        ...Limits.hooks(options.limits),
        end: (span, _, exit) => {
          for (const [key, value] of Conventions.attributesOf(span, exit, options.conventions)) {
            span.attribute(key, value)
          }
          if (span.leftOut.attributes + span.leftOut.events > 0) leftOut.set(span.spanId, span.leftOut)
          return Failure.told(exit)
        }
      }),
      statistics: Effect.sync(() => ({ ...transport.counts }))
    }
  })

/**
 * The exporter over whatever client of HTTP there is. It is the tracer of everything that is provided with it.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerClient = (options?: Options): Layer.Layer<Statistics, TracerError, HttpClient.HttpClient> =>
  TracerLayer.make(
    Statistics,
    Effect.map(make(options), ({ statistics, tracer }) => ({ tracer, service: statistics }))
  )

/**
 * The exporter over `fetch`. Redirects are not followed: keys would go with them.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options?: Options): Layer.Layer<Statistics, TracerError> =>
  layerClient(options).pipe(
    Layer.provide(FetchHttpClient.layer),
    Layer.provide(Layer.succeed(FetchHttpClient.RequestInit, { redirect: "manual" }))
  )
