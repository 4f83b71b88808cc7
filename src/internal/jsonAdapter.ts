import { type Adapter, presentOf } from "./adapter.js"
import { type JsonSchema, jsonSchemaOf } from "./jsonSchema.js"
import { readReply } from "./reply.js"
import { type Field, structOf } from "./signature.js"

/**
 * The name of a format, in the characters that servers allow.
 *
 * @internal
 */
export const formatName = (name: string): string => name.replace(/[^A-Za-z0-9_-]/g, "_").slice(0, 64) || "reply"

/**
 * Asks for one JSON object.
 *
 * @internal
 */
export const askForJson = (schema: unknown): string =>
  `Reply with one JSON object of this JSON Schema, and with nothing else:\n\n${JSON.stringify(schema)}`

const schemas = new WeakMap<ReadonlyArray<Field>, JsonSchema>()

const schemaOf = (outputs: ReadonlyArray<Field>): JsonSchema => {
  let schema = schemas.get(outputs)
  if (schema === undefined) schemas.set(outputs, (schema = jsonSchemaOf(structOf(outputs))))
  return schema
}

/**
 * Replies as a JSON object, by the server's own means where it has some.
 *
 * @internal
 */
export const jsonAdapter: Adapter = {
  ask: (outputs) => askForJson(schemaOf(outputs)),
  write: (outputs, encoded) =>
    JSON.stringify(Object.fromEntries(presentOf(outputs, encoded).map(({ name }) => [name, encoded[name]]))),
  read: (outputs, reply, asked) => readReply(outputs, reply, "json", asked),
  format: (name, outputs) => ({ format: { name: formatName(name), schema: schemaOf(outputs) } })
}
