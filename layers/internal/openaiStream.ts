import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import type { LLMError } from "../../services/LLM.js"
import * as Errors from "./openaiErrors.js"
import { badEnd, deltaOf } from "./openaiReply.js"

/** A model that is caught in a loop says the same again and again; shorter pieces may well come in a row. */
const maxRepeats = 100
const minLooping = 3

interface Progress {
  readonly partial: string
  readonly refusal: string
  readonly finishReason: string
  readonly last: string
  readonly repeats: number
}

const start: Progress = { partial: "", refusal: "", finishReason: "", last: "", repeats: 0 }

const isLooping = ({ last, repeats }: Progress): boolean => last.length >= minLooping && repeats >= maxRepeats

/** The package throws what a provider says in the middle of a stream, and `SyntaxError` for what is not JSON. */
const brokenBy = (context: Errors.Context, cause: unknown): LLMError => {
  if (Predicate.hasProperty(cause, "error") && Predicate.isNotNullable(cause.error)) {
    return Errors.told(context, Errors.problemOf(cause), {})
  }
  return cause instanceof SyntaxError
    ? Errors.make(context, "InvalidReply", "an event of the stream is not JSON")
    : Errors.thrown(context, cause)
}

const advance = (
  context: Errors.Context,
  progress: Progress,
  event: unknown
): Either.Either<readonly [text: string, progress: Progress], LLMError> => {
  const delta = deltaOf(event)
  if (Option.isNone(delta)) {
    return Either.left(Errors.make(context, "InvalidReply", "an event of the stream is not of a chat completion"))
  }
  const { finishReason, refusal, text } = delta.value
  const next: Progress = {
    partial: progress.partial + text,
    refusal: progress.refusal + refusal,
    finishReason: finishReason === "" ? progress.finishReason : finishReason,
    last: text,
    repeats: text === progress.last ? progress.repeats + 1 : 1
  }
  return isLooping(next)
    ? Either.left(Errors.make(context, "Interrupted", `the same piece came ${maxRepeats} times in a row`))
    : Either.right([text, next])
}

const ended = (context: Errors.Context, progress: Progress): Option.Option<LLMError> => {
  if (progress.finishReason !== "" || progress.refusal !== "") return badEnd(context, progress)
  return Option.some(
    progress.partial === ""
      ? Errors.make(context, "InvalidReply", "the answer is no stream of events, or ends before it begins")
      : Errors.make(context, "Interrupted", "the stream ended before the answer did")
  )
}

/**
 * The pieces of text of a stream of events, as they come. `deadline` is a time of Effect's clock.
 *
 * @internal
 */
export const textOf = (
  context: Errors.Context,
  events: AsyncIterator<unknown>,
  limit: { readonly deadline: number; readonly timedOut: () => LLMError }
): Stream.Stream<string, LLMError> => {
  const next = Effect.flatMap(Clock.currentTimeMillis, (now) =>
    Effect.tryPromise({ try: () => events.next(), catch: (cause) => brokenBy(context, cause) }).pipe(
      Effect.timeoutFail({ duration: Math.max(0, limit.deadline - now), onTimeout: limit.timedOut })
    )
  )
  return Stream.unfoldEffect(start, (progress) =>
    next.pipe(
      Effect.flatMap((step) => {
        if (step.done !== true) return Effect.map(advance(context, progress, step.value), Option.some)
        return Option.match(ended(context, progress), { onNone: () => Effect.succeedNone, onSome: Effect.fail })
      }),
      Effect.mapError((error) => Errors.withPartial(context, error, progress.partial))
    )
  ).pipe(Stream.filter((text) => text !== ""))
}
