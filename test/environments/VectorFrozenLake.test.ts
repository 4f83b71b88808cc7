import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as FrozenLake from "../../src/environments/FrozenLake.js"
import * as VectorFrozenLake from "../../src/environments/VectorFrozenLake.js"
import * as Tensor from "../../src/Tensor.js"
import type { VectorEnvironment } from "../../src/VectorEnvironment.js"
import { play } from "../utils/episodes.js"

const policy = (cell: number, turn: number): FrozenLake.Action => ((cell * 7 + turn) % 4) as FrozenLake.Action

/** Cell, reward and end of every step. */
const walk = (environment: VectorEnvironment, seed: number, turn: number) => {
  const steps: Array<readonly [number, number, boolean]> = []
  let state = Tensor.fromTypedArray(environment.start(seed))
  for (let step = 0; step < environment.maxSteps; step++) {
    const [cell] = Tensor.toTypedArray(state)
    const next = environment.step(state, Tensor.from(policy(cell, turn)))
    state = Tensor.fromTypedArray(Tensor.toTypedArray(next.state))
    const isOver = Tensor.toNumber(next.alive) === 0
    steps.push([Tensor.toTypedArray(state)[0], Tensor.toNumber(next.reward), isOver])
    if (isOver) break
  }
  return steps
}

const lakes = [
  FrozenLake.lakes.small,
  FrozenLake.lakes.large,
  Effect.runSync(FrozenLake.lake({ map: ["SFS", "FFF", "FHG"], slippery: false, maxSteps: 40 })),
  Effect.runSync(FrozenLake.lake({ map: ["SFFS", "FFHG"], maxSteps: 7 }))
]

describe("VectorFrozenLake", () => {
  it.effect.prop(
    "takes the very steps that FrozenLake takes, to the last one",
    [
      FastCheck.constantFrom(...lakes),
      FastCheck.maxSafeInteger(),
      FastCheck.constantFrom<FrozenLake.Action>(0, 1, 2, 3)
    ],
    ([lake, seed, turn]) =>
      Effect.gen(function* () {
        const { start, steps } = yield* play(FrozenLake.fromLake(lake), seed, (cell) => policy(cell, turn))
        const environment = VectorFrozenLake.fromLake(lake)
        assert.strictEqual(environment.start(seed)[0], start)
        assert.deepStrictEqual(
          walk(environment, seed, turn),
          steps.map(({ observation, reward, terminated }) => [observation, reward, terminated])
        )
      })
  )

  it("shows a policy the cell as the one number that is one", () => {
    const { observationSize, observe, start } = VectorFrozenLake.small
    const observation = observe?.(Tensor.fromTypedArray(start(3)))
    assert.deepStrictEqual(observation?.shape, [observationSize])
    assert.deepStrictEqual(observation && [...Tensor.toTypedArray(observation)], [1, ...new Array(15).fill(0)])
  })
})
