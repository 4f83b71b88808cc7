import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { errorType } from "../../src/internal/errorType.js"
import * as Spans from "../../src/internal/spans.js"
import { annotate } from "../../src/internal/tracing.js"
import type { Answer } from "./embeddings.js"
import { modelOf } from "./genAiAttributes.js"
import * as Metrics from "./genAiMetrics.js"

/**
 * A request for vectors of texts as a span, `embeddings MODEL`, counted in the metrics of the conventions.
 *
 * @internal
 */
export const traced = <E, R>(
  self: Effect.Effect<Answer, E, R>,
  { dimensions, model, texts }: { readonly model: string; readonly dimensions: number; readonly texts: number }
): Effect.Effect<Answer, E, R> => {
  const { name, provider } = modelOf({ model })
  const attributes = {
    "gen_ai.operation.name": "embeddings",
    "gen_ai.provider.name": provider,
    "gen_ai.request.model": name,
    "gen_ai.request.encoding_formats": ["float"],
    "gen_ai.embeddings.dimension.count": dimensions,
    "hyperfunc.texts": texts
  }
  return Spans.use(`embeddings ${name}`, { kind: "client", attributes }, (span) =>
    Effect.flatMap(Clock.currentTimeMillis, (started) =>
      Effect.onExit(self, (exit) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) => {
          const call = { model, operation: "embeddings" } as const
          const millis = now - started
          if (Exit.isFailure(exit)) return Metrics.record(call, { millis, errorType: errorType(exit.cause) })
          const { model: answered, tokens } = exit.value
          annotate(span, { "gen_ai.response.model": answered, "gen_ai.usage.input_tokens": tokens })
          return Metrics.record(call, { millis, usage: tokens === undefined ? undefined : { prompt: tokens } })
        })
      )
    )
  )
}
