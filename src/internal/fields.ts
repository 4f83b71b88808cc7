import * as Schema from "effect/Schema"
import type {
  CategoryField,
  Demonstration,
  DemonstrationsField,
  Field,
  FieldValue,
  ScalarField,
  TextField,
  Transform,
  WeightField
} from "../ParamSpace.js"
import { ParamsError } from "../ParamsError.js"
import { isTensor, type Nested, type Tensor } from "../Tensor.js"
import { describe } from "./describe.js"
import { evaluate } from "./host.js"
import { isNode, showShape, sizeOf } from "./node.js"
import { placeholdersOf, showPlaceholders, templateFault } from "./template.js"

/** @internal */
export type Failure = Pick<ParamsError, "reason" | "expected" | "actual">

const failure = (reason: Failure["reason"], expected: string, actual: string): Failure => ({ reason, expected, actual })

const refuse = (block: string, reason: Failure["reason"], expected: string, actual: string): never => {
  throw new ParamsError({ reason, block, expected, actual })
}

/**
 * The elements of a tensor that stands for one value; not to be written to.
 *
 * @internal
 */
export const elementsOf = (tensor: FieldValue): Float32Array => {
  if (!isNode(tensor)) return refuse("params", "WrongShape", "a tensor", describe(tensor))
  return evaluate(tensor)
}

/** @internal */
export const firstNotFinite = (values: ArrayLike<number>): string | undefined => {
  for (let k = 0; k < values.length; k++) {
    if (!Number.isFinite(values[k])) return `${values[k]} at index ${k}`
  }
  return undefined
}

const showBox = (field: Pick<ScalarField, "min" | "max">): string =>
  field.min === -Infinity && field.max === Infinity ? "a finite number" : `a number from ${field.min} to ${field.max}`

/**
 * Why a value does not belong to a field; `undefined` when it does.
 *
 * @internal
 */
export const check = (field: Field, value: unknown): Failure | undefined => {
  switch (field._tag) {
    case "Scalar": {
      if (typeof value !== "number") return failure("Undecodable", showBox(field), describe(value))
      if (!Number.isFinite(value)) return failure("NotFinite", showBox(field), String(value))
      if (value < field.min || value > field.max) return failure("OutOfBounds", showBox(field), String(value))
      return undefined
    }
    case "Category": {
      if (typeof value === "string" && field.choices.includes(value)) return undefined
      const few = field.choices.slice(0, 8).map(describe).join(", ") + (field.choices.length > 8 ? ", …" : "")
      return failure("UnknownChoice", `one of ${few}`, describe(value))
    }
    case "Text": {
      const expected = `a template with ${showPlaceholders(field.placeholders)}`
      if (typeof value !== "string") return failure("Undecodable", expected, describe(value))
      const fault = templateFault(value, field.placeholders)
      return fault === undefined ? undefined : failure("Placeholders", expected, fault)
    }
    case "Demonstrations": {
      if (!Array.isArray(value)) return failure("Undecodable", "a list of demonstrations", describe(value))
      const is = Schema.is(field.schema)
      const wrong = value.findIndex((demonstration) => !is([demonstration]))
      return wrong === -1
        ? undefined
        : failure("Undecodable", "demonstrations of the declared input and output", `another at index ${wrong}`)
    }
    case "Weight": {
      const misshapen = checkShape(field, value)
      if (misshapen !== undefined) return misshapen
      const fault = firstNotFinite(elementsOf(value as Tensor))
      return fault === undefined ? undefined : failure("NotFinite", `finite ${showShape(field.shape)}`, fault)
    }
  }
}

/**
 * The same for weights without a look at their elements, which a population need not have in full.
 *
 * @internal
 */
export const checkShape = (field: Field, value: unknown): Failure | undefined => {
  if (field._tag !== "Weight") return check(field, value)
  const expected = `a tensor of ${showShape(field.shape)}`
  if (!isTensor(value)) return failure("Undecodable", expected, describe(value))
  const fits = value.shape.length === field.shape.length && value.shape.every((n, k) => n === field.shape[k])
  return fits ? undefined : failure("WrongShape", expected, describe(value))
}

/** @internal */
export const scalar = (
  block: string,
  options: {
    readonly min: number
    readonly max: number
    readonly default: number
    readonly transform?: Transform | undefined
    readonly scale?: number | undefined
    readonly frozen?: boolean | undefined
    readonly path?: string
  }
): ScalarField => {
  const { max, min, transform = "linear" } = options
  if (!(min < max)) refuse(block, "InvalidSpace", "min below max", `min ${min} and max ${max}`)
  if (transform === "logit" && !(Number.isFinite(min) && Number.isFinite(max))) {
    refuse(block, "InvalidSpace", "finite bounds for logit", `min ${min} and max ${max}`)
  }
  if (transform === "log" && min < 0) refuse(block, "InvalidSpace", "min at least 0 for log", `min ${min}`)
  const low = transform === "log" ? Math.log(min) : min
  const high = transform === "log" ? Math.log(max) : max
  const half = transform === "logit" ? Infinity : (high - low) / 2
  const scale = options.scale ?? (Number.isFinite(half) ? half : 1)
  if (!(scale > 0 && Number.isFinite(scale))) refuse(block, "InvalidSpace", "a scale above 0", `scale ${scale}`)
  const field: ScalarField = {
    _tag: "Scalar",
    path: options.path ?? "",
    frozen: options.frozen ?? false,
    min,
    max,
    default: options.default,
    transform,
    scale
  }
  const fault = check(field, options.default)
  if (fault !== undefined) refuse(block, fault.reason, `as default ${fault.expected}`, fault.actual)
  const onBound = options.default === min || options.default === max
  if ((transform === "logit" && onBound) || (transform === "log" && options.default === 0)) {
    refuse(block, "OutOfBounds", `a default whose ${transform} is finite`, String(options.default))
  }
  return field
}

