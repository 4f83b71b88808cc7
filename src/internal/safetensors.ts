import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import { describe, describeShape } from "./describe.js"
import { sizeOf } from "./node.js"
import { swapped } from "./typedArrays.js"

/** @internal */
export interface Stored {
  readonly shape: ReadonlyArray<number>
  readonly data: Float32Array
}

const BYTES = 4
const PREFIX = 8
const METADATA = "__metadata__"
const MAX_HEADER = 100_000_000

/**
 * A name that no other tensor of the file has.
 *
 * @internal
 */
export const freshName = (name: string, taken: ReadonlyMap<string, Stored>): string => {
  let fresh = name
  for (let n = 2; fresh === METADATA || taken.has(fresh); n++) fresh = `${name}#${n}`
  return fresh
}

/**
 * The safetensors format, of 32-bit floats alone: the length of the header (u64, little-endian), the header as JSON padded
 * with spaces to 8 bytes, and the elements without a gap. Equal to the byte to what Hugging Face's own library writes
 * (https://github.com/huggingface/safetensors#format).
 *
 * @internal
 */
export const write = (
  tensors: ReadonlyMap<string, Stored>,
  metadata: Readonly<Record<string, string>>
): Uint8Array<ArrayBuffer> => {
  let end = 0
  const sorted = [...tensors].sort(([a], [b]) => (a < b ? -1 : 1))
  const entries = sorted.map(([name, { data, shape }]) => {
    const start = end
    end += data.length * BYTES
    return `${JSON.stringify(name)}:${JSON.stringify({ dtype: "F32", shape, data_offsets: [start, end] })}`
  })
  const header = new TextEncoder().encode(`{${[`"${METADATA}":${JSON.stringify(metadata)}`, ...entries].join(",")}}`)
  const length = Math.ceil(header.length / 8) * 8
  const bytes = new Uint8Array(PREFIX + length + end)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true)
  bytes.fill(0x20, PREFIX, PREFIX + length)
  bytes.set(header, PREFIX)
  let at = PREFIX + length
  for (const [, { data }] of sorted) {
    bytes.set(swapped(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)), at)
    at += data.byteLength
  }
  return bytes
}

const isCount = (u: unknown): u is number => Number.isSafeInteger(u) && (u as number) >= 0

interface Entry {
  readonly name: string
  readonly shape: ReadonlyArray<number>
  readonly start: number
  readonly end: number
}

const entryOf = (name: string, info: unknown): Either.Either<Entry, string> => {
  const wrong = (what: string) => Either.left(`tensor ${describe(name)} has ${what}`)
  if (!Predicate.isRecord(info)) return wrong("no description")
  const { data_offsets: offsets, dtype, shape } = info
  if (dtype !== "F32") return wrong(`elements of type ${describe(dtype)} where "F32" is expected`)
  if (!Array.isArray(shape) || !shape.every(isCount)) return wrong(`the shape ${describeShape(shape)}`)
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) return wrong("no place in the file")
  const [start, end] = offsets as [number, number]
  if (end - start !== sizeOf(shape) * BYTES) return wrong(`${end - start} bytes for the shape ${describeShape(shape)}`)
  return Either.right({ name, shape, start, end })
}

const parse = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes))
  } catch {
    return undefined
  }
}

/**
 * The tensors of a file, or what is wrong with it.
 *
 * @internal
 */
export const read = (bytes: Uint8Array): Either.Either<ReadonlyMap<string, Stored>, string> =>
  Either.gen(function* () {
    if (bytes.length < PREFIX) return yield* Either.left(`it ends after ${bytes.length} bytes`)
    const length = new DataView(bytes.buffer, bytes.byteOffset, PREFIX).getBigUint64(0, true)
    if (length > Math.min(MAX_HEADER, bytes.length - PREFIX)) {
      return yield* Either.left(`its header of ${length} bytes does not fit into ${bytes.length} bytes`)
    }
    const body = bytes.subarray(PREFIX + Number(length))
    const header = parse(bytes.subarray(PREFIX, bytes.length - body.length))
    if (!Predicate.isRecord(header)) return yield* Either.left("its header is not JSON")
    const infos = Object.entries(header).filter(([name]) => name !== METADATA)
    const entries = yield* Either.all(infos.map(([name, info]) => entryOf(name, info)))
    const tensors = new Map<string, Stored>()
    let expected = 0
    for (const { end, name, shape, start } of entries.sort((a, b) => a.start - b.start || a.end - b.end)) {
      if (start !== expected) return yield* Either.left(`tensor ${describe(name)} overlaps another, or leaves a gap`)
      if (end > body.length) return yield* Either.left(`it is cut short inside tensor ${describe(name)}`)
      tensors.set(name, { shape, data: new Float32Array(swapped(body.subarray(start, end)).buffer) })
      expected = end
    }
    if (expected !== body.length) return yield* Either.left(`${body.length - expected} bytes follow its last tensor`)
    return tensors
  })
