import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { intents } from "../../examples/intents.js"
import { Embedder, layer, WIDTH } from "../../examples/lib/embedder.js"
import * as Mail from "../../examples/lib/mail.js"
import { Tensor } from "../../src/index.js"
import { runExample } from "../utils/example.js"

describe("the mails", () => {
  it("are half spam on both sides, and none is on both", { timeout: 60_000 }, () => {
    const { test, train } = Mail.load(2, 240)
    const spam = (mails: ReadonlyArray<Mail.Mail>) => mails.filter(({ label }) => label === "spam").length
    assert.deepStrictEqual([train.length, spam(train), test.length, spam(test)], [120, 60, 120, 60])
    assert.strictEqual(new Set([...train, ...test].map(({ text }) => text)).size, 240)
  })

  it("are read without tags and quotations, from their beginning", { timeout: 60_000 }, () => {
    const { test, train } = Mail.load(1, 240)
    for (const { text } of [...train, ...test]) {
      assert.isBelow(text.length, 500)
      assert.notMatch(text, /<\/?\w+>|Content-Type:|\n/)
    }
  })
})

describe("the sentence encoder", () => {
  it.live(
    "puts sentences of one meaning nearer than those of two, and encodes none twice",
    () =>
      Effect.gen(function* () {
        const embed = yield* Embedder
        const [pills, drugs, kernel] = yield* Effect.all([
          embed("Buy cheap pills online."),
          embed("Order low-priced drugs now."),
          embed("The kernel patch does not compile.")
        ])
        const cosine = (a: Tensor, b: Tensor) => Tensor.toNumber(Tensor.sum(Tensor.mul(a, b)))
        assert.deepStrictEqual(pills.shape, [WIDTH])
        assert.closeTo(cosine(pills, pills), 1, 1e-4)
        assert.isAbove(cosine(pills, drugs), cosine(pills, kernel))
        assert.strictEqual(yield* embed("Buy cheap pills online."), pills)
      }).pipe(Effect.provide(layer)),
    60_000
  )
})

describe("intents", () => {
  it.live(
    "reads held-out mails better with tuned descriptions, and better still with a head",
    () =>
      Effect.gen(function* () {
        const { lines, measured } = yield* runExample(intents, { seed: 1 })
        const { after, before, described } = measured
        assert.isAbove(described, before)
        assert.isAbove(after, described)
        assert.isAbove(after, 0.85)
        assert.includeMembers(Object.keys(measured), ["model", "calls", "cost", "seconds"])
        assert.isTrue(lines.some((line) => /^ {2}✓ (ham|spam)\.description/.test(line)))
      }),
    180_000
  )
})
