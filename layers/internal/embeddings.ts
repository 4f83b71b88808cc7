import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type { LLMError } from "../../services/LLM.js"
import * as Errors from "./openaiErrors.js"

/** What a request may hold: OpenAI takes 2048 texts and 300,000 tokens. */
const MAX_TEXTS = 256
const MAX_CHARACTERS = 250_000

const Reply = Schema.Struct({
  data: Schema.Array(Schema.Struct({ index: Schema.optional(Schema.Number), embedding: Schema.Array(Schema.Number) }))
})

const decodeReply = Schema.decodeUnknownOption(Reply)

/**
 * Vectors, and what their maker tells of itself and of the tokens it read.
 *
 * @internal
 */
export interface Answer {
  readonly vectors: ReadonlyArray<Float32Array>
  readonly model: string | undefined
  readonly tokens: number | undefined
}

const modelIn = (body: unknown): string | undefined =>
  Predicate.hasProperty(body, "model") && Predicate.isString(body.model) ? body.model : undefined

const tokensIn = (body: unknown): number | undefined => {
  const usage = Predicate.hasProperty(body, "usage") ? body.usage : undefined
  const tokens = Predicate.hasProperty(usage, "prompt_tokens") ? usage.prompt_tokens : undefined
  return Number.isSafeInteger(tokens) ? (tokens as number) : undefined
}

/**
 * Texts in their order, as many at a time as a request may hold.
 *
 * @internal
 */
export const batchesOf = (texts: ReadonlyArray<string>): ReadonlyArray<Array<string>> => {
  const batches: Array<Array<string>> = []
  let characters = Number.POSITIVE_INFINITY
  for (const text of texts) {
    const last = batches.at(-1)
    characters += text.length
    if (last !== undefined && last.length < MAX_TEXTS && characters <= MAX_CHARACTERS) last.push(text)
    else {
      batches.push([text])
      characters = text.length
    }
  }
  return batches
}

const unit = (embedding: ReadonlyArray<number>): Float32Array | undefined => {
  const length = Math.hypot(...embedding)
  return length > 0 && Number.isFinite(length) ? Float32Array.from(embedding, (x) => x / length) : undefined
}

/**
 * The vectors in the body of an answer, one a text, in the order of the texts.
 *
 * @internal
 */
export const vectorsOf = (
  context: Errors.Context,
  expected: { readonly count: number; readonly dimensions: number },
  answer: { readonly text: string; readonly headers: Headers }
): Either.Either<Answer, LLMError> => {
  const { count, dimensions } = expected
  const { headers, text: raw } = answer
  const invalid = (detail: string) => Either.left(Errors.make(context, "InvalidReply", detail, { raw }))
  const json = Either.try((): unknown => JSON.parse(raw))
  if (Either.isLeft(json)) return invalid("the answer is not JSON, or not all of it")
  const body = json.right
  if (Predicate.hasProperty(body, "error") && Predicate.isNotNullable(body.error)) {
    return Either.left(Errors.told(context, Errors.problemOf(body), { headers, raw }))
  }
  const reply = decodeReply(body)
  if (Option.isNone(reply)) return invalid("the answer is JSON, but no list of embeddings")
  const vectors = new Array<Float32Array | undefined>(count).fill(undefined)
  for (const [k, { embedding, index = k }] of reply.value.data.entries()) {
    if (embedding.length !== dimensions) {
      return Either.left(
        Errors.make(context, "Misconfigured", `its vectors have ${embedding.length} dimensions, not ${dimensions}`, {
          cure: `Set dimensions to ${embedding.length}`
        })
      )
    }
    vectors[index] = unit(embedding)
  }
  return vectors.length === count && vectors.every(Predicate.isNotUndefined)
    ? Either.right({ vectors, model: modelIn(body), tokens: tokensIn(body) })
    : invalid(`the answer has not one vector for each of ${count} texts`)
}
