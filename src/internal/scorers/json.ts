import * as Effect from "effect/Effect"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { ScorerError } from "../../ScorerError.js"
import { parseJsonReply } from "../jsonReply.js"
import { isSame, quote, toPlain } from "../plain.js"

interface Comparison {
  readonly score: number
  readonly feedback: ReadonlyArray<string>
  readonly fields: Readonly<Record<string, number>>
}

type Parts = Readonly<Record<string, unknown>>

const isStructure = (value: unknown): value is Parts => typeof value === "object" && value !== null

const at = (path: string, key: string): string => (path === "" ? key : `${path}.${key}`)

/** A structure is worth the mean of its fields, those on one side only included. */
const compare = (output: unknown, expected: unknown, path: string): Comparison => {
  if (!isStructure(output) || !isStructure(expected) || Array.isArray(output) !== Array.isArray(expected)) {
    if (isSame(output, expected)) return { score: 1, feedback: [], fields: {} }
    const where = path === "" ? "" : `${path}: `
    return { score: 0, feedback: [`${where}expected ${quote(expected)} but got ${quote(output)}`], fields: {} }
  }
  const keys = [...new Set([...Object.keys(expected), ...Object.keys(output)])]
  const parts = keys.map((key): Comparison => {
    if (!Object.hasOwn(output, key)) return absent(`${at(path, key)}: missing, expected ${quote(expected[key])}`)
    if (!Object.hasOwn(expected, key)) return absent(`${at(path, key)}: not expected, but got ${quote(output[key])}`)
    return compare(output[key], expected[key], at(path, key))
  })
  return {
    score: parts.length === 0 ? 1 : parts.reduce((sum, { score }) => sum + score, 0) / parts.length,
    feedback: parts.flatMap(({ feedback }) => feedback),
    fields: Object.fromEntries(keys.map((key, k) => [key, parts[k].score]))
  }
}

const absent = (feedback: string): Comparison => ({ score: 0, feedback: [feedback], fields: {} })

const explain = (error: ParseResult.ParseError | string): string =>
  typeof error === "string" ? error : ParseResult.TreeFormatter.formatErrorSync(error)

/**
 * Both sides are compared as the schema encodes them, so that only what belongs to it counts.
 *
 * @internal
 */
export const jsonMatch = <A, I, R>(schema: Schema.Schema<A, I, R>) => {
  const decode = Schema.decodeUnknown(schema)
  const encode = (value: A) => Effect.map(Schema.encode(schema)(value), (encoded) => toPlain(encoded))
  const isDecoded = Schema.is(schema)
  const read = (output: unknown): Effect.Effect<A, ParseResult.ParseError | string, R> => {
    if (typeof output === "string") return Effect.flatMap(parseJsonReply(output), decode)
    return isDecoded(output) ? Effect.succeed(output) : decode(output)
  }
  return (output: unknown, expected: A) =>
    Effect.gen(function* () {
      const target = yield* Effect.mapError(
        encode(expected),
        (cause) =>
          new ScorerError({
            reason: "InvalidExpected",
            scorer: "jsonMatch",
            detail: `the expected value is not of the schema: ${explain(cause)}`,
            cure: "Correct the example or the schema",
            cause
          })
      )
      const actual = yield* Effect.either(Effect.flatMap(read(output), encode))
      if (actual._tag === "Left") return { score: 0, feedback: `Cannot decode the output: ${explain(actual.left)}` }
      const { feedback, fields, score } = compare(actual.right, target, "")
      return { score, feedback: feedback.join("\n"), details: { fields } }
    })
}
