/**
 * Texts as vectors, near to each other when they mean much the same.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { LLMError } from "./LLM.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface EmbedderService {
  /** Names the model: vectors of different models are never compared. */
  readonly model: string
  /** Of every vector. */
  readonly dimensions: number
  /** One vector of length 1 a text, in their order. */
  readonly embed: (texts: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<Float32Array>, LLMError>
}

/**
 * @since 0.1.0
 * @category services
 */
export class Embedder extends Context.Tag("hyperfunc/Embedder")<Embedder, EmbedderService>() {}
