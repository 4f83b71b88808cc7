/**
 * Plays a model in tests.
 *
 * A script is a function of the request, or replies in order. {@link Requests} tells what was asked.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { type Completion, LLM, LLMError, type LLMService, type Request } from "../services/LLM.js"

/**
 * A text, or what is to be said of a completion; the rest is that of a plain answer, without usage or cost.
 *
 * @since 0.1.0
 * @category models
 */
export type Answer = string | Partial<Completion>

/**
 * An answer, an error, or an effect that waits or decides: an `LLMError` is an effect that fails with itself.
 *
 * @since 0.1.0
 * @category models
 */
export type Reply = Answer | LLMError | Effect.Effect<Answer, LLMError>

/**
 * @since 0.1.0
 * @category models
 */
export type Script = ReadonlyArray<Reply> | ((request: Request) => Reply)

/**
 * What has been asked so far, in order.
 *
 * @since 0.1.0
 * @category services
 */
export class Requests extends Context.Tag("hyperfunc/LlmScripted/Requests")<
  Requests,
  Effect.Effect<ReadonlyArray<Request>>
>() {}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  script: Script
): Effect.Effect<{ readonly llm: LLMService; readonly requests: Effect.Effect<ReadonlyArray<Request>> }> =>
  Effect.sync(() => {
    const requests: Array<Request> = []

    const replyTo = (request: Request): Reply => {
      const position = requests.push(request) - 1
      return typeof script === "function" ? script(request) : (script[position] ?? atItsEnd(request, script.length))
    }

    const complete = (request: Request): Effect.Effect<Completion, LLMError> =>
      Effect.suspend(() => {
        const reply = replyTo(request)
        const answer = Effect.isEffect(reply) ? reply : Effect.succeed(reply)
        return Effect.map(answer, (answer) => completionOf(answer, request))
      })

    const stream = (request: Request) =>
      Stream.unwrap(Effect.map(complete(request), ({ content }) => Stream.fromIterable(piecesOf(content))))

    return { llm: { complete, stream }, requests: Effect.sync(() => [...requests]) }
  })

const completionOf = (answer: Answer, { model }: Request): Completion => {
  const said = typeof answer === "string" ? { content: answer } : answer
  const toolCalls = said.toolCalls ?? []
  return { content: "", toolCalls, finishReason: toolCalls.length > 0 ? "tool_calls" : "stop", model, ...said }
}

/** Words, with the space after them. */
const piecesOf = (content: string): ReadonlyArray<string> => content.match(/\S+\s*|\s+/g) ?? []

const atItsEnd = ({ model }: Request, length: number): LLMError =>
  new LLMError({
    reason: "NotRecorded",
    model,
    detail: `the script has ${length} replies, and was asked once more`,
    cure: "Add a reply, or use a function as the script"
  })

/**
 * @since 0.1.0
 * @category layers
 */
export const layer = (script: Script): Layer.Layer<LLM | Requests> =>
  Layer.effectContext(
    Effect.map(make(script), ({ llm, requests }) => Context.make(LLM, llm).pipe(Context.add(Requests, requests)))
  )
