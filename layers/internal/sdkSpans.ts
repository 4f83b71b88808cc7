import { type HrTime, type Span as SdkSpan, SpanStatusCode } from "@opentelemetry/api"
import type { ReadableSpan, SpanProcessor } from "@opentelemetry/sdk-trace-base"
import * as Tracer from "effect/Tracer"

/** A span of `@effect/opentelemetry`. */
interface OtelSpan extends Tracer.Span {
  readonly span: SdkSpan
  readonly attributes: Map<string, unknown>
}

type Primitive = string | number | boolean

/** The SDK takes arrays of one type alone. */
const valueOf = (value: unknown): Primitive | Array<string> | Array<number> | Array<boolean> => {
  if (!Array.isArray(value)) return value as Primitive
  return value.every((item) => typeof item === typeof value[0]) ? value : value.map(String)
}

const timeOf = (nanoseconds: bigint): HrTime => [
  Number(nanoseconds / 1_000_000_000n),
  Number(nanoseconds % 1_000_000_000n)
]

/**
 * A tracer of `@effect/opentelemetry` that gives the SDK arrays as arrays: in effect 3.22 it makes texts of them.
 *
 * @internal
 */
export const withArrays = (tracer: Tracer.Tracer): Tracer.Tracer =>
  Tracer.make({
    context: (f, fiber) => tracer.context(f, fiber),
    span: (...given) => {
      const span = tracer.span(...given) as OtelSpan
      return Object.assign(span, {
        attribute: (key: string, value: unknown) => {
          span.attributes.set(key, value)
          span.span.setAttribute(key, valueOf(value))
        },
        event: (name: string, startTime: bigint, attributes: Record<string, unknown> = {}) => {
          const written = Object.entries(attributes).map(([key, value]) => [key, valueOf(value)] as const)
          span.span.addEvent(name, Object.fromEntries(written), timeOf(startTime))
        }
      })
    }
  })

/** In effect 3.22 a span that was interrupted says that all is well, and only an attribute tells otherwise. */
const mended = (span: ReadableSpan): ReadableSpan =>
  span.attributes["status.interrupted"] === true
    ? Object.create(span, { status: { value: { code: SpanStatusCode.UNSET } } })
    : span

/**
 * Gives spans that have ended to a taker, mended, so many at a time; what is left when it is flushed.
 *
 * @internal
 */
export const processor = (batch: number, take: (spans: ReadonlyArray<ReadableSpan>) => void): SpanProcessor => {
  let waiting: Array<ReadableSpan> = []
  const flush = (): Promise<void> => {
    const spans = waiting
    waiting = []
    if (spans.length > 0) take(spans)
    return Promise.resolve()
  }
  return {
    onStart: () => undefined,
    onEnd: (span) => {
      if (waiting.push(mended(span)) >= batch) void flush()
    },
    forceFlush: flush,
    shutdown: flush
  }
}
