/**
 * Calls of models as spans, `chat MODEL`, with the attributes of OpenTelemetry's conventions for generative AI, and counted
 * in their two metrics.
 *
 * {@link layer} stands outermost: a span is what a program asked for, with all that it waited for, and its tokens are
 * counted once however often the call was made. {@link layerAttempts} stands innermost and writes what became of every
 * attempt as an event of that span. What a cache answered has `hyperfunc.cache.hit`, costs nothing, and used no tokens.
 *
 * What is asked and answered is written down only where `Tracing.Settings` ask for it.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import { type Completion, LLM, type LLMError, type LLMService, type Request } from "../services/LLM.js"
import { errorType } from "../src/internal/errorType.js"
import * as Spans from "../src/internal/spans.js"
import { annotate, Surroundings } from "../src/internal/tracing.js"
import * as Tracing from "../src/Tracing.js"
import * as Attributes from "./internal/genAiAttributes.js"
import * as Metrics from "./internal/genAiMetrics.js"
import { CurrentCall, type Watched } from "./internal/llmCall.js"

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (llm: LLMService): LLMService => ({
  complete: (request) =>
    Effect.flatMap(Tracing.Current, ({ content }) =>
      Spans.use(nameOf(request), { kind: "client", attributes: attributesOf(request, content) }, (span) =>
        Effect.flatMap(Clock.currentTimeMillis, (started) => {
          const call: Watched = { attempts: 0, isCached: false }
          return llm.complete(request).pipe(
            Effect.provideService(CurrentCall, call),
            Effect.onExit((exit) => ended(request, span, content, call, started, exit))
          )
        })
      )
    ),
  stream: (request) => Stream.unwrapScoped(Effect.map(listened(request), (wrap) => wrap(llm.stream(request))))
})

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<LLM, never, LLM> = Layer.effect(LLM, Effect.map(LLM, make))

/**
 * @since 0.1.0
 * @category constructors
 */
export const makeAttempts = (llm: LLMService): LLMService => ({
  complete: (request) => Effect.onExit(llm.complete(request), attempted),
  stream: (request) =>
    llm.stream(request).pipe(
      Stream.tapErrorCause((cause) => attempted(Exit.failCause(cause))),
      Stream.onEnd(attempted(Exit.void))
    )
})

/**
 * @since 0.1.0
 * @category layers
 */
export const layerAttempts: Layer.Layer<LLM, never, LLM> = Layer.effect(LLM, Effect.map(LLM, makeAttempts))

const nameOf = (request: Request): string => `chat ${Attributes.modelOf(request).name}`

const attributesOf = (request: Request, content: Tracing.Content | undefined): Readonly<Record<string, unknown>> => ({
  ...Attributes.ofRequest(request),
  ...(content === undefined ? {} : Attributes.contentOfRequest(content, request))
})

type Spent = Pick<Completion, "cost" | "usage">

const ended = (
  request: Request,
  span: Tracer.Span,
  content: Tracing.Content | undefined,
  { attempts, isCached }: Watched,
  started: number,
  exit: Exit.Exit<Attributes.Answer, LLMError>
): Effect.Effect<void> =>
  Effect.flatMap(Effect.zip(Clock.currentTimeMillis, Surroundings), ([now, surrounding]) => {
    const millis = now - started
    annotate(span, { "hyperfunc.attempts": attempts === 0 ? undefined : attempts })
    const tally = ({ cost, usage }: Spent) =>
      surrounding?.tally.add({
        ...(usage === undefined ? {} : { inputTokens: usage.prompt, outputTokens: usage.completion }),
        ...(cost === undefined ? {} : { cost })
      })
    if (Exit.isFailure(exit)) {
      const error = isCached ? Option.none() : Cause.failureOption(exit.cause)
      const spent: Spent = Option.getOrElse(error, () => ({}))
      annotate(span, Attributes.ofSpent(spent))
      tally(spent)
      return Metrics.record(request, { millis, errorType: errorType(exit.cause), usage: spent.usage })
    }
    annotate(span, {
      "hyperfunc.cache.hit": isCached ? true : undefined,
      ...Attributes.ofAnswer(exit.value, !isCached),
      ...(content === undefined ? {} : Attributes.contentOfAnswer(content, exit.value))
    })
    if (isCached) return Metrics.record(request, { millis })
    tally(exit.value)
    return Metrics.record(request, { millis, usage: exit.value.usage })
  })

/** A span that lasts as long as a stream, and what the stream needs to be in it. */
const listened = (request: Request) =>
  Effect.gen(function* () {
    const { content } = yield* Tracing.Current
    const span = yield* Effect.makeSpanScoped(nameOf(request), {
      kind: "client",
      attributes: { ...attributesOf(request, content), "gen_ai.request.stream": true },
      captureStackTrace: false
    })
    const started = yield* Clock.currentTimeMillis
    const call: Watched = { attempts: 0, isCached: false }
    let text = ""
    yield* Effect.addFinalizer((exit) => {
      const answer: Attributes.Answer = { content: text, toolCalls: [], finishReason: "unknown" }
      if (Exit.isFailure(exit)) span.attribute("error.type", errorType(exit.cause))
      return ended(request, span, content, call, started, Exit.as(exit as Exit.Exit<unknown, never>, answer))
    })
    const arrived = (piece: string) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        if (text === "") span.attribute("gen_ai.response.time_to_first_chunk", (now - started) / 1000)
        text += piece
      })
    return <E>(pieces: Stream.Stream<string, E>): Stream.Stream<string, E> =>
      pieces.pipe(
        Stream.tap(arrived),
        Stream.provideService(CurrentCall, call),
        Stream.provideService(Tracer.ParentSpan, span)
      )
  })

const attempted = (exit: Exit.Exit<unknown, LLMError>): Effect.Effect<void> =>
  Effect.flatMap(CurrentCall, (call) => {
    if (call === undefined) return Effect.void
    const attempt = ++call.attempts
    return Effect.flatMap(Clock.currentTimeNanos, (now) =>
      Effect.ignore(
        Effect.map(Effect.currentSpan, (span) => span.event("hyperfunc.attempt", now, attemptOf(attempt, exit)))
      )
    )
  })

const attemptOf = (attempt: number, exit: Exit.Exit<unknown, LLMError>): Record<string, unknown> => {
  if (Exit.isSuccess(exit)) return { "hyperfunc.attempt": attempt }
  const status = Option.flatMapNullable(Cause.failureOption(exit.cause), ({ status }) => status)
  return {
    "hyperfunc.attempt": attempt,
    "error.type": errorType(exit.cause),
    ...(Option.isSome(status) ? { "http.response.status_code": status.value } : {})
  }
}
