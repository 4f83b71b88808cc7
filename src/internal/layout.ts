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
 * The weights of a parameter, and what they have in common.
 *
 * @internal
 */
export interface Searched {
  readonly weights: ReadonlyArray<Weight>
  readonly bases: ReadonlySet<Float32Array>
  readonly directions: ReadonlySet<Direction>
  /** The greatest; 0 for vectors. */
  readonly rank: number
}

/**
 * A launch that knows this of each parameter step.
 *
 * @internal
 */
export interface Work extends Launch {
  readonly searched: ReadonlyMap<number, Searched>
}

/** @internal */
export const workOf = (launch: Launch): Work => ({
  ...launch,
  searched: new Map(launch.program.parameters.map((step, slot) => [step, searchedOf(launch.parameters[slot]!)]))
})

const searchedOf = (weights: ReadonlyArray<Weight>): Searched => {
  const bases = new Set<Float32Array>()
  const directions = new Set<Direction>()
  let rank = 0
  for (const { base, direction } of weights) {
    bases.add(base)
    if (direction === undefined) continue
    directions.add(direction)
    rank = Math.max(rank, direction.rank ?? 0)
  }
  return { weights, bases, directions, rank }
}

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
export const hasSharedProduct = ({ program, searched }: Work, step: Step): boolean =>
  step.rows &&
  step.candidates &&
  isFactored(program, step) &&
  !program.steps[step.inputs[0]!]!.candidates &&
  searched.get(step.inputs[1]!)!.bases.size === 1

const scratchOf = (work: Work, step: Step, lanes: number): number => {
  const { program, searched } = work
  const { operation } = step
  if (operation._tag === "Parameter") return step.size
  if (!isFactored(program, step)) return 0
  const { directions, rank } = searched.get(step.inputs[1]!)!
  const together = hasSharedProduct(work, step) ? directions.size : 1
  const x = program.steps[step.inputs[0]!]!
  const width = x.rows ? lanes : 1
  const prefix = step.size / step.shape[step.shape.length - 1]!
  return prefix * together * rank * width + 2 * step.size * width
}

const plan = (work: Work, lanes: number): Layout => {
  const { program, searched } = work
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
    scratch.push(take(scratchOf(work, step, lanes)))
    indices.push(step.operation._tag === "Binary" ? take(2 * step.size) : 0)
  })
  const bases = new Map<Float32Array, number>()
  const directions = new Map<Direction, Factors>()
  let longest = 0
  searched.forEach(({ bases: ownBases, directions: ownDirections }, parameter) => {
    for (const base of ownBases) if (!bases.has(base)) bases.set(base, take(base.length))
    const own = [...ownDirections]
    const { shape } = program.steps[parameter]!
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
export const layout = (work: Work, maximum: number): Layout | undefined => {
  const perLane = work.program.steps.reduce(
    (total, step) => (step.rows && step.candidates ? total + step.size : total),
    0
  )
  const widest = Math.max(LANE_WIDTH, Math.floor(TILE_FLOATS / Math.max(1, perLane)))
  for (let tiles = Math.max(1, Math.ceil(work.rows / widest)); ; tiles *= 2) {
    const lanes = padLanes(Math.max(1, Math.ceil(work.rows / tiles)))
    const result = plan(work, lanes)
    if (result.floats <= maximum) return result
    if (lanes === LANE_WIDTH) return undefined
  }
}
