import * as Schema from "effect/Schema"
import type { FitnessShaping } from "../FitnessShaping.js"
import { Solver } from "../Solver.js"

/**
 * A number, or a number for each generation, counted from 0.
 *
 * @since 0.1.0
 * @category models
 */
export type Scheduled = number | ((generation: number) => number)

/**
 * What a candidate without a finite reward does to its generation: take its whole pair out, and N with it
 * (`"dropPair"`); count as the worst (`"worstRank"`: below all others under `"centredRanks"`, equal to the worst finite
 * reward under other shapings); or fail the generation (`"fail"`).
 *
 * @since 0.1.0
 * @category models
 */
export type FailurePolicy = "dropPair" | "worstRank" | "fail"

/**
 * - `population`: members per generation, N ≥ 2; even when antithetic
 * - `sigma`: standard deviation of the noise in the unit of the parameters, > 0
 * - `learningRate`: ≥ 0; under SGD and z-scores the step along the true gradient is about lr · sigma · √N
 * - `seed`: any safe integer
 * - `rank`: caps the rank of every low-rank block
 * - `antithetic`: mirrored pairs, true by default
 * - `shaping`: `"centredRanks"` by default
 * - `solver`: `Solver.sgd` by default
 * - `weightDecay`: decoupled, 0 by default
 * - `failurePolicy`: `"dropPair"` by default
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly population: number
  readonly sigma: Scheduled
  readonly learningRate: Scheduled
  readonly seed: number
  readonly rank?: number
  readonly antithetic?: boolean
  readonly shaping?: FitnessShaping
  readonly solver?: Solver
  readonly weightDecay?: number
  readonly failurePolicy?: FailurePolicy
}

/**
 * Options that were checked, with every default filled in.
 *
 * @since 0.1.0
 * @category models
 */
export interface Config extends Omit<Required<Options>, "rank"> {
  readonly rank: number | undefined
}

/** The value of a schedule in a generation. */
export const at = (scheduled: Scheduled, generation: number): number =>
  typeof scheduled === "function" ? scheduled(generation) : scheduled

/** What is wrong with the schedules in a generation, or undefined. */
export const rateProblem = (config: Config, generation: number): string | undefined => {
  const sigma = at(config.sigma, generation)
  const learningRate = at(config.learningRate, generation)
  if (!(sigma > 0 && sigma < Infinity)) {
    return `sigma is ${sigma} in generation ${generation}; use a positive number, such as 0.1`
  }
  return learningRate >= 0 && learningRate < Infinity
    ? undefined
    : `learningRate is ${learningRate} in generation ${generation}; use a finite number of at least 0, such as 0.1`
}

/** What is wrong with a config, or undefined. */
export const configProblem = (config: Config): string | undefined => {
  const { antithetic, population, rank, seed, weightDecay } = config
  if (!Number.isInteger(population) || population < 2 || (antithetic && population % 2 !== 0)) {
    return `population is ${population}; use ${
      antithetic ? "an even integer of at least 2 (members are mirrored pairs)" : "an integer of at least 2"
    }`
  }
  if (!Number.isSafeInteger(seed)) {
    return `seed is ${seed}; use a safe integer`
  }
  if (rank !== undefined && (!Number.isInteger(rank) || rank < 1)) {
    return `rank is ${rank}; use an integer of at least 1, or leave it out`
  }
  if (!(weightDecay >= 0 && weightDecay < Infinity)) {
    return `weightDecay is ${weightDecay}; use a finite number of at least 0`
  }
  if (!Schema.is(Solver)(config.solver)) {
    return "solver has a decay outside [0, 1) or an epsilon that is not positive; use Solver.sgd, momentum or adam"
  }
  return rateProblem(config, 0)
}
