/**
 * Completions as hyperfunctions: their sampling settings are tuned.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { type Completion, LLM, type LLMError, type Message, type Request, type Settings } from "../services/LLM.js"
import * as Candidate from "./Candidate.js"
import * as Hyperfunction from "./Hyperfunction.js"
import { CurrentExecution } from "./internal/execution.js"
import { CurrentRollout } from "./internal/rollout.js"
import { LMParams } from "./LMParams.js"
import * as Params from "./Params.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface LlmCompletion<in In extends ReadonlyArray<any>>
  extends Hyperfunction.Hyperfunction<In, Completion, LLMError, LLM, LMParams> {}

/** Settings of a request stand before those of the candidate. */
const tuned = (params: LMParams, request: Request, rollout: number): Request => ({
  ...request,
  settings: { ...params.toRequest(), ...request.settings },
  ...(rollout === 0 ? {} : { rollout: (request.rollout ?? 0) + rollout })
})

const complete = (params: LMParams, request: Request): Effect.Effect<Completion, LLMError, LLM> =>
  Effect.gen(function* () {
    const llm = yield* LLM
    return yield* llm.complete(tuned(params, request, yield* CurrentRollout))
  })

/**
 * A completion with the settings of the candidate in force, but for those that the request itself has. The name is
 * `llm_completion`, and its settings are those of every call: {@link makeLlmCompletion} makes others.
 *
 * @since 0.1.0
 * @category completions
 */
export const llmCompletion: LlmCompletion<[request: Request]> = Hyperfunction.make("llm_completion", {
  params: LMParams.space,
  run: complete
})

/**
 * `llm_` and the model, with `_` for what is no letter, digit or `_`.
 */
const nameOf = (model: string): string => `llm_${model.replace(/[^A-Za-z0-9_]/g, "_")}`

/**
 * A hyperfunction of its own for a model: it completes a prompt, after a system prompt if there is one. Two of one model
 * in one system need names; `settings` are those to start with.
 *
 * @example
 * ```ts
 * import { Llm } from "hyperfunc"
 *
 * const poet = Llm.makeLlmCompletion("openai/gpt-4o", { systemPrompt: "Answer in verse.", settings: { temperature: 1 } })
 *
 * const verse = poet("What is an effect?", { maxTokens: 200 })
 * ```
 *
 * @since 0.1.0
 * @category completions
 */
export const makeLlmCompletion = (
  model: string,
  options: {
    readonly systemPrompt?: string
    readonly name?: string
    readonly settings?: ConstructorParameters<typeof LMParams>[0]
  } = {}
): LlmCompletion<[prompt: string, overrides?: Settings]> => {
  const { name = nameOf(model), settings, systemPrompt } = options
  const system: ReadonlyArray<Message> = systemPrompt === undefined ? [] : [{ role: "system", content: systemPrompt }]
  return Hyperfunction.make(name, {
    params: Params.withDefaults(LMParams.space, new LMParams(settings ?? {}, true)),
    run: (params, prompt: string, overrides?: Settings) =>
      complete(params, {
        model,
        messages: [...system, { role: "user", content: prompt }],
        ...(overrides === undefined ? {} : { settings: overrides })
      })
  })
}

/**
 * The pieces of an answer as they come, with the settings of {@link llmCompletion}. In an evaluation, an optimisation or a
 * trace it is that completion, and the whole answer is one piece.
 *
 * @since 0.1.0
 * @category completions
 */
export const stream = (request: Request): Stream.Stream<string, LLMError, LLM> =>
  Stream.unwrap(
    Effect.gen(function* () {
      if ((yield* CurrentExecution) !== undefined) {
        return Stream.fromEffect(Effect.map(llmCompletion(request), ({ content }) => content))
      }
      const params = Candidate.get(yield* Candidate.Current, llmCompletion)
      const llm = yield* LLM
      return llm.stream(tuned(params, request, yield* CurrentRollout))
    })
  )
