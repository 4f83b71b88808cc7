/**
 * The kernels in plain JavaScript: the reference that the others are checked against, and what remains where nothing
 * faster runs. `Math.fround` after every operation makes the arithmetic that of single precision.
 *
 * @since 0.1.0
 */
import { normals } from "../Noise.js"
import type { Binary, Kernels, Reduction, Unary } from "./Kernels.js"

const f = Math.fround

const floats = new Float32Array(1)
const bits = new Int32Array(floats.buffer)

/** `p * x + coefficient` with two roundings. */
const fold = (p: number, x: number, coefficient: number): number => f(f(p * x) + coefficient)

const powerOfTwo = (n: number): number => {
  bits[0] = (n + 127) << 23
  return floats[0]
}

const LOG2E = f(1.44269504088896341)
/** 1.5 * 2^23: adding it rounds to an integer. */
const ROUNDING = 12582912
const LN2_HIGH = f(0.693359375)
const LN2_LOW = f(-2.1219444e-4)
const SQRT_HALF = f(0.707106781186547524)
const SMALLEST_NORMAL = f(1.1754943508222875e-38)

const EXP = [1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1].map(f)

const LOG = [
  7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
  2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1
].map(f)

const TANH = [-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1].map(f)

const polynomial = (coefficients: ReadonlyArray<number>, x: number): number => {
  let p = coefficients[0]
  for (let k = 1; k < coefficients.length; k++) p = fold(p, x, coefficients[k])
  return p
}

/**
 * Single-precision `exp`: polynomial and argument reduction of Stephen Moshier's Cephes library (`single/expf.c`,
 * https://www.netlib.org/cephes), as are `log` and `tanh` below. Underflow is gradual.
 */
const exp = (value: number): number => {
  let x = Math.max(Math.min(value, 89), -104)
  const z = f(fold(x, LOG2E, ROUNDING) - ROUNDING)
  x = f(x - f(z * LN2_HIGH))
  x = f(x - f(z * LN2_LOW))
  const p = f(f(f(polynomial(EXP, x) * f(x * x)) + x) + 1)
  const n = z | 0
  const half = n >> 1
  return f(f(p * powerOfTwo(half)) * powerOfTwo(n - half))
}

const log = (value: number): number => {
  if (!(value > 0)) return value === 0 ? -Infinity : NaN
  if (value === Infinity) return value
  const tiny = value < SMALLEST_NORMAL
  floats[0] = tiny ? value * 8388608 : value
  let e = (bits[0] >> 23) - (tiny ? 149 : 126)
  bits[0] = (bits[0] & 0x007fffff) | 0x3f000000
  let x = floats[0]
  if (x < SQRT_HALF) {
    e -= 1
    x = f(x + x)
  }
  x = f(x - 1)
  const z = f(x * x)
  let y = f(f(polynomial(LOG, x) * x) * z)
  y = f(y + f(e * LN2_LOW))
  y = f(y - f(z * 0.5))
  return f(f(x + y) + f(e * LN2_HIGH))
}

const tanh = (x: number): number => {
  const magnitude = Math.abs(x)
  if (magnitude >= 0.625) {
    const large = f(1 - f(2 / f(exp(f(magnitude + magnitude)) + 1)))
    return x < 0 ? -large : large
  }
  const z = f(x * x)
  return f(f(f(polynomial(TANH, z) * z) * x) + x)
}

const unaries: Record<Unary, (x: number) => number> = {
  neg: (x) => -x,
  exp,
  log,
  abs: Math.abs,
  sqrt: Math.sqrt,
  relu: (x) => (x < 0 ? 0 : x),
  tanh,
  sigmoid: (x) => f(1 / f(1 + exp(-x)))
}

const binaries: Record<Binary, (a: number, b: number, tolerance: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  minimum: (a, b) => Math.min(a, b),
  maximum: (a, b) => Math.max(a, b),
  equal: (a, b, tolerance) => (Math.abs(f(a - b)) <= tolerance ? 1 : 0)
}

/** Each reduces `length` elements of `m` from `x` on, `stride` apart. */
const reductions: Record<Reduction, (m: Float32Array, x: number, length: number, stride: number) => number> = {
  sum: (m, x, length, stride) => {
    let acc = 0
    for (let k = 0; k < length; k++) acc = f(acc + m[x + k * stride])
    return acc
  },
  mean: (m, x, length, stride) => reductions.sum(m, x, length, stride) / f(length),
  max: (m, x, length, stride) => {
    let acc = -Infinity
    for (let k = 0; k < length; k++) acc = Math.max(acc, m[x + k * stride])
    return acc
  },
  argMax: (m, x, length, stride) => {
    let best = -Infinity
    let index = 0
    for (let k = 0; k < length; k++) {
      if (m[x + k * stride] > best) {
        best = m[x + k * stride]
        index = k
      }
    }
    return index
  }
}

