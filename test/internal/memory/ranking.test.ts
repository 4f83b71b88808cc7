import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { type Hit, ranked } from "../../../src/internal/memory/ranking.js"

const DAY = 24 * 60 * 60 * 1000
const now = 1000 * DAY

const hit = (id: string, relevance: number, more: Partial<Hit> = {}): Hit => ({
  id,
  relevance,
  importance: 0.5,
  createdAt: now,
  order: 0,
  ...more
})

const order = (hits: ReadonlyArray<Hit>, limit = 100): ReadonlyArray<string> =>
  ranked(hits, { now, limit }).map(({ id }) => id)

const anyNumber = FastCheck.oneof(FastCheck.double(), FastCheck.double({ min: -10, max: 10, noNaN: true }))

const anyHits = FastCheck.uniqueArray(
  FastCheck.record(
    {
      id: FastCheck.string(),
      relevance: anyNumber,
      importance: anyNumber,
      createdAt: anyNumber,
      order: FastCheck.nat(3),
      similarity: anyNumber
    },
    { requiredKeys: ["id", "relevance", "importance", "createdAt", "order"] }
  ),
  { selector: ({ id }) => id, maxLength: 20 }
)

describe("ranking", () => {
  it("stretches relevance within the answer, whatever its scale", () => {
    const scores = (scale: number) =>
      ranked([hit("a", 3 * scale), hit("b", 2 * scale), hit("c", 1 * scale)], { now, limit: 3 }).map(
        ({ score }) => score
      )
    const [best, middle, worst] = scores(1)
    assert.closeTo(best!, 0.95 + 0.015 + 0.02, 1e-12)
    assert.closeTo(middle!, 0.475 + 0.015 + 0.02, 1e-12)
    assert.closeTo(worst!, 0.015 + 0.02, 1e-12)
    scores(1e-6).forEach((score, k) => {
      assert.closeTo(score, scores(1)[k]!, 1e-9)
    })
  })

  it("lets importance and age decide between what is nearly equally relevant, and not more", () => {
    const near = [hit("old", 1.001, { createdAt: 0, importance: 0 }), hit("new", 1, { importance: 1 }), hit("far", 0)]
    assert.deepStrictEqual(order(near), ["new", "old", "far"])
    const apart = [hit("old", 1.1, { createdAt: 0, importance: 0 }), hit("new", 1, { importance: 1 }), hit("far", 0)]
    assert.deepStrictEqual(order(apart), ["old", "new", "far"])
  })

  it("adds similarities, stretched likewise, where there are some; those that have none are the least similar", () => {
    const hits = [
      hit("words", 10, { similarity: 0.1 }),
      hit("both", 8, { similarity: 0.9 }),
      hit("meaning", 0, { similarity: 0.9 }),
      hit("unknown", 0)
    ]
    assert.deepStrictEqual(order(hits), ["both", "words", "meaning", "unknown"])
  })

  it("takes equally relevant ones as all relevant, and breaks ties by what came last, and then by name", () => {
    const hits = ranked([hit("b", 2), hit("c", 2, { order: 1 }), hit("a", 2)], { now, limit: 3 })
    assert.deepStrictEqual(
      hits.map(({ id }) => id),
      ["c", "a", "b"]
    )
    assert.closeTo(hits[0]!.score, 0.985, 1e-12)
  })

  it("gives what it cannot measure the lowest place, not the highest", () => {
    assert.deepStrictEqual(order([hit("none", Number.NaN), hit("inf", Infinity), hit("b", 1), hit("a", 2)]), [
      "a",
      "b",
      "inf",
      "none"
    ])
  })

  it("takes an age in the future for none", () => {
    const [later, today] = ranked([hit("a", 1, { createdAt: now + 9 * DAY }), hit("b", 1)], { now, limit: 2 })
    assert.strictEqual(later!.score, today!.score)
  })

  it.prop("gives scores in [0, 1], the highest first, at most as many as asked", [anyHits], ([hits]) => {
    const found = ranked(hits, { now, limit: 5 })
    assert.strictEqual(found.length, Math.min(5, hits.length))
    found.forEach(({ score }, k) => {
      assert.isTrue(score >= 0 && score <= 1, String(score))
      if (k > 0) assert.isTrue(score <= found[k - 1]!.score)
    })
  })

  it.prop("depends on nothing but the hits, not on their order", [anyHits], ([hits]) => {
    assert.deepStrictEqual(order(hits.toReversed()), order(hits))
  })

  it.prop(
    "puts the more relevant of two equally important and old ones first",
    [FastCheck.uniqueArray(FastCheck.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 20 })],
    ([relevances]) => {
      const sorted = relevances.toSorted((a, b) => b - a)
      assert.deepStrictEqual(
        order(relevances.map((relevance) => hit(String(relevance), relevance))),
        sorted.map(String)
      )
    }
  )
})
