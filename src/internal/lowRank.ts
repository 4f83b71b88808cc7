/**
 * Factor layout and contractions of the search noise.
 *
 * The noise of a matrix (out, in) at rank r is `out + in` rows of r numbers in one run of (out + in) · r floats:
 * B first, as r rows of `in` (`B[k][i]` at k · in + i), then A, as `out` rows of r (`A[o][k]` at r · in + o · r + k).
 * The perturbation is E = c · A B, E[o][i] = c · Σ_k A[o][k] B[k][i], with c = ±σ/√r: entries of variance σ² at any r.
 */

/** A vector of n numbers, or a matrix of (out, in). */
export type Shape = readonly [number] | readonly [number, number]

/** Writes the noise of `pair` from element `start` on, `count` floats, to `out[offset …]`. */
export type PairFill = (pair: number, out: Float32Array, offset: number, count: number, start: number) => void

export const size = (shape: Shape): number => shape[0] * (shape[1] ?? 1)

const lanes = 8
const rowsPerChunk = 64
const columnsPerChunk = 4096

/** Σ_j weights[j] · z_j of dense noise z_j with n numbers, in slices that stay in cache. */
export const contractDense = (n: number, weights: ArrayLike<number>, fill: PairFill): Float64Array => {
  const sum = new Float64Array(n)
  const noise = new Float32Array(Math.min(n, columnsPerChunk))
  for (let start = 0; start < n; start += columnsPerChunk) {
    const count = Math.min(columnsPerChunk, n - start)
    for (let pair = 0; pair < weights.length; pair++) {
      const weight = weights[pair]
      if (weight !== 0) {
        fill(pair, noise, 0, count, start)
        for (let i = 0; i < count; i++) {
          sum[start + i] += weight * noise[i]
        }
      }
    }
  }
  return sum
}

/**
 * Σ_j weights[j] · A_j B_j without building any product: a few pairs' factors at a time, whose rows are added to the
 * sum eight by eight. The order of the additions is fixed by the shape, the rank and the weights that are not 0.
 */
export const contractLowRank = (
  [outputs, inputs]: readonly [number, number],
  rank: number,
  weights: ArrayLike<number>,
  fill: PairFill
): Float64Array => {
  const length = (outputs + inputs) * rank
  const active = Array.from(weights, (_, pair) => pair).filter((pair) => weights[pair] !== 0)
  const pairsPerChunk = Math.max(1, Math.min(active.length, Math.floor(rowsPerChunk / rank)))
  const factors = new Float32Array(pairsPerChunk * length)
  const padded = Math.ceil((pairsPerChunk * rank) / lanes) * lanes
  const rows = new Int32Array(padded)
  const coefficients = new Float64Array(padded)
  const sum = new Float64Array(outputs * inputs)
  for (let first = 0; first < active.length; first += pairsPerChunk) {
    const pairs = Math.min(pairsPerChunk, active.length - first)
    for (let p = 0; p < pairs; p++) {
      fill(active[first + p], factors, p * length, length, 0)
      for (let k = 0; k < rank; k++) {
        rows[p * rank + k] = p * length + k * inputs
      }
    }
    coefficients.fill(0)
    for (let o = 0; o < outputs; o++) {
      for (let p = 0; p < pairs; p++) {
        const at = p * length + rank * inputs + o * rank
        const weight = weights[active[first + p]]
        for (let k = 0; k < rank; k++) {
          coefficients[p * rank + k] = weight * factors[at + k]
        }
      }
      addRows(sum, o * inputs, inputs, factors, rows, coefficients, pairs * rank)
    }
  }
  return sum
}

const addRows = (
  sum: Float64Array,
  at: number,
  columns: number,
  factors: Float32Array,
  rows: Int32Array,
  coefficients: Float64Array,
  count: number
): void => {
  for (let q = 0; q < count; q += lanes) {
    const c0 = coefficients[q]
    const c1 = coefficients[q + 1]
    const c2 = coefficients[q + 2]
    const c3 = coefficients[q + 3]
    const c4 = coefficients[q + 4]
    const c5 = coefficients[q + 5]
    const c6 = coefficients[q + 6]
    const c7 = coefficients[q + 7]
    const r0 = rows[q]
    const r1 = rows[q + 1]
    const r2 = rows[q + 2]
    const r3 = rows[q + 3]
    const r4 = rows[q + 4]
    const r5 = rows[q + 5]
    const r6 = rows[q + 6]
    const r7 = rows[q + 7]
    for (let i = 0; i < columns; i++) {
      sum[at + i] +=
        c0 * factors[r0 + i] +
        c1 * factors[r1 + i] +
        c2 * factors[r2 + i] +
        c3 * factors[r3 + i] +
        c4 * factors[r4 + i] +
        c5 * factors[r5 + i] +
        c6 * factors[r6 + i] +
        c7 * factors[r7 + i]
    }
  }
}

/** Adds c · A B to a copy of `base`, in double precision before the one rounding. */
export const addLowRank = (
  base: Float32Array,
  [outputs, inputs]: readonly [number, number],
  rank: number,
  scale: number,
  factors: Float32Array
): Float32Array => {
  const out = new Float32Array(base.length)
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < inputs; i++) {
      let product = 0
      for (let k = 0; k < rank; k++) {
        product += factors[rank * inputs + o * rank + k] * factors[k * inputs + i]
      }
      out[o * inputs + i] = base[o * inputs + i] + scale * product
    }
  }
  return out
}
