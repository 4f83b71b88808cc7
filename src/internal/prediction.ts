import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import { type Completion, LLM, type LLMError, type Message, type Request } from "../../services/LLM.js"
import type { LMParams } from "../LMParams.js"
import type { Demonstration } from "../ParamSpace.js"
import { PredictError } from "../PredictError.js"
import type { Text } from "../Text.js"
import type { Adapter } from "./adapter.js"
import type { Definition } from "./execution.js"
import { entryOf, textOf } from "./fieldText.js"
import { askAgain } from "./repair.js"
import { type Fault, headerOf, type Reading } from "./reply.js"
import { CurrentRollout } from "./rollout.js"
import { describeField, type Field, type Signature } from "./signature.js"

/** @internal */
export interface Parameters {
  readonly instruction: Text
  readonly demonstrations: ReadonlyArray<Demonstration<any, any>>
  readonly settings: LMParams
}

/**
 * All of a prediction but its parameters.
 *
 * @internal
 */
export interface Prediction {
  readonly name: string
  readonly model: string
  readonly signature: Signature<any, any>
  readonly adapter: Adapter
  readonly repair: boolean
  readonly rollout: number
  readonly modelMaxTokens: number | undefined
}

/**
 * By their definitions, which policies keep.
 *
 * @internal
 */
export const predictions = new WeakMap<Definition, Prediction>()

type Texts = Readonly<Record<string, string>>
type Values = Readonly<Record<string, unknown>>

// ---------------------------------------------------------------------------------------------------------------------
// what is asked
// ---------------------------------------------------------------------------------------------------------------------

const invalidInput = ({ name }: Prediction, detail: string, cure: string, field: string): PredictError =>
  new PredictError({ reason: "InvalidInput", program: name, field, detail, cure })

const encodeAll = (
  prediction: Prediction,
  fields: ReadonlyArray<Field>,
  values: Values
): Either.Either<Values, PredictError> =>
  Either.gen(function* () {
    const encoded: Array<readonly [string, unknown]> = []
    for (const { name, schema, type } of fields) {
      const cure = `Give ${name} as its schema says: ${type}`
      const value = ParseResult.encodeUnknownEither(schema)(values[name])
      if (Either.isLeft(value)) {
        const what = values[name] === undefined ? "is missing" : "is not of its schema"
        return yield* Either.left(invalidInput(prediction, `${name} ${what}`, cure, name))
      }
      encoded.push([name, value.right])
    }
    return Object.fromEntries(encoded)
  })

/** Inputs as a prompt shows them. */
const textsOf = (prediction: Prediction, input: Values): Either.Either<Texts, PredictError> => {
  const { inputs } = prediction.signature
  const unexpected = Object.keys(input).find((key) => !inputs.some(({ name }) => name === key))
  if (unexpected !== undefined) {
    const names = inputs.map(({ name }) => name).join(", ")
    const detail = `unexpected input field ${JSON.stringify(unexpected)}`
    return Either.left(invalidInput(prediction, detail, `The inputs are ${names}`, unexpected))
  }
  return Either.map(encodeAll(prediction, inputs, input), (encoded) =>
    Object.fromEntries(
      inputs.map((field) => {
        const value = encoded[field.name]
        return [field.name, value === undefined ? "" : textOf(field, value)]
      })
    )
  )
}

const userTurn = ({ signature }: Prediction, texts: Texts): Message => {
  const opens = headerOf([...signature.inputs, ...signature.outputs].map(({ name }) => name))
  const lines = signature.inputs.map((field) => entryOf(field, texts[field.name], (line) => opens(line) !== undefined))
  return { role: "user", content: lines.length === 0 ? "There is no input. Reply as asked." : lines.join("\n") }
}

const systemTurn = ({ adapter, signature }: Prediction, instruction: string): Message => {
  const section = (title: string, fields: ReadonlyArray<Field>) =>
    fields.length === 0 ? [] : [[`${title}:`, ...fields.map(describeField)].join("\n")]
  const sections = [
    ...(instruction === "" ? [] : [instruction]),
    ...section("Inputs", signature.inputs),
    ...section("Outputs", signature.outputs),
    adapter.ask(signature.outputs)
  ]
  return { role: "system", content: sections.join("\n\n") }
}

const demonstrationTurns = (
  prediction: Prediction,
  { input, output }: Demonstration<Values, Values>
): Either.Either<ReadonlyArray<Message>, PredictError> =>
  Either.gen(function* () {
    const { adapter, signature } = prediction
    const texts = yield* textsOf(prediction, input)
    const shown = signature.outputs.filter(({ name }) => output[name] !== undefined)
    const encoded = yield* encodeAll(prediction, shown, output)
    return [userTurn(prediction, texts), { role: "assistant", content: adapter.write(shown, encoded) }]
  })

