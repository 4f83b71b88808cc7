/**
 * Kernels that give every element its own answer. The operation is a constant of each inlined loop, and each function of
 * one operand is an export of its own: engines keep the variables of a loop in registers only where there are few loops.
 */

import { at, read, write } from "./memory"
import * as Transcendental from "./transcendental"

/** neg, exp, log, abs, sqrt, relu, tanh, sigmoid. */
@inline
function applyUnary(op: i32, x: v128): v128 {
  if (op == 0) return f32x4.neg(x)
  if (op == 1) return Transcendental.exp(x)
  if (op == 2) return Transcendental.log(x)
  if (op == 3) return f32x4.abs(x)
  if (op == 4) return f32x4.sqrt(x)
  if (op == 5) return f32x4.pmax(x, f32x4.splat(0))
  if (op == 6) return Transcendental.tanh(x)
  return Transcendental.sigmoid(x)
}

/** add, sub, mul, div, minimum, maximum, equal. */
@inline
function applyBinary(op: i32, a: v128, b: v128, tolerance: v128): v128 {
  if (op == 0) return f32x4.add(a, b)
  if (op == 1) return f32x4.sub(a, b)
  if (op == 2) return f32x4.mul(a, b)
  if (op == 3) return f32x4.div(a, b)
  if (op == 4) return f32x4.min(a, b)
  if (op == 5) return f32x4.max(a, b)
  return v128.and(f32x4.le(f32x4.abs(f32x4.sub(a, b)), tolerance), f32x4.splat(1))
}

@inline
function unaryLoop(op: i32, y: usize, x: usize, count: i32): void {
  const end = y + (<usize>count << 2)
  const body = y + (<usize>(count & ~3) << 2)
  for (; y < body; y += 16, x += 16) write(true, y, applyUnary(op, read(true, x)))
  for (; y < end; y += 4, x += 4) write(false, y, applyUnary(op, read(false, x)))
}

export function neg(y: i32, x: i32, count: i32): void {
  unaryLoop(0, at(y), at(x), count)
}

export function exp(y: i32, x: i32, count: i32): void {
  unaryLoop(1, at(y), at(x), count)
}

export function log(y: i32, x: i32, count: i32): void {
  unaryLoop(2, at(y), at(x), count)
}

export function abs(y: i32, x: i32, count: i32): void {
  unaryLoop(3, at(y), at(x), count)
}

export function sqrt(y: i32, x: i32, count: i32): void {
  unaryLoop(4, at(y), at(x), count)
}

export function relu(y: i32, x: i32, count: i32): void {
  unaryLoop(5, at(y), at(x), count)
}

export function tanh(y: i32, x: i32, count: i32): void {
  unaryLoop(6, at(y), at(x), count)
}

export function sigmoid(y: i32, x: i32, count: i32): void {
  unaryLoop(7, at(y), at(x), count)
}

/** One row; an operand that is not `Spread` is one float for the whole row. */
@inline
function row(op: i32, y: usize, a: usize, aSpread: bool, b: usize, bSpread: bool, count: i32, tolerance: v128): void {
  const end = y + (<usize>count << 2)
  const body = y + (<usize>(count & ~3) << 2)
  const aOne = read(false, a)
  const bOne = read(false, b)
  for (; y < body; y += 16) {
    write(true, y, applyBinary(op, aSpread ? read(true, a) : aOne, bSpread ? read(true, b) : bOne, tolerance))
    if (aSpread) a += 16
    if (bSpread) b += 16
  }
  for (; y < end; y += 4) {
    write(false, y, applyBinary(op, aSpread ? read(false, a) : aOne, bSpread ? read(false, b) : bOne, tolerance))
    if (aSpread) a += 4
    if (bSpread) b += 4
  }
}

@inline
function binaryLoop(op: i32, y: i32, a: i32, b: i32, count: i32, tolerance: f32): void {
  if (count > 0) row(op, at(y), at(a), true, at(b), true, count, f32x4.splat(tolerance))
}

