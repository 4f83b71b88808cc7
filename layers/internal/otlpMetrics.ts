import type * as OtlpSerialization from "@effect/opentelemetry/OtlpSerialization"
import type { Transport } from "./otlpTransport.js"

interface Point {
  attributes: ReadonlyArray<{ readonly key: string }>
}

interface Points {
  readonly dataPoints: ReadonlyArray<Point>
}

interface MetricsData {
  readonly resourceMetrics: ReadonlyArray<{
    readonly scopeMetrics: ReadonlyArray<{
      scope: { readonly name: string }
      readonly metrics: ReadonlyArray<{ readonly sum?: Points; readonly gauge?: Points; readonly histogram?: Points }>
    }>
  }>
}

const isUnit = ({ key }: { readonly key: string }): boolean => key === "unit" || key === "time_unit"

/**
 * A serialization that tells a transport of what it makes, and takes units, which stand with their metrics, out of labels.
 *
 * @internal
 */
export const serialization = (
  inner: typeof OtlpSerialization.OtlpSerialization.Service,
  transport: Transport
): typeof OtlpSerialization.OtlpSerialization.Service => ({
  ...inner,
  metrics: (data) => {
    for (const { scopeMetrics } of (data as MetricsData).resourceMetrics) {
      for (const scoped of scopeMetrics) {
        scoped.scope = { name: "hyperfunc" }
        for (const { gauge, histogram, sum } of scoped.metrics) {
          for (const point of [sum, gauge, histogram].flatMap((points) => points?.dataPoints ?? [])) {
            point.attributes = point.attributes.filter((attribute) => !isUnit(attribute))
          }
        }
      }
    }
    const body = inner.metrics(data)
    transport.declare(body, 1)
    return body
  }
})