/** @internal */
export const category = (
  block: string,
  choices: ReadonlyArray<string>,
  options: { readonly default?: string | undefined; readonly frozen?: boolean | undefined; readonly path?: string } = {}
): CategoryField => {
  const first = choices[0] ?? refuse(block, "InvalidSpace", "at least one choice", "none")
  const twice = choices.find((choice, k) => choices.indexOf(choice) !== k)
  if (twice !== undefined) refuse(block, "InvalidSpace", "different choices", `${describe(twice)} twice`)
  const field: CategoryField = {
    _tag: "Category",
    path: options.path ?? "",
    frozen: options.frozen ?? false,
    choices: [...choices],
    default: options.default ?? first
  }
  const fault = check(field, field.default)
  if (fault !== undefined) refuse(block, fault.reason, `as default ${fault.expected}`, fault.actual)
  return field
}

/** @internal */
export const text = (block: string, template: string, frozen = false): TextField => {
  const placeholders = placeholdersOf(template)
  if (typeof placeholders === "string") return refuse(block, "Placeholders", "braces in pairs", placeholders)
  return { _tag: "Text", path: "", frozen, default: template, placeholders }
}

/** @internal */
export const demonstrations = <I, O>(
  block: string,
  schemas: { readonly input: Schema.Schema<I, any>; readonly output: Schema.Schema<O, any> },
  options: { readonly default?: ReadonlyArray<Demonstration<I, O>> | undefined; readonly frozen?: boolean | undefined }
): DemonstrationsField => {
  const field: DemonstrationsField = {
    _tag: "Demonstrations",
    path: "",
    frozen: options.frozen ?? false,
    default: options.default ?? [],
    schema: Schema.Array(Schema.Struct({ input: schemas.input, output: schemas.output })) as Schema.Schema<any, unknown>
  }
  const fault = check(field, field.default)
  if (fault !== undefined) refuse(block, fault.reason, `as default ${fault.expected}`, fault.actual)
  return field
}

const flatten = (values: Nested, shape: ReadonlyArray<number>, out: Array<number>): boolean => {
  const [length, ...inner] = shape
  if (length === undefined || typeof values === "number") {
    if (length !== undefined || typeof values !== "number") return false
    out.push(values)
    return true
  }
  return values.length === length && values.every((value) => flatten(value, inner, out))
}

const initialOf = (block: string, shape: ReadonlyArray<number>, given: Tensor | ArrayLike<number> | Nested) => {
  const expected = `initial weights of ${showShape(shape)}`
  if (isTensor(given)) {
    const same = given.shape.length === shape.length && given.shape.every((n, k) => n === shape[k])
    return same ? elementsOf(given) : refuse(block, "WrongShape", expected, describe(given))
  }
  if (typeof given === "number") return refuse(block, "WrongShape", expected, "a number")
  const nested = Array.isArray(given) && Array.isArray(given[0])
  const flat: Array<number> = []
  const fits = nested ? flatten(given, shape, flat) : given.length === sizeOf(shape)
  if (!fits) {
    refuse(block, "WrongShape", expected, nested ? `${given.length} rows of other lengths` : `${given.length} elements`)
  }
  return Float32Array.from(nested ? flat : (given as ArrayLike<number>))
}

/** @internal */
export const weight = (
  block: string,
  shape: WeightField["shape"],
  options: {
    readonly rank?: number | undefined
    readonly initial?: Tensor | ArrayLike<number> | Nested | undefined
    readonly frozen?: boolean | undefined
  }
): WeightField => {
  const { rank } = options
  if (!shape.every((length) => Number.isInteger(length) && length > 0)) {
    refuse(block, "InvalidSpace", "whole, positive lengths", showShape(shape))
  }
  if (rank !== undefined && !(Number.isInteger(rank) && rank >= 1)) {
    refuse(block, "InvalidSpace", "a whole noiseRank of at least 1", String(rank))
  }
  if (rank !== undefined && rank > Math.min(...shape)) {
    refuse(block, "RankTooLarge", `a noiseRank of at most ${Math.min(...shape)} for ${showShape(shape)}`, String(rank))
  }
  const initial = options.initial === undefined ? undefined : initialOf(block, shape, options.initial)
  const fault = initial === undefined ? undefined : firstNotFinite(initial)
  if (fault !== undefined) refuse(block, "NotFinite", `finite initial weights of ${showShape(shape)}`, fault)
  return {
    _tag: "Weight",
    path: "",
    frozen: options.frozen ?? false,
    shape,
    rank,
    ...(initial === undefined ? {} : { initial })
  }
}
