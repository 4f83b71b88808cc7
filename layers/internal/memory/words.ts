import { termsOf, wordsIn } from "../../../src/internal/memory/terms.js"

const marks = /[\u0300-\u036f]/g

/** SQLite's tokenizer drops diacritics and PostgreSQL's does not: neither gets to see any. */
const plain = (text: string): string => text.normalize("NFD").replace(marks, "").normalize("NFKC")

/**
 * The words under which an entry is found.
 *
 * @internal
 */
export const wordsOf = (content: string, entities: ReadonlyArray<string>): ReadonlyArray<string> =>
  Array.from(wordsIn(plain([content, ...entities].join("\n"))))

/**
 * What to look for to answer a query: nothing but letters and digits.
 *
 * @internal
 */
export const termsIn = (query: string): ReadonlyArray<string> => termsOf(plain(query))
