/**
 * What was spent, by purpose.
 *
 * @internal
 */
import type { Actual, Forecast, Spending } from "../../services/Budget.js"
import type { Purpose } from "../../services/LLM.js"

/** Calls, tokens and billionths of a US dollar: whole numbers, so that sums are exact. */
export interface Amounts {
  readonly calls: number
  readonly tokens: number
  readonly usd: number
}

export const kinds = ["calls", "tokens", "usd"] as const

const billion = 1e9

/** Rounded up, as becomes what is reserved. The tolerance undoes the error of the multiplication. */
export const fromDollars = (usd: number): number => Math.ceil(usd * billion - 1e-3)

export const toDollars = (billionths: number): number => billionths / billion

export const none: Amounts = { calls: 0, tokens: 0, usd: 0 }

export const plus = (a: Amounts, b: Amounts): Amounts => ({
  calls: a.calls + b.calls,
  tokens: a.tokens + b.tokens,
  usd: a.usd + b.usd
})

export const minus = (a: Amounts, b: Amounts): Amounts => ({
  calls: a.calls - b.calls,
  tokens: a.tokens - b.tokens,
  usd: a.usd - b.usd
})

/** {@link Spending} with its money in billionths. */
export type Entry = Spending

export type Ledger = Readonly<Record<Purpose, Entry>>

const nothing: Entry = {
  ...none,
  estimated: 0,
  unknown: { tokens: 0, usd: 0 },
  overshoot: none
}

export const empty: Ledger = { task: nothing, judge: nothing, reflection: nothing }

/** A commit as an entry. `overshoot` is what `charged` lies beyond `reserved`. */
export const entryOf = (actual: Actual, charged: Amounts, overshoot: Amounts): Entry => ({
  calls: charged.calls,
  tokens: actual.tokens === undefined ? 0 : charged.tokens,
  usd: actual.usd === undefined ? 0 : charged.usd,
  estimated: actual.estimated === true ? charged.calls : 0,
  unknown: {
    tokens: actual.tokens === undefined ? charged.calls : 0,
    usd: actual.usd === undefined ? charged.calls : 0
  },
  overshoot
})

export const add = (a: Entry, b: Entry): Entry => ({
  ...plus(a, b),
  estimated: a.estimated + b.estimated,
  unknown: { tokens: a.unknown.tokens + b.unknown.tokens, usd: a.unknown.usd + b.unknown.usd },
  overshoot: plus(a.overshoot, b.overshoot)
})

export const total = (ledger: Ledger): Entry => Object.values(ledger).reduce(add, nothing)

export const toSpending = (entry: Entry): Spending => ({
  ...entry,
  usd: toDollars(entry.usd),
  overshoot: { ...entry.overshoot, usd: toDollars(entry.overshoot.usd) }
})

/** `calls` times the mean of the calls that something is known of. */
export const forecast = (entry: Entry, calls: number): Forecast => {
  const mean = (kind: "tokens" | "usd"): number | undefined => {
    const known = entry.calls - entry.unknown[kind]
    return known > 0 ? entry[kind] / known : undefined
  }
  const [tokens, usd] = [mean("tokens"), mean("usd")]
  return {
    calls,
    ...(tokens === undefined ? {} : { tokens: tokens * calls }),
    ...(usd === undefined ? {} : { usd: toDollars(usd * calls) })
  }
}
