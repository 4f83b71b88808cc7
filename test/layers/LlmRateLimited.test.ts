import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as LlmRateLimited from "../../layers/LlmRateLimited.js"
import { type Allowance, type Completion, LLM, LLMError, type LLMService, type Request } from "../../services/LLM.js"
import { simulate } from "../utils/virtualTime.js"

const request = (model = "test/model", content = "hello"): Request => ({ model, messages: [{ role: "user", content }] })

const answer: Completion = { content: "hi", toolCalls: [], finishReason: "stop", model: "m" }

const refusal = (extra: { readonly retryAfterMillis?: number; readonly allowance?: Allowance } = {}): LLMError =>
  new LLMError({ reason: "RateLimited", model: "test/model", detail: "Too fast", cure: "Slow down", ...extra })

const scripted = (complete: LLMService["complete"]): LLMService => ({
  complete,
  stream: (request) => Stream.map(Stream.fromEffect(complete(request)), ({ content }) => content)
})

const together = { concurrency: "unbounded", discard: true } as const

interface Limits {
  readonly requests?: number
  readonly tokens?: number
  /** What a call is charged when it is admitted. */
  readonly cost?: (request: Request) => number
}

const minute = 60_000

/**
 * A provider with buckets that fill within a minute, or at its end, as many do it: a call is charged when it comes, what
 * is left is told with the answer in whole numbers, and who draws more is refused and told when to come again.
 */
const provider = (limits: Limits, options: { readonly atOnce?: boolean; readonly latency?: () => number } = {}) => {
  const levels = { requests: limits.requests ?? 0, tokens: limits.tokens ?? 0 }
  const admitted: Array<number> = []
  const refused: Array<number> = []
  let charged = 0
  let last = 0
  const fill = (now: number): void => {
    for (const kind of ["requests", "tokens"] as const) {
      const limit = limits[kind] ?? 0
      if (options.atOnce !== true) levels[kind] = Math.min(limit, levels[kind] + ((now - last) * limit) / minute)
      else if (Math.floor(now / minute) > Math.floor(last / minute)) levels[kind] = limit
    }
    last = now
  }
  const window = (kind: "requests" | "tokens", now: number) => {
    const limit = limits[kind]
    if (limit === undefined) return {}
    const reset = options.atOnce === true ? minute - (now % minute) : ((limit - levels[kind]) * minute) / limit
    return { [kind]: { limit, remaining: Math.floor(levels[kind]), resetMillis: Math.round(reset) } }
  }
  const llm = scripted((request) =>
    Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      fill(now)
      const needs = { requests: 1, tokens: limits.cost?.(request) ?? 0 }
      const kind = (["requests", "tokens"] as const).find(
        (each) => limits[each] !== undefined && levels[each] < needs[each]
      )
      if (kind !== undefined) {
        refused.push(now)
        const wait =
          options.atOnce === true
            ? minute - (now % minute)
            : ((needs[kind] - levels[kind]) * minute) / (limits[kind] ?? 1)
        return yield* refusal({
          retryAfterMillis: Math.ceil(wait),
          allowance: { ...window("requests", now), ...window("tokens", now) }
        })
      }
      levels.requests -= 1
      levels.tokens -= needs.tokens
      admitted.push(now)
      if (now >= minute) charged += needs.tokens
      const allowance = { ...window("requests", now), ...window("tokens", now) }
      yield* Effect.sleep(options.latency?.() ?? 1000)
      return { ...answer, usage: { prompt: 10, completion: 50 }, allowance }
    })
  )
  return { llm, admitted, refused, /** After the first minute. */ charged: () => charged }
}

/** Many callers who call again and again for some minutes. */
const press = (
  llm: LLMService,
  minutes: number,
  options: LlmRateLimited.Options = {},
  make: (call: number) => Request = () => request()
) =>
  Effect.gen(function* () {
    const limited = yield* LlmRateLimited.make(llm, options)
    let calls = 0
    const call = Effect.suspend(() => limited.complete(make(calls++)))
    const caller = Effect.forever(Effect.catchAll(call, () => Effect.sleep("1 second")))
    yield* Effect.forEach(Array.from({ length: 100 }), () => caller, together).pipe(
      Effect.timeoutOption(minutes * minute)
    )
  }).pipe(simulate)

const random = (seed: number) => () => {
  seed = (seed * 1103515245 + 12345) % 2147483648
  return seed / 2147483648
}

