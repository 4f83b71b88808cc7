import type { Launch, Program, Step } from "../TensorProgram.js"
import { LANE_WIDTH } from "./Kernels.js"
import type { Direction, Weight } from "./node.js"
import { sizeOf } from "./node.js"

/** Floats that one candidate's values of a tile may take: they should stay in the second-level cache. */
const TILE_FLOATS = 32 * 1024

const padLanes = (rows: number): number => Math.ceil(rows / LANE_WIDTH) * LANE_WIDTH

/** @internal */
export const isFactored = (program: Program, step: Step): boolean =>
  step.operation._tag === "Linear" && program.steps[step.inputs[1]!]!.operation._tag === "Parameter"

/**
 * A parameter whose value is needed as such, not only as the weight of a `linear`.
 *
 * @internal
 */
export const isMaterialised = (program: Program, parameter: number): boolean =>
  program.outputs.includes(parameter) ||
  program.steps.some((step) =>
    step.inputs.some((input, k) => input === parameter && !(step.operation._tag === "Linear" && k === 1))
  )

/**
 * Where a direction lies. The factors `B` of all directions of a parameter are neighbours, so that their products with one
 * input are one product. A vector lies at `b`.
 *
 * @internal
 */
export interface Factors {
  readonly b: number
  readonly bLength: number
  readonly a: number
  /** Position among the directions of the parameter, and the address of the first one's `B`. */
  readonly index: number
  readonly first: number
}

/**
 * Where everything lies in memory while a launch runs, in floats.
 *
 * @internal
 */
export interface Layout {
  readonly lanes: number
  /** Address of each step's value. */
  readonly address: ReadonlyArray<number>
  /** Address of the scratch that a step needs: the pieces of a factored product, or of a materialised matrix. */
  readonly scratch: ReadonlyArray<number>
  /** Address of the pair of broadcast index tables of a step. */
  readonly indices: ReadonlyArray<number>
  readonly bases: ReadonlyMap<Float32Array, number>
  readonly directions: ReadonlyMap<Direction, Factors>
  readonly staging: number
  readonly floats: number
}

/**
 * A view of its input that needs no copy.
 *
 * @internal
 */
export const aliasOf = (program: Program, step: Step, lanes: number): { input: number; offset: number } | undefined => {
  const { operation } = step
  const input = step.inputs[0]
  if (input === undefined) return undefined
  if (operation._tag === "Reshape") return { input, offset: 0 }
  if (operation._tag === "Slice") {
    const source = program.steps[input]!.shape
    if (sizeOf(source.slice(0, operation.axis)) === 1) {
      const inner = sizeOf(source.slice(operation.axis + 1)) * (step.rows ? lanes : 1)
      return { input, offset: operation.start * inner }
    }
  }
  return undefined
}

/**
 * A factored product whose input no candidate changes and whose base all have in common: the product with the base, and
 * with the factors `B` of all directions, is computed once per tile.
 *
 * @internal
 */
export const hasSharedProduct = (launch: Launch, step: Step): boolean => {
  const { program } = launch
  if (!step.rows || !step.candidates || !isFactored(program, step)) return false
  const weights = weightsOf(launch, step.inputs[1]!)
  return !program.steps[step.inputs[0]!]!.candidates && weights.every(({ base }) => base === weights[0]!.base)
}

/** @internal */
export const weightsOf = (launch: Launch, parameter: number): ReadonlyArray<Weight> =>
  launch.parameters[launch.program.parameters.indexOf(parameter)]!

/** @internal */
export const rankOf = (weights: ReadonlyArray<Weight>): number =>
  weights.reduce((rank, weight) => Math.max(rank, weight.direction?.rank ?? 0), 0)

/** @internal */
export const directionsOf = (weights: ReadonlyArray<Weight>): ReadonlySet<Direction> =>
  new Set(weights.flatMap(({ direction }) => (direction === undefined ? [] : [direction])))

const scratchOf = (launch: Launch, step: Step, lanes: number): number => {
  const { program } = launch
  const { operation } = step
  if (operation._tag === "Parameter") return step.size
  if (!isFactored(program, step)) return 0
  const weights = weightsOf(launch, step.inputs[1]!)
  const together = hasSharedProduct(launch, step) ? directionsOf(weights).size : 1
  const x = program.steps[step.inputs[0]!]!
  const width = x.rows ? lanes : 1
  const prefix = step.size / step.shape[step.shape.length - 1]!
  return prefix * together * rankOf(weights) * width + 2 * step.size * width
}

const plan = (launch: Launch, lanes: number): Layout => {
  const { program } = launch
  let floats = 0
  const take = (count: number): number => {
    const at = floats
    floats += Math.ceil(count / LANE_WIDTH) * LANE_WIDTH
    return at
  }
  const address: Array<number> = []
  const scratch: Array<number> = []
  const indices: Array<number> = []
  program.steps.forEach((step) => {
    const alias = aliasOf(program, step, lanes)
    address.push(alias === undefined ? take(step.size * (step.rows ? lanes : 1)) : address[alias.input]! + alias.offset)
    scratch.push(take(scratchOf(launch, step, lanes)))
    indices.push(step.operation._tag === "Binary" ? take(2 * step.size) : 0)
  })
  const bases = new Map<Float32Array, number>()
  const directions = new Map<Direction, Factors>()
  let longest = 0
  launch.parameters.forEach((weights, slot) => {
    for (const { base } of weights) if (!bases.has(base)) bases.set(base, take(base.length))
    const own = [...directionsOf(weights)]
    const shape = program.steps[program.parameters[slot]!]!.shape
    const [bLength, aLength] =
      own[0]?.rank === undefined ? [own[0]?.length ?? 0, 0] : [own[0].rank * shape[1]!, own[0].rank * shape[0]!]
    const first = take(own.length * bLength)
    const a = take(own.length * aLength)
    own.forEach((direction, index) => {
      directions.set(direction, { b: first + index * bLength, bLength, a: a + index * aLength, index, first })
      longest = Math.max(longest, direction.length)
    })
  })
  const widest = program.steps.reduce((width, step) => (step.rows ? Math.max(width, step.size) : width), 0)
  const staging = take(Math.max(widest * lanes, longest))
  return { lanes, address, scratch, indices, bases, directions, staging, floats }
}

/**
 * The widest tile of examples whose values stay in cache and within `maximum` floats; `undefined` when not even the
 * narrowest fits.
 *
 * @internal
 */
export const layout = (launch: Launch, maximum: number): Layout | undefined => {
  const perLane = launch.program.steps.reduce(
    (total, step) => (step.rows && step.candidates ? total + step.size : total),
    0
  )
  const widest = Math.max(LANE_WIDTH, Math.floor(TILE_FLOATS / Math.max(1, perLane)))
  for (let tiles = Math.max(1, Math.ceil(launch.rows / widest)); ; tiles *= 2) {
    const lanes = padLanes(Math.max(1, Math.ceil(launch.rows / tiles)))
    const result = plan(launch, lanes)
    if (result.floats <= maximum) return result
    if (lanes === LANE_WIDTH) return undefined
  }
}
