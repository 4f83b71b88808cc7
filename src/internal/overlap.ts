import * as HashSet from "effect/HashSet"
import type { Example } from "../Example.js"
import { toPlain } from "./plain.js"
import { isTransparent } from "./structure.js"

/** Plain data by what it says, anything else by its own equality. */
const keyOf = (input: unknown): unknown => (isTransparent(input) ? JSON.stringify(toPlain(input)) : input)

/**
 * Positions in `held` of the inputs that `examples` have too.
 *
 * @internal
 */
export const overlap = (
  examples: ReadonlyArray<Example<unknown, unknown>>,
  held: ReadonlyArray<Example<unknown, unknown>>
): ReadonlyArray<number> => {
  const known = HashSet.fromIterable(examples.map(({ input }) => keyOf(input)))
  return held.flatMap(({ input }, k) => (HashSet.has(known, keyOf(input)) ? [k] : []))
}
