/**
 * What is wrong with the shares of a split.
 *
 * @internal
 */
export const faultOf = (shares: Readonly<Record<string, number>>): string | undefined => {
  const entries = Object.entries(shares)
  if (entries.length === 0) return "it has no parts"
  const wrong = entries.find(([, share]) => !(share >= 0 && share <= 1))
  if (wrong !== undefined) return `the share of "${wrong[0]}" is ${wrong[1]}`
  const total = entries.reduce((sum, [, share]) => sum + share, 0)
  return Math.abs(total - 1) < 1e-9 ? undefined : `the shares add up to ${total}`
}

/**
 * The part that a number in [0, 1) falls into, when they lie in their order one after the other.
 *
 * @internal
 */
export const partOf = (shares: Readonly<Record<string, number>>, draw: number): string => {
  const parts = Object.keys(shares).filter((part) => shares[part] > 0)
  let end = 0
  return parts.find((part) => draw < (end += shares[part])) ?? parts[parts.length - 1]
}
