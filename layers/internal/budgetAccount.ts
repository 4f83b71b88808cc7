/**
 * The book-keeping of budgets. Everything here is synchronous, so nothing can come between a question and its answer.
 *
 * @internal
 */
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import { type Actual, BudgetError, type Limit, type Limits } from "../../services/Budget.js"
import type { Purpose } from "../../services/LLM.js"
import * as Ledger from "./budgetLedger.js"

export interface Account {
  readonly name: string
  readonly limits: Ledger.Amounts
  /** Milliseconds of the clock. */
  readonly deadline: number
  /** This account, and all around it. */
  readonly lineage: ReadonlyArray<Account>
  /** All that wait in the whole tree, in the order in which they came. */
  readonly queue: Set<Ticket>
  reserved: Ledger.Amounts
  used: Ledger.Amounts
  ledger: Ledger.Ledger
}

/** A reservation on its way: waiting, then held or refused, and in the end settled. */
export interface Ticket {
  readonly account: Account
  readonly purpose: Purpose
  readonly needed: Ledger.Amounts
  /** False where no price was known, so that no cost is beyond what was reserved. */
  readonly priced: boolean
  readonly answer: Deferred.Deferred<void, BudgetError>
  state: "waiting" | "held" | "settled"
}

/** How long the limits allow, in milliseconds; `undefined` where that is no duration. */
const timeOf = ({ time }: Limits): number | undefined => {
  if (time === undefined) return Number.POSITIVE_INFINITY
  const negative = typeof time === "string" ? time.startsWith("-") : typeof time !== "object" && !(time >= 0)
  return negative ? undefined : Option.getOrUndefined(Option.map(Duration.decodeUnknown(time), Duration.toMillis))
}

const isAmount = (value: number | undefined): boolean => value === undefined || value >= 0

export const isFiniteAmount = (value: number): boolean => Number.isFinite(value) && value >= 0

export const invalid = (reason: "InvalidLimits" | "InvalidEstimate", kind: Limit, value: unknown): BudgetError =>
  new BudgetError({
    reason,
    limit: kind,
    detail: `${kind} cannot be ${String(value)}`,
    cure: kind === "time" ? 'Say a duration, such as "10 minutes"' : "Say a number of at least 0"
  })

export const open = (limits: Limits, parent: Account | undefined, now: number): Exit.Exit<Account, BudgetError> => {
  const wrong = Ledger.kinds.find((kind) => !isAmount(limits[kind]))
  if (wrong !== undefined) return Exit.fail(invalid("InvalidLimits", wrong, limits[wrong]))
  const time = timeOf(limits)
  if (time === undefined) return Exit.fail(invalid("InvalidLimits", "time", limits.time))
  const lineage: Array<Account> = []
  const account: Account = {
    name: limits.name ?? "budget",
    limits: {
      calls: limits.calls ?? Number.POSITIVE_INFINITY,
      tokens: limits.tokens ?? Number.POSITIVE_INFINITY,
      usd: limits.usd === undefined ? Number.POSITIVE_INFINITY : Math.round(limits.usd * 1e9)
    },
    deadline: now + time,
    lineage,
    queue: parent?.queue ?? new Set(),
    reserved: Ledger.none,
    used: Ledger.none,
    ledger: Ledger.empty
  }
  lineage.push(account, ...(parent?.lineage ?? []))
  return Exit.succeed(account)
}

/** The account whose time ends first. */
export const firstToEnd = ({ lineage }: Account): Account =>
  lineage.reduce((first, account) => (account.deadline < first.deadline ? account : first))

export const isUsdLimited = ({ lineage }: Account): boolean =>
  lineage.some(({ limits }) => limits.usd < Number.POSITIVE_INFINITY)

export const outOfTime = (account: Account): BudgetError =>
  new BudgetError({
    reason: "Exhausted",
    limit: "time",
    detail: `The time of ${account.name} is over`,
    cure: "Allow more time"
  })

const format = (kind: Limit, amount: number): string =>
  kind === "usd" ? `${Ledger.toDollars(amount)} USD` : `${amount} ${kind}`

