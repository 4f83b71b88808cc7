import type * as Clock from "effect/Clock"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import { LLMError } from "../../services/LLM.js"
import * as RateHeaders from "../../src/internal/rateHeaders.js"
import * as Secrets from "../../src/internal/secrets.js"
import { HttpFailure, LimitExceeded, NetworkFailure } from "./openaiFetch.js"

type Reason = LLMError["reason"]

/**
 * What an error is told with.
 *
 * @internal
 */
export interface Context {
  readonly model: string
  readonly scrub: (text: string) => string
  readonly clock: Clock.Clock
}

/**
 * What is known of the price of an answer.
 *
 * @internal
 */
export type Spent = Pick<LLMError, "cost" | "usage">

/** What a provider says in the body of an error. Absent texts are empty. */
interface Problem {
  readonly status: number
  /** Code and type: providers use either. */
  readonly kind: string
  readonly message: string
}

const cures: Readonly<Partial<Record<Reason, string>>> = {
  RateLimited: "Wait, send less at a time, or ask the provider for a higher limit",
  Overloaded: "Try again later",
  TimedOut: "Try again, raise the timeout, or ask for fewer tokens",
  Network: "Check the connection, and the base URL of the provider",
  Unauthorized: "Check the API key, what it may be used for, and the credit of its account",
  BadRequest: "Change what the provider refuses",
  UnknownModel: "Check the name of the model, and the base URL of the provider",
  ContextLength: "Shorten the messages, or take a model with a longer context",
  TooLarge: "Ask for fewer tokens, or raise maxBytes",
  ContentFilter: "Change what is asked, or ask another provider",
  Refusal: "Change what is asked, or ask another model",
  InvalidReply: "Check that the base URL is that of an OpenAI-compatible API",
  Interrupted: "Use what has come, or ask again"
}

const maxDetail = 1000
const maxRaw = 2000

const brief = (text: string): string =>
  text
    .trim()
    .replace(/\s+/g, " ")
    .slice(0, maxDetail)
    .replace(/[.\s]+$/, "")

/**
 * An error whose texts hold no key. What is beyond the beginning of `raw` is left out.
 *
 * @internal
 */
export const make = (
  context: Context,
  reason: Reason,
  detail: string,
  more: {
    readonly cure?: string
    readonly status?: number
    readonly headers?: Headers
    readonly raw?: string
    readonly partial?: string
    readonly spent?: Spent
  } = {}
): LLMError => {
  const { clock, model, scrub } = context
  const now = clock.unsafeCurrentTimeMillis()
  const { cure = cures[reason] ?? "", headers, partial = "", raw = "", spent = {}, status } = more
  const retryAfter = headers === undefined ? Option.none() : RateHeaders.retryAfterMillis(headers, now)
  const allowance = headers === undefined ? Option.none() : RateHeaders.allowance(headers, now)
  return new LLMError({
    reason,
    model,
    detail: brief(Secrets.scrub(scrub(detail))),
    cure,
    ...(status === undefined ? {} : { status }),
    ...(raw === "" ? {} : { raw: Secrets.scrub(scrub(raw)).slice(0, maxRaw) }),
    ...(partial === "" ? {} : { partial: scrub(partial) }),
    ...(Option.isSome(retryAfter) ? { retryAfterMillis: retryAfter.value } : {}),
    ...(Option.isSome(allowance) ? { allowance: allowance.value } : {}),
    ...spent
  })
}

const textAt = (value: unknown, ...path: ReadonlyArray<string>): string => {
  const found = path.reduce<unknown>((at, key) => (Predicate.hasProperty(at, key) ? at[key] : undefined), value)
  return typeof found === "string" ? found : ""
}

/** Statuses of errors that come in an answer that began well. */
const statusOfKind = (kind: string): number => {
  if (/rate_?limit/.test(kind)) return 429
  if (/authentication/.test(kind)) return 401
  if (/permission/.test(kind)) return 403
  if (/not_?found/.test(kind)) return 404
  if (/too_large/.test(kind)) return 413
  if (/timeout/.test(kind)) return 408
  if (/invalid_?request/.test(kind)) return 400
  return 500
}

/**
 * Finds an error in the shapes of OpenAI (`{ error: { message, type, code } }`), Gemini (an array of one), vLLM and
 * Mistral (`{ message, type, code }`), FastAPI (`{ detail }`) and Ollama (`{ error: "…" }`). Without `status` the error
 * says itself what it is.
 *
 * @internal
 */
