/**
 * Keeps calls of a model within what its provider allows.
 *
 * The limits are learnt from what comes with answers and refusals, separately for every `provider/model`. Between these
 * reports, calls are counted here, so that as many are sent as are left and no more. How many may be under way at once
 * adapts: it grows with answers and is halved by a refusal. Whoever waits for a model waits in line, and holds up no other
 * model.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { type Completion, LLM, LLMError, type LLMService, type Request } from "../services/LLM.js"
import * as Endpoint from "./internal/rateEndpoint.js"
import { promptTokens } from "./internal/requestTokens.js"

/**
 * - `enabled`: false to let everything pass, or which models to limit; default true
 * - `concurrency`: calls of a model under way at once: from `start` (default 8), at least `min` (default 1), at most `max`
 *   (default 64)
 * - `maxWait`: if nothing is allowed for longer than this, calls fail at once as `RateLimited` instead of waiting; default
 *   2 minutes
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly enabled?: boolean | ((model: string) => boolean)
  readonly concurrency?: { readonly start?: number; readonly min?: number; readonly max?: number }
  readonly maxWait?: Duration.DurationInput
}

/**
 * What it has learnt lasts as long as the result.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (llm: LLMService, options: Options = {}): Effect.Effect<LLMService> =>
  Effect.sync(() => {
    const { enabled = true } = options
    const isEnabled = typeof enabled === "function" ? enabled : () => enabled
    const maxWait = Duration.toMillis(options.maxWait ?? "2 minutes")
    const concurrency = concurrencyOf(options)
    const endpoints = new Map<string, Endpoint.Endpoint>()

    const enter = (request: Request): Effect.Effect<Place> =>
      Effect.sync(() => {
        const endpoint = endpoints.get(request.model) ?? Endpoint.make(concurrency)
        endpoints.set(request.model, endpoint)
        return { endpoint, ticket: Endpoint.enqueue(endpoint, tokensOf(request, endpoint)) }
      })

    const complete: LLMService["complete"] = (request) =>
      Effect.acquireUseRelease(
        enter(request),
        (place) =>
          admission(place, request, maxWait).pipe(
            Effect.flatMap(() => llm.complete(request)),
            Effect.tapBoth({
              onSuccess: (completion) => answered(place, completion),
              onFailure: (error) => failed(place, error)
            })
          ),
        leave
      )

    const stream: LLMService["stream"] = (request) =>
      Stream.flatMap(Stream.acquireRelease(enter(request), leave), (place) =>
        Stream.unwrap(Effect.map(admission(place, request, maxWait), () => llm.stream(request))).pipe(
          Stream.tapError((error) => failed(place, error)),
          Stream.onEnd(answered(place))
        )
      )

    return {
      complete: (request) => (isEnabled(request.model) ? complete(request) : llm.complete(request)),
      stream: (request) => (isEnabled(request.model) ? stream(request) : llm.stream(request))
    }
  })

/**
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options = {}): Layer.Layer<LLM, never, LLM> =>
  Layer.effect(
    LLM,
    Effect.flatMap(LLM, (llm) => make(llm, options))
  )

const concurrencyOf = ({ concurrency = {} }: Options): Endpoint.Concurrency => {
  const min = Math.max(1, concurrency.min ?? 1)
  const max = Math.max(min, concurrency.max ?? 64)
  return { min, max, start: Math.min(max, Math.max(min, concurrency.start ?? 8)) }
}

/** What the provider is going to count: completions at their bound where there is one, else at their mean so far. */
const tokensOf = (request: Request, { meanCompletion }: Endpoint.Endpoint): number =>
  promptTokens(request) + Math.ceil(request.settings?.maxTokens ?? meanCompletion)

/** Where a call stands: in line, or under way. */
interface Place {
  readonly endpoint: Endpoint.Endpoint
  readonly ticket: Endpoint.Ticket
}

const admission = (place: Place, request: Request, maxWait: number): Effect.Effect<void, LLMError> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const { endpoint, ticket } = place
    const wait = Endpoint.wait(endpoint, ticket, now)
    if (wait === 0) return Effect.sync(() => Endpoint.admit(endpoint, ticket))
    if (wait > maxWait && wait < Number.POSITIVE_INFINITY) return tooLong(request, wait)
    const change =
      wait === Number.POSITIVE_INFINITY ? ticket.latch.await : Effect.raceFirst(ticket.latch.await, Effect.sleep(wait))
    return Effect.zipRight(change, admission(place, request, maxWait))
  })

const answered = ({ endpoint, ticket }: Place, completion?: Completion): Effect.Effect<void> =>
  Effect.map(Clock.currentTimeMillis, (now) => Endpoint.answered(endpoint, ticket, completion, now))

const failed = ({ endpoint, ticket }: Place, error: LLMError): Effect.Effect<void> =>
  Effect.map(Clock.currentTimeMillis, (now) => Endpoint.failed(endpoint, ticket, error, now))

const leave = ({ endpoint, ticket }: Place): Effect.Effect<void> => Effect.sync(() => Endpoint.leave(endpoint, ticket))

const tooLong = ({ model }: Request, wait: number): LLMError =>
  new LLMError({
    reason: "RateLimited",
    model,
    detail: `Nothing is allowed for another ${Duration.format(wait)}`,
    cure: "Try later, use another model, or raise maxWait",
    retryAfterMillis: wait
  })