/** Set if the ticket can never be served, whatever comes back. */
const refusalOf = ({ account, needed }: Ticket): BudgetError | undefined => {
  for (const { limits, name, used } of account.lineage) {
    const limit = Ledger.kinds.find((kind) => needed[kind] > 0 && used[kind] + needed[kind] > limits[kind])
    if (limit !== undefined) {
      const spent = `${format(limit, used[limit])} of ${format(limit, limits[limit])}`
      return new BudgetError({
        reason: "Exhausted",
        limit,
        detail: `${name} has spent ${spent}, and a call may need ${format(limit, needed[limit])}`,
        cure: `Allow more ${limit}, or make calls that need less`
      })
    }
  }
  return undefined
}

const isRoomFor = ({ limits, reserved, used }: Account, needed: Ledger.Amounts): boolean =>
  Ledger.kinds.every((kind) => needed[kind] === 0 || used[kind] + reserved[kind] + needed[kind] <= limits[kind])

const reserve = ({ account, needed }: Ticket): void => {
  for (const each of account.lineage) each.reserved = Ledger.plus(each.reserved, needed)
}

/** Serves whom it can. Nobody passes somebody who waits for the same account, so large tickets are not starved by small. */
const serve = (queue: Set<Ticket>): void => {
  const full = new Set<Account>()
  for (const ticket of queue) {
    const refusal = refusalOf(ticket)
    const short = ticket.account.lineage.filter((account) => full.has(account) || !isRoomFor(account, ticket.needed))
    if (refusal === undefined && short.length > 0) {
      for (const account of short) full.add(account)
      continue
    }
    queue.delete(ticket)
    if (refusal === undefined) reserve(ticket)
    ticket.state = refusal === undefined ? "held" : "settled"
    Deferred.unsafeDone(ticket.answer, refusal === undefined ? Exit.void : Exit.fail(refusal))
  }
}

export const enqueue = (ticket: Ticket): void => {
  ticket.account.queue.add(ticket)
  serve(ticket.account.queue)
}

const usable = (value: number | undefined): number | undefined =>
  value !== undefined && isFiniteAmount(value) ? value : undefined

/** Charges `actual` if there is one, and gives the rest back. Only the first call for a ticket does anything. */
export const settle = (ticket: Ticket, actual?: Actual): void => {
  const { account, needed, state } = ticket
  if (state === "settled") return
  ticket.state = "settled"
  account.queue.delete(ticket)
  if (state === "held") {
    for (const each of account.lineage) each.reserved = Ledger.minus(each.reserved, needed)
    if (actual !== undefined) charge(ticket, actual)
  }
  serve(account.queue)
}

const charge = ({ account, needed, priced, purpose }: Ticket, actual: Actual): void => {
  const [calls, tokens, usd] = [usable(actual.calls), usable(actual.tokens), usable(actual.usd)]
  const charged = {
    calls: calls ?? needed.calls,
    tokens: tokens ?? needed.tokens,
    usd: usd === undefined ? needed.usd : Math.round(usd * 1e9)
  }
  const overshoot = {
    calls: Math.max(0, charged.calls - needed.calls),
    tokens: Math.max(0, charged.tokens - needed.tokens),
    usd: priced ? Math.max(0, charged.usd - needed.usd) : 0
  }
  const known = {
    ...(tokens === undefined ? {} : { tokens }),
    ...(usd === undefined ? {} : { usd }),
    estimated: actual.estimated === true
  }
  const entry = Ledger.entryOf(known, charged, overshoot)
  for (const each of account.lineage) {
    each.used = Ledger.plus(each.used, charged)
    each.ledger = { ...each.ledger, [purpose]: Ledger.add(each.ledger[purpose], entry) }
  }
}

/** What is left of a kind in the account and all around it; `Infinity` where it is not limited. */
export const left = ({ lineage }: Account, kind: (typeof Ledger.kinds)[number]): number =>
  Math.min(...lineage.map(({ limits, reserved, used }) => Math.max(0, limits[kind] - used[kind] - reserved[kind])))
