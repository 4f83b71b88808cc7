/**
 * The operations of a tensor program on a tfjs backend. Every value is a tensor `[candidates or 1, rows or 1, ...shape]`.
 *
 * @since 0.1.0
 */
import { isFactored, isMaterialised } from "../../src/internal/layout.js"
import { type Operation, sizeOf } from "../../src/internal/node.js"
import type { Launch } from "../../src/TensorProgram.js"
import { isInput, type Plan, type Range } from "./tfjsPlan.js"
import { linear, materialise, type Tensor, type Tfjs, type Weights } from "./tfjsWeights.js"

/** @internal */
export interface Chunk {
  readonly tf: Tfjs
  readonly launch: Launch
  readonly plan: Plan
  readonly candidates: Range
  readonly rows: Range
  readonly weights: ReadonlyMap<number, Weights>
  readonly values: Array<Tensor | undefined>
}

type Hidden = readonly [candidates: number, rows: number]

const hiddenOf = ({ candidates, plan, rows }: Chunk, k: number): Hidden => [
  plan.spans[k]!.candidates ? candidates.count : 1,
  plan.spans[k]!.rows ? rows.count : 1
]

const valueOf = (chunk: Chunk, k: number): Tensor => chunk.values[k]!

const shapeOf = (chunk: Chunk, k: number): ReadonlyArray<number> => chunk.launch.program.steps[k]!.shape

/**
 * The value of a step, as a tensor of its own; `undefined` for a weight that stays in factors.
 *
 * @internal
 */
export const compute = (chunk: Chunk, k: number): Tensor | undefined => {
  const { launch, tf, weights } = chunk
  const { program } = launch
  const step = program.steps[k]!
  const { operation } = step
  const shape = [...hiddenOf(chunk, k), ...step.shape]
  if (operation._tag === "Parameter" && !isMaterialised(program, k)) return undefined
  if (sizeOf(shape) === 0) return tf.zeros(shape)
  if (isInput(launch, k)) return input(chunk, k)
  const [a, b] = step.inputs
  switch (operation._tag) {
    case "Constant":
      return tf.tensor(operation.data, shape)
    case "Example":
      return input(chunk, k)
    case "Parameter":
      return tf.reshape(materialise(tf, weights.get(k)!), shape)
    case "Unary":
      return tf[operation.kind](valueOf(chunk, a!))
    case "Binary":
      return binary(tf, operation, aligned(chunk, a!, step.shape.length), aligned(chunk, b!, step.shape.length))
    case "Linear": {
      const inner = shapeOf(chunk, b!)[1]!
      if (inner === 0) return tf.zeros(shape)
      const [candidates, rows] = hiddenOf(chunk, a!)
      const prefix = step.size / step.shape[step.shape.length - 1]!
      const x = valueOf(chunk, a!)
      const y = isFactored(program, step)
        ? linear(tf, weights.get(b!)!, tf.reshape(x, [candidates, rows * prefix, inner]))
        : product(chunk, a!, [prefix, inner], b!, shapeOf(chunk, b!), true)
      return tf.reshape(y, shape)
    }
    case "MatMul":
      if (shapeOf(chunk, b!)[0] === 0) return tf.zeros(shape)
      return tf.reshape(product(chunk, a!, shapeOf(chunk, a!), b!, shapeOf(chunk, b!), false), shape)
    case "Reduce":
      return tf.reshape(reduce(tf, operation.kind, around(chunk, a!, operation.axis)), shape)
    case "Softmax":
      return tf.reshape(softmax(tf, operation.logarithm, around(chunk, a!, operation.axis)), shape)
    case "Reshape":
      return tf.reshape(valueOf(chunk, a!), shape)
    case "Slice":
      return tf.reshape(
        tf.slice(around(chunk, a!, operation.axis), [0, operation.start, 0], [-1, step.shape[operation.axis]!, -1]),
        shape
      )
    case "Concat": {
      const hidden = hiddenOf(chunk, k)
      const parts = step.inputs.filter((part) => sizeOf(shapeOf(chunk, part)) > 0)
      return tf.reshape(
        tf.concat(
          parts.map((part) => around(chunk, part, operation.axis, hidden)),
          1
        ),
        shape
      )
    }
  }
}

const input = (chunk: Chunk, k: number): Tensor => {
  const { candidates, launch, rows, tf } = chunk
  const { data } = launch.inputs[launch.program.inputs.indexOf(k)]!
  const { shape, size } = launch.program.steps[k]!
  const [kinds] = hiddenOf(chunk, k)
  const part = rows.count * size
  const from = (candidate: number): number => (candidate * launch.rows + rows.start) * size
  const own = new Float32Array(kinds * part)
  for (let c = 0; c < kinds; c++) {
    const start = from(chunk.plan.spans[k]!.candidates ? candidates.start + c : 0)
    own.set(data.subarray(start, start + part), c * part)
  }
  return tf.tensor(own, [kinds, rows.count, ...shape])
}

