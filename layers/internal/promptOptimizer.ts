import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { LLM, type LLMService } from "../../services/LLM.js"
import type {
  GenerationReport,
  Objective,
  OptimizerError,
  OptimizerService,
  Selection
} from "../../services/Optimizer.js"
import { type PromptField, promptFields } from "../../src/internal/promptFields.js"
import { selectedFields } from "../../src/internal/selection.js"

/**
 * An optimizer that a model helps to change the texts and demonstrations that its options, and those of the call, leave to
 * it.
 *
 * @internal
 */
export const promptOptimizer = (
  selection: Selection,
  check: Effect.Effect<void, OptimizerError>,
  search: <E>(
    llm: LLMService,
    objective: Objective<E>,
    fields: ReadonlyArray<PromptField>
  ) => Stream.Stream<GenerationReport, E | OptimizerError>
): Effect.Effect<OptimizerService, never, LLM> =>
  Effect.map(LLM, (llm) => ({
    check,
    observes: true,
    optimize: (objective) =>
      Stream.unwrap(
        Effect.map(selectedFields(promptFields(objective.tunables), objective, selection), (fields) =>
          search(llm, objective, fields)
        )
      )
  }))
