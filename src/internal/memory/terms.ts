/** English words that say little about what a text is about. What is left of `I'm` and `don't` is among them. */
const listed = `a about above after again against all am an and any are as at be because been before being below between both
but by can could d did didn do does doesn doing don down during each few for from further had has have having he her here hers
him himself his how i if in into is isn it its itself just ll m me more most my myself no nor not now of off on once only or
other our ours out over own re s same she should so some such t than that the their theirs them themselves then there these
they this those through to too under until up us ve very was wasn we were what when where which while who whom why will with
would you your yours`

/** @internal */
export const stopWords: ReadonlySet<string> = new Set(listed.split(/\s+/))

/** Terms of a query, and characters of a term: PostgreSQL takes no words beyond 2046 bytes. */
const MAX_TERMS = 64
const MAX_LENGTH = 500

const word = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu

/**
 * The words of a text in their order: runs of letters and digits in NFKC, in lower case. Everything else parts them, so
 * that no word is an operator, a quote or a blank.
 *
 * @internal
 */
export const wordsIn = (text: string): Iterable<string> =>
  Array.from(text.normalize("NFKC").toLowerCase().matchAll(word), ([found]) => found)

/** The first of what is left, each once. */
const distinct = (words: Iterable<string>): ReadonlyArray<string> => {
  const terms = new Set<string>()
  for (const word of words) {
    if (terms.size === MAX_TERMS) break
    terms.add(word.length > MAX_LENGTH ? Array.from(word).slice(0, MAX_LENGTH).join("") : word)
  }
  return Array.from(terms)
}

/**
 * What to look for to answer a query: its first 64 words that are no stop words, each once. Where all are stop words, they
 * are what is looked for; a text without a word has none.
 *
 * @internal
 */
export const termsOf = (text: string): ReadonlyArray<string> => {
  const words = Array.from(wordsIn(text))
  const telling = distinct(words.filter((word) => !stopWords.has(word)))
  return telling.length > 0 ? telling : distinct(words)
}
