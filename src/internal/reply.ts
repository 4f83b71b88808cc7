import * as Either from "effect/Either"
import { describe } from "./describe.js"
import { decodeField, fencesIn, readField, unwrapped } from "./fieldText.js"
import { parseJsonReply } from "./jsonReply.js"
import { type Field, isText } from "./signature.js"
import { withoutThinking } from "./thinking.js"

/**
 * An output that a reply does not have, or not as it should be.
 *
 * @internal
 */
export interface Fault {
  readonly field: Field
  readonly reason: "MissingField" | "InvalidField"
  readonly detail: string
}

/**
 * What a reply says. It `isWhole` when it cannot have been cut off: JSON is closed at its end.
 *
 * @internal
 */
export interface Reading {
  readonly values: Readonly<Record<string, unknown>>
  readonly faults: ReadonlyArray<Fault>
  readonly isWhole: boolean
}

/**
 * What a reply answers.
 *
 * @internal
 */
export interface Asked {
  /** Whether the signature has no other output. */
  readonly isOnly: boolean
  /** Whether it was asked for a second time. */
  readonly isRepair: boolean
}

const emphasis = "\\*\\*|__|\\*|_|`"

interface Header {
  readonly name: string
  /** What stands behind the colon. */
  readonly rest: string
}

/**
 * Reads the line that opens a field: its name as a whole word at the start, perhaps as an item of a list or in bold, and
 * a colon or an equals sign.
 *
 * @internal
 */
export const headerOf = (names: ReadonlyArray<string>): ((line: string) => Header | undefined) => {
  const longestFirst = [...names].sort((a, b) => b.length - a.length)
  const item = "(?:[-*+>]\\s+|#{1,6}\\s+|\\d+[.)]\\s+)?"
  const word = `(?<opening>${emphasis})?(?<word>${longestFirst.join("|")})(?<closing>${emphasis})?`
  const pattern = new RegExp(`^\\s*${item}${word}\\s*[:=](?<late>${emphasis})?(?<value>[^]*)$`, "iu")
  return (line) => {
    const {
      closing,
      late = "",
      opening,
      value = "",
      word
    } = names.length === 0 ? {} : (pattern.exec(line)?.groups ?? {})
    const name = names.find((name) => name.toLowerCase() === word?.toLowerCase())
    if (name === undefined) return undefined
    if (opening !== undefined && late === opening) return { name, rest: value }
    const rest = late + value
    const isOpen = opening !== undefined && closing !== opening && rest.trimEnd().endsWith(opening)
    return { name, rest: isOpen ? rest.slice(0, rest.lastIndexOf(opening)) : rest }
  }
}

/** The values that a reply gives by name. Only the first line with a name opens it; what is fenced opens nothing. */
const namedValues = (text: string, names: ReadonlyArray<string>): ReadonlyMap<string, string> => {
  const headerIn = headerOf(names)
  const lines = text.split("\n")
  const endOfFence = fencesIn(lines)
  const values = new Map<string, Array<string>>()
  let current: Array<string> | undefined
  for (let k = 0; k < lines.length; k++) {
    const header = headerIn(lines[k])
    const opens = header !== undefined && !values.has(header.name)
    const first = opens ? header.rest : lines[k]
    if (opens) values.set(header.name, (current = []))
    current?.push(first)
    for (const end = endOfFence(k, first) ?? k; k < end; k++) current?.push(lines[k + 1])
  }
  return new Map(Array.from(values, ([name, value]) => [name, value.join("\n")]))
}

/** What stands in the first fenced block, for replies that are fenced as a whole. */
const firstFenced = (text: string): string => {
  const lines = text.split("\n")
  const endOfFence = fencesIn(lines)
  const start = lines.findIndex((_, k) => endOfFence(k) !== undefined)
  return start === -1 ? "" : lines.slice(start + 1, endOfFence(start)).join("\n")
}

