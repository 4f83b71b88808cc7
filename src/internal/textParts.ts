/**
 * An instruction as its parts: lines, without the blank ones.
 *
 * @internal
 */
export const partsOf = (text: string): ReadonlyArray<string> =>
  text
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line.trim() !== "")

const keyOf = (part: string): string =>
  part
    .trim()
    .replace(/^[-*•]\s+|^\d+[.)]\s+/, "")
    .toLowerCase()

/**
 * Parts of `text` that `base` does not have, whatever their bullets.
 *
 * @internal
 */
export const addedParts = (base: string, text: string): ReadonlyArray<string> => {
  const known = new Set(partsOf(base).map(keyOf))
  return partsOf(text).filter((part) => !known.has(keyOf(part)))
}

/** Share of the words of two parts that both have at which one is the other, reworded. */
const REWORDED = 0.8

/**
 * Parts of `text` that say something that no part of `base` says in much the same words.
 *
 * @internal
 */
export const newParts = (base: string, text: string): ReadonlyArray<string> => {
  const known = partsOf(base).map((part) => new Set(wordsOf(part)))
  return addedParts(base, text).filter((part) => {
    const words = new Set(wordsOf(part))
    return known.every((other) => {
      const common = [...words].filter((word) => other.has(word)).length
      return common < REWORDED * (words.size + other.size - common)
    })
  })
}

/**
 * `base` with the parts that others added to it, each once, in their order.
 *
 * @internal
 */
export const mergeParts = (base: string, others: ReadonlyArray<string>): string => {
  const seen = new Set<string>()
  const added = others
    .flatMap((other) => addedParts(base, other))
    .filter((part) => {
      const key = keyOf(part)
      if (seen.has(key)) return false
      seen.add(key)
      return true
    })
  return added.length === 0 ? base : [base.trimEnd(), ...added].join("\n")
}

/**
 * `text` without one of its parts.
 *
 * @internal
 */
export const withoutPart = (text: string, part: string): string => {
  const lines = text.split("\n")
  const at = lines.findIndex((line) => line.trimEnd() === part)
  return at === -1 ? text : lines.filter((_, k) => k !== at).join("\n")
}

/**
 * Words of a text, in lower case.
 *
 * @internal
 */
export const wordsOf = (text: string): ReadonlyArray<string> => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
