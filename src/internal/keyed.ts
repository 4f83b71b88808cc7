import { blockId, mix } from "../Noise.js"

const hashOf = (key: ReadonlyArray<string | number>): number =>
  mix(...key.map((part) => (typeof part === "number" ? part : blockId(part))))

/**
 * A uniform number in [0, 1) for a key: chance that does not depend on the order of things.
 *
 * @internal
 */
export const chanceOf = (...key: ReadonlyArray<string | number>): number => (hashOf(key) % 2 ** 32) / 2 ** 32

/**
 * A short name for a text, that does not occur in it.
 *
 * @internal
 */
export const markFor = (text: string): string => {
  for (let attempt = 0; ; attempt++) {
    const name = `data-${hashOf([attempt, text]).toString(36)}`
    if (!text.includes(name)) return name
  }
}

/**
 * Items in an order that depends on the key alone.
 *
 * @internal
 */
export const shuffledBy = <A>(items: ReadonlyArray<A>, ...key: ReadonlyArray<string | number>): ReadonlyArray<A> =>
  items
    .map((item, k) => ({ item, at: chanceOf(...key, k) }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
