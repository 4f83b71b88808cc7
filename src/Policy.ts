/**
 * Policies bound what a hyperfunction may cost: how often it is tried, how long it may take, how many calls it may make.
 * They are combinators, and their order in the pipe is their meaning: the outer one sees what the inner one lets through.
 *
 * `docs/policies.md` says what is guaranteed, and which test shows it.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import type * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { type Hyperfunction, wrap } from "./internal/callable.js"
import { type Budgets, CurrentCall, CurrentExecution } from "./internal/execution.js"

/**
 * @since 0.1.0
 * @category errors
 */
export class TimedOut extends Schema.TaggedClass<TimedOut>("hyperfunc/TimedOut")("TimedOut", {
  after: Schema.Duration
}) {}

/**
 * @since 0.1.0
 * @category errors
 */
export class CallBudgetExhausted extends Schema.TaggedClass<CallBudgetExhausted>("hyperfunc/CallBudgetExhausted")(
  "CallBudgetExhausted",
  { maxCalls: Schema.Number, scope: Schema.Literal("call", "example", "evaluation", "process") }
) {}

/**
 * A policy ended a call.
 *
 * @since 0.1.0
 * @category errors
 */
export class PolicyError extends Schema.TaggedError<PolicyError>("hyperfunc/PolicyError")("PolicyError", {
  hyperfunction: Schema.String,
  reason: Schema.Union(TimedOut, CallBudgetExhausted)
}) {
  override get message(): string {
    return this.reason._tag === "TimedOut"
      ? `${this.hyperfunction} took longer than ${Duration.format(this.reason.after)}; raise its timeout or make it faster`
      : `${this.hyperfunction} may be called ${this.reason.maxCalls} times per ${this.reason.scope}; raise maxCalls or call it less`
  }
}

/**
 * What a call budget is counted over. An evaluation is that of one candidate; outside an evaluation, the budgets of an
 * example and of an evaluation last as long as the process.
 *
 * @since 0.1.0
 * @category models
 */
export type BudgetScope = "call" | "example" | "evaluation" | "process"

/**
 * @since 0.1.0
 * @category models
 */
export interface Policy<in E = never, out R = never> {
  readonly retry?: Schedule.Schedule<unknown, E, R>
  /** Limit of each attempt. */
  readonly timeout?: Duration.DurationInput
  /** Every attempt counts. A number is counted over an evaluation. */
  readonly maxCalls?: number | { readonly max: number; readonly scope: BudgetScope }
}

