import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as FitnessShaping from "../src/FitnessShaping.js"

const named = ["centredRanks", "zScore", "raw"] as const

const near = (actual: ReadonlyArray<number>, expected: ReadonlyArray<number>, tolerance = 1e-7) => {
  assert.strictEqual(actual.length, expected.length)
  actual.forEach((value, i) => assert.closeTo(value, expected[i], tolerance))
}

describe("FitnessShaping", () => {
  it("centred ranks run from -1/2 for the worst to 1/2 for the best", () => {
    assert.deepStrictEqual(FitnessShaping.centredRanks([30, -5, 7, 1e9, 8]), [0.25, -0.5, -0.25, 0.5, 0])
  })

  it("equal rewards share their average rank", () => {
    assert.deepStrictEqual(FitnessShaping.centredRanks([1, 2, 2, 3, 2]), [-0.5, 0, 0, 0.5, 0])
    assert.deepStrictEqual(FitnessShaping.centredRanks([0, -0, 1]), [-0.25, -0.25, 0.5])
  })

  it("infinite rewards rank at the ends and NaN with the worst", () => {
    assert.deepStrictEqual(
      FitnessShaping.centredRanks([NaN, 1, Infinity, -Infinity, 0]),
      [-0.375, 0.25, 0.5, -0.375, 0]
    )
  })

  it("z-scores use the sample standard deviation", () => {
    near(FitnessShaping.zScore([3, 1, 5, -1]), [0.3872983, -0.3872983, 1.161895, -1.161895])
    near(FitnessShaping.zScore([1, -1, 0, 0]), [1.2247448, -1.2247448, 0, 0])
  })

  it("z-scores only centre where the deviation is 1e-8 or less", () => {
    near(FitnessShaping.zScore([1e-9, 3e-9]), [-1e-9, 1e-9], 1e-20)
    near(FitnessShaping.zScore([1e-7, 3e-7]), [-Math.SQRT1_2, Math.SQRT1_2])
  })

  it("raw only centres", () => {
    assert.deepStrictEqual(FitnessShaping.raw([3, 1, 5, -1]), [1, -1, 3, -3])
  })

  it("a function is applied as it is", () => {
    assert.deepStrictEqual(
      FitnessShaping.shape((rewards) => rewards.map((reward) => reward * 2), [1, 2]),
      [2, 4]
    )
  })

  it.each(named)("%s gives zeros for equal rewards, for one reward, and nothing for none", (shaping) => {
    for (const reward of [0, 0.1, 1e10 + 0.1, -1e300, 1e-300]) {
      assert.deepStrictEqual(FitnessShaping.shape(shaping, new Array(7).fill(reward)), new Array(7).fill(0))
    }
    assert.deepStrictEqual(FitnessShaping.shape(shaping, [3]), [0])
    assert.deepStrictEqual(FitnessShaping.shape(shaping, []), [])
  })

  it.each(named)("%s stays finite and keeps the order at rewards of 1e300 and 1e-300", (shaping) => {
    for (const scale of [1e300, 1.7e308, 1e-300]) {
      const weights = FitnessShaping.shape(shaping, [scale, -scale, 0, scale / 2])
      assert.isTrue(weights.every(Number.isFinite))
      assert.isTrue(weights[0] > weights[3] && weights[3] > weights[2] && weights[2] > weights[1])
    }
  })

  it("z-scores of huge rewards are those of the same rewards in a smaller unit", () => {
    near(FitnessShaping.zScore([3e300, 1e300, 5e300, -1e300]), FitnessShaping.zScore([3, 1, 5, -1]))
  })

  it.prop(
    "the weights of any finite rewards sum to zero and keep their order",
    [FastCheck.array(FastCheck.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 20 })],
    ([rewards]) => {
      for (const shaping of named) {
        const weights = FitnessShaping.shape(shaping, rewards)
        const largest = Math.max(...weights.map(Math.abs))
        assert.closeTo(
          weights.reduce((sum, weight) => sum + weight, 0),
          0,
          1e-9 * Math.max(1, largest)
        )
        rewards.forEach((a, i) =>
          rewards.forEach((b, j) => (a > b ? assert.isAtLeast(weights[i], weights[j]) : undefined))
        )
      }
    }
  )

  it.prop(
    "centred ranks depend on the order of the rewards alone",
    [FastCheck.array(FastCheck.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 20 })],
    ([rewards]) =>
      assert.deepStrictEqual(
        FitnessShaping.centredRanks(rewards.map((reward) => Math.exp(reward / 10))),
        FitnessShaping.centredRanks(rewards)
      )
  )
})
