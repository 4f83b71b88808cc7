import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as BudgetLayer from "../../layers/Budget.js"
import {
  type Actual,
  Budget,
  type BudgetError,
  type BudgetService,
  type Estimate,
  type Limits
} from "../../services/Budget.js"
import { simulate } from "../utils/virtualTime.js"

const together = { concurrency: "unbounded", discard: true } as const

const estimate = (tokens: number, usd?: number): Estimate => ({
  calls: 1,
  tokens,
  ...(usd === undefined ? {} : { usd })
})

/** Reserves, does something, and commits. */
const spend = <A, E, R>(
  budget: BudgetService,
  needed: Estimate,
  actual: Actual,
  work: Effect.Effect<A, E, R>
): Effect.Effect<A, E | BudgetError, R> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { commit } = yield* budget.reserve(needed, "task")
      const done = yield* work
      yield* commit(actual)
      return done
    })
  )

const isWaiting = <A, E>(fiber: Fiber.RuntimeFiber<A, E>) =>
  Effect.zipRight(Effect.repeatN(Effect.yieldNow(), 20), Effect.map(Fiber.poll(fiber), Option.isNone))

describe("Budget", () => {
  describe("limits", () => {
    it.effect("are refused when they are negative or no numbers, or the time is no duration", () =>
      Effect.gen(function* () {
        const wrong: ReadonlyArray<readonly [string, Limits]> = [
          ["calls", { calls: Number.NaN }],
          ["tokens", { tokens: -1 }],
          ["usd", { usd: -0.01 }],
          ["time", { time: -5 }],
          ["time", { time: Number.NaN }],
          ["time", { time: "-5 seconds" }],
          ["time", { time: "soon" as Duration.DurationInput }]
        ]
        for (const [limit, limits] of wrong) {
          const error = yield* Effect.flip(Effect.asVoid(BudgetLayer.make(limits)))
          assert.strictEqual(error.reason, "InvalidLimits")
          assert.strictEqual(error.limit, limit)
          const inner = yield* Effect.flip(BudgetLayer.within(Effect.void, limits))
          assert.strictEqual(inner.reason, "InvalidLimits")
        }
        const layered = yield* Effect.flip(Effect.void.pipe(Effect.provide(BudgetLayer.layer({ calls: -1 }))))
        assert.strictEqual(layered.reason, "InvalidLimits")
      })
    )

    it.effect("of nothing allow nothing, and those left out allow everything", () =>
      Effect.gen(function* () {
        const closed = yield* BudgetLayer.make({ calls: 0 })
        const error = yield* Effect.flip(spend(closed, estimate(1), {}, Effect.void))
        assert.deepStrictEqual([error.reason, error.limit], ["Exhausted", "calls"])
        const open = yield* BudgetLayer.make({})
        yield* spend(open, estimate(1e12, 1e6), { tokens: 1e12, usd: 1e6 }, Effect.void)
        assert.deepStrictEqual(yield* open.remaining, {})
      })
    )

    it.effect("are met to the last one, without errors of rounding", () =>
      Effect.gen(function* () {
        const budget = yield* BudgetLayer.make({ calls: 3, tokens: 30, usd: 0.3 })
        for (let k = 0; k < 3; k++) yield* spend(budget, estimate(10, 0.1), { tokens: 10, usd: 0.1 }, Effect.void)
        assert.deepStrictEqual(yield* budget.remaining, { calls: 0, tokens: 0, usd: 0 })
        assert.strictEqual((yield* budget.spent).usd, 0.3)
      })
    )
  })

  describe("a reservation", () => {
    it.effect("that can never fit fails at once, and says what is exhausted", () =>
      Effect.gen(function* () {
        const budget = yield* BudgetLayer.make({ name: "run", tokens: 100, usd: 1 })
        yield* spend(budget, estimate(60, 0), { tokens: 60, usd: 0 }, Effect.void)
        const error = yield* Effect.flip(spend(budget, estimate(41, 0), {}, Effect.void))
        assert.deepStrictEqual([error.reason, error.limit], ["Exhausted", "tokens"])
        assert.include(error.message, "run has spent 60 tokens of 100 tokens")
        const money = yield* Effect.flip(spend(budget, estimate(1, 1.5), {}, Effect.void))
        assert.include(money.message, "1.5 USD")
      })
    )

    it.effect("waits for calls under way, and gets what they give back", () =>
      Effect.gen(function* () {
        const budget = yield* BudgetLayer.make({ tokens: 100 })
        yield* Effect.fork(spend(budget, estimate(80), { tokens: 30 }, Effect.sleep("1 second")))
        yield* Effect.yieldNow()
        const waiting = yield* Effect.fork(spend(budget, estimate(70), { tokens: 70 }, Effect.void))
        assert.isTrue(yield* isWaiting(waiting))
        yield* TestClock.adjust("1 second")
        yield* Fiber.join(waiting)
        assert.strictEqual((yield* budget.spent).tokens, 100)
      })
    )

    it.effect("that waits fails as soon as a commit makes it hopeless", () =>
      Effect.gen(function* () {
        const budget = yield* BudgetLayer.make({ tokens: 100 })
        yield* Effect.fork(spend(budget, estimate(80), { tokens: 80 }, Effect.sleep("1 second")))
        yield* Effect.yieldNow()
        const waiting = yield* Effect.fork(spend(budget, estimate(70), {}, Effect.void))
        assert.isTrue(yield* isWaiting(waiting))
        yield* TestClock.adjust("1 second")
        assert.strictEqual((yield* Effect.flip(Fiber.join(waiting))).reason, "Exhausted")
      })
    )

    it.effect("is not passed by smaller ones that come later", () =>
      Effect.gen(function* () {
        const budget = yield* BudgetLayer.make({ tokens: 100 })
        const order: Array<string> = []
        const call = (name: string, tokens: number) =>
          spend(
            budget,
            estimate(tokens),
            { tokens: 0 },
            Effect.zipRight(
              Effect.sync(() => order.push(name)),
              Effect.sleep("1 second")
            )
          )
        const calls = Effect.all([call("first", 60), call("large", 90), call("small", 10)], together)
        const fiber = yield* Effect.fork(calls)
        yield* TestClock.adjust("1 second")
        yield* TestClock.adjust("1 second")
        yield* Fiber.join(fiber)
        assert.deepStrictEqual(order, ["first", "large", "small"])
      })
    )

    it.effect("goes back when its call fails, dies or is interrupted", () =>
      Effect.gen(function* () {
        const budget = yield* BudgetLayer.make({ calls: 1, tokens: 10, usd: 1 })
        const before = yield* budget.remaining
        yield* Effect.exit(spend(budget, estimate(10, 1), {}, Effect.fail("no")))
        yield* Effect.exit(spend(budget, estimate(10, 1), {}, Effect.die("no")))
        const fiber = yield* Effect.fork(spend(budget, estimate(10, 1), {}, Effect.never))
        yield* Effect.yieldNow()
        assert.deepStrictEqual(yield* budget.remaining, { calls: 0, tokens: 0, usd: 0 })
        yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual(yield* budget.remaining, before)
        assert.strictEqual((yield* budget.spent).calls, 0)
      })
    )

    it.effect("that is interrupted while it waits leaves the line", () =>
      Effect.gen(function* () {
        const budget = yield* BudgetLayer.make({ tokens: 100 })
        yield* Effect.fork(spend(budget, estimate(80), { tokens: 0 }, Effect.sleep("1 second")))
        yield* Effect.yieldNow()
        const large = yield* Effect.fork(spend(budget, estimate(90), {}, Effect.void))
        const small = yield* Effect.fork(spend(budget, estimate(20), {}, Effect.void))
        assert.isTrue(yield* isWaiting(small))
        yield* Fiber.interrupt(large)
        yield* Fiber.join(small)
      })
    )

    it.effect("is refused when it is no amount, or when money is limited and its price unknown", () =>
      Effect.gen(function* () {
        const budget = yield* BudgetLayer.make({ usd: 1 })
        for (const tokens of [Number.NaN, -1, Number.POSITIVE_INFINITY]) {
          const error = yield* Effect.flip(spend(budget, estimate(tokens, 0), {}, Effect.void))
          assert.strictEqual(error.reason, "InvalidEstimate")
        }
        const inner = yield* budget.open({ tokens: 10 })
        assert.strictEqual((yield* Effect.flip(spend(inner, estimate(1), {}, Effect.void))).reason, "UnknownPrice")
      })
    )
  })

  describe("within a budget", () => {
    it.effect("is reserved of all that are around", () =>
      Effect.gen(function* () {
        const call = (tokens: number) =>
          Effect.flatMap(Budget, (budget) => spend(budget, estimate(tokens), { tokens }, Effect.void))
        const program = Effect.gen(function* () {
          const run = yield* Budget
          yield* call(10)
          const optimiser = yield* Effect.gen(function* () {
            yield* call(20)
            const inner = yield* Effect.flip(BudgetLayer.within(call(31), { name: "reflection", tokens: 30 }))
            const middle = yield* Effect.flip(BudgetLayer.within(call(31), { tokens: 40 }))
            const outer = yield* Effect.flip(BudgetLayer.within(Effect.zipRight(call(25), call(6)), {}))
            const budget = yield* Budget
            return { errors: [inner, middle, outer], spent: (yield* budget.spent).tokens }
          }).pipe(BudgetLayer.within({ name: "optimiser", tokens: 50 }))
          return { ...optimiser, run: (yield* run.spent).tokens, left: yield* run.remaining }
        })
        const result = yield* program.pipe(Effect.provide(BudgetLayer.layer({ name: "run", tokens: 100 })))
        assert.deepStrictEqual(
          result.errors.map((error) => error.detail.split(" ")[0]),
          ["reflection", "optimiser", "optimiser"]
        )
        assert.deepStrictEqual([result.spent, result.run, result.left], [45, 55, { tokens: 45 }])
      })
    )

    it.effect("one that waits does not hold up its neighbour", () =>
      Effect.gen(function* () {
        const run = yield* BudgetLayer.make({ tokens: 100 })
        const [a, b] = [yield* run.open({ tokens: 10 }), yield* run.open({})]
        yield* Effect.fork(spend(a, estimate(10), { tokens: 0 }, Effect.sleep("1 second")))
        yield* Effect.yieldNow()
        const waiting = yield* Effect.fork(spend(a, estimate(10), {}, Effect.void))
        assert.isTrue(yield* isWaiting(waiting))
        yield* spend(b, estimate(50), {}, Effect.void)
        yield* TestClock.adjust("1 second")
        yield* Fiber.join(waiting)
      })
    )
  })

  describe("time", () => {
    it.effect("runs from when the budget is opened; then nothing is given, and who waits fails", () =>
      Effect.gen(function* () {
        const run = yield* BudgetLayer.make({ name: "run", calls: 1, time: "10 seconds" })
        yield* TestClock.adjust("4 seconds")
        const inner = yield* run.open({ name: "inner", time: "1 hour" })
        assert.deepStrictEqual((yield* inner.remaining).time, Duration.seconds(6))
        yield* Effect.fork(spend(run, estimate(1), {}, Effect.sleep("1 hour")))
        yield* Effect.yieldNow()
        const waiting = yield* Effect.fork(spend(inner, estimate(1), {}, Effect.void))
        const expired = yield* Effect.fork(inner.expired)
        yield* TestClock.adjust("5999 millis")
        assert.isTrue(yield* isWaiting(waiting))
        assert.isTrue(yield* isWaiting(expired))
        yield* TestClock.adjust("1 millis")
        for (const fiber of [waiting, expired]) {
          const error = yield* Effect.flip(Effect.asVoid(Fiber.join<unknown, BudgetError>(fiber)))
          assert.deepStrictEqual([error.reason, error.limit], ["Exhausted", "time"])
          assert.include(error.message, "run")
        }
        const late = yield* Effect.flip(spend(inner, estimate(1), {}, Effect.void))
        assert.strictEqual(late.limit, "time")
      })
    )
  })

  describe("the ledger", () => {
    const commit = (
      budget: BudgetService,
      needed: Estimate,
      actual: Actual,
      purpose: "task" | "judge" | "reflection"
    ) => Effect.scoped(Effect.flatMap(budget.reserve(needed, purpose), (reservation) => reservation.commit(actual)))

    it.effect("keeps purposes apart, and unknown amounts as unknown", () =>
      Effect.gen(function* () {
        const budget = yield* BudgetLayer.make({ tokens: 1000 })
        yield* commit(budget, estimate(100, 1), { tokens: 40, usd: 0.5 }, "task")
        yield* commit(budget, estimate(100), { tokens: 60 }, "task")
        yield* commit(budget, estimate(100, 1), { usd: 0.25 }, "judge")
        yield* commit(budget, estimate(100, 1), { tokens: Number.NaN, usd: -1 }, "judge")
        yield* commit(budget, estimate(100, 1), { tokens: 10, usd: 0.1, estimated: true }, "reflection")
        const { judge, reflection, task } = yield* budget.ledger
        const overshoot = { calls: 0, tokens: 0, usd: 0 }
        assert.deepStrictEqual(task, {
          calls: 2,
          tokens: 100,
          usd: 0.5,
          estimated: 0,
          unknown: { tokens: 0, usd: 1 },
          overshoot
        })
        assert.deepStrictEqual(judge, {
          calls: 2,
          tokens: 0,
          usd: 0.25,
          estimated: 0,
          unknown: { tokens: 2, usd: 1 },
          overshoot
        })
        assert.deepStrictEqual(reflection, {
          calls: 1,
          tokens: 10,
          usd: 0.1,
          estimated: 1,
          unknown: { tokens: 0, usd: 0 },
          overshoot
        })
        assert.deepStrictEqual(yield* budget.spent, {
          calls: 5,
          tokens: 110,
          usd: 0.85,
          estimated: 1,
          unknown: { tokens: 2, usd: 2 },
          overshoot
        })
        assert.deepStrictEqual(yield* budget.remaining, { tokens: 1000 - 40 - 60 - 100 - 100 - 10 })
      })
    )

    it.effect("has what was needed beyond what was reserved as overshoot, and allows that much less", () =>
      Effect.gen(function* () {
        const budget = yield* BudgetLayer.make({ tokens: 100, usd: 1 })
        yield* commit(budget, estimate(50, 0.5), { tokens: 70, usd: 0.4 }, "task")
        assert.deepStrictEqual((yield* budget.spent).overshoot, { calls: 0, tokens: 20, usd: 0 })
        assert.deepStrictEqual(yield* budget.remaining, { tokens: 30, usd: 0.6 })
      })
    )

    it.effect("takes the first commit of a reservation", () =>
      Effect.gen(function* () {
        const budget = yield* BudgetLayer.make({ tokens: 100 })
        yield* Effect.scoped(
          Effect.gen(function* () {
            const reservation = yield* budget.reserve(estimate(50), "task")
            yield* reservation.commit({ tokens: 10 })
            yield* reservation.commit({ tokens: 20 })
          })
        )
        assert.deepStrictEqual(yield* budget.remaining, { tokens: 90 })
      })
    )

    it.effect("forecasts from the mean of what is known", () =>
      Effect.gen(function* () {
        const budget = yield* BudgetLayer.make({})
        assert.deepStrictEqual(yield* budget.forecast(10), { calls: 10 })
        yield* commit(budget, estimate(100, 1), { tokens: 40, usd: 0.5 }, "task")
        yield* commit(budget, estimate(100, 1), { tokens: 60 }, "task")
        yield* commit(budget, estimate(100), { tokens: 20 }, "judge")
        assert.deepStrictEqual(yield* budget.forecast(10), { calls: 10, tokens: 400, usd: 5 })
        assert.deepStrictEqual(yield* budget.forecast(10, "task"), { calls: 10, tokens: 500, usd: 5 })
        assert.deepStrictEqual(yield* budget.forecast(10, "judge"), { calls: 10, tokens: 200 })
      })
    )
  })

  const job = FastCheck.record({
    account: FastCheck.nat(3),
    tokens: FastCheck.nat(60),
    cents: FastCheck.nat(60),
    share: FastCheck.double({ min: 0, max: 1, noNaN: true }),
    start: FastCheck.nat(20),
    takes: FastCheck.nat(20),
    end: FastCheck.constantFrom("commit", "commit", "fail", "die", "interrupt")
  })

  const limit = FastCheck.integer({ min: 20, max: 200 })

  it.effect.prop(
    "is never overshot, gives back what is not committed, and loses nobody who waits",
    {
      jobs: FastCheck.array(job, { minLength: 1, maxLength: 40 }),
      limits: FastCheck.array(FastCheck.record({ calls: limit, tokens: limit, cents: limit }), {
        minLength: 4,
        maxLength: 4
      })
    },
    ({ jobs, limits }) =>
      Effect.gen(function* () {
        const of = (k: number): Limits => ({
          calls: Math.ceil(limits[k].calls / 10),
          tokens: limits[k].tokens,
          usd: limits[k].cents / 100
        })
        const root = yield* BudgetLayer.make(of(0))
        const [a, b] = [yield* root.open(of(1)), yield* root.open(of(2))]
        const budgets = [root, a, b, yield* a.open(of(3))]
        const around = [[0], [1, 0], [2, 0], [3, 1, 0]]
        const held = limits.map(() => [0, 0, 0])
        const spent = limits.map(() => [0, 0, 0])
        const faults: Array<string> = []
        const most = (k: number) => [Math.ceil(limits[k].calls / 10), limits[k].tokens, limits[k].cents]
        const add = (to: Array<Array<number>>, account: number, amounts: ReadonlyArray<number>, sign: number) => {
          for (const k of around[account]) amounts.forEach((amount, i) => (to[k][i] += sign * amount))
        }
        yield* Effect.forEach(
          jobs,
          ({ account, cents, end, share, start, takes, tokens }) => {
            const needed = [1, tokens, cents]
            const actual = [1, Math.floor(tokens * share), Math.floor(cents * share)]
            const work = Effect.acquireUseRelease(
              Effect.sync(() => {
                add(held, account, needed, 1)
                for (const k of around[account]) {
                  if (most(k).some((limit, i) => held[k][i] + spent[k][i] > limit)) faults.push("overshot")
                }
              }),
              () =>
                Effect.zipRight(
                  Effect.sleep(takes),
                  end === "fail" ? Effect.fail("failed" as const) : end === "die" ? Effect.die("died") : Effect.void
                ),
              (_, exit) =>
                Effect.sync(() => {
                  add(held, account, needed, -1)
                  if (Exit.isSuccess(exit)) add(spent, account, actual, 1)
                })
            )
            const call = spend(
              budgets[account],
              { calls: 1, tokens, usd: cents / 100 },
              { tokens: actual[1], usd: actual[2] / 100 },
              Effect.uninterruptibleMask((restore) => restore(work))
            ).pipe(
              Effect.tapError((error) =>
                Effect.sync(() => {
                  if (error === "failed") return
                  const hopeless = around[account].some((k) =>
                    most(k).some((limit, i) => spent[k][i] + needed[i] > limit)
                  )
                  if (!hopeless) faults.push("refused what could still fit")
                })
              )
            )
            const limited = end === "interrupt" ? Effect.timeoutOption(call, takes / 2) : call
            return Effect.delay(Effect.exit(limited), start)
          },
          together
        )
        assert.deepStrictEqual(faults, [])
        for (const k of [0, 1, 2, 3]) {
          assert.deepStrictEqual(held[k], [0, 0, 0])
          const { calls, overshoot, tokens, usd } = yield* budgets[k].spent
          assert.deepStrictEqual([calls, tokens, Math.round(usd * 100)], spent[k])
          assert.deepStrictEqual(overshoot, { calls: 0, tokens: 0, usd: 0 })
          const left = yield* budgets[k].remaining
          const least = [0, 1, 2].map((i) => Math.min(...around[k].map((j) => most(j)[i] - spent[j][i])))
          assert.deepStrictEqual([left.calls, left.tokens, Math.round((left.usd ?? 0) * 100)], least)
        }
      }).pipe(simulate),
    { fastCheck: { numRuns: 50 } }
  )
})
