import * as Either from "effect/Either"

const maxDepth = 1000

/** Where the object or array that opens at `start` closes. Brackets in strings count for nothing. */
const closeOf = (text: string, start: number): Either.Either<number, string> => {
  let depth = 0
  let quoted = false
  for (let i = start; i < text.length; i++) {
    const char = text[i]
    if (quoted) {
      if (char === "\\") i++
      else if (char === '"') quoted = false
    } else if (char === '"') quoted = true
    else if (char === "{" || char === "[") {
      if (++depth > maxDepth) return Either.left(`it is nested deeper than ${maxDepth}`)
    } else if ((char === "}" || char === "]") && --depth === 0) return Either.right(i + 1)
  }
  return Either.left("the JSON in it breaks off")
}

/** `__proto__` is dropped: whoever merges or assigns the value later cannot be hurt by it. */
const parse = (text: string): Either.Either<unknown, string> =>
  Either.try({
    try: (): unknown => JSON.parse(text, (key, value) => (key === "__proto__" ? undefined : value)),
    catch: () => "there is no JSON in it"
  })

/**
 * The longest object or array in a text: prose may hold shorter ones, such as `[1]`. Nothing is taken out of one that
 * cannot be parsed, so that half an answer never passes for a whole one.
 */
const longestIn = (text: string): Either.Either<unknown, string> => {
  const bracket = /[{[]/g
  let best: Either.Either<unknown, string> = Either.left("there is no JSON in it")
  let length = 0
  for (let match = bracket.exec(text); match !== null; match = bracket.exec(text)) {
    const end = closeOf(text, match.index)
    if (Either.isLeft(end)) return Either.orElse(best, () => end)
    const parsed = parse(text.slice(match.index, end.right))
    if (Either.isRight(parsed) && end.right - match.index > length) {
      best = parsed
      length = end.right - match.index
    }
    bracket.lastIndex = end.right
  }
  return best
}

const unfenced = (text: string): string => /^```\w*\s*\n([\s\S]*?)\n?```$/.exec(text)?.[1]?.trim() ?? text

/**
 * The JSON of a model's answer: alone, in a code fence, or with prose around it; of several objects and arrays the longest.
 * Of equal keys the last one counts, and `__proto__` is left out. Nesting deeper than 1000 is refused.
 *
 * @internal
 */
export const parseJsonReply = (text: string): Either.Either<unknown, string> => {
  const body = unfenced(text.trim())
  return /^[{[]/.test(body) ? longestIn(body) : Either.orElse(parse(body), () => longestIn(body))
}
