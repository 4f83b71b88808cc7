/**
 * Searched weights on a tfjs backend: factors beside a shared base, never a perturbed matrix for each candidate.
 *
 * @since 0.1.0
 */
import type * as TfjsCore from "@tensorflow/tfjs-core"
import type { Direction, Weight } from "../../src/internal/node.js"
import { sizeOf } from "../../src/internal/node.js"
import type { Launch } from "../../src/TensorProgram.js"

/** @internal */
export type Tfjs = typeof TfjsCore

/** @internal */
export type Tensor = TfjsCore.Tensor

/**
 * What the weights of a parameter have in common. Weight `k` has direction `floor(k / size)`, or `index[k]` where there
 * is an `index`.
 *
 * @internal
 */
export interface Grouping {
  readonly bases: ReadonlyArray<Float32Array>
  readonly baseIndex: Int32Array
  readonly directions: ReadonlyArray<Direction>
  /** Members that share a direction, when they are neighbours and equally many. */
  readonly size: number
  /** Cuts at its multiples part no neighbours that share a direction. */
  readonly together: number
  readonly index: Int32Array | undefined
  readonly scales: Float32Array
  /** Greatest rank; 0 for vectors. */
  readonly rank: number
  /** Floats of the longest direction. */
  readonly width: number
}

/**
 * The weights of a parameter step, one of them when all candidates have the same.
 *
 * @internal
 */
export const weightsOf = (launch: Launch, step: number): ReadonlyArray<Weight> => {
  const weights = launch.parameters[launch.program.parameters.indexOf(step)]!
  return launch.program.steps[step]!.candidates ? weights : weights.slice(0, 1)
}

const longestRun = (weights: ReadonlyArray<Weight>): number => {
  const isJoined = (k: number): boolean =>
    k < weights.length && weights[k]!.direction !== undefined && weights[k]!.direction === weights[k - 1]!.direction
  let [run, longest] = [1, 1]
  for (let k = 1; k < weights.length; k++) {
    run = isJoined(k) ? run + 1 : 1
    longest = Math.max(longest, run)
  }
  for (let k = longest; k < weights.length; k += longest) if (isJoined(k)) return 1
  return longest
}

/** @internal */
export const group = (weights: ReadonlyArray<Weight>): Grouping => {
  const bases = [...new Set(weights.map(({ base }) => base))]
  const directions = [...new Set(weights.flatMap(({ direction }) => direction ?? []))]
  const baseAt = new Map(bases.map((base, k) => [base, k]))
  const directionAt = new Map(directions.map((direction, k) => [direction, k]))
  const size = directions.length === 0 ? 1 : weights.length / directions.length
  const isRegular =
    directions.length === 0 ||
    (Number.isInteger(size) && weights.every(({ direction }, k) => direction === directions[Math.floor(k / size)]))
  return {
    bases,
    baseIndex: Int32Array.from(weights, ({ base }) => baseAt.get(base)!),
    directions,
    size: isRegular ? size : 1,
    together: longestRun(weights),
    index: isRegular
      ? undefined
      : Int32Array.from(weights, ({ direction }) => (direction === undefined ? 0 : directionAt.get(direction)!)),
    scales: Float32Array.from(weights, ({ direction, scale }) => (direction === undefined ? 0 : scale)),
    rank: directions.reduce((rank, direction) => Math.max(rank, direction.rank ?? 0), 0),
    width: directions.reduce((width, { length }) => Math.max(width, length), 0)
  }
}

/**
 * The weights of a chunk of candidates on the host. `b` is `[directions, rank, in]` and `a` is `[directions, out, rank]`,
 * padded with zeros to the greatest rank; a vector's noise is `a`, of `[directions, size]`.
 *
 * @internal
 */
export interface HostWeights {
  readonly grouping: Grouping
  readonly shape: ReadonlyArray<number>
  readonly base: Float32Array
  readonly a: Float32Array
  readonly b: Float32Array
}

const stacked = (bases: ReadonlyArray<Float32Array>): Float32Array => {
  const all = new Float32Array(bases.reduce((total, { length }) => total + length, 0))
  let offset = 0
  for (const base of bases) {
    all.set(base, offset)
    offset += base.length
  }
  return all
}

/** @internal */
export const hostWeights = (weights: ReadonlyArray<Weight>, shape: ReadonlyArray<number>): HostWeights => {
  const grouping = group(weights)
  const { directions, rank, width } = grouping
  const base = stacked(grouping.bases)
  if (rank === 0) {
    const a = new Float32Array(directions.length * sizeOf(shape))
    directions.forEach((direction, k) => direction.fill(a, k * direction.length))
    return { grouping, shape, base, a, b: new Float32Array(0) }
  }
  const [outer, inner] = [shape[0]!, shape[1]!]
  const a = new Float32Array(directions.length * outer * rank)
  const b = new Float32Array(directions.length * rank * inner)
  const filled = new Float32Array(width)
  directions.forEach((direction, k) => {
    const own = direction.rank!
    direction.fill(filled, 0)
    b.set(filled.subarray(0, own * inner), k * rank * inner)
    for (let o = 0; o < outer; o++) {
      const from = own * inner + o * own
      a.set(filled.subarray(from, from + own), (k * outer + o) * rank)
    }
  })
  return { grouping, shape, base, a, b }
}

/**
 * The weights of a chunk on the device.
 *
 * @internal
 */
