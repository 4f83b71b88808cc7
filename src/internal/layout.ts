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
  readonly directions: ReadonlyMap<Direction, number>
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

const lowRank = (weights: ReadonlyArray<Weight>): number =>
  weights.reduce((rank, weight) => Math.max(rank, weight.direction?.rank ?? 0), 0)

const scratchOf = (launch: Launch, step: Step, lanes: number): number => {
  const { program } = launch
  const { operation } = step
  if (operation._tag === "Parameter") return step.size
  if (!isFactored(program, step)) return 0
  const weights = launch.parameters[program.parameters.indexOf(step.inputs[1]!)]!
  const x = program.steps[step.inputs[0]!]!
  const width = x.rows ? lanes : 1
  const prefix = step.size / step.shape[step.shape.length - 1]!
  return prefix * lowRank(weights) * width + 2 * step.size * width
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
  const directions = new Map<Direction, number>()
  for (const weights of launch.parameters) {
    for (const { base, direction } of weights) {
      if (!bases.has(base)) bases.set(base, take(base.length))
      if (direction !== undefined && !directions.has(direction)) directions.set(direction, take(direction.length))
    }
  }
  const widest = program.steps.reduce((width, step) => (step.rows ? Math.max(width, step.size) : width), 0)
  const staging = take(widest * lanes)
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
