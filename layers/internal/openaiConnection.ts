import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Record from "effect/Record"
import type * as Redacted from "effect/Redacted"
import type { OpenAI } from "openai"
import { LLMError } from "../../services/LLM.js"
import * as ModelTable from "../../src/ModelTable.js"
import * as Client from "./openaiClient.js"
import * as Errors from "./openaiErrors.js"

/** @internal */
export interface Options {
  readonly providers?: Readonly<Record<string, Partial<ModelTable.Provider>>>
  readonly timeout?: Duration.DurationInput
  readonly idleTimeout?: Duration.DurationInput
  readonly maxBytes?: number
  readonly apiKey?: Redacted.Redacted
}

/**
 * What a call of a model is made with.
 *
 * @internal
 */
export interface Connection {
  readonly openai: OpenAI
  readonly provider: ModelTable.Provider
  /** Of the model, as its provider calls it. */
  readonly name: string
  readonly context: Errors.Context
  /** Of a whole call. */
  readonly timeout: Duration.Duration
  readonly thrown: (cause: unknown) => LLMError
  readonly timedOut: () => LLMError
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

const unnamed = (model: string): LLMError =>
  new LLMError({
    reason: "Misconfigured",
    model,
    detail: `${JSON.stringify(model)} names no model`,
    cure: "Write provider and model as in openai/gpt-4o-mini"
  })

/**
 * Connects to the providers of models: a client each, made when it is first needed.
 *
 * @internal
 */
export const make = (options: Options): Effect.Effect<(model: string) => Effect.Effect<Connection, LLMError>> =>
  Effect.map(Effect.configProviderWith(Effect.succeed), (config) => {
    const providers = providersOf(options.providers ?? {})
    const timeout = Duration.decode(options.timeout ?? "10 minutes")
    const limits = {
      idleMillis: Duration.toMillis(options.idleTimeout ?? "60 seconds"),
      maxBytes: options.maxBytes ?? 32 * 1024 * 1024
    }
    const load = Client.load(() => import("openai"))
    const clients = new Map<string, Client.Client>()

    const providerOf = (model: string): Effect.Effect<ModelTable.Provider, LLMError> => {
      const { name: modelName, provider: name } = ModelTable.parse(model)
      if (modelName === "") return unnamed(model)
      const provider = Record.get(providers, name)
      if (Option.isSome(provider) && hasBaseUrl(provider.value)) return Effect.succeed(provider.value)
      return new LLMError({
        reason: "Misconfigured",
        model,
        detail: Option.isNone(provider) ? `there is no provider ${name}` : `the provider ${name} has no base URL`,
        cure: `Describe it in the providers of the layer, or use one of ${Object.keys(providers).join(", ")}`
      })
    }

    const clientOf = (model: string, provider: ModelTable.Provider): Effect.Effect<Client.Client, LLMError> =>
      Effect.gen(function* () {
        const { provider: name } = ModelTable.parse(model)
        const known = clients.get(name)
        if (known !== undefined) return known
        const openai = yield* load(model)
        const client = yield* Client.make({ model, provider, config, apiKey: options.apiKey, limits, package: openai })
        clients.set(name, client)
        return client
      })

    return (model) =>
      Effect.gen(function* () {
        const provider = yield* providerOf(model)
        const { openai, scrub } = yield* clientOf(model, provider)
        const clock = yield* Effect.clock
        const context: Errors.Context = { model, scrub, clock }
        return {
          openai,
          provider,
          name: ModelTable.parse(model).name,
          context,
          timeout,
          thrown: (cause) => Errors.thrown(context, cause),
          timedOut: () => Errors.make(context, "TimedOut", `the call took longer than ${Duration.format(timeout)}`)
        }
      })
  })
