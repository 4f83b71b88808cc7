/**
 * The normals of `src/Noise.ts`, four counters at a time: the same operations on integers and on doubles in the same
 * order, so the same bits.
 */

import { at } from "./memory"

const M0: u32 = 0xd2511f53
const M1: u32 = 0xcd9e8d57
const STEP0: u32 = 0x9e3779b9
const STEP1: u32 = 0xbb67ae85

const LN2_HIGH: f64 = 0.69313812255859375
const LN2_LOW: f64 = 9.0580006144591607e-6
const L1: f64 = 0.66666662693023682
const L2: f64 = 0.40000972151756287
const L3: f64 = 0.28498786687850952
const L4: f64 = 0.24279078841209412
const RADIANS: f64 = (3.141592653589793 / 4) / 8388608
const S1: f64 = -0.16666654611
const S2: f64 = 8.3321608736e-3
const S3: f64 = -1.9515295891e-4
const C1: f64 = 4.166664568298827e-2
const C2: f64 = -1.388731625493765e-3
const C3: f64 = 2.443315711809948e-5

/** Above this fraction a logarithm goes by the next power of two: just over the square root of two. */
const SPLIT: f64 = <f64>0x5a827999 / 1073741824
const FRACTION: i64 = 0x000fffffffffffff
const ONE: i64 = 0x3ff0000000000000
/** 2^52: a small integer in its low bits makes it the double of that integer plus 2^52. */
const TWO_52: f64 = 4503599627370496

@inline
function fold(p: v128, x: v128, coefficient: f64): v128 {
  return f64x2.add(f64x2.splat(coefficient), f64x2.mul(x, p))
}

/** The logarithm of two doubles that are (whole numbers up to 2^24) / 2^24; `n` holds the whole numbers. */
@inline
function logOfUniform(n: v128): v128 {
  const fraction = v128.or(v128.and(n, i64x2.splat(FRACTION)), i64x2.splat(ONE))
  const above = f64x2.gt(fraction, f64x2.splat(SPLIT))
  const exponent = f64x2.sub(v128.or(i64x2.shr_u(n, 52), f64x2.splat(TWO_52)), f64x2.splat(TWO_52 + 1047))
  const e = f64x2.add(exponent, v128.and(above, f64x2.splat(1)))
  const f = f64x2.sub(v128.bitselect(f64x2.mul(fraction, f64x2.splat(0.5)), fraction, above), f64x2.splat(1))
  const s = f64x2.div(f, f64x2.add(f64x2.splat(2), f))
  const z = f64x2.mul(s, s)
  const w = f64x2.mul(z, z)
  const even = f64x2.mul(w, fold(f64x2.splat(L4), w, L2))
  const r = f64x2.add(even, f64x2.mul(z, fold(f64x2.splat(L3), w, L1)))
  const half = f64x2.mul(f64x2.mul(f64x2.splat(0.5), f), f)
  let log = f64x2.mul(s, f64x2.add(half, r))
  log = f64x2.add(log, f64x2.mul(e, f64x2.splat(LN2_LOW)))
  log = f64x2.add(f64x2.sub(log, half), f)
  return f64x2.add(log, f64x2.mul(e, f64x2.splat(LN2_HIGH)))
}

