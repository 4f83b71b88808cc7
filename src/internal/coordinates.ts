import type { CategoryField, Field, FieldValue, ScalarField } from "../ParamSpace.js"
import { elementsOf } from "./fields.js"
import { constant, sizeOf } from "./node.js"

const saturated = 40
const underflow = -746

/**
 * How many search coordinates a field has.
 *
 * @internal
 */
export const widthOf = (field: Field): number => {
  switch (field._tag) {
    case "Scalar":
      return 1
    case "Category":
      return field.choices.length
    case "Text":
    case "Demonstrations":
      return 0
    case "Weight":
      return sizeOf(field.shape)
  }
}

const clamp = (value: number, min: number, max: number): number => (value < min ? min : value > max ? max : value)

/**
 * The bounds of a scalar's coordinate. A logit has none: every number decodes into the open box.
 *
 * @internal
 */
export const coordinateBox = (field: ScalarField): readonly [min: number, max: number] => {
  switch (field.transform) {
    case "linear":
      return [field.min, field.max]
    case "logit":
      return [-Infinity, Infinity]
    case "log":
      return [Math.log(field.min), Math.log(field.max)]
  }
}

/**
 * The finite coordinate of a value inside the box. The ends of a logit lie at ±40, zero of a logarithm at -746: where
 * decoding gives them back in double precision.
 *
 * @internal
 */
export const toCoordinate = (field: ScalarField, value: number): number => {
  switch (field.transform) {
    case "linear":
      return value
    case "logit":
      return clamp(Math.log((value - field.min) / (field.max - value)), -saturated, saturated)
    case "log":
      return Math.max(Math.log(value), underflow)
  }
}

/**
 * The value at a coordinate, always inside the box.
 *
 * @internal
 */
export const fromCoordinate = (field: ScalarField, coordinate: number): number => {
  const { max, min } = field
  switch (field.transform) {
    case "linear":
      return clamp(coordinate, min, max)
    case "logit": {
      if (coordinate <= -saturated) return min
      if (coordinate >= saturated) return max
      return clamp(min + (max - min) / (1 + Math.exp(-coordinate)), min, max)
    }
    case "log": {
      const [low, high] = coordinateBox(field)
      if (coordinate <= low) return min
      if (coordinate >= high) return max
      return clamp(Math.exp(coordinate), min, Math.min(max, Number.MAX_VALUE))
    }
  }
}

/**
 * One for the chosen, zero for the others.
 *
 * @internal
 */
export const toScores = (field: CategoryField, value: FieldValue): ReadonlyArray<number> =>
  field.choices.map((choice) => (choice === value ? 1 : 0))

/**
 * The first choice of the greatest score.
 *
 * @internal
 */
export const fromScores = (field: CategoryField, scores: ArrayLike<number>, offset: number): string => {
  let best = 0
  for (let k = 1; k < field.choices.length; k++) {
    if (scores[offset + k] > scores[offset + best]) best = k
  }
  return field.choices[best]
}

/**
 * All coordinates of a field. Those of a weight are its own array, not to be written to.
 *
 * @internal
 */
export const toCoordinates = (field: Field, value: FieldValue): ArrayLike<number> => {
  switch (field._tag) {
    case "Scalar":
      return [toCoordinate(field, value as number)]
    case "Category":
      return toScores(field, value)
    case "Text":
    case "Demonstrations":
      return []
    case "Weight":
      return elementsOf(value)
  }
}

/**
 * The inverse of {@link toCoordinates}, from `start` on; text and demonstrations stay `value`.
 *
 * @internal
 */
export const fromCoordinates = (
  field: Field,
  coordinates: ArrayLike<number>,
  start: number,
  value: FieldValue
): FieldValue => {
  switch (field._tag) {
    case "Scalar":
      return fromCoordinate(field, coordinates[start])
    case "Category":
      return fromScores(field, coordinates, start)
    case "Text":
    case "Demonstrations":
      return value
    case "Weight":
      return constant(
        field.shape,
        Float32Array.from({ length: sizeOf(field.shape) }, (_, k) => coordinates[start + k])
      )
  }
}
