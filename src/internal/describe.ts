import { isNode, showShape } from "./node.js"

const cut = (text: string, length: number): string => (text.length > length ? `${text.slice(0, length)}…` : text)

/**
 * A description of any value that is never longer than a line: what an error may say about bad data.
 *
 * @internal
 */
export const describe = (u: unknown): string => {
  if (u === undefined) return "nothing"
  if (typeof u === "string") return u.length > 60 ? `a string of ${u.length} characters` : JSON.stringify(u)
  if (typeof u === "function" || typeof u === "symbol") return `a ${typeof u}`
  if (typeof u !== "object" || u === null) return cut(String(u), 60)
  if (isNode(u)) return `a tensor of ${cut(showShape(u.shape), 60)}`
  if (Array.isArray(u)) return `an array of ${u.length} elements`
  if (ArrayBuffer.isView(u)) return `an array of ${u.byteLength} bytes`
  const keys = Object.keys(u)
  return keys.length === 0 ? "an empty object" : cut(`an object of ${keys.slice(0, 5).join(", ")}`, 80)
}

/** @internal */
export const describeShape = (u: unknown): string =>
  Array.isArray(u) && u.length <= 8 && u.every((n) => typeof n === "number") ? showShape(u) : describe(u)
