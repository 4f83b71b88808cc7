/**
 * Budgets: one for a program, and budgets within budgets.
 *
 * ```ts
 * const program = optimise.pipe(Budget.within({ name: "reflection", usd: 1 }))
 *
 * program.pipe(Effect.provide(Budget.layer({ name: "run", usd: 5, time: "1 hour" })))
 * ```
 *
 * What spends looks the budget up when it is called, so nesting works through any layer that was built before.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Record from "effect/Record"
import type * as Scope from "effect/Scope"
import {
  Budget,
  BudgetError,
  type BudgetService,
  type Estimate,
  type Limits,
  type Reservation
} from "../services/Budget.js"
import type { Purpose } from "../services/LLM.js"
import * as Account from "./internal/budgetAccount.js"
import * as Ledger from "./internal/budgetLedger.js"

/**
 * A budget of its own, within none.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (limits: Limits): Effect.Effect<BudgetService, BudgetError> => open(limits)

/**
 * @since 0.1.0
 * @category layers
 */
export const layer = (limits: Limits): Layer.Layer<Budget, BudgetError> => Layer.effect(Budget, make(limits))

/**
 * Runs the effect with a budget within the one around it, or with one of its own where there is none. Its time starts when
 * the effect does.
 *
 * @since 0.1.0
 * @category combinators
 */
export const within: {
  (limits: Limits): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E | BudgetError, Exclude<R, Budget>>
  <A, E, R>(self: Effect.Effect<A, E, R>, limits: Limits): Effect.Effect<A, E | BudgetError, Exclude<R, Budget>>
} = dual(
  2,
  <A, E, R>(self: Effect.Effect<A, E, R>, limits: Limits): Effect.Effect<A, E | BudgetError, Exclude<R, Budget>> =>
    Effect.flatMap(Effect.serviceOption(Budget), (outer) =>
      Effect.provideServiceEffect(self, Budget, Option.isNone(outer) ? make(limits) : outer.value.open(limits))
    )
)

const open = (limits: Limits, parent?: Account.Account): Effect.Effect<BudgetService, BudgetError> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) =>
    Effect.map(Account.open(limits, parent, now), (account) => ({
      reserve: (estimate, purpose) => reserve(account, estimate, purpose),
      expired: expired(account),
      ledger: Effect.sync(() => Record.map(account.ledger, Ledger.toSpending)),
      spent: Effect.sync(() => Ledger.toSpending(Ledger.total(account.ledger))),
      remaining: Effect.map(Clock.currentTimeMillis, (time) => remaining(account, time)),
      forecast: (calls, purpose) =>
        Effect.sync(() =>
          Ledger.forecast(purpose === undefined ? Ledger.total(account.ledger) : account.ledger[purpose], calls)
        ),
      open: (inner) => open(inner, account)
    }))
  )

const reserve = (
  account: Account.Account,
  estimate: Estimate,
  purpose: Purpose
): Effect.Effect<Reservation, BudgetError, Scope.Scope> =>
  Effect.gen(function* () {
    const ticket: Account.Ticket = {
      account,
      purpose,
      needed: yield* amountsOf(account, estimate),
      priced: estimate.usd !== undefined,
      answer: yield* Deferred.make<void, BudgetError>(),
      state: "waiting"
    }
    const ending = Account.firstToEnd(account)
    if ((yield* Clock.currentTimeMillis) >= ending.deadline) return yield* Account.outOfTime(ending)
    yield* Effect.addFinalizer(() => Effect.sync(() => Account.settle(ticket)))
    yield* Effect.sync(() => Account.enqueue(ticket))
    yield* Effect.raceFirst(Deferred.await(ticket.answer), expired(account))
    return { commit: (actual) => Effect.sync(() => Account.settle(ticket, actual)) }
  })

const amountsOf = (account: Account.Account, estimate: Estimate): Effect.Effect<Ledger.Amounts, BudgetError> => {
  const { calls, tokens, usd } = estimate
  const wrong = Ledger.kinds.find((kind) => estimate[kind] !== undefined && !Account.isFiniteAmount(estimate[kind]))
  if (wrong !== undefined) return Effect.fail(Account.invalid("InvalidEstimate", wrong, estimate[wrong]))
  if (usd === undefined && Account.isUsdLimited(account)) {
    return new BudgetError({
      reason: "UnknownPrice",
      limit: "usd",
      detail: "US dollars are limited, and the price of a call is not known",
      cure: "Say what it costs, or limit tokens instead"
    })
  }
  return Effect.succeed({ calls, tokens, usd: usd === undefined ? 0 : Ledger.fromDollars(usd) })
}

const expired = (account: Account.Account): Effect.Effect<never, BudgetError> => {
  const ending = Account.firstToEnd(account)
  if (ending.deadline === Number.POSITIVE_INFINITY) return Effect.never
  return Effect.flatMap(Clock.currentTimeMillis, (now) =>
    Effect.zipRight(Effect.sleep(Math.max(0, ending.deadline - now)), Effect.fail(Account.outOfTime(ending)))
  )
}

const remaining = (account: Account.Account, now: number) => {
  const [calls, tokens, usd] = Ledger.kinds.map((kind) => Account.left(account, kind))
  const time = Account.firstToEnd(account).deadline - now
  return {
    ...(calls === Number.POSITIVE_INFINITY ? {} : { calls }),
    ...(tokens === Number.POSITIVE_INFINITY ? {} : { tokens }),
    ...(usd === Number.POSITIVE_INFINITY ? {} : { usd: Ledger.toDollars(usd) }),
    ...(time === Number.POSITIVE_INFINITY ? {} : { time: Duration.millis(time) })
  }
}
