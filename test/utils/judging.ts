import * as Effect from "effect/Effect"
import * as LlmScripted from "../../layers/LlmScripted.js"
import type { Request } from "../../services/LLM.js"

/** What a model was asked so far. */
export const requests = Effect.flatten(LlmScripted.Requests)

/** All that a request says, as one text. */
export const textOf = ({ messages }: Request): string => messages.map(({ content }) => content).join("\n")

/** The word that only the tags of a request have. */
export const nonceOf = ({ messages }: Request): string =>
  /^<\w+-([0-9a-f]{16})>$/m.exec(messages[messages.length - 1].content)![1]

/** What stands between the tags of a name. */
export const blockOf = (request: Request, tag: string): string => {
  const nonce = nonceOf(request)
  const [, after] = request.messages[request.messages.length - 1].content.split(`<${tag}-${nonce}>\n`)
  return after.split(`\n</${tag}-${nonce}>`)[0]
}

/** What a judge replies. */
export const grade = (score: unknown, feedback = ""): string => JSON.stringify({ feedback, score })