/** Two pairs of normals from the first two words of `a` and of `b`: cosine, sine, cosine, sine. */
@inline
function boxMuller(a: v128, b: v128): v128 {
  const n = i32x4.add(i32x4.shr_u(a, 8), i32x4.splat(1))
  const length = f64x2.sqrt(f64x2.mul(f64x2.splat(-2), logOfUniform(f64x2.convert_low_i32x4_s(n))))
  const sign = f64x2.convert_low_i32x4_s(v128.or(i32x4.shr_s(b, 31), i32x4.splat(1)))
  const radius = f64x2.mul(length, sign)
  const angle = f64x2.convert_low_i32x4_s(i32x4.shr_s(i32x4.shl(b, 1), 8))
  const x = f64x2.mul(angle, f64x2.splat(RADIANS))
  const q = f64x2.mul(x, x)
  const sin = f64x2.add(x, f64x2.mul(f64x2.mul(x, q), fold(fold(f64x2.splat(S3), q, S2), q, S1)))
  const cos = f64x2.add(
    f64x2.sub(f64x2.splat(1), f64x2.mul(f64x2.splat(0.5), q)),
    f64x2.mul(f64x2.mul(q, q), fold(fold(f64x2.splat(C3), q, C2), q, C1))
  )
  const cosines = f64x2.mul(radius, f64x2.sub(f64x2.mul(cos, cos), f64x2.mul(sin, sin)))
  const sines = f64x2.mul(radius, f64x2.mul(f64x2.splat(2), f64x2.mul(sin, cos)))
  return v128.shuffle<f32>(f32x4.demote_f64x2_zero(cosines), f32x4.demote_f64x2_zero(sines), 0, 4, 1, 5)
}

/** The last two words first. */
@inline
function swapped(x: v128): v128 {
  return v128.shuffle<i32>(x, x, 2, 3, 0, 1)
}

@inline
function lows(x: v128, m: v128): v128 {
  return i32x4.mul(x, m)
}

/** The high words of four products. */
@inline
function highs(x: v128, m: v128): v128 {
  return v128.shuffle<i32>(i64x2.extmul_low_i32x4_u(x, m), i64x2.extmul_high_i32x4_u(x, m), 1, 3, 5, 7)
}

/** Writes those of four floats that lie from position `start` to `end`; the first is at `position`. */
@inline
function writeWithin(y: usize, value: v128, position: i32, start: i32, end: i32): void {
  if (position >= start && position + 4 <= end) return v128.store(y, value)
  if (position >= start && position < end) v128.store_lane<f32>(y, value, 0)
  if (position + 1 >= start && position + 1 < end) v128.store_lane<f32>(y + 4, value, 1)
  if (position + 2 >= start && position + 2 < end) v128.store_lane<f32>(y + 8, value, 2)
  if (position + 3 >= start && position + 3 < end) v128.store_lane<f32>(y + 12, value, 3)
}

export function normals(
  seedLow: i32,
  seedHigh: i32,
  generation: i32,
  pair: i32,
  block: i32,
  y: i32,
  start: i32,
  count: i32
): void {
  const m0 = i32x4.splat(M0)
  const m1 = i32x4.splat(M1)
  const end = start + count
  const first = start & ~3
  let counters = i32x4.add(i32x4.splat(first >> 2), i32x4(0, 1, 2, 3))
  let to = at(y + first - start)
  for (let position = first; position < end; ) {
    let x0 = counters
    let x1 = i32x4.splat(block)
    let x2 = i32x4.splat(pair)
    let x3 = i32x4.splat(generation)
    let key0 = i32x4.splat(seedLow)
    let key1 = i32x4.splat(seedHigh)
    for (let round = 0; round < 10; round++) {
      const high0 = highs(x0, m0)
      const low0 = lows(x0, m0)
      x0 = v128.xor(v128.xor(highs(x2, m1), x1), key0)
      x1 = lows(x2, m1)
      x2 = v128.xor(v128.xor(high0, x3), key1)
      x3 = low0
      key0 = i32x4.add(key0, i32x4.splat(STEP0))
      key1 = i32x4.add(key1, i32x4.splat(STEP1))
    }
    counters = i32x4.add(counters, i32x4.splat(4))
    for (let half = 0; half < 2; half++, position += 8, to += 32) {
      const p = boxMuller(x0, x1)
      const q = boxMuller(x2, x3)
      writeWithin(to, v128.shuffle<f32>(p, q, 0, 1, 4, 5), position, start, end)
      writeWithin(to + 16, v128.shuffle<f32>(p, q, 2, 3, 6, 7), position + 4, start, end)
      x0 = swapped(x0)
      x1 = swapped(x1)
      x2 = swapped(x2)
      x3 = swapped(x3)
    }
  }
}
