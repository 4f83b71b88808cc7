/**
 * How what was found is put in order.
 *
 * The score is `0.95 · relevance + 0.03 · importance + 0.02 · 0.5^(age / 30 days)`, and the relevance that of the index,
 * stretched to [0, 1] within the answer (min-max); where there are similarities of vectors, stretched likewise,
 * it is `0.7 · lexical + 0.3 · similarity`. So importance and age decide between what is nearly equally relevant, and
 * nothing else.
 */

/** @internal */
export interface Hit {
  readonly id: string
  /** Higher is better; on any scale. What was not found by its words has 0. */
  readonly relevance: number
  /** In [0, 1]. */
  readonly importance: number
  /** In milliseconds since 1970. */
  readonly createdAt: number
  /** The later it came, the higher. */
  readonly order: number
  /** Cosine. */
  readonly similarity?: number
}

/** @internal */
export interface Ranked {
  readonly id: string
  /** In [0, 1]. */
  readonly score: number
  readonly order: number
}

const SIMILARITY = 0.3
const IMPORTANCE = 0.03
const RECENCY = 0.02
const HALF_LIFE = 30 * 24 * 60 * 60 * 1000

const clamped = (value: number): number => (value > 0 ? Math.min(1, value) : 0)

/** To [0, 1]; what is no number is as bad as the worst. Equal ones are all 1. */
const stretched = (values: ReadonlyArray<number>): ReadonlyArray<number> => {
  const known = values.filter(Number.isFinite)
  const min = known.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const max = known.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  return values.map((value) => {
    if (!Number.isFinite(value)) return 0
    return max > min ? clamped((value / 2 - min / 2) / (max / 2 - min / 2)) : 1
  })
}

/**
 * The score of what has a relevance in [0, 1]. `now` is in milliseconds since 1970.
 *
 * @internal
 */
export const scoreOf = (relevance: number, hit: Pick<Hit, "importance" | "createdAt">, now: number): number => {
  const age = Math.max(0, now - hit.createdAt)
  return (
    (1 - IMPORTANCE - RECENCY) * clamped(relevance) +
    IMPORTANCE * clamped(hit.importance) +
    RECENCY * clamped(0.5 ** (age / HALF_LIFE))
  )
}

/**
 * The highest first, of equal ones the latest, and of equally late ones the one whose name comes first.
 *
 * @internal
 */
export const byScore = (a: Ranked, b: Ranked): number =>
  b.score - a.score || b.order - a.order || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)

/**
 * The best `limit` of what was found, with their scores.
 *
 * @internal
 */
export const ranked = (
  hits: ReadonlyArray<Hit>,
  options: { readonly now: number; readonly limit: number }
): ReadonlyArray<Ranked> => {
  const lexical = stretched(hits.map(({ relevance }) => relevance))
  const similarity = hits.some((hit) => hit.similarity !== undefined)
    ? stretched(hits.map((hit) => hit.similarity ?? Number.NaN))
    : undefined
  return hits
    .map((hit, k) => {
      const relevance =
        similarity === undefined ? lexical[k]! : (1 - SIMILARITY) * lexical[k]! + SIMILARITY * similarity[k]!
      return { id: hit.id, order: hit.order, score: scoreOf(relevance, hit, options.now) }
    })
    .sort(byScore)
    .slice(0, options.limit)
}
