/**
 * A uniform number in [0, 1) that is a function of a key: what a simulated model does by chance, it does again for an equal
 * request. FNV-1a, finished as in MurmurHash3.
 */
export const chance = (key: string): number => {
  let hash = 0x811c9dc5
  for (let k = 0; k < key.length; k++) hash = Math.imul(hash ^ key.charCodeAt(k), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 4294967296
}

export const pick = <A>(items: ReadonlyArray<A>, key: string): A => items[Math.floor(chance(key) * items.length)]

/** The items in an order of their own for every key. */
export const shuffled = <A>(items: ReadonlyArray<A>, key: string): ReadonlyArray<A> =>
  items
    .map((item, k) => ({ item, at: chance(`${key}/${k}`) }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
