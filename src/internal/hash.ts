import * as Predicate from "effect/Predicate"
import { mix } from "../Noise.js"
import { describe } from "./describe.js"
import { canonical } from "./requestKey.js"

/**
 * 64-bit FNV-1a of the UTF-8 bytes of a text, as 16 hexadecimal digits. The product with the prime 2⁴⁰ + 0x1b3 is put
 * together from halves of 32 bits.
 *
 * @internal
 */
export const fnv1a64 = (text: string): string => {
  let high = 0xcbf29ce4
  let low = 0x84222325
  for (const byte of new TextEncoder().encode(text)) {
    const mixed = (low ^ byte) >>> 0
    const product = mixed * 0x1b3
    low = product >>> 0
    high = (Math.imul(high, 0x1b3) + (mixed << 8) + Math.floor(product / 2 ** 32)) >>> 0
  }
  return [high, low].map((word) => word.toString(16).padStart(8, "0")).join("")
}

/**
 * A number in [0, 1) that a hash has under a seed.
 *
 * @internal
 */
export const uniformOf = (hash: string, ...seeds: ReadonlyArray<number>): number =>
  mix(...seeds, Number.parseInt(hash.slice(0, 8), 16), Number.parseInt(hash.slice(8), 16)) * 2 ** -32

/** @internal */
export interface NotJson {
  readonly path: string
  readonly actual: string
}

const within = (path: string, key: string | number): string => (path === "" ? String(key) : `${path}.${key}`)

const isPlain = (u: unknown): u is Readonly<Record<string, unknown>> =>
  Predicate.isRecord(u) && [Object.prototype, null].includes(Object.getPrototypeOf(u))

/**
 * The first part of a value that JSON cannot hold. A key without a value counts as absent.
 *
 * @internal
 */
export const notJson = (value: unknown, path = "", around: ReadonlyArray<unknown> = []): NotJson | undefined => {
  if (value === null || typeof value === "string" || typeof value === "boolean" || Number.isFinite(value)) return
  if (around.includes(value)) return { path, actual: "a value that holds itself" }
  const inside = [...around, value]
  if (Array.isArray(value)) return firstOf(value.map((item, k) => () => notJson(item, within(path, k), inside)))
  if (!isPlain(value)) {
    return { path, actual: Predicate.isRecord(value) ? "an object that is not plain" : describe(value) }
  }
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return firstOf(
    members.map(
      ([key, member]) =>
        () =>
          notJson(member, within(path, key), inside)
    )
  )
}

const firstOf = <A>(attempts: ReadonlyArray<() => A | undefined>): A | undefined => {
  for (const attempt of attempts) {
    const found = attempt()
    if (found !== undefined) return found
  }
  return undefined
}

/**
 * Of canonical JSON: equal values have equal hashes.
 *
 * @internal
 */
export const hashOf = (json: unknown): string => fnv1a64(canonical(json))
