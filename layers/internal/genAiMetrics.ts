import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"
import { modelOf } from "./genAiAttributes.js"

const doubling = (first: number, factor: number): MetricBoundaries.MetricBoundaries =>
  MetricBoundaries.fromIterable(Array.from({ length: 14 }, (_, k) => first * factor ** k))

/** In seconds. */
const duration = Metric.tagged(
  Metric.histogram("gen_ai.client.operation.duration", doubling(0.01, 2), "Duration of calls of models"),
  "unit",
  "s"
)

const tokens = Metric.tagged(
  Metric.histogram("gen_ai.client.token.usage", doubling(1, 4), "Tokens that calls of models used"),
  "unit",
  "{token}"
)

const tagged = (metric: typeof duration, tags: Readonly<Record<string, string | undefined>>): typeof duration =>
  Object.entries(tags).reduce(
    (all, [key, value]) => (value === undefined ? all : Metric.tagged(all, key, value)),
    metric
  )

/**
 * Counts a call in the two metrics of the conventions. Their labels are of few values each: provider, model and kind of
 * failure, never what was said, sampled or spent.
 *
 * @internal
 */
export const record = (
  call: { readonly model: string; readonly operation?: "chat" | "embeddings" },
  outcome: {
    readonly millis: number
    readonly errorType?: string
    readonly usage?: { readonly prompt: number; readonly completion?: number } | undefined
  }
): Effect.Effect<void> => {
  const { name, provider } = modelOf(call)
  const labels = {
    "gen_ai.operation.name": call.operation ?? "chat",
    "gen_ai.provider.name": provider,
    "gen_ai.request.model": name
  }
  const timed = Metric.update(tagged(duration, { ...labels, "error.type": outcome.errorType }), outcome.millis / 1000)
  const { usage } = outcome
  if (usage === undefined) return timed
  const counted = (type: "input" | "output", count: number) =>
    Metric.update(tagged(tokens, { ...labels, "gen_ai.token.type": type }), count)
  const output = usage.completion === undefined ? [] : [counted("output", usage.completion)]
  return Effect.all([timed, counted("input", usage.prompt), ...output], { discard: true })
}
