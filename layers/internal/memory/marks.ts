/**
 * Words are indexed with a mark before them, the upper bits of their entry's key: `cats` is `x7qcats`. What another tenant says
 * is in other lists, and costs nobody time. To a stemmer a mark is consonants, and changes nothing.
 */

/**
 * Of a key, those that are not in a mark of PostgreSQL. Its lists have no order, and are read whole: a tenant has one for every
 * 65,536 of its entries, and the latest are looked through first. SQLite's begin with the latest, and a tenant has one.
 *
 * @internal
 */
export const BLOCK_BITS = 16

/**
 * The words of a row, each with its mark, which `bits` of the key are not in.
 *
 * @internal
 */
export const marked = (row: string, bits: number): string =>
  `replace(' ' || ${row}.words, ' ', ' x' || (${row}.key >> ${bits}) || 'q')`

/**
 * What stands before a word in place of its mark: no word has it.
 *
 * @internal
 */
export const UNMARKED = "@"

/**
 * A question, an expression of SQL, with a mark.
 *
 * @internal
 */
export const marking = (question: string, mark: string): string =>
  `replace(${question}, '${UNMARKED}', 'x' || ${mark} || 'q')`
