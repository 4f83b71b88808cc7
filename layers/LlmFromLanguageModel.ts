/**
 * Any `LanguageModel` of `@effect/ai` as an LLM: Anthropic, Google, Amazon Bedrock, OpenRouter and others.
 *
 * A `LanguageModel` is one model with its settings, so `model` and `settings` of a request do not reach it by themselves.
 * Where a provider's package reads settings from the context, `configure` passes them on:
 *
 * ```ts
 * LlmFromLanguageModel.layer({
 *   configure: ({ settings }) => Context.make(AnthropicLanguageModel.Config, { temperature: settings?.temperature })
 * })
 * ```
 *
 * `format` is asked for in a last system message, and so is not guaranteed. Tools are offered, never run. `cost` and
 * `allowance` are unknown. `toolChoice` is passed on.
 *
 * @since 0.1.0
 */
import * as LanguageModel from "@effect/ai/LanguageModel"
import type * as Response from "@effect/ai/Response"
import type * as Tool from "@effect/ai/Tool"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { type Completion, LLM, LLMError, type LLMService, type Request } from "../services/LLM.js"
import { fromAiError } from "./internal/llmAiError.js"
import { promptOf, toolkitOf } from "./internal/llmPrompt.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** What the provider is to find in its context when it answers a request. */
  readonly configure?: (request: Request) => Context.Context<never>
}

type Tools = Record<string, Tool.Any>

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Effect.Effect<LLMService, never, LanguageModel.LanguageModel> =>
  Effect.map(LanguageModel.LanguageModel, (model) => {
    const contextOf = (request: Request) => options.configure?.(request) ?? Context.empty()
    return {
      complete: (request) =>
        model.generateText(callOf(request)).pipe(
          Effect.mapError((error) => fromAiError(error, request.model)),
          Effect.flatMap((response) => completionOf(response, request)),
          Effect.provide(contextOf(request))
        ),
      stream: (request) =>
        Stream.suspend(() => {
          const said = { text: "" }
          return model.streamText(callOf(request)).pipe(
            Stream.mapError((error) => fromAiError(error, request.model)),
            Stream.mapEffect((part) => pieceOf(part, said, request)),
            Stream.filterMap((piece) => piece),
            Stream.provideSomeContext(contextOf(request))
          )
        })
    }
  })

const callOf = (request: Request) => ({
  prompt: promptOf(request),
  toolkit: toolkitOf(request.tools ?? []),
  toolChoice: request.toolChoice ?? "auto",
  disableToolCallResolution: true as const
})

const completionOf = (
  { content, finishReason, text, toolCalls, usage }: LanguageModel.GenerateTextResponse<Tools>,
  request: Request
): Effect.Effect<Completion, LLMError> => {
  if (finishReason === "content-filter") return Effect.fail(filtered(request, usageOf(usage)))
  const metadata = content.find((part) => part.type === "response-metadata")
  return Effect.succeed({
    content: text,
    toolCalls: toolCalls.map(({ id, name, params }) => ({ id, name, arguments: JSON.stringify(params) })),
    finishReason: reasons[finishReason] ?? "unknown",
    model: metadata === undefined ? request.model : Option.getOrElse(metadata.modelId, () => request.model),
    ...usageOf(usage)
  })
}

const reasons: { readonly [reason in Response.FinishReason]?: Completion["finishReason"] } = {
  stop: "stop",
  length: "length",
  "tool-calls": "tool_calls"
}

const usageOf = (usage: Response.Usage): Pick<Completion, "usage"> =>
  usage.inputTokens === undefined || usage.outputTokens === undefined
    ? {}
    : {
        usage: {
          prompt: usage.inputTokens,
          completion: usage.outputTokens,
          ...(usage.cachedInputTokens === undefined ? {} : { cached: usage.cachedInputTokens }),
          ...(usage.reasoningTokens === undefined ? {} : { reasoning: usage.reasoningTokens })
        }
      }

const pieceOf = (
  part: Response.StreamPart<Tools>,
  said: { text: string },
  request: Request
): Effect.Effect<Option.Option<string>, LLMError> => {
  switch (part.type) {
    case "text-delta":
      said.text += part.delta
      return Effect.succeedSome(part.delta)
    case "error":
      return Effect.fail(brokenOff(request, said.text))
    case "finish":
      return part.reason === "content-filter"
        ? Effect.fail(filtered(request, { partial: said.text }))
        : Effect.succeedNone
    default:
      return Effect.succeedNone
  }
}

const filtered = ({ model }: Request, came: Pick<LLMError, "partial" | "usage">): LLMError =>
  new LLMError({
    reason: "ContentFilter",
    model,
    detail: "the provider's filter withheld the answer",
    cure: "Change the prompt, or what is put into it",
    ...came
  })

const brokenOff = ({ model }: Request, partial: string): LLMError =>
  new LLMError({
    reason: "Interrupted",
    model,
    detail: "the stream broke off",
    cure: "Ask again",
    partial
  })

/**
 * @since 0.1.0
 * @category layers
 */
export const layer = (options?: Options): Layer.Layer<LLM, never, LanguageModel.LanguageModel> =>
  Layer.effect(LLM, make(options))
