import type { OpenAI } from "openai"
import type { Message, Request, Settings } from "../../services/LLM.js"
import type { Provider } from "../../src/ModelTable.js"

type Body = OpenAI.ChatCompletionCreateParamsNonStreaming

const messageOf = (message: Message): OpenAI.ChatCompletionMessageParam => {
  switch (message.role) {
    case "system":
    case "user":
      return { role: message.role, content: message.content }
    case "tool":
      return { role: "tool", content: message.content, tool_call_id: message.toolCallId }
    case "assistant": {
      const { content, toolCalls = [] } = message
      if (toolCalls.length === 0) return { role: "assistant", content }
      return {
        role: "assistant",
        content: content === "" ? null : content,
        tool_calls: toolCalls.map((call) => ({
          id: call.id,
          type: "function",
          function: { name: call.name, arguments: call.arguments }
        }))
      }
    }
  }
}

/** Nothing where there is no number to clamp, or where no whole number comes of it. */
const clamped = <K extends string>(
  key: K,
  value: number | undefined,
  min: number,
  max: number
): { [P in K]?: number } =>
  value === undefined || Number.isNaN(value)
    ? {}
    : ({ [key]: Math.min(max, Math.max(min, value)) } as { [P in K]?: number })

const whole = <K extends string>(key: K, value: number | undefined, min: number): { [P in K]?: number } =>
  value === undefined || value === Infinity ? {} : clamped(key, Math.trunc(value), min, Number.MAX_SAFE_INTEGER)

const settingsOf = (settings: Settings, provider: Provider): Partial<Body> => {
  const stop = settings.stop?.filter((text) => text !== "") ?? []
  return {
    ...clamped("temperature", settings.temperature, 0, 2),
    ...clamped("top_p", settings.topP, 0, 1),
    ...clamped("presence_penalty", settings.presencePenalty, -2, 2),
    ...clamped("frequency_penalty", settings.frequencyPenalty, -2, 2),
    ...whole(provider.tokenLimit ?? "max_tokens", settings.maxTokens, 1),
    ...(settings.seed === -Infinity ? {} : whole("seed", settings.seed, Number.MIN_SAFE_INTEGER)),
    ...(stop.length === 0 ? {} : { stop })
  }
}

/** Names of schemas may have letters, digits, `_` and `-`. */
const schemaName = (name: string): string => name.replace(/[^\w-]/g, "_").slice(0, 64) || "answer"

/**
 * What is sent. A format that the provider cannot hold is left to the caller.
 *
 * @internal
 */
export const bodyOf = (request: Request, name: string, provider: Provider): Body => {
  const { format, messages, settings = {}, toolChoice, tools = [] } = request
  return {
    model: name,
    messages: messages.map(messageOf),
    ...settingsOf(settings, provider),
    ...(format === undefined || provider.jsonSchema !== true
      ? {}
      : {
          response_format: {
            type: "json_schema",
            json_schema: { name: schemaName(format.name), schema: format.schema as Record<string, unknown> }
          }
        }),
    ...(tools.length === 0
      ? {}
      : {
          tools: tools.map(({ description, name, parameters }) => ({
            type: "function" as const,
            function: { name, description, parameters: parameters as Record<string, unknown> }
          })),
          ...(toolChoice === undefined ? {} : { tool_choice: toolChoice })
        })
  }
}
