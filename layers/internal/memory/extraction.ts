import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { LLM } from "../../../services/LLM.js"
import { MemoryError, type NewMemory, type Turn } from "../../../services/Memory.js"
import { extracted, turnEntry } from "../../../src/internal/memory/extraction.js"

/** @internal */
export interface Extraction {
  readonly model: string
  readonly maxMemories?: number
}

/** @internal */
export type Extract = (turn: Turn) => Effect.Effect<ReadonlyArray<NewMemory>, MemoryError>

const MAX_MEMORIES = 5

const asSaid: Extract = (turn) => Effect.succeed([turnEntry(turn)])

/**
 * What is kept of a turn: without a model, the turn itself.
 *
 * @internal
 */
export const make = (extraction: Extraction | undefined): Effect.Effect<Extract, MemoryError> =>
  extraction === undefined
    ? Effect.succeed(asSaid)
    : Effect.flatMap(
        Effect.serviceOption(LLM),
        Option.match({
          onNone: () =>
            new MemoryError({
              reason: "Invalid",
              detail: `${extraction.model} is to find what is worth keeping, and there is no LLM`,
              cure: "Provide one to the layer of the memory, or leave extraction out"
            }),
          onSome: (llm) =>
            Effect.succeed<Extract>((turn) =>
              extracted(llm, { model: extraction.model, maxMemories: extraction.maxMemories ?? MAX_MEMORIES }, turn)
            )
        })
      )
