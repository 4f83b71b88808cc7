/**
 * CartPole-v1: a pole on a cart, kept upright by pushing the cart left or right.
 *
 * The equations are those of Barto, Sutton and Anderson, "Neuronlike adaptive elements that can solve difficult learning
 * control problems" (1983), with the constants, thresholds and rewards of Gymnasium's `CartPole-v1`: Euler steps of 20
 * ms, one point a step, 500 steps. Starts are drawn by {@link Noise}, so a seed does not give Gymnasium's start.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Environment from "../Environment.js"
import { uniforms } from "../internal/environments/draw.js"
import * as Svg from "../internal/environments/svg.js"
import { blockId } from "../Noise.js"

/**
 * Place of the cart (m), its velocity (m/s), angle of the pole from upright (rad, clockwise), its angular velocity (rad/s).
 *
 * @since 0.1.0
 * @category models
 */
export const State = Schema.Tuple(Schema.Finite, Schema.Finite, Schema.Finite, Schema.Finite)

/**
 * @since 0.1.0
 * @category models
 */
export type State = typeof State.Type

/**
 * 0 pushes to the left, 1 to the right.
 *
 * @since 0.1.0
 * @category models
 */
export const Action = Schema.Literal(0, 1)

/**
 * @since 0.1.0
 * @category models
 */
export type Action = typeof Action.Type

/**
 * In metres, kilograms, newtons, seconds and radians. `halfLength` is that of the pole.
 *
 * @since 0.1.0
 * @category constants
 */
export const physics = {
  gravity: 9.8,
  cart: 1,
  pole: 0.1,
  halfLength: 0.5,
  force: 10,
  interval: 0.02,
  limits: { place: 2.4, angle: (12 * 2 * Math.PI) / 360 }
} as const

/**
 * @since 0.1.0
 * @category constants
 */
export const MAX_STEPS = 500

const stream = blockId("hyperfunc/environments/CartPole/start")

/**
 * Each number uniform in ±0.05.
 *
 * @since 0.1.0
 * @category dynamics
 */
export const start = (seed: number): State => {
  const [place, velocity, angle, spin] = uniforms(seed, stream, 4).map(
    (share) => (share - 0.5) / 10
  ) as unknown as State
  return [place, velocity, angle, spin]
}

/**
 * The state 20 ms later.
 *
 * @since 0.1.0
 * @category dynamics
 */
export const step = ([place, velocity, angle, spin]: State, action: Action): State => {
  const { cart, force, gravity, halfLength, interval, pole } = physics
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)]
  const total = cart + pole
  const moment = pole * halfLength
  const push = ((action === 1 ? force : -force) + moment * spin ** 2 * sin) / total
  const twist = (gravity * sin - cos * push) / (halfLength * (4 / 3 - (pole * cos ** 2) / total))
  const pull = push - (moment * twist * cos) / total
  return [place + interval * velocity, velocity + interval * pull, angle + interval * spin, spin + interval * twist]
}

/**
 * Whether the cart has left its track, or the pole leans by more than 12°.
 *
 * @since 0.1.0
 * @category dynamics
 */
export const isOver = ([place, , angle]: State): boolean =>
  Math.abs(place) > physics.limits.place || Math.abs(angle) > physics.limits.angle

/**
 * The cart on its track, as SVG.
 *
 * @since 0.1.0
 * @category rendering
 */
export const render = ([place, , angle]: State): string => {
  const [width, ground, length] = [6, 2.1, 1.6]
  const middle = width / 2 + place
  const tip = { x: middle + length * Math.sin(angle), y: ground - length * Math.cos(angle) }
  const at = Svg.number
  return Svg.picture(width, 2.6, `a pole at ${at((angle * 180) / Math.PI)}° on a cart at ${at(place)} m`, [
    `<line x1="0.6" y1="${ground}" x2="5.4" y2="${ground}" stroke="#7d8590" stroke-width="0.03"/>`,
    `<rect x="${at(middle - 0.3)}" y="${ground - 0.15}" width="0.6" height="0.3" rx="0.05" fill="#1c7ed6"/>`,
    `<line x1="${at(middle)}" y1="${ground - 0.05}" x2="${at(tip.x)}" y2="${at(tip.y)}" stroke="#e8590c" stroke-width="0.1" stroke-linecap="round"/>`,
    `<circle cx="${at(middle)}" cy="${ground - 0.05}" r="0.06" fill="#7d8590"/>`
  ])
}

/**
 * One point for every step, that on which it ends included.
 *
 * @since 0.1.0
 * @category environments
 */
export const environment: Environment.Environment<State, Action> = Environment.fromTransitions({
  name: "CartPole-v1",
  observations: State,
  actions: Action,
  maxSteps: MAX_STEPS,
  start,
  observe: (state: State) => state,
  step: (before: State, action: Action) => {
    const state = step(before, action)
    return { state, reward: 1, terminated: isOver(state) }
  },
  render
})
