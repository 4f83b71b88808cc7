import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-grpc"
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { type Failure, late, unreachable } from "./otlpDelivery.js"
import type { Endpoint } from "./otlpEndpoint.js"

type Metadata = NonNullable<NonNullable<ConstructorParameters<typeof OTLPTraceExporter>[0]>["metadata"]>

/** Of metadata the exporter copies the entries, and asks for nothing else: its class is no dependency of ours. */
const metadataOf = ({ headers }: Endpoint): Metadata => {
  const entries = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Redacted.value(value)]))
  const metadata = { getMap: () => entries, clone: () => metadata }
  return metadata as unknown as Metadata
}

/** Statuses of gRPC that may be others the next time. */
const [CANCELLED, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED, OUT_OF_RANGE, UNAVAILABLE, DATA_LOSS] = [
  1, 4, 8, 10, 11, 14, 15
]

const transient = [CANCELLED, RESOURCE_EXHAUSTED, ABORTED, OUT_OF_RANGE, DATA_LOSS]

/** Of the answer nothing is told that could echo a header or a span. */
const failureOf = (error: unknown): Failure => {
  const code = Predicate.hasProperty(error, "code") ? error.code : undefined
  if (code === UNAVAILABLE) return unreachable
  if (code === DEADLINE_EXCEEDED) return late
  return typeof code === "number"
    ? { what: `the collector answers with status ${code} of gRPC`, isRetryable: transient.includes(code) }
    : { what: "the spans cannot be sent", isRetryable: false }
}

/**
 * The official exporter, as one delivery after another.
 *
 * @internal
 */
export const make = (
  endpoint: Endpoint,
  options: { readonly timeout: Duration.DurationInput; readonly compression: "gzip" | "none" }
): Effect.Effect<
  (spans: ReadonlyArray<ReadableSpan>) => Effect.Effect<Option.Option<never>, Failure>,
  never,
  Scope.Scope
> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(
        () =>
          new OTLPTraceExporter({
            url: endpoint.url,
            metadata: metadataOf(endpoint),
            timeoutMillis: Duration.toMillis(options.timeout),
            compression: options.compression as never
          })
      ),
      // It waits for what is under way, as long as a delivery may take.
      (exporter) => Effect.sync(() => void exporter.shutdown().catch(() => undefined))
    ),
    (exporter) => (spans) =>
      Effect.async<Option.Option<never>, Failure>((resume) =>
        exporter.export([...spans], ({ code, error }) =>
          resume(code === SUCCESS ? Effect.succeedNone : Effect.fail(failureOf(error)))
        )
      )
  )

const SUCCESS = 0
