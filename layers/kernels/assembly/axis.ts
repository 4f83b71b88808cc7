/**
 * Kernels over the middle axis of `x[outer][length][inner]`, and the change between rows and lanes.
 */

import { at, read, write } from "./memory"
import { exp, log } from "./transcendental"

/** Sum (0), mean (1) or maximum (2) down one column of four floats or of one. */
@inline
function fold(op: i32, wide: bool, y: usize, x: usize, length: i32, stride: usize): void {
  let acc = f32x4.splat(op == 2 ? -Infinity : 0)
  for (let k = 0; k < length; k++, x += stride) {
    const v = read(wide, x)
    acc = op == 2 ? f32x4.max(acc, v) : f32x4.add(acc, v)
  }
  write(wide, y, op == 1 ? f32x4.div(acc, f32x4.splat(<f32>length)) : acc)
}

/** The same down four columns at once, which share cache lines and hide the latency of the addition. */
@inline
function foldFour(op: i32, y: usize, x: usize, length: i32, stride: usize): void {
  const start = f32x4.splat(op == 2 ? -Infinity : 0)
  let a = start
  let b = start
  let c = start
  let d = start
  for (let k = 0; k < length; k++, x += stride) {
    const p = v128.load(x)
    const q = v128.load(x, 16)
    const r = v128.load(x, 32)
    const s = v128.load(x, 48)
    a = op == 2 ? f32x4.max(a, p) : f32x4.add(a, p)
    b = op == 2 ? f32x4.max(b, q) : f32x4.add(b, q)
    c = op == 2 ? f32x4.max(c, r) : f32x4.add(c, r)
    d = op == 2 ? f32x4.max(d, s) : f32x4.add(d, s)
  }
  const n = f32x4.splat(<f32>length)
  v128.store(y, op == 1 ? f32x4.div(a, n) : a)
  v128.store(y, op == 1 ? f32x4.div(b, n) : b, 16)
  v128.store(y, op == 1 ? f32x4.div(c, n) : c, 32)
  v128.store(y, op == 1 ? f32x4.div(d, n) : d, 48)
}

/** The first index of the greatest element; NaN is never the greatest. */
@inline
function argMax(wide: bool, y: usize, x: usize, length: i32, stride: usize): void {
  let best = f32x4.splat(-Infinity)
  let index = f32x4.splat(0)
  for (let k = 0; k < length; k++, x += stride) {
    const v = read(wide, x)
    const greater = f32x4.gt(v, best)
    best = v128.bitselect(v, best, greater)
    index = v128.bitselect(f32x4.splat(<f32>k), index, greater)
  }
  write(wide, y, index)
}

@inline
function reduceLoop(op: i32, y: usize, x: usize, outer: i32, length: i32, inner: i32): void {
  const stride = <usize>inner << 2
  for (let o = 0; o < outer; o++) {
    let i = 0
    if (op < 3) {
      for (; i + 16 <= inner; i += 16, y += 64, x += 64) foldFour(op, y, x, length, stride)
      for (; i + 4 <= inner; i += 4, y += 16, x += 16) fold(op, true, y, x, length, stride)
      for (; i < inner; i++, y += 4, x += 4) fold(op, false, y, x, length, stride)
    } else {
      for (; i + 4 <= inner; i += 4, y += 16, x += 16) argMax(true, y, x, length, stride)
      for (; i < inner; i++, y += 4, x += 4) argMax(false, y, x, length, stride)
    }
    x += <usize>(length - 1) * stride
  }
}

export function reduce(op: i32, y: i32, x: i32, outer: i32, length: i32, inner: i32): void {
  switch (op) {
    case 0: return reduceLoop(0, at(y), at(x), outer, length, inner)
    case 1: return reduceLoop(1, at(y), at(x), outer, length, inner)
    case 2: return reduceLoop(2, at(y), at(x), outer, length, inner)
    default: return reduceLoop(3, at(y), at(x), outer, length, inner)
  }
}

