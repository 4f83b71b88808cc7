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
import * as Option from "effect/Option"
import * as Record from "effect/Record"
import type * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { LLM, LLMError, type LLMService, type Request } from "../services/LLM.js"
import * as ModelTable from "../src/ModelTable.js"
import * as Client from "./internal/openaiClient.js"
import * as Errors from "./internal/openaiErrors.js"
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

const providersOf = (overrides: NonNullable<Options["providers"]>): Record<string, Partial<ModelTable.Provider>> => ({
  ...ModelTable.providers,
  ...Record.map(overrides, (override, name) => ({
    ...Option.getOrUndefined(Record.get<string, ModelTable.Provider>(ModelTable.providers, name)),
    ...override
  }))
})

const hasBaseUrl = (provider: Partial<ModelTable.Provider>): provider is ModelTable.Provider =>
  provider.baseUrl !== undefined

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Effect.Effect<LLMService> =>
  Effect.gen(function* () {
    const config = yield* Effect.configProviderWith(Effect.succeed)
    const providers = providersOf(options.providers ?? {})
    const prices = options.prices ?? ModelTable.prices
    const timeout = Duration.decode(options.timeout ?? "10 minutes")
    const limits = {
      idleMillis: Duration.toMillis(options.idleTimeout ?? "60 seconds"),
      maxBytes: options.maxBytes ?? 32 * 1024 * 1024
    }
    const load = Client.load(() => import("openai"))
    const clients = new Map<string, Client.Client>()

    const providerOf = (request: Request): Effect.Effect<ModelTable.Provider, LLMError> => {
      const { provider: name } = ModelTable.parse(request.model)
      const provider = Record.get(providers, name)
      if (Option.isSome(provider) && hasBaseUrl(provider.value)) return Effect.succeed(provider.value)
      return new LLMError({
        reason: "Misconfigured",
        model: request.model,
        detail: Option.isNone(provider) ? `there is no provider ${name}` : `the provider ${name} has no base URL`,
        cure: `Describe it in the providers of the layer, or use one of ${Object.keys(providers).join(", ")}`
      })
    }

    const clientOf = (request: Request, provider: ModelTable.Provider): Effect.Effect<Client.Client, LLMError> =>
      Effect.gen(function* () {
        const { model } = request
        const { provider: name } = ModelTable.parse(model)
        const known = clients.get(name)
        if (known !== undefined) return known
        const openai = yield* load(model)
        const client = yield* Client.make({ model, provider, config, apiKey: options.apiKey, limits, package: openai })
        clients.set(name, client)
        return client
      })

    /** The timeout is that of the provider: it begins when the package is loaded and the key is read. */
    const prepare = (request: Request) =>
      Effect.gen(function* () {
        const { model } = request
        const provider = yield* providerOf(request)
        const { openai, scrub } = yield* clientOf(request, provider)
        const clock = yield* Effect.clock
        const context: Errors.Context = { model, scrub, clock }
        return {
          context,
          completions: openai.chat.completions,
          body: bodyOf(request, ModelTable.parse(model).name, provider),
          thrown: (cause: unknown) => Errors.thrown(context, cause),
          timedOut: () => Errors.make(context, "TimedOut", `the call took longer than ${Duration.format(timeout)}`)
        }
      })

    const complete: LLMService["complete"] = (request) =>
      Effect.gen(function* () {
        const { body, completions, context, thrown, timedOut } = yield* prepare(request)
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
        const { body, completions, context, thrown, timedOut } = yield* prepare(request)
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
