/**
 * Evolution strategies as pure `init / ask / tell` on an immutable, encodable state.
 *
 * A generation evaluates N perturbed members θ + E_i and moves the mean along g = √N / N · Σ_i z_i E_i, where z are the
 * shaped rewards, larger is better (Salimans et al. 2017; the √N scale is that of the Python library and of
 * HyperscaleES). Members come in antithetic pairs: 2j is θ + E, 2j + 1 is θ - E. A matrix is searched with low-rank
 * noise E = σ/√r · A Bᵀ that is never built (EGGROLL, "Evolution Strategies at the Hyperscale", arXiv 2511.16652): a
 * member costs (out + in) · r numbers, and the update is one contraction over the factors. Noise is a function of
 * (seed, generation, pair, block, element), see {@link Noise}: nothing of it is stored, and nothing but the rewards
 * has to travel.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { Config, Options } from "./internal/evolutionConfig.js"
import { at, configProblem, rateProblem } from "./internal/evolutionConfig.js"
import type { Population } from "./internal/evolutionPopulation.js"
import { populationOf } from "./internal/evolutionPopulation.js"
import type { BlockState, EvolutionError, SearchBlock, State } from "./internal/evolutionState.js"
import { blocksProblem, refuse } from "./internal/evolutionState.js"
import { rankMembers, step } from "./internal/evolutionStep.js"
import { addLowRank } from "./internal/lowRank.js"
import * as Solver from "./Solver.js"

export type { Config, FailurePolicy, Options, Scheduled } from "./internal/evolutionConfig.js"
export type { PairNoise, Perturbation, Population } from "./internal/evolutionPopulation.js"
export type { SearchBlock } from "./internal/evolutionState.js"
export { BlockState, decode, EvolutionError, encode, State } from "./internal/evolutionState.js"

/**
 * Checks the options.
 *
 * @example
 * import * as Effect from "effect/Effect"
 * import * as EvolutionStrategy from "hyperfunc/EvolutionStrategy"
 *
 * const target = 0.5
 *
 * export const program = Effect.gen(function*() {
 *   const config = yield* EvolutionStrategy.make({ population: 20, sigma: 0.1, learningRate: 0.1, seed: 1 })
 *   let state = yield* EvolutionStrategy.init(config, [
 *     { path: "x", shape: [1], rank: undefined, initial: new Float32Array(1) }
 *   ])
 *   for (let generation = 0; generation < 50; generation++) {
 *     const population = yield* EvolutionStrategy.ask(config, state)
 *     const rewards = Array.from({ length: population.size }, (_, member) =>
 *       -Math.abs(EvolutionStrategy.materialise(population, member, "x")[0] - target))
 *     state = yield* EvolutionStrategy.tell(config, state, rewards)
 *   }
 *   return state.blocks[0].mean
 * })
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<Config, EvolutionError> =>
  Effect.suspend(() => {
    const config: Config = {
      antithetic: true,
      failurePolicy: "dropPair",
      rank: undefined,
      shaping: "centredRanks",
      solver: Solver.sgd,
      weightDecay: 0,
      ...options
    }
    const problem = configProblem(config)
    return problem === undefined ? Effect.succeed(config) : refuse("InvalidConfig", problem)
  })

const blockState = (config: Config, block: SearchBlock): BlockState => {
  const { frozen, initial, max, min, path, rank, scale, shape } = block
  return {
    path,
    shape,
    mean: initial.slice(),
    ...(rank === undefined ? {} : { rank: Math.min(rank, config.rank ?? rank, ...shape) }),
    ...(scale === undefined ? {} : { scale: scale.slice() }),
    ...(min === undefined ? {} : { min: min.slice() }),
    ...(max === undefined ? {} : { max: max.slice() }),
    ...(frozen === undefined ? {} : { frozen: typeof frozen === "boolean" ? frozen : frozen.slice() }),
    solver: Solver.init(config.solver, initial.length)
  }
}

/**
 * The state before generation 0. The arrays are copied.
 *
 * @since 0.1.0
 * @category strategy
 */
