import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as LlmRetried from "../../layers/LlmRetried.js"
import { type Completion, LLM, LLMError, type LLMService, type Request } from "../../services/LLM.js"
import { simulate } from "../utils/virtualTime.js"

const request: Request = { model: "test/model", messages: [{ role: "user", content: "hello" }] }

const answer: Completion = { content: "hi", toolCalls: [], finishReason: "stop", model: "m" }

const error = (
  reason: LLMError["reason"],
  extra: { readonly status?: number; readonly retryAfterMillis?: number } = {}
): LLMError => new LLMError({ reason, model: "test/model", detail: `It was ${reason}`, cure: "Wait", ...extra })

/** Gives the outcomes in turn, the last one for ever, and notes when it was asked. */
const scripted = (...outcomes: Array<LLMError | Completion>) => {
  const asked: Array<number> = []
  const llm: LLMService = {
    complete: () =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        asked.push(now)
        const outcome = outcomes[Math.min(asked.length, outcomes.length) - 1]
        return outcome instanceof LLMError ? outcome : Effect.succeed(outcome)
      }),
    stream: () => Stream.empty
  }
  return { asked, llm, waits: () => asked.slice(1).map((at, k) => at - asked[k]) }
}

/** How a call ends, in time that runs by itself. */
const call = (llm: LLMService, options?: LlmRetried.Options) =>
  simulate(Effect.exit(LlmRetried.make(llm, options).complete(request)))

const reasonOf = (exit: Exit.Exit<unknown, LLMError>): string =>
  Exit.match(exit, {
    onSuccess: () => "none",
    onFailure: (cause) => (cause._tag === "Fail" ? cause.error.reason : cause._tag)
  })

const exact = { jitter: 0 }

