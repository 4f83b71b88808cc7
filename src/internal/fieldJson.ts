import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import type {
  CategoryField,
  Demonstration,
  DemonstrationsField,
  Field,
  FieldValue,
  ParamSpace,
  ScalarField,
  TextField,
  WeightField
} from "../ParamSpace.js"
import * as Tensor from "../Tensor.js"
import { isText } from "../Text.js"
import { describe, describeShape } from "./describe.js"
import { check, elementsOf, type Failure } from "./fields.js"
import { constant, showShape, sizeOf } from "./node.js"
import { leaf, unwrap } from "./paramSpace.js"
import { isLoRAWeight } from "./weight.js"

/**
 * The annotation by which a schema made here is known as a field.
 *
 * @internal
 */
export const FieldId = Symbol.for("hyperfunc/ParamSpace/Field")

const toBase64 = (elements: Float32Array): string => {
  const bytes = new Uint8Array(elements.length * 4)
  const view = new DataView(bytes.buffer)
  for (let k = 0; k < elements.length; k++) view.setFloat32(k * 4, elements[k], true)
  return Encoding.encodeBase64(bytes)
}

const fromBase64 = (data: string): Float32Array | undefined => {
  const bytes = Either.getOrUndefined(Encoding.decodeBase64(data))
  if (bytes === undefined || bytes.byteLength % 4 !== 0) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Float32Array.from({ length: bytes.byteLength / 4 }, (_, k) => view.getFloat32(k * 4, true))
}

/**
 * The elements of weights in JSON, so that whoever writes them elsewhere needs no base64. What {@link fromJson} finds here
 * it takes from here.
 *
 * @internal
 */
export const elementsBeside = new WeakMap<object, Float32Array>()

const weightToJson = (tensor: Tensor.Tensor): unknown => {
  const elements = elementsOf(tensor)
  const json = {
    shape: tensor.shape,
    get data() {
      return toBase64(elements)
    }
  }
  elementsBeside.set(json, elements)
  return json
}

const weightFromJson = (field: WeightField, json: unknown): Either.Either<FieldValue, Failure> => {
  const expected = `weights of ${showShape(field.shape)}`
  const fail = (reason: Failure["reason"], actual: string) => Either.left({ reason, expected, actual })
  if (typeof json !== "object" || json === null) return fail("Undecodable", describe(json))
  const beside = elementsBeside.get(json)
  const { shape } = json as { readonly shape?: unknown }
  const data = beside ?? (json as { readonly data?: unknown }).data
  if (shape === undefined || data === undefined) return fail("Undecodable", describe(json))
  if (!Array.isArray(shape) || shape.length !== field.shape.length || !field.shape.every((n, k) => n === shape[k])) {
    return fail("WrongShape", describeShape(shape))
  }
  if (beside === undefined && typeof data !== "string") return fail("Undecodable", `${describe(data)} as data`)
  const elements = typeof data === "string" ? fromBase64(data) : beside
  if (elements === undefined) return fail("Undecodable", "data that is not base64 of 32-bit floats")
  if (elements.length !== sizeOf(field.shape)) return fail("WrongShape", `${elements.length} elements`)
  const tensor: Tensor.Tensor = constant(field.shape, elements)
  const fault = check(field, tensor)
  return fault === undefined ? Either.right(tensor) : Either.left(fault)
}

const demonstrationsFromJson = (field: DemonstrationsField, json: unknown): Either.Either<FieldValue, Failure> =>
  Either.mapLeft(
    ParseResult.decodeUnknownEither(field.schema)(json),
    (): Failure => ({
      reason: "Undecodable",
      expected: "a list of demonstrations of the declared input and output",
      actual: describe(json)
    })
  )

/** @internal */
export const fromJson = (field: Field, json: unknown): Either.Either<FieldValue, Failure> => {
  if (field._tag === "Weight") return weightFromJson(field, json)
  if (field._tag === "Demonstrations") return demonstrationsFromJson(field, json)
  const fault = check(field, json)
  return fault === undefined ? Either.right(json as FieldValue) : Either.left(fault)
}

type OpaqueField = TextField | DemonstrationsField | WeightField

const toJson = (field: OpaqueField, value: FieldValue): Either.Either<unknown, ParseResult.ParseIssue> => {
  if (field._tag === "Demonstrations") {
    return ParseResult.encodeEither(field.schema)(value as ReadonlyArray<Demonstration>)
  }
  return Either.right(Tensor.isTensor(value) ? weightToJson(value) : value)
}

const holds = (field: OpaqueField, u: unknown): boolean => {
  if (field._tag === "Demonstrations") return check(field, u) === undefined
  if (field._tag === "Text") return isText(u) && check(field, u.template) === undefined
  const kind = field.shape.length === 1 ? Tensor.isTensor(u) : isLoRAWeight(u)
  return kind && check(field, unwrap(u)) === undefined
}

/**
 * Text, demonstrations and weights: both sides are opaque to Schema, whose own messages would print them.
 *
 * @internal
 */
export const opaqueLeaf = <P>(field: OpaqueField): ParamSpace<P> => {
  const name = field._tag === "Weight" ? `Weight${showShape(field.shape)}` : field._tag
  const typeSide = Schema.declare((u: unknown): u is P => holds(field, u), {
    identifier: name,
    pretty: () => () => name,
    [FieldId]: field
  })
  const space: ParamSpace<P> = leaf(
    field,
    Schema.transformOrFail(Schema.Unknown, typeSide, {
      strict: true,
      decode: (json, _, ast) =>
        Either.mapBoth(fromJson(field, json), {
          onLeft: ({ actual, expected }) => new ParseResult.Type(ast, json, `expected ${expected}, got ${actual}`),
          onRight: (value) => space.assemble([value])
        }),
      encode: (value) => toJson(field, unwrap(value))
    })
  )
  return space
}

/** @internal */
export const scalarLeaf = (field: ScalarField): ParamSpace<number> => {
  const unbounded = field.min === -Infinity && field.max === Infinity
  const schema = unbounded ? Schema.Finite : Schema.Finite.pipe(Schema.between(field.min, field.max))
  return leaf(field, schema.annotations({ [FieldId]: field }))
}

/** @internal */
export const categoryLeaf = <A extends string>(field: CategoryField): ParamSpace<A> =>
  leaf<A>(field, Schema.Literal(...(field.choices as ReadonlyArray<A>)).annotations({ [FieldId]: field }))
