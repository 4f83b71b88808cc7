/**
 * The calls of one endpoint: who waits, who is under way, and how many may be.
 *
 * Everything here is synchronous. Those who wait form a line; only its head looks at the clock, and the others wait to
 * become the head.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { Completion, LLMError } from "../../services/LLM.js"
import * as Allowance from "./rateAllowance.js"

export interface Concurrency {
  readonly start: number
  readonly min: number
  readonly max: number
}

export interface Endpoint {
  readonly concurrency: Concurrency
  readonly requests: Allowance.Allowance
  readonly tokens: Allowance.Allowance
  readonly queue: Set<Ticket>
  inFlight: number
  /** How many calls may be under way, rounded down. */
  permits: number
  /** Milliseconds of the clock before which nothing is sent. */
  blockedUntil: number
  /** When the clock was last read. */
  seen: number
  /** Refusals in a row, those of calls that were under way together being one. */
  refusals: number
  /** What had been requested when `permits` was last cut; `Infinity` before. Cuts end the fast start. */
  cutAt: number
  answers: number
  /** Of the completions so far, in tokens. */
  meanCompletion: number
}

export interface Ticket {
  readonly tokens: number
  readonly latch: Effect.Latch
  /** What had ever been taken when this was admitted, this included; `undefined` while it waits. */
  admitted: { readonly requests: number; readonly tokens: number } | undefined
}

export const make = (concurrency: Concurrency): Endpoint => ({
  concurrency,
  requests: Allowance.make(),
  tokens: Allowance.make(),
  queue: new Set(),
  inFlight: 0,
  permits: concurrency.start,
  blockedUntil: 0,
  seen: 0,
  refusals: 0,
  cutAt: Number.POSITIVE_INFINITY,
  answers: 0,
  meanCompletion: 0
})

const head = ({ queue }: Endpoint): Ticket | undefined => queue.values().next().value

const wakeHead = (endpoint: Endpoint): void => head(endpoint)?.latch.unsafeOpen()

export const enqueue = (endpoint: Endpoint, tokens: number): Ticket => {
  const ticket = { tokens, latch: Effect.unsafeMakeLatch(false), admitted: undefined }
  endpoint.queue.add(ticket)
  return ticket
}

/** Milliseconds until the ticket may be admitted; `Infinity` if another call has to end first. Closes its latch. */
export const wait = (endpoint: Endpoint, ticket: Ticket, now: number): number => {
  ticket.latch.unsafeClose()
  if (head(endpoint) !== ticket || endpoint.inFlight >= Math.floor(endpoint.permits)) return Number.POSITIVE_INFINITY
  endpoint.blockedUntil -= Math.max(0, endpoint.seen - now)
  endpoint.seen = now
  return Math.max(
    0,
    endpoint.blockedUntil - now,
    Allowance.wait(endpoint.requests, 1, now),
    Allowance.wait(endpoint.tokens, ticket.tokens, now)
  )
}

export const admit = (endpoint: Endpoint, ticket: Ticket): void => {
  endpoint.queue.delete(ticket)
  endpoint.inFlight += 1
  ticket.admitted = {
    requests: Allowance.take(endpoint.requests, 1),
    tokens: Allowance.take(endpoint.tokens, ticket.tokens)
  }
  wakeHead(endpoint)
}

/** The ticket waits no more, or its call has ended. */
export const leave = (endpoint: Endpoint, ticket: Ticket): void => {
  endpoint.queue.delete(ticket)
  if (ticket.admitted !== undefined) endpoint.inFlight -= 1
  wakeHead(endpoint)
}

type Admitted = NonNullable<Ticket["admitted"]>

const learn = (endpoint: Endpoint, { allowance }: Completion | LLMError, admitted: Admitted, now: number): void => {
  if (allowance?.requests) Allowance.learn(endpoint.requests, allowance.requests, admitted.requests, now)
  if (allowance?.tokens) Allowance.learn(endpoint.tokens, allowance.tokens, admitted.tokens, now)
}

/** Allows one call more with every answer until the first refusal, from then on with as many answers as calls are allowed. */
const grow = (endpoint: Endpoint): void => {
  const { concurrency, cutAt, inFlight, permits } = endpoint
  if (inFlight < Math.floor(permits)) return
  const step = cutAt === Number.POSITIVE_INFINITY ? 1 : 1 / permits
  endpoint.permits = Math.min(concurrency.max, permits + step)
}

export const answered = (endpoint: Endpoint, ticket: Ticket, completion: Completion | undefined, now: number): void => {
  if (ticket.admitted === undefined) return
  endpoint.refusals = 0
  grow(endpoint)
  if (completion === undefined) return
  if (completion.usage !== undefined) {
    endpoint.answers += 1
    endpoint.meanCompletion += (completion.usage.completion - endpoint.meanCompletion) / endpoint.answers
  }
  learn(endpoint, completion, ticket.admitted, now)
}

const second = 1000
const longestBackOff = 60 * second

export const failed = (endpoint: Endpoint, ticket: Ticket, error: LLMError, now: number): void => {
  const { admitted } = ticket
  if (admitted === undefined) return
  if (error.reason === "RateLimited") refuse(endpoint, admitted, error.retryAfterMillis, now)
  learn(endpoint, error, admitted, now)
}

/** Halves what may be under way, once for all calls that were under way together, and sends nothing for a while. */
const refuse = (endpoint: Endpoint, admitted: Admitted, retryAfter: number | undefined, now: number): void => {
  Allowance.refused(endpoint.requests)
  Allowance.refused(endpoint.tokens)
  if (endpoint.cutAt === Number.POSITIVE_INFINITY || admitted.requests > endpoint.cutAt) {
    endpoint.cutAt = endpoint.requests.taken
    endpoint.permits = Math.max(endpoint.concurrency.min, endpoint.permits / 2)
    endpoint.refusals += 1
  }
  const asked = retryAfter !== undefined && Number.isFinite(retryAfter) && retryAfter > 0
  const backOff = asked ? retryAfter : Math.min(longestBackOff, second * 2 ** (endpoint.refusals - 1))
  endpoint.blockedUntil = Math.max(endpoint.blockedUntil, now + backOff)
}
