import * as Tensor from "../Tensor.js"

const sorted = (values: ReadonlyArray<unknown>): ReadonlyArray<unknown> =>
  values.map((value) => [JSON.stringify(value) ?? "", value] as const).sort(([a], [b]) => (a < b ? -1 : 1))

/**
 * A value as JSON can say it, whatever it is: keys, maps and sets in one order, tensors as nested arrays, no cycles.
 *
 * @internal
 */
export const toPlain = (value: unknown, path: ReadonlyArray<unknown> = []): unknown => {
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value)
  if (typeof value === "bigint" || typeof value === "symbol" || typeof value === "function") return String(value)
  if (typeof value !== "object" || value === null) return value
  if (path.includes(value)) return "[circular]"
  const within = [...path, value]
  const each = (values: Iterable<unknown>): ReadonlyArray<unknown> => Array.from(values, (x) => toPlain(x, within))
  if (Tensor.isTensor(value)) return Tensor.toArray(value)
  if (Array.isArray(value)) return each(value)
  if (value instanceof Map || value instanceof Set) return sorted(each(value))
  if (value instanceof Error && !("toJSON" in value)) return String(value)
  if (ArrayBuffer.isView(value)) return each(value as unknown as Iterable<unknown>)
  if ("toJSON" in value && typeof value.toJSON === "function") return toPlain(value.toJSON(), within)
  const entries = Object.entries(value).map(([key, x]) => [key, toPlain(x, within)] as const)
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/**
 * A value as text: text as it is, nothing as `""`, numbers as they are written, structures as JSON.
 *
 * @internal
 */
export const toText = (value: unknown, indent?: number): string => {
  if (value === undefined || value === null) return ""
  return typeof value === "object" ? JSON.stringify(toPlain(value), undefined, indent) : String(value)
}

/**
 * Whether two values say the same: primitives of one type, or structures of the same parts.
 *
 * @internal
 */
export const isSame = (a: unknown, b: unknown): boolean => {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b
  return toText(a) === toText(b)
}

/**
 * A value in quotes, or its length where it is long.
 *
 * @internal
 */
export const quote = (value: unknown): string => {
  const text = toText(value)
  return text.length > 100 ? `a text of ${text.length} characters` : `'${text}'`
}

const decimal = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i

const narrow = (text: string): string =>
  text
    .trim()
    .replace(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replace("−", "-")

/**
 * The finite number that a value is or says in decimal notation, full-width characters and the minus sign of typography
 * included.
 *
 * @internal
 */
export const toNumber = (value: unknown): number | undefined => {
  if (typeof value === "string") {
    const text = narrow(value)
    return decimal.test(text) ? toNumber(Number(text)) : undefined
  }
  const number = typeof value === "bigint" ? Number(value) : value
  return typeof number === "number" && Number.isFinite(number) ? number : undefined
}
