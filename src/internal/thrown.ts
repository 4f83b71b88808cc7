import { scrub } from "./secrets.js"

/**
 * What something that was thrown says, without what looks like a key.
 *
 * @internal
 */
export const messageOf = (thrown: unknown): string => scrub(thrown instanceof Error ? thrown.message : String(thrown))

/**
 * What something that was thrown is kept as: an error's name, message and stack without what looks like a key, and nothing
 * else that hangs on it, for requests with their headers do.
 *
 * @internal
 */
export const keepable = (thrown: unknown): unknown => {
  if (typeof thrown === "string") return scrub(thrown)
  if (!(thrown instanceof Error)) return thrown
  const kept = new Error(messageOf(thrown))
  kept.name = thrown.name
  kept.stack = scrub(thrown.stack ?? "")
  return kept
}
