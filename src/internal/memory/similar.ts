import { fnv1a64 } from "../hash.js"

/** Words that change nothing of what is said. Neither tense nor person, negation or direction is among them. */
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
  "so",
  "too",
  "very",
  "well"
])

const contractions: ReadonlyArray<readonly [RegExp, string]> = [
  [/’/g, "'"],
  [/n't\b/g, " not"],
  [/'m\b/g, " am"],
  [/'re\b/g, " are"],
  [/'ve\b/g, " have"],
  [/'ll\b/g, " will"]
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

/**
 * What a text says, without what changes nothing of it: case, blanks, punctuation around words, contractions and fillers.
 */
const gist = (content: string): string => {
  const plain = content.normalize("NFKC").toLowerCase()
  const written = contractions.reduce((text, [from, to]) => text.replace(from, to), plain)
  const words = written.split(/\s+/).map(bare).filter(Boolean)
  const telling = words.filter((word) => !fillers.has(word))
  return (telling.length > 0 ? telling : words).join(" ") || plain.trim()
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
