import type { Completion, Message, Request } from "../../services/LLM.js"
import * as ModelTable from "../../src/ModelTable.js"
import { type Content, written } from "../../src/Tracing.js"

type Attributes = Readonly<Record<string, unknown>>

/** Where the conventions name a provider as `ModelTable` does not. */
const providers: Readonly<Record<string, string>> = { gemini: "gcp.gemini", mistral: "mistral_ai" }

/**
 * The provider and the model of a request, as the conventions name them.
 *
 * @internal
 */
export const modelOf = ({
  model
}: {
  readonly model: string
}): { readonly provider: string; readonly name: string } => {
  const { name, provider } = ModelTable.parse(model)
  return { provider: providers[provider] ?? provider, name }
}

const present = (attributes: Attributes): Attributes =>
  Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined))

/**
 * What is asked, but for what is said.
 *
 * @internal
 */
export const ofRequest = (request: Request): Attributes => {
  const { name, provider } = modelOf(request)
  const { settings = {} } = request
  return present({
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": provider,
    "gen_ai.request.model": name,
    "gen_ai.request.temperature": settings.temperature,
    "gen_ai.request.top_p": settings.topP,
    "gen_ai.request.max_tokens": settings.maxTokens,
    "gen_ai.request.presence_penalty": settings.presencePenalty,
    "gen_ai.request.frequency_penalty": settings.frequencyPenalty,
    "gen_ai.request.stop_sequences": settings.stop,
    "gen_ai.request.seed": settings.seed,
    "gen_ai.output.type": request.format === undefined ? undefined : "json",
    "hyperfunc.purpose": request.purpose ?? "task",
    "hyperfunc.rollout": request.rollout
  })
}

/**
 * A completion, or the text of a stream: nobody tells what model that is of.
 *
 * @internal
 */
export interface Answer extends Omit<Completion, "model"> {
  readonly model?: string
}

/**
 * What was used for an answer, or for a failure that came in its place.
 *
 * @internal
 */
export const ofSpent = ({ cost, usage }: Pick<Completion, "cost" | "usage">): Attributes =>
  present({
    "gen_ai.usage.input_tokens": usage?.prompt,
    "gen_ai.usage.output_tokens": usage?.completion,
    "gen_ai.usage.cache_read.input_tokens": usage?.cached,
    "gen_ai.usage.reasoning.output_tokens": usage?.reasoning,
    "hyperfunc.cost_usd": cost
  })

/**
 * What an answer tells of itself. Tokens of an answer that nobody was paid for are none of the call's.
 *
 * @internal
 */
export const ofAnswer = (answer: Answer, isPaid: boolean): Attributes => {
  const { finishReason, id, model } = answer
  return present({
    "gen_ai.response.id": id,
    "gen_ai.response.model": model,
    "gen_ai.response.finish_reasons": finishReason === "unknown" ? undefined : [finishReason],
    ...ofSpent(isPaid ? answer : { cost: 0 })
  })
}

const partsOf = (message: Message): ReadonlyArray<Attributes> => {
  if (message.role === "tool") {
    return [{ type: "tool_call_response", id: message.toolCallId, response: message.content }]
  }
  const text = message.content === "" ? [] : [{ type: "text", content: message.content }]
  return message.role === "assistant" ? [...text, ...(message.toolCalls ?? []).map(callOf)] : text
}

const callOf = (call: Completion["toolCalls"][number]): Attributes => ({
  type: "tool_call",
  id: call.id,
  name: call.name,
  arguments: call.arguments
})

/** The first message, which is mostly the instruction, and the last of the others. */
const few = <A>(messages: ReadonlyArray<A>, most: number): ReadonlyArray<A> =>
  messages.length <= most ? messages : [...messages.slice(0, 1), ...messages.slice(messages.length - most + 1)]

/**
 * What is said in a request.
 *
 * @internal
 */
export const contentOfRequest = (content: Content, request: Request): Attributes => {
  const messages = few(request.messages, Math.max(2, content.maxMessages ?? 32))
  const left = request.messages.length - messages.length
  return present({
    "gen_ai.input.messages": written(
      content,
      "gen_ai.input.messages",
      messages.map((message) => ({ role: message.role, parts: partsOf(message) }))
    ),
    "gen_ai.tool.definitions":
      request.tools === undefined ? undefined : written(content, "gen_ai.tool.definitions", request.tools),
    "hyperfunc.messages.left_out": left === 0 ? undefined : left
  })
}

/**
 * What is said in an answer.
 *
 * @internal
 */
export const contentOfAnswer = (content: Content, answer: Answer): Attributes => {
  const { content: text, finishReason, toolCalls } = answer
  const parts = [...(text === "" ? [] : [{ type: "text", content: text }]), ...toolCalls.map(callOf)]
  const message = { role: "assistant", parts, finish_reason: finishReason }
  return { "gen_ai.output.messages": written(content, "gen_ai.output.messages", [message]) }
}
