/**
 * Sends the metrics of a program to a collector by OTLP over HTTP: the two of the conventions for generative AI that models
 * are counted in, `gen_ai.client.operation.duration` and `gen_ai.client.token.usage`, and whatever else is counted in
 * `effect/Metric`.
 *
 * As with `layers/TracerOtlp`, a run never waits for the collector and never fails by it. What is sent are sums since the
 * layer was made, so a delivery that is lost is made good by the next.
 *
 * Metrics are read and encoded by `@effect/opentelemetry`. Worked around are the faults of its exporter that `TracerOtlp`
 * names, and that it sends the unit of a metric as a label, too.
 *
 * Needs the packages `@effect/opentelemetry` and `@effect/platform`.
 *
 * @since 0.1.0
 */
import * as OtlpMetrics from "@effect/opentelemetry/OtlpMetrics"
import * as OtlpSerialization from "@effect/opentelemetry/OtlpSerialization"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { TracerError } from "../services/Tracer.js"
import * as Endpoint from "./internal/otlpEndpoint.js"
import * as Serialized from "./internal/otlpMetrics.js"
import * as Transport from "./internal/otlpTransport.js"
import type * as TracerOtlp from "./TracerOtlp.js"

/**
 * As those of `TracerOtlp`; `/v1/metrics` is added to an `endpoint` without it, and `interval` is 10 seconds by default.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options
  extends Pick<
    TracerOtlp.Options,
    | "endpoint"
    | "protocol"
    | "headers"
    | "serviceName"
    | "attributes"
    | "interval"
    | "timeout"
    | "attempts"
    | "shutdownTimeout"
  > {}

/** Reports that wait: a later one says all that an earlier one does. */
const CAPACITY = 2

/**
 * Fails with `InvalidEndpoint`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Effect.Effect<void, TracerError, HttpClient.HttpClient | Scope.Scope> =>
  Effect.gen(function* () {
    const { headers, url } = yield* Endpoint.parse(options.endpoint ?? "http://localhost:4318", "/v1/metrics")
    const transport = yield* Transport.make({
      signal: { name: "metrics", pieces: "reports" },
      endpoint: { url, headers: { ...headers, ...options.headers } },
      capacity: CAPACITY,
      timeout: options.timeout ?? "10 seconds",
      attempts: options.attempts ?? 3,
      shutdownTimeout: options.shutdownTimeout ?? "3 seconds"
    })
    const encoding = yield* Effect.provide(
      OtlpSerialization.OtlpSerialization,
      options.protocol === "json" ? OtlpSerialization.layerJson : OtlpSerialization.layerProtobuf
    )
    const serviceName =
      options.serviceName ??
      (yield* Effect.orElseSucceed(Config.nonEmptyString("OTEL_SERVICE_NAME"), () => "hyperfunc"))
    yield* OtlpMetrics.make({
      url,
      resource: { serviceName, ...(options.attributes === undefined ? {} : { attributes: options.attributes }) },
      exportInterval: options.interval ?? "10 seconds"
    }).pipe(
      Effect.provideService(HttpClient.HttpClient, transport.client),
      Effect.provideService(OtlpSerialization.OtlpSerialization, Serialized.serialization(encoding, transport))
    )
  })

/**
 * The exporter over whatever client of HTTP there is.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerClient = (options?: Options): Layer.Layer<never, TracerError, HttpClient.HttpClient> =>
  Layer.scopedDiscard(make(options))

/**
 * The exporter over `fetch`. Redirects are not followed: keys would go with them.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options?: Options): Layer.Layer<never, TracerError> =>
  layerClient(options).pipe(
    Layer.provide(FetchHttpClient.layer),
    Layer.provide(Layer.succeed(FetchHttpClient.RequestInit, { redirect: "manual" }))
  )
