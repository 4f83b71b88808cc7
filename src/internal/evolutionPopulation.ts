import * as Noise from "../Noise.js"
import type { Config } from "./evolutionConfig.js"
import type { BlockState, SearchBlock, State } from "./evolutionState.js"
import { size } from "./lowRank.js"

/**
 * The noise of one pair for one block; both members hold the same object, so that a kernel can share the work.
 *
 * `fill` writes `length` floats from `offset` on. For a matrix with low-rank noise these are its factors, r = `rank`
 * numbers for each of its rows and columns: B as r rows of `in`, then A as `out` rows of r. So u = B x with B row-major
 * (r × in), y = A u with A row-major (out × r), and E = scale · A B. They are exactly the normals of `key`. For other
 * blocks it is z, row-major, with the block's `scale` multiplied in and frozen coordinates 0, and E = scale · z.
 *
 * @since 0.1.0
 * @category models
 */
export interface PairNoise {
  readonly key: Noise.Key
  readonly shape: SearchBlock["shape"]
  readonly rank: number | undefined
  readonly length: number
  readonly fill: (out: Float32Array, offset: number) => void
}

/**
 * One member's perturbation of one block: `scale` is ±σ/√r for low-rank noise, ±σ otherwise.
 *
 * @since 0.1.0
 * @category models
 */
export interface Perturbation {
  readonly noise: PairNoise
  readonly scale: number
}

/**
 * A generation to evaluate. `perturbation` is undefined for a block that is frozen as a whole, or unknown.
 *
 * @since 0.1.0
 * @category models
 */
export interface Population {
  readonly size: number
  readonly generation: number
  readonly means: ReadonlyMap<string, Float32Array>
  readonly perturbation: (member: number, path: string) => Perturbation | undefined
}

/** The stream of a pair's noise for a block. */
export const keyOf = (config: Config, generation: number, pair: number, block: number): Noise.Key => ({
  seed: config.seed,
  generation,
  pair,
  block
})

/** What multiplies the noise: σ/√r, or σ where it is dense. */
export const amplitude = (sigma: number, block: BlockState): number => sigma / Math.sqrt(block.rank ?? 1)

const noiseOf = ({ frozen, rank, scale, shape }: BlockState, key: Noise.Key): PairNoise => {
  const length = rank === undefined ? size(shape) : (shape[0] + (shape[1] ?? 1)) * rank
  const mask = typeof frozen === "object" ? frozen : undefined
  return {
    key,
    shape,
    rank,
    length,
    fill: (out, offset) => {
      Noise.normals(key, out, offset, length)
      if (mask !== undefined || scale !== undefined) {
        for (let i = 0; i < length; i++) {
          out[offset + i] = mask?.[i] ? 0 : out[offset + i] * (scale?.[i] ?? 1)
        }
      }
    }
  }
}

/** The members of a generation. */
export const populationOf = (config: Config, state: State, sigma: number): Population => {
  const searched = new Map(
    state.blocks
      .filter((block) => block.frozen !== true)
      .map((block) => [block.path, { block, id: Noise.blockId(block.path), pairs: new Map<number, PairNoise>() }])
  )
  return {
    size: config.population,
    generation: state.generation,
    means: new Map(state.blocks.map((block) => [block.path, block.mean])),
    perturbation: (member, path) => {
      const entry = searched.get(path)
      if (entry === undefined) {
        return undefined
      }
      const pair = config.antithetic ? member >> 1 : member
      let noise = entry.pairs.get(pair)
      if (noise === undefined) {
        noise = noiseOf(entry.block, keyOf(config, state.generation, pair, entry.id))
        entry.pairs.set(pair, noise)
      }
      const scale = amplitude(sigma, entry.block)
      return { noise, scale: config.antithetic && member % 2 === 1 ? -scale : scale }
    }
  }
}
