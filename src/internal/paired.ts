import { philox4x32 } from "../Noise.js"

/**
 * The exact sign test, two-sided: how likely wins and losses are to be at least so uneven when either is as likely as the
 * other. Ties count for nothing (Conover 1999, §3.4). 1 if there are neither.
 *
 * @internal
 */
export const signTest = (wins: number, losses: number): number => {
  const total = wins + losses
  let log = -total * Math.LN2
  let tail = Math.exp(log)
  for (let k = 1; k <= Math.min(wins, losses); k++) {
    log += Math.log((total - k + 1) / k)
    tail += Math.exp(log)
  }
  return Math.min(1, 2 * tail)
}

/** Differences of which all 2ⁿ signs are tried. */
const ALL = 12

const DRAWS = 9999

/**
 * The randomization test of paired differences, one-sided: how likely a mean is to be so low or lower when the sign of each
 * difference is a coin's (Fisher 1935, §21). Exact up to 12 differences that are not 0; beyond that by 9999 draws, with
 * the observed one among them (Phipson & Smyth 2010), so that it is never too small.
 *
 * @internal
 */
export const worseTest = (differences: ReadonlyArray<number>, seed: number): number => {
  const sizes = differences.filter((difference) => difference !== 0)
  const observed = sizes.reduce((total, size) => total + size, 0)
  const limit = observed + 1e-12 * sizes.reduce((total, size) => total + Math.abs(size), 0)
  const isAsLow = (isNegative: (k: number) => boolean): boolean =>
    sizes.reduce((total, size, k) => total + (isNegative(k) ? -size : size), 0) <= limit
  if (sizes.length <= ALL) {
    const count = 2 ** sizes.length
    let low = 0
    for (let signs = 0; signs < count; signs++) if (isAsLow((k) => ((signs >>> k) & 1) === 1)) low++
    return low / count
  }
  const words = new Int32Array(4 * Math.ceil(sizes.length / 128))
  let low = 1
  for (let draw = 0; draw < DRAWS; draw++) {
    for (let at = 0; at < words.length; at += 4) philox4x32(at, draw, 0, 0, seed, 0, words.subarray(at, at + 4))
    if (isAsLow((k) => ((words[k >>> 5] >>> (k & 31)) & 1) === 1)) low++
  }
  return low / (DRAWS + 1)
}
