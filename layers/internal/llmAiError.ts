import type { AiError } from "@effect/ai/AiError"
import { LLMError } from "../../services/LLM.js"

type Fault = Pick<ConstructorParameters<typeof LLMError>[0], "reason" | "detail" | "cure" | "status" | "raw">

/**
 * Neither addresses nor causes of the failed call are kept: some providers take their key in them.
 *
 * @internal
 */
export const fromAiError = (error: AiError, model: string): LLMError => new LLMError({ model, ...faultOf(error) })

const faultOf = (error: AiError): Fault => {
  switch (error._tag) {
    case "HttpRequestError":
      return error.reason === "Transport"
        ? { reason: "Network", detail: "the provider could not be reached", cure: "See that there is a connection" }
        : {
            reason: "BadRequest",
            detail: "the request could not be sent",
            cure: "See that the provider's address is right"
          }
    case "HttpResponseError":
      return error.reason === "StatusCode"
        ? { ...statusFault(error.response.status, error.body ?? ""), status: error.response.status }
        : {
            reason: "InvalidReply",
            detail: "the provider's reply could not be read",
            cure: otherVersion,
            ...rawOf(error.body)
          }
    case "MalformedInput":
      return {
        reason: "BadRequest",
        detail: error.description ?? "the provider's package does not take this request",
        cure: "Leave out what that provider cannot do"
      }
    case "MalformedOutput":
      return {
        reason: "InvalidReply",
        detail: error.description ?? "the reply is not what was agreed on",
        cure: otherVersion
      }
    case "UnknownError":
      return {
        reason: "InvalidReply",
        detail: error.description ?? "the provider's package failed without saying why",
        cure: "See its log"
      }
  }
}

const otherVersion = "Look for another version of the provider's package"

const rawOf = (body: string | undefined) => (body === undefined ? {} : { raw: body.slice(0, 500) })

const statusFault = (status: number, body: string): Fault => {
  if (status === 401 || status === 403) {
    return {
      reason: "Unauthorized",
      detail: "the provider refused the key",
      cure: "See that it is the right one, and paid for"
    }
  }
  if (status === 404) {
    return { reason: "UnknownModel", detail: "the provider has no such model", cure: "See its list of models" }
  }
  if (status === 413) {
    return { reason: "TooLarge", detail: "the request is too large", cure: "Send less" }
  }
  if (status === 429) {
    return { reason: "RateLimited", detail: "the provider's limit is reached", cure: "Wait, or ask for less at a time" }
  }
  if (status === 408 || status === 409 || status >= 500) {
    return { reason: "Overloaded", detail: `the provider is busy or broken (${status})`, cure: "Try again later" }
  }
  return /context.?(length|window)|too many tokens|prompt is too long/i.test(body)
    ? {
        reason: "ContextLength",
        detail: "the prompt is too long for the model",
        cure: "Shorten it, or take another model"
      }
    : {
        reason: "BadRequest",
        detail: `the provider refused the request (${status})`,
        cure: "See what it says",
        ...rawOf(body)
      }
}