/**
 * Tries again as the schedule says. Interruption and an exhausted budget are never retried.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withRetry: {
  <E, R2>(
    schedule: Schedule.Schedule<unknown, NoInfer<E>, R2>
  ): <In extends ReadonlyArray<any>, A, R, P>(self: Hyperfunction<In, A, E, R, P>) => Hyperfunction<In, A, E, R | R2, P>
  <In extends ReadonlyArray<any>, A, E, R, P, R2>(
    self: Hyperfunction<In, A, E, R, P>,
    schedule: Schedule.Schedule<unknown, NoInfer<E>, R2>
  ): Hyperfunction<In, A, E, R | R2, P>
} = dual(
  2,
  <In extends ReadonlyArray<any>, A, E, R, P, R2>(
    self: Hyperfunction<In, A, E, R, P>,
    schedule: Schedule.Schedule<unknown, E, R2>
  ): Hyperfunction<In, A, E, R | R2, P> =>
    policy(self, (...args: In) =>
      Effect.retry(self(...args), { schedule, while: (error: unknown) => !isExhausted(error) })
    )
)

const isExhausted = (error: unknown): boolean =>
  error instanceof PolicyError && error.reason._tag === "CallBudgetExhausted"

/**
 * Interrupts the call when it takes longer.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withTimeout: {
  (
    after: Duration.DurationInput
  ): <In extends ReadonlyArray<any>, A, E, R, P>(
    self: Hyperfunction<In, A, E, R, P>
  ) => Hyperfunction<In, A, E | PolicyError, R, P>
  <In extends ReadonlyArray<any>, A, E, R, P>(
    self: Hyperfunction<In, A, E, R, P>,
    after: Duration.DurationInput
  ): Hyperfunction<In, A, E | PolicyError, R, P>
} = dual(
  2,
  <In extends ReadonlyArray<any>, A, E, R, P>(self: Hyperfunction<In, A, E, R, P>, after: Duration.DurationInput) =>
    policy(self, (...args: In) =>
      Effect.timeoutFail(self(...args), {
        duration: after,
        onTimeout: () =>
          new PolicyError({
            hyperfunction: self.definition.name,
            reason: new TimedOut({ after: Duration.decode(after) })
          })
      })
    )
)

/**
 * Refuses calls beyond `max` in a scope (default: an evaluation). Calls are counted where this stands in the pipe: inside
 * a retry every attempt counts, outside it the retried call counts once.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withMaxCalls: {
  (
    max: number,
    options?: { readonly scope?: BudgetScope }
  ): <In extends ReadonlyArray<any>, A, E, R, P>(
    self: Hyperfunction<In, A, E, R, P>
  ) => Hyperfunction<In, A, E | PolicyError, R, P>
  <In extends ReadonlyArray<any>, A, E, R, P>(
    self: Hyperfunction<In, A, E, R, P>,
    max: number,
    options?: { readonly scope?: BudgetScope }
  ): Hyperfunction<In, A, E | PolicyError, R, P>
} = dual(
  (args) => typeof args[0] === "function",
  <In extends ReadonlyArray<any>, A, E, R, P>(
    self: Hyperfunction<In, A, E, R, P>,
    max: number,
    options?: { readonly scope?: BudgetScope }
  ): Hyperfunction<In, A, E | PolicyError, R, P> => {
    const scope = options?.scope ?? "evaluation"
    const counter = {}
    const process: Budgets = new Map()
    return policy(self, (...args: In) =>
      Effect.contextWithEffect((context: Context.Context<never>): Effect.Effect<A, E | PolicyError, R> => {
        const budgets = budgetsOf(context, scope) ?? process
        const used = budgets.get(counter) ?? 0
        if (!(used < max)) {
          return Effect.fail(
            new PolicyError({
              hyperfunction: self.definition.name,
              reason: new CallBudgetExhausted({ maxCalls: max, scope })
            })
          )
        }
        budgets.set(counter, used + 1)
        return self(...args)
      })
    )
  }
)

/**
 * Retry around timeout around call budget: each attempt has the whole timeout and counts against the budget.
 *
 * @internal
 */
export const withPolicy = <In extends ReadonlyArray<any>, A, E, R, P>(
  self: Hyperfunction<In, A, E, R, P>,
  options: Policy<any, any>
): Hyperfunction<In, A, any, any, P> => {
  const { maxCalls, retry, timeout } = options
  const limit = typeof maxCalls === "number" ? { max: maxCalls, scope: "evaluation" as const } : maxCalls
  const counted: Hyperfunction<In, A, any, any, P> = limit === undefined ? self : withMaxCalls(self, limit.max, limit)
  const timed = timeout === undefined ? counted : withTimeout(counted, timeout)
  return retry === undefined ? timed : withRetry(timed, retry)
}

const budgetsOf = (context: Context.Context<never>, scope: BudgetScope): Budgets | undefined => {
  switch (scope) {
    case "call":
      return Context.get(context, CurrentCall)?.budgets
    case "example":
    case "evaluation":
      return Context.get(context, CurrentExecution)?.budgets?.[scope]
    case "process":
      return undefined
  }
}

/** A policy has its own course for every candidate and example, so a run that calls one is not lifted. */
const policy = <In extends ReadonlyArray<any>, A, E, R, P>(
  self: {
    readonly definition: Hyperfunction.Any["definition"]
    readonly params: Hyperfunction<In, A, E, R, P>["params"]
  },
  call: (...args: In) => Effect.Effect<A, E, R>
): Hyperfunction<In, A, E, R, P> =>
  wrap(self.definition, self.params, (...args: In) =>
    Effect.contextWithEffect((context: Context.Context<never>) => {
      const lift = Context.get(context, CurrentExecution)?.lift
      if (lift !== undefined) return lift.diverge(`${self.definition.name} has a policy`)
      const current = Context.get(context, CurrentCall)
      if (current?.definition === self.definition) return call(...args)
      return Effect.provideService(call(...args), CurrentCall, { definition: self.definition, budgets: new Map() })
    })
  )
