import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { LLM, type LLMError, type Request } from "../../services/LLM.js"

/** A model that replies as told, and what it was asked. */
export const scripted = (reply: (request: Request, call: number) => string | LLMError) => {
  const requests: Array<Request> = []
  const provide = Effect.provideService(LLM, {
    complete: (request) =>
      Effect.suspend(() => {
        const content = reply(request, requests.push(request) - 1)
        return typeof content === "string"
          ? Effect.succeed({ content, toolCalls: [], finishReason: "stop" as const, model: request.model })
          : Effect.fail(content)
      }),
    stream: () => Stream.empty
  })
  return { requests, provide }
}

/** All that a request says, as one text. */
export const textOf = ({ messages }: Request): string => messages.map(({ content }) => content).join("\n")

/** What stands between the tags of a name, by the tags that only the real prompt can have. */
export const blockOf = ({ messages }: Request, tag: string): string => {
  const text = messages[messages.length - 1].content
  const [, nonce] = new RegExp(`^<${tag}-([0-9a-f]{16})>`, "m").exec(text)!
  return text.split(`<${tag}-${nonce}>\n`)[1].split(`\n</${tag}-${nonce}>`)[0]
}

export const grade = (score: number, feedback = ""): string => JSON.stringify({ feedback, score })