describe("LlmRateLimited", () => {
  describe("against a provider with limits", () => {
    it.effect("uses what a bucket of requests gives, and is refused nothing once it knows the limit", () =>
      Effect.gen(function* () {
        for (const requests of [20, 60, 300]) {
          const uniform = random(requests)
          const { admitted, llm, refused } = provider({ requests }, { latency: () => 200 + 3000 * uniform() })
          yield* press(llm, 11)
          assert.isAtLeast(admitted.filter((at) => at >= minute).length, 0.95 * 10 * requests, `of ${requests}`)
          assert.deepStrictEqual(
            refused.filter((at) => at >= minute),
            [],
            `of ${requests}`
          )
        }
      })
    )

    it.effect("is refused again and again without a limiter", () =>
      Effect.gen(function* () {
        const { llm, refused } = provider({ requests: 60 })
        yield* press(llm, 2, { enabled: false })
        assert.isAbove(refused.filter((at) => at >= minute).length, 100)
      })
    )

    it.effect("uses what a bucket of tokens gives, charged as the request asks", () =>
      Effect.gen(function* () {
        const cost = (request: Request) => 15 + (request.settings?.maxTokens ?? 0)
        const { charged, llm, refused } = provider({ tokens: 40_000, cost })
        yield* press(llm, 11, {}, (call) => ({ ...request(), settings: { maxTokens: 100 + 100 * (call % 10) } }))
        assert.isAtLeast(charged(), 0.95 * 10 * 40_000)
        assert.deepStrictEqual(
          refused.filter((at) => at >= minute),
          []
        )
      })
    )

    it.effect("uses what a bucket of tokens gives, charged as the answers are", () =>
      Effect.gen(function* () {
        const { charged, llm, refused } = provider({ tokens: 20_000, cost: () => 60 })
        yield* press(llm, 11)
        assert.isAtLeast(charged(), 0.95 * 10 * 20_000)
        assert.deepStrictEqual(
          refused.filter((at) => at >= minute),
          []
        )
      })
    )

    it.effect("learns that an allowance comes back all at once", () =>
      Effect.gen(function* () {
        const { admitted, llm, refused } = provider({ requests: 100 }, { atOnce: true })
        yield* press(llm, 21)
        assert.isAtLeast(admitted.filter((at) => at >= minute).length, 0.95 * 20 * 100)
        assert.deepStrictEqual(
          refused.filter((at) => at >= 2 * minute),
          []
        )
      })
    )
  })

  it.effect("A38: lets 10 of 1,000 calls be under way, and admits them in the order in which they came", () =>
    Effect.gen(function* () {
      let inFlight = 0
      let most = 0
      const order: Array<string> = []
      const llm = scripted((request) =>
        Effect.gen(function* () {
          order.push(request.messages[0].content)
          most = Math.max(most, (inFlight += 1))
          yield* Effect.sleep(1 + (order.length % 7))
          inFlight -= 1
          return answer
        })
      )
      const contents = Array.from({ length: 1000 }, (_, k) => String(k))
      yield* Effect.gen(function* () {
        const limited = yield* LlmRateLimited.make(llm, { concurrency: { start: 10, max: 10 } })
        yield* Effect.forEach(contents, (content) => limited.complete(request("test/model", content)), together)
      }).pipe(simulate)
      assert.strictEqual(most, 10)
      assert.deepStrictEqual(order, contents)
    })
  )

  it.effect("A38: does not hold up one model while another backs off", () =>
    Effect.gen(function* () {
      const llm = scripted(({ model }) =>
        model === "test/slow" ? refusal({ retryAfterMillis: 60_000 }) : Effect.succeed(answer)
      )
      const limited = yield* LlmRateLimited.make(llm)
      assert.strictEqual((yield* Effect.flip(limited.complete(request("test/slow")))).reason, "RateLimited")
      const waiting = yield* Effect.fork(limited.complete(request("test/slow")))
      yield* Effect.forEach(Array.from({ length: 50 }), () => limited.complete(request("test/fast")), together)
      assert.isTrue((yield* Fiber.poll(waiting))._tag === "None")
      yield* TestClock.adjust("60 seconds")
      assert.isTrue(Exit.isFailure(yield* Fiber.await(waiting)))
    })
  )

  it.effect(
    "sends no more calls than are left, however many come at once, and the next when one more has come back",
    () =>
      Effect.gen(function* () {
        const sent: Array<number> = []
        const llm = scripted(() =>
          Effect.gen(function* () {
            const now = yield* Clock.currentTimeMillis
            sent.push(now)
            return {
              ...answer,
              allowance: { requests: { limit: 50, remaining: 50 - sent.length, resetMillis: minute } }
            }
          })
        )
        const times = yield* Effect.gen(function* () {
          const limited = yield* LlmRateLimited.make(llm, { concurrency: { start: 64 } })
          yield* limited.complete(request())
          yield* Effect.forEach(Array.from({ length: 49 }), () => limited.complete(request()), together)
          const before = yield* Clock.currentTimeMillis
          yield* limited.complete(request())
          return [before, yield* Clock.currentTimeMillis]
        }).pipe(simulate)
        assert.strictEqual(times[0], 0)
        assert.isAbove(times[1], minute / 50)
        assert.isBelow(times[1], minute / 40)
      })
  )

  it.effect("waits as long as a refusal asks, and backs off for longer and longer when it does not say", () =>
    Effect.gen(function* () {
      const sent: Array<number> = []
      const answers = [refusal({ retryAfterMillis: 7000 }), refusal(), refusal(), refusal(), answer, refusal(), answer]
      const llm = scripted(() =>
        Effect.flatMap(Clock.currentTimeMillis, (now) => {
          sent.push(now)
          const next = answers[sent.length - 1]
          return next instanceof LLMError ? next : Effect.succeed(next)
        })
      )
      yield* Effect.gen(function* () {
        const limited = yield* LlmRateLimited.make(llm)
        yield* Effect.forEach(answers, () => Effect.exit(limited.complete(request())))
      }).pipe(simulate)
      assert.deepStrictEqual(
        sent.slice(1).map((at, k) => at - sent[k]),
        [7000, 2000, 4000, 8000, 0, 1000]
      )
    })
  )

  it.effect("lets more and more be under way with answers, and half as many after a refusal", () =>
    Effect.gen(function* () {
      let inFlight = 0
      let calls = 0
      const most: Array<number> = []
      const llm = scripted(() =>
        Effect.gen(function* () {
          const call = calls++
          inFlight += 1
          most.push(inFlight)
          yield* Effect.sleep(1000)
          inFlight -= 1
          return call === 100 ? yield* refusal({ retryAfterMillis: 1 }) : answer
        })
      )
      yield* Effect.gen(function* () {
        const limited = yield* LlmRateLimited.make(llm, { concurrency: { max: 40 } })
        yield* Effect.forEach(Array.from({ length: 200 }), () => Effect.exit(limited.complete(request())), together)
      }).pipe(simulate)
      assert.strictEqual(Math.max(...most.slice(0, 8)), 8)
      assert.strictEqual(Math.max(...most), 40)
      assert.isAtLeast(most[199], 20)
      assert.isAtMost(most[199], 22)
    })
  )

  it.effect("halves once for calls that were under way together, and not below the least", () =>
    Effect.gen(function* () {
      let inFlight = 0
      let most = 0
      let refusing = true
      const llm = scripted(() =>
        Effect.gen(function* () {
          most = Math.max(most, (inFlight += 1))
          yield* Effect.sleep(1000)
          inFlight -= 1
          return refusing ? yield* refusal({ retryAfterMillis: 1 }) : answer
        })
      )
      yield* Effect.gen(function* () {
        const limited = yield* LlmRateLimited.make(llm, { concurrency: { start: 16, min: 3 } })
        const burst = (calls: number) =>
          Effect.forEach(Array.from({ length: calls }), () => Effect.exit(limited.complete(request())), together)
        yield* burst(16)
        most = 0
        yield* burst(8)
        assert.strictEqual(most, 8)
        yield* burst(40)
        most = 0
        refusing = false
        yield* burst(3)
        assert.strictEqual(most, 3)
      }).pipe(simulate)
    })
  )

  it.effect("fails at once when nothing is allowed for longer than it may wait, and says for how long", () =>
    Effect.gen(function* () {
      let calls = 0
      const llm = scripted(() => {
        calls += 1
        return refusal({ retryAfterMillis: 86_400_000 })
      })
      const limited = yield* LlmRateLimited.make(llm)
      yield* Effect.flip(limited.complete(request()))
      const error = yield* Effect.flip(limited.complete(request()))
      assert.strictEqual(error.reason, "RateLimited")
      assert.strictEqual(error.retryAfterMillis, 86_400_000)
      assert.strictEqual(calls, 1)
    })
  )

  it.effect("gives back the place of a call that is interrupted, in line or under way", () =>
    Effect.gen(function* () {
      const llm = scripted(({ messages }) => (messages[0].content === "hang" ? Effect.never : Effect.succeed(answer)))
      const limited = yield* LlmRateLimited.make(llm, { concurrency: { start: 1, max: 1 } })
      const hanging = yield* Effect.fork(limited.complete(request("test/model", "hang")))
      yield* Effect.yieldNow()
      const waiting = yield* Effect.fork(limited.complete(request()))
      const last = yield* Effect.fork(limited.complete(request()))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(waiting)
      yield* Fiber.interrupt(hanging)
      assert.deepStrictEqual(yield* Fiber.join(last), answer)
    })
  )

  it.effect("counts a stream as under way until it ends, fails or is left", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const llm: LLMService = {
        complete: () => Effect.succeed(answer),
        stream: ({ messages }) =>
          messages[0].content === "fail"
            ? Stream.fail(refusal({ retryAfterMillis: 5000 }))
            : Stream.concat(Stream.make("a", "b"), Stream.drain(Stream.fromEffect(Deferred.await(gate))))
      }
      const limited = yield* LlmRateLimited.make(llm, { concurrency: { start: 1, max: 1 } })
      assert.strictEqual([...(yield* Stream.runCollect(Stream.take(limited.stream(request()), 1)))].join(""), "a")
      const stream = yield* Effect.fork(Stream.runCollect(limited.stream(request())))
      yield* Effect.yieldNow()
      const next = yield* Effect.fork(limited.complete(request()))
      yield* Effect.repeatN(Effect.yieldNow(), 20)
      assert.strictEqual((yield* Fiber.poll(next))._tag, "None")
      yield* Deferred.succeed(gate, undefined)
      assert.strictEqual([...(yield* Fiber.join(stream))].join(""), "ab")
      yield* Fiber.join(next)
      const error = yield* Effect.flip(Stream.runDrain(limited.stream(request("test/model", "fail"))))
      assert.strictEqual(error.reason, "RateLimited")
      const after = yield* Effect.fork(limited.complete(request()))
      yield* TestClock.adjust("4 seconds")
      assert.strictEqual((yield* Fiber.poll(after))._tag, "None")
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(after)
    })
  )

  it.effect("A37: waits no longer when the clock is set back", () =>
    Effect.gen(function* () {
      let calls = 0
      const llm = scripted(() => (calls++ === 0 ? refusal({ retryAfterMillis: 2000 }) : Effect.succeed(answer)))
      const limited = yield* LlmRateLimited.make(llm)
      yield* TestClock.setTime(3_600_000)
      yield* Effect.flip(Effect.asVoid(limited.complete(request())))
      const first = yield* Effect.fork(limited.complete(request()))
      yield* Effect.yieldNow()
      yield* TestClock.setTime(0)
      const second = yield* Effect.fork(limited.complete(request()))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(first)
      yield* TestClock.adjust("2 seconds")
      yield* Fiber.join(second)
      assert.strictEqual(calls, 2)
    })
  )

  it.effect("can be turned off, for all models or for some", () =>
    Effect.gen(function* () {
      let inFlight = 0
      let most = 0
      const llm = scripted(() =>
        Effect.gen(function* () {
          most = Math.max(most, (inFlight += 1))
          yield* Effect.yieldNow()
          inFlight -= 1
          return answer
        })
      )
      const calls = (enabled: boolean | ((model: string) => boolean), model: string) => {
        most = 0
        return Effect.gen(function* () {
          const limited = yield* LLM
          yield* Effect.forEach(Array.from({ length: 30 }), () => limited.complete(request(model)), together)
          return most
        }).pipe(
          Effect.provide(
            LlmRateLimited.layer({ enabled, concurrency: { max: 2 } }).pipe(Layer.provide(Layer.succeed(LLM, llm)))
          )
        )
      }
      assert.strictEqual(yield* calls(true, "test/model"), 2)
      assert.strictEqual(yield* calls(false, "test/model"), 30)
      const some = (model: string) => model !== "local/model"
      assert.strictEqual(yield* calls(some, "local/model"), 30)
      assert.strictEqual(yield* calls(some, "test/model"), 2)
    })
  )
})
