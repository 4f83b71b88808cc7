import { wordsIn } from "./terms.js"

/** Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009. */
const K1 = 1.2
const B = 0.75

/**
 * How often which word stands in a text.
 *
 * @internal
 */
export interface Bag {
  readonly counts: ReadonlyMap<string, number>
  /** In words. */
  readonly length: number
}

/**
 * A text to look in, and the places, among all, of texts that count for a part of it.
 *
 * @internal
 */
export interface Document {
  readonly bag: Bag
  readonly beside: ReadonlyArray<{ readonly at: number; readonly weight: number }>
}

const undoubled = (word: string): string => (/([^aeiouls])\1$/.test(word) ? word.slice(0, -1) : word)

const endings: ReadonlyArray<readonly [RegExp, string]> = [
  [/(?<=..)ies$/, "y"],
  [/(?<=..[^aeious])es$/, "e"],
  [/(?<=..[^sui])s$/, ""],
  [/(?<=[aeiouy].*)(?:ing|ed)$/, ""],
  [/(?<=...)ly$/, ""]
]

/** Without diacritics, as in the indices of databases. */
const plain = (word: string): string =>
  word
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .normalize("NFC")

/** What a word has in common with its plural and its tenses, nearly. */
const rootOf = (written: string): string => {
  const word = plain(written)
  if (word.length < 4 || word.length > 40 || !/^[a-z]+$/.test(word)) return word
  const cut = endings.reduce((rest, [ending, instead]) => rest.replace(ending, instead), word)
  return undoubled(cut)
    .replace(/(?<=..)e$/, "")
    .replace(/(?<=..)y$/, "i")
}

/** @internal */
export const bagOf = (text: string): Bag => {
  const counts = new Map<string, number>()
  let length = 0
  for (const word of wordsIn(text)) {
    const root = rootOf(word)
    counts.set(root, (counts.get(root) ?? 0) + 1)
    length++
  }
  return { counts, length }
}

/** Of each document its own value, and those beside it by their weights. */
const spread = (documents: ReadonlyArray<Document>, values: ReadonlyArray<number>): ReadonlyArray<number> =>
  documents.map(({ beside }, k) => beside.reduce((sum, { at, weight }) => sum + weight * values[at]!, values[k]!))

/**
 * How relevant each document is to the terms of a query, from 0, by BM25 over these documents.
 *
 * @internal
 */
export const relevances = (documents: ReadonlyArray<Document>, terms: ReadonlyArray<string>): ReadonlyArray<number> => {
  const lengths = spread(
    documents,
    documents.map(({ bag }) => bag.length)
  )
  const mean = lengths.reduce((a, b) => a + b, 0) / documents.length || 1
  const scores = documents.map(() => 0)
  for (const root of new Set(terms.map(rootOf))) {
    const counts = documents.map(({ bag }) => bag.counts.get(root) ?? 0)
    if (!counts.some((count) => count > 0)) continue
    const frequencies = spread(documents, counts)
    const containing = frequencies.filter((frequency) => frequency > 0).length
    const rarity = Math.log(1 + (documents.length - containing + 0.5) / (containing + 0.5))
    frequencies.forEach((frequency, k) => {
      scores[k]! += (rarity * frequency * (K1 + 1)) / (frequency + K1 * (1 - B + (B * lengths[k]!) / mean))
    })
  }
  return scores
}
