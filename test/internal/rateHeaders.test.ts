import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import * as Option from "effect/Option"
import * as RateHeaders from "../../src/internal/rateHeaders.js"

const now = Date.UTC(2026, 0, 2, 3, 4, 5)

const resets = (text: string) => Option.getOrUndefined(RateHeaders.resetMillis(text, now))
const waits = (headers: Record<string, string>) =>
  Option.getOrUndefined(RateHeaders.retryAfterMillis(new Headers(headers), now))
const allows = (headers: Record<string, string>) =>
  Option.getOrUndefined(RateHeaders.allowance(new Headers(headers), now))

describe("rateHeaders", () => {
  it("reads durations of every unit, alone and together", () => {
    assert.strictEqual(resets("100ms"), 100)
    assert.strictEqual(resets("1s"), 1000)
    assert.strictEqual(resets("1m30s"), 90_000)
    assert.strictEqual(resets("6m0s"), 360_000)
    assert.strictEqual(resets("1h0m2.397s"), 3_602_397)
    assert.strictEqual(resets("2m"), 120_000)
    assert.strictEqual(resets("1h"), 3_600_000)
    assert.strictEqual(resets("1m500ms"), 60_500)
    assert.strictEqual(resets("1d"), 86_400_000)
    assert.strictEqual(resets("500µs"), 0.5)
  })

  it("reads a bare number as seconds, or as unix time where it is as large as one", () => {
    assert.strictEqual(resets("60"), 60_000)
    assert.strictEqual(resets("0.25"), 250)
    assert.strictEqual(resets(String(now / 1000 + 30)), 30_000)
    assert.strictEqual(resets(String(now + 30)), 30)
    assert.strictEqual(resets(String(now / 1000 - 30)), 0)
  })

  it("reads RFC 3339 with zones and fractions; what is past is 0", () => {
    assert.strictEqual(resets("2026-01-02T03:04:15Z"), 10_000)
    assert.strictEqual(resets("2026-01-02T04:04:05.5+01:00"), 500)
    assert.strictEqual(resets("2026-01-02T03:04:00Z"), 0)
  })

  it("takes nothing from junk", () => {
    for (const junk of ["", "soon", "-5", "-1s", "NaN", "Infinity", "1e999", "0x10", "5 apples", "1m30", "ms"]) {
      assert.strictEqual(resets(junk), undefined, junk)
    }
    assert.strictEqual(resets("9".repeat(400)), undefined)
    assert.strictEqual(resets("2026-99-99T00:00:00Z"), undefined)
  })

  it("waits as long as retry-after-ms says, or else Retry-After in seconds or as a date of any HTTP form", () => {
    assert.strictEqual(waits({ "Retry-After": "2" }), 2000)
    assert.strictEqual(waits({ "retry-after": "0" }), 0)
    assert.strictEqual(waits({ "retry-after": "1.5" }), 1500)
    assert.strictEqual(waits({ "retry-after": "86400" }), 86_400_000)
    assert.strictEqual(waits({ "retry-after-ms": "250", "retry-after": "2" }), 250)
    assert.strictEqual(waits({ "retry-after-ms": "junk", "retry-after": "2" }), 2000)
    assert.strictEqual(waits({ "retry-after": "Fri, 02 Jan 2026 03:04:15 GMT" }), 10_000)
    assert.strictEqual(waits({ "retry-after": "Friday, 02-Jan-26 03:04:15 GMT" }), 10_000)
    assert.strictEqual(waits({ "retry-after": "Fri Jan  2 03:04:15 2026" }), 10_000)
  })

  it("does not wait for what is negative, no number or past", () => {
    for (const value of ["-1", "NaN", "Infinity", "", "later", "9".repeat(400), "Fri, 02 Jan 2026 03:04:05 GMT"]) {
      assert.strictEqual(waits({ "retry-after": value }), undefined, value)
    }
    assert.strictEqual(waits({}), undefined)
  })

  it("reads the windows of OpenAI and of Anthropic, in any case", () => {
    assert.deepStrictEqual(
      allows({
        "X-RateLimit-Limit-Requests": "60",
        "x-ratelimit-remaining-requests": "59",
        "x-ratelimit-reset-requests": "1s",
        "x-ratelimit-limit-tokens": "150000",
        "x-ratelimit-remaining-tokens": "149984",
        "x-ratelimit-reset-tokens": "6m0s"
      }),
      {
        requests: { limit: 60, remaining: 59, resetMillis: 1000 },
        tokens: { limit: 150_000, remaining: 149_984, resetMillis: 360_000 }
      }
    )
    assert.deepStrictEqual(
      allows({
        "anthropic-ratelimit-requests-limit": "50",
        "anthropic-ratelimit-requests-remaining": "0",
        "anthropic-ratelimit-requests-reset": "2026-01-02T03:05:05Z"
      }),
      { requests: { limit: 50, remaining: 0, resetMillis: 60_000 } }
    )
  })

  it("leaves out what is unknown", () => {
    assert.strictEqual(allows({}), undefined)
    assert.strictEqual(allows({ "x-ratelimit-remaining-requests": "many" }), undefined)
    assert.deepStrictEqual(allows({ "x-ratelimit-remaining-tokens": "7", "x-ratelimit-limit-tokens": "-1" }), {
      tokens: { remaining: 7 }
    })
  })

  it.prop("gives finite times that are not negative, or none, for any text", [fc.string()], ([text]) => {
    const millis = [resets(text), Option.getOrUndefined(RateHeaders.retryAfterMillis({ get: () => text }, now))]
    for (const ms of millis) assert.isTrue(ms === undefined || (Number.isFinite(ms) && ms >= 0))
  })
})
