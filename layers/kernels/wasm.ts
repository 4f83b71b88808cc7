/**
 * The kernels in WebAssembly with 128-bit SIMD: the same bits as the plain JavaScript ones, sooner.
 *
 * @since 0.1.0
 */
import type { Binary, Kernels, Reduction, Unary } from "../../src/internal/Kernels.js"
import { highWord, lowWord } from "../../src/Noise.js"
import { wasmBase64 } from "./generated.js"

/** The part of the WebAssembly interface that is used here; Node's types leave it out. */
declare namespace WebAssembly {
  class Memory {
    private constructor()
    readonly buffer: ArrayBuffer
    grow(pages: number): number
  }
  class Module {
    constructor(bytes: Uint8Array)
  }
  class Instance {
    constructor(module: Module)
    readonly exports: unknown
  }
}

interface Exports
  extends Pick<Kernels, "gemm" | "contract" | "addScaled" | "toLanes" | "fromLanes">,
    Readonly<Record<Unary, (y: number, x: number, count: number) => void>>,
    Readonly<
      Record<"softmax" | "logSoftmax", (y: number, x: number, outer: number, length: number, inner: number) => void>
    > {
  readonly memory: WebAssembly.Memory
  readonly normals: (
    seedLow: number,
    seedHigh: number,
    generation: number,
    pair: number,
    block: number,
    y: number,
    start: number,
    count: number
  ) => void
  readonly binary: WithCode<Kernels["binary"]>
  readonly binaryRows: WithCode<Kernels["binaryRows"]>
  readonly reduce: WithCode<Kernels["reduce"]>
}

/** The function with its operation as a number. */
type WithCode<F> = F extends (op: never, ...rest: infer Rest) => void ? (op: number, ...rest: Rest) => void : never

/** The unit in bytes in which memory grows. */
const PAGE = 65536

const binaryCodes: Record<Binary, number> = { add: 0, sub: 1, mul: 2, div: 3, minimum: 4, maximum: 5, equal: 6 }

const reductionCodes: Record<Reduction, number> = { sum: 0, mean: 1, max: 2, argMax: 3 }

let compiled: WebAssembly.Module | undefined

const compile = (): WebAssembly.Module =>
  (compiled ??= new WebAssembly.Module(Uint8Array.from(atob(wasmBase64), (c) => c.charCodeAt(0))))

/**
 * Kernels over a WebAssembly memory of their own, which grows to at most 4 GiB.
 *
 * @internal
 */
export const make = (): Kernels => {
  const exports = new WebAssembly.Instance(compile()).exports as Exports
  const { addScaled, contract, fromLanes, gemm, memory, toLanes } = exports
  let view = new Float32Array(memory.buffer)
  return {
    reserve: (floats) => {
      const missing = floats * 4 - memory.buffer.byteLength
      if (missing > 0) {
        try {
          memory.grow(Math.ceil(missing / PAGE))
        } catch {
          throw new RangeError(`no room for ${floats} floats in WebAssembly memory, which ends at 4 GiB`)
        }
      }
      if (view.buffer !== memory.buffer) view = new Float32Array(memory.buffer)
      return view
    },
    unary: (op, y, x, count) => exports[op](y, x, count),
    binary: (op, y, a, b, count, tolerance) => exports.binary(binaryCodes[op], y, a, b, count, tolerance),
    binaryRows: (op, y, a, aIndex, aLanes, b, bIndex, bLanes, rows, lanes, tolerance) =>
      exports.binaryRows(binaryCodes[op], y, a, aIndex, aLanes, b, bIndex, bLanes, rows, lanes, tolerance),
    gemm,
    contract,
    addScaled,
    reduce: (op, y, x, outer, length, inner) => exports.reduce(reductionCodes[op], y, x, outer, length, inner),
    softmax: (logarithm, y, x, outer, length, inner) =>
      exports[logarithm ? "logSoftmax" : "softmax"](y, x, outer, length, inner),
    toLanes,
    fromLanes,
    normals: ({ block, generation, pair, seed }, y, start, count) =>
      exports.normals(lowWord(seed), highWord(seed), generation, pair, block, y, start, count)
  }
}
