/**
 * Asks other models when the one of a request cannot answer.
 *
 * A failure that may be over later, and a prompt that is too long for a model, go to the next model; a request that no
 * model would take ends at once. `model` of the completion says who answered. Of a stream only the beginning is tried
 * elsewhere: what has been read is not taken back. If nobody answers, the last model's error tells why.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as ExecutionPlan from "effect/ExecutionPlan"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { LLM, type LLMError, type LLMService, type Request } from "../services/LLM.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Asked in this order after the model of the request. */
  readonly models: ReadonlyArray<string>
  /**
   * How often each model is asked, without a pause, at least and by default once. To pause between attempts, put
   * `layers/LlmRetried` inside.
   */
  readonly attempts?: number
}

class Model extends Context.Tag("hyperfunc/LlmFallback/Model")<Model, string>() {}

interface Failure {
  readonly model: string
  readonly error: LLMError
}

const planOf = (request: Request, { attempts = 1, models }: Options) => {
  const step = (model: string) => ({
    provide: Layer.succeed(Model, model),
    attempts: Math.max(1, Math.floor(attempts)) || 1,
    while: (failure: Failure) =>
      failure.error.isRetryable || (failure.error.reason === "ContextLength" && failure.model !== model)
  })
  const others = models.filter((model) => model !== request.model)
  return ExecutionPlan.make(step(request.model), ...others.map(step))
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<LLMService, never, LLM> =>
  Effect.map(LLM, (llm) => ({
    complete: (request) =>
      Effect.flatMap(Model, (model) =>
        Effect.mapError(llm.complete({ ...request, model }), (error): Failure => ({ model, error }))
      ).pipe(
        Effect.withExecutionPlan(planOf(request, options)),
        Effect.mapError(({ error }) => error)
      ),
    stream: (request) =>
      Stream.flatMap(Model, (model) =>
        Stream.mapError(llm.stream({ ...request, model }), (error): Failure => ({ model, error }))
      ).pipe(
        Stream.withExecutionPlan(planOf(request, options), { preventFallbackOnPartialStream: true }),
        Stream.mapError(({ error }) => error)
      )
  }))

/**
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<LLM, never, LLM> => Layer.effect(LLM, make(options))
