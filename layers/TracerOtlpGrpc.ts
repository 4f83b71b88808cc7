/**
 * Sends spans to a collector by OTLP over gRPC. `layers/TracerOtlp` does so over HTTP, and needs fewer packages.
 *
 * It promises what that one promises: a run never waits for the collector and never fails by it, what cannot be delivered
 * is counted in `TracerOtlp.Statistics`, and the end of a program waits no longer than `shutdownTimeout`. A delivery that is
 * under way then goes on for at most `timeout`, in a process that does not exit by itself.
 *
 * Spans are made by `@effect/opentelemetry` in the SDK of OpenTelemetry, and sent by its official exporter. Worked around
 * are these faults of the former, as of effect 3.22: arrays become texts of JSON, an interrupted span is reported as a
 * success, and stack traces and the causes of failures are sent whole; and of the latter: it tries nothing again, and says
 * nothing of what it loses. What a collector rejects of spans that it took (partial success) the exporter does not tell, so
 * `rejected` is always 0.
 *
 * Needs the packages `@effect/opentelemetry`, `@effect/platform`, `@opentelemetry/api`, `@opentelemetry/resources`,
 * `@opentelemetry/sdk-trace-base`, `@opentelemetry/sdk-trace-node` and `@opentelemetry/exporter-trace-otlp-grpc`.
 *
 * @since 0.1.0
 */
import * as OtelTracer from "@effect/opentelemetry/Tracer"
import { resourceFromAttributes } from "@opentelemetry/resources"
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type * as Tracer from "effect/Tracer"
import type { TracerError } from "../services/Tracer.js"
import * as Delivery from "./internal/otlpDelivery.js"
import * as Endpoint from "./internal/otlpEndpoint.js"
import * as Grpc from "./internal/otlpGrpc.js"
import * as SdkSpans from "./internal/sdkSpans.js"
import * as Conventions from "./internal/spanConventions.js"
import * as Failure from "./internal/spanFailure.js"
import * as Limits from "./internal/spanLimits.js"
import * as TracerLayer from "./internal/tracerLayer.js"
import * as Over from "./internal/tracerOver.js"
import * as TracerOtlp from "./TracerOtlp.js"

/**
 * As those of `TracerOtlp`, but for:
 *
 * - `endpoint`: `http://host:4317` or `host:4317`, and `https://host:4317` for one with TLS. Default `http://localhost:4317`
 * - `headers`: sent as metadata
 * - `compression`: default `"none"`
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends Omit<TracerOtlp.Options, "protocol"> {
  readonly compression?: "gzip" | "none"
}

/**
 * Fails with `InvalidEndpoint`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options = {}
): Effect.Effect<
  { readonly tracer: Tracer.Tracer; readonly statistics: Effect.Effect<TracerOtlp.Counts> },
  TracerError,
  Scope.Scope
> =>
  Effect.gen(function* () {
    const { headers, url } = yield* Endpoint.parse(options.endpoint ?? "http://localhost:4317", "/")
    const timeout = options.timeout ?? "10 seconds"
    const delivery = yield* Delivery.make({
      signal: { name: "traces", pieces: "spans" },
      send: yield* Grpc.make(
        { url, headers: { ...headers, ...options.headers } },
        { timeout, compression: options.compression ?? "none" }
      ),
      capacity: options.capacity ?? 10_000,
      timeout,
      attempts: options.attempts ?? 3,
      shutdownTimeout: options.shutdownTimeout ?? "3 seconds"
    })
    const spans = SdkSpans.processor(options.batch ?? 512, (spans) => delivery.offer(spans, spans.length))
    const flush = Effect.promise(() => spans.forceFlush())
    yield* Effect.addFinalizer(() => flush)
    yield* Effect.forkScoped(Effect.schedule(flush, Schedule.spaced(options.interval ?? "5 seconds")))

    const serviceName =
      options.serviceName ??
      (yield* Effect.orElseSucceed(Config.nonEmptyString("OTEL_SERVICE_NAME"), () => "hyperfunc"))
    const { attributes = 128, events = 128, ...sizes } = options.limits ?? {}
    const provider = new NodeTracerProvider({
      resource: resourceFromAttributes({ ...options.attributes, "service.name": serviceName }),
      spanLimits: { attributeCountLimit: attributes, attributePerEventCountLimit: attributes, eventCountLimit: events },
      spanProcessors: [spans]
    })
    const inner = yield* Effect.provideService(OtelTracer.make, OtelTracer.OtelTracer, provider.getTracer("hyperfunc"))
    return {
      tracer: Over.make(SdkSpans.withArrays(inner), {
        // How many there may be is the SDK's to see to: it counts what is left out.
        ...Limits.hooks({ ...sizes, attributes: Infinity, events: Infinity }),
        end: (span, _, exit) => {
          for (const [key, value] of Conventions.attributesOf(span, exit, options.conventions)) {
            span.attribute(key, value)
          }
          return Failure.told(exit)
        }
      }),
      statistics: Effect.sync(() => ({ ...delivery.counts }))
    }
  })

/**
 * It is the tracer of everything that is provided with it.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options?: Options): Layer.Layer<TracerOtlp.Statistics, TracerError> =>
  TracerLayer.make(
    TracerOtlp.Statistics,
    Effect.map(make(options), ({ statistics, tracer }) => ({ tracer, service: statistics }))
  )