@inline
function softmaxColumn(wide: bool, logarithm: bool, y: usize, x: usize, length: i32, stride: usize): void {
  const bytes = <usize>length * stride
  // A NaN that `pmax` passes over makes the sum NaN, and with it all results.
  let max = f32x4.splat(-Infinity)
  for (let k: usize = 0; k < bytes; k += stride) max = f32x4.pmax(max, read(wide, x + k))
  let sum = f32x4.splat(0)
  for (let k: usize = 0; k < bytes; k += stride) {
    const e = exp(f32x4.sub(read(wide, x + k), max))
    sum = f32x4.add(sum, e)
    if (!logarithm) write(wide, y + k, e)
  }
  if (logarithm) sum = log(sum)
  for (let k: usize = 0; k < bytes; k += stride) {
    write(
      wide,
      y + k,
      logarithm ? f32x4.sub(f32x4.sub(read(wide, x + k), max), sum) : f32x4.div(read(wide, y + k), sum)
    )
  }
}

@inline
function softmaxLoop(logarithm: bool, y: usize, x: usize, outer: i32, length: i32, inner: i32): void {
  const stride = <usize>inner << 2
  const rest = <usize>(length - 1) * stride
  for (let o = 0; o < outer; o++, x += rest, y += rest) {
    let i = 0
    for (; i + 4 <= inner; i += 4, y += 16, x += 16) softmaxColumn(true, logarithm, y, x, length, stride)
    for (; i < inner; i++, y += 4, x += 4) softmaxColumn(false, logarithm, y, x, length, stride)
  }
}

export function softmax(y: i32, x: i32, outer: i32, length: i32, inner: i32): void {
  softmaxLoop(false, at(y), at(x), outer, length, inner)
}

export function logSoftmax(y: i32, x: i32, outer: i32, length: i32, inner: i32): void {
  softmaxLoop(true, at(y), at(x), outer, length, inner)
}

/** Transposes four rows of four floats, `from` and `to` bytes apart. */
@inline
function transpose(y: usize, to: usize, x: usize, from: usize): void {
  const a = v128.load(x)
  const b = v128.load(x + from)
  const c = v128.load(x + 2 * from)
  const d = v128.load(x + 3 * from)
  const p = v128.shuffle<f32>(a, b, 0, 4, 1, 5)
  const q = v128.shuffle<f32>(a, b, 2, 6, 3, 7)
  const r = v128.shuffle<f32>(c, d, 0, 4, 1, 5)
  const s = v128.shuffle<f32>(c, d, 2, 6, 3, 7)
  v128.store(y, v128.shuffle<f32>(p, r, 0, 1, 4, 5))
  v128.store(y + to, v128.shuffle<f32>(p, r, 2, 3, 6, 7))
  v128.store(y + 2 * to, v128.shuffle<f32>(q, s, 0, 1, 4, 5))
  v128.store(y + 3 * to, v128.shuffle<f32>(q, s, 2, 3, 6, 7))
}

/** `y[c][r] = x[r][c]`, with rows `to` and `from` bytes apart. */
@inline
function transposeAll(y: usize, to: usize, x: usize, from: usize, rows: i32, columns: i32): void {
  const rowBody = rows & ~3
  const columnBody = columns & ~3
  for (let r = 0; r < rowBody; r += 4) {
    for (let c = 0; c < columnBody; c += 4) {
      transpose(y + <usize>c * to + (<usize>r << 2), to, x + <usize>r * from + (<usize>c << 2), from)
    }
  }
  for (let r = 0; r < rows; r++) {
    for (let c = r < rowBody ? columnBody : 0; c < columns; c++) {
      store<f32>(y + <usize>c * to + (<usize>r << 2), load<f32>(x + <usize>r * from + (<usize>c << 2)))
    }
  }
}

export function toLanes(y: i32, x: i32, count: i32, size: i32, lanes: i32): void {
  transposeAll(at(y), <usize>lanes << 2, at(x), <usize>size << 2, count, size)
  if (count == lanes) return
  for (let k = 0; k < size; k++) {
    for (let l = count; l < lanes; l++) store<f32>(at(y + k * lanes + l), 0)
  }
}

export function fromLanes(y: i32, x: i32, count: i32, size: i32, lanes: i32): void {
  transposeAll(at(y), <usize>size << 2, at(x), <usize>lanes << 2, size, count)
}
