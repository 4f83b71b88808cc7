import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { chanceOf } from "../src/internal/keyed.js"
import * as SequentialTest from "../src/SequentialTest.js"

const having = (differences: ReadonlyArray<number>): SequentialTest.SequentialTest =>
  differences.reduce(SequentialTest.observe, SequentialTest.initial)

/** The most evidence that there ever was. */
const peak = (differences: ReadonlyArray<number>): number => {
  let [test, most] = [SequentialTest.initial, 0]
  for (const difference of differences) {
    test = SequentialTest.observe(test, difference)
    most = Math.max(most, SequentialTest.evidence(test))
  }
  return most
}

const difference = FastCheck.double({ min: -1, max: 1, noNaN: true })

const close = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b))

describe("SequentialTest", () => {
  it("begins without evidence for either", () => {
    assert.strictEqual(SequentialTest.evidence(SequentialTest.initial), 1)
  })

  /** Differences whose mean is 0 or less, by a number in [0, 1). */
  const nulls: Readonly<Record<string, (u: number) => number>> = {
    "wins and losses as often": (u) => (u < 0.5 ? 1 : -1),
    "mostly ties": (u) => (u < 0.1 ? 1 : u < 0.2 ? -1 : 0),
    "many small wins and few total losses": (u) => (u < 0.9 ? 1 / 9 : -1),
    "few total wins and many small losses": (u) => (u < 0.1 ? 1 : -1 / 9),
    "a spread of differences": (u) => 2 * u - 1,
    "slightly worse": (u) => (u < 0.48 ? 1 : -1),
    "nothing but ties": () => 0
  }
  const streams = 3000
  const pairs = 60
  const chances = Array.from({ length: streams }, (_, stream) =>
    Array.from({ length: pairs }, (_, k) => chanceOf(stream, k))
  )

  for (const [name, draw] of Object.entries(nulls)) {
    it(`of ${name} it finds enough evidence no more often than its rate, however often it looks`, () => {
      const peaks = chances.map((stream) => peak(stream.map(draw)))
      for (const rate of [0.05, 0.1, 0.2]) {
        const found = peaks.filter((evidence) => evidence >= 1 / rate).length
        assert.isAtMost(found / streams, rate + 3 * Math.sqrt((rate * (1 - rate)) / streams))
      }
    })
  }

  it("bets fairly: what is expected of the evidence after another pair of a null is no more than there is", () => {
    FastCheck.assert(
      FastCheck.property(
        FastCheck.array(difference, { maxLength: 20 }),
        FastCheck.double({ min: 0, max: 1, noNaN: true }),
        (before, size) => {
          const test = having(before)
          const [up, down] = [size, -size].map((next) => SequentialTest.evidence(SequentialTest.observe(test, next)))
          assert.isTrue(close((up + down) / 2, SequentialTest.evidence(test)))
        }
      )
    )
  })

  it("has evidence that is never negative, and does not depend on the order of the pairs", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.array(difference, { maxLength: 40 }), (differences) => {
        const evidence = SequentialTest.evidence(having(differences))
        assert.isAtLeast(evidence, 0)
        assert.isTrue(close(SequentialTest.evidence(having([...differences].reverse())), evidence))
      })
    )
  })

  it("has more evidence for greater differences", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.array(difference, { minLength: 1, maxLength: 20 }), difference, (all, other) => {
        const [low, high] = [Math.min(all[0], other), Math.max(all[0], other)]
        const rest = all.slice(1)
        assert.isAtLeast(
          SequentialTest.evidence(having([high, ...rest])),
          SequentialTest.evidence(having([low, ...rest]))
        )
      })
    )
  })

  it("knows the most evidence that there can come to be: that of as many wins", () => {
    FastCheck.assert(
      FastCheck.property(
        FastCheck.array(difference, { maxLength: 20 }),
        FastCheck.array(difference, { maxLength: 10 }),
        (before, next) => {
          const test = having(before)
          const wins = SequentialTest.evidence(having([...before, ...next.map(() => 1)]))
          assert.isTrue(close(SequentialTest.evidenceAtBest(test, next.length), wins))
          assert.isAtMost(SequentialTest.evidence(having([...before, ...next])), wins * (1 + 1e-9))
        }
      )
    )
  })

  it("finds a change that wins three times of four soon", () => {
    const needed = Array.from({ length: 400 }, (_, stream) => {
      let test = SequentialTest.initial
      for (let k = 0; k < 200; k++) {
        test = SequentialTest.observe(test, chanceOf(7, stream, k) < 0.75 ? 1 : -1)
        if (SequentialTest.evidence(test) >= 10) return k + 1
      }
      return Infinity
    }).sort((a, b) => a - b)
    assert.isBelow(needed[200], 40)
    assert.isBelow(needed[360], 120)
  })
})
