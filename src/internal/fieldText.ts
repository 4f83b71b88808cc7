import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import { choicesOf, type Field, isText } from "./signature.js"

const opening = /^\s*(`{3,}|~{3,})[^`]*$/

/**
 * Finds the line that ends the fenced block that begins at a line; `undefined` when none begins there, or none ends.
 *
 * @internal
 */
export const fencesIn = (lines: ReadonlyArray<string>): ((start: number, first?: string) => number | undefined) => {
  const marks = lines.map((line) => line.trim())
  const closingAfter = new Array<number | undefined>(lines.length)
  for (let k = lines.length - 2; k >= 0; k--) {
    closingAfter[k] = /^(`{3,}|~{3,})$/.test(marks[k + 1]) ? k + 1 : closingAfter[k + 1]
  }
  return (start, first = lines[start]) => {
    const fence = opening.exec(first)?.[1]
    if (fence === undefined) return undefined
    let end = closingAfter[start]
    while (end !== undefined && !marks[end].startsWith(fence)) end = closingAfter[end]
    return end
  }
}

const unfenced = (text: string): string | undefined => {
  if (!opening.test(text.slice(0, text.indexOf("\n")))) return undefined
  const lines = text.split("\n")
  return fencesIn(lines)(0) === lines.length - 1 ? lines.slice(1, -1).join("\n") : undefined
}

const parsed = (text: string): Either.Either<unknown, unknown> => Either.try((): unknown => JSON.parse(text))

const unquoted = (text: string): string | undefined => {
  const value = text.startsWith('"') ? Either.getOrUndefined(parsed(text)) : undefined
  return typeof value === "string" ? value : undefined
}

/**
 * A value without what is around it: blanks, and one fence or one pair of quotes.
 *
 * @internal
 */
export const unwrapped = (text: string): string => {
  const trimmed = text.trim()
  return unfenced(trimmed) ?? unquoted(trimmed) ?? trimmed
}

/** A word without quotes, emphasis and the full stop of its sentence. */
const bare = (text: string): string => {
  const word = unwrapped(text)
  let [start, end] = [0, word.length]
  while (start < end && "\"'`*_ \t".includes(word[start])) start++
  while (start < end && "\"'`*_ \t.".includes(word[end - 1])) end--
  return word.slice(start, end)
}

const fromJson = (text: string): ReadonlyArray<unknown> =>
  Either.match(parsed(text), { onLeft: () => [], onRight: (value) => [value] })

/** What a text may stand for, the likeliest first. */
const readings = (field: Field, text: string): ReadonlyArray<unknown> => {
  const inner = unwrapped(text)
  const word = bare(text)
  const choices = choicesOf(field).filter((choice) => choice.toLowerCase() === word.toLowerCase())
  if (isText(field)) return [inner, ...choices]
  const keyword = /^(true|false|null)$/i.test(word) ? [word.toLowerCase()] : []
  return [...[text.trim(), inner, word, ...keyword].flatMap(fromJson), inner, ...choices]
}

/** `1e309` is a number in JSON, and none that can be counted with. */
const isFinite = (json: unknown): boolean => {
  if (typeof json === "number") return Number.isFinite(json)
  return typeof json !== "object" || json === null || Object.values(json).every(isFinite)
}

/** @internal */
export const decodeField = (field: Field, encoded: unknown): Either.Either<unknown, ParseResult.ParseIssue> =>
  isFinite(encoded)
    ? ParseResult.decodeUnknownEither(field.schema)(encoded)
    : Either.left(new ParseResult.Type(field.schema.ast, encoded, "a number is too large"))

/**
 * The value that a text gives a field, if it is one.
 *
 * @internal
 */
export const readField = (field: Field, text: string): Either.Either<unknown, ParseResult.ParseIssue> => {
  const [first, ...others] = readings(field, text).map((reading) => decodeField(field, reading))
  return [first, ...others].find(Either.isRight) ?? first
}

/**
 * An encoded value as a prompt shows it: text as it stands, anything else as JSON.
 *
 * @internal
 */
export const textOf = (field: Field, encoded: unknown): string =>
  isText(field) && typeof encoded === "string" ? encoded : JSON.stringify(encoded)

/** A fence that no line of a text can end. */
const fenceFor = (text: string): string => {
  let longest = 2
  for (const [run] of text.matchAll(/`+/g)) longest = Math.max(longest, run.length)
  return "`".repeat(longest + 1)
}

/**
 * A fenced block around a text.
 *
 * @internal
 */
export const fenced = (text: string): string => {
  const fence = fenceFor(text)
  return `${fence}\n${text}\n${fence}`
}

/**
 * `name: value`; a value that would not be read back as it is, or that has a line that opens another field, is fenced.
 *
 * @internal
 */
export const entryOf = (field: Field, text: string, opens: (line: string) => boolean): string => {
  const isPlain = !isText(field) || unwrapped(text) === text
  if (isPlain && !text.split("\n").some((line) => opens(line) || opening.test(line))) {
    return text === "" ? `${field.name}:` : `${field.name}: ${text}`
  }
  return `${field.name}:\n${fenced(text)}`
}
