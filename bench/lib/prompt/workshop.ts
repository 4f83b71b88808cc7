import * as Effect from "effect/Effect"
import type { Budget } from "../../../services/Budget.js"
import { LLM, type LLMError } from "../../../services/LLM.js"
import type { Observation } from "../../../services/Optimizer.js"
import { type Candidate, defaults } from "../../../src/Candidate.js"
import { memoryOf, problemOf } from "../../../src/Evaluation.js"
import { check } from "../../../src/internal/fields.js"
import { shuffledBy } from "../../../src/internal/keyed.js"
import { promptIn } from "../../../src/internal/learning/learningPrompt.js"
import { reflectionMessages } from "../../../src/internal/metaPrompt.js"
import { observe } from "../../../src/internal/observe.js"
import { type PromptField, promptFields, textOf, withFieldValue } from "../../../src/internal/promptFields.js"
import { checked, OutOfBudget } from "../../../src/internal/reflective/world.js"
import * as Verdict from "../../../src/internal/verdict.js"
import { MODELS, type Task } from "./family.js"
import { REFLECTION } from "./world.js"

/**
 * A way to better prompts. It spends what the budget around it allows.
 */
export interface Method {
  readonly name: string
  readonly find: (task: Task, seed: number) => Effect.Effect<Candidate, unknown, LLM | Budget>
  /** What the models have to know besides, to answer what the method asks. */
  readonly world?: (task: Task) => Task
}

type Seen = ReadonlyArray<Observation<unknown>>

/**
 * What baselines do with a task: run a candidate on training items, and have a model rewrite the text of a step.
 */
export interface Workshop {
  readonly texts: ReadonlyArray<PromptField>
  readonly demonstrations: ReadonlyArray<PromptField>
  readonly observe: (candidate: Candidate, items: ReadonlyArray<number>) => Effect.Effect<Seen, unknown, LLM>
  /** The candidate with the text rewritten; nothing where the answer is no possible text, or none came. */
  readonly rewrite: (options: {
    readonly candidate: Candidate
    readonly field: PromptField
    readonly seen: Seen
    readonly rollout: number
  }) => Effect.Effect<Candidate | undefined, unknown, LLM>
}

const unanswered = (error: LLMError): Effect.Effect<void, OutOfBudget | LLMError> => {
  if (error.reason === "BudgetExhausted") return Effect.fail(new OutOfBudget())
  return error.isRetryable ? Effect.void : Effect.fail(error)
}

export const make = (task: Task): Effect.Effect<Workshop> =>
  Effect.map(Effect.orDie(problemOf(task.system, task.train, task.scorer, { onFailure: "missing" })), (problem) => {
    const memory = memoryOf(task.system, undefined)
    const fields = promptFields(task.system.definitions)
    return {
      texts: fields.filter(({ field }) => field._tag === "Text"),
      demonstrations: fields.filter(({ field }) => field._tag === "Demonstrations"),
      observe: (candidate, items) =>
        observe(problem, memory, { candidates: [candidate], stream: () => 0, positions: items }).pipe(
          Effect.map(([seen]): Seen => seen),
          Effect.tap(checked)
        ),
      rewrite: ({ candidate, field, rollout, seen }) =>
        Effect.gen(function* () {
          const llm = yield* LLM
          const messages = reflectionMessages({
            hyperfunction: field.tunable.name,
            instruction: textOf(candidate, field),
            placeholders: placeholdersOf(field),
            observations: seen,
            guidance: undefined,
            maxLength: 4000,
            maxTokens: 4000
          })
          const answer = yield* Effect.catchAll(
            llm.complete({ model: MODELS.reflection, purpose: "reflection", messages, settings: REFLECTION, rollout }),
            unanswered
          )
          return answer === undefined ? undefined : withText(candidate, field, promptIn(answer.content))
        })
    }
  })

export const placeholdersOf = ({ field }: PromptField): ReadonlyArray<string> =>
  field._tag === "Text" ? field.placeholders : []

/** The candidate with another text of a step; nothing where that is no possible one. */
export const withText = (candidate: Candidate, field: PromptField, text: string): Candidate | undefined =>
  text === "" || check(field.field, text) !== undefined ? undefined : withFieldValue(candidate, field, text)

/** The candidate with these texts, by path; nothing where one of them is no possible one. */
export const withTexts = ({ texts }: Workshop, values: Readonly<Record<string, string>>): Candidate | undefined => {
  let candidate: Candidate | undefined = defaults()
  for (const field of texts) {
    const text = values[field.path]
    if (candidate !== undefined && text !== undefined) candidate = withText(candidate, field, text)
  }
  return candidate
}

/** Training items in an order that depends on the key alone. */
export const itemsOf = (task: Task, ...key: ReadonlyArray<string | number>): ReadonlyArray<number> =>
  shuffledBy(
    task.train.map((_, k) => k),
    ...key
  )

/** Half of the examples to learn from, half to choose by. */
export const halves = (task: Task, seed: number) => {
  const items = itemsOf(task, seed, "halves")
  const half = Math.floor(items.length / 2)
  return { learning: items.slice(half), choosing: items.slice(0, half) }
}

/** New less old on the items that have a verdict in both. */
export const gain = (next: Seen, old: Seen): number =>
  next.reduce((total, seen, k) => total + (Verdict.difference(Verdict.of(seen), Verdict.of(old[k])) ?? 0), 0)

/** The mean score of runs. Those that failed are worth nothing; those that the world lost do not count. */
export const mean = (seen: Seen): number => {
  const scores = seen.map(Verdict.of).flatMap((verdict) => {
    if (verdict === "lost") return [0]
    return typeof verdict === "number" ? [verdict] : []
  })
  return scores.reduce((total, score) => total + score, 0) / Math.max(1, scores.length)
}

/** Rounds 0, 1, … until the money is gone, or `rounds` of them. */
export const whileMoneyLasts = <R>(
  round: (k: number) => Effect.Effect<void, unknown, R>,
  rounds = Infinity
): Effect.Effect<void, unknown, R> =>
  Effect.catchIf(
    Effect.asVoid(Effect.iterate(0, { while: (k) => k < rounds, body: (k) => Effect.as(round(k), k + 1) })),
    (error) => error instanceof OutOfBudget,
    () => Effect.void
  )
