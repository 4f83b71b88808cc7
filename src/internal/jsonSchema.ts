import * as JSONSchema from "effect/JSONSchema"
import type * as Schema from "effect/Schema"

/**
 * A JSON Schema, as plain JSON.
 *
 * @internal
 */
export type JsonSchema = Readonly<Record<string, unknown>>

type Definitions = Readonly<Record<string, JsonSchema>>

const nameIn = ($ref: string): string => $ref.slice("#/$defs/".length).replaceAll("~1", "/").replaceAll("~0", "~")

/** The schema with the definitions that it needs, and its root no reference, as servers want it. */
const complete = (json: JsonSchema, definitions: Definitions): JsonSchema => {
  const { $ref, ...beside } = json
  const root: JsonSchema = typeof $ref === "string" ? { ...definitions[nameIn($ref)], ...beside } : json
  const needed = new Set<string>()
  const collect = (schema: JsonSchema): void => {
    JSON.stringify(schema, (key, value) => {
      const name = key === "$ref" && typeof value === "string" ? nameIn(value) : undefined
      if (name !== undefined && name in definitions && !needed.has(name)) {
        needed.add(name)
        collect(definitions[name])
      }
      return value
    })
  }
  collect(root)
  if (needed.size === 0) return root
  return { ...root, $defs: Object.fromEntries(Array.from(needed, (name) => [name, definitions[name]])) }
}

/**
 * The JSON Schema of what a schema encodes to. Throws when there is none.
 *
 * @internal
 */
export const jsonSchemaOf = (schema: Schema.Schema.All): JsonSchema => {
  const { $defs = {}, $schema: _, ...json } = JSONSchema.make(schema as Schema.Schema<unknown>) as any
  return complete(json, $defs)
}

const propertiesOf = (object: JsonSchema): Readonly<Record<string, JsonSchema>> => (object.properties ?? {}) as any

/**
 * The schema of one property, complete in itself.
 *
 * @internal
 */
export const propertyOf = (object: JsonSchema, name: string): JsonSchema =>
  complete(propertiesOf(object)[name], (object.$defs ?? {}) as Definitions)

/**
 * The schema of an object with only some of its properties.
 *
 * @internal
 */
export const pickProperties = (object: JsonSchema, names: ReadonlyArray<string>): JsonSchema => ({
  ...object,
  properties: Object.fromEntries(Object.entries(propertiesOf(object)).filter(([name]) => names.includes(name))),
  required: ((object.required ?? []) as ReadonlyArray<string>).filter((name) => names.includes(name))
})

/**
 * The names of an object's properties.
 *
 * @internal
 */
export const propertyNames = (object: JsonSchema): ReadonlyArray<string> => Object.keys(propertiesOf(object))
