import { toLine } from "../../src/internal/recordJson.js"
import { scrub } from "../../src/internal/secrets.js"
import type { Hooks } from "./tracerOver.js"

/**
 * Of a span; what is beyond them is left out and counted.
 *
 * - `attributes`: of a span, and of an event; default 128
 * - `events`: default 128
 * - `length`: characters of a text, default 16384
 * - `items`: elements of an array, default 128
 *
 * @internal
 */
export interface Limits {
  readonly attributes?: number
  readonly events?: number
  readonly length?: number
  readonly items?: number
}

const isSmall = (value: number): boolean => !Number.isInteger(value) || Number.isSafeInteger(value)

/** A value as a protocol can hold it: no keys in texts, nothing binary, no numbers that are none. */
const valueOf = (value: unknown, limits: Required<Limits>): unknown => {
  if (value === undefined || value === null) return undefined
  if (typeof value === "boolean") return value
  if (typeof value === "number") return Number.isFinite(value) && isSmall(value) ? value : String(value)
  if (Array.isArray(value)) {
    return value
      .slice(0, limits.items)
      .map((item) => (typeof item === "object" ? toLine(item) : valueOf(item, limits)) ?? "")
  }
  const text = typeof value === "string" ? value : typeof value === "object" ? toLine(value) : String(value)
  const cut = text.length > limits.length ? `${text.slice(0, limits.length)}…` : text
  return scrub(cut)
}

/** @internal */
export const hooks = (given: Limits = {}): Required<Pick<Hooks, "attribute" | "event">> => {
  const limits = { attributes: 128, events: 128, length: 16_384, items: 128, ...given }
  return {
    attribute: (key, value, { attributes }) =>
      attributes.size >= limits.attributes && !attributes.has(key) ? undefined : valueOf(value, limits),
    event: (_, attributes, { events }) =>
      events >= limits.events
        ? false
        : Object.fromEntries(
            Object.entries(attributes ?? {})
              .slice(0, limits.attributes)
              .flatMap(([key, value]) => {
                const written = valueOf(value, limits)
                return written === undefined ? [] : [[key, written]]
              })
          )
  }
}
