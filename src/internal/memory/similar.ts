import { fnv1a64 } from "../hash.js"

/** Words that change nothing of what is said, in lower case. Neither tense, person, negation nor direction is among them. */
const fillers: ReadonlySet<string> = new Set([
  "a",
  "an",
  "the",
  "actually",
  "also",
  "indeed",
  "just",
  "please",
  "quite",
  "really",
  "very"
])

const contractions: ReadonlyArray<readonly [RegExp, string]> = [
  [/’/g, "'"],
  [/n't\b/gi, " not"],
  [/'m\b/gi, " am"],
  [/'re\b/gi, " are"],
  [/'ve\b/gi, " have"],
  [/'ll\b/gi, " will"]
]

const opening = new Set("\"'`“‘«([{*_")
const closing = new Set("\"'`”’»)]}*_.,;:!…")

/** Without the punctuation around it. What is part of it stays: `C++`, `-5`, `5%`, `node.js`; so does a question mark. */
const bare = (word: string): string => {
  let start = 0
  let end = word.length
  while (start < end && opening.has(word[start]!)) start++
  while (end > start && closing.has(word[end - 1]!)) end--
  return word.slice(start, end)
}

/** A capital in the middle of a sentence is a name: of a vitamin, a team, a blood group. */
const isFiller = (word: string, isFirst: boolean): boolean => fillers.has(isFirst ? word.toLowerCase() : word)

/**
 * What a text says, without what changes nothing of it: case, blanks, punctuation around words, contractions and fillers.
 */
const gist = (content: string): string => {
  const plain = content.normalize("NFKC")
  const written = contractions.reduce((text, [from, to]) => text.replace(from, to), plain)
  const words = written.split(/\s+/).map(bare).filter(Boolean)
  const telling = words.filter((word, k) => !isFiller(word, k === 0))
  return ((telling.length > 0 ? telling : words).join(" ") || plain.trim()).toLowerCase()
}

/**
 * A hash of 64 bits, equal for texts that say the same in the same words.
 *
 * @internal
 */
export const digestOf = (content: string): string => fnv1a64(gist(content))

/**
 * Whether two texts say the same in the same words. One other word, number or sign, or another order, and they do not:
 * what is lost by taking two facts for one is worth more than what is saved by taking one fact for two.
 *
 * @internal
 */
export const isNearDuplicate = (a: string, b: string): boolean => gist(a) === gist(b)
