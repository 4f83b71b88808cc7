import * as Either from "effect/Either"
import { quote } from "./plain.js"
import { withoutThinking } from "./thinking.js"

/**
 * What a judge was asked for: a field of a JSON object, or a line `FIELD: value`.
 *
 * @internal
 */
export interface Question<A extends string | number> {
  readonly field: string
  readonly read: (value: unknown) => A | undefined
}

/** @internal */
export interface Answer<A> {
  readonly value: A
  readonly feedback: string
}

/** The one value that all of them say, or why there is none. */
const agreed = <A extends string | number>(
  { field, read }: Question<A>,
  said: ReadonlyArray<unknown>
): Either.Either<A, string> => {
  const values = said.map(read)
  const unreadable = values.indexOf(undefined)
  if (said.length === 0) return Either.left(`it says no ${field}`)
  if (unreadable >= 0) return Either.left(`${quote(said[unreadable])} is no ${field}`)
  const value = values[0]!
  return values.every((other) => other === value)
    ? Either.right(value)
    : Either.left(`it says more than one ${field}: ${values.join(", ")}`)
}

/** Of equal keys a parser keeps the last; all of them are looked at. */
const repeated = (field: string, json: string): ReadonlyArray<string> =>
  Array.from(json.matchAll(new RegExp(`(?<!\\\\)"${field}"\\s*:\\s*("[^"]*"|[^,}\\s]*)`, "g")), ([, value]) =>
    value.replaceAll('"', "")
  )

const inJson = <A extends string | number>(
  question: Question<A>,
  json: Readonly<Record<string, unknown>>,
  reply: string
): Either.Either<Answer<A>, string> =>
  Either.map(agreed(question, [json[question.field], ...repeated(question.field, reply)]), (value) => ({
    value,
    feedback: typeof json.feedback === "string" ? json.feedback : ""
  }))

/** Only what is all of a reply: JSON within it may be a quotation. */
const jsonOf = (reply: string): unknown => {
  try {
    return JSON.parse(reply)
  } catch {
    return undefined
  }
}

/** What a judge says itself: without the blocks that it quotes, code and quotations. */
const outside = (reply: string, nonce: string): string =>
  reply
    .replace(new RegExp(`<(\\w+)-${nonce}>[\\s\\S]*?</\\1-${nonce}>`, "g"), "")
    .replace(/^```[\s\S]*?^```/gm, "")
    .replace(/^>.*$/gm, "")
    .trim()

const bare = (text: string): string => text.replace(/[*_`]/g, "").trim().replace(/\.$/, "")

const label = (field: string): RegExp => new RegExp(`^[\\s*_#-]*${field}[\\s*_]*[:=][*_]*`, "i")

const inLines = <A extends string | number>(
  question: Question<A>,
  reply: string,
  nonce: string
): Either.Either<Answer<A>, string> => {
  const [first, ...others] = outside(reply, nonce).split("\n")
  const opensWithValue = question.read(bare(first)) !== undefined
  const lines = opensWithValue ? others : [first, ...others]
  const marked = label(question.field)
  const said = lines.filter((line) => marked.test(line)).map((line) => bare(line.replace(marked, "")))
  const rest = lines.filter((line) => !marked.test(line))
  const feedback = rest.findIndex((line) => label("feedback").test(line))
  return Either.map(agreed(question, opensWithValue ? [bare(first), ...said] : said), (value) => ({
    value,
    feedback: rest.slice(Math.max(0, feedback)).join("\n").replace(label("feedback"), "").trim()
  }))
}

/**
 * The answer in a reply, or why there is none. It is JSON, or lines as written by models that cannot do JSON; a reply that
 * gives two different values has given none.
 *
 * @internal
 */
export const parse = <A extends string | number>(
  question: Question<A>,
  reply: string,
  nonce: string
): Either.Either<Answer<A>, string> => {
  const said = withoutThinking(reply)
  const text = said.trim()
  const json = jsonOf(/^```\w*\n([\s\S]*)```$/.exec(text)?.[1] ?? text)
  return typeof json === "object" && json !== null && Object.hasOwn(json, question.field)
    ? inJson(question, json as Readonly<Record<string, unknown>>, text)
    : inLines(question, said, nonce)
}