export interface Weights {
  readonly grouping: Grouping
  /** `[1 or candidates, size]` */
  readonly base: Tensor
  /** Without their direction: `[in, out]`, or `[candidates, in, out]`; `undefined` for a vector. */
  readonly transposed: Tensor | undefined
  readonly a: Tensor | undefined
  readonly b: Tensor | undefined
}

const isIdentity = (index: Int32Array): boolean => index.every((at, k) => at === k)

const gathered = (tf: Tfjs, x: Tensor, index: Int32Array | undefined): Tensor =>
  index === undefined ? x : tf.gather(x, tf.tensor1d(index, "int32"))

/** @internal */
export const upload = (tf: Tfjs, host: HostWeights, isFactored: boolean): Weights => {
  const { grouping, shape } = host
  const { baseIndex, bases, directions, rank } = grouping
  const size = sizeOf(shape)
  const own = tf.tensor(host.base, [bases.length, size])
  const base = bases.length === 1 || isIdentity(baseIndex) ? own : gathered(tf, own, baseIndex)
  const transposed = (): Tensor => {
    const [outer, inner] = [shape[0]!, shape[1]!]
    if (bases.length === 1) return tf.transpose(tf.reshape(base, [outer, inner]))
    return tf.transpose(tf.reshape(base, [baseIndex.length, outer, inner]), [0, 2, 1])
  }
  const factor = (data: Float32Array, width: ReadonlyArray<number>): Tensor =>
    tf.tensor(data, [directions.length, ...width])
  return {
    grouping,
    base,
    transposed: isFactored ? transposed() : undefined,
    a: directions.length === 0 ? undefined : factor(host.a, rank === 0 ? [size] : [shape[0]!, rank]),
    b: rank === 0 ? undefined : factor(host.b, [rank, shape[1]!])
  }
}

/**
 * `x Wᵀ + scale (x Bᵀ) Aᵀ` for `x` of `[1 or candidates, rows, in]`: gives `[1 or candidates, rows, out]`.
 *
 * Where all candidates see the same `x`, the first term is one product, and the low-rank one is computed once for each
 * direction and not for each of its candidates (EGGROLL, arXiv 2511.16652).
 *
 * @internal
 */
export const linear = (tf: Tfjs, weights: Weights, x: Tensor): Tensor => {
  const { a, b, grouping, transposed } = weights
  const { baseIndex, bases, directions, index, scales } = grouping
  const members = baseIndex.length
  const [candidates, rows, inner] = [x.shape[0]!, x.shape[1]!, x.shape[2]!]
  if (members === 1 && candidates > 1) {
    const folded = linear(tf, weights, tf.reshape(x, [1, candidates * rows, inner]))
    return tf.reshape(folded, [candidates, rows, folded.shape[2]!])
  }
  const outer = transposed!.shape[transposed!.shape.length - 1]!
  const product =
    bases.length === 1 ? tf.matMul(tf.reshape(x, [candidates * rows, inner]), transposed!) : tf.matMul(x, transposed!)
  const kinds = bases.length === 1 ? candidates : members
  if (a === undefined || b === undefined) return tf.reshape(product, [kinds, rows, outer])

  const groups = index === undefined ? directions.length : members
  const size = members / groups
  const isShared = candidates === 1
  const scaled = tf.tidy(() => {
    const delta = isShared
      ? gathered(tf, sharedDelta(tf, tf.reshape(x, [rows, inner]), a, b), index)
      : tf.matMul(
          tf.matMul(tf.reshape(x, [groups, size * rows, inner]), gathered(tf, b, index), false, true),
          gathered(tf, a, index),
          false,
          true
        )
    const wide = tf.reshape(delta, [groups, isShared ? 1 : size, rows, outer])
    return tf.mul(wide, tf.tensor(scales, [groups, size, 1, 1]))
  })
  const base = tf.reshape(product, kinds === 1 ? [1, 1, rows, outer] : [groups, size, rows, outer])
  return tf.reshape(tf.add(base, scaled), [members, rows, outer])
}

/** `(x Bᵀ) Aᵀ` for every direction: one product with all `B` side by side, then one for each `A`. */
const sharedDelta = (tf: Tfjs, x: Tensor, a: Tensor, b: Tensor): Tensor => {
  const [directions, rank, inner] = [b.shape[0]!, b.shape[1]!, b.shape[2]!]
  const narrow = tf.matMul(x, tf.transpose(tf.reshape(b, [directions * rank, inner])))
  const each = tf.transpose(tf.reshape(narrow, [x.shape[0]!, directions, rank]), [1, 0, 2])
  return tf.matMul(each, a, false, true)
}

/**
 * The weights themselves, `[1 or candidates, size]`, for a program that uses them other than in `linear`.
 *
 * @internal
 */
export const materialise = (tf: Tfjs, weights: Weights): Tensor => {
  const { a, b, base, grouping } = weights
  const { baseIndex, directions, index, scales } = grouping
  const [members, size] = [baseIndex.length, base.shape[1]!]
  const kinds = base.shape[0]!
  if (a === undefined) return tf.reshape(base, [kinds, size])
  const noise = b === undefined ? a : tf.reshape(tf.matMul(a, b), [directions.length, size])
  const groups = index === undefined ? directions.length : members
  const width = members / groups
  const delta = tf.reshape(gathered(tf, noise, index), [groups, 1, size])
  const scaled = tf.mul(delta, tf.tensor(scales, [groups, width, 1]))
  const centre = tf.reshape(base, kinds === 1 ? [1, 1, size] : [groups, width, size])
  return tf.reshape(tf.add(centre, scaled), [members, size])
}
