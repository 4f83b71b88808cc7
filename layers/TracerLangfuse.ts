/**
 * Sends spans to Langfuse, by its endpoint for OTLP and with its names for attributes.
 *
 * Needs the packages `@effect/opentelemetry` and `@effect/platform`.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { TracerError } from "../services/Tracer.js"
import { basic } from "./internal/otlpEndpoint.js"
import * as TracerOtlp from "./TracerOtlp.js"

/**
 * What is not given is taken from the configuration: `LANGFUSE_HOST` (default `https://cloud.langfuse.com`),
 * `LANGFUSE_PUBLIC_KEY` and `LANGFUSE_SECRET_KEY`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends Omit<TracerOtlp.Options, "endpoint" | "headers" | "conventions"> {
  readonly host?: string
  readonly publicKey?: Redacted.Redacted
  readonly secretKey?: Redacted.Redacted
}

/**
 * The options that TracerOtlp has for Langfuse. Fails with `InvalidKey`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const optionsOf = (options: Options = {}): Effect.Effect<TracerOtlp.Options, TracerError> =>
  Effect.gen(function* () {
    const { host, publicKey, secretKey, ...rest } = options
    const base = host ?? (yield* Effect.orElseSucceed(Config.nonEmptyString("LANGFUSE_HOST"), () => cloud))
    const user = yield* keyOf(publicKey, "LANGFUSE_PUBLIC_KEY")
    const password = yield* keyOf(secretKey, "LANGFUSE_SECRET_KEY")
    return {
      ...rest,
      endpoint: `${base.replace(/\/+$/, "")}/api/public/otel`,
      headers: { authorization: basic(user, password), "x-langfuse-ingestion-version": Redacted.make("4") },
      conventions: ["langfuse"]
    }
  })

/**
 * @since 0.1.0
 * @category layers
 */
export const layer = (options?: Options): Layer.Layer<TracerOtlp.Statistics, TracerError> =>
  Layer.unwrapEffect(Effect.map(optionsOf(options), TracerOtlp.layer))

const cloud = "https://cloud.langfuse.com"

const keyOf = (given: Redacted.Redacted | undefined, variable: string): Effect.Effect<string, TracerError> =>
  Effect.flatMap(
    given === undefined
      ? Effect.orElseSucceed(Config.redacted(variable), () => Redacted.make(""))
      : Effect.succeed(given),
    (key) => {
      const value = Redacted.value(key).trim()
      return value === ""
        ? new TracerError({
            reason: "InvalidKey",
            detail: `${given === undefined ? variable : "A key of Langfuse"} is not set`,
            cure: `Set ${variable} to a key of the project, or pass it`
          })
        : Effect.succeed(value)
    }
  )
