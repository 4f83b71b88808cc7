/**
 * Tries calls of a model again that may succeed later.
 *
 * Before the n-th retry, counted from 0, `min(base · 2ⁿ, maxDelay) · (1 − jitter · u)` pass, `u` being uniform in [0, 1), or
 * as long as the provider asks. Interruption is never retried, nor is a stream that has given a piece.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { LLM, LLMError, type LLMService, type Request } from "../services/LLM.js"

/**
 * - `attempts`: how often a call is made at the most, ≥ 1; default 5
 * - `base`: the first delay; default 500 ms
 * - `maxDelay`: default 8 s
 * - `jitter`: by what share a delay may be shorter, 0–1; default 0.25
 * - `maxRetryAfter`: if the provider asks to wait longer, the call fails at once; default 60 s
 * - `deadline`: of a call with all attempts and delays; of a stream, until its first piece. A retry that could only start
 *   later is not waited for. Default: none
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly attempts?: number
  readonly base?: Duration.DurationInput
  readonly maxDelay?: Duration.DurationInput
  readonly jitter?: number
  readonly maxRetryAfter?: Duration.DurationInput
  readonly deadline?: Duration.DurationInput
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (llm: LLMService, options: Options = {}): LLMService => {
  const deadline = Duration.decode(options.deadline ?? Duration.infinity)
  return {
    complete: (request) =>
      Effect.flatMap(Clock.currentTimeMillis, (started) =>
        llm
          .complete(request)
          .pipe(
            Effect.retry(scheduleOf(options, started)),
            Effect.timeoutFail({ duration: deadline, onTimeout: () => late(request, deadline) })
          )
      ),
    stream: (request) =>
      Stream.unwrap(
        Effect.map(Clock.currentTimeMillis, (started) => {
          let flowing = false
          const schedule = Schedule.whileInput(scheduleOf(options, started), () => !flowing)
          const overdue = Effect.flatMap(Effect.sleep(deadline), () =>
            flowing ? Effect.never : Effect.fail(late(request, deadline))
          )
          return Stream.suspend(() => llm.stream(request)).pipe(
            Stream.tap(() => Effect.sync(() => (flowing = true))),
            Stream.retry(schedule),
            Stream.interruptWhen(overdue)
          )
        })
      )
  }
}

/**
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options = {}): Layer.Layer<LLM, never, LLM> =>
  Layer.effect(
    LLM,
    Effect.map(LLM, (llm) => make(llm, options))
  )

/** The schedule of a call that was `started` then, in milliseconds of the clock. */
const scheduleOf = (options: Options, started: number): Schedule.Schedule<unknown, LLMError> => {
  const { attempts = 5, base = "500 millis", deadline, jitter = 0.25, maxDelay = "8 seconds" } = options
  const longest = Duration.toMillis(options.maxRetryAfter ?? "60 seconds")
  const end = started + Duration.toMillis(deadline ?? Duration.infinity)
  return Schedule.exponential(base).pipe(
    Schedule.modifyDelayEffect((_, delay) =>
      Effect.map(Random.next, (random) => Duration.times(Duration.min(delay, maxDelay), 1 - jitter * random))
    ),
    Schedule.intersect(Schedule.recurs(attempts - 1)),
    Schedule.intersect(Schedule.identity<LLMError>()),
    Schedule.modifyDelay(([, error], delay) => {
      const asked = retryAfterOf(error)
      return asked === undefined ? delay : Duration.millis(asked)
    }),
    Schedule.whileInput((error: LLMError) => error.isRetryable && (retryAfterOf(error) ?? 0) <= longest),
    Schedule.delays,
    Schedule.checkEffect((_, delay) =>
      Effect.map(Clock.currentTimeMillis, (now) => now + Duration.toMillis(delay) <= end)
    )
  )
}

const retryAfterOf = ({ retryAfterMillis }: LLMError): number | undefined =>
  retryAfterMillis !== undefined && Number.isFinite(retryAfterMillis) && retryAfterMillis > 0
    ? retryAfterMillis
    : undefined

const late = ({ model }: Request, deadline: Duration.Duration): LLMError =>
  new LLMError({
    reason: "TimedOut",
    model,
    detail: `No answer within ${Duration.format(deadline)}, retries included`,
    cure: "Allow more time, or fewer attempts"
  })