const invalid = (field: Field, value: unknown): Fault => ({
  field,
  reason: "InvalidField",
  detail: `${field.name} is to be ${field.type}, and is ${describe(value)}`
})

const missing = (field: Field): Either.Either<unknown, Fault> =>
  Either.mapLeft(decodeField(field, undefined), () => ({
    field,
    reason: "MissingField",
    detail: `the reply has no ${field.name}`
  }))

const reading = (
  outputs: ReadonlyArray<Field>,
  isWhole: boolean,
  read: (field: Field) => Either.Either<unknown, Fault>
): Reading => {
  const results = outputs.map((field) => [field.name, read(field)] as const)
  return {
    values: Object.fromEntries(
      results.flatMap(([name, result]) => (Either.isRight(result) ? [[name, result.right]] : []))
    ),
    faults: results.flatMap(([, result]) => (Either.isLeft(result) ? [result.left] : [])),
    isWhole
  }
}

const fromLines = (outputs: ReadonlyArray<Field>, text: string): Reading | undefined => {
  const names = outputs.map(({ name }) => name)
  const open = namedValues(text, names)
  const found = open.size > 0 ? open : namedValues(firstFenced(text), names)
  if (found.size === 0) return undefined
  return reading(outputs, false, (field) => {
    const value = found.get(field.name)
    return value === undefined
      ? missing(field)
      : Either.mapLeft(readField(field, value), () => invalid(field, value.trim()))
  })
}

const fromObject = (outputs: ReadonlyArray<Field>, json: Readonly<Record<string, unknown>>): Reading | undefined => {
  const keyOf = ({ name }: Field): string | undefined =>
    Object.hasOwn(json, name) ? name : Object.keys(json).find((key) => key.toLowerCase() === name.toLowerCase())
  if (!outputs.some((field) => keyOf(field) !== undefined)) return undefined
  return reading(outputs, true, (field) => {
    const key = keyOf(field)
    if (key === undefined) return missing(field)
    const value = json[key]
    const decoded = decodeField(field, value)
    const result = Either.isLeft(decoded) && typeof value === "string" ? readField(field, value) : decoded
    return Either.mapLeft(result, () => invalid(field, value))
  })
}

const isObject = (json: unknown): json is Readonly<Record<string, unknown>> =>
  typeof json === "object" && json !== null && !Array.isArray(json)

const fromJson = (outputs: ReadonlyArray<Field>, text: string): Reading | undefined => {
  const json = Either.getOrUndefined(parseJsonReply(text))
  return isObject(json) ? fromObject(outputs, json) : undefined
}

/** All of a reply that gives nothing by name: an object that was asked for has names, only not those of the fields. */
const valueOf = (field: Field, text: string, form: "lines" | "json"): Either.Either<unknown, Fault> => {
  const isNamed =
    form === "json" &&
    isText(field) &&
    isObject(Either.getOrUndefined(Either.try((): unknown => JSON.parse(unwrapped(text)))))
  return isNamed || text.trim() === ""
    ? missing(field)
    : Either.mapLeft(readField(field, text), () => invalid(field, text.trim()))
}

/**
 * Reads a reply in the form that was asked for, or else in the one that models fall into. Where the signature asks for one
 * thing only, a reply may be nothing but the answer; one that was asked for again, as JSON, may not.
 *
 * @internal
 */
export const readReply = (
  outputs: ReadonlyArray<Field>,
  reply: string,
  form: "lines" | "json",
  { isOnly, isRepair }: Asked
): Reading => {
  const text = withoutThinking(reply)
  const readers = form === "lines" ? [fromLines, fromJson] : [fromJson, fromLines]
  const found = readers.flatMap((read) => read(outputs, text) ?? [])
  const isValue = isOnly && !(isRepair && form === "json")
  return (
    found.find(({ faults }) => faults.length === 0) ??
    found[0] ??
    reading(outputs, false, (field) => (isValue ? valueOf(field, text, form) : missing(field)))
  )
}
