/**
 * The kernels in WebAssembly with 128-bit SIMD: the same bits as the plain JavaScript ones, sooner.
 *
 * @since 0.1.0
 */
import type { Binary, Kernels, Reduction, Unary } from "../../src/internal/Kernels.js"
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

interface Exports extends Pick<Kernels, "gemm" | "contract" | "addScaled" | "toLanes" | "fromLanes"> {
  readonly memory: WebAssembly.Memory
  readonly unary: WithCode<Kernels["unary"]>
  readonly binary: WithCode<Kernels["binary"]>
  readonly binaryRows: WithCode<Kernels["binaryRows"]>
  readonly reduce: WithCode<Kernels["reduce"]>
  readonly softmax: WithCode<Kernels["softmax"]>
}

/** The function with its operation as a number. */
type WithCode<F> = F extends (op: never, ...rest: infer Rest) => void ? (op: number, ...rest: Rest) => void : never

/** The unit in bytes in which memory grows. */
const PAGE = 65536

const unaryCodes: Record<Unary, number> = { neg: 0, exp: 1, log: 2, abs: 3, sqrt: 4, relu: 5, tanh: 6, sigmoid: 7 }

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
    unary: (op, y, x, count) => exports.unary(unaryCodes[op], y, x, count),
    binary: (op, y, a, b, count, tolerance) => exports.binary(binaryCodes[op], y, a, b, count, tolerance),
    binaryRows: (op, y, a, aIndex, aLanes, b, bIndex, bLanes, rows, lanes, tolerance) =>
      exports.binaryRows(binaryCodes[op], y, a, aIndex, aLanes, b, bIndex, bLanes, rows, lanes, tolerance),
    gemm,
    contract,
    addScaled,
    reduce: (op, y, x, outer, length, inner) => exports.reduce(reductionCodes[op], y, x, outer, length, inner),
    softmax: (logarithm, y, x, outer, length, inner) => exports.softmax(logarithm ? 1 : 0, y, x, outer, length, inner),
    toLanes,
    fromLanes
  }
}
