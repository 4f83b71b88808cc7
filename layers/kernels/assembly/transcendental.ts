/**
 * `exp`, `log`, `tanh` and `sigmoid` in single precision: the polynomials and the argument reductions of Stephen
 * Moshier's Cephes library (`single/expf.c`, `logf.c`, `tanhf.c`, https://www.netlib.org/cephes), four at a time. The
 * same operations in the same order are in `src/internal/kernelsJs.ts`.
 */

/** 1.5 * 2^23: adding it rounds to an integer, which is then in the low bits. */
const ROUNDING: f32 = 12582912

@inline
function fold(p: v128, x: v128, coefficient: f32): v128 {
  return f32x4.add(f32x4.mul(p, x), f32x4.splat(coefficient))
}

@inline
function powerOfTwo(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23)
}

/** Gradual underflow and overflow come out of scaling by the power of two in two halves. */
@inline
export function exp(value: v128): v128 {
  let x = f32x4.pmax(f32x4.pmin(value, f32x4.splat(89)), f32x4.splat(-104))
  const shifted = fold(x, f32x4.splat(1.44269504088896341), ROUNDING)
  const z = f32x4.sub(shifted, f32x4.splat(ROUNDING))
  x = f32x4.sub(x, f32x4.mul(z, f32x4.splat(0.693359375)))
  x = f32x4.sub(x, f32x4.mul(z, f32x4.splat(-2.12194440e-4)))
  let p = fold(f32x4.splat(1.9875691500e-4), x, 1.3981999507e-3)
  p = fold(p, x, 8.3334519073e-3)
  p = fold(p, x, 4.1665795894e-2)
  p = fold(p, x, 1.6666665459e-1)
  p = fold(p, x, 5.0000001201e-1)
  p = f32x4.add(f32x4.add(f32x4.mul(p, f32x4.mul(x, x)), x), f32x4.splat(1))
  const n = i32x4.sub(shifted, i32x4.splat(reinterpret<i32>(ROUNDING)))
  const half = i32x4.shr_s(n, 1)
  return f32x4.mul(f32x4.mul(p, powerOfTwo(half)), powerOfTwo(i32x4.sub(n, half)))
}

/** Subnormal arguments are scaled up first; what is not a positive finite number is put right at the end. */
@inline
export function log(value: v128): v128 {
  const tiny = f32x4.lt(value, f32x4.splat(1.1754943508222875e-38))
  const bits = v128.bitselect(f32x4.mul(value, f32x4.splat(8388608)), value, tiny)
  let e = i32x4.sub(i32x4.shr_s(bits, 23), i32x4.splat(126))
  e = i32x4.sub(e, v128.and(tiny, i32x4.splat(23)))
  let x = v128.or(v128.and(bits, i32x4.splat(0x007fffff)), i32x4.splat(0x3f000000))
  const low = f32x4.lt(x, f32x4.splat(0.707106781186547524))
  e = i32x4.add(e, low)
  x = f32x4.sub(f32x4.add(x, v128.and(low, x)), f32x4.splat(1))
  const z = f32x4.mul(x, x)
  let p = fold(f32x4.splat(7.0376836292e-2), x, -1.1514610310e-1)
  p = fold(p, x, 1.1676998740e-1)
  p = fold(p, x, -1.2420140846e-1)
  p = fold(p, x, 1.4249322787e-1)
  p = fold(p, x, -1.6668057665e-1)
  p = fold(p, x, 2.0000714765e-1)
  p = fold(p, x, -2.4999993993e-1)
  p = fold(p, x, 3.3333331174e-1)
  const exponent = f32x4.convert_i32x4_s(e)
  let y = f32x4.mul(f32x4.mul(p, x), z)
  y = f32x4.add(y, f32x4.mul(exponent, f32x4.splat(-2.12194440e-4)))
  y = f32x4.sub(y, f32x4.mul(z, f32x4.splat(0.5)))
  y = f32x4.add(f32x4.add(x, y), f32x4.mul(exponent, f32x4.splat(0.693359375)))
  y = v128.bitselect(y, value, f32x4.lt(value, f32x4.splat(Infinity)))
  y = v128.bitselect(f32x4.splat(-Infinity), y, f32x4.eq(value, f32x4.splat(0)))
  return v128.bitselect(f32x4.splat(NaN), y, f32x4.lt(value, f32x4.splat(0)))
}

@inline
export function tanh(x: v128): v128 {
  const magnitude = f32x4.abs(x)
  const s = exp(f32x4.add(magnitude, magnitude))
  const large = f32x4.sub(f32x4.splat(1), f32x4.div(f32x4.splat(2), f32x4.add(s, f32x4.splat(1))))
  const signed = v128.or(large, v128.and(x, i32x4.splat(0x80000000)))
  const z = f32x4.mul(x, x)
  let p = fold(f32x4.splat(-5.70498872745e-3), z, 2.06390887954e-2)
  p = fold(p, z, -5.37397155531e-2)
  p = fold(p, z, 1.33314422036e-1)
  p = fold(p, z, -3.33332819422e-1)
  const small = f32x4.add(f32x4.mul(f32x4.mul(p, z), x), x)
  return v128.bitselect(signed, small, f32x4.ge(magnitude, f32x4.splat(0.625)))
}

@inline
export function sigmoid(x: v128): v128 {
  return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), exp(f32x4.neg(x))))
}
