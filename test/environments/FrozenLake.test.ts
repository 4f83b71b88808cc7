import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as FrozenLake from "../../src/environments/FrozenLake.js"
import { play } from "../utils/episodes.js"

const actions: ReadonlyArray<FrozenLake.Action> = [0, 1, 2, 3]

/** Cells, rewards and ends by action, from `env.unwrapped.P` of Gymnasium 1.3.0's slippery 4 × 4 lake. */
const gymnasium: Readonly<Record<number, ReadonlyArray<ReadonlyArray<readonly [number, number, boolean]>>>> = {
  0: [
    [
      [0, 0, false],
      [0, 0, false],
      [4, 0, false]
    ],
    [
      [0, 0, false],
      [4, 0, false],
      [1, 0, false]
    ],
    [
      [4, 0, false],
      [1, 0, false],
      [0, 0, false]
    ],
    [
      [1, 0, false],
      [0, 0, false],
      [0, 0, false]
    ]
  ],
  8: [
    [
      [4, 0, false],
      [8, 0, false],
      [12, 0, true]
    ],
    [
      [8, 0, false],
      [12, 0, true],
      [9, 0, false]
    ],
    [
      [12, 0, true],
      [9, 0, false],
      [4, 0, false]
    ],
    [
      [9, 0, false],
      [4, 0, false],
      [8, 0, false]
    ]
  ],
  14: [
    [
      [10, 0, false],
      [13, 0, false],
      [14, 0, false]
    ],
    [
      [13, 0, false],
      [14, 0, false],
      [15, 1, true]
    ],
    [
      [14, 0, false],
      [15, 1, true],
      [10, 0, false]
    ],
    [
      [15, 1, true],
      [10, 0, false],
      [13, 0, false]
    ]
  ]
}

/** The chance to reach the goal within so many steps, when every step is the best one. */
const optimum = (lake: FrozenLake.Lake, steps: number): number => {
  const cells = Array.from(lake.tiles, (_, cell) => cell)
  let value = cells.map(() => 0)
  for (let step = 0; step < steps; step++) {
    const worth = ({ cell, probability, reward, terminated }: FrozenLake.Transition) =>
      probability * (reward + (terminated ? 0 : value[cell]))
    value = cells.map((cell) =>
      Math.max(
        ...actions.map((action) =>
          FrozenLake.transitions(lake, cell, action).reduce((sum, transition) => sum + worth(transition), 0)
        )
      )
    )
  }
  return value[0]
}

const refusal = (options: FrozenLake.Options) =>
  Effect.map(Effect.flip(Effect.asVoid(FrozenLake.make(options))), ({ reason }) => reason)

describe("FrozenLake", () => {
  it.effect("has the transition table of Gymnasium", () =>
    Effect.gen(function* () {
      const lake = yield* FrozenLake.lake({ map: FrozenLake.maps.small })
      for (const [cell, byAction] of Object.entries(gymnasium)) {
        actions.forEach((action) => {
          const possible = FrozenLake.transitions(lake, Number(cell), action)
          assert.deepStrictEqual(
            possible.map(({ cell, reward, terminated }) => [cell, reward, terminated]),
            byAction[action].map((each) => [...each])
          )
          assert.isTrue(possible.every(({ probability }) => probability === 1 / 3))
        })
      }
    })
  )

  it.effect("does not let go of holes and goals", () =>
    Effect.gen(function* () {
      const lake = yield* FrozenLake.lake({ map: FrozenLake.maps.small })
      for (const cell of [5, 7, 11, 12, 15]) {
        for (const action of actions) {
          assert.deepStrictEqual(FrozenLake.transitions(lake, cell, action), [
            { probability: 1, cell, reward: 0, terminated: true }
          ])
        }
      }
    })
  )

  it.effect("can be won as often as Gymnasium's table says: 0.7442 in 100 steps, 0.9132 in 200 on the large lake", () =>
    Effect.gen(function* () {
      const small = yield* FrozenLake.lake({ map: FrozenLake.maps.small })
      const large = yield* FrozenLake.lake({ map: FrozenLake.maps.large })
      assert.approximately(optimum(small, 100), 0.7441902878292689, 1e-12)
      assert.approximately(optimum(large, 200), 0.9132201502016288, 1e-12)
    })
  )

  it.effect("slips to each side as often as it goes ahead", () =>
    Effect.gen(function* () {
      const count = 3000
      const arrivals = [0, 0, 0]
      const lake = yield* FrozenLake.make({ map: ["FFF", "FSF", "FFG"], maxSteps: 1 })
      for (let seed = 0; seed < count; seed++) {
        const { steps } = yield* play(lake, seed, () => 2)
        arrivals[[7, 5, 1].indexOf(steps[0].observation)]++
      }
      for (const arrived of arrivals) assert.approximately(arrived / count, 1 / 3, 0.035)
    })
  )

  it.effect("goes where it is told when it is not slippery, and gives one point at the goal", () =>
    Effect.gen(function* () {
      const lake = yield* FrozenLake.make({ map: FrozenLake.maps.small, slippery: false })
      const path = [1, 1, 2, 2, 1, 2] as const
      const { start, steps } = yield* play(lake, 5, (_, step) => path[step])
      assert.strictEqual(start, 0)
      assert.deepStrictEqual(
        steps.map(({ observation }) => observation),
        [4, 8, 9, 10, 14, 15]
      )
      assert.deepStrictEqual(
        steps.map(({ reward }) => reward),
        [0, 0, 0, 0, 0, 1]
      )
      assert.deepStrictEqual(
        steps.map(({ terminated }) => terminated),
        [false, false, false, false, false, true]
      )
    })
  )

  it.effect("begins at each of several starts", () =>
    Effect.gen(function* () {
      const lake = yield* FrozenLake.make({ map: ["SFS", "FGF"] })
      const starts = yield* Effect.forEach(
        Array.from({ length: 40 }, (_, seed) => seed),
        (seed) =>
          Effect.map(
            play(lake, seed, () => 0),
            ({ start }) => start
          )
      )
      assert.deepStrictEqual([...new Set(starts)].sort(), [0, 2])
    })
  )

  it.effect("refuses maps that nobody can play on, each for its reason", () =>
    Effect.gen(function* () {
      for (const map of [null, undefined, "SG", ["SF", null], [["S", "G"]]]) {
        assert.strictEqual(yield* refusal({ map: map as never }), "InvalidOptions")
      }
      assert.strictEqual(yield* refusal({ map: [] }), "Empty")
      assert.strictEqual(yield* refusal({ map: ["", ""] }), "Empty")
      assert.strictEqual(yield* refusal({ map: ["SF", "FFG"] }), "Ragged")
      assert.strictEqual(yield* refusal({ map: ["SX", "FG"] }), "UnknownTile")
      assert.strictEqual(yield* refusal({ map: ["FF", "FG"] }), "NoStart")
      assert.strictEqual(yield* refusal({ map: ["SF", "FF"] }), "NoGoal")
      assert.strictEqual(yield* refusal({ map: ["SH", "HG"] }), "Unreachable")
      for (const maxSteps of [0, -1, 1.5, NaN, Infinity]) {
        assert.strictEqual(yield* refusal({ map: ["SG"], maxSteps }), "InvalidOptions")
      }
    })
  )

  it.effect.prop(
    "never throws, whatever the map",
    [FastCheck.array(FastCheck.string({ unit: FastCheck.constantFrom("S", "F", "H", "G", "x"), maxLength: 4 }))],
    ([map]) => Effect.asVoid(Effect.exit(FrozenLake.make({ map })))
  )
})
