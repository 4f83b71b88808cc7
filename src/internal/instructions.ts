import type { Step } from "../TensorProgram.js"
import type { Kernels } from "./Kernels.js"
import {
  aliasOf,
  type Factors,
  hasSharedProduct,
  isFactored,
  isMaterialised,
  type Layout,
  type Work
} from "./layout.js"
import { type Direction, type Operation, sizeOf, type Weight } from "./node.js"

/**
 * Computes one step for a candidate and the `count` examples from `start`.
 *
 * @internal
 */
export type Instruction = (candidate: number, start: number, count: number) => void

/** @internal */
export interface Frame {
  readonly kernels: Kernels
  readonly launch: Work
  readonly plan: Layout
  readonly memory: Float32Array
  /** The direction whose low-rank product lies in each step's scratch: the other half of a pair uses it again. */
  readonly direction: Array<Direction | undefined>
}

/** @internal */
export const makeFrame = (kernels: Kernels, launch: Work, plan: Layout, memory: Float32Array): Frame => ({
  kernels,
  launch,
  plan,
  memory,
  direction: new Array<Direction | undefined>(launch.program.steps.length).fill(undefined)
})

const nothing: Instruction = () => {}

const stepOf = (frame: Frame, k: number): Step => frame.launch.program.steps[k]!

const lanesOf = (frame: Frame, k: number): number => (stepOf(frame, k).rows ? frame.plan.lanes : 1)

const lastOf = (shape: ReadonlyArray<number>): number => shape[shape.length - 1]!

const weightReader = (frame: Frame, parameter: number): ((candidate: number) => Weight) => {
  const { weights } = frame.launch.searched.get(parameter)!
  return weights.length === 1 ? () => weights[0]! : (candidate) => weights[candidate]!
}

/** @internal */
export const instruction = (frame: Frame, k: number): Instruction => {
  const { kernels, memory, plan } = frame
  const step = stepOf(frame, k)
  const { operation } = step
  const y = plan.address[k]!
  const lanes = lanesOf(frame, k)
  const [a, b] = step.inputs
  const x = a === undefined ? 0 : plan.address[a]!
  switch (operation._tag) {
    case "Constant": {
      if (step.rows) return input(frame, k)
      return () => memory.set(operation.data, y)
    }
    case "Example":
      return input(frame, k)
    case "Parameter":
      return isMaterialised(frame.launch.program, k) ? materialise(frame, k) : nothing
    case "Unary":
      return () => kernels.unary(operation.kind, y, x, step.size * lanes)
    case "Binary":
      return binary(frame, k, operation)
    case "Linear": {
      if (isFactored(frame.launch.program, step)) return factored(frame, k)
      return stepOf(frame, b!).rows ? linearByRow(frame, k) : product(frame, k, y, plan.address[b!]!)
    }
    case "MatMul":
      return matMul(frame, k)
    case "Reduce":
    case "Softmax": {
      const source = stepOf(frame, a!).shape
      const outer = sizeOf(source.slice(0, operation.axis))
      const length = source[operation.axis]!
      const inner = sizeOf(source.slice(operation.axis + 1)) * lanes
      if (operation._tag === "Reduce") return () => kernels.reduce(operation.kind, y, x, outer, length, inner)
      return () => kernels.softmax(operation.logarithm, y, x, outer, length, inner)
    }
    case "Reshape":
      return nothing
    case "Slice":
      return slice(frame, k, operation.axis, operation.start)
    case "Concat":
      return concat(frame, k, operation.axis)
  }
}

/**
 * The products of a tile of examples with what all candidates of a factored step have in common: the base, and the
 * factors `B` of all directions.
 *
 * @internal
 */
export const sharedProduct = (frame: Frame, k: number): Instruction | undefined => {
  const { kernels, launch, plan } = frame
  const step = stepOf(frame, k)
  if (!hasSharedProduct(launch, step)) return undefined
  const { bases, directions, rank } = launch.searched.get(step.inputs[1]!)!
  const [base] = bases
  const [first] = directions
  const whole = product(frame, k, plan.scratch[k]!, plan.bases.get(base!)!)
  if (first === undefined) return whole
  const { factors, inner, lanes, narrow, prefix, source } = factoredOf(frame, k)
  const rows = directions.size * rank
  const together = factors(first).first
  return (candidate, start, count) => {
    whole(candidate, start, count)
    for (let p = 0; p < prefix; p++) {
      kernels.gemm(narrow + p * rows * lanes, together, inner, 1, source + p * inner * lanes, rows, inner, lanes)
    }
  }
}

/** Where the pieces of a factored product lie: the product with the base, the low-rank one, and `x Bᵀ`. */
const factoredOf = (frame: Frame, k: number) => {
  const { plan } = frame
  const step = stepOf(frame, k)
  const x = step.inputs[0]!
  const lanes = lanesOf(frame, x)
  const [outer, inner] = [lastOf(step.shape), lastOf(stepOf(frame, x).shape)]
  const elements = step.size * lanes
  const base = plan.scratch[k]!
  const delta = base + elements
  const narrow = delta + elements
  const factors = (direction: Direction): Factors => plan.directions.get(direction)!
  return {
    outer,
    inner,
    lanes,
    elements,
    prefix: step.size / outer,
    source: plan.address[x]!,
    base,
    delta,
    narrow,
    factors
  }
}

