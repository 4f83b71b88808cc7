/**
 * Predictions that reason before they answer.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { type Options, type Predict, program } from "./internal/program.js"
import * as Signature from "./Signature.js"

/**
 * What led to the outputs. Demonstrations may go without it.
 *
 * @since 0.1.0
 * @category models
 */
export type Demonstrated<Output> = Output & { readonly reasoning?: string }

const reasoning = Schema.String.annotations({ description: "step by step, what leads to the other outputs" })

const withReasoning = <Input, Output>(
  signature: Signature.Signature<Input, Output>
): Signature.Signature<Input, Output & { readonly reasoning: string }> => {
  const schemasOf = (fields: ReadonlyArray<Signature.Field>): Signature.Fields =>
    Object.fromEntries(fields.map(({ name, schema }) => [name, schema]))
  const outputs = schemasOf(signature.outputs)
  if (Object.hasOwn(outputs, "reasoning")) {
    throw new Signature.SignatureError({ reason: "DuplicateField", detail: "reasoning is an output already" })
  }
  return Signature.make({
    instruction: signature.instruction,
    inputs: schemasOf(signature.inputs),
    outputs: { reasoning, ...outputs }
  }) as Signature.Signature<any, any>
}

/**
 * A `Predict` of the same signature with an output `reasoning` before the others. It is left out of the result unless
 * `reasoning` is `"keep"`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: {
  <Input, Output>(
    name: string,
    signature: Signature.Signature<Input, Output>,
    options: Options<NoInfer<Input>, Demonstrated<NoInfer<Output>>> & { readonly reasoning: "keep" }
  ): Predict<Input, Output & { readonly reasoning: string }, Demonstrated<Output>>
  <Input, Output>(
    name: string,
    signature: Signature.Signature<Input, Output>,
    options: Options<NoInfer<Input>, Demonstrated<NoInfer<Output>>> & { readonly reasoning?: "drop" }
  ): Predict<Input, Output, Demonstrated<Output>>
} = <Input, Output>(
  name: string,
  signature: Signature.Signature<Input, Output>,
  options: Options<Input, Demonstrated<Output>> & { readonly reasoning?: "drop" | "keep" }
): Predict<Input, any, Demonstrated<Output>> => {
  const extended = withReasoning(signature)
  const demonstrated = Schema.extend(
    signature.output,
    Schema.Struct({ reasoning: Schema.optionalWith(Schema.String, { exact: true }) })
  )
  return program(name, extended, demonstrated, options, (values) => {
    const { reasoning: _, ...outputs } = values
    return options.reasoning === "keep" ? values : outputs
  })
}
