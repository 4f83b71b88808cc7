/**
 * Solvers: how an ascent direction becomes a step of the weights.
 *
 * Pure functions on single-precision arrays; arithmetic is in double precision and rounded once per stored number. A
 * solver and its state are plain data with a Schema, so that a run can be written down and taken up again.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Float32ArrayFromBase64 } from "./internal/typedArrays.js"

/**
 * Which solver, as data. `decay`, `beta1` and `beta2` are in [0, 1), `epsilon` is positive.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Solver = Schema.Union(
  Schema.TaggedStruct("Sgd", {}),
  Schema.TaggedStruct("Momentum", { decay: Schema.Finite.pipe(Schema.between(0, 1 - Number.EPSILON)) }),
  Schema.TaggedStruct("Adam", {
    beta1: Schema.Finite.pipe(Schema.between(0, 1 - Number.EPSILON)),
    beta2: Schema.Finite.pipe(Schema.between(0, 1 - Number.EPSILON)),
    epsilon: Schema.Finite.pipe(Schema.positive())
  })
)

/**
 * @since 0.1.0
 * @category models
 */
export type Solver = typeof Solver.Type

/**
 * Plain gradient ascent: θ ← θ + lr · g.
 *
 * @since 0.1.0
 * @category constructors
 */
export const sgd: Solver = { _tag: "Sgd" }

/**
 * Heavy-ball momentum: v ← decay · v + g, θ ← θ + lr · v (Polyak 1964; the form of PyTorch, without dampening). The
 * step grows to lr / (1 - decay) where the direction stays. `decay` is 0.9 unless given.
 *
 * @since 0.1.0
 * @category constructors
 */
export const momentum = (options?: { readonly decay?: number }): Solver => ({
  _tag: "Momentum",
  decay: options?.decay ?? 0.9
})

/**
 * Adam (Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2015, algorithm 1): with m ← β₁ m + (1 - β₁) g and
 * v ← β₂ v + (1 - β₂) g², θ ← θ + lr · m̂ / (√v̂ + ε), m̂ = m / (1 - β₁ᵗ), v̂ = v / (1 - β₂ᵗ). The step is about lr per
 * coordinate whatever the size of g. The defaults are the paper's: 0.9, 0.999, 1e-8.
 *
 * @since 0.1.0
 * @category constructors
 */
export const adam = (options?: {
  readonly beta1?: number
  readonly beta2?: number
  readonly epsilon?: number
}): Solver => ({
  _tag: "Adam",
  beta1: options?.beta1 ?? 0.9,
  beta2: options?.beta2 ?? 0.999,
  epsilon: options?.epsilon ?? 1e-8
})

/**
 * What a solver remembers of one block: whose state it is, how many steps were taken, and the moving averages of g
 * (`first`) and g² (`second`), each as long as the block, or empty where the solver has none.
 *
 * @since 0.1.0
 * @category schemas
 */
export const SolverState = Schema.Struct({
  solver: Schema.Literal("Sgd", "Momentum", "Adam"),
  step: Schema.NonNegativeInt,
  first: Float32ArrayFromBase64,
  second: Float32ArrayFromBase64
})

/**
 * @since 0.1.0
 * @category models
 */
export type SolverState = typeof SolverState.Type

/**
 * The state before the first step, for a block of `length` numbers.
 *
 * @since 0.1.0
 * @category constructors
 */
export const init = (solver: Solver, length: number): SolverState => ({
  solver: solver._tag,
  step: 0,
  first: new Float32Array(solver._tag === "Sgd" ? 0 : length),
  second: new Float32Array(solver._tag === "Adam" ? length : 0)
})

/**
 * What a step takes besides its direction. `weightDecay` is decoupled, θ ← θ - lr · weightDecay · θ + step (Loshchilov
 * and Hutter, "Decoupled Weight Decay Regularization", 2019, algorithm 2, with lr as the schedule); `scale` multiplies
 * the step of each coordinate, not its decay; coordinates where `frozen` is not 0 keep their value and their moments.
 *
 * @since 0.1.0
 * @category models
 */
export interface StepOptions {
  readonly learningRate: number
  readonly weightDecay?: number
  readonly scale?: Float32Array | undefined
  readonly frozen?: Uint8Array | undefined
}

/**
 * One step uphill along `direction`. Neither `mean` nor `state` is changed. A state of another solver starts anew.
 *
 * @since 0.1.0
 * @category stepping
 */
export const update = (
  solver: Solver,
  state: SolverState,
  mean: Float32Array,
  direction: Float32Array | Float64Array,
  options: StepOptions
): { readonly mean: Float32Array; readonly state: SolverState } => {
  const n = mean.length
  const before = state.solver === solver._tag ? state : init(solver, n)
  const next = new Float32Array(n)
  const { frozen, learningRate, scale } = options
  const keep = 1 - learningRate * (options.weightDecay ?? 0)
  if (solver._tag === "Sgd") {
    for (let i = 0; i < n; i++) {
      next[i] = frozen?.[i] ? mean[i] : keep * mean[i] + learningRate * (scale?.[i] ?? 1) * direction[i]
    }
    return { mean: next, state: before }
  }
  const step = before.step + 1
  const first = new Float32Array(before.first)
  const second = new Float32Array(before.second)
  const beta1 = solver._tag === "Adam" ? solver.beta1 : solver.decay
  const intake = solver._tag === "Adam" ? 1 - beta1 : 1
  const correction1 = solver._tag === "Adam" ? 1 - beta1 ** step : 1
  const correction2 = solver._tag === "Adam" ? 1 - solver.beta2 ** step : 1
  for (let i = 0; i < n; i++) {
    if (frozen?.[i]) {
      next[i] = mean[i]
      continue
    }
    const g = direction[i]
    const m = beta1 * first[i] + intake * g
    first[i] = m
    let move = m / correction1
    if (solver._tag === "Adam") {
      const v = solver.beta2 * second[i] + (1 - solver.beta2) * g * g
      second[i] = v
      move /= Math.sqrt(v / correction2) + solver.epsilon
    }
    next[i] = keep * mean[i] + learningRate * (scale?.[i] ?? 1) * move
  }
  return { mean: next, state: { solver: solver._tag, step, first, second } }
}
