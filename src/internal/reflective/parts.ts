import type { Objective } from "../../../services/Optimizer.js"
import { toText } from "../plain.js"
import { wordsOf } from "../textParts.js"

/** A word in more than this share of the inputs tells none apart. */
const COMMON = 0.5

/**
 * The words of every example's input that few others have: what a part may be about.
 *
 * @internal
 */
export const inputWords = ({ startObservations }: Objective<unknown>): ReadonlyMap<number, ReadonlySet<string>> => {
  const words = new Map(
    startObservations.map(({ example, input }) => [example, new Set(wordsOf(toText(input)))] as const)
  )
  const counts = new Map<string, number>()
  for (const own of words.values()) for (const word of own) counts.set(word, (counts.get(word) ?? 0) + 1)
  const isRare = (word: string): boolean => counts.get(word)! <= COMMON * startObservations.length
  return new Map([...words].map(([example, own]) => [example, new Set([...own].filter(isRare))]))
}

/**
 * Whether a part shares a telling word with an input.
 *
 * @internal
 */
export const isAbout = (part: string, words: ReadonlySet<string> | undefined): boolean =>
  words !== undefined && wordsOf(part).some((word) => words.has(word))
