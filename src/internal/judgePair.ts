import * as Effect from "effect/Effect"
import * as JSONSchema from "effect/JSONSchema"
import * as Schema from "effect/Schema"
import type { LLM, LLMError, Settings } from "../../services/LLM.js"
import type { ScorerError } from "../ScorerError.js"
import { ask } from "./judge.js"
import type { Question } from "./judgeReply.js"
import { toText } from "./plain.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Comparison {
  /** Of both orders together: a tie unless they agree. */
  readonly winner: "first" | "second" | "tie"
  /** Whether the judge said the same in both orders. */
  readonly isConsistent: boolean
  /** What it said with the first of them shown first, and with the second shown first. */
  readonly verdicts: readonly [PairVerdict, PairVerdict]
  /** Characters of the first and of the second. */
  readonly lengths: readonly [number, number]
}

/**
 * @since 0.1.0
 * @category models
 */
export interface PairVerdict {
  readonly winner: "first" | "second" | "tie"
  readonly feedback: string
}

const format = {
  name: "comparison",
  schema: JSONSchema.make(Schema.Struct({ feedback: Schema.String, winner: Schema.Literal("A", "B", "tie") }))
}

const question: Question<"A" | "B" | "tie"> = {
  field: "winner",
  read: (value) => (["A", "B", "tie"] as const).find((name) => name.toLowerCase() === String(value).toLowerCase())
}

/**
 * Which of two outputs is better. The judge is asked twice, with the outputs in either order, and one wins that is preferred
 * in both; a judge that prefers a place has said nothing (Zheng et al., "Judging LLM-as-a-Judge with MT-Bench and Chatbot
 * Arena", 2023, §3.4).
 *
 * @since 0.1.0
 * @category comparing
 */
export const compare = (
  options: {
    readonly model: string
    readonly criteria: string
    readonly includeInputs?: boolean
    readonly settings?: Settings
  },
  pair: { readonly first: unknown; readonly second: unknown; readonly input?: unknown }
): Effect.Effect<Comparison, LLMError | ScorerError, LLM> => {
  const { criteria, includeInputs = true, model, settings } = options
  const instructions = `You are an impartial, exacting judge. Compare output A with output B by these criteria:

${criteria.trim()}

Neither their order nor their length is a merit. Say first in "feedback" what tells them apart. Then name the "winner": "A", "B", or "tie" if neither is better. Reply with JSON alone: {"feedback": "…", "winner": "…"}`
  const shown = (a: "first" | "second", b: "first" | "second") =>
    Effect.map(
      ask({
        judge: "compare",
        model,
        settings,
        instructions,
        material: [
          ["input", includeInputs ? pair.input : undefined],
          ["A", pair[a] ?? ""],
          ["B", pair[b] ?? ""]
        ],
        format,
        question
      }),
      ({ feedback, value }): PairVerdict => ({ winner: value === "tie" ? value : value === "A" ? a : b, feedback })
    )
  return Effect.map(
    Effect.all([shown("first", "second"), shown("second", "first")], { concurrency: "inherit" }),
    (verdicts) => {
      const [{ winner }, swapped] = verdicts
      const isConsistent = winner === swapped.winner
      return {
        winner: isConsistent ? winner : "tie",
        isConsistent,
        verdicts,
        lengths: [toText(pair.first).length, toText(pair.second).length]
      }
    }
  )
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Bias {
  /** Share of the comparisons in which both orders had the same verdict; `undefined` without comparisons. */
  readonly consistency: number | undefined
  /** Share of the verdicts for one of them that were for the one shown first; 0.5 is fair, `undefined` if all were ties. */
  readonly shownFirst: number | undefined
  /** Share of the wins over an output of another length that were of the longer one; `undefined` without such a win. */
  readonly longer: number | undefined
}

const share = (of: ReadonlyArray<boolean>): number | undefined =>
  of.length === 0 ? undefined : of.filter((holds) => holds).length / of.length

/**
 * How far comparisons hung on the order and on the length of what was compared.
 *
 * @since 0.1.0
 * @category comparing
 */
export const biasOf = (comparisons: ReadonlyArray<Comparison>): Bias => ({
  consistency: share(comparisons.map(({ isConsistent }) => isConsistent)),
  shownFirst: share(
    comparisons.flatMap(({ verdicts: [straight, swapped] }) => [
      ...(straight.winner === "tie" ? [] : [straight.winner === "first"]),
      ...(swapped.winner === "tie" ? [] : [swapped.winner === "second"])
    ])
  ),
  longer: share(
    comparisons.flatMap(({ lengths: [first, second], winner }) =>
      winner === "tie" || first === second ? [] : [first > second === (winner === "first")]
    )
  )
})
