import type { CategoryField, Field, FieldValue, ParamSpace, ScalarField } from "../ParamSpace.js"
import { ParamsError } from "../ParamsError.js"
import type { Tensor } from "../Tensor.js"
import { coordinateBox, fromCoordinate, fromScores, toCoordinate, toScores, widthOf } from "./coordinates.js"
import { elementsOf } from "./fields.js"
import { blockOf } from "./paramsIssue.js"

/**
 * One array of numbers that an evolution strategy searches: a weight, or all scalars and categories of one space.
 *
 * @internal
 */
export interface Block {
  readonly path: string
  readonly shape: readonly [number] | readonly [number, number]
  readonly rank: number | undefined
  readonly initial: Float32Array
  readonly scale?: Float32Array
  readonly min?: Float32Array
  readonly max?: Float32Array
  readonly frozen?: Uint8Array
  /** What each coordinate is called; empty for weights. */
  readonly coordinates: ReadonlyArray<string>
}

interface Coordinate {
  readonly name: string
  readonly initial: number
  readonly scale: number
  readonly min: number
  readonly max: number
  readonly frozen: boolean
}

const scalarCoordinate = (block: string, field: ScalarField, value: FieldValue): Coordinate => {
  const [min, max] = coordinateBox(field)
  const initial = toCoordinate(field, value as number)
  return { name: block, initial, scale: field.scale, min, max, frozen: field.frozen }
}

const categoryCoordinates = (block: string, field: CategoryField, value: FieldValue): ReadonlyArray<Coordinate> =>
  toScores(field, value).map((initial, k) => ({
    name: `${block}=${field.choices[k]}`,
    initial,
    scale: 1,
    min: -Infinity,
    max: Infinity,
    frozen: field.frozen
  }))

const coordinatesOf = (block: string, field: Field, value: FieldValue): ReadonlyArray<Coordinate> => {
  if (field._tag === "Scalar") return [scalarCoordinate(block, field, value)]
  return field._tag === "Category" ? categoryCoordinates(block, field, value) : []
}

const vectorBlock = (path: string, coordinates: ReadonlyArray<Coordinate>): Block => ({
  path,
  shape: [coordinates.length],
  rank: undefined,
  initial: Float32Array.from(coordinates, ({ initial }) => initial),
  scale: Float32Array.from(coordinates, ({ scale }) => scale),
  min: Float32Array.from(coordinates, ({ min }) => min),
  max: Float32Array.from(coordinates, ({ max }) => max),
  ...(coordinates.some(({ frozen }) => frozen)
    ? { frozen: Uint8Array.from(coordinates, ({ frozen }) => (frozen ? 1 : 0)) }
    : {}),
  coordinates: coordinates.map(({ name }) => name)
})

/**
 * What an evolution strategy searches of a space, from the values it starts at. All scalars and categories together are
 * one vector under `name`, every weight is a block of its own. Blocks that are frozen altogether are left out. The
 * arrays of weights are shared with `values`.
 *
 * @internal
 */
export const searchBlocks = (
  name: string,
  space: ParamSpace.Any,
  values: ReadonlyArray<FieldValue>
): ReadonlyArray<Block> => {
  const coordinates = space.fields.flatMap((field, k) => coordinatesOf(blockOf(name, field.path), field, values[k]))
  const weights = space.fields.flatMap((field, k): ReadonlyArray<Block> => {
    if (field._tag !== "Weight" || field.frozen) return []
    const { path, rank, shape } = field
    return [{ path: blockOf(name, path), shape, rank, initial: elementsOf(values[k]), coordinates: [] }]
  })
  return coordinates.every(({ frozen }) => frozen) ? weights : [vectorBlock(name, coordinates), ...weights]
}

/**
 * The values that blocks stand for. Frozen fields, text, blocks that are not given and scalars whose coordinate has not
 * moved are taken from `values`, so that the detour through 32-bit floats changes nothing that was not searched.
 *
 * @internal
 */
export const fromBlocks = (
  name: string,
  space: ParamSpace.Any,
  values: ReadonlyArray<FieldValue>,
  coordinatesOf: (path: string) => Float32Array | undefined,
  tensorOf: (path: string) => Tensor | undefined
): ReadonlyArray<FieldValue> => {
  const numeric = (field: Field): field is ScalarField | CategoryField =>
    field._tag === "Scalar" || field._tag === "Category"
  const vector = space.fields.some(numeric) ? coordinatesOf(name) : undefined
  const width = space.fields.filter(numeric).reduce((total, field) => total + widthOf(field), 0)
  if (vector !== undefined && vector.length !== width) {
    throw new ParamsError({
      reason: "WrongShape",
      block: name,
      expected: `${width} coordinates`,
      actual: String(vector.length)
    })
  }
  let end = 0
  return space.fields.map((field, k) => {
    const value = values[k]
    if (field._tag === "Weight") return field.frozen ? value : (tensorOf(blockOf(name, field.path)) ?? value)
    const start = end
    end += widthOf(field)
    if (vector === undefined || field.frozen || !numeric(field)) return value
    if (field._tag === "Category") return fromScores(field, vector, start)
    const moved = vector[start] !== Math.fround(toCoordinate(field, value as number))
    return moved ? fromCoordinate(field, vector[start]) : value
  })
}
