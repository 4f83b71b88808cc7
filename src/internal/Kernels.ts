/**
 * The arithmetic that a tensor program is interpreted with, over one linear memory of 32-bit floats.
 *
 * A value of logical size `n` lies in memory as `[n][lanes]`: examples are neighbours ("lanes"), so every kernel is a
 * loop over logical elements around a contiguous loop over examples, whatever the operation. A value that does not
 * depend on an example has one lane. Lanes are padded to a multiple of {@link LANE_WIDTH} when there is more than one.
 *
 * Every implementation gives the same bits: sums run in index order with one rounding per operation, and `exp`, `log`,
 * `tanh` and `sigmoid` are the same single-precision polynomials everywhere.
 *
 * @since 0.1.0
 */
import type { Key } from "../Noise.js"

/** @internal */
export type Unary = "neg" | "exp" | "log" | "abs" | "sqrt" | "relu" | "tanh" | "sigmoid"

/** @internal */
export type Binary = "add" | "sub" | "mul" | "div" | "minimum" | "maximum" | "equal"

/** @internal */
export type Reduction = "sum" | "mean" | "max" | "argMax"

/** @internal */
export const LANE_WIDTH = 4

/**
 * All addresses and counts are in floats. Outputs never overlap inputs unless they are the same address (allowed for
 * element-wise kernels).
 *
 * @internal
 */
export interface Kernels {
  /** Makes room for `floats` elements and returns the memory; an earlier view may be detached afterwards. */
  readonly reserve: (floats: number) => Float32Array
  /** `y[k] = op(x[k])` for `k < count`. */
  readonly unary: (op: Unary, y: number, x: number, count: number) => void
  /** `y[k] = op(a[k], b[k])` for `k < count`; `equal` gives 1 where `|a - b| <= tolerance`, else 0. */
  readonly binary: (op: Binary, y: number, a: number, b: number, count: number, tolerance: number) => void
  /**
   * The same with broadcasting: row `k < rows` of `y` has `lanes` lanes, and is `op` of row `aIndex[k]` of `a` and row
   * `bIndex[k]` of `b`; `aLanes` and `bLanes` are either `lanes` or 1, and one lane is repeated. Indices are read from
   * memory as floats (integers below 2^24).
   */
  readonly binaryRows: (
    op: Binary,
    y: number,
    a: number,
    aIndex: number,
    aLanes: number,
    b: number,
    bIndex: number,
    bLanes: number,
    rows: number,
    lanes: number,
    tolerance: number
  ) => void
  /**
   * `y[o][l] = sum over i < inner of w[o * rowStride + i * columnStride] * x[i][l]` for `o < outer`, `l < lanes`. The
   * sum starts at zero and runs in index order: `acc = round(acc + round(w * x))`.
   */
  readonly gemm: (
    y: number,
    w: number,
    rowStride: number,
    columnStride: number,
    x: number,
    outer: number,
    inner: number,
    lanes: number
  ) => void
  /** `y[m][n][l] = sum over k of a[m][k][l] * b[k][n][l]`, in index order. */
  readonly contract: (y: number, a: number, b: number, m: number, k: number, n: number, lanes: number) => void
  /** `y[k] = round(a[k] + round(alpha * b[k]))` for `k < count`. */
  readonly addScaled: (y: number, a: number, b: number, alpha: number, count: number) => void
  /**
   * Reduces the middle axis of `x[outer][length][inner]` into `y[outer][inner]`. `mean` is the sum divided by `length`;
   * `argMax` gives the first index of the greatest element, as a float.
   */
  readonly reduce: (op: Reduction, y: number, x: number, outer: number, length: number, inner: number) => void
  /** Softmax (or its logarithm) over the middle axis of `x[outer][length][inner]`, shifted by the maximum. */
  readonly softmax: (logarithm: boolean, y: number, x: number, outer: number, length: number, inner: number) => void
  /** `y[k * lanes + l] = x[l * size + k]`: examples in rows become examples in lanes; lanes from `count` on are zero. */
  readonly toLanes: (y: number, x: number, count: number, size: number, lanes: number) => void
  /** `y[l * size + k] = x[k * lanes + l]` for `l < count`: the way back. */
  readonly fromLanes: (y: number, x: number, count: number, size: number, lanes: number) => void
  /** `y[k]` is normal `start + k` of the stream, for `k < count`, as `Noise.normals` draws it. */
  readonly normals: (key: Key, y: number, start: number, count: number) => void
}
