/**
 * BM25 over texts and what stands beside them: Robertson, Zaragoza and Taylor, "Simple BM25 Extension to Multiple Weighted
 * Fields", CIKM 2004, where an entry has five fields: its own text, and those one and two places away in its conversation.
 *
 * A term is in a field or not. Length is held against a text only from {@link LONG} times the mean: in a conversation it is
 * what is said at some length that answers questions.
 */

const K1 = 1.2
const LONG = 4

/** Of what stands so many places away. */
const weights: ReadonlyArray<readonly [distance: number, weight: number]> = [
  [-2, 0.25],
  [-1, 0.5],
  [0, 1],
  [1, 0.5],
  [2, 0.25]
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

const byPlace = (places: ReadonlyArray<Place>): ReadonlyMap<string, ReadonlyMap<number, number>> => {
  const conversations = new Map<string, Map<number, number>>()
  for (const { conversation, key, position } of places) {
    if (conversation === undefined || position === undefined) continue
    const positions = conversations.get(conversation) ?? new Map<number, number>()
    conversations.set(conversation, positions.set(position, key))
  }
  return conversations
}

/**
 * How relevant each of some entries is, from 0, given all that stands beside those that matter.
 *
 * @internal
 */
export const relevances = (places: ReadonlyArray<Place>, terms: ReadonlyArray<Term>): ReadonlyMap<number, number> => {
  const keyAt = byPlace(places)
  const mean = places.reduce((sum, { length }) => sum + length, 0) / places.length || 1
  const around = ({ conversation, key, position }: Place): ReadonlyArray<readonly [key: number, weight: number]> => {
    const keys = conversation === undefined || position === undefined ? undefined : keyAt.get(conversation)
    if (keys === undefined) return [[key, 1]]
    return weights.flatMap(([distance, weight]) => {
      const beside = keys.get(position! + distance)
      return beside === undefined ? [] : [[beside, weight] as const]
    })
  }
  return new Map(
    places.map((place) => {
      const fields = around(place)
      const norm = K1 * Math.max(1, place.length / (LONG * mean))
      const score = terms.reduce((sum, { keys, rarity }) => {
        const frequency = fields.reduce((sum, [key, weight]) => (keys.has(key) ? sum + weight : sum), 0)
        return sum + (rarity * frequency * (K1 + 1)) / (frequency + norm)
      }, 0)
      return [place.key, score]
    })
  )
}
