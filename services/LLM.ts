/**
 * Completions of language models.
 *
 * A request says everything that the answer depends on, so that it can be cached, recorded and replayed; the answer says
 * what it cost. `layers/Llm` puts the usual implementation together.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"

/**
 * @since 0.1.0
 * @category models
 */
export const ToolCall = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  /** JSON, as the model wrote it. */
  arguments: Schema.String
})

/**
 * @since 0.1.0
 * @category models
 */
export type ToolCall = typeof ToolCall.Type

/**
 * @since 0.1.0
 * @category models
 */
export const Message = Schema.Union(
  Schema.Struct({ role: Schema.Literal("system", "user"), content: Schema.String }),
  Schema.Struct({
    role: Schema.Literal("assistant"),
    content: Schema.String,
    toolCalls: Schema.optionalWith(Schema.Array(ToolCall), { exact: true })
  }),
  Schema.Struct({ role: Schema.Literal("tool"), content: Schema.String, toolCallId: Schema.String })
)

/**
 * @since 0.1.0
 * @category models
 */
export type Message = typeof Message.Type

/**
 * Sampling settings; the provider's own where one is left out. Numbers are clamped to what the protocol allows before they
 * are sent: `temperature` 0–2, `topP` 0–1, penalties −2–2, `maxTokens` at least 1.
 *
 * @since 0.1.0
 * @category models
 */
export const Settings = Schema.Struct({
  temperature: Schema.optionalWith(Schema.Number, { exact: true }),
  topP: Schema.optionalWith(Schema.Number, { exact: true }),
  presencePenalty: Schema.optionalWith(Schema.Number, { exact: true }),
  frequencyPenalty: Schema.optionalWith(Schema.Number, { exact: true }),
  maxTokens: Schema.optionalWith(Schema.Number, { exact: true }),
  stop: Schema.optionalWith(Schema.Array(Schema.String), { exact: true }),
  seed: Schema.optionalWith(Schema.Number, { exact: true })
})

/**
 * @since 0.1.0
 * @category models
 */
export type Settings = typeof Settings.Type

/**
 * A tool that the model may call; `parameters` is JSON Schema.
 *
 * @since 0.1.0
 * @category models
 */
export const Tool = Schema.Struct({
  name: Schema.String,
  description: Schema.String,
  parameters: Schema.Unknown
})

/**
 * @since 0.1.0
 * @category models
 */
export type Tool = typeof Tool.Type

/**
 * Whose money a call is: the program's, a judge's, or an optimizer's for thinking about prompts.
 *
 * @since 0.1.0
 * @category models
 */
export const Purpose = Schema.Literal("task", "judge", "reflection")

/**
 * @since 0.1.0
 * @category models
 */
export type Purpose = typeof Purpose.Type

/**
 * `model` is `provider/name`, as in `openai/gpt-4o-mini`. Equal requests of equal `rollout` (default 0) have equal answers
 * in a cache: to sample once more, count it up. `format` asks for JSON of a schema where the server can do that.
 *
 * @since 0.1.0
 * @category models
 */
export const Request = Schema.Struct({
  model: Schema.String,
  messages: Schema.Array(Message),
  settings: Schema.optionalWith(Settings, { exact: true }),
  format: Schema.optionalWith(Schema.Struct({ name: Schema.String, schema: Schema.Unknown }), { exact: true }),
  tools: Schema.optionalWith(Schema.Array(Tool), { exact: true }),
  toolChoice: Schema.optionalWith(Schema.Literal("auto", "none", "required"), { exact: true }),
  rollout: Schema.optionalWith(Schema.Number, { exact: true }),
  /** Default `"task"`. */
  purpose: Schema.optionalWith(Purpose, { exact: true })
})

/**
 * @since 0.1.0
 * @category models
 */
export type Request = typeof Request.Type

/**
 * In tokens. `cached` ones are part of `prompt`, `reasoning` ones of `completion`.
 *
 * @since 0.1.0
 * @category models
 */
export const Usage = Schema.Struct({
  prompt: Schema.Number,
  completion: Schema.Number,
  cached: Schema.optionalWith(Schema.Number, { exact: true }),
  reasoning: Schema.optionalWith(Schema.Number, { exact: true })
})

/**
 * @since 0.1.0
 * @category models
 */
export type Usage = typeof Usage.Type

/**
 * Until `remaining` is `limit` again, `resetMillis` pass.
 *
 * @since 0.1.0
 * @category models
 */
