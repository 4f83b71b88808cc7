/**
 * BM25 over texts and what stands beside them: Robertson, Zaragoza and Taylor, "Simple BM25 Extension to Multiple Weighted
 * Fields", CIKM 2004, where an entry has five fields: its own text, and those one and two places away in its conversation.
 *
 * A term is in a field or not. Length is held against a text only from {@link LONG} times the mean: in a conversation it is
 * what is said at some length that answers questions.
 */

const K1 = 1.2
const LONG = 4

/** Of what stands so many places away: a question is heard before its answer, and what is said after it says less of it. */
const weights: ReadonlyArray<readonly [distance: number, weight: number]> = [
  [-2, 0.25],
  [-1, 0.5],
  [0, 1],
  [1, 0.35],
  [2, 0.15]
]

/**
 * A term, and the keys of the entries that it is in.
 *
 * @internal
 */
export interface Term {
  readonly keys: ReadonlySet<number>
  readonly rarity: number
}

/** @internal */
export interface Place {
  readonly key: number
  /** In words. */
  readonly length: number
  readonly conversation?: string
  readonly position?: number
}

/**
 * How much it says that a term is in an entry, when it is in so many of all.
 *
 * @internal
 */
export const rarityOf = (all: number, having: number): number =>
  Math.log(1 + (Math.max(all, having) - having + 0.5) / (having + 0.5))

/**
 * The entries that have the rarest and the most terms, the best first, and of equal ones the latest.
 *
 * @internal
 */
export const likeliest = (terms: ReadonlyArray<Term>, limit: number): ReadonlyArray<number> => {
  const scores = new Map<number, number>()
  for (const { keys, rarity } of terms) {
    for (const key of keys) scores.set(key, (scores.get(key) ?? 0) + rarity)
  }
  return Array.from(scores)
    .sort(([a, x], [b, y]) => y - x || b - a)
    .slice(0, limit)
    .map(([key]) => key)
}

/** What has a place in a field of its own, and itself, each with the weight of the field. */
const surroundings = (places: ReadonlyArray<Place>) => {
  const conversations = new Map<string, Map<number, Place>>()
  for (const place of places) {
    const { conversation, position } = place
    if (conversation === undefined || position === undefined) continue
    const positions = conversations.get(conversation) ?? new Map<number, Place>()
    conversations.set(conversation, positions.set(position, place))
  }
  return (place: Place): ReadonlyArray<readonly [place: Place, weight: number]> => {
    const positions = place.conversation === undefined ? undefined : conversations.get(place.conversation)
    if (positions === undefined) return [[place, 1]]
    return weights.flatMap(([distance, weight]) => {
      const beside = positions.get(place.position! - distance)
      return beside === undefined ? [] : [[beside, weight] as const]
    })
  }
}

/**
 * How relevant each of some entries is, from 0, given all that stands beside those that matter.
 *
 * @internal
 */
export const relevances = (places: ReadonlyArray<Place>, terms: ReadonlyArray<Term>): ReadonlyMap<number, number> => {
  const around = surroundings(places)
  const mean = places.reduce((sum, { length }) => sum + length, 0) / places.length || 1
  const scores = new Map(places.map(({ key }) => [key, 0]))
  for (const { keys, rarity } of terms) {
    const frequencies = new Map<Place, number>()
    for (const place of places) {
      if (!keys.has(place.key)) continue
      for (const [beside, weight] of around(place)) frequencies.set(beside, (frequencies.get(beside) ?? 0) + weight)
    }
    for (const [{ key, length }, frequency] of frequencies) {
      const norm = K1 * Math.max(1, length / (LONG * mean))
      scores.set(key, scores.get(key)! + (rarity * frequency * (K1 + 1)) / (frequency + norm))
    }
  }
  return scores
}
