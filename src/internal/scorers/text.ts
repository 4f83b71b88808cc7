import * as Effect from "effect/Effect"
import { RE2JS } from "re2js"
import { ScorerError } from "../../ScorerError.js"
import { quote, toText } from "../plain.js"

/** @internal */
export interface ExactMatch {
  readonly caseSensitive?: boolean
  readonly stripWhitespace?: boolean
}

/** @internal */
export const exactMatch = (options: ExactMatch) => {
  const read = (value: unknown): string => {
    const text = options.stripWhitespace === true ? toText(value).trim() : toText(value)
    return options.caseSensitive === false ? text.toLowerCase() : text
  }
  return (output: unknown, expected: unknown) =>
    read(output) === read(expected)
      ? { score: 1 }
      : { score: 0, feedback: `Expected ${quote(expected)} but got ${quote(output)}` }
}

/** @internal */
export const containsMatch = (caseSensitive: boolean) => (output: unknown, expected: unknown) => {
  const read = (value: unknown): string => (caseSensitive ? toText(value) : toText(value).toLowerCase())
  const part = read(expected)
  if (part === "") {
    return Effect.fail(
      new ScorerError({
        reason: "InvalidExpected",
        scorer: "containsMatch",
        detail: "the expected text is empty, and every output contains that",
        cure: "Give examples a text to look for"
      })
    )
  }
  return read(output).includes(part)
    ? { score: 1 }
    : { score: 0, feedback: `Expected to find ${quote(expected)} in ${quote(output)}` }
}

/** @internal */
export interface RegexMatch {
  readonly pattern?: string
  readonly flags?: string
  readonly fullMatch?: boolean
}

const known = { i: RE2JS.CASE_INSENSITIVE, m: RE2JS.MULTILINE, s: RE2JS.DOTALL }

const flagsOf = (flags: string): number => {
  let mask = 0
  for (const flag of flags) {
    if (!(flag in known)) {
      throw new ScorerError({
        reason: "InvalidOptions",
        scorer: "regexMatch",
        detail: `there is no flag "${flag}"`,
        cure: 'Use some of "i", "m" and "s"'
      })
    }
    mask |= known[flag as keyof typeof known]
  }
  return mask
}

const compile = (pattern: string, flags: number, reason: "InvalidOptions" | "InvalidExpected"): RE2JS => {
  try {
    return RE2JS.compile(pattern, flags)
  } catch (cause) {
    throw new ScorerError({
      reason,
      scorer: "regexMatch",
      detail: `Invalid regex ${quote(pattern)}: ${cause instanceof Error ? cause.message : String(cause)}`,
      cure: "Correct it; look-around and back-references are not in the syntax of RE2",
      cause
    })
  }
}

/** @internal */
export const regexMatch = (options: RegexMatch) => {
  const flags = flagsOf(options.flags ?? "i")
  const own = options.pattern === undefined ? undefined : compile(options.pattern, flags, "InvalidOptions")
  return (output: unknown, expected: unknown) => {
    const regex = own ?? compile(toText(expected), flags, "InvalidExpected")
    const matcher = regex.matcher(toText(output))
    return (options.fullMatch === true ? matcher.matches() : matcher.find())
      ? { score: 1, details: { match: matcher.group() } }
      : { score: 0, feedback: `Pattern ${quote(regex.pattern())} not found in ${quote(output)}` }
  }
}
