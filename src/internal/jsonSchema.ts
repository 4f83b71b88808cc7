import * as JSONSchema from "effect/JSONSchema"
import type * as Schema from "effect/Schema"

/**
 * A JSON Schema, as plain JSON.
 *
 * @internal
 */
export type JsonSchema = Readonly<Record<string, unknown>>

const DEFINITIONS = "#/$defs/"

/** What a reference to a definition stands for, with what is said beside it. */
const resolve = (json: JsonSchema, definitions: JsonSchema | undefined): JsonSchema => {
  const { $ref, ...beside } = json
  if (typeof $ref !== "string" || !$ref.startsWith(DEFINITIONS)) return json
  const name = $ref.slice(DEFINITIONS.length).replaceAll("~1", "/").replaceAll("~0", "~")
  return { ...(definitions?.[name] as JsonSchema), ...beside }
}

/**
 * The JSON Schema of what a schema encodes to; its root is no reference, as servers want it. Throws when there is none.
 *
 * @internal
 */
export const jsonSchemaOf = (schema: Schema.Schema.All): JsonSchema => {
  const { $schema: _, ...json } = JSONSchema.make(schema as Schema.Schema<unknown>) as unknown as JsonSchema
  const { $defs, ...root } = json
  const resolved = resolve(root, $defs as JsonSchema | undefined)
  return JSON.stringify(resolved).includes(`"${DEFINITIONS}`) ? { ...resolved, $defs } : resolved
}

/**
 * The schema of one property, complete in itself.
 *
 * @internal
 */
export const propertyOf = (object: JsonSchema, name: string): JsonSchema => {
  const definitions = object["$defs"] as JsonSchema | undefined
  const property = resolve((object["properties"] as Readonly<Record<string, JsonSchema>>)[name]!, definitions)
  return JSON.stringify(property).includes(`"${DEFINITIONS}`) ? { ...property, $defs: definitions } : property
}

/**
 * The schema of an object with only some of its properties.
 *
 * @internal
 */
export const pickProperties = (object: JsonSchema, names: ReadonlyArray<string>): JsonSchema => ({
  ...object,
  properties: Object.fromEntries(
    Object.entries((object["properties"] as JsonSchema | undefined) ?? {}).filter(([name]) => names.includes(name))
  ),
  required: ((object["required"] as ReadonlyArray<string> | undefined) ?? []).filter((name) => names.includes(name))
})
