/**
 * Vectors of texts behind OpenAI's protocol: OpenAI itself, and whoever else speaks it. Needs the package `openai`.
 *
 * A request is sent once; nothing is tried again and nothing waits here. Keys are read from the configuration when they are
 * first needed, and stand in no error. A request is a span, `embeddings MODEL`, of which texts are no part.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import { Embedder, type EmbedderService } from "../services/Embedder.js"
import type * as ModelTable from "../src/ModelTable.js"
import * as Embeddings from "./internal/embeddings.js"
import * as GenAi from "./internal/genAiEmbeddings.js"
import * as Connection from "./internal/openaiConnection.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** As `provider/name`. Default `"openai/text-embedding-3-small"`. */
  readonly model?: string
  /** Of its vectors. Default 1536. */
  readonly dimensions?: number
  /** Whether to ask for vectors of so many dimensions, where the model makes them of several sizes. Default false. */
  readonly shortened?: boolean
  /** Of each text the beginning, in characters: models read only so much. Default 8000. */
  readonly maxChars?: number
  /** Further providers, and what is different of those in `ModelTable.providers`. */
  readonly providers?: Readonly<Record<string, Partial<ModelTable.Provider>>>
  /** Of a request from its start to the last byte. Default 60 seconds. */
  readonly timeout?: Duration.DurationInput
  /** How long an answer that has begun may be silent. Default 60 seconds. */
  readonly idleTimeout?: Duration.DurationInput
  /** How long an answer may be, unpacked. Default 32 MiB. */
  readonly maxBytes?: number
  /** Sent, instead of a key from the configuration, to every provider that has an `apiKey`. */
  readonly apiKey?: Redacted.Redacted
}

/** Not ending in half a character. */
const beginning = (text: string, length: number): string => text.slice(0, length).replace(/\p{Cs}$/u, "")

/**
 * Texts are sent in requests of at most 256. A model whose vectors have other dimensions fails as `Misconfigured`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Effect.Effect<EmbedderService> =>
  Effect.gen(function* () {
    const { dimensions = 1536, maxChars = 8000, model = "openai/text-embedding-3-small", shortened = false } = options
    const connect = yield* Connection.make({ ...options, timeout: options.timeout ?? "60 seconds" })

    const embedBatch = (texts: Array<string>) =>
      Effect.gen(function* () {
        const { context, name, openai, thrown, timedOut, timeout } = yield* connect(model)
        const body = {
          model: name,
          input: texts,
          encoding_format: "float" as const,
          ...(shortened ? { dimensions } : {})
        }
        const answer = yield* Effect.tryPromise({
          try: async (signal) => {
            const response = await openai.embeddings.create(body, { signal }).asResponse()
            return { text: await response.text(), headers: response.headers }
          },
          catch: thrown
        }).pipe(Effect.timeoutFail({ duration: timeout, onTimeout: timedOut }))
        return yield* Embeddings.vectorsOf(context, { count: texts.length, dimensions }, answer)
      }).pipe((request) => GenAi.traced(request, { model, dimensions, texts: texts.length }))

    return {
      model,
      dimensions,
      embed: (texts) => {
        const batches = Embeddings.batchesOf(texts.map((text) => beginning(text, maxChars)))
        return Effect.map(Effect.forEach(batches, embedBatch), (answers) => answers.flatMap(({ vectors }) => vectors))
      }
    }
  })

/**
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options = {}): Layer.Layer<Embedder> => Layer.effect(Embedder, make(options))
