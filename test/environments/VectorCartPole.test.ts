import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as CartPole from "../../src/environments/CartPole.js"
import * as VectorCartPole from "../../src/environments/VectorCartPole.js"
import * as Tensor from "../../src/Tensor.js"

const { environment } = VectorCartPole

const wide = (limit: number) => FastCheck.double({ min: -limit, max: limit, noNaN: true })

const assertNear = (actual: ArrayLike<number>, expected: ReadonlyArray<number>, tolerance: number) =>
  expected.forEach((number, k) => assert.approximately(actual[k], number, tolerance))

describe("VectorCartPole", () => {
  it.prop(
    "takes the step that CartPole takes, within single precision",
    [FastCheck.tuple(wide(2.4), wide(5), wide(0.35), wide(5)), FastCheck.constantFrom<CartPole.Action>(0, 1)],
    ([state, action]) => {
      const { alive, reward, state: next } = environment.step(Tensor.from([...state]), Tensor.from(action))
      const expected = CartPole.step(state, action)
      assertNear(Tensor.toTypedArray(next), expected, 5e-6)
      assert.strictEqual(Tensor.toNumber(reward), 1)
      const isNearLine =
        Math.abs(Math.abs(expected[0]) - 2.4) < 1e-5 || Math.abs(Math.abs(expected[2]) - 0.20944) < 1e-5
      if (!isNearLine) assert.strictEqual(Tensor.toNumber(alive), CartPole.isOver(expected) ? 0 : 1)
    }
  )

  it("starts where CartPole starts", () => {
    for (const seed of [-1, 0, 1, 42]) assertNear(environment.start(seed), CartPole.start(seed), 1e-8)
  })

  it("stays with CartPole over a second of the same pushes", () => {
    let state = CartPole.start(11)
    let tensor = Tensor.from([...state])
    for (let step = 0; step < 50; step++) {
      const action = state[2] + 0.4 * state[3] + 0.1 * state[0] + 0.2 * state[1] > 0 ? 1 : 0
      state = CartPole.step(state, action)
      tensor = Tensor.fromTypedArray(Tensor.toTypedArray(environment.step(tensor, Tensor.from(action)).state))
    }
    assert.isFalse(CartPole.isOver(state))
    assertNear(Tensor.toTypedArray(tensor), state, 1e-4)
  })

  it("takes and gives what the contract says, whatever the state", () => {
    const { alive, reward, state } = environment.step(Tensor.from([9, 9, 0.39, -9]), Tensor.from(0))
    assert.deepStrictEqual([state.shape, reward.shape, alive.shape], [[environment.observationSize], [], []])
    assert.isTrue(Tensor.toTypedArray(state).every(Number.isFinite))
    assert.strictEqual(Tensor.toNumber(alive), 0)
  })
})
