import * as Predicate from "effect/Predicate"
import { ParamsError } from "../ParamsError.js"
import { describe, describeShape } from "./describe.js"
import { elementsBeside } from "./fieldJson.js"
import { showShape } from "./node.js"
import { freshName, type Stored } from "./safetensors.js"

const isPlain = (u: unknown): u is Readonly<Record<string, unknown>> => {
  if (!Predicate.isRecord(u)) return false
  const prototype = Object.getPrototypeOf(u)
  return prototype === Object.prototype || prototype === null
}

/**
 * The same JSON with `{ tensor, shape }` in place of weights, which go to `tensors`. Throws a `ParamsError` at what JSON
 * cannot hold.
 *
 * @internal
 */
export const detach = (json: unknown, path: string, tensors: Map<string, Stored>): unknown => {
  if (json === null || typeof json === "string" || typeof json === "boolean" || Number.isFinite(json)) return json
  if (Array.isArray(json)) return json.map((item, k) => detach(item, `${path}.${k}`, tensors))
  if (!isPlain(json)) {
    throw new ParamsError({
      reason: "Undecodable",
      block: path,
      expected: "what JSON can hold",
      actual: Predicate.isRecord(json) ? "an object that is not plain" : describe(json)
    })
  }
  const elements = elementsBeside.get(json)
  if (elements !== undefined) {
    const name = freshName(path, tensors)
    const shape = json.shape as ReadonlyArray<number>
    tensors.set(name, { shape, data: elements })
    return { tensor: name, shape }
  }
  const present = Object.entries(json).filter(([, value]) => value !== undefined)
  return Object.fromEntries(present.map(([key, value]) => [key, detach(value, `${path}.${key}`, tensors)]))
}

interface Reference {
  readonly tensor: string
  readonly shape: ReadonlyArray<unknown>
}

const isReference = (value: object): value is Reference =>
  "tensor" in value &&
  "shape" in value &&
  Object.keys(value).length === 2 &&
  typeof value.tensor === "string" &&
  Array.isArray(value.shape)

/**
 * Gives the references in JSON their elements. What it returns is wrong with one of them, should it be a reference and
 * not data of that form.
 *
 * @internal
 */
export const attach = (json: unknown, tensors: ReadonlyMap<string, Stored>): string | undefined => {
  let fault: string | undefined
  const pending: Array<unknown> = [json]
  while (pending.length > 0) {
    const value = pending.pop()
    if (typeof value !== "object" || value === null) continue
    if (!isReference(value)) {
      for (const inner of Object.values(value)) pending.push(inner)
      continue
    }
    const { shape, tensor } = value
    const stored = tensors.get(tensor)
    if (stored === undefined) {
      fault ??= `tensor ${describe(tensor)} is not in the weights`
    } else if (stored.shape.length !== shape.length || stored.shape.some((n, k) => n !== shape[k])) {
      fault ??= `tensor ${describe(tensor)} is ${describeShape(shape)} in the JSON and ${showShape(stored.shape)} in the weights`
    } else {
      elementsBeside.set(value, stored.data)
    }
  }
  return fault
}

const lines = (brackets: string, items: ReadonlyArray<string>, indent: string): string =>
  items.length === 0
    ? brackets
    : `${brackets[0]}\n${items.map((item) => `${indent}  ${item}`).join(",\n")}\n${indent}${brackets[1]}`

/**
 * JSON for people: two spaces, short arrays on one line, and every number to the bit, `-0` included.
 *
 * @internal
 */
export const print = (json: unknown, indent = ""): string => {
  if (Object.is(json, -0)) return "-0"
  if (typeof json !== "object" || json === null) return JSON.stringify(json)
  const inner = `${indent}  `
  if (!Array.isArray(json)) {
    const members = Object.entries(json).map(([key, value]) => `${JSON.stringify(key)}: ${print(value, inner)}`)
    return lines("{}", members, indent)
  }
  const items = json.map((item) => print(item, inner))
  const line = `[${items.join(", ")}]`
  return line.length <= 80 && !line.includes("\n") ? line : lines("[]", items, indent)
}
