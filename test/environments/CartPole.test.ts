import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as CartPole from "../../src/environments/CartPole.js"
import { play } from "../utils/episodes.js"

/** Start, actions and some states of an episode of Gymnasium 1.3.0: `gym.make("CartPole-v1").reset(seed=42)`. */
const gymnasium = {
  start: [0.027395604855596334, -0.006112156024794771, 0.03585979199113824, 0.019736802905936393],
  actions: [1, 1, 0, 1, 0, 0, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
  states: {
    1: [0.02727336173510044, 0.18847766618842926, 0.03625452804925697, -0.26141976017845603],
    2: [0.031042915058869025, 0.38306384047605413, 0.031026132845687848, -0.5424507244894992],
    6: [0.05384180754590529, -0.00817785044439101, 0.0002674896241504753, 0.06528841913756822],
    10: [0.06099217941397605, 0.3821058854185576, -0.006210585549858628, -0.5209554437415029],
    17: [0.1965966519877957, 1.752188624789248, -0.20631239640107765, -2.7069504450894204],
    18: [0.23164042448358066, 1.9481200720567489, -0.26045140530286603, -3.0548413916935613]
  }
} as const

/** Gymnasium's `step`, as it is written there. */
const reference = ([x, xDot, theta, thetaDot]: CartPole.State, action: CartPole.Action): CartPole.State => {
  const gravity = 9.8
  const massPole = 0.1
  const totalMass = massPole + 1.0
  const length = 0.5
  const poleMassLength = massPole * length
  const tau = 0.02
  const force = action === 1 ? 10.0 : -10.0
  const temp = (force + poleMassLength * thetaDot * thetaDot * Math.sin(theta)) / totalMass
  const thetaAcc =
    (gravity * Math.sin(theta) - Math.cos(theta) * temp) /
    (length * (4.0 / 3.0 - (massPole * Math.cos(theta) * Math.cos(theta)) / totalMass))
  const xAcc = temp - (poleMassLength * thetaAcc * Math.cos(theta)) / totalMass
  return [x + tau * xDot, xDot + tau * xAcc, theta + tau * thetaDot, thetaDot + tau * thetaAcc]
}

const assertNear = (actual: ReadonlyArray<number>, expected: ReadonlyArray<number>, tolerance: number) =>
  actual.forEach((number, k) => assert.approximately(number, expected[k], tolerance))

const wide = (limit: number) => FastCheck.double({ min: -limit, max: limit, noNaN: true })

describe("CartPole", () => {
  it("passes through the states of an episode that Gymnasium recorded, and falls on the same step", () => {
    let state = gymnasium.start as unknown as CartPole.State
    gymnasium.actions.forEach((action, k) => {
      state = CartPole.step(state, action)
      const recorded = gymnasium.states[(k + 1) as keyof typeof gymnasium.states]
      if (recorded !== undefined) assertNear(state, recorded, 1e-12)
      assert.strictEqual(CartPole.isOver(state), k === 17)
    })
  })

  it.prop(
    "takes the step that Gymnasium's equations give",
    [FastCheck.tuple(wide(2.4), wide(5), wide(0.3), wide(5)), FastCheck.constantFrom<CartPole.Action>(0, 1)],
    ([state, action]) => assertNear(CartPole.step(state, action), reference(state, action), 1e-12)
  )

  it("is over beyond 2.4 m or 12°, and not on the line", () => {
    const [place, angle] = [2.4, Math.PI / 15]
    assert.isFalse(CartPole.isOver([place, 0, -angle, 0]))
    assert.isFalse(CartPole.isOver([-place, 0, angle, 0]))
    assert.isTrue(CartPole.isOver([place + 1e-9, 0, 0, 0]))
    assert.isTrue(CartPole.isOver([0, 0, -angle - 1e-9, 0]))
  })

  it.prop("starts with every number in ±0.05", [FastCheck.maxSafeInteger()], ([seed]) =>
    CartPole.start(seed).forEach((number) => assert.isAtMost(Math.abs(number), 0.05))
  )

  it("starts spread over ±0.05", () => {
    const starts = Array.from({ length: 4000 }, (_, seed) => CartPole.start(seed))
    for (const k of [0, 1, 2, 3]) {
      const numbers = starts.map((state) => state[k])
      const mean = numbers.reduce((a, b) => a + b) / numbers.length
      assert.approximately(mean, 0, 0.002)
      assert.isBelow(Math.min(...numbers), -0.0495)
      assert.isAbove(Math.max(...numbers), 0.0495)
    }
  })

  it.effect("gives one point a step, the last one included", () =>
    Effect.gen(function* () {
      const { steps } = yield* play(CartPole.environment, 1, () => 1)
      assert.isTrue(steps.every(({ reward }) => reward === 1))
      assert.isTrue(steps.at(-1)?.terminated)
      assert.isAtLeast(steps.length, 8)
      assert.isAtMost(steps.length, 11)
    })
  )
})
