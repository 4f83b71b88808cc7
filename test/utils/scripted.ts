import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { type Completion, LLM, LLMError, type Request } from "../../services/LLM.js"

/** A model that answers as a function says, and remembers what it was asked. */
export const scripted = (answer: (request: Request, call: number) => string | Partial<Completion> | LLMError) => {
  const requests: Array<Request> = []
  const complete = (request: Request): Effect.Effect<Completion, LLMError> =>
    Effect.suspend(() => {
      const reply = answer(request, requests.push(request) - 1)
      if (reply instanceof LLMError) return Effect.fail(reply)
      const said = typeof reply === "string" ? { content: reply } : reply
      return Effect.succeed({ content: "", toolCalls: [], finishReason: "stop", model: request.model, ...said })
    })
  const stream = (request: Request) =>
    Stream.unwrap(Effect.map(complete(request), ({ content }) => Stream.fromIterable(content.split(/(?<= )/))))
  return { requests, layer: Layer.succeed(LLM, { complete, stream }) }
}

export const overloaded = (model = "test/model") =>
  new LLMError({ reason: "Overloaded", model, detail: "the server is busy", cure: "Try again later" })

/** Why there is no result; one that is there is not shown. */
export const failure = <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.flip(Effect.asVoid(self))