export function binary(op: i32, y: i32, a: i32, b: i32, count: i32, tolerance: f32): void {
  switch (op) {
    case 0: return binaryLoop(0, y, a, b, count, tolerance)
    case 1: return binaryLoop(1, y, a, b, count, tolerance)
    case 2: return binaryLoop(2, y, a, b, count, tolerance)
    case 3: return binaryLoop(3, y, a, b, count, tolerance)
    case 4: return binaryLoop(4, y, a, b, count, tolerance)
    case 5: return binaryLoop(5, y, a, b, count, tolerance)
    default: return binaryLoop(6, y, a, b, count, tolerance)
  }
}

@inline
function rowsLoop(
  op: i32,
  y: usize,
  a: usize,
  aIndex: usize,
  aLanes: i32,
  b: usize,
  bIndex: usize,
  bLanes: i32,
  rows: i32,
  lanes: i32,
  tolerance: v128
): void {
  for (let k = 0; k < rows; k++) {
    const p = a + (<usize>(<i32>load<f32>(aIndex + (<usize>k << 2)) * aLanes) << 2)
    const q = b + (<usize>(<i32>load<f32>(bIndex + (<usize>k << 2)) * bLanes) << 2)
    if (lanes == 1) write(false, y, applyBinary(op, read(false, p), read(false, q), tolerance))
    else if (aLanes > 1 && bLanes > 1) row(op, y, p, true, q, true, lanes, tolerance)
    else if (aLanes > 1) row(op, y, p, true, q, false, lanes, tolerance)
    else if (bLanes > 1) row(op, y, p, false, q, true, lanes, tolerance)
    else row(op, y, p, false, q, false, lanes, tolerance)
    y += <usize>lanes << 2
  }
}

export function binaryRows(
  op: i32,
  y: i32,
  a: i32,
  aIndex: i32,
  aLanes: i32,
  b: i32,
  bIndex: i32,
  bLanes: i32,
  rows: i32,
  lanes: i32,
  tolerance: f32
): void {
  const t = f32x4.splat(tolerance)
  switch (op) {
    case 0: return rowsLoop(0, at(y), at(a), at(aIndex), aLanes, at(b), at(bIndex), bLanes, rows, lanes, t)
    case 1: return rowsLoop(1, at(y), at(a), at(aIndex), aLanes, at(b), at(bIndex), bLanes, rows, lanes, t)
    case 2: return rowsLoop(2, at(y), at(a), at(aIndex), aLanes, at(b), at(bIndex), bLanes, rows, lanes, t)
    case 3: return rowsLoop(3, at(y), at(a), at(aIndex), aLanes, at(b), at(bIndex), bLanes, rows, lanes, t)
    case 4: return rowsLoop(4, at(y), at(a), at(aIndex), aLanes, at(b), at(bIndex), bLanes, rows, lanes, t)
    case 5: return rowsLoop(5, at(y), at(a), at(aIndex), aLanes, at(b), at(bIndex), bLanes, rows, lanes, t)
    default: return rowsLoop(6, at(y), at(a), at(aIndex), aLanes, at(b), at(bIndex), bLanes, rows, lanes, t)
  }
}

export function addScaled(y: i32, a: i32, b: i32, alpha: f32, count: i32): void {
  const scale = f32x4.splat(alpha)
  let to = at(y)
  let p = at(a)
  let q = at(b)
  const end = to + (<usize>count << 2)
  const body = to + (<usize>(count & ~3) << 2)
  for (; to < body; to += 16, p += 16, q += 16) {
    write(true, to, f32x4.add(read(true, p), f32x4.mul(scale, read(true, q))))
  }
  for (; to < end; to += 4, p += 4, q += 4) {
    write(false, to, f32x4.add(read(false, p), f32x4.mul(scale, read(false, q))))
  }
}
