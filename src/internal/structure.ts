import { isNode, type Node } from "./node.js"

/** Plain data is looked into; instances of classes are not. */
const isPlain = (u: unknown): u is Readonly<Record<string, unknown>> => {
  if (typeof u !== "object" || u === null) return false
  const prototype = Object.getPrototypeOf(u)
  return (prototype === Object.prototype || prototype === null) && Object.getOwnPropertySymbols(u).length === 0
}

/** Arrays and objects that lead to a value, so that one that holds itself is not looked into for ever. */
type Path = ReadonlyArray<unknown>

type Container = Array<unknown> | Readonly<Record<string, unknown>>

const isContainer = (value: unknown, path: Path): value is Container =>
  (Array.isArray(value) || isPlain(value)) && !path.includes(value)

/**
 * The tensors in a value made of plain arrays and objects, in order.
 *
 * @internal
 */
export const tensorsIn = (value: unknown, into: Array<Node> = [], path: Path = []): ReadonlyArray<Node> => {
  if (isNode(value)) into.push(value)
  if (!isContainer(value, path)) return into
  const within = [...path, value]
  for (const element of Array.isArray(value) ? value : Object.values(value)) tensorsIn(element, into, within)
  return into
}

/**
 * The same value with other tensors in it; without a tensor it is the same object.
 *
 * @internal
 */
export const mapTensors = (value: unknown, f: (node: Node) => unknown, path: Path = []): unknown => {
  if (isNode(value)) return f(value)
  if (!isContainer(value, path)) return value
  const within = [...path, value]
  if (Array.isArray(value)) {
    const mapped = value.map((element) => mapTensors(element, f, within))
    return mapped.every((element, k) => element === value[k]) ? value : mapped
  }
  const entries = Object.entries(value).map(([key, element]) => [key, mapTensors(element, f, within)] as const)
  return entries.every(([key, element]) => element === value[key]) ? value : Object.fromEntries(entries)
}

/**
 * Whether {@link tensorsIn} sees all there is of a value: it is made of plain arrays and objects, tensors and primitives.
 *
 * @internal
 */
export const isTransparent = (value: unknown, path: Path = []): boolean => {
  if (isNode(value)) return true
  if (!isContainer(value, path)) return (typeof value !== "object" || value === null) && typeof value !== "function"
  const within = [...path, value]
  return Object.values(value).every((element) => isTransparent(element, within))
}

/**
 * Equal for values that a lifted run can take together: the same structure, the same shapes of tensors, the same data
 * beside them. `identify` names what is compared by identity.
 *
 * @internal
 */
export const signatureOf = (value: unknown, identify: (object: object) => number, path: Path = []): string => {
  if (isNode(value)) return `T${value.shape.join()};`
  if (isContainer(value, path)) {
    const within = [...path, value]
    if (Array.isArray(value)) return `[${value.map((element) => signatureOf(element, identify, within)).join()}]`
    const members = Object.entries(value).map(
      ([key, element]) => `${JSON.stringify(key)}:${signatureOf(element, identify, within)}`
    )
    return `{${members.join()}}`
  }
  switch (typeof value) {
    case "string":
      return JSON.stringify(value)
    case "number":
      return Object.is(value, -0) ? "-0" : String(value)
    case "symbol":
      return `#${identify(Object(value))}`
    case "object":
    case "function":
      return value === null ? "null" : `#${identify(value)}`
    default:
      return `${typeof value} ${String(value)}`
  }
}
