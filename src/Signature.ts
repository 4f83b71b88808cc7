/**
 * What a model is asked for: an instruction, and the names and schemas of what goes in and what comes out.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as internal from "./internal/signature.js"
import { placeholdersOf } from "./internal/template.js"

export type {
  /**
   * @since 0.1.0
   * @category models
   */
  Field,
  /**
   * @since 0.1.0
   * @category models
   */
  Signature
} from "./internal/signature.js"

/**
 * Schemas by the names of fields.
 *
 * @since 0.1.0
 * @category models
 */
export type Fields = Readonly<Record<string, Schema.Schema<any, any>>>

const cures = {
  NoOutputs: "Declare at least one output.",
  DuplicateField: "Give every input and output a name of its own; case does not tell them apart.",
  InvalidName: "Begin names with a letter or _, and go on with letters, digits, _ and -.",
  Placeholders: "Put names of inputs in braces, and double the braces that are meant literally.",
  UnsupportedSchema: "Use a schema that encodes to JSON, or give it a jsonSchema annotation."
}

/**
 * A signature that cannot be. It is thrown where the signature is written, because that is the line to mend.
 *
 * @since 0.1.0
 * @category errors
 */
export class SignatureError extends Schema.TaggedError<SignatureError>("hyperfunc/SignatureError")("SignatureError", {
  reason: Schema.Literal("NoOutputs", "DuplicateField", "InvalidName", "Placeholders", "UnsupportedSchema"),
  detail: Schema.String,
  cause: Schema.optionalWith(Schema.Defect, { exact: true })
}) {
  /** What to do about it. */
  get cure(): string {
    return cures[this.reason]
  }

  override get message(): string {
    return `${this.detail}. ${this.cure}`
  }
}

const identifier = /^[\p{L}_][\p{L}\p{N}_-]*$/u

const fieldsOf = (fields: Fields): ReadonlyArray<internal.Field> =>
  Object.entries(fields).map(([name, schema]) => {
    if (!identifier.test(name)) {
      throw new SignatureError({ reason: "InvalidName", detail: `${JSON.stringify(name)} cannot name a field` })
    }
    try {
      return internal.fieldOf(name, schema)
    } catch (cause) {
      throw new SignatureError({ reason: "UnsupportedSchema", detail: `${name} has no JSON Schema`, cause })
    }
  })

/**
 * Fields keep their order. What a field is for is said with the description annotation of its schema; what it may be,
 * with the schema. `{name}` in the instruction is replaced by that input.
 *
 * Throws a {@link SignatureError} when there are no outputs, when two fields have the same name, when the instruction has
 * a placeholder that is no input, or when a schema has no JSON form.
 *
 * @example
 * ```ts
 * import * as Schema from "effect/Schema"
 * import { Signature } from "hyperfunc"
 *
 * const triage = Signature.make({
 *   instruction: "Classify the ticket.",
 *   inputs: { ticket: Schema.String.annotations({ description: "in the customer's words" }) },
 *   outputs: { priority: Schema.Literal("high", "normal", "low") }
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <Inputs extends Fields, Outputs extends Fields>(options: {
  readonly instruction: string
  readonly inputs: Inputs
  readonly outputs: Outputs
}): internal.Signature<
  { readonly [K in keyof Inputs]: Schema.Schema.Type<Inputs[K]> },
  { readonly [K in keyof Outputs]: Schema.Schema.Type<Outputs[K]> }
> => {
  const inputs = fieldsOf(options.inputs)
  const outputs = fieldsOf(options.outputs)
  if (outputs.length === 0) throw new SignatureError({ reason: "NoOutputs", detail: "a signature without outputs" })
  const names = [...inputs, ...outputs].map(({ name }) => name.toLowerCase())
  const twice = names.find((name, k) => names.indexOf(name) !== k)
  if (twice !== undefined) throw new SignatureError({ reason: "DuplicateField", detail: `two fields called ${twice}` })
  const placeholders = placeholdersOf(options.instruction)
  if (typeof placeholders === "string") {
    throw new SignatureError({ reason: "Placeholders", detail: `the instruction has ${placeholders}` })
  }
  const unknown = placeholders.find((name) => !Object.hasOwn(options.inputs, name))
  if (unknown !== undefined) {
    throw new SignatureError({ reason: "Placeholders", detail: `{${unknown}} in the instruction names no input` })
  }
  return {
    instruction: options.instruction,
    inputs,
    outputs,
    input: internal.structOf(inputs),
    output: internal.structOf(outputs)
  }
}