describe("LlmRetried", () => {
  it.effect("A1: after a refusal that asks to wait 2 s, waits 2 s and succeeds", () =>
    Effect.gen(function* () {
      const { asked, llm } = scripted(error("RateLimited", { status: 429, retryAfterMillis: 2000 }), answer)
      const fiber = yield* Effect.fork(
        Effect.flatMap(LLM, ({ complete }) => complete(request)).pipe(
          Effect.provide(LlmRetried.layer().pipe(Layer.provide(Layer.succeed(LLM, llm))))
        )
      )
      yield* TestClock.adjust("1999 millis")
      assert.strictEqual(asked.length, 1)
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(yield* Fiber.join(fiber), answer)
      assert.deepStrictEqual(asked, [0, 2000])
    })
  )

  it.effect(
    "A2, A3: waits to the millisecond what was read from a date or retry-after-ms, rather than its own delay",
    () =>
      Effect.gen(function* () {
        for (const retryAfterMillis of [17, 1234.5, 59_999]) {
          const { llm, waits } = scripted(error("RateLimited", { retryAfterMillis }), answer)
          yield* call(llm)
          assert.deepStrictEqual(waits(), [retryAfterMillis])
        }
      })
  )

  it.effect("A4: fails at once when it is asked to wait a day", () =>
    Effect.gen(function* () {
      const { asked, llm } = scripted(error("RateLimited", { retryAfterMillis: 86_400_000 }), answer)
      const failure = yield* Effect.flip(LlmRetried.make(llm, { deadline: "10 seconds" }).complete(request))
      assert.strictEqual(failure.reason, "RateLimited")
      assert.strictEqual(failure.retryAfterMillis, 86_400_000)
      assert.deepStrictEqual(asked, [0])
    })
  )

  it.effect("A4: fails at once when it could only try again after its deadline", () =>
    Effect.gen(function* () {
      const { asked, llm } = scripted(error("RateLimited", { retryAfterMillis: 20_000 }), answer)
      const failure = yield* Effect.flip(LlmRetried.make(llm, { deadline: "10 seconds" }).complete(request))
      assert.strictEqual(failure.reason, "RateLimited")
      assert.deepStrictEqual(asked, [0])
    })
  )

  it.effect("A5: takes its own delay when it is asked to wait for no time, a negative one or none at all", () =>
    Effect.gen(function* () {
      for (const retryAfterMillis of [0, -5000, Number.NaN, Number.POSITIVE_INFINITY]) {
        const { llm, waits } = scripted(error("RateLimited", { retryAfterMillis }), answer)
        assert.isTrue(Exit.isSuccess(yield* call(llm, exact)))
        assert.deepStrictEqual(waits(), [500])
      }
    })
  )

  it.effect("A6: gives up after as many attempts as it has, with the last refusal", () =>
    Effect.gen(function* () {
      for (const [attempts, made] of [
        [undefined, 5],
        [1, 1],
        [2, 2],
        [9, 9]
      ]) {
        const { asked, llm } = scripted(error("RateLimited"))
        const exit = yield* call(llm, attempts === undefined ? {} : { attempts })
        assert.strictEqual(reasonOf(exit), "RateLimited")
        assert.strictEqual(asked.length, made)
      }
    })
  )

  it.effect("doubles its delays from half a second up to eight", () =>
    Effect.gen(function* () {
      const { llm, waits } = scripted(error("Overloaded"))
      yield* call(llm, { ...exact, attempts: 8 })
      assert.deepStrictEqual(waits(), [500, 1000, 2000, 4000, 8000, 8000, 8000])
    })
  )

  it.effect.prop(
    "shortens delays by at most a quarter, and not always by the same",
    { attempts: FastCheck.integer({ min: 3, max: 12 }) },
    ({ attempts }) =>
      Effect.gen(function* () {
        const { llm, waits } = scripted(error("Network"))
        yield* call(llm, { attempts })
        const shares = waits().map((wait, n) => wait / Math.min(500 * 2 ** n, 8000))
        assert.strictEqual(shares.length, attempts - 1)
        assert.isTrue(shares.every((share) => share >= 0.75 && share <= 1))
        assert.isAbove(new Set(shares).size, 1)
      }),
    { fastCheck: { numRuns: 30 } }
  )

  it.effect("A7, A11: tries once more after 408, 409, 500, 502, 503, 504 and 529", () =>
    Effect.gen(function* () {
      for (const status of [408, 409, 500, 502, 503, 504, 529]) {
        const { asked, llm } = scripted(error("Overloaded", { status }), answer)
        assert.deepStrictEqual(yield* call(llm), Exit.succeed(answer))
        assert.strictEqual(asked.length, 2)
      }
    })
  )

  it.effect("A8: does not try again what will not succeed", () =>
    Effect.gen(function* () {
      for (const reason of [
        "BadRequest",
        "Unauthorized",
        "UnknownModel",
        "ContextLength",
        "BudgetExhausted"
      ] as const) {
        const { asked, llm } = scripted(error(reason, { retryAfterMillis: 1000 }), answer)
        assert.strictEqual(reasonOf(yield* call(llm)), reason)
        assert.strictEqual(asked.length, 1)
      }
    })
  )

  it.effect("A8: stops at the first failure that will not pass", () =>
    Effect.gen(function* () {
      const { asked, llm } = scripted(error("Network"), error("BadRequest"), answer)
      assert.strictEqual(reasonOf(yield* call(llm)), "BadRequest")
      assert.strictEqual(asked.length, 2)
    })
  )

  it.effect("ends a call that is under way at the deadline", () =>
    Effect.gen(function* () {
      const llm: LLMService = { complete: () => Effect.never, stream: () => Stream.never }
      const exit = yield* call(llm, { deadline: "30 seconds" })
      assert.strictEqual(reasonOf(exit), "TimedOut")
      const stream = yield* simulate(
        Effect.exit(Stream.runDrain(LlmRetried.make(llm, { deadline: "30 seconds" }).stream(request)))
      )
      assert.strictEqual(reasonOf(stream), "TimedOut")
    })
  )

  it.effect("never tries again after an interruption", () =>
    Effect.gen(function* () {
      let calls = 0
      const llm: LLMService = {
        complete: () =>
          Effect.zipRight(
            Effect.sync(() => (calls += 1)),
            Effect.interrupt
          ),
        stream: () => Stream.empty
      }
      assert.strictEqual(reasonOf(yield* call(llm)), "Interrupt")
      assert.strictEqual(calls, 1)
    })
  )

  it.effect("stops waiting when it is interrupted", () =>
    Effect.gen(function* () {
      const { asked, llm } = scripted(error("Network"))
      const fiber = yield* Effect.fork(LlmRetried.make(llm).complete(request))
      yield* Effect.yieldNow()
      assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(fiber)))
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(asked.length, 1)
    })
  )

  it.effect("A37: waits and counts as ever when the clock jumps back", () =>
    Effect.gen(function* () {
      const { asked, llm } = scripted(error("RateLimited", { retryAfterMillis: 2000 }))
      let back = 0
      const exit = yield* simulate(
        Effect.gen(function* () {
          const clock = yield* Clock.clockWith(Effect.succeed)
          const jumping: Clock.Clock = {
            ...clock,
            sleep: (duration) => {
              back += 3_600_000
              return clock.sleep(duration)
            },
            currentTimeMillis: Effect.map(clock.currentTimeMillis, (now) => now - back)
          }
          const started = yield* clock.currentTimeMillis
          const outcome = yield* Effect.exit(Effect.withClock(LlmRetried.make(llm).complete(request), jumping))
          return { outcome, elapsed: (yield* clock.currentTimeMillis) - started }
        })
      )
      assert.strictEqual(reasonOf(exit.outcome), "RateLimited")
      assert.strictEqual(exit.elapsed, 8000)
      assert.strictEqual(asked.length, 5)
    })
  )

  describe("of a stream", () => {
    const streams = (...attempts: Array<Stream.Stream<string, LLMError>>) => {
      let calls = 0
      const llm: LLMService = {
        complete: () => Effect.succeed(answer),
        stream: () => attempts[Math.min(calls++, attempts.length - 1)]
      }
      const run = (options?: LlmRetried.Options) => {
        const pieces: Array<string> = []
        return LlmRetried.make(llm, options)
          .stream(request)
          .pipe(
            Stream.runForEach((piece) => Effect.sync(() => pieces.push(piece))),
            Effect.exit,
            Effect.map((exit) => ({ exit, pieces })),
            simulate
          )
      }
      return { run, calls: () => calls }
    }

    it.effect("tries again before the first piece", () =>
      Effect.gen(function* () {
        const { calls, run } = streams(
          Stream.fail(error("Overloaded")),
          Stream.fail(error("Network")),
          Stream.make("a", "b")
        )
        const { exit, pieces } = yield* run()
        assert.isTrue(Exit.isSuccess(exit))
        assert.deepStrictEqual(pieces, ["a", "b"])
        assert.strictEqual(calls(), 3)
      })
    )

    it.effect("does not try again after the first piece", () =>
      Effect.gen(function* () {
        const { calls, run } = streams(
          Stream.fail(error("Overloaded")),
          Stream.concat(Stream.make("a"), Stream.fail(error("Network"))),
          Stream.make("b")
        )
        const { exit, pieces } = yield* run()
        assert.strictEqual(reasonOf(exit), "Network")
        assert.deepStrictEqual(pieces, ["a"])
        assert.strictEqual(calls(), 2)
      })
    )

    it.effect("counts attempts exactly", () =>
      Effect.gen(function* () {
        const { calls, run } = streams(Stream.fail(error("RateLimited")))
        assert.strictEqual(reasonOf((yield* run({ attempts: 4 })).exit), "RateLimited")
        assert.strictEqual(calls(), 4)
      })
    )

    it.effect("lets one that flows go on past the deadline", () =>
      Effect.gen(function* () {
        const slow = Stream.mapEffect(Stream.make("a", "b", "c"), (piece) =>
          Effect.delay(Effect.succeed(piece), "8 seconds")
        )
        const { exit, pieces } = yield* streams(slow).run({ deadline: "10 seconds" })
        assert.isTrue(Exit.isSuccess(exit))
        assert.deepStrictEqual(pieces, ["a", "b", "c"])
      })
    )
  })
})
