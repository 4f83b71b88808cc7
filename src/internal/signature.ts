import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import { type JsonSchema, jsonSchemaOf, propertyOf } from "./jsonSchema.js"

/**
 * An input or output of a signature.
 *
 * @since 0.1.0
 * @category models
 */
export interface Field {
  readonly name: string
  readonly schema: Schema.Schema<any, any>
  /** From the description annotation of the schema. */
  readonly description: string | undefined
  /** What a value looks like in a prompt, in words: `whole number`, `one of high, low`. */
  readonly type: string
  /** Of the encoded value. */
  readonly json: JsonSchema
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Signature<in out Input, in out Output> {
  /** Braces name inputs: `{language}`. */
  readonly instruction: string
  /** In declared order. */
  readonly inputs: ReadonlyArray<Field>
  readonly outputs: ReadonlyArray<Field>
  readonly input: Schema.Schema<Input, any>
  readonly output: Schema.Schema<Output, any>
}

/** Descriptions that say no more than the type does. */
const commonplace = new Set(
  [Schema.String, Schema.Number, Schema.Boolean, Schema.Int, Schema.Finite].map(({ ast }) =>
    Option.getOrUndefined(AST.getDescriptionAnnotation(ast))
  )
)

const descriptionOf = ({ ast }: Schema.Schema<any, any>, json: JsonSchema): string | undefined => {
  const description = Option.getOrElse(AST.getDescriptionAnnotation(ast), () => json.description as string | undefined)
  return commonplace.has(description) ? undefined : description
}

const isPlain = (choice: unknown): boolean => typeof choice === "string" && /^[\p{L}\p{N}_ -]+$/u.test(choice)

const typeOf = (json: JsonSchema): string => {
  const choices = json.enum
  if (Array.isArray(choices)) {
    const shown = choices.map((choice) => (isPlain(choice) ? choice : JSON.stringify(choice))).join(", ")
    return choices.length === 1 ? `always ${shown}` : `one of ${shown}`
  }
  switch (json.type) {
    case "string":
      return "text"
    case "number":
      return "number"
    case "integer":
      return "whole number"
    case "boolean":
      return "true or false"
    default:
      return `JSON of the schema ${JSON.stringify(json)}`
  }
}

/**
 * Throws when a schema has no JSON form.
 *
 * @internal
 */
export const fieldOf = (name: string, schema: Schema.Schema<any, any>): Field => {
  const json = propertyOf(jsonSchemaOf(Schema.Struct({ [name]: schema })), name)
  return { name, schema, description: descriptionOf(schema, json), type: typeOf(json), json }
}

/**
 * Whether values are text as they stand, and not JSON.
 *
 * @internal
 */
export const isText = (field: Field): boolean => field.json.type === "string"

/** @internal */
export const choicesOf = (field: Field): ReadonlyArray<string> => {
  const choices = field.json.enum
  return Array.isArray(choices) ? choices.filter((choice) => typeof choice === "string") : []
}

/** @internal */
export const structOf = (fields: ReadonlyArray<Field>): Schema.Schema<any, any> =>
  Schema.Struct(Object.fromEntries(fields.map(({ name, schema }) => [name, schema])))

/** @internal */
export const describeField = ({ description, name, type }: Field): string =>
  `- ${name} (${type})${description === undefined ? "" : `: ${description}`}`