const input = (frame: Frame, k: number): Instruction => {
  const { kernels, launch, memory, plan } = frame
  const { data, perCandidate } = launch.inputs[launch.program.inputs.indexOf(k)]!
  const { size } = stepOf(frame, k)
  const y = plan.address[k]!
  return (candidate, start, count) => {
    const from = ((perCandidate ? candidate * launch.rows : 0) + start) * size
    memory.set(data.subarray(from, from + count * size), plan.staging)
    kernels.toLanes(y, plan.staging, count, size, plan.lanes)
  }
}

/** `y = x Wᵀ`, with `W` at `w`: `x` is `[prefix, inner]`, `W` is `[outer, inner]`. */
const product = (frame: Frame, k: number, y: number, w: number): Instruction => {
  const { kernels, plan } = frame
  const step = stepOf(frame, k)
  const x = step.inputs[0]!
  const lanes = lanesOf(frame, x)
  const [outer, inner] = [lastOf(step.shape), lastOf(stepOf(frame, x).shape)]
  const [source, prefix] = [plan.address[x]!, step.size / outer]
  return () => {
    for (let p = 0; p < prefix; p++) {
      kernels.gemm(y + p * outer * lanes, w, inner, 1, source + p * inner * lanes, outer, inner, lanes)
    }
  }
}

/**
 * `x Wᵀ + scale (x Bᵀ) Aᵀ`, the factored product of EGGROLL (arXiv 2511.16652), with `B` of `[rank, inner]` and `A` of
 * `[outer, rank]`.
 */
const factored = (frame: Frame, k: number): Instruction => {
  const { kernels, memory, plan } = frame
  const parameter = stepOf(frame, k).inputs[1]!
  const { base, delta, elements, factors, inner, lanes, narrow, outer, prefix, source } = factoredOf(frame, k)
  const y = plan.address[k]!
  const { bases, directions, rank: widest } = frame.launch.searched.get(parameter)!
  const shared = hasSharedProduct(frame.launch, stepOf(frame, k))
  const rows = directions.size * widest
  const weightOf = weightReader(frame, parameter)
  const products = new Map([...bases].map((weight) => [weight, product(frame, k, base, plan.bases.get(weight)!)]))
  return (candidate, start, count) => {
    const weight = weightOf(candidate)
    const { direction, scale } = weight
    if (!shared) products.get(weight.base)!(candidate, start, count)
    if (direction === undefined) {
      memory.copyWithin(y, base, base + elements)
      return
    }
    if (!shared || frame.direction[k] !== direction) {
      const rank = direction.rank!
      const { a, b, index } = factors(direction)
      for (let p = 0; p < prefix; p++) {
        const u = shared ? narrow + (p * rows + index * rank) * lanes : narrow
        if (!shared) kernels.gemm(u, b, inner, 1, source + p * inner * lanes, rank, inner, lanes)
        kernels.gemm(delta + p * outer * lanes, a, rank, 1, u, outer, rank, lanes)
      }
      frame.direction[k] = direction
    }
    kernels.addScaled(y, base, delta, scale, elements)
  }
}

const materialise = (frame: Frame, k: number): Instruction => {
  const { kernels, memory, plan } = frame
  const step = stepOf(frame, k)
  const [y, weightOf] = [plan.address[k]!, weightReader(frame, k)]
  return (candidate) => {
    const { base, direction, scale } = weightOf(candidate)
    const source = plan.bases.get(base)!
    if (direction === undefined) {
      memory.copyWithin(y, source, source + step.size)
      return
    }
    const { a, b } = plan.directions.get(direction)!
    let delta = b
    if (direction.rank !== undefined) {
      const { rank } = direction
      delta = plan.scratch[k]!
      kernels.gemm(delta, a, rank, 1, b, step.shape[0]!, rank, step.shape[1]!)
    }
    kernels.addScaled(y, source, delta, scale, step.size)
  }
}

const binary = (frame: Frame, k: number, operation: Extract<Operation, { _tag: "Binary" }>): Instruction => {
  const { kernels, memory, plan } = frame
  const step = stepOf(frame, k)
  const [a, b] = [step.inputs[0]!, step.inputs[1]!]
  const [y, left, right] = [plan.address[k]!, plan.address[a]!, plan.address[b]!]
  const [lanes, leftLanes, rightLanes] = [lanesOf(frame, k), lanesOf(frame, a), lanesOf(frame, b)]
  const { kind, tolerance } = operation
  const isWhole = (input: number): boolean => stepOf(frame, input).size === step.size && lanesOf(frame, input) === lanes
  if (isWhole(a) && isWhole(b)) {
    return () => kernels.binary(kind, y, left, right, step.size * lanes, tolerance)
  }
  const [leftIndex, rightIndex] = [plan.indices[k]!, plan.indices[k]! + step.size]
  memory.set(broadcastIndices(stepOf(frame, a).shape, step.shape), leftIndex)
  memory.set(broadcastIndices(stepOf(frame, b).shape, step.shape), rightIndex)
  return () =>
    kernels.binaryRows(kind, y, left, leftIndex, leftLanes, right, rightIndex, rightLanes, step.size, lanes, tolerance)
}

