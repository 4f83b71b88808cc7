/**
 * Answers of a schema, from a model.
 *
 * These calls are no hyperfunctions: nothing of them is tuned. Judges and optimizers make them.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { type Completion, LLM, LLMError, type Message, type Request } from "../services/LLM.js"
import { askForJson, formatName } from "./internal/jsonAdapter.js"
import { parseJsonReply } from "./internal/jsonReply.js"
import { type JsonSchema, jsonSchemaOf, pickProperties, propertyNames } from "./internal/jsonSchema.js"
import { askAgain } from "./internal/repair.js"
import { withoutThinking } from "./internal/thinking.js"

type Json = Readonly<Record<string, unknown>>

/** What of a reply decodes, or the fields to ask for again and why. */
interface Faults {
  readonly names: ReadonlyArray<string>
  readonly details: ReadonlyArray<string>
}

/** Characters of an answer that an error keeps, and of a fault that the model is told. */
const RAW = 2000
const DETAIL = 300

const undecodable = ({ content, finishReason, model }: Completion, details: ReadonlyArray<string>): LLMError =>
  new LLMError({
    reason: "Undecodable",
    model,
    detail:
      finishReason === "length"
        ? "the answer was cut off at the token limit"
        : `the answer has ${details.length === 1 ? "1 fault" : `${details.length} faults`} in it`,
    cure:
      finishReason === "length"
        ? "Raise maxTokens"
        : "Ask for a simpler schema, describe its fields, or ask a stronger model",
    raw: content.length > RAW ? `${content.slice(0, RAW)}… (${content.length} characters)` : content
  })

/** Servers want an object: any other answer is put in one. */
const asObject = <A, I, R>(
  schema: Schema.Schema<A, I, R>
): { readonly schema: Schema.Schema<any, any, R>; readonly json: JsonSchema; readonly take: (value: any) => A } => {
  const json = jsonSchemaOf(schema)
  if (json.type === "object") return { schema, json, take: (value) => value }
  const wrapped = Schema.Struct({ value: schema })
  return { schema: wrapped, json: jsonSchemaOf(wrapped), take: ({ value }) => value }
}

const instructed = (messages: ReadonlyArray<Message>, ask: string): ReadonlyArray<Message> => {
  const [first, ...others] = messages
  return first?.role === "system"
    ? [{ role: "system", content: `${first.content}\n\n${ask}` }, ...others]
    : [{ role: "system", content: ask }, ...messages]
}

const objectIn = (content: string): Either.Either<Json, string> =>
  Either.flatMap(parseJsonReply(withoutThinking(content)), (json) =>
    typeof json === "object" && json !== null && !Array.isArray(json)
      ? Either.right(json as Json)
      : Either.left("the answer is no JSON object")
  )

const faultsOf = (issue: ParseResult.ParseIssue, names: ReadonlyArray<string>): Faults => {
  const issues = ParseResult.ArrayFormatter.formatIssueSync(issue)
  const wrong = new Set(issues.map(({ path }) => String(path[0])))
  const known = names.filter((name) => wrong.has(name))
  return {
    names: known.length === wrong.size ? known : names,
    details: issues.map(({ message, path }) => [...path.map(String), message.slice(0, DETAIL)].join(": "))
  }
}

/**
 * Asks for JSON of a schema, and decodes it. What was wrong is asked for once more, field by field; what is wrong then
 * fails with an `LLMError` of reason `Undecodable`, whose `raw` is the beginning of the answer. An answer that was cut off
 * is not asked for again.
 *
 * @example
 * ```ts
 * import * as Schema from "effect/Schema"
 * import { Structured } from "hyperfunc"
 *
 * const Verdict = Schema.Struct({ score: Schema.Int.pipe(Schema.between(1, 5)), why: Schema.String })
 *
 * const verdict = Structured.complete(
 *   { model: "openai/gpt-4o", messages: [{ role: "user", content: "How good is this answer? …" }], purpose: "judge" },
 *   Verdict
 * )
 * ```
 *
 * @since 0.1.0
 * @category completions
 */
export const complete = <A, I, R>(
  request: Request,
  schema: Schema.Schema<A, I, R>,
  options: { readonly name?: string } = {}
): Effect.Effect<A, LLMError, LLM | R> =>
  Effect.gen(function* () {
    const llm = yield* LLM
    const object = yield* Effect.try({ try: () => asObject(schema), catch: (cause) => unsupported(request, cause) })
    const names = propertyNames(object.json)
    const name = formatName(options.name ?? "answer")
    const decode = ParseResult.decodeUnknown(object.schema, { errors: "all" })

    const read = (json: Json): Effect.Effect<Either.Either<A, Faults>, never, R> =>
      Effect.map(Effect.either(decode(json)), (result) =>
        Either.mapBoth(result, { onLeft: (issue) => faultsOf(issue, names), onRight: object.take })
      )

    const ask = (messages: ReadonlyArray<Message>, schema: JsonSchema) =>
      llm.complete({ ...request, messages, format: { name, schema } })

    const messages = instructed(request.messages, askForJson(object.json))
    const first = yield* ask(messages, object.json)
    const given = objectIn(first.content)
    const answer: Either.Either<A, Faults> = Either.isRight(given)
      ? yield* read(given.right)
      : Either.left({ names, details: [given.left] })
    if (Either.isRight(answer)) return answer.right
    if (first.finishReason === "length") return yield* undecodable(first, answer.left.details)

    const wanted = pickProperties(object.json, answer.left.names)
    const second = yield* ask(askAgain(messages, first.content, answer.left.details, askForJson(wanted)), wanted)
    const correction = yield* Either.mapLeft(objectIn(second.content), (detail) => undecodable(second, [detail]))
    const corrected = yield* read({ ...Either.getOrElse(given, () => ({})), ...correction })
    return yield* Either.mapLeft(corrected, ({ details }) => undecodable(second, details))
  })

const unsupported = ({ model }: Request, cause: unknown): LLMError =>
  new LLMError({
    reason: "BadRequest",
    model,
    detail: "the schema that was asked for has no JSON Schema",
    cure: "Use a schema that encodes to JSON, or give it a jsonSchema annotation",
    cause
  })
