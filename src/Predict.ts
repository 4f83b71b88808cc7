/**
 * Predictions: hyperfunctions that a language model answers, from named inputs to named outputs.
 *
 * A prediction has three parameters: its instruction, its demonstrations and its sampling settings. What is sent follows
 * from them and the input alone, so it can be seen before any call: {@link render}.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import type { Message, Request } from "../services/LLM.js"
import type { Hyperfunction } from "./Hyperfunction.js"
import { fenced } from "./internal/fieldText.js"
import * as internal from "./internal/prediction.js"
import { type Options, type Params, type Predict, program } from "./internal/program.js"
import { PredictError } from "./PredictError.js"
import type { Signature } from "./Signature.js"

export type {
  /**
   * @since 0.1.0
   * @category models
   */
  Options,
  /**
   * @since 0.1.0
   * @category models
   */
  Params,
  /**
   * @since 0.1.0
   * @category models
   */
  Predict
} from "./internal/program.js"

export {
  /**
   * @since 0.1.0
   * @category errors
   */
  PredictError
} from "./PredictError.js"

/**
 * Asks a model for the outputs of a signature. Two predictions of one signature are two, by their names.
 *
 * It fails with a `PredictError` when the reply has not every output as its schema wants it, and with an `LLMError` when
 * there is no reply. A `ParamsError` is thrown when demonstrations or settings to start with are not possible.
 *
 * @example
 * ```ts
 * import * as Schema from "effect/Schema"
 * import { Predict, Signature } from "hyperfunc"
 *
 * const triage = Predict.make(
 *   "triage",
 *   Signature.make({
 *     instruction: "Classify the ticket.",
 *     inputs: { ticket: Schema.String },
 *     outputs: { priority: Schema.Literal("high", "normal", "low") }
 *   }),
 *   { model: "openai/gpt-4o-mini" }
 * )
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <Input, Output>(
  name: string,
  signature: Signature<Input, Output>,
  options: Options<NoInfer<Input>, NoInfer<Output>>
): Predict<Input, Output> => program(name, signature, signature.output, options, (values) => values)

/**
 * A prediction, or what policies made of it.
 *
 * @since 0.1.0
 * @category models
 */
export type Program<Input, Demonstrated> = Hyperfunction<
  [input: Input],
  unknown,
  unknown,
  unknown,
  Params<Input, Demonstrated>
>

const predictionOf = <Input, Demonstrated>({
  definition
}: Program<Input, Demonstrated>): Either.Either<internal.Prediction, PredictError> =>
  Either.fromNullable(
    internal.predictions.get(definition),
    () =>
      new PredictError({
        reason: "UnknownProgram",
        program: definition.name,
        detail: "it is no prediction",
        cure: "Render what Predict.make or ChainOfThought.make gave, with or without policies"
      })
  )

/**
 * The very messages that a call would send. Fails when the input is not of the signature.
 *
 * @since 0.1.0
 * @category rendering
 */
export const render = <Input, Demonstrated>(
  self: Program<Input, Demonstrated>,
  params: Params<NoInfer<Input>, NoInfer<Demonstrated>>,
  input: NoInfer<Input>
): Either.Either<ReadonlyArray<Message>, PredictError> =>
  Either.flatMap(predictionOf(self), (prediction) => internal.messagesOf(prediction, params, input))

/**
 * A request under its program's name.
 *
 * @since 0.1.0
 * @category models
 */
export interface Prompt {
  readonly name: string
  readonly request: Request
}

/**
 * The request of a program with `{name}` in the place of its inputs: plain JSON, to be used without this library.
 *
 * @since 0.1.0
 * @category rendering
 */
export const toJson = <Input, Demonstrated>(
  self: Program<Input, Demonstrated>,
  params: Params<NoInfer<Input>, NoInfer<Demonstrated>>
): Either.Either<Prompt, PredictError> =>
  Either.gen(function* () {
    const prediction = yield* predictionOf(self)
    const messages = yield* internal.openMessagesOf(prediction, params)
    return { name: prediction.name, request: internal.requestOf(prediction, params, messages) }
  })

/**
 * The same as {@link toJson}, to be read: the settings, and every message in a fence.
 *
 * @since 0.1.0
 * @category rendering
 */
export const toMarkdown = <Input, Demonstrated>(
  self: Program<Input, Demonstrated>,
  params: Params<NoInfer<Input>, NoInfer<Demonstrated>>
): Either.Either<string, PredictError> =>
  Either.map(toJson(self, params), ({ name, request: { messages, model, settings } }) =>
    [
      `# ${name}`,
      [`- model: ${model}`, ...Object.entries(settings ?? {}).map(([key, value]) => `- ${key}: ${value}`)].join("\n"),
      ...messages.flatMap(({ content, role }) => [`## ${role}`, fenced(content)])
    ]
      .join("\n\n")
      .concat("\n")
  )
