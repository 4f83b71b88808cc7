/**
 * Language models behind OpenAI's protocol: OpenAI itself, and whoever else speaks it. Needs the package `openai`.
 *
 * A call is one attempt; nothing is tried again and nothing waits here. Keys are read from the configuration when they are
 * first needed, and stand in no error.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { LLM, type LLMService, type Request } from "../services/LLM.js"
import * as ModelTable from "../src/ModelTable.js"
import * as Connection from "./internal/openaiConnection.js"
import { completionOf } from "./internal/openaiReply.js"
import { bodyOf } from "./internal/openaiRequest.js"
import { textOf } from "./internal/openaiStream.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Further providers, and what is different of those in `ModelTable.providers`. */
  readonly providers?: Readonly<Record<string, Partial<ModelTable.Provider>>>
  /** Default `ModelTable.prices`; spread it to add to it. */
  readonly prices?: ModelTable.Prices
  /**
   * Of a request from its start to the last byte. Default 10 minutes. Node itself waits at most 5 minutes for an answer to
   * begin; those that take longer have to be streamed.
   */
  readonly timeout?: Duration.DurationInput
  /** How long an answer that has begun may be silent. Default 60 seconds. */
  readonly idleTimeout?: Duration.DurationInput
  /** How long an answer may be, unpacked. Default 32 MiB. */
  readonly maxBytes?: number
  /** Sent, instead of a key from the configuration, to every provider that has an `apiKey`. */
  readonly apiKey?: Redacted.Redacted
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Effect.Effect<LLMService> =>
  Effect.gen(function* () {
    const prices = options.prices ?? ModelTable.prices
    const connect = yield* Connection.make(options)

    /** The timeout is that of the provider: it begins when the package is loaded and the key is read. */
    const prepare = (request: Request) =>
      Effect.map(connect(request.model), (connection) => ({
        ...connection,
        completions: connection.openai.chat.completions,
        body: bodyOf(request, connection.name, connection.provider)
      }))

    const complete: LLMService["complete"] = (request) =>
      Effect.gen(function* () {
        const { body, completions, context, thrown, timedOut, timeout } = yield* prepare(request)
        const answer = yield* Effect.tryPromise({
          try: async (signal) => {
            const response = await completions.create(body, { signal }).asResponse()
            return { text: await response.text(), headers: response.headers }
          },
          catch: thrown
        }).pipe(Effect.timeoutFail({ duration: timeout, onTimeout: timedOut }))
        return yield* completionOf(context, request, prices, answer)
      })

    const stream: LLMService["stream"] = (request) =>
      Effect.gen(function* () {
        const { body, completions, context, thrown, timedOut, timeout } = yield* prepare(request)
        const deadline = (yield* Clock.currentTimeMillis) + Duration.toMillis(timeout)
        const { signal } = yield* Effect.acquireRelease(
          Effect.sync(() => new AbortController()),
          (controller) => Effect.sync(() => controller.abort())
        )
        const events = yield* Effect.tryPromise({
          try: () => completions.create({ ...body, stream: true }, { signal }),
          catch: thrown
        }).pipe(Effect.timeoutFail({ duration: timeout, onTimeout: timedOut }))
        return textOf(context, events[Symbol.asyncIterator](), { deadline, timedOut })
      }).pipe(Stream.unwrapScoped)

    return { complete, stream }
  })

/**
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options = {}): Layer.Layer<LLM> => Layer.effect(LLM, make(options))
