import type * as OtlpSerialization from "@effect/opentelemetry/OtlpSerialization"
import type { Transport } from "./otlpTransport.js"

interface KeyValue {
  readonly key: string
  readonly value: unknown
}

interface Span {
  readonly spanId: string
  attributes: Array<KeyValue>
  droppedAttributesCount: number
  droppedEventsCount: number
  status: { readonly code: number; readonly message?: string }
}

interface TraceData {
  readonly resourceSpans: ReadonlyArray<{
    readonly scopeSpans: ReadonlyArray<{ scope: { readonly name: string }; readonly spans: ReadonlyArray<Span> }>
  }>
}

/**
 * What was left out of spans, by their identifiers.
 *
 * @internal
 */
export type LeftOut = Map<string, { readonly attributes: number; readonly events: number }>

const UNSET = 0
const OK = 1
const ERROR = 2

const marks: ReadonlyArray<KeyValue> = [
  { key: "span.label", value: { stringValue: "⚠︎ Interrupted" } },
  { key: "status.interrupted", value: { boolValue: true } }
]

const isMark = ({ key }: KeyValue): boolean => marks.some((mark) => mark.key === key)

/**
 * In effect 3.22 every span that failed says that it was interrupted, and those that were say that all is well, with the
 * interruption as their message.
 */
const mend = (span: Span): void => {
  if (span.status.code === ERROR) span.attributes = span.attributes.filter((attribute) => !isMark(attribute))
  if (span.status.code === OK && span.status.message !== undefined) {
    span.attributes.push(...marks)
    span.status = { code: UNSET }
  }
}

/**
 * A serialization that tells a transport how many spans there are, and mends what is wrong with them.
 *
 * @internal
 */
export const serialization = (
  inner: typeof OtlpSerialization.OtlpSerialization.Service,
  transport: Transport,
  leftOut: LeftOut
): typeof OtlpSerialization.OtlpSerialization.Service => ({
  ...inner,
  traces: (data) => {
    let count = 0
    for (const { scopeSpans } of (data as TraceData).resourceSpans) {
      for (const scoped of scopeSpans) {
        scoped.scope = { name: "hyperfunc" }
        for (const span of scoped.spans) {
          count++
          mend(span)
          const left = leftOut.get(span.spanId)
          if (left === undefined) continue
          leftOut.delete(span.spanId)
          span.droppedAttributesCount = left.attributes
          span.droppedEventsCount = left.events
        }
      }
    }
    const body = inner.traces(data)
    transport.declare(body, count)
    return body
  }
})