/**
 * Kernels over an array of their own, which grows by doubling.
 *
 * @internal
 */
export const make = (): Kernels => {
  let m = new Float32Array(0)
  return {
    reserve: (count) => {
      if (count > m.length) {
        let next: Float32Array<ArrayBuffer>
        try {
          next = new Float32Array(Math.max(count, m.length * 2))
        } catch {
          throw new RangeError(`no room for ${count} floats`)
        }
        next.set(m)
        m = next
      }
      return m
    },
    unary: (op, y, x, count) => {
      const apply = unaries[op]
      for (let k = 0; k < count; k++) m[y + k] = apply(m[x + k])
    },
    binary: (op, y, a, b, count, tolerance) => {
      const apply = binaries[op]
      const t = f(tolerance)
      for (let k = 0; k < count; k++) m[y + k] = apply(m[a + k], m[b + k], t)
    },
    binaryRows: (op, y, a, aIndex, aLanes, b, bIndex, bLanes, rows, lanes, tolerance) => {
      const apply = binaries[op]
      const t = f(tolerance)
      const aStep = aLanes === 1 ? 0 : 1
      const bStep = bLanes === 1 ? 0 : 1
      for (let k = 0; k < rows; k++) {
        const p = a + m[aIndex + k] * aLanes
        const q = b + m[bIndex + k] * bLanes
        for (let l = 0; l < lanes; l++) m[y + k * lanes + l] = apply(m[p + l * aStep], m[q + l * bStep], t)
      }
    },
    gemm: (y, w, rowStride, columnStride, x, outer, inner, lanes) => {
      for (let o = 0; o < outer; o++, w += rowStride, y += lanes) {
        let l = 0
        for (; l + 4 <= lanes; l += 4) {
          let s0 = 0
          let s1 = 0
          let s2 = 0
          let s3 = 0
          for (let i = 0, p = w, q = x + l; i < inner; i++, p += columnStride, q += lanes) {
            const v = m[p]
            s0 = f(s0 + f(v * m[q]))
            s1 = f(s1 + f(v * m[q + 1]))
            s2 = f(s2 + f(v * m[q + 2]))
            s3 = f(s3 + f(v * m[q + 3]))
          }
          m[y + l] = s0
          m[y + l + 1] = s1
          m[y + l + 2] = s2
          m[y + l + 3] = s3
        }
        for (; l < lanes; l++) {
          let sum = 0
          for (let i = 0; i < inner; i++) sum = f(sum + f(m[w + i * columnStride] * m[x + i * lanes + l]))
          m[y + l] = sum
        }
      }
    },
    contract: (y, a, b, rows, depth, columns, lanes) => {
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          for (let l = 0; l < lanes; l++) {
            let sum = 0
            for (let k = 0; k < depth; k++) {
              sum = f(sum + f(m[a + (i * depth + k) * lanes + l] * m[b + (k * columns + j) * lanes + l]))
            }
            m[y + (i * columns + j) * lanes + l] = sum
          }
        }
      }
    },
    addScaled: (y, a, b, alpha, count) => {
      const scale = f(alpha)
      for (let k = 0; k < count; k++) m[y + k] = m[a + k] + f(scale * m[b + k])
    },
    reduce: (op, y, x, outer, length, inner) => {
      const apply = reductions[op]
      for (let o = 0; o < outer; o++) {
        for (let i = 0; i < inner; i++) m[y + o * inner + i] = apply(m, x + o * length * inner + i, length, inner)
      }
    },
    softmax: (logarithm, y, x, outer, length, inner) => {
      for (let o = 0; o < outer; o++) {
        for (let i = 0; i < inner; i++) {
          const start = o * length * inner + i
          const end = start + length * inner
          const max = reductions.max(m, x + start, length, inner)
          let sum = 0
          for (let k = start; k < end; k += inner) {
            const e = exp(f(m[x + k] - max))
            sum = f(sum + e)
            if (!logarithm) m[y + k] = e
          }
          if (logarithm) sum = log(sum)
          for (let k = start; k < end; k += inner) {
            m[y + k] = logarithm ? f(m[x + k] - max) - sum : m[y + k] / sum
          }
        }
      }
    },
    toLanes: (y, x, count, size, lanes) => {
      for (let k = 0; k < size; k++) {
        for (let l = 0; l < lanes; l++) m[y + k * lanes + l] = l < count ? m[x + l * size + k] : 0
      }
    },
    fromLanes: (y, x, count, size, lanes) => {
      for (let l = 0; l < count; l++) {
        for (let k = 0; k < size; k++) m[y + l * size + k] = m[x + k * lanes + l]
      }
    },
    normals: (key, y, start, count) => normals(key, m, y, count, start)
  }
}
