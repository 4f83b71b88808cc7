import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import type { Allowance, Window } from "../../services/LLM.js"

/** `get` looks at no case. */
interface Headers {
  readonly get: (name: string) => string | null
}

const millisPer: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000
}

const decimal = /^\d+(\.\d+)?$/
const duration = /^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h|d))+$/
const part = /(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d)/g
const rfc3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/
/** IMF-fixdate, RFC 850, and the form of asctime, which has no zone. */
const httpDate = /^(mon|tue|wed|thu|fri|sat|sun)[a-z]*,? .*\d\d:\d\d:\d\d( gmt| \d{4})$/i

/** Seconds since 1970 are beyond 10⁹ since 2001, and milliseconds beyond 10¹¹ since 1973. */
const isUnixSeconds = (n: number): boolean => n > 1e9
const isUnixMillis = (n: number): boolean => n > 1e11

const read = (headers: Headers, name: string): string => headers.get(name)?.trim() ?? ""

const finite = (n: number): Option.Option<number> => (Number.isFinite(n) ? Option.some(n) : Option.none())

const numberOf = (text: string): Option.Option<number> => (decimal.test(text) ? finite(Number(text)) : Option.none())

const dateOf = (text: string): Option.Option<number> => {
  if (rfc3339.test(text)) return Option.map(DateTime.make(text.toUpperCase()), DateTime.toEpochMillis)
  if (!httpDate.test(text)) return Option.none()
  return Option.map(DateTime.make(`${text.replace(/ gmt$/i, "")}Z`), DateTime.toEpochMillis)
}

const durationOf = (text: string): Option.Option<number> => {
  if (!duration.test(text)) return Option.none()
  const parts = [...text.matchAll(part)]
  return finite(parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * millisPer[unit!]!, 0))
}

/**
 * How long from `now` until a window is full again: a duration (`1h0m2.397s`, `1m500ms`), seconds, unix time in seconds
 * or milliseconds, or RFC 3339. What is past is 0.
 *
 * @internal
 */
export const resetMillis = (text: string, now: number): Option.Option<number> =>
  Option.match(numberOf(text), {
    onSome: (n) => {
      if (isUnixMillis(n)) return Option.some(Math.max(0, n - now))
      return finite(isUnixSeconds(n) ? Math.max(0, n * 1000 - now) : n * 1000)
    },
    onNone: () => Option.orElse(durationOf(text), () => Option.map(dateOf(text), (millis) => Math.max(0, millis - now)))
  })

/**
 * How long the provider asks to wait: `Retry-After-Ms`, or else `Retry-After` in seconds or as an HTTP date. None where
 * it says nothing that makes sense, such as a date that is past.
 *
 * @internal
 */
export const retryAfterMillis = (headers: Headers, now: number): Option.Option<number> =>
  Option.firstSomeOf([
    numberOf(read(headers, "retry-after-ms")),
    Option.flatMap(numberOf(read(headers, "retry-after")), (seconds) => finite(seconds * 1000)),
    Option.filter(
      Option.map(dateOf(read(headers, "retry-after")), (millis) => millis - now),
      (millis) => millis > 0
    )
  ])

const windowOf = (headers: Headers, what: "requests" | "tokens", now: number): Window => {
  const first = <A>(field: string, parse: (text: string) => Option.Option<A>) =>
    Option.orElse(parse(read(headers, `x-ratelimit-${field}-${what}`)), () =>
      parse(read(headers, `anthropic-ratelimit-${what}-${field}`))
    )
  const limit = first("limit", numberOf)
  const remaining = first("remaining", numberOf)
  const reset = first("reset", (text) => resetMillis(text, now))
  return {
    ...(Option.isSome(limit) ? { limit: limit.value } : {}),
    ...(Option.isSome(remaining) ? { remaining: remaining.value } : {}),
    ...(Option.isSome(reset) ? { resetMillis: reset.value } : {})
  }
}

/**
 * What `x-ratelimit-*` and `anthropic-ratelimit-*` say about limits; junk says nothing.
 *
 * @internal
 */
export const allowance = (headers: Headers, now: number): Option.Option<Allowance> => {
  const requests = windowOf(headers, "requests", now)
  const tokens = windowOf(headers, "tokens", now)
  const said = {
    ...(Object.keys(requests).length === 0 ? {} : { requests }),
    ...(Object.keys(tokens).length === 0 ? {} : { tokens })
  }
  return Object.keys(said).length === 0 ? Option.none() : Option.some(said)
}
