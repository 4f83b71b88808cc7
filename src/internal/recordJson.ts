import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import { isNode, showShape } from "./node.js"

const DEEPEST = 32

/**
 * A value as JSON can say it, whatever it is, for people to read later: dates and big integers as text, what repeats
 * itself, what is binary and what cannot be read by what it is. Absent fields stay absent.
 *
 * @internal
 */
export const toJson = (value: unknown, path: ReadonlyArray<unknown> = []): unknown => {
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value)
  if (typeof value === "bigint") return String(value)
  if (typeof value === "function" || typeof value === "symbol") return `[${typeof value}]`
  if (typeof value !== "object" || value === null) return value
  if (path.includes(value)) return "[circular]"
  if (path.length >= DEEPEST) return "[too deep]"
  try {
    return fromObject(value, [...path, value])
  } catch {
    return "[unreadable]"
  }
}

const fromObject = (value: object, path: ReadonlyArray<unknown>): unknown => {
  const each = (values: Iterable<unknown>) => Array.from(values, (part) => toJson(part, path) ?? null)
  if (Redacted.isRedacted(value)) return "<redacted>"
  if (isNode(value)) return `[tensor ${showShape(value.shape)}]`
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return `[binary, ${value.byteLength} bytes]`
  if (Predicate.isDate(value)) return Number.isNaN(value.getTime()) ? "[invalid date]" : value.toISOString()
  if (Array.isArray(value) || value instanceof Map || value instanceof Set) return each(value)
  if ("toJSON" in value && typeof value.toJSON === "function") return toJson(value.toJSON(), path)
  if (value instanceof Error) return { name: value.name, message: value.message }
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, toJson(part, path)]))
}

/**
 * One line of JSON.
 *
 * @internal
 */
export const toLine = (value: unknown): string => JSON.stringify(toJson(value) ?? null)
