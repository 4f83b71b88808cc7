/**
 * How many tokens something has, without a tokenizer.
 *
 * @internal
 */
import * as Option from "effect/Option"
import type { Completion, Request } from "../../services/LLM.js"

const utf8 = new TextEncoder()

/** Of a completion where neither the request nor its sender bounds it. */
export const defaultMaxTokens = 4096

/** What a chat template puts around each message. */
const perMessage = 8

const json = Option.liftThrowable((value: unknown): string => JSON.stringify(value) ?? "")

const textOf = (request: Request): string => {
  const messages = request.messages.map((message) =>
    message.role === "assistant" && message.toolCalls !== undefined
      ? message.content + message.toolCalls.map((call) => call.name + call.arguments).join("")
      : message.content
  )
  const described = Option.getOrElse(json([request.tools ?? [], request.format?.schema ?? {}]), () => "")
  return messages.join("") + described
}

/**
 * A third of the bytes. Prose has four to five bytes a token and code three to four, so this is rarely too low: only for
 * encoded data and scripts that a tokenizer hardly knows.
 */
export const tokensOf = (text: string): number => Math.ceil(utf8.encode(text).length / 3)

/** The usual rule of thumb, about right for English: four characters a token. */
export const roughPromptTokens = (request: Request): number => Math.ceil(textOf(request).length / 4)

/** At least as many as there are, as {@link tokensOf} reckons. */
export const promptTokens = (request: Request): number =>
  tokensOf(textOf(request)) + perMessage * request.messages.length

export const completionTokens = (completion: Completion): number =>
  tokensOf(completion.content + completion.toolCalls.map((call) => call.name + call.arguments).join(""))