/** Element `k` of the result is element `indices[k]` of an operand that broadcasts to `shape`. */
const broadcastIndices = (from: ReadonlyArray<number>, shape: ReadonlyArray<number>): Float32Array => {
  const strides = new Array<number>(shape.length).fill(0)
  let stride = 1
  for (let axis = shape.length - 1; axis >= shape.length - from.length; axis--) {
    const length = from[axis - shape.length + from.length]!
    strides[axis] = length === 1 ? 0 : stride
    stride *= length
  }
  return Float32Array.from({ length: sizeOf(shape) }, (_, k) => {
    let rest = k
    let index = 0
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index += (rest % shape[axis]!) * strides[axis]!
      rest = Math.floor(rest / shape[axis]!)
    }
    return index
  })
}

/** `linear` whose weight depends on the example. */
const linearByRow = (frame: Frame, k: number): Instruction => {
  const { kernels, plan } = frame
  const step = stepOf(frame, k)
  const [x, w] = [step.inputs[0]!, step.inputs[1]!]
  const [outer, inner] = [stepOf(frame, w).shape[0]!, stepOf(frame, w).shape[1]!]
  const [y, source, weight, lanes] = [plan.address[k]!, plan.address[x]!, plan.address[w]!, lanesOf(frame, k)]
  const prefix = step.size / outer
  const byRow = stepOf(frame, x).rows
  return () => {
    for (let p = 0; p < prefix; p++) {
      const to = y + p * outer * lanes
      if (byRow) {
        kernels.contract(to, weight, source + p * inner * lanes, outer, inner, 1, lanes)
      } else {
        for (let o = 0; o < outer; o++) {
          kernels.gemm(to + o * lanes, source + p * inner, inner, 1, weight + o * inner * lanes, 1, inner, lanes)
        }
      }
    }
  }
}

const matMul = (frame: Frame, k: number): Instruction => {
  const { kernels, plan } = frame
  const [a, b] = [stepOf(frame, k).inputs[0]!, stepOf(frame, k).inputs[1]!]
  const [m, inner] = [stepOf(frame, a).shape[0]!, stepOf(frame, a).shape[1]!]
  const n = stepOf(frame, b).shape[1]!
  const [y, left, right, lanes] = [plan.address[k]!, plan.address[a]!, plan.address[b]!, lanesOf(frame, k)]
  if (stepOf(frame, a).rows && stepOf(frame, b).rows) {
    return () => kernels.contract(y, left, right, m, inner, n, lanes)
  }
  if (stepOf(frame, b).rows) return () => kernels.gemm(y, left, inner, 1, right, m, inner, n * lanes)
  return () => {
    for (let row = 0; row < m; row++) {
      kernels.gemm(y + row * n * lanes, right, 1, n, left + row * inner * lanes, n, inner, lanes)
    }
  }
}

const slice = (frame: Frame, k: number, axis: number, start: number): Instruction => {
  const { memory, plan } = frame
  const step = stepOf(frame, k)
  const lanes = lanesOf(frame, k)
  if (aliasOf(frame.launch.program, step, plan.lanes) !== undefined) return nothing
  const source = stepOf(frame, step.inputs[0]!).shape
  const inner = sizeOf(source.slice(axis + 1)) * lanes
  const [y, x, length] = [plan.address[k]!, plan.address[step.inputs[0]!]! + start * inner, step.shape[axis]! * inner]
  const outer = sizeOf(source.slice(0, axis))
  return () => {
    for (let p = 0; p < outer; p++) {
      const from = x + p * source[axis]! * inner
      memory.copyWithin(y + p * length, from, from + length)
    }
  }
}

const concat = (frame: Frame, k: number, axis: number): Instruction => {
  const { memory, plan } = frame
  const step = stepOf(frame, k)
  const lanes = lanesOf(frame, k)
  const inner = sizeOf(step.shape.slice(axis + 1))
  const outer = sizeOf(step.shape.slice(0, axis))
  const stride = step.shape[axis]! * inner * lanes
  let offset = plan.address[k]!
  const copies = step.inputs.map((part): (() => void) => {
    const length = stepOf(frame, part).shape[axis]! * inner
    const [to, from] = [offset, plan.address[part]!]
    offset += length * lanes
    if (lanesOf(frame, part) === lanes) {
      return () => {
        for (let p = 0; p < outer; p++) {
          memory.copyWithin(to + p * stride, from + p * length * lanes, from + (p + 1) * length * lanes)
        }
      }
    }
    return () => {
      for (let element = 0; element < outer * length; element++) {
        const at = to + Math.floor(element / length) * stride + (element % length) * lanes
        memory.fill(memory[from + element]!, at, at + lanes)
      }
    }
  })
  return () => copies.forEach((copy) => copy())
}
