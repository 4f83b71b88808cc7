import { pipeArguments } from "effect/Pipeable"
import type * as Schema from "effect/Schema"
import { type Field, type FieldValue, type ParamSpace, TypeId } from "../ParamSpace.js"
import { ParamsError } from "../ParamsError.js"
import type { Tensor } from "../Tensor.js"
import { isText, Text } from "../Text.js"
import { isLoRAWeight, TypeId as WeightTypeId } from "./weight.js"

const Proto = {
  [TypeId]: TypeId,
  pipe() {
    return pipeArguments(this, arguments)
  }
}

/** @internal */
export const make = <P>(space: Pick<ParamSpace<P>, Exclude<keyof ParamSpace<P>, TypeId | "pipe">>): ParamSpace<P> =>
  Object.assign(Object.create(Proto), space)

const wrap = (field: Field, value: FieldValue): unknown => {
  if (field._tag === "Text") return new Text(value as string, field.placeholders)
  if (field._tag !== "Weight" || field.shape.length === 1) return value
  const [outDim, inDim] = field.shape
  return { [WeightTypeId]: WeightTypeId, weight: value, outDim, inDim, noiseRank: field.rank }
}

/**
 * The value of a field as optimizers see it, from the value as programs see it.
 *
 * @internal
 */
export const unwrap = (value: unknown): FieldValue => {
  if (isText(value)) return value.template
  return isLoRAWeight(value) ? value.weight : (value as FieldValue)
}

/** @internal */
export const leaf = <P>(field: Field, schema: Schema.Schema<P, any>): ParamSpace<P> =>
  make<any>({
    schema,
    fields: [field],
    assemble: (values) => wrap(field, values[0]),
    disassemble: (value) => [unwrap(value)],
    assembleTensors: (values) => {
      if (field._tag !== "Scalar" && field._tag !== "Weight") {
        throw new ParamsError({
          reason: "InvalidSpace",
          block: field.path === "" ? "params" : field.path,
          expected: "numbers and weights in a tensor program",
          actual: { Text: "text", Category: "a category", Demonstrations: "demonstrations" }[field._tag]
        })
      }
      return wrap(field, values[0])
    }
  })

type Parts = Readonly<Record<string, unknown>>

const under = (key: string, field: Field): Field => ({
  ...field,
  path: field.path === "" ? key : `${key}.${field.path}`
})

/**
 * Joins spaces under keys. `build` makes a `P` of the parts and of what `like` holds beside them.
 *
 * @internal
 */
export const product = <P>(
  spaces: Readonly<Record<string, ParamSpace.Any>>,
  schema: Schema.Schema<P, any>,
  build: (parts: Parts, like: Parts | undefined) => P
): ParamSpace<P> => {
  let end = 0
  const members = Object.entries(spaces).map(([key, space]) => {
    if (key === "" || key.includes(".")) {
      throw new ParamsError({
        reason: "InvalidSpace",
        block: JSON.stringify(key),
        expected: "a key without dots",
        actual: key === "" ? "an empty one" : "a dot"
      })
    }
    const start = end
    end += space.fields.length
    return { key, space, start, end }
  })
  const parts = (part: (space: ParamSpace.Any, key: string, start: number, end: number) => unknown): Parts =>
    Object.fromEntries(members.map(({ end, key, space, start }) => [key, part(space, key, start, end)]))
  return make<any>({
    schema,
    fields: members.flatMap(({ key, space }) => space.fields.map((field) => under(key, field))),
    assemble: (values: ReadonlyArray<FieldValue>, like?: Parts) =>
      build(
        parts((space, key, start, end) => space.assemble(values.slice(start, end), like?.[key])),
        like
      ),
    disassemble: (params: Parts) => members.flatMap(({ key, space }) => space.disassemble(params[key])),
    assembleTensors: (values: ReadonlyArray<Tensor>) =>
      parts((space, _, start, end) => space.assembleTensors(values.slice(start, end)))
  })
}
