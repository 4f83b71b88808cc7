/**
 * A memory that lasts as long as its scope: for tests and demonstrations.
 *
 * It does what the memories on databases do, and finds texts by BM25 over the words, with their endings cut off, and those
 * of their neighbours in a conversation. Looking takes time in proportion to how much is kept.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { LLM } from "../services/LLM.js"
import { Memory, type MemoryService } from "../services/Memory.js"
import { extracted } from "../src/internal/memory/extraction.js"
import { inMemory } from "../src/internal/memory/overlay.js"

/**
 * How a model finds what of a turn is worth keeping.
 *
 * - `model`: as `provider/name`
 * - `maxMemories`: of a turn, default 5
 *
 * @since 0.1.0
 * @category models
 */
export interface Extraction {
  readonly model: string
  readonly maxMemories?: number
}

/**
 * Keeps turns as they are.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<MemoryService, never, Scope.Scope> = inMemory()

/**
 * Keeps what a model finds worth keeping of turns.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeExtracting = (extraction: Extraction): Effect.Effect<MemoryService, never, LLM | Scope.Scope> =>
  Effect.flatMap(LLM, (llm) => inMemory({ extract: (turn) => extracted(llm, { maxMemories: 5, ...extraction }, turn) }))

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Memory> = Layer.scoped(Memory, make)

/**
 * @since 0.1.0
 * @category layers
 */
export const layerExtracting = (extraction: Extraction): Layer.Layer<Memory, never, LLM> =>
  Layer.scoped(Memory, makeExtracting(extraction))