export const init = (config: Config, blocks: ReadonlyArray<SearchBlock>): Effect.Effect<State, EvolutionError> => {
  const problem = blocksProblem(blocks)
  return problem === undefined
    ? Effect.succeed({
        version: 1,
        generation: 0,
        evaluations: 0,
        blocks: blocks.map((block) => blockState(config, block))
      })
    : refuse("InvalidBlock", problem)
}

/**
 * The members of the state's generation, described and not drawn: noise is made when a `fill` is called. Fails if a
 * schedule gives no usable sigma or learning rate for this generation.
 *
 * @since 0.1.0
 * @category strategy
 */
export const ask = (config: Config, state: State): Effect.Effect<Population, EvolutionError> =>
  Effect.suspend(() => {
    const problem = rateProblem(config, state.generation)
    return problem === undefined
      ? Effect.succeed(populationOf(config, state, at(config.sigma, state.generation)))
      : refuse("InvalidConfig", problem)
  })

/**
 * One member's block in full, for the host and for tests: the mean plus the perturbation, always a fresh array. A path
 * the population does not hold gives an empty one.
 *
 * @since 0.1.0
 * @category strategy
 */
export const materialise = (population: Population, member: number, path: string): Float32Array => {
  const mean = population.means.get(path) ?? new Float32Array(0)
  const perturbation = population.perturbation(member, path)
  if (perturbation === undefined) {
    return new Float32Array(mean)
  }
  const { noise, scale } = perturbation
  const values = new Float32Array(noise.length)
  noise.fill(values, 0)
  return noise.rank !== undefined && noise.shape.length === 2
    ? addLowRank(mean, noise.shape, noise.rank, scale, values)
    : mean.map((value, i) => value + scale * values[i])
}

/**
 * The state after a generation, from one reward per member, larger is better. A reward that is not finite means that
 * the candidate failed; the failure policy says what follows, and none ever reaches a weight. On failure the state it
 * was given is as good as before.
 *
 * The direction of a block is g = √N / N · Σ_i z_i E_i over the N members that count, one product per pair under
 * antithetic sampling: σ/√r · √N / N · Σ_j (z_2j - z_2j+1) A_j B_j.
 *
 * @since 0.1.0
 * @category strategy
 */
export const tell = Effect.fnUntraced(function* (config: Config, state: State, rewards: ArrayLike<number>) {
  const problem = rateProblem(config, state.generation)
  if (problem !== undefined) {
    return yield* refuse("InvalidConfig", problem)
  }
  if (rewards.length !== config.population) {
    return yield* refuse(
      "InvalidRewards",
      `There are ${rewards.length} rewards for a population of ${config.population}; tell one for each member`
    )
  }
  const ranking = yield* rankMembers(config, Array.from(rewards))
  const blocks = yield* Effect.forEach(state.blocks, (block) => step(config, state.generation, block, ranking))
  const next: State = {
    version: 1,
    generation: state.generation + 1,
    evaluations: state.evaluations + config.population,
    blocks
  }
  return next
})

/**
 * A schedule that falls geometrically: initial · decayᵍ in generation g, never below `minimum` (0 by default; give
 * sigma a positive one).
 *
 * @since 0.1.0
 * @category schedules
 */
export const exponentialDecay =
  (options: {
    readonly initial: number
    readonly decay: number
    readonly minimum?: number
  }): ((generation: number) => number) =>
  (generation) =>
    Math.max(options.minimum ?? 0, options.initial * options.decay ** generation)

/**
 * A schedule that falls along half a cosine from `initial` to `minimum` (0 by default; give sigma a positive one) over
 * `generations`, and stays there (Loshchilov and Hutter, "SGDR", 2017, eq. 5, without restarts).
 *
 * @since 0.1.0
 * @category schedules
 */
export const cosine = (options: {
  readonly initial: number
  readonly generations: number
  readonly minimum?: number
}): ((generation: number) => number) => {
  const minimum = options.minimum ?? 0
  return (generation) =>
    minimum +
    ((options.initial - minimum) * (1 + Math.cos(Math.PI * Math.min(1, generation / options.generations)))) / 2
}