const conversation = (
  prediction: Prediction,
  params: Parameters,
  texts: Texts
): Either.Either<ReadonlyArray<Message>, PredictError> =>
  Either.map(Either.all(params.demonstrations.map((each) => demonstrationTurns(prediction, each))), (turns) => [
    systemTurn(prediction, params.instruction.render(texts)),
    ...turns.flat(),
    userTurn(prediction, texts)
  ])

/** @internal */
export const messagesOf = (
  prediction: Prediction,
  params: Parameters,
  input: unknown
): Either.Either<ReadonlyArray<Message>, PredictError> =>
  Either.flatMap(textsOf(prediction, (input ?? {}) as Values), (texts) => conversation(prediction, params, texts))

/**
 * The messages with the names of the inputs, in braces, in the place of their values.
 *
 * @internal
 */
export const openMessagesOf = (
  prediction: Prediction,
  params: Parameters
): Either.Either<ReadonlyArray<Message>, PredictError> =>
  conversation(
    prediction,
    params,
    Object.fromEntries(prediction.signature.inputs.map(({ name }) => [name, `{${name}}`]))
  )

/** @internal */
export const requestOf = (
  prediction: Prediction,
  params: Parameters,
  messages: ReadonlyArray<Message>,
  outputs: ReadonlyArray<Field> = prediction.signature.outputs
): Request => ({
  model: prediction.model,
  messages,
  settings: params.settings.toRequest({ modelMaxTokens: prediction.modelMaxTokens }),
  ...prediction.adapter.format(prediction.name, outputs)
})

// ---------------------------------------------------------------------------------------------------------------------
// what is answered
// ---------------------------------------------------------------------------------------------------------------------

const truncated = ({ name }: Prediction, { content }: Completion): PredictError =>
  new PredictError({
    reason: "Truncated",
    program: name,
    detail: "the reply was cut off at the token limit",
    cure: "Raise maxTokens or maxTokensFraction of its settings, or ask for less",
    raw: content
  })

const faulty = ({ name }: Prediction, { detail, field, reason }: Fault, { content }: Completion): PredictError =>
  new PredictError({
    reason,
    program: name,
    field: field.name,
    detail,
    cure: `Say more exactly what ${field.name} is, show it in a demonstration, or use the "json" adapter with repair`,
    raw: content
  })

const isCutOff = ({ finishReason }: Completion, { faults, isWhole }: Reading): boolean =>
  finishReason === "length" && (faults.length > 0 || !isWhole)

/** Asks, reads, and asks once more for the outputs that were wrong. */
const valuesOf = (
  prediction: Prediction,
  params: Parameters,
  input: unknown
): Effect.Effect<Values, LLMError | PredictError, LLM> =>
  Effect.gen(function* () {
    const { adapter, repair, signature } = prediction
    const messages = yield* messagesOf(prediction, params, input)
    const rollout = prediction.rollout + (yield* CurrentRollout)
    const llm = yield* LLM

    const isOnly = signature.outputs.length === 1
    const ask = Effect.fnUntraced(function* (
      messages: ReadonlyArray<Message>,
      outputs: ReadonlyArray<Field>,
      isRepair: boolean
    ) {
      const request = requestOf(prediction, params, messages, outputs)
      const completion = yield* llm.complete(rollout === 0 ? request : { ...request, rollout })
      const reading = adapter.read(outputs, completion.content, { isOnly, isRepair })
      return isCutOff(completion, reading) ? yield* truncated(prediction, completion) : { completion, reading }
    })

    const first = yield* ask(messages, signature.outputs, false)
    const { faults, values } = first.reading
    if (faults.length === 0) return values
    if (!repair) return yield* faulty(prediction, faults[0], first.completion)

    const wrong = faults.map(({ field }) => field)
    const details = faults.map(({ detail }) => detail)
    const question = askAgain(messages, first.completion.content, details, adapter.ask(wrong))
    const second = yield* ask(question, wrong, true)
    const left = second.reading.faults[0]
    if (left !== undefined) return yield* faulty(prediction, left, second.completion)
    const repaired: Values = { ...values, ...second.reading.values }
    return Object.fromEntries(signature.outputs.map(({ name }) => [name, repaired[name]]))
  })

/**
 * The outputs for an input, and what `project` makes of them.
 *
 * @internal
 */
export const predict = <Output>(
  prediction: Prediction,
  params: Parameters,
  input: unknown,
  project: (values: any) => Output
): Effect.Effect<Output, LLMError | PredictError, LLM> => Effect.map(valuesOf(prediction, params, input), project)
