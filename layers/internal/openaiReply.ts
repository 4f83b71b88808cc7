import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type { Completion, LLMError, Request, ToolCall, Usage } from "../../services/LLM.js"
import * as RateHeaders from "../../src/internal/rateHeaders.js"
import * as ModelTable from "../../src/ModelTable.js"
import * as Errors from "./openaiErrors.js"

const lenient = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { nullable: true, exact: true })

/** Text, or parts of which some are text. */
const Content = Schema.Union(
  Schema.String,
  Schema.Array(Schema.Struct({ type: lenient(Schema.String), text: lenient(Schema.String) }))
)

const Call = Schema.Struct({
  id: lenient(Schema.String),
  function: Schema.Struct({ name: Schema.String, arguments: lenient(Schema.String) })
})

const Reply = Schema.Struct({
  id: lenient(Schema.String),
  model: lenient(Schema.String),
  choices: Schema.Array(
    Schema.Struct({
      message: Schema.Struct({
        content: lenient(Content),
        refusal: lenient(Schema.String),
        tool_calls: lenient(Schema.Array(Call))
      }),
      finish_reason: lenient(Schema.String)
    })
  )
})

const Piece = Schema.Struct({
  choices: lenient(
    Schema.Array(
      Schema.Struct({
        delta: lenient(Schema.Struct({ content: lenient(Content), refusal: lenient(Schema.String) })),
        finish_reason: lenient(Schema.String)
      })
    )
  )
})

const decodeReply = Schema.decodeUnknownOption(Reply)
const decodePiece = Schema.decodeUnknownOption(Piece)

const textOf = (content: typeof Content.Type | undefined): string => {
  if (content === undefined || typeof content === "string") return content ?? ""
  return content.map(({ text, type = "text" }) => (type === "text" ? (text ?? "") : "")).join("")
}

const countAt = (value: unknown, ...path: ReadonlyArray<string>): number | undefined => {
  const found = path.reduce<unknown>((at, key) => (Predicate.hasProperty(at, key) ? at[key] : undefined), value)
  return typeof found === "number" && found >= 0 && Number.isFinite(found) ? found : undefined
}

/** DeepSeek counts what it had cached in a field of its own. */
const usageOf = (usage: unknown): Usage | undefined => {
  const prompt = countAt(usage, "prompt_tokens")
  const completion = countAt(usage, "completion_tokens")
  const cached = countAt(usage, "prompt_tokens_details", "cached_tokens") ?? countAt(usage, "prompt_cache_hit_tokens")
  const reasoning = countAt(usage, "completion_tokens_details", "reasoning_tokens")
  if (prompt === undefined || completion === undefined) return undefined
  return {
    prompt,
    completion,
    ...(cached === undefined ? {} : { cached }),
    ...(reasoning === undefined ? {} : { reasoning })
  }
}

/** Also of an answer that is of no use otherwise. */
const spentOf = (body: unknown, prices: ModelTable.Prices, { model }: Request): Errors.Spent => {
  const usage = Predicate.hasProperty(body, "usage") ? usageOf(body.usage) : undefined
  const cost = usage === undefined ? Option.none() : ModelTable.costOf(prices, model, usage)
  return { ...(usage === undefined ? {} : { usage }), ...(Option.isSome(cost) ? { cost: cost.value } : {}) }
}

const finishReasons: Readonly<Record<string, Completion["finishReason"]>> = {
  stop: "stop",
  eos: "stop",
  end_turn: "stop",
  length: "length",
  model_length: "length",
  max_tokens: "length",
  tool_calls: "tool_calls",
  function_call: "tool_calls"
}

/**
 * The error that an answer ends with, where it has not ended well.
 *
 * @internal
 */
export const badEnd = (
  context: Errors.Context,
  end: {
    readonly finishReason: string
    readonly refusal: string
    readonly partial: string
    readonly spent?: Errors.Spent
  }
): Option.Option<LLMError> => {
  const { finishReason, partial, refusal, spent = {} } = end
  const failed = (reason: LLMError["reason"], detail: string) =>
    Option.some(Errors.make(context, reason, detail, { partial, spent }))
  if (finishReason.startsWith("content_filter")) return failed("ContentFilter", "the provider filtered the answer")
  if (refusal !== "") return failed("Refusal", `the model refuses: ${refusal}`)
  return finishReason === "error" ? failed("Interrupted", "the provider broke off the answer") : Option.none()
}

const toolCallsOf = (calls: ReadonlyArray<typeof Call.Type>): ReadonlyArray<ToolCall> =>
  calls.map((call, index) => ({
    id: call.id ?? `call_${index}`,
    name: call.function.name,
    arguments: call.function.arguments ?? "{}"
  }))

/**
 * The completion in the body of an answer.
 *
 * @internal
 */
export const completionOf = (
  context: Errors.Context,
  request: Request,
  prices: ModelTable.Prices,
  answer: { readonly text: string; readonly headers: Headers }
): Either.Either<Completion, LLMError> => {
  const { headers, text: raw } = answer
  const invalid = (detail: string, spent: Errors.Spent = {}) =>
    Either.left(Errors.make(context, "InvalidReply", detail, { raw, spent }))
  const json = Either.try((): unknown => JSON.parse(raw))
  if (Either.isLeft(json)) return invalid("the answer is not JSON, or not all of it")
  const body = json.right
  const spent = spentOf(body, prices, request)
  if (Predicate.hasProperty(body, "error") && Predicate.isNotNullable(body.error)) {
    return Either.left(Errors.told(context, Errors.problemOf(body), { headers, raw, spent }))
  }
  const reply = decodeReply(body)
  if (Option.isNone(reply)) return invalid("the answer is JSON, but not a chat completion", spent)
  const [choice] = reply.value.choices
  if (choice === undefined) return invalid("the answer has no choices", spent)
  const { message, finish_reason: finishReason = "" } = choice
  const content = textOf(message.content)
  const failed = badEnd(context, { finishReason, refusal: message.refusal ?? "", partial: content, spent })
  if (Option.isSome(failed)) return Either.left(failed.value)
  const allowance = RateHeaders.allowance(headers, context.clock.unsafeCurrentTimeMillis())
  return Either.right({
    content,
    toolCalls: toolCallsOf(message.tool_calls ?? []),
    finishReason: finishReasons[finishReason] ?? "unknown",
    ...spent,
    ...(reply.value.id === undefined ? {} : { id: reply.value.id }),
    model: reply.value.model ?? ModelTable.parse(request.model).name,
    ...(Option.isSome(allowance) ? { allowance: allowance.value } : {})
  })
}

interface Delta {
  readonly text: string
  readonly refusal: string
  readonly finishReason: string
}

/**
 * What one event of a stream adds.
 *
 * @internal
 */
export const deltaOf = (chunk: unknown): Option.Option<Delta> =>
  Option.map(decodePiece(chunk), ({ choices }) => ({
    text: textOf(choices?.[0]?.delta?.content),
    refusal: choices?.[0]?.delta?.refusal ?? "",
    finishReason: choices?.[0]?.finish_reason ?? ""
  }))
