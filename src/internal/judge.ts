import * as Effect from "effect/Effect"
import { LLM, type LLMError, type Request, type Settings } from "../../services/LLM.js"
import { ScorerError } from "../ScorerError.js"
import { type Material, prompt } from "./judgePrompt.js"
import { type Answer, parse, type Question } from "./judgeReply.js"

/** @internal */
export interface Asking<A extends string | number> {
  readonly judge: string
  readonly model: string
  readonly settings: Settings | undefined
  readonly instructions: string
  readonly material: Material
  readonly format: NonNullable<Request["format"]>
  readonly question: Question<A>
}

/**
 * One question to a judge, and its answer.
 *
 * @internal
 */
export const ask = <A extends string | number>({
  format,
  instructions,
  judge,
  material,
  model,
  question,
  settings = { temperature: 0, maxTokens: 1000 }
}: Asking<A>): Effect.Effect<Answer<A>, LLMError | ScorerError, LLM> =>
  Effect.gen(function* () {
    const llm = yield* LLM
    const { messages, nonce } = prompt(material, instructions)
    const { content, finishReason } = yield* llm.complete({ model, messages, settings, format, purpose: "judge" })
    return yield* Effect.mapError(parse(question, content, nonce), (detail) => {
      const wasCut = finishReason === "length"
      return new ScorerError({
        reason: "JudgeUnparseable",
        scorer: judge,
        detail: `the reply of ${model} has no verdict: ${wasCut ? "it was cut off" : detail}`,
        cure: wasCut
          ? "Raise settings.maxTokens"
          : "Use a model that keeps to the format, or see in `raw` what it said",
        raw: content
      })
    })
  })
