import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/TestClock"
import * as DeviceCpu from "../layers/DeviceCpu.js"
import * as OptimizerEvolution from "../layers/OptimizerEvolution.js"
import * as CallGraph from "../src/CallGraph.js"
import * as Candidate from "../src/Candidate.js"
import * as Hyperfunction from "../src/Hyperfunction.js"
import * as HyperSystem from "../src/HyperSystem.js"
import * as LoRAWeight from "../src/LoRAWeight.js"
import * as Metric from "../src/Metric.js"
import * as Params from "../src/Params.js"
import { PolicyError } from "../src/Policy.js"
import * as Tensor from "../src/Tensor.js"

/** A hyperfunction whose attempts are written down with the time at which they start. */
const watched = <A, E, R>(name: string, run: (attempt: number) => Effect.Effect<A, E, R>) => {
  const starts: Array<number> = []
  const self = Hyperfunction.make(name, {
    params: Params.none,
    run: () =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        starts.push(now)
        return run(starts.length)
      })
  })
  return { self, starts }
}

const failing = (name = "search") => watched(name, () => Effect.fail("down"))

const succeeding = (name = "search") => watched(name, () => Effect.succeed(1))

const gain = Hyperfunction.make("gain", {
  params: Params.unbounded({ default: 1 }),
  run: (gain, x: number) => Effect.succeed(gain * x)
})

const gains = (...values: ReadonlyArray<number>) =>
  values.map((value) => Candidate.set(Candidate.defaults(), gain, value))

const numbered = (...inputs: ReadonlyArray<number>) => inputs.map((input) => ({ input, expected: input }))

const mean = (outputs: ReadonlyArray<number>): number => outputs.reduce((sum, x) => sum + x, 0) / outputs.length

const reasonOf = (error: unknown): PolicyError["reason"] =>
  error instanceof PolicyError ? error.reason : assert.fail(`not a PolicyError: ${String(error)}`)

const exhausted = (error: unknown): unknown => {
  const reason = reasonOf(error)
  return reason._tag === "CallBudgetExhausted" ? reason.scope : reason._tag
}

const forms = ["fibers", "sequential"] as const

