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
      charged += needs.tokens
      const allowance = { ...window("requests", now), ...window("tokens", now) }
      yield* Effect.sleep(options.latency?.() ?? 1000)
      return { ...answer, usage: { prompt: 10, completion: 50 }, allowance }
    })
  )
  return { llm, admitted, refused, charged: () => charged }
}

/** Many callers who call again and again for some minutes. */
const press = (llm: LLMService, minutes: number, make: (call: number) => Request = () => request()) =>
  Effect.gen(function* () {
    const limited = yield* LlmRateLimited.make(llm, { maxWait: "1 hour" })
    let calls = 0
    const caller = Effect.forever(
      Effect.suspend(() => Effect.retry(limited.complete(make(calls++)), { times: 100 }))
    )
    yield* Effect.forEach(Array.from({ length: 100 }), () => caller, { concurrency: "unbounded", discard: true }).pipe(
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
        for (const requests of [20, 60, 600]) {
          const uniform = random(requests)
          const { admitted, llm, refused } = provider({ requests }, { latency: () => 200 + 3000 * uniform() })
          yield* press(llm, 21)
          assert.isAtLeast(admitted.filter((at) => at >= minute).length, 0.95 * 20 * requests, `of ${requests}`)
          assert.deepStrictEqual(refused.filter((at) => at >= minute), [], `of ${requests}`)
        }
      })
    )

    it.effect("uses what a bucket of tokens gives, charged as the request asks", () =>
      Effect.gen(function* () {
        const cost = (request: Request) => 15 + (request.settings?.maxTokens ?? 0)
        const { charged, llm, refused } = provider({ tokens: 40_000, cost })
        yield* press(llm, 21, (call) => ({ ...request(), settings: { maxTokens: 100 + 100 * (call % 10) } }))
        assert.isAtLeast(charged(), 0.95 * 20 * 40_000)
        assert.deepStrictEqual(refused.filter((at) => at >= minute), [])
      })
    )

    it.effect("uses what a bucket of tokens gives, charged as the answers are", () =>
      Effect.gen(function* () {
        const { charged, llm, refused } = provider({ tokens: 20_000, cost: () => 60 })
        yield* press(llm, 21)
        assert.isAtLeast(charged(), 0.95 * 20 * 20_000)
        assert.deepStrictEqual(refused.filter((at) => at >= minute), [])
      })
    )

    it.effect("learns that an allowance comes back all at once", () =>
      Effect.gen(function* () {
        const { admitted, llm, refused } = provider({ requests: 100 }, { atOnce: true })
        yield* press(llm, 21)
        assert.isAtLeast(admitted.filter((at) => at >= minute).length, 0.95 * 20 * 100)
        assert.deepStrictEqual(refused.filter((at) => at >= 2 * minute), [])
      })
    )
  })
})
