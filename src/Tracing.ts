/**
 * What becomes a span of Effect's tracer, and what it holds.
 *
 * The library makes spans where work is done: `optimize`, `generation` and `evaluate` of a system, `invoke_workflow` for a
 * run of it, one for each call of a hyperfunction, and `chat` for a model (`layers/LlmTraced`). Their attributes are those
 * of OpenTelemetry's conventions for generative AI ({@link semanticConventions}), and our own under `hyperfunc.`.
 *
 * A population is one span with statistics: what goes on in its runs makes none unless {@link Settings} ask for it. Nothing
 * that a user or a model said is written down unless they do, either.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import { toLine } from "./internal/recordJson.js"
import * as Spans from "./internal/spans.js"

/**
 * The release of OpenTelemetry's conventions for generative AI (`open-telemetry/semantic-conventions-genai`) that names and
 * values of attributes are those of.
 *
 * @since 0.1.0
 * @category constants
 */
export const semanticConventions = "0.1.0"

/**
 * How inputs, prompts and answers are written down. Binary data never is.
 *
 * - `redact`: what is written in place of a text, which is an attribute's whole value; default the text itself
 * - `maxLength`: characters of an attribute, default 8192; what is longer is cut off, and says so
 * - `maxMessages`: messages of a conversation, default 32: the first, and the last of the others
 *
 * @since 0.1.0
 * @category models
 */
export interface Content {
  readonly redact?: (text: string, attribute: string) => string
  readonly maxLength?: number
  readonly maxMessages?: number
}

/**
 * - `runs`: which runs of an evaluation make spans: of `"none"`, where it has a `"single"` candidate (default), or of
 *   `"all"` of a population
 * - `content`: absent (default), no inputs, prompts and answers are written down
 *
 * @since 0.1.0
 * @category models
 */
export interface Settings {
  readonly runs?: "none" | "single" | "all"
  readonly content?: Content
}

/**
 * The settings in force. `Layer.succeed(Tracing.Current, settings)` sets them for a whole program.
 *
 * @since 0.1.0
 * @category references
 */
export class Current extends Context.Reference<Current>()("hyperfunc/Tracing/Current", {
  defaultValue: (): Settings => ({})
}) {}

/**
 * Runs an effect with settings in force.
 *
 * @since 0.1.0
 * @category combinators
 */
export const provide: {
  (settings: Settings): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  <A, E, R>(self: Effect.Effect<A, E, R>, settings: Settings): Effect.Effect<A, E, R>
} = dual(
  2,
  <A, E, R>(self: Effect.Effect<A, E, R>, settings: Settings): Effect.Effect<A, E, R> =>
    Effect.provideService(self, Current, settings)
)

/**
 * A text as an attribute may hold it: redacted, and no longer than allowed.
 *
 * @since 0.1.0
 * @category content
 */
export const written = ({ maxLength = 8192, redact }: Content, attribute: string, value: unknown): string => {
  const text = typeof value === "string" ? value : toLine(value)
  const shown = redact === undefined ? text : redact(text, attribute)
  return shown.length <= maxLength
    ? shown
    : `${shown.slice(0, Math.max(0, maxLength))}… (${shown.length - maxLength} more characters)`
}

/**
 * The turn of an agent as a span, `invoke_agent NAME`, around what it does. `conversation` is what back ends put turns
 * together by.
 *
 * @since 0.1.0
 * @category spans
 */
export const agent: {
  (
    name: string,
    options?: { readonly conversation?: string }
  ): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  <A, E, R>(
    self: Effect.Effect<A, E, R>,
    name: string,
    options?: { readonly conversation?: string }
  ): Effect.Effect<A, E, R>
} = dual(
  (args) => Effect.isEffect(args[0]),
  <A, E, R>(
    self: Effect.Effect<A, E, R>,
    name: string,
    options?: { readonly conversation?: string }
  ): Effect.Effect<A, E, R> =>
    operation(self, "invoke_agent", name, {
      "gen_ai.agent.name": name,
      ...(options?.conversation === undefined ? {} : { "gen_ai.conversation.id": options.conversation })
    })
)

/**
 * The call of a tool as a span, `execute_tool NAME`. `callId` is the one that the model gave it.
 *
 * @since 0.1.0
 * @category spans
 */
export const tool: {
  (
    name: string,
    options?: { readonly callId?: string }
  ): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  <A, E, R>(self: Effect.Effect<A, E, R>, name: string, options?: { readonly callId?: string }): Effect.Effect<A, E, R>
} = dual(
  (args) => Effect.isEffect(args[0]),
  <A, E, R>(
    self: Effect.Effect<A, E, R>,
    name: string,
    options?: { readonly callId?: string }
  ): Effect.Effect<A, E, R> =>
    operation(self, "execute_tool", name, {
      "gen_ai.tool.name": name,
      "gen_ai.tool.type": "function",
      ...(options?.callId === undefined ? {} : { "gen_ai.tool.call.id": options.callId })
    })
)

/**
 * An operation on a memory as a span, `OPERATION STORE`.
 *
 * @since 0.1.0
 * @category spans
 */
export const memory: {
  (operation: MemoryOperation, store: string): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  <A, E, R>(self: Effect.Effect<A, E, R>, operation: MemoryOperation, store: string): Effect.Effect<A, E, R>
} = dual(
  3,
  <A, E, R>(self: Effect.Effect<A, E, R>, name: MemoryOperation, store: string): Effect.Effect<A, E, R> =>
    operation(self, name, store, { "gen_ai.memory.store.id": store }, "client")
)

/**
 * @since 0.1.0
 * @category models
 */
export type MemoryOperation = "create_memory" | "search_memory" | "update_memory" | "upsert_memory" | "delete_memory"

/**
 * Adds a number of one's own to the span that is open, and so to the record of its call.
 *
 * @since 0.1.0
 * @category spans
 */
export const metric = (name: string, value: number): Effect.Effect<void> =>
  Effect.annotateCurrentSpan(`hyperfunc.metric.${name}`, value)

const operation = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  operation: string,
  subject: string,
  attributes: Readonly<Record<string, unknown>>,
  kind: "internal" | "client" = "internal"
): Effect.Effect<A, E, R> =>
  Spans.around(self, `${operation} ${subject}`, {
    kind,
    attributes: { "gen_ai.operation.name": operation, ...attributes }
  })
