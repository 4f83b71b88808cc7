/**
 * CartPole-v1 in tensors: the same world as {@link CartPole}, in single precision, for a whole population at once.
 *
 * @since 0.1.0
 */
import * as Tensor from "../Tensor.js"
import * as VectorEnvironment from "../VectorEnvironment.js"
import { MAX_STEPS, physics, start } from "./CartPole.js"

/** `c₀ + c₁ q + c₂ q² + …` */
const polynomial = (q: Tensor.Tensor, coefficients: ReadonlyArray<number>): Tensor.Tensor =>
  coefficients
    .slice(0, -1)
    .reduceRight<Tensor.Tensor>(
      (sum, coefficient) => Tensor.add(Tensor.mul(sum, q), coefficient),
      Tensor.from(coefficients[coefficients.length - 1])
    )

/** Taylor's: within single precision for the angles that an episode can reach, below 0.4. */
const sinAndCos = (angle: Tensor.Tensor) => {
  const q = Tensor.mul(angle, angle)
  return {
    sin: Tensor.mul(angle, polynomial(q, [1, -1 / 6, 1 / 120, -1 / 5040])),
    cos: polynomial(q, [1, -1 / 2, 1 / 24, -1 / 720])
  }
}

/** One where `|x| ≤ limit`. */
const isWithin = (x: Tensor.Tensor, limit: number): Tensor.Tensor =>
  Tensor.equal(Tensor.maximum(Tensor.abs(x), limit), limit)

/**
 * The state is that of {@link CartPole.State}. Actions are scalars: 0 pushes to the left, 1 to the right, and what lies
 * between pushes with a part of the force.
 *
 * @since 0.1.0
 * @category environments
 */
export const environment: VectorEnvironment.VectorEnvironment = VectorEnvironment.make({
  name: "CartPole-v1",
  observationSize: 4,
  maxSteps: MAX_STEPS,
  start: (seed) => Float32Array.from(start(seed)),
  step: (state, action) => {
    const { cart, force, gravity, halfLength, interval, limits, pole } = physics
    const [, velocity, angle, spin] = Tensor.split(state, [1, 1, 1, 1])
    const { cos, sin } = sinAndCos(angle)
    const total = cart + pole
    const moment = (pole * halfLength) / total
    const pushed = Tensor.mul(Tensor.sub(action, 0.5), (2 * force) / total)
    const push = Tensor.add(pushed, Tensor.mul(Tensor.mul(Tensor.mul(spin, spin), sin), moment))
    const inertia = Tensor.sub((halfLength * 4) / 3, Tensor.mul(Tensor.mul(cos, cos), (halfLength * pole) / total))
    const twist = Tensor.div(Tensor.sub(Tensor.mul(sin, gravity), Tensor.mul(cos, push)), inertia)
    const pull = Tensor.sub(push, Tensor.mul(Tensor.mul(twist, cos), moment))
    const rates = Tensor.combine([velocity, pull, spin, twist])
    const next = Tensor.add(state, Tensor.mul(rates, interval))
    const [nextPlace, , nextAngle] = Tensor.split(next, [1, 1, 1, 1])
    const within = Tensor.mul(isWithin(nextPlace, limits.place), isWithin(nextAngle, limits.angle))
    return { state: next, reward: Tensor.from(1), alive: Tensor.reshape(within, []) }
  }
})
