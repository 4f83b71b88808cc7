/**
 * Money, tokens, calls and time as one thing that runs out.
 *
 * What a call may need is reserved before it is made, and what it did need is committed after; the rest goes back. So
 * however many calls are under way at once, no limit is passed. Budgets nest: what is reserved of an inner one is also
 * reserved of every outer one.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { Purpose } from "./LLM.js"

/**
 * What can run out.
 *
 * @since 0.1.0
 * @category models
 */
export const Limit = Schema.Literal("calls", "tokens", "usd", "time")

/**
 * @since 0.1.0
 * @category models
 */
export type Limit = typeof Limit.Type

/**
 * Why a budget gives nothing.
 *
 * - `InvalidLimits`, `InvalidEstimate`: a number that is negative or none, a duration that is none
 * - `UnknownPrice`: US dollars are limited, and nobody knows what the call costs
 * - `Exhausted`: `limit` says of what
 *
 * @since 0.1.0
 * @category errors
 */
export class BudgetError extends Schema.TaggedError<BudgetError>("hyperfunc/BudgetError")("BudgetError", {
  reason: Schema.Literal("InvalidLimits", "InvalidEstimate", "UnknownPrice", "Exhausted"),
  limit: Schema.optionalWith(Limit, { exact: true }),
  detail: Schema.String,
  /** What to do about it. */
  cure: Schema.String
}) {
  override get message(): string {
    return `${this.detail}. ${this.cure}`
  }
}

/**
 * What is left out is not limited. Numbers are at least 0.
 *
 * @since 0.1.0
 * @category models
 */
export interface Limits {
  /** What errors call this budget; default `"budget"`. */
  readonly name?: string
  readonly calls?: number
  /** Of prompts and completions together. */
  readonly tokens?: number
  /** In US dollars, kept to a billionth. */
  readonly usd?: number
  /** From the moment when the budget is opened. */
  readonly time?: Duration.DurationInput
}

/**
 * The most that is going to be needed. `usd` is absent where no price is known.
 *
 * @since 0.1.0
 * @category models
 */
export interface Estimate {
  readonly calls: number
  readonly tokens: number
  readonly usd?: number
}

/**
 * What was needed. Limits are charged the reserved amount of what is absent; the ledger counts it as unknown.
 *
 * @since 0.1.0
 * @category models
 */
export interface Actual {
  /** Default: as many as were reserved. */
  readonly calls?: number
  readonly tokens?: number
  readonly usd?: number
  /** Whether somebody reckoned `tokens` and `usd` because the provider did not say. */
  readonly estimated?: boolean
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Spending {
  readonly calls: number
  readonly tokens: number
  /** In US dollars. */
  readonly usd: number
  /** Calls whose tokens are estimates. */
  readonly estimated: number
  /** Calls that `tokens`, or `usd`, leaves out because nobody knows. */
  readonly unknown: { readonly tokens: number; readonly usd: number }
  /** How much of the above lay beyond what had been reserved for it. */
  readonly overshoot: { readonly calls: number; readonly tokens: number; readonly usd: number }
}

/**
 * What is neither spent nor reserved, in this budget and all outer ones. What is not limited is absent.
 *
 * @since 0.1.0
 * @category models
 */
export interface Remaining {
  readonly calls?: number
  readonly tokens?: number
  readonly usd?: number
  readonly time?: Duration.Duration
}

/**
 * What some calls are going to need if they are like those so far. What nothing is known about is absent.
 *
 * @since 0.1.0
 * @category models
 */
export interface Forecast {
  readonly calls: number
  readonly tokens?: number
  readonly usd?: number
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Reservation {
  /** Charges what was needed and gives the rest back. The first commit counts. */
  readonly commit: (actual: Actual) => Effect.Effect<void>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface BudgetService {
  /**
   * Waits while calls under way could still give back enough, first come, first served; fails as soon as they cannot.
   * What is not committed when the scope closes goes back.
   */
  readonly reserve: (estimate: Estimate, purpose: Purpose) => Effect.Effect<Reservation, BudgetError, Scope.Scope>
  /** Fails when the time is over, and until then waits. */
  readonly expired: Effect.Effect<never, BudgetError>
  readonly ledger: Effect.Effect<Readonly<Record<Purpose, Spending>>>
  /** The sum of the ledger. */
  readonly spent: Effect.Effect<Spending>
  readonly remaining: Effect.Effect<Remaining>
  /** From the mean of all calls so far, or of those of a purpose. */
  readonly forecast: (calls: number, purpose?: Purpose) => Effect.Effect<Forecast>
  /** A budget within this one. Its time starts now. */
  readonly open: (limits: Limits) => Effect.Effect<BudgetService, BudgetError>
}

/**
 * @since 0.1.0
 * @category services
 */
export class Budget extends Context.Tag("hyperfunc/Budget")<Budget, BudgetService>() {}
