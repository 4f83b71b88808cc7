import { uniforms } from "../Noise.js"

/**
 * A mean difference of pairs, with an interval for it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Difference {
  readonly mean: number
  readonly lower: number
  readonly upper: number
  readonly confidence: number
  readonly pairs: number
}

const RESAMPLES = 2000

/**
 * Percentile bootstrap of the mean of `a - b` over pairs (Efron & Tibshirani 1993, §13.3).
 *
 * @internal
 */
export const pairedDifference = (
  pairs: ReadonlyArray<readonly [number, number]>,
  confidence: number,
  seed: number
): Difference => {
  const differences = pairs.map(([a, b]) => a - b)
  const count = differences.length
  const mean = differences.reduce((total, difference) => total + difference, 0) / count
  const draws = new Float32Array(count)
  const means = Array.from({ length: RESAMPLES }, (_, resample) => {
    uniforms({ seed, generation: 0, pair: resample, block: 0 }, draws)
    return draws.reduce((total, draw) => total + differences[Math.min(count - 1, Math.floor(draw * count))], 0) / count
  }).sort((a, b) => a - b)
  const at = (quantile: number): number =>
    means[Math.min(RESAMPLES - 1, Math.max(0, Math.round(quantile * (RESAMPLES - 1))))]
  return { mean, lower: at((1 - confidence) / 2), upper: at((1 + confidence) / 2), confidence, pairs: count }
}
