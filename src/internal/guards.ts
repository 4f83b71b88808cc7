import { templateFault } from "./template.js"
import { wordsOf } from "./textParts.js"

/** @internal */
export interface Guards {
  /** In characters. */
  readonly maxLength: number
  readonly placeholders: ReadonlyArray<string>
  /** Runs of this many words must not be copied: those in `copies`. */
  readonly leakWords: number
  readonly copies: ReadonlySet<string>
}

/**
 * All runs of `length` words in texts.
 *
 * @internal
 */
export const runsOf = (texts: Iterable<string>, length: number): ReadonlySet<string> => {
  const runs = new Set<string>()
  for (const text of texts) {
    const words = wordsOf(text)
    for (let k = 0; k + length <= words.length; k++) runs.add(words.slice(k, k + length).join(" "))
  }
  return runs
}

/**
 * Why a proposed instruction is refused, in words that its author can act on; `undefined` when it is not.
 *
 * @internal
 */
export const refusal = (
  { leakWords, maxLength, placeholders, copies }: Guards,
  before: string,
  proposed: string
): string | undefined => {
  if (proposed.trim() === "") return "it is empty"
  if (/^`{3,}/m.test(proposed) && !/^`{3,}/m.test(before))
    return "it has a code fence, and perhaps words around the prompt"
  if (proposed.trim() === before.trim()) return "it changes nothing"
  if (proposed.length > maxLength) return `it has ${proposed.length} characters; at most ${maxLength} are allowed`
  const fault = templateFault(proposed, placeholders)
  if (fault !== undefined) {
    const wanted = placeholders.length === 0 ? "no placeholder" : placeholders.map((name) => `{${name}}`).join(", ")
    return `it must have ${wanted} and no other braces, but there are ${fault}`
  }
  const known = runsOf([before], leakWords)
  for (const run of runsOf([proposed], leakWords)) {
    if (copies.has(run) && !known.has(run)) return `it copies an example: "${run}"`
  }
  return undefined
}
