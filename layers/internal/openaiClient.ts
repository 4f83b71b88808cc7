import * as Config from "effect/Config"
import type * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { OpenAI } from "openai"
import { LLMError } from "../../services/LLM.js"
import type { Provider } from "../../src/ModelTable.js"
import { guarded, type Limits } from "./openaiFetch.js"

/**
 * A client of one provider. `scrub` takes its keys out of a text.
 *
 * @internal
 */
export interface Client {
  readonly openai: OpenAI
  readonly scrub: (text: string) => string
}

const misconfigured = (model: string, detail: string, cure: string): LLMError =>
  new LLMError({ reason: "Misconfigured", model, detail, cure })

/** @internal */
export const load = (
  importPackage: () => Promise<{ readonly OpenAI: typeof OpenAI }>
): ((model: string) => Effect.Effect<typeof OpenAI, LLMError>) => {
  let loaded: typeof OpenAI | undefined
  return (model) =>
    Effect.suspend(() =>
      loaded !== undefined
        ? Effect.succeed(loaded)
        : Effect.tryPromise({
            try: async () => {
              loaded = (await importPackage()).OpenAI
              return loaded
            },
            catch: () => misconfigured(model, "the package openai cannot be loaded", "Run: npm install openai")
          })
    )
}

const keyOf = (options: {
  readonly model: string
  readonly config: ConfigProvider.ConfigProvider
  readonly variable: string
  readonly given: Redacted.Redacted | undefined
}): Effect.Effect<string, LLMError> => {
  const { config, given, model, variable } = options
  const source = given === undefined ? variable : "the apiKey of the layer"
  const configured = config.load(Config.option(Config.redacted(variable)))
  return Effect.flatMap(given === undefined ? configured : Effect.succeedSome(given), (found) => {
    const key = Option.match(found, { onNone: () => "", onSome: (redacted) => Redacted.value(redacted).trim() })
    if (key === "") return misconfigured(model, `${source} is not set`, `Set ${source} to a key of the provider`)
    if (!/^[\x21-\x7e]+$/.test(key)) {
      return misconfigured(model, `${source} has characters that no key has`, "Copy the key again, without quotes")
    }
    return Effect.succeed(key)
  }).pipe(
    Effect.catchTag("ConfigError", () =>
      misconfigured(model, `${source} cannot be read`, `Set ${source} to a key of the provider`)
    )
  )
}

const checkUrl = (model: string, baseUrl: string): Effect.Effect<void, LLMError> => {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    return misconfigured(model, "the base URL of its provider is none", "Write it as in https://api.openai.com/v1")
  }
  return url.username === "" && url.password === ""
    ? Effect.void
    : misconfigured(model, "the base URL of its provider holds a password", "Take it out, and name the key as apiKey")
}

/** Of headers that are named like it, those that nobody writes by chance. */
const secretsIn = (headers: Provider["headers"] = {}): ReadonlyArray<string> =>
  Object.entries(headers).flatMap(([name, value]) =>
    /key|token|auth|secret|cookie/i.test(name) && value.length >= 8 ? [value] : []
  )

/**
 * The package would take much from the environment (a base URL, an organisation, headers, a log level); here only what
 * the provider says counts.
 *
 * @internal
 */
export const make = (options: {
  readonly model: string
  readonly provider: Provider
  readonly config: ConfigProvider.ConfigProvider
  readonly apiKey: Redacted.Redacted | undefined
  readonly limits: Limits
  readonly package: typeof OpenAI
}): Effect.Effect<Client, LLMError> =>
  Effect.gen(function* () {
    const { config, limits, model, provider } = options
    yield* checkUrl(model, provider.baseUrl)
    const key =
      provider.apiKey === undefined
        ? undefined
        : yield* keyOf({ model, config, variable: provider.apiKey, given: options.apiKey })
    const secrets = [...(key === undefined ? [] : [key]), ...secretsIn(provider.headers)]
    return {
      openai: new options.package({
        apiKey: key ?? "none",
        adminAPIKey: null,
        organization: null,
        project: null,
        baseURL: provider.baseUrl,
        defaultHeaders: { ...provider.headers, Authorization: key === undefined ? null : `Bearer ${key}` },
        maxRetries: 0,
        timeout: 2 ** 31 - 1,
        logLevel: "off",
        fetch: guarded(limits)
      }),
      scrub: (text) => secrets.reduce((scrubbed, secret) => scrubbed.replaceAll(secret, "<redacted>"), text)
    }
  })
