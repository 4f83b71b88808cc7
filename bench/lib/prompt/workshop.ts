import * as Effect from "effect/Effect"
import { LLM, type LLMError } from "../../../services/LLM.js"
import type { Observation } from "../../../services/Optimizer.js"
import type { Candidate } from "../../../src/Candidate.js"
import { memoryOf, problemOf } from "../../../src/Evaluation.js"
import { check } from "../../../src/internal/fields.js"
import { instructionIn, reflectionMessages } from "../../../src/internal/metaPrompt.js"
import { observe } from "../../../src/internal/observe.js"
import { type PromptField, promptFields, textOf, withFieldValue } from "../../../src/internal/promptFields.js"
import { checked, OutOfBudget } from "../../../src/internal/reflective/world.js"
import * as Verdict from "../../../src/internal/verdict.js"
import { MODELS, type Task } from "./family.js"
import { REFLECTION_TOKENS } from "./world.js"

export type Seen = ReadonlyArray<Observation<unknown>>

/**
 * What all baselines do with a task: run a candidate on training items, and have a model rewrite the text of a step.
 */
export interface Workshop {
  /** Texts and demonstrations of the steps. */
  readonly fields: ReadonlyArray<PromptField>
  readonly observe: (candidate: Candidate, items: ReadonlyArray<number>) => Effect.Effect<Seen, unknown, LLM>
  /** The candidate with the text rewritten; itself where the answer was no possible text. */
  readonly rewrite: (
    candidate: Candidate,
    field: PromptField,
    seen: Seen,
    rollout: number
  ) => Effect.Effect<Candidate, unknown, LLM>
}

/** Ends with {@link OutOfBudget}; an answer that cannot be had otherwise is none. */
export const answered = (error: LLMError): Effect.Effect<undefined, OutOfBudget | LLMError> => {
  if (error.reason === "BudgetExhausted") return Effect.fail(new OutOfBudget())
  return error.isRetryable ? Effect.succeed(undefined) : Effect.fail(error)
}

export const make = (task: Task): Effect.Effect<Workshop> =>
  Effect.map(Effect.orDie(problemOf(task.system, task.train, task.scorer, { onFailure: "missing" })), (problem) => {
    const memory = memoryOf(task.system, undefined)
    return {
      fields: promptFields(task.system.definitions),
      observe: (candidate, items) =>
        observe(problem, memory, { candidates: [candidate], stream: () => 0, positions: items }).pipe(
          Effect.map(([seen]) => seen as Seen),
          Effect.tap(checked)
        ) as Effect.Effect<Seen, unknown, LLM>,
      rewrite: (candidate, field, seen, rollout) =>
        Effect.gen(function* () {
          const llm = yield* LLM
          const messages = reflectionMessages({
            hyperfunction: field.tunable.name,
            instruction: textOf(candidate, field),
            placeholders: field.field._tag === "Text" ? field.field.placeholders : [],
            observations: seen,
            guidance: undefined,
            maxLength: 4000,
            maxTokens: 4000
          })
          const settings = { temperature: 1, maxTokens: REFLECTION_TOKENS }
          const answer = yield* Effect.catchAll(
            llm.complete({ model: MODELS.reflection, purpose: "reflection", messages, settings, rollout }),
            answered
          )
          const text = answer === undefined ? "" : instructionIn(answer.content)
          return text === "" || check(field.field, text) !== undefined
            ? candidate
            : withFieldValue(candidate, field, text)
        })
    }
  })

/** New less old on the items that both have. */
export const gain = (next: Seen, old: Seen): number =>
  next.reduce((total, seen, k) => total + (Verdict.difference(Verdict.of(seen), Verdict.of(old[k]!)) ?? 0), 0)

/** The mean verdict of runs, those that failed being worth nothing, without those that the world lost. */
export const mean = (seen: Seen): number => {
  const scores = seen.map(Verdict.of).flatMap((verdict) => (verdict === "lost" ? [0] : typeof verdict === "number" ? [verdict] : []))
  return scores.reduce((total, score) => total + score, 0) / Math.max(1, scores.length)
}

/** Again and again until the money is gone. */
export const whileMoneyLasts = (step: (round: number) => Effect.Effect<void, unknown, LLM>): Effect.Effect<void, unknown, LLM> =>
  Effect.iterate(0, {
    while: () => true,
    body: (round) => Effect.as(step(round), round + 1)
  }).pipe(
    Effect.asVoid,
    Effect.catchIf((error) => error instanceof OutOfBudget, () => Effect.void)
  )
