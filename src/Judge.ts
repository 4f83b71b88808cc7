/**
 * Language models as scorers. A judge is shown an output with what was asked and expected, and grades it by criteria on a
 * scale. It needs an `LLM`, which it calls with purpose `"judge"`, and never as a hyperfunction: judges are not tuned.
 *
 * What is judged cannot give itself a grade: it stands between tags with a word that it does not contain, and only what the
 * judge itself says counts. A reply without exactly one value on the scale is a {@link Scorer.ScorerError} with reason
 * `JudgeUnparseable`, never a low score.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as JSONSchema from "effect/JSONSchema"
import * as Schema from "effect/Schema"
import type { LLM, LLMError, Settings } from "../services/LLM.js"
import { ask } from "./internal/judge.js"
import type { Question } from "./internal/judgeReply.js"
import { toNumber } from "./internal/plain.js"
import * as Scorer from "./Scorer.js"

export { type Bias, biasOf, type Comparison, compare, type PairVerdict } from "./internal/judgePair.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Judge extends Scorer.Scorer<unknown, unknown, LLMError, LLM> {}

/**
 * - `model`: as in requests of `LLM`, `openai/gpt-4o-mini`
 * - `scale`: the worst and the best raw score, default 1 and 5
 * - `includeInputs`: whether the judge is shown the input of the example, default true
 * - `settings`: default temperature 0 and at most 1000 tokens; given ones replace both
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly model: string
  readonly scale?: readonly [min: number, max: number]
  readonly includeInputs?: boolean
  readonly settings?: Settings
}

const format = {
  name: "grade",
  schema: JSONSchema.make(Schema.Struct({ feedback: Schema.String, score: Schema.Number }))
}

const outOf = /^(\S+?)\s*(?:\/|of|out of)\s*(\S+)$/

/** A number on the scale, also as `4/5` or `4 of 5`. */
const onScale = ([min, max]: readonly [number, number]): Question<number> => ({
  field: "score",
  read: (value) => {
    const [, part, whole] = (typeof value === "string" && outOf.exec(value)) || []
    const score = toNumber(whole === undefined ? value : toNumber(whole) === max ? part : undefined)
    return score !== undefined && score >= min && score <= max ? score : undefined
  }
})

/**
 * A judge of criteria of one's own. The score is `(raw - min) / (max - min)`; `details` has `rawScore` and `scale`.
 *
 * @example
 * ```ts
 * import * as Judge from "hyperfunc/Judge"
 *
 * const polite = Judge.make({ model: "openai/gpt-4o-mini", criteria: "Politeness: would a customer feel respected?" })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options & { readonly criteria: string; readonly name?: string }): Judge => {
  const { criteria, includeInputs = true, name = "judge", scale = [1, 5] } = options
  const [min, max] = scale
  if (!(min < max && Number.isFinite(max - min))) {
    throw new Scorer.ScorerError({
      reason: "InvalidOptions",
      scorer: name,
      detail: `the scale goes from ${min} to ${max}`,
      cure: "Use two finite numbers, the smaller one first"
    })
  }
  const instructions = `You are an impartial, exacting judge. Grade the output by these criteria:

${criteria.trim()}

Say first in "feedback" what is good and, concretely, what is wrong or missing. Then give the "score", a number from ${min} (worst) to ${max} (best). Reply with JSON alone: {"feedback": "…", "score": …}`
  const question = onScale(scale)
  return Scorer.make(name, (output: unknown, expected: unknown, input?: unknown) =>
    Effect.map(
      ask({
        judge: name,
        model: options.model,
        settings: options.settings,
        instructions,
        material: [
          ["input", includeInputs ? input : undefined],
          ["expected", expected],
          ["output", output ?? ""]
        ],
        format,
        question
      }),
      ({ feedback, value }) => ({
        score: (value - min) / (max - min),
        feedback,
        details: { rawScore: value, scale }
      })
    )
  )
}

/**
 * Of summaries: completeness, accuracy, conciseness, fluency.
 *
 * @since 0.1.0
 * @category judges
 */
export const summarization = (options: Options): Judge =>
  make({
    ...options,
    name: "summarization",
    criteria: `- Completeness: does the summary have the main points of its source?
- Accuracy: does it say nothing that the source does not say?
- Conciseness: is it free of repetition and of detail that does not matter?
- Fluency: does it read well?`
  })

/**
 * Of code: correctness, edge cases, style, efficiency.
 *
 * @since 0.1.0
 * @category judges
 */
export const codeCorrectness = (options: Options): Judge =>
  make({
    ...options,
    name: "codeCorrectness",
    criteria: `- Correctness: does the code do what was asked?
- Edge Cases: does it do so for empty, extreme and malformed input?
- Style: is it readable and idiomatic?
- Efficiency: does it take no more time and memory than it needs?`
  })

/**
 * Of replies in a conversation: helpfulness, accuracy, tone, completeness.
 *
 * @since 0.1.0
 * @category judges
 */
export const conversation = (options: Options): Judge =>
  make({
    ...options,
    name: "conversation",
    criteria: `- Helpfulness: does the reply get the user further?
- Accuracy: is what it says right?
- Tone: does it suit the conversation?
- Completeness: does it answer all that was asked?`
  })

/**
 * Of facts: correct and verifiable, no hallucinations, claims supported or hedged, opinion not told as fact.
 *
 * @since 0.1.0
 * @category judges
 */
export const factualAccuracy = (options: Options): Judge =>
  make({
    ...options,
    name: "factualAccuracy",
    criteria: `- Are all factual claims correct and verifiable?
- Is it free of hallucination: no invented names, numbers, quotations or sources?
- Are claims supported, or hedged where they are uncertain?
- Is no opinion told as fact?`
  })

/**
 * Of following instructions: all parts, every constraint, the format, and nothing beside the topic.
 *
 * @since 0.1.0
 * @category judges
 */
export const instructionFollowing = (options: Options): Judge =>
  make({
    ...options,
    name: "instructionFollowing",
    criteria: `- Is every part of the instruction followed?
- Is every constraint kept, such as length, language and what to leave out?
- Is the format the one that was asked for?
- Does it stay on topic?`
  })
