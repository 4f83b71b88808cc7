/**
 * What a provider still allows of requests or of tokens, followed between its reports.
 *
 * A report is about the moment when its call was admitted: what was taken since is subtracted from it. Providers give back
 * gradually (a token bucket), at `(limit − remaining) / resetMillis`, or all at once when a window ends. The first is
 * assumed until it turns out to be wrong.
 *
 * @internal
 */
import type { Window } from "../../services/LLM.js"

export interface Allowance {
  /** Ever. */
  taken: number
  /** At `since`, with what has come back. */
  remaining: number
  /** As reported, less what was taken since. Below 0 if somebody relied on what comes back gradually. */
  certain: number
  /** `Infinity` while unknown. */
  limit: number
  since: number
  /** What comes back, per millisecond; 0 where it comes at once. */
  rate: number
  /** When `missing` comes back, where it comes at once. */
  resetAt: number
  missing: number
  /** The longest time to a reset that was reported. */
  period: number
  /** Whether it turned out to come back all at once. */
  stepwise: boolean
}

/** Where a provider tells no time: nearly all limits are those of a minute. */
const minute = 60_000

export const make = (): Allowance => ({
  taken: 0,
  remaining: Number.POSITIVE_INFINITY,
  certain: Number.POSITIVE_INFINITY,
  limit: Number.POSITIVE_INFINITY,
  since: 0,
  rate: 0,
  resetAt: Number.POSITIVE_INFINITY,
  missing: 0,
  period: 0,
  stepwise: false
})

/** Brings `remaining` up to date. A clock that was set back takes the end of a window with it. */
const refill = (self: Allowance, now: number): void => {
  const elapsed = Math.max(0, now - self.since)
  self.resetAt -= Math.max(0, self.since - now)
  if (self.rate > 0) {
    self.remaining = Math.min(self.limit, self.remaining + elapsed * self.rate)
  } else if (now >= self.resetAt) {
    self.remaining = self.stepwise ? self.limit : Math.min(self.limit, self.remaining + self.missing)
    self.certain = self.remaining
    self.resetAt = now + self.period
  }
  self.since = now
}

/** Milliseconds until `amount` may be taken; 0 for now. More than there ever is may be taken when all is there. */
export const wait = (self: Allowance, amount: number, now: number): number => {
  refill(self, now)
  const missing = Math.min(amount, self.limit) - self.remaining
  if (missing <= 0) return 0
  return Math.max(1, Math.ceil(self.rate > 0 ? missing / self.rate : self.resetAt - now))
}

/** Takes it, and tells how much was ever taken. */
export const take = (self: Allowance, amount: number): number => {
  self.remaining -= amount
  self.certain -= amount
  return (self.taken += amount)
}

const isCount = (value: number | undefined): value is number =>
  value !== undefined && Number.isFinite(value) && value >= 0

/** Learns from what came with the answer to a call, at whose admission `taken` had ever been taken. */
export const learn = (self: Allowance, window: Window, taken: number, now: number): void => {
  const { limit, remaining, resetMillis } = window
  if (!isCount(remaining)) return
  refill(self, now)
  if (isCount(limit) && limit > 0) self.limit = limit
  const timed = isCount(resetMillis) && resetMillis > 0
  if (timed) self.period = Math.max(self.period, resetMillis)
  if (timed || self.resetAt <= now || self.resetAt === Number.POSITIVE_INFINITY) {
    self.resetAt = now + (timed ? resetMillis : (self.period ||= minute))
  }
  self.remaining = self.certain = Math.min(remaining, self.limit) - (self.taken - taken)
  self.missing = Math.max(0, self.limit - remaining)
  if (timed && !self.stepwise && Number.isFinite(self.limit)) {
    // `remaining` is rounded down: one less is missing than it seems.
    self.rate = Math.max(0, self.missing - 1) / resetMillis
  }
}

/** Learns that a call was refused: if it relied on what comes back gradually, that was wrong. */
export const refused = (self: Allowance): void => {
  if (self.certain < 0) {
    self.stepwise = true
    self.rate = 0
  }
}
