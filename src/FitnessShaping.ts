/**
 * Fitness shaping: what the rewards of a generation weigh in its update.
 *
 * Every shaping takes the finite rewards of n candidates, larger is better, and gives n weights whose sum is zero up to
 * rounding, so equal rewards move nothing. Values up to ±1.8e308 neither overflow nor underflow on the way.
 *
 * @since 0.1.0
 */

/**
 * How rewards become weights: a named shaping, or a function of all rewards of the generation that returns as many
 * finite weights.
 *
 * @since 0.1.0
 * @category models
 */
export type FitnessShaping =
  | "centredRanks"
  | "zScore"
  | "raw"
  | ((rewards: ReadonlyArray<number>) => ReadonlyArray<number>)

const comparable = (reward: number): number => (Number.isNaN(reward) ? -Infinity : reward)

/**
 * Ranks 0 … n - 1 from worst to best, as rank / (n - 1) - 1/2 in [-1/2, 1/2]; equal rewards share their average rank
 * (Salimans et al., "Evolution Strategies as a Scalable Alternative to Reinforcement Learning", 2017, §2.1; Wierstra et
 * al., "Natural Evolution Strategies", 2014, §3.1). Blind to outliers and to the unit of the reward. The weights of n
 * distinct rewards have a standard deviation of about 1/√12 = 0.289: to step as far as with {@link zScore}, multiply
 * the learning rate by 3.46. A single reward weighs 0; NaN counts as the worst.
 *
 * @since 0.1.0
 * @category shapings
 */
export const centredRanks = (rewards: ReadonlyArray<number>): ReadonlyArray<number> => {
  const n = rewards.length
  if (n < 2) {
    return rewards.map(() => 0)
  }
  const sorted = Float64Array.from(rewards, comparable).sort()
  const weights = new Map<number, number>()
  for (let first = 0; first < n; ) {
    let last = first
    while (last + 1 < n && sorted[last + 1] === sorted[first]) {
      last += 1
    }
    weights.set(sorted[first], (first + last) / 2 / (n - 1) - 0.5)
    first = last + 1
  }
  return rewards.map((reward) => weights.get(comparable(reward))!)
}

const unitOf = (rewards: ReadonlyArray<number>): number => {
  let largest = 0
  for (const reward of rewards) {
    largest = Math.max(largest, Math.abs(reward))
  }
  return largest > 2 ** 500 ? 2 ** 600 : 1
}

const centred = (rewards: ReadonlyArray<number>, unit: number): ReadonlyArray<number> => {
  const origin = (rewards[0] ?? 0) / unit
  const values = rewards.map((reward) => reward / unit - origin)
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return values.map((value) => value - mean)
}

/**
 * (reward - mean) / standard deviation, with the sample deviation (n - 1). Where that is 1e-8 or less, and for a single
 * reward, the rewards are only centred: the Python library's guard.
 *
 * @since 0.1.0
 * @category shapings
 */
export const zScore = (rewards: ReadonlyArray<number>): ReadonlyArray<number> => {
  const unit = unitOf(rewards)
  const values = centred(rewards, unit)
  let squares = 0
  for (const value of values) {
    squares += value * value
  }
  const deviation = Math.sqrt(squares / (rewards.length - 1))
  return deviation * unit > 1e-8 ? values.map((value) => value / deviation) : values
}

/**
 * reward - mean, in the reward's own unit: the step grows with it. Clamped to the largest finite number.
 *
 * @since 0.1.0
 * @category shapings
 */
export const raw = (rewards: ReadonlyArray<number>): ReadonlyArray<number> => {
  const unit = unitOf(rewards)
  return centred(rewards, unit).map((value) => Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value * unit)))
}

const shapings = { centredRanks, raw, zScore }

/**
 * Applies a shaping, named or given, to the rewards of one generation.
 *
 * @since 0.1.0
 * @category shapings
 */
export const shape = (shaping: FitnessShaping, rewards: ReadonlyArray<number>): ReadonlyArray<number> =>
  typeof shaping === "function" ? shaping(rewards) : shapings[shaping](rewards)