/** A value with axes of length one before its own, so that it broadcasts to `rank`. */
const aligned = (chunk: Chunk, k: number, rank: number): Tensor => {
  const shape = shapeOf(chunk, k)
  const padding = new Array<number>(rank - shape.length).fill(1)
  return chunk.tf.reshape(valueOf(chunk, k), [...hiddenOf(chunk, k), ...padding, ...shape])
}

const binary = (tf: Tfjs, operation: Extract<Operation, { _tag: "Binary" }>, a: Tensor, b: Tensor): Tensor =>
  operation.kind === "equal"
    ? tf.cast(tf.lessEqual(tf.abs(tf.sub(a, b)), tf.scalar(operation.tolerance)), "float32")
    : tf[operation.kind](a, b)

/** A value as `[before, length, after]` of one of its axes, repeated to the hidden axes `hidden`. */
const around = (chunk: Chunk, k: number, axis: number, hidden: Hidden = hiddenOf(chunk, k)): Tensor => {
  const shape = shapeOf(chunk, k)
  const before = hidden[0] * hidden[1] * sizeOf(shape.slice(0, axis))
  return chunk.tf.reshape(repeated(chunk, k, shape, hidden), [before, shape[axis]!, sizeOf(shape.slice(axis + 1))])
}

const repeated = (chunk: Chunk, k: number, shape: ReadonlyArray<number>, hidden: Hidden): Tensor => {
  const value = chunk.tf.reshape(valueOf(chunk, k), [...hiddenOf(chunk, k), sizeOf(shape)])
  return chunk.tf.broadcastTo(value, [...hidden, sizeOf(shape)])
}

const reduce = (tf: Tfjs, kind: Extract<Operation, { _tag: "Reduce" }>["kind"], x: Tensor): Tensor =>
  kind === "argMax" ? tf.cast(tf.argMax(x, 1), "float32") : tf[kind](x, 1)

const softmax = (tf: Tfjs, logarithm: boolean, x: Tensor): Tensor => {
  const [before, length, after] = [x.shape[0]!, x.shape[1]!, x.shape[2]!]
  const last = after === 1 ? tf.reshape(x, [before, length]) : tf.transpose(x, [0, 2, 1])
  const y = logarithm ? tf.logSoftmax(last) : tf.softmax(last)
  return after === 1 ? y : tf.transpose(y, [0, 2, 1])
}

/**
 * `a b` for matrices that both may depend on candidate and row. Rows of examples become rows of the matrix wherever `b`
 * is the same for them, and backends are only asked for batches of which one has length one or both are equal.
 */
const product = (
  chunk: Chunk,
  a: number,
  [m, inner]: ReadonlyArray<number>,
  b: number,
  shape: ReadonlyArray<number>,
  transposed: boolean
): Tensor => {
  const { tf } = chunk
  const [left, right] = [valueOf(chunk, a), valueOf(chunk, b)]
  const [candidates, rows] = hiddenOf(chunk, a)
  const [kinds, rowsOfB] = hiddenOf(chunk, b)
  if (kinds === 1 && rowsOfB === 1) {
    const matrix = tf.reshape(right, [shape[0]!, shape[1]!])
    const x = tf.reshape(left, [candidates * rows * m!, inner!])
    return tf.matMul(x, transposed ? tf.transpose(matrix) : matrix)
  }
  if (rowsOfB === 1) {
    const x = tf.reshape(left, [candidates, rows * m!, inner!])
    return tf.matMul(x, tf.reshape(right, [kinds, shape[0]!, shape[1]!]), false, transposed)
  }
  const batch = kinds * rowsOfB
  if (candidates === 1 && rows === 1) {
    const x = tf.reshape(left, [1, m!, inner!])
    return tf.matMul(x, tf.reshape(right, [batch, shape[0]!, shape[1]!]), false, transposed)
  }
  const hidden: Hidden = [Math.max(candidates, kinds), Math.max(rows, rowsOfB)]
  const whole = hidden[0] * hidden[1]
  return tf.matMul(
    tf.reshape(repeated(chunk, a, shapeOf(chunk, a), hidden), [whole, m!, inner!]),
    tf.reshape(repeated(chunk, b, shape, hidden), [whole, shape[0]!, shape[1]!]),
    false,
    transposed
  )
}
