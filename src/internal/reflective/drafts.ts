import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import type { LLMError, LLMService, Settings } from "../../../services/LLM.js"
import { type Observation, OptimizerError } from "../../../services/Optimizer.js"
import type { Demonstration, DemonstrationsField, FieldValue } from "../../ParamSpace.js"
import type { Ask } from "../../PromptSearch.js"
import { check } from "../fields.js"
import { refusal } from "../guards.js"
import { shuffledBy } from "../keyed.js"
import { promptIn } from "../learning/learningPrompt.js"
import { reflectionMessages } from "../metaPrompt.js"
import { fieldValue, type PromptField, textOf } from "../promptFields.js"
import { mergeParts, newParts } from "../textParts.js"
import * as Verdict from "../verdict.js"
import { type Entry, isFailure, knownFailures } from "./pool.js"

/**
 * A change that is worth running: the new value of a field, the examples that it was written from, and those to run it on
 * first.
 *
 * @internal
 */
export interface Draft {
  readonly ask: Ask
  readonly field: PromptField
  readonly value: FieldValue
  readonly from: ReadonlyArray<number>
  readonly items: ReadonlyArray<number>
}

/**
 * Why there is no draft.
 *
 * @internal
 */
export interface Refused {
  readonly ask: Ask
  readonly field: PromptField
  readonly value: FieldValue | undefined
  readonly reason: string
  /** Whether there was no money for it. */
  readonly isUnpaid?: boolean
}

/** @internal */
export interface Drafting {
  readonly llm: LLMService
  readonly model: string
  readonly settings: Settings
  readonly seed: number
  readonly round: number
  readonly batch: number
  readonly maxLength: number
  readonly maxTokens: number
  readonly leakWords: number
  readonly copies: ReadonlySet<string>
  readonly guidance: string | undefined
  readonly maxDemonstrations: number
}

/**
 * The text written anew by a model that sees failures. Of a text that breaks a rule, the new parts are added to the old text
 * if that keeps it; otherwise it goes back to the model once, with the reason.
 *
 * @internal
 */
export const reflected = <E>(
  drafting: Drafting,
  ask: Ask,
  field: PromptField,
  entry: Entry<E>,
  shown: ReadonlyArray<Observation<E>>
): Effect.Effect<Either.Either<Draft, Refused>, OptimizerError> => {
  const { copies, guidance, leakWords, llm, maxLength, maxTokens, model, round, settings } = drafting
  const before = textOf(entry.candidate, field)
  const placeholders = field.field._tag === "Text" ? field.field.placeholders : []
  const attempt = (
    refused: { readonly proposal: string; readonly reason: string } | undefined
  ): Effect.Effect<Either.Either<Draft, Refused>, LLMError> =>
    Effect.flatMap(
      llm.complete({
        model,
        purpose: "reflection",
        settings,
        rollout: round * 64 + ask.turn,
        messages: reflectionMessages({
          hyperfunction: field.tunable.name,
          instruction: before,
          placeholders,
          observations: shown,
          refused,
          guidance,
          maxLength,
          maxTokens
        })
      }),
      ({ content, finishReason }) => {
        const proposal = promptIn(content)
        const isCutOff = finishReason === "length"
        const reason = isCutOff
          ? "it was cut off at the token limit"
          : refusal({ maxLength, placeholders, leakWords, copies }, before, proposal)
        const items = shown.map(({ example }) => example)
        if (reason === undefined)
          return Effect.succeed(Either.right({ ask, field, value: proposal, from: items, items }))
        const kept = mergeParts(before, [newParts(before, proposal).join("\n")])
        if (refusal({ maxLength, placeholders, leakWords, copies }, before, kept) === undefined && !isCutOff) {
          return Effect.succeed(Either.right({ ask, field, value: kept, from: items, items }))
        }
        return refused === undefined
          ? attempt({ proposal, reason })
          : Effect.succeed(Either.left({ ask, field, value: proposal, reason: `refused: ${reason}` }))
      }
    )
  return Effect.catchAll(attempt(undefined), (error): Effect.Effect<Either.Either<Draft, Refused>, OptimizerError> => {
    if (!Verdict.isFatal(error.reason)) {
      const isUnpaid = error.reason === "BudgetExhausted"
      const reason = isUnpaid ? "there is no money left for it" : `no proposal: ${error.message}`
      return Effect.succeed(Either.left({ ask, field, value: undefined, reason, isUnpaid }))
    }
    return new OptimizerError({
      reason: "ModelFailed",
      detail: `${model}: ${error.detail}`,
      cure: error.cure,
      cause: error
    })
  })
}

/** Calls that went well, as they were, and calls that went wrong, with what the whole should have given. */
const demonstrationsIn = <E>(
  field: PromptField,
  observations: Iterable<Observation<E>>
): ReadonlyArray<{ readonly demonstration: Demonstration; readonly example: number; readonly isFailure: boolean }> =>
  [...observations].flatMap((observation) => {
    const own = observation.calls.filter(({ hyperfunction }) => hyperfunction === field.tunable.name)
    const [call] = own
    if (call === undefined || own.length > 1) return []
    const { example, expected, output } = observation
    const failed = isFailure(observation)
    const isLast = Exit.isSuccess(call.exit) && Exit.isSuccess(output) && call.exit.value === output.value
    if (failed && !isLast) return []
    const answer = failed ? expected : Exit.isSuccess(call.exit) ? call.exit.value : undefined
    const demonstration = { input: call.args[0], output: answer }
    return check(field.field as DemonstrationsField, [demonstration]) === undefined
      ? [{ demonstration, example, isFailure: failed }]
      : []
  })

/**
 * Other demonstrations: of runs that went wrong, with the right answer where that is known, and of runs that went well.
 *
 * @internal
 */
export const demonstrated = <E>(
  drafting: Drafting,
  ask: Ask,
  field: PromptField,
  entry: Entry<E>
): Either.Either<Draft, Refused> => {
  const { batch, maxDemonstrations, round, seed } = drafting
  const found = shuffledBy(demonstrationsIn(field, entry.seen.values()), seed, round, ask.turn, "demonstrations")
  const fresh = [...found.filter(({ isFailure }) => isFailure), ...found.filter(({ isFailure }) => !isFailure)]
  const old = fieldValue(entry.candidate, field) as ReadonlyArray<Demonstration>
  const kept = shuffledBy(old, seed, round, ask.turn, "kept").slice(0, Math.floor(maxDemonstrations / 2))
  const added = fresh.slice(0, maxDemonstrations - kept.length)
  const used = new Set(added.map(({ example }) => example))
  const value = [...kept, ...added.map(({ demonstration }) => demonstration)]
  return added.length === 0
    ? Either.left({ ask, field, value: undefined, reason: "no run shows what to demonstrate" })
    : Either.right({
        ask,
        field,
        value,
        from: [...used],
        items: knownFailures(entry)
          .flatMap(({ example }) => (used.has(example) ? [] : [example]))
          .slice(0, batch)
      })
}
