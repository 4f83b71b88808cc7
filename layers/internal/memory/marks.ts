import type { Tenant } from "./tenants.js"

/**
 * The words of a row, each with the mark of its tenant before it: `cats` of tenant 7 is `x7qcats`. To a stemmer a mark is
 * consonants, and changes nothing.
 *
 * @internal
 */
export const marked = (row: string): string => `replace(' ' || ${row}.words, ' ', ' x' || ${row}.tenant || 'q')`

/**
 * A word as a tenant's is found.
 *
 * @internal
 */
export const marking =
  ({ id }: Tenant) =>
  (word: string): string =>
    `x${id}q${word}`