export const Window = Schema.Struct({
  limit: Schema.optionalWith(Schema.Number, { exact: true }),
  remaining: Schema.optionalWith(Schema.Number, { exact: true }),
  resetMillis: Schema.optionalWith(Schema.Number, { exact: true })
})

/**
 * @since 0.1.0
 * @category models
 */
export type Window = typeof Window.Type

/**
 * What a provider said about its limits with an answer or an error.
 *
 * @since 0.1.0
 * @category models
 */
export const Allowance = Schema.Struct({
  requests: Schema.optionalWith(Window, { exact: true }),
  tokens: Schema.optionalWith(Window, { exact: true })
})

/**
 * @since 0.1.0
 * @category models
 */
export type Allowance = typeof Allowance.Type

/**
 * A complete answer. What is unknown is absent: a server that reports no usage has not worked for nothing.
 *
 * @since 0.1.0
 * @category models
 */
export const Completion = Schema.Struct({
  content: Schema.String,
  toolCalls: Schema.Array(ToolCall),
  /** `"length"`: cut off at the token limit. */
  finishReason: Schema.Literal("stop", "length", "tool_calls", "unknown"),
  /** What the provider calls the answer. */
  id: Schema.optionalWith(Schema.String, { exact: true }),
  /** The model that answered, as it calls itself. */
  model: Schema.String,
  usage: Schema.optionalWith(Usage, { exact: true }),
  /** In US dollars. */
  cost: Schema.optionalWith(Schema.Number, { exact: true }),
  allowance: Schema.optionalWith(Allowance, { exact: true })
})

/**
 * @since 0.1.0
 * @category models
 */
export type Completion = typeof Completion.Type

/**
 * Why there is no answer.
 *
 * - `RateLimited`, `Overloaded` (408, 409, 5xx), `TimedOut`, `Network`: may be over when tried again
 * - `Unauthorized`, `BadRequest`, `UnknownModel`, `ContextLength`, `TooLarge`: will not
 * - `ContentFilter`, `Refusal`: the provider, or the model, would not answer
 * - `InvalidReply`: not what the protocol allows; `raw` has its beginning
 * - `Undecodable`: an answer, but not of the schema that was asked for; `raw` is the answer
 * - `Interrupted`: the stream broke off; `partial` is what had come
 * - `BudgetExhausted`: a budget allows no more
 * - `NotRecorded`: a replay has no such request
 * - `Misconfigured`: no key, unknown provider, a package that is not installed
 *
 * @since 0.1.0
 * @category errors
 */
export class LLMError extends Schema.TaggedError<LLMError>("hyperfunc/LLMError")("LLMError", {
  reason: Schema.Literal(
    "RateLimited",
    "Overloaded",
    "TimedOut",
    "Network",
    "Unauthorized",
    "BadRequest",
    "UnknownModel",
    "ContextLength",
    "TooLarge",
    "ContentFilter",
    "Refusal",
    "InvalidReply",
    "Undecodable",
    "Interrupted",
    "BudgetExhausted",
    "NotRecorded",
    "Misconfigured"
  ),
  model: Schema.String,
  detail: Schema.String,
  /** What to do about it. */
  cure: Schema.String,
  status: Schema.optionalWith(Schema.Number, { exact: true }),
  /** How long the provider asks to wait. */
  retryAfterMillis: Schema.optionalWith(Schema.Number, { exact: true }),
  partial: Schema.optionalWith(Schema.String, { exact: true }),
  raw: Schema.optionalWith(Schema.String, { exact: true }),
  allowance: Schema.optionalWith(Allowance, { exact: true }),
  /** Of an answer that came and is of no use. */
  usage: Schema.optionalWith(Usage, { exact: true }),
  /** Of that answer, in US dollars. */
  cost: Schema.optionalWith(Schema.Number, { exact: true }),
  cause: Schema.optionalWith(Schema.Defect, { exact: true })
}) {
  override get message(): string {
    return `${this.model}: ${this.detail}. ${this.cure}`
  }

  /** Whether the same request may succeed later. */
  get isRetryable(): boolean {
    return ["RateLimited", "Overloaded", "TimedOut", "Network"].includes(this.reason)
  }
}

/**
 * @since 0.1.0
 * @category models
 */
export interface LLMService {
  readonly complete: (request: Request) => Effect.Effect<Completion, LLMError>
  /** The pieces of the text as they come. */
  readonly stream: (request: Request) => Stream.Stream<string, LLMError>
}

/**
 * @since 0.1.0
 * @category services
 */
export class LLM extends Context.Tag("hyperfunc/LLM")<LLM, LLMService>() {}
