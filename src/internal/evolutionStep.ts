import * as Effect from "effect/Effect"
import * as FitnessShaping from "../FitnessShaping.js"
import * as Noise from "../Noise.js"
import * as Solver from "../Solver.js"
import type { Config } from "./evolutionConfig.js"
import { at } from "./evolutionConfig.js"
import { amplitude, keyOf } from "./evolutionPopulation.js"
import type { BlockState } from "./evolutionState.js"
import { EvolutionError, refuse } from "./evolutionState.js"
import type { PairFill } from "./lowRank.js"
import { contractDense, contractLowRank } from "./lowRank.js"

/** The members that count and, for each pair, what its noise weighs: z_2j - z_2j+1, or z_j without mirroring. */
interface Ranking {
  readonly members: number
  readonly weights: Float64Array
}

/** Applies the failure policy and the shaping. */
export const rankMembers = (config: Config, rewards: ReadonlyArray<number>): Effect.Effect<Ranking, EvolutionError> => {
  const stride = config.antithetic ? 2 : 1
  const failed = rewards.flatMap((reward, member) => (Number.isFinite(reward) ? [] : [member]))
  if (failed.length > 0 && config.failurePolicy === "fail") {
    return refuse(
      "CandidateFailed",
      `Member ${failed[0]} has the reward ${rewards[failed[0]]} (${failed.length} of ${rewards.length} are not ` +
        'finite); mend the metric, or use the failurePolicy "dropPair" or "worstRank"'
    )
  }
  const dropped = new Set(config.failurePolicy === "dropPair" ? failed.map((m) => Math.floor(m / stride)) : [])
  const members = Array.from(rewards, (_, member) => member).filter((m) => !dropped.has(Math.floor(m / stride)))
  if (members.length === 0 || failed.length === rewards.length) {
    return refuse(
      "AllCandidatesFailed",
      `${failed.length} of ${rewards.length} candidates have no finite reward and none is left to learn from; look ` +
        "at the first failure, start from parameters that work, or use a smaller sigma"
    )
  }
  const worst =
    config.shaping === "centredRanks"
      ? -Infinity
      : rewards.reduce((least, reward) => (Number.isFinite(reward) ? Math.min(least, reward) : least), Infinity)
  const values = members.map((member) => (Number.isFinite(rewards[member]) ? rewards[member] : worst))
  return Effect.map(shape(config, values), (shaped) => {
    const weights = new Float64Array(config.population / stride)
    members.forEach((member, i) => {
      weights[Math.floor(member / stride)] += member % stride === 1 ? -shaped[i] : shaped[i]
    })
    return { members: members.length, weights }
  })
}

const shape = (config: Config, rewards: ReadonlyArray<number>): Effect.Effect<ReadonlyArray<number>, EvolutionError> =>
  Effect.try({
    try: () => FitnessShaping.shape(config.shaping, rewards),
    catch: (cause) => new EvolutionError({ reason: "InvalidShaping", message: `The shaping threw: ${String(cause)}` })
  }).pipe(
    Effect.filterOrElse(
      (shaped) => shaped.length === rewards.length && shaped.every(Number.isFinite),
      (shaped) =>
        refuse(
          "InvalidShaping",
          `The shaping turned ${rewards.length} finite rewards into ${shaped.length} weights, ` +
            `${shaped.filter(Number.isFinite).length} of them finite; return one finite weight for each reward`
        )
    )
  )

const project = (mean: Float32Array, { frozen, max, min }: BlockState): Float32Array =>
  min === undefined && max === undefined
    ? mean
    : mean.map((value, i) =>
        typeof frozen === "object" && frozen[i] !== 0
          ? value
          : Math.min(max?.[i] ?? Infinity, Math.max(min?.[i] ?? -Infinity, value))
      )

/** One block's step; fails rather than store a number that is not finite. */
export const step = (
  config: Config,
  generation: number,
  block: BlockState,
  { members, weights }: Ranking
): Effect.Effect<BlockState, EvolutionError> => {
  if (block.frozen === true) {
    return Effect.succeed(block)
  }
  const id = Noise.blockId(block.path)
  const fill: PairFill = (pair, out, offset, count, start) =>
    Noise.normals(keyOf(config, generation, pair, id), out, offset, count, start)
  const factor = amplitude(at(config.sigma, generation), block) / Math.sqrt(members)
  const scaled = weights.map((weight) => weight * factor)
  const direction =
    block.rank !== undefined && block.shape.length === 2
      ? contractLowRank(block.shape, block.rank, scaled, fill)
      : contractDense(block.mean.length, scaled, fill)
  const { mean, state } = Solver.update(config.solver, block.solver, block.mean, direction, {
    learningRate: at(config.learningRate, generation),
    weightDecay: config.weightDecay,
    scale: block.scale,
    frozen: typeof block.frozen === "object" ? block.frozen : undefined
  })
  return [mean, state.first, state.second].every((values) => values.every(Number.isFinite))
    ? Effect.succeed({ ...block, mean: project(mean, block), solver: state })
    : refuse(
        "NonFiniteUpdate",
        `The step of generation ${generation} overflows in block "${block.path}"; use a smaller learningRate or ` +
          'sigma, or the shaping "centredRanks", which does not depend on the size of the rewards'
      )
}