export const problemOf = (body: unknown, status?: number): Problem => {
  const first: unknown = Array.isArray(body) ? body[0] : body
  const error: unknown = Predicate.hasProperty(first, "error") ? first.error : first
  const kind = `${textAt(error, "code")} ${textAt(error, "type")}`.toLowerCase().trim()
  const message =
    typeof error === "string" ? error : textAt(error, "message") || textAt(error, "detail") || textAt(first, "message")
  const code = Predicate.hasProperty(error, "code") ? Number(error.code) : NaN
  return { status: status ?? (code >= 300 && code < 600 ? code : statusOfKind(kind)), kind, message }
}

const isContextLength = ({ kind, message, status }: Problem): boolean =>
  status === 413 ||
  /context_(length|size|window)/.test(kind) ||
  /context (length|window|size)|(prompt|input) is too long|too many (input )?tokens|reduce the length/i.test(message)

const isFiltered = ({ kind, message }: Problem): boolean =>
  /content_?(filter|policy)|responsible_?ai|moderation|safety/.test(kind) ||
  /content (filter|policy|management)|flagged|moderation/i.test(message)

const isUnknownModel = ({ kind, message, status }: Problem): boolean =>
  status === 404 ||
  /model_not_found|unknown_?model|invalid_?model/.test(kind) ||
  /(unknown|invalid) model|model\b.*\b(not found|not exist)/i.test(message)

const reasonOf = (problem: Problem): Reason => {
  const { kind, status } = problem
  if (status === 402 || /insufficient_quota|insufficient_balance|billing/.test(kind)) return "Unauthorized"
  if (status === 429) return "RateLimited"
  if (status >= 500 || status === 408 || status === 409) return "Overloaded"
  if (status < 400) return "Misconfigured"
  if (isFiltered(problem)) return "ContentFilter"
  if (status === 401 || status === 403) return "Unauthorized"
  if (isContextLength(problem)) return "ContextLength"
  return isUnknownModel(problem) ? "UnknownModel" : "BadRequest"
}

/**
 * An error that the provider told of.
 *
 * @internal
 */
export const told = (
  context: Context,
  problem: Problem,
  more: { readonly headers?: Headers; readonly raw?: string; readonly partial?: string; readonly spent?: Spent }
): LLMError => {
  const { message, status } = problem
  return make(context, reasonOf(problem), message === "" ? `the provider answered with status ${status}` : message, {
    ...more,
    status
  })
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const placeOf = (location: string): string => {
  if (!URL.canParse(location)) return location
  const { origin, pathname } = new URL(location)
  return `${origin}${pathname}`
}

const refused = (context: Context, failure: HttpFailure): LLMError => {
  const { body, headers, status } = failure
  if (status >= 300 && status < 400) {
    const place = placeOf(headers.get("location") ?? "nowhere")
    return make(context, "Misconfigured", `the provider redirects to ${place}, and redirects are not followed`, {
      cure: "Set the base URL of the provider to where it is",
      status
    })
  }
  return told(context, problemOf(parsed(body), status), { headers, raw: body })
}

const isTimeout = (code: string): boolean => /TIMEOUT|TIMEDOUT/.test(code)

/** What was thrown by `guarded`, which the package may have wrapped. */
const originOf = (cause: unknown): HttpFailure | LimitExceeded | NetworkFailure | undefined => {
  if (cause instanceof HttpFailure || cause instanceof LimitExceeded || cause instanceof NetworkFailure) return cause
  return Predicate.hasProperty(cause, "cause") ? originOf(cause.cause) : undefined
}

/**
 * The error for what a call threw.
 *
 * @internal
 */
export const thrown = (context: Context, cause: unknown): LLMError => {
  const origin = originOf(cause)
  if (origin instanceof HttpFailure) return refused(context, origin)
  if (origin instanceof LimitExceeded) {
    return origin.limit === "maxBytes"
      ? make(context, "TooLarge", "the answer has more bytes than maxBytes allows")
      : make(context, "TimedOut", "the answer began, and then nothing came for as long as idleTimeout allows")
  }
  if (origin instanceof NetworkFailure) {
    return isTimeout(origin.code)
      ? make(context, "TimedOut", `the provider did not answer in time (${origin.code})`)
      : make(context, "Network", `the connection failed (${origin.code})`)
  }
  const message = cause instanceof Error ? cause.message : String(cause)
  return make(context, "BadRequest", `the request cannot be sent: ${message}`, {
    cure: "See that everything in it can be written as JSON"
  })
}

/**
 * Adds what a stream had given. What might be tried again before its first piece has been interrupted after it: whoever
 * read that piece would read it twice.
 *
 * @internal
 */
export const withPartial = ({ scrub }: Context, error: LLMError, partial: string): LLMError =>
  partial === ""
    ? error
    : new LLMError({
        ...error,
        ...(error.isRetryable ? { reason: "Interrupted", cure: cures.Interrupted! } : {}),
        partial: scrub(partial)
      })