describe("Policy", () => {
  describe("withTimeout", () => {
    it.effect("a timeout interrupts the call at exactly its limit", () =>
      Effect.gen(function* () {
        const interrupted: Array<number> = []
        const { self } = watched("slow", () =>
          Effect.onInterrupt(Effect.sleep("10 seconds"), () =>
            Effect.map(Clock.currentTimeMillis, (now) => interrupted.push(now))
          )
        )
        const fiber = yield* Effect.fork(Effect.flip(Hyperfunction.withTimeout(self, "5 seconds")()))
        yield* TestClock.adjust("4999 millis")
        assert.isNull(fiber.unsafePoll())
        assert.deepStrictEqual(interrupted, [])
        yield* TestClock.adjust("1 millis")
        assert.deepStrictEqual(interrupted, [5000])
        const reason = reasonOf(yield* Fiber.join(fiber))
        assert.isTrue(reason._tag === "TimedOut" && Duration.equals(reason.after, "5 seconds"))
      })
    )

    it.effect("a call that timed out has run its finalisers before the caller goes on", () =>
      Effect.gen(function* () {
        const events: Array<string> = []
        const { self } = watched("slow", () =>
          Effect.scoped(
            Effect.zipRight(
              Effect.addFinalizer(() =>
                Effect.delay(
                  Effect.sync(() => events.push("closed")),
                  "1 second"
                )
              ),
              Effect.never
            )
          )
        )
        const fiber = yield* Effect.fork(
          Effect.ensuring(
            Effect.exit(Hyperfunction.withTimeout(self, "5 seconds")()),
            Effect.sync(() => events.push("went on"))
          )
        )
        yield* TestClock.adjust("5 seconds")
        assert.deepStrictEqual(events, [])
        yield* TestClock.adjust("1 second")
        yield* Fiber.join(fiber)
        assert.deepStrictEqual(events, ["closed", "went on"])
      })
    )

    it.effect("a call that ends in time is not touched by its timeout", () =>
      Effect.gen(function* () {
        const { self } = watched("quick", () => Effect.as(Effect.sleep("4999 millis"), "done"))
        const fiber = yield* Effect.fork(Hyperfunction.withTimeout(self, "5 seconds")())
        yield* TestClock.adjust("1 minute")
        assert.strictEqual(yield* Fiber.join(fiber), "done")
      })
    )

    it.effect("a timeout says which hyperfunction was too slow, for which limit, and the cure", () =>
      Effect.gen(function* () {
        const { self } = watched("translate", () => Effect.never)
        const fiber = yield* Effect.fork(Effect.flip(Hyperfunction.withTimeout(self, "1500 millis")()))
        yield* TestClock.adjust("2 seconds")
        const error = yield* Fiber.join(fiber)
        assert.strictEqual(error.message, "translate took longer than 1s 500ms; raise its timeout or make it faster")
      })
    )
  })

  describe("withRetry", () => {
    it.effect("a retry follows its schedule", () =>
      Effect.gen(function* () {
        const { self, starts } = watched("flaky", (attempt) =>
          attempt < 4 ? Effect.fail("down") : Effect.succeed(attempt)
        )
        const fiber = yield* Effect.fork(self.pipe(Hyperfunction.withRetry(Schedule.exponential("1 second")))())
        yield* TestClock.adjust("1 minute")
        assert.strictEqual(yield* Fiber.join(fiber), 4)
        assert.deepStrictEqual(starts, [0, 1000, 3000, 7000])
      })
    )

    it.effect("a retry whose schedule is over ends with the last failure", () =>
      Effect.gen(function* () {
        const { self, starts } = watched("flaky", (attempt) => Effect.fail(`failure ${attempt}`))
        const error = yield* Effect.flip(Hyperfunction.withRetry(self, Schedule.recurs(2))())
        assert.strictEqual(error, "failure 3")
        assert.strictEqual(starts.length, 3)
      })
    )

    it.effect("a schedule can decide by the failure whether to try again", () =>
      Effect.gen(function* () {
        const { self, starts } = watched("flaky", (attempt) =>
          Effect.fail({ status: attempt < 3 ? 503 : 401, attempt })
        )
        const whileDown = Schedule.recurWhile(({ status }: { readonly status: number }) => status === 503)
        const error = yield* Effect.flip(Hyperfunction.withRetry(self, whileDown)())
        assert.strictEqual(error.status, 401)
        assert.strictEqual(starts.length, 3)
      })
    )

    it.effect("a cancelled call is never tried again", () =>
      Effect.gen(function* () {
        const { self, starts } = watched("slow", () => Effect.never)
        const fiber = yield* Effect.fork(Hyperfunction.withRetry(self, Schedule.forever)())
        yield* TestClock.adjust("1 second")
        assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(fiber)))
        yield* TestClock.adjust("1 minute")
        assert.strictEqual(starts.length, 1)

        const cancelling = watched("cancelling", () => Effect.interrupt)
        const exit = yield* Effect.exit(Hyperfunction.withRetry(cancelling.self, Schedule.forever)())
        assert.isTrue(Exit.isInterrupted(exit))
        assert.strictEqual(cancelling.starts.length, 1)
      })
    )

    it.effect("a call cancelled while it waits for its next attempt makes no other", () =>
      Effect.gen(function* () {
        const { self, starts } = failing()
        const fiber = yield* Effect.fork(Hyperfunction.withRetry(self, Schedule.spaced("10 seconds"))())
        yield* TestClock.adjust("15 seconds")
        yield* Fiber.interrupt(fiber)
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(starts, [0, 10_000])
      })
    )

    it.effect("a defect is never tried again", () =>
      Effect.gen(function* () {
        const { self, starts } = watched("broken", () => Effect.die(new Error("boom")))
        const exit = yield* Effect.exit(Hyperfunction.withRetry(self, Schedule.recurs(5))())
        assert.isTrue(Exit.isFailure(exit))
        assert.strictEqual(starts.length, 1)
      })
    )

    it.effect("an exhausted budget is never tried again", () =>
      Effect.gen(function* () {
        const { self, starts } = failing()
        const bounded = self.pipe(Hyperfunction.withMaxCalls(2), Hyperfunction.withRetry(Schedule.spaced("1 second")))
        const fiber = yield* Effect.fork(Effect.flip(bounded()))
        yield* TestClock.adjust("2 seconds")
        assert.strictEqual(exhausted(yield* Fiber.join(fiber)), "evaluation")
        assert.deepStrictEqual(starts, [0, 1000])
      })
    )

    it.effect("an exhausted budget inside a call is not retried further out either", () =>
      Effect.gen(function* () {
        const inner = Hyperfunction.withMaxCalls(succeeding("inner").self, 0)
        const outer = watched("outer", () => inner())
        const error = yield* Effect.flip(Hyperfunction.withRetry(outer.self, Schedule.recurs(5))())
        assert.include(error, { _tag: "PolicyError", hyperfunction: "inner" })
        assert.strictEqual(outer.starts.length, 1)
      })
    )
  })

  describe("order", () => {
    it.effect("a timeout inside a retry limits each attempt", () =>
      Effect.gen(function* () {
        const { self, starts } = watched("slow", () => Effect.never)
        const patient = self.pipe(Hyperfunction.withTimeout("5 seconds"), Hyperfunction.withRetry(Schedule.recurs(2)))
        const fiber = yield* Effect.fork(Effect.flip(patient()))
        yield* TestClock.adjust("14999 millis")
        assert.isNull(fiber.unsafePoll())
        yield* TestClock.adjust("1 millis")
        assert.strictEqual(reasonOf(yield* Fiber.join(fiber))._tag, "TimedOut")
        assert.deepStrictEqual(starts, [0, 5000, 10_000])
      })
    )

    it.effect("a timeout around a retry limits all attempts together", () =>
      Effect.gen(function* () {
        const { self, starts } = failing()
        const hurried = self.pipe(
          Hyperfunction.withRetry(Schedule.spaced("2 seconds")),
          Hyperfunction.withTimeout("5 seconds")
        )
        const fiber = yield* Effect.fork(Effect.flip(hurried()))
        yield* TestClock.adjust("5 seconds")
        assert.strictEqual(reasonOf(yield* Fiber.join(fiber))._tag, "TimedOut")
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(starts, [0, 2000, 4000])
      })
    )

    it.effect("a call budget inside a retry counts every attempt", () =>
      Effect.gen(function* () {
        const { self, starts } = failing()
        const bounded = self.pipe(Hyperfunction.withMaxCalls(3), Hyperfunction.withRetry(Schedule.recurs(10)))
        assert.strictEqual(exhausted(yield* Effect.flip(bounded())), "evaluation")
        assert.strictEqual(starts.length, 3)
      })
    )

    it.effect("a call budget around a retry counts the retried call once", () =>
      Effect.gen(function* () {
        const { self, starts } = failing()
        const bounded = self.pipe(Hyperfunction.withRetry(Schedule.recurs(4)), Hyperfunction.withMaxCalls(1))
        assert.strictEqual(yield* Effect.flip(bounded()), "down")
        assert.strictEqual(starts.length, 5)
        assert.strictEqual(exhausted(yield* Effect.flip(bounded())), "evaluation")
        assert.strictEqual(starts.length, 5)
      })
    )

    it.effect("policy declares a retry around a timeout around a call budget", () =>
      Effect.gen(function* () {
        const starts: Array<number> = []
        const declared = Hyperfunction.make("declared", {
          params: Params.none,
          run: (_, word: string) =>
            Effect.flatMap(Clock.currentTimeMillis, (now) => {
              starts.push(now)
              return starts.length === 1 ? Effect.never : Effect.fail(word)
            }),
          policy: { retry: Schedule.recurs(9), timeout: "5 seconds", maxCalls: { max: 3, scope: "call" } }
        })
        const fiber = yield* Effect.fork(Effect.flip(declared("down")))
        yield* TestClock.adjust("5 seconds")
        assert.strictEqual(exhausted(yield* Fiber.join(fiber)), "call")
        assert.deepStrictEqual(starts, [0, 5000, 5000])
      })
    )

    it.effect("a policy is the same in a pipe and applied as a function", () =>
      Effect.gen(function* () {
        const { self, starts } = failing()
        const piped = self.pipe(Hyperfunction.withRetry(Schedule.recurs(1)), Hyperfunction.withTimeout("1 second"))
        const applied = Hyperfunction.withTimeout(Hyperfunction.withRetry(self, Schedule.recurs(1)), "1 second")
        for (const call of [piped, applied]) assert.strictEqual(yield* Effect.flip(call()), "down")
        assert.strictEqual(starts.length, 4)
        const scope = { scope: "call" } as const
        for (const call of [
          Hyperfunction.withMaxCalls(self, 0, scope),
          self.pipe(Hyperfunction.withMaxCalls(0, scope))
        ]) {
          assert.strictEqual(exhausted(yield* Effect.flip(call())), "call")
        }
      })
    )
  })

  describe("withMaxCalls", () => {
    it.effect("a call beyond the budget does not run", () =>
      Effect.gen(function* () {
        const { self, starts } = succeeding()
        const bounded = Hyperfunction.withMaxCalls(self, 2)
        const exits = yield* Effect.forEach([1, 2, 3, 4], () => Effect.exit(bounded()))
        assert.deepStrictEqual(exits.map(Exit.isSuccess), [true, true, false, false])
        assert.strictEqual(starts.length, 2)
      })
    )

    it.effect("a budget that is not a number refuses every call", () =>
      Effect.gen(function* () {
        const { self, starts } = succeeding()
        assert.strictEqual(exhausted(yield* Effect.flip(Hyperfunction.withMaxCalls(self, NaN)())), "evaluation")
        assert.strictEqual(starts.length, 0)
      })
    )

    it.effect("calls at the same time cannot overshoot a budget", () =>
      Effect.gen(function* () {
        const { self, starts } = watched("slow", () => Effect.sleep("1 second"))
        const bounded = Hyperfunction.withMaxCalls(self, 3)
        const many = Effect.forEach([...Array(10).keys()], () => Effect.exit(bounded()), { concurrency: "unbounded" })
        const fiber = yield* Effect.fork(many)
        yield* TestClock.adjust("1 second")
        assert.strictEqual((yield* Fiber.join(fiber)).filter(Exit.isSuccess).length, 3)
        assert.strictEqual(starts.length, 3)
      })
    )

    it.effect("a call that failed or was cancelled has used its part of the budget", () =>
      Effect.gen(function* () {
        const { self } = watched("flaky", (attempt) => (attempt === 1 ? Effect.fail("down") : Effect.never))
        const bounded = Hyperfunction.withMaxCalls(self, 2)
        assert.strictEqual(yield* Effect.flip(bounded()), "down")
        const fiber = yield* Effect.fork(bounded())
        yield* TestClock.adjust("1 second")
        yield* Fiber.interrupt(fiber)
        assert.strictEqual(exhausted(yield* Effect.flip(bounded())), "evaluation")
      })
    )

    it.effect("two budgets of one hyperfunction count apart", () =>
      Effect.gen(function* () {
        const { self, starts } = failing()
        const bounded = self.pipe(
          Hyperfunction.withMaxCalls(2, { scope: "call" }),
          Hyperfunction.withRetry(Schedule.recurs(9)),
          Hyperfunction.withMaxCalls(3, { scope: "process" })
        )
        const scopes = yield* Effect.forEach([1, 2, 3, 4], () => Effect.map(Effect.flip(bounded()), exhausted))
        assert.deepStrictEqual(scopes, ["call", "call", "call", "process"])
        assert.strictEqual(starts.length, 6)
      })
    )

    it.effect("an exhausted budget says which hyperfunction, how many calls, which scope, and the cure", () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(Hyperfunction.withMaxCalls(succeeding().self, 0, { scope: "process" })())
        assert.strictEqual(error.message, "search may be called 0 times per process; raise maxCalls or call it less")
      })
    )
  })

  describe("scope of a call budget", () => {
    it.effect("a budget of a call starts anew with every call, and lasts through its attempts", () =>
      Effect.gen(function* () {
        const { self, starts } = failing()
        const bounded = self.pipe(
          Hyperfunction.withMaxCalls(2, { scope: "call" }),
          Hyperfunction.withRetry(Schedule.forever)
        )
        for (const attempts of [2, 4, 6]) {
          assert.strictEqual(exhausted(yield* Effect.flip(bounded())), "call")
          assert.strictEqual(starts.length, attempts)
        }
      })
    )

    it.effect("a budget of an example starts anew with every example", () =>
      Effect.gen(function* () {
        for (const mode of forms) {
          const { self, starts } = succeeding()
          const bounded = Hyperfunction.withMaxCalls(self, 2, { scope: "example" })
          const system = HyperSystem.make("calls", {
            run: (times: number) => Effect.map(Effect.replicateEffect(bounded(), times), mean)
          })
          const options = { mode, onFailure: "missing" } as const
          const { missing } = yield* HyperSystem.evaluate(system, numbered(2, 3, 1, 2), mean, options)
          assert.deepStrictEqual(
            missing.map(({ example }) => example),
            [1]
          )
          assert.strictEqual(starts.length, 7)
        }
      })
    )

    it.effect("a budget of an evaluation is shared by its examples and starts anew with the next evaluation", () =>
      Effect.gen(function* () {
        for (const mode of forms) {
          const { self, starts } = succeeding()
          const bounded = Hyperfunction.withMaxCalls(self, 3)
          const system = HyperSystem.make("calls", { run: (_: number) => bounded() })
          const options = { mode, onFailure: "missing" } as const
          for (const calls of [3, 6]) {
            const { missing } = yield* HyperSystem.evaluate(system, numbered(1, 2, 3, 4, 5), mean, options)
            assert.deepStrictEqual(
              missing.map(({ example }) => example),
              [3, 4]
            )
            assert.strictEqual(starts.length, calls)
          }
        }
      })
    )

    it.effect("a budget of the process is never refilled", () =>
      Effect.gen(function* () {
        const { self, starts } = succeeding()
        const bounded = Hyperfunction.withMaxCalls(self, 3, { scope: "process" })
        const system = HyperSystem.make("calls", { run: (_: number) => bounded() })
        yield* HyperSystem.evaluate(system, numbered(1, 2), mean)
        const error = yield* Effect.flip(HyperSystem.evaluate(system, numbered(1, 2), mean))
        assert.strictEqual(exhausted(error), "process")
        assert.strictEqual(exhausted(yield* Effect.flip(bounded())), "process")
        assert.strictEqual(starts.length, 3)
      })
    )

    it.effect("outside an evaluation the budgets of an example and of an evaluation last as long as the process", () =>
      Effect.gen(function* () {
        for (const scope of ["example", "evaluation"] as const) {
          const { self, starts } = succeeding()
          const bounded = Hyperfunction.withMaxCalls(self, 2, { scope })
          const exits = yield* Effect.forEach([1, 2, 3], () => Effect.exit(bounded()))
          assert.deepStrictEqual(exits.map(Exit.isSuccess), [true, true, false])
          const system = HyperSystem.make("calls", { run: (_: number) => bounded() })
          assert.strictEqual((yield* HyperSystem.evaluate(system, numbered(1), mean)).score, 1)
          assert.strictEqual(starts.length, 3)
        }
      })
    )

    it.effect("a trace has budgets of its own", () =>
      Effect.gen(function* () {
        const bounded = Hyperfunction.withMaxCalls(succeeding().self, 1)
        const system = HyperSystem.make("calls", { run: (_: number) => bounded() })
        for (const _ of [1, 2]) {
          const { exit } = yield* HyperSystem.trace(system, 0)
          assert.isTrue(Exit.isSuccess(exit))
        }
      })
    )
  })

  describe("inside an evaluation", () => {
    it.effect("candidates of a population have separate budgets", () =>
      Effect.gen(function* () {
        for (const mode of forms) {
          const bounded = Hyperfunction.withMaxCalls(gain, 2)
          const system = HyperSystem.make("calls", { run: (x: number) => bounded(x) })
          const population = yield* HyperSystem.evaluatePopulation(system, gains(1, 2, 3), numbered(1, 3), mean, {
            mode
          })
          assert.deepStrictEqual(population.rewards, [2, 4, 6])
        }
      })
    )

    it.effect("one candidate that exhausts its budget leaves the others theirs", () =>
      Effect.gen(function* () {
        for (const mode of forms) {
          const bounded = Hyperfunction.withMaxCalls(succeeding().self, 4)
          const system = HyperSystem.make("calls", {
            run: (x: number) =>
              Effect.flatMap(gain(x), (times) =>
                Effect.map(Effect.replicateEffect(bounded(), times), (all) => all.length)
              )
          })
          const population = yield* HyperSystem.evaluatePopulation(system, gains(1, 9, 2), numbered(1, 1), mean, {
            mode,
            onCandidateFailure: "report"
          })
          assert.deepStrictEqual(population.rewards, [1, NaN, 2])
          assert.deepStrictEqual(
            population.failures.map(({ candidate }) => candidate),
            [1]
          )
        }
      })
    )

    it.effect("policies mean the same on fibers and in sequence", () =>
      Effect.gen(function* () {
        const outcomes = yield* Effect.forEach(forms, (mode) =>
          Effect.gen(function* () {
            const attempts = new Map<string, number>()
            const flaky = Hyperfunction.make("flaky", {
              params: Params.unbounded({ default: 0 }),
              run: (offset, x: number) => {
                const attempt = (attempts.get(`${offset}/${x}`) ?? 0) + 1
                attempts.set(`${offset}/${x}`, attempt)
                return attempt < x ? Effect.fail(`failure ${attempt}`) : Effect.succeed(offset + 10 * attempt)
              }
            }).pipe(Hyperfunction.withMaxCalls(3, { scope: "example" }), Hyperfunction.withRetry(Schedule.recurs(5)))
            const system = HyperSystem.make("flaky", { run: (x: number) => flaky(x) })
            const candidates = [0, 1].map((offset) => Candidate.set(Candidate.defaults(), flaky, offset))
            const { rewards } = yield* HyperSystem.evaluatePopulation(system, candidates, numbered(1, 2, 3, 4), mean, {
              mode,
              onFailure: "missing"
            })
            return { rewards, attempts: [...attempts].sort(([a], [b]) => a.localeCompare(b)) }
          })
        )
        assert.deepStrictEqual(outcomes[0], outcomes[1])
        assert.deepStrictEqual(outcomes[0].rewards, [20, 21])
        assert.deepStrictEqual(
          outcomes[0].attempts.map(([, attempts]) => attempts),
          [1, 2, 3, 3, 1, 2, 3, 3]
        )
      })
    )

    it.effect("an example that timed out fails with its policy error, and can be left out", () =>
      Effect.gen(function* () {
        const slow = Hyperfunction.make("slow", {
          params: Params.none,
          run: (_, seconds: number) => Effect.as(Effect.sleep(Duration.seconds(seconds)), seconds)
        }).pipe(Hyperfunction.withTimeout("5 seconds"))
        const system = HyperSystem.make("slow", { run: (seconds: number) => slow(seconds) })
        const failed = yield* Effect.fork(Effect.flip(HyperSystem.evaluate(system, numbered(1, 9), mean)))
        yield* TestClock.adjust("5 seconds")
        assert.strictEqual(reasonOf(yield* Fiber.join(failed))._tag, "TimedOut")
        const evaluated = yield* Effect.fork(
          HyperSystem.evaluate(system, numbered(1, 9, 3), mean, { onFailure: "missing" })
        )
        yield* TestClock.adjust("5 seconds")
        const { missing, score } = yield* Fiber.join(evaluated)
        assert.strictEqual(score, 2)
        assert.deepStrictEqual(
          missing.map(({ example }) => example),
          [1]
        )
      })
    )

    it.effect("a timeout of one candidate does not keep the others", () =>
      Effect.gen(function* () {
        const slow = Hyperfunction.make("slow", {
          params: Params.unbounded({ default: 0 }),
          run: (seconds, x: number) => Effect.as(Effect.sleep(Duration.seconds(seconds)), x)
        })
        const system = HyperSystem.make("slow", { run: Hyperfunction.withTimeout(slow, "5 seconds") })
        const candidates = [1, 100, 2].map((seconds) => Candidate.set(Candidate.defaults(), slow, seconds))
        const fiber = yield* Effect.fork(
          HyperSystem.evaluatePopulation(system, candidates, numbered(7), mean, { onCandidateFailure: "report" })
        )
        yield* TestClock.adjust("5 seconds")
        assert.deepStrictEqual((yield* Fiber.join(fiber)).rewards, [7, NaN, 7])
      })
    )

    it.effect(
      "interrupting an evaluation interrupts its calls, runs their finalisers and starts no other attempt",
      () =>
        Effect.gen(function* () {
          for (const mode of forms) {
            let closed = 0
            const { self, starts } = watched("slow", () =>
              Effect.ensuring(
                Effect.never,
                Effect.sync(() => closed++)
              )
            )
            const patient = self.pipe(Hyperfunction.withTimeout("1 minute"), Hyperfunction.withRetry(Schedule.forever))
            const system = HyperSystem.make("slow", { run: (_: number) => patient() })
            const fiber = yield* Effect.fork(HyperSystem.evaluate(system, numbered(1, 2, 3), mean, { mode }))
            yield* TestClock.adjust("1 second")
            const started = mode === "fibers" ? 3 : 1
            assert.strictEqual(starts.length, started)
            assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(fiber)))
            assert.strictEqual(closed, started)
            yield* TestClock.adjust("10 minutes")
            assert.strictEqual(starts.length, started)
          }
        })
    )

    it.effect("a result that candidates share still counts against the budget of each", () =>
      Effect.gen(function* () {
        const { self, starts } = succeeding()
        const bounded = Hyperfunction.withMaxCalls(self, 2)
        const system = HyperSystem.make("shared", {
          run: (x: number) => Effect.flatMap(bounded(), (one) => gain(x * one))
        })
        const rewards = (examples: ReadonlyArray<number>) =>
          HyperSystem.evaluatePopulation(system, gains(1, 2), numbered(...examples), mean, {
            onCandidateFailure: "report"
          })
        assert.deepStrictEqual((yield* rewards([1, 1])).rewards, [1, 2])
        assert.strictEqual(starts.length, 2)
        assert.deepStrictEqual((yield* rewards([1, 1, 1])).rewards, [NaN, NaN])
      })
    )

    it.effect("candidates that share a flaky call share its attempts", () =>
      Effect.gen(function* () {
        const { self, starts } = watched("flaky", (attempt) => (attempt < 3 ? Effect.fail("down") : Effect.succeed(1)))
        const patient = Hyperfunction.withRetry(self, Schedule.recurs(2))
        const system = HyperSystem.make("shared", {
          run: (x: number) => Effect.flatMap(patient(), (one) => gain(x * one))
        })
        const { rewards } = yield* HyperSystem.evaluatePopulation(system, gains(1, 2, 3, 4), numbered(5), mean)
        assert.deepStrictEqual(rewards, [5, 10, 15, 20])
        assert.strictEqual(starts.length, 3)
      })
    )

    it.effect("a hyperfunction is the same with a policy and without", () =>
      Effect.gen(function* () {
        const bounded = Hyperfunction.withMaxCalls(gain, 9)
        const system = HyperSystem.make("twice", {
          run: (x: number) => Effect.zipWith(gain(x), bounded(x), (a, b) => a + b)
        })
        const evaluation = yield* HyperSystem.evaluate(
          HyperSystem.withCandidate(system, Candidate.set(Candidate.defaults(), bounded, 5)),
          numbered(1),
          mean
        )
        assert.strictEqual(evaluation.score, 10)
        assert.deepStrictEqual(evaluation.hyperfunctions, ["gain"])
      })
    )

    it.effect("every attempt is a call in the graph of a trace", () =>
      Effect.gen(function* () {
        const { self } = watched("flaky", (attempt) => (attempt < 3 ? Effect.fail("down") : Effect.succeed(1)))
        const patient = Hyperfunction.withRetry(self, Schedule.spaced("1 second"))
        const system = HyperSystem.make("flaky", { run: (_: number) => patient() })
        const fiber = yield* Effect.fork(HyperSystem.trace(system, 0))
        yield* TestClock.adjust("2 seconds")
        const nodes = CallGraph.nodes((yield* Fiber.join(fiber)).graph)
        assert.deepStrictEqual(
          nodes.map(({ failed, name, span }) => [name, failed, span?.start]),
          [
            ["flaky", true, 0],
            ["flaky", true, 1000],
            ["flaky", false, 2000]
          ]
        )
      })
    )
  })

  describe("of a tensor hyperfunction", () => {
    const layer = Hyperfunction.tensor("layer", {
      params: LoRAWeight.create({ outDim: 2, inDim: 2, noiseRank: 1 }),
      run: (weight, x: Tensor.Tensor) => Tensor.tanh(Tensor.linear(x, weight))
    })
    const examples = [
      [1, 2],
      [3, -1],
      [0, 1]
    ].map((x) => ({ input: Tensor.from(x), expected: Tensor.from([0, 1]) }))
    const candidates = [1, 2, 3].map((seed) => Candidate.defaults({ seed }))

    it.effect("a tensor hyperfunction with a policy is not lifted and goes to the fibers", () =>
      Effect.gen(function* () {
        for (const policied of [
          Hyperfunction.withMaxCalls(layer, 3),
          Hyperfunction.withTimeout(layer, "1 second"),
          Hyperfunction.withRetry(layer, Schedule.recurs(1))
        ]) {
          const system = HyperSystem.make("policied", { run: policied })
          const { work } = yield* HyperSystem.evaluate(system, examples, Metric.accuracy)
          assert.deepStrictEqual([...work.modes], ["fibers"])
          assert.deepStrictEqual(work.divergences, ["layer has a policy"])
          const error = yield* Effect.flip(HyperSystem.evaluate(system, examples, Metric.accuracy, { mode: "lifted" }))
          assert.include(error, { _tag: "EvaluationError", reason: "NotLiftable" })
          assert.include(error.message, "layer has a policy")
        }
      }).pipe(Effect.provide(DeviceCpu.layer))
    )

    it.effect("a tensor hyperfunction with a policy gives what it gives without, and is still batched", () =>
      Effect.gen(function* () {
        const bounded = layer.pipe(Hyperfunction.withMaxCalls(3), Hyperfunction.withTimeout("1 second"))
        const [plain, policied] = yield* Effect.forEach([layer, bounded], (hyperfunction) =>
          HyperSystem.evaluatePopulation(
            HyperSystem.make("net", { run: (x: Tensor.Tensor) => hyperfunction(x) }),
            candidates,
            examples,
            Metric.negativeSquaredError
          )
        )
        assert.deepStrictEqual([...plain.work.modes], ["lifted"])
        assert.deepStrictEqual(policied.rewards, plain.rewards)
        assert.strictEqual(policied.work.calls, 9)
        assert.strictEqual(policied.work.launches, 1)
      }).pipe(Effect.provide(DeviceCpu.layer))
    )
  })

  describe("inside optimize", () => {
    const closeTo = (target: number) => (outputs: ReadonlyArray<number>) => -Math.abs(mean(outputs) - target)
    const optimizer = (generations: number) =>
      OptimizerEvolution.layer({ generations, population: 4, sigma: 0.1, learningRate: 0.3, seed: 1 })

    it.effect("optimizing does not eat one budget across generations and candidates", () =>
      Effect.gen(function* () {
        for (const mode of forms) {
          const bounded = Hyperfunction.withMaxCalls(gain, 2)
          const system = HyperSystem.make("calls", { run: (x: number) => bounded(x) })
          const tuned = yield* HyperSystem.optimize(system, numbered(1, 1), closeTo(2), { mode })
          assert.strictEqual(tuned.history.length, 21)
          assert.deepStrictEqual(
            tuned.history.filter(({ failures }) => failures > 0),
            []
          )
          assert.isAbove(tuned.after, tuned.before)
        }
      }).pipe(Effect.provide(optimizer(20)))
    )

    it.effect("a budget of the process is eaten by an optimization, which then fails with it", () =>
      Effect.gen(function* () {
        const bounded = Hyperfunction.withMaxCalls(gain, 11, { scope: "process" })
        const system = HyperSystem.make("calls", { run: (x: number) => bounded(x) })
        const error = yield* Effect.flip(HyperSystem.optimize(system, numbered(1), closeTo(2)))
        assert.strictEqual(exhausted(error), "process")
      }).pipe(Effect.provide(optimizer(20)))
    )

    it.effect("a candidate that exhausts its budget has no reward, and the search goes on without it", () =>
      Effect.gen(function* () {
        const bounded = Hyperfunction.withMaxCalls(succeeding().self, 1, { scope: "example" })
        const system = HyperSystem.make("calls", {
          run: (x: number) =>
            Effect.flatMap(gain(x), (y) => Effect.as(Effect.replicateEffect(bounded(), y > 1.1 ? 2 : 1), y))
        })
        const tuned = yield* HyperSystem.optimize(system, numbered(1), closeTo(0.5))
        assert.isTrue(tuned.history.some(({ failures }) => failures > 0))
        assert.isAbove(tuned.after, tuned.before)
        assert.isTrue(Number.isFinite(Candidate.get(tuned.system.candidate!, gain)))
      }).pipe(Effect.provide(optimizer(10)))
    )

    it.effect("every attempt of a retry sees the parameters of its candidate", () =>
      Effect.gen(function* () {
        const seen: Array<ReadonlyArray<number>> = []
        const flaky = Hyperfunction.make("gain", {
          params: Params.unbounded({ default: 1 }),
          run: (gain, attempts: Array<number>) => {
            attempts.push(gain)
            return attempts.length < 3 ? Effect.fail("down") : Effect.sync(() => seen.push(attempts))
          }
        }).pipe(Hyperfunction.withRetry(Schedule.recurs(2)))
        const system = HyperSystem.make("flaky", { run: (_: number) => Effect.suspend(() => flaky([])) })
        yield* HyperSystem.optimize(system, numbered(1), () => 0)
        assert.strictEqual(seen.length, 1 + 2 * 5)
        for (const attempts of seen) assert.deepStrictEqual(attempts, [attempts[0], attempts[0], attempts[0]])
        assert.isAbove(new Set(seen.map(([gain]) => gain)).size, 8)
      }).pipe(Effect.provide(optimizer(2)))
    )
  })

  it.effect("a policy works outside an evaluation, with the parameters in force", () =>
    Effect.gen(function* () {
      const starts: Array<number> = []
      const flaky = Hyperfunction.make("flaky", {
        params: Params.unbounded({ default: 1 }),
        run: (gain, x: number) =>
          Effect.suspend(() => (starts.push(x) < 3 ? Effect.fail("down") : Effect.succeed(gain * x))),
        policy: { retry: Schedule.recurs(2), timeout: "1 second", maxCalls: 3 }
      })
      const candidate = Candidate.set(Candidate.defaults(), flaky, 4)
      assert.strictEqual(yield* Candidate.provide(flaky(5), candidate), 20)
      assert.strictEqual(exhausted(yield* Effect.flip(flaky(5))), "evaluation")
      assert.strictEqual(starts.length, 3)
    })
  )
})

describe("docs/policies.md", () => {
  it("names for every guarantee a test that exists, and leaves out none", () => {
    const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8")
    const own = "names for every guarantee a test that exists, and leaves out none"
    const tests = [...read("Policy.test.ts").matchAll(/\bit(?:\.\w+)*\(\s*"([^"]+)"/g)].map(([, name]) => name)
    const quoted = read("../docs/policies.md")
      .split("\n")
      .flatMap((line) => /^\|.*\|\s*`([^`]+)`\s*\|$/.exec(line)?.[1] ?? [])
    assert.isAbove(quoted.length, 30)
    assert.deepStrictEqual([...new Set(quoted)].sort(), tests.filter((name) => name !== own).sort())
  })
})
