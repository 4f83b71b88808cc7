import type * as Prompt from "@effect/ai/Prompt"
import * as Tool from "@effect/ai/Tool"
import * as Toolkit from "@effect/ai/Toolkit"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Message, Request, Tool as ToolOffer } from "../../services/LLM.js"

type Assistant = Extract<Message, { readonly role: "assistant" }>

/**
 * The messages of a request, and what is asked of its format, in the words of `@effect/ai`.
 *
 * @internal
 */
export const promptOf = ({ format, messages }: Request): ReadonlyArray<Prompt.MessageEncoded> => [
  ...messages.map((message) => messageOf(message, messages)),
  ...(format === undefined ? [] : [instructionOf(format)])
]

const messageOf = (message: Message, messages: ReadonlyArray<Message>): Prompt.MessageEncoded => {
  switch (message.role) {
    case "system":
    case "user":
      return message
    case "assistant":
      return { role: "assistant", content: partsOf(message) }
    case "tool":
      return {
        role: "tool",
        content: [
          {
            type: "tool-result",
            id: message.toolCallId,
            name: toolOf(message.toolCallId, messages),
            isFailure: false,
            result: message.content,
            providerExecuted: false
          }
        ]
      }
  }
}

const partsOf = ({ content, toolCalls = [] }: Assistant): ReadonlyArray<Prompt.AssistantMessagePartEncoded> => [
  ...(content === "" ? [] : [{ type: "text", text: content } as const]),
  ...toolCalls.map(
    ({ arguments: params, id, name }) => ({ type: "tool-call", id, name, params: parsed(params) }) as const
  )
]

const toolOf = (id: string, messages: ReadonlyArray<Message>): string =>
  messages
    .flatMap((message) => (message.role === "assistant" ? (message.toolCalls ?? []) : []))
    .find((call) => call.id === id)?.name ?? "unknown"

const parsed = (json: string): unknown => {
  try {
    return JSON.parse(json)
  } catch {
    return json
  }
}

const instructionOf = ({ name, schema }: NonNullable<Request["format"]>): Prompt.SystemMessageEncoded => ({
  role: "system",
  content: `Answer with a JSON value for "${name}" and nothing else: no prose, no code fence. Its JSON Schema is\n${JSON.stringify(schema)}`
})

/**
 * Tools that a model may call, and nobody runs.
 *
 * @internal
 */
export const toolkitOf = (offers: ReadonlyArray<ToolOffer>): Toolkit.WithHandler<Record<string, Tool.Any>> => ({
  tools: Toolkit.make(...offers.map(toolFor)).tools,
  handle: () => Effect.dieMessage("Tool calls are for whoever made the request to answer")
})

const toolFor = ({ description, name, parameters }: ToolOffer): Tool.Any =>
  Tool.make(name, { description }).setParameters(
    anyObject.annotations({ jsonSchema: typeof parameters === "object" && parameters !== null ? parameters : {} })
  )

const anyObject = Schema.Struct({}, { key: Schema.String, value: Schema.Unknown })
