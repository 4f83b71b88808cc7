import * as Exit from "effect/Exit"
import type { CallRecord } from "../../services/Tracer.js"
import { failureOf } from "./spanFailure.js"
import type { Over } from "./tracerOver.js"

type Attributes = ReadonlyMap<string, unknown>

/** Whether a span is that of a call: of a hyperfunction, or of what the conventions have a name for. */
const isCall = (attributes: Attributes): boolean =>
  attributes.has("hyperfunc.hyperfunction") ||
  (attributes.has("gen_ai.operation.name") && attributes.get("gen_ai.operation.name") !== "invoke_workflow")

const find = <A>(span: Over | undefined, of: (attributes: Attributes, span: Over) => A | undefined): A | undefined => {
  for (let at = span; at !== undefined; at = at.around) {
    const found = of(at.attributes, at)
    if (found !== undefined) return found
  }
  return undefined
}

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined)
const number = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined)

const metricsOf = (attributes: Attributes): Readonly<Record<string, number>> | undefined => {
  const prefix = "hyperfunc.metric."
  const metrics = [...attributes].flatMap(([key, value]) =>
    key.startsWith(prefix) && typeof value === "number" ? [[key.slice(prefix.length), value] as const] : []
  )
  return metrics.length === 0 ? undefined : Object.fromEntries(metrics)
}

const millis = (nanoseconds: bigint): number => Number(nanoseconds) / 1e6

type Loose<A> = { readonly [K in keyof A]: A[K] | undefined }

const present = (record: Loose<CallRecord>): CallRecord =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as unknown as CallRecord

/**
 * The record of a span that ends, if it is that of a call.
 *
 * @internal
 */
export const make = (span: Over, endTime: bigint, exit: Exit.Exit<unknown, unknown>): CallRecord | undefined => {
  const { attributes } = span
  if (!isCall(attributes)) return undefined
  const own = text(attributes.get("hyperfunc.hyperfunction"))
  const start = span.status.startTime
  return present({
    operation: own === undefined ? String(attributes.get("gen_ai.operation.name")) : "hyperfunction",
    name: own ?? span.name,
    id: span.spanId,
    parent: find(span.around, (around, { spanId }) => (isCall(around) ? spanId : undefined)),
    trace: span.traceId,
    session: find(span, (around) => text(around.get("session.id"))),
    hyperfunction: find(span, (around) => text(around.get("hyperfunc.hyperfunction"))),
    start: millis(start),
    elapsed: millis(endTime - start),
    candidate: find(span, (around) => number(around.get("hyperfunc.candidate"))),
    example: find(span, (around) => number(around.get("hyperfunc.example"))),
    generation: find(span, (around) => number(around.get("hyperfunc.generation"))),
    success: Exit.isSuccess(exit),
    error: Exit.isSuccess(exit) ? undefined : failureOf(exit.cause),
    provider: text(attributes.get("gen_ai.provider.name")),
    requestModel: text(attributes.get("gen_ai.request.model")),
    responseModel: text(attributes.get("gen_ai.response.model")),
    temperature: number(attributes.get("gen_ai.request.temperature")),
    topP: number(attributes.get("gen_ai.request.top_p")),
    maxTokens: number(attributes.get("gen_ai.request.max_tokens")),
    inputTokens: number(attributes.get("gen_ai.usage.input_tokens")),
    outputTokens: number(attributes.get("gen_ai.usage.output_tokens")),
    cachedTokens: number(attributes.get("gen_ai.usage.cache_read.input_tokens")),
    reasoningTokens: number(attributes.get("gen_ai.usage.reasoning.output_tokens")),
    cost: number(attributes.get("hyperfunc.cost_usd")),
    purpose: text(attributes.get("hyperfunc.purpose")),
    metrics: metricsOf(attributes)
  })
}
