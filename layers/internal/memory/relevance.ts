/**
 * BM25 over texts and what stands beside them: Robertson, Zaragoza and Taylor, "Simple BM25 Extension to Multiple Weighted
 * Fields", CIKM 2004, where an entry has five fields: its own text, and those one and two places away in its conversation.
 *
 * A term is in a field or not. Length is held against a text only from {@link LONG} times the mean: in a conversation it is
 * what is said at some length that answers questions.
 */

const K1 = 1.2
const LONG = 4

/**
 * What a text counts that stands two places before, one before, there, one after and two after: a question is heard before
 * its answer, and what is said after it says less of it.
 */
const fields = [0.25, 0.5, 1, 0.35, 0.15]

/** How far away the farthest of them is. */
const REACH = 2

/**
 * A term, and the entries that it is in: their numbers in the tenant, each once, the latest first.
 *
 * @internal
 */
export interface Term {
  readonly entries: ReadonlyArray<number>
  readonly rarity: number
}

/** @internal */
export interface Place {
  readonly entry: number
  /** In words. */
  readonly length: number
  readonly conversation: string | null
  readonly position: number | null
}

/**
 * How much it says that a term is in an entry, when it is in so many of all.
 *
 * @internal
 */
export const rarityOf = (all: number, having: number): number =>
  Math.log(1 + (Math.max(all, having) - having + 0.5) / (having + 0.5))

/** The keys of the largest values, the largest first, and of equal ones the highest. */
const top = (limit: number) => {
  const keys: Array<number> = []
  const values: Array<number> = []
  const isBehind = (place: number, key: number, value: number): boolean =>
    values[place]! < value || (values[place] === value && keys[place]! < key)
  const offer = (key: number, value: number): void => {
    if (keys.length === limit && !isBehind(limit - 1, key, value)) return
    let place = Math.min(keys.length, limit - 1)
    for (; place > 0 && isBehind(place - 1, key, value); place--) {
      keys[place] = keys[place - 1]!
      values[place] = values[place - 1]!
    }
    keys[place] = key
    values[place] = value
  }
  return { keys, offer }
}

/**
 * The keys of the largest values, the largest first, and of equal ones the highest. `limit` is from 1.
 *
 * @internal
 */
export const largest = (values: ReadonlyMap<number, number>, limit: number): ReadonlyArray<number> => {
  const { keys, offer } = top(limit)
  values.forEach((value, key) => {
    offer(key, value)
  })
  return keys
}

/**
 * The entries that have the rarest and the most terms, the best first, and of equal ones the latest.
 *
 * @internal
 */
export const likeliest = (terms: ReadonlyArray<Term>, limit: number): ReadonlyArray<number> => {
  const { keys, offer } = top(limit)
  const seen = new Int32Array(terms.length)
  while (true) {
    let latest = -1
    for (let k = 0; k < terms.length; k++) {
      const entry = terms[k]!.entries[seen[k]!]
      if (entry !== undefined && entry > latest) latest = entry
    }
    if (latest === -1) return keys
    let score = 0
    for (let k = 0; k < terms.length; k++) {
      const { entries, rarity } = terms[k]!
      if (entries[seen[k]!] !== latest) continue
      score += rarity
      seen[k]!++
    }
    offer(latest, score)
  }
}

/** Whether one of some numbers, the highest first, is this. */
const has = (numbers: ReadonlyArray<number>, number: number): boolean => {
  let [low, high] = [0, numbers.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (numbers[middle]! > number) low = middle + 1
    else high = middle
  }
  return numbers[low] === number
}

/** Among places of a conversation, in the order in which they stand there, if it is not one of them. */
const insert = (places: Array<Place>, place: Place): void => {
  let at = places.length
  while (at > 0 && places[at - 1]!.position! > place.position!) at--
  if (places[at - 1]?.position !== place.position) places.splice(at, 0, place)
}

/** Places, each once, one conversation after the other. */
const inOrder = (places: ReadonlyArray<Place>): ReadonlyArray<Place> => {
  const alone: Array<Place> = []
  const conversations = new Map<string, Array<Place>>()
  for (const place of places) {
    const { conversation } = place
    if (conversation === null) alone.push(place)
    else {
      const others = conversations.get(conversation)
      if (others === undefined) conversations.set(conversation, [place])
      else insert(others, place)
    }
  }
  return [alone, ...conversations.values()].flat()
}

/** What the text of each place counts in those within reach, `fields.length` numbers a place. */
const weightsOf = (places: ReadonlyArray<Place>): Float64Array => {
  const weights = new Float64Array(places.length * fields.length)
  for (let k = 0; k < places.length; k++) {
    const { conversation, position } = places[k]!
    weights[k * fields.length + REACH] = fields[REACH]!
    if (conversation === null || position === null) continue
    for (let away = -REACH; away <= REACH; away++) {
      const beside = places[k + away]
      if (beside?.conversation !== conversation) continue
      weights[k * fields.length + REACH + away] = fields[beside.position! - position + REACH] ?? 0
    }
  }
  return weights
}

/**
 * How relevant each of some places is, from 0, by its entry, given all that stands beside those that matter.
 *
 * @internal
 */
export const relevances = (places: ReadonlyArray<Place>, terms: ReadonlyArray<Term>): ReadonlyMap<number, number> => {
  const ordered = inOrder(places)
  const weights = weightsOf(ordered)
  const mean = ordered.reduce((sum, { length }) => sum + length, 0) / ordered.length || 1
  const isIn = new Uint8Array(ordered.length)
  const scores = new Float64Array(ordered.length)
  for (const { entries, rarity } of terms) {
    for (let k = 0; k < ordered.length; k++) isIn[k] = has(entries, ordered[k]!.entry) ? 1 : 0
    for (let k = 0; k < ordered.length; k++) {
      let frequency = 0
      for (let away = -REACH; away <= REACH; away++) {
        if (isIn[k + away] === 1) frequency += weights[k * fields.length + REACH + away]!
      }
      const norm = K1 * Math.max(1, ordered[k]!.length / (LONG * mean))
      if (frequency > 0) scores[k]! += (rarity * frequency * (K1 + 1)) / (frequency + norm)
    }
  }
  return new Map(ordered.map(({ entry }, k) => [entry, scores[k]!]))
}
