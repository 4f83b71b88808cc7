import * as Effect from "effect/Effect"
import * as Spans from "../spans.js"
import { annotate } from "../tracing.js"

type Attributes = Readonly<Record<string, unknown>>

/**
 * What an agent does as a span, with what came of it.
 *
 * @internal
 */
export const invoked = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  agent: string,
  options: { readonly attributes: Attributes; readonly cameOf: (result: A) => Attributes }
): Effect.Effect<A, E, R> =>
  Spans.use(
    `invoke_agent ${agent}`,
    { attributes: { "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": agent, ...options.attributes } },
    (span) => Effect.tap(self, (result) => Effect.sync(() => annotate(span, options.cameOf(result))))
  )
