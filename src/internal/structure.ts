import { isNode, type Node } from "./node.js"

/** Plain data is looked into; instances of classes are not. */
const isPlain = (u: unknown): u is Readonly<Record<string, unknown>> => {
  if (typeof u !== "object" || u === null) return false
  const prototype = Object.getPrototypeOf(u)
  return prototype === Object.prototype || prototype === null
}

/**
 * The tensors in a value made of plain arrays and objects, in order.
 *
 * @internal
 */
export const tensorsIn = (value: unknown, into: Array<Node> = []): ReadonlyArray<Node> => {
  if (isNode(value)) into.push(value)
  else if (Array.isArray(value)) for (const element of value) tensorsIn(element, into)
  else if (isPlain(value)) for (const key in value) tensorsIn(value[key], into)
  return into
}

/**
 * The same value with other tensors in it; without a tensor it is the same object.
 *
 * @internal
 */
export const mapTensors = (value: unknown, f: (node: Node) => unknown): unknown => {
  if (isNode(value)) return f(value)
  if (Array.isArray(value)) {
    const mapped = value.map((element) => mapTensors(element, f))
    return mapped.every((element, k) => element === value[k]) ? value : mapped
  }
  if (isPlain(value)) {
    const entries = Object.entries(value).map(([key, element]) => [key, mapTensors(element, f)] as const)
    return entries.every(([key, element]) => element === value[key]) ? value : Object.fromEntries(entries)
  }
  return value
}

/**
 * Equal for values that a lifted run can take together: the same structure, the same shapes of tensors, the same data
 * beside them. `identify` names what is compared by identity.
 *
 * @internal
 */
export const signatureOf = (value: unknown, identify: (object: object) => number): string => {
  if (isNode(value)) return `T${value.shape.join()};`
  if (Array.isArray(value)) return `[${value.map((element) => signatureOf(element, identify)).join()}]`
  if (isPlain(value)) {
    return `{${Object.entries(value).map(([key, element]) => `${key}:${signatureOf(element, identify)}`).join()}}`
  }
  if ((typeof value === "object" && value !== null) || typeof value === "function") return `#${identify(value)}`
  return `${typeof value}:${JSON.stringify(value) ?? String(value)}`
}
