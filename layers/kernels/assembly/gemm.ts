/**
 * Matrix products with the examples in lanes. Sums start at zero and run in index order whatever the tile, so the bits
 * of a lane depend neither on the other lanes nor on where it lies.
 */

import { at, read, write } from "./memory"

/** `rows` sums of eight lanes, over `depth` terms. A later part of a sum goes on from what `y` holds. */
@inline
function tile(
  rows: i32,
  y: usize,
  yStride: usize,
  w: usize,
  rowStride: usize,
  columnStride: usize,
  x: usize,
  xStride: usize,
  depth: i32,
  first: bool
): void {
  const y1 = y + yStride
  const y2 = y1 + yStride
  const y3 = y2 + yStride
  let a0 = f32x4.splat(0)
  let b0 = a0
  let a1 = a0
  let b1 = a0
  let a2 = a0
  let b2 = a0
  let a3 = a0
  let b3 = a0
  if (!first) {
    a0 = v128.load(y)
    b0 = v128.load(y, 16)
    if (rows > 1) {
      a1 = v128.load(y1)
      b1 = v128.load(y1, 16)
    }
    if (rows > 2) {
      a2 = v128.load(y2)
      b2 = v128.load(y2, 16)
    }
    if (rows > 3) {
      a3 = v128.load(y3)
      b3 = v128.load(y3, 16)
    }
  }
  let w1 = w + rowStride
  let w2 = w1 + rowStride
  let w3 = w2 + rowStride
  for (let i = depth; i > 0; i--) {
    const p = v128.load(x)
    const q = v128.load(x, 16)
    x += xStride
    const s0 = v128.load32_splat(w)
    a0 = f32x4.add(a0, f32x4.mul(s0, p))
    b0 = f32x4.add(b0, f32x4.mul(s0, q))
    w += columnStride
    if (rows > 1) {
      const s1 = v128.load32_splat(w1)
      a1 = f32x4.add(a1, f32x4.mul(s1, p))
      b1 = f32x4.add(b1, f32x4.mul(s1, q))
      w1 += columnStride
    }
    if (rows > 2) {
      const s2 = v128.load32_splat(w2)
      a2 = f32x4.add(a2, f32x4.mul(s2, p))
      b2 = f32x4.add(b2, f32x4.mul(s2, q))
      w2 += columnStride
    }
    if (rows > 3) {
      const s3 = v128.load32_splat(w3)
      a3 = f32x4.add(a3, f32x4.mul(s3, p))
      b3 = f32x4.add(b3, f32x4.mul(s3, q))
      w3 += columnStride
    }
  }
  v128.store(y, a0)
  v128.store(y, b0, 16)
  if (rows > 1) {
    v128.store(y1, a1)
    v128.store(y1, b1, 16)
  }
  if (rows > 2) {
    v128.store(y2, a2)
    v128.store(y2, b2, 16)
  }
  if (rows > 3) {
    v128.store(y3, a3)
    v128.store(y3, b3, 16)
  }
}

/** Four rows of the sums of four lanes or of one: what remains of the lanes beside whole tiles. */
@inline
function column(
  wide: bool,
  rows: i32,
  y: usize,
  yStride: usize,
  w: usize,
  rowStride: usize,
  columnStride: usize,
  x: usize,
  xStride: usize,
  depth: i32
): void {
  let a0 = f32x4.splat(0)
  let a1 = a0
  let a2 = a0
  let a3 = a0
  let w1 = w + rowStride
  let w2 = w1 + rowStride
  let w3 = w2 + rowStride
  for (let i = depth; i > 0; i--) {
    const p = read(wide, x)
    x += xStride
    a0 = f32x4.add(a0, f32x4.mul(v128.load32_splat(w), p))
    w += columnStride
    if (rows > 1) {
      a1 = f32x4.add(a1, f32x4.mul(v128.load32_splat(w1), p))
      a2 = f32x4.add(a2, f32x4.mul(v128.load32_splat(w2), p))
      a3 = f32x4.add(a3, f32x4.mul(v128.load32_splat(w3), p))
      w1 += columnStride
      w2 += columnStride
      w3 += columnStride
    }
  }
  write(wide, y, a0)
  if (rows > 1) {
    write(wide, y + yStride, a1)
    write(wide, y + 2 * yStride, a2)
    write(wide, y + 3 * yStride, a3)
  }
}

/** All rows of one column. */
@inline
function columnRows(
  wide: bool,
  y: usize,
  yStride: usize,
  w: usize,
  rowStride: usize,
  columnStride: usize,
  x: usize,
  xStride: usize,
  outer: i32,
  inner: i32
): void {
  for (; outer >= 4; outer -= 4) {
    column(wide, 4, y, yStride, w, rowStride, columnStride, x, xStride, inner)
    y += 4 * yStride
    w += 4 * rowStride
  }
  for (; outer > 0; outer--) {
    column(wide, 1, y, yStride, w, rowStride, columnStride, x, xStride, inner)
    y += yStride
    w += rowStride
  }
}

/** All rows of eight lanes. */
function tileRows(
  y: usize,
  yStride: usize,
  w: usize,
  rowStride: usize,
  columnStride: usize,
  x: usize,
  xStride: usize,
  outer: i32,
  depth: i32,
  first: bool
): void {
  while (outer > 0) {
    let rows = outer
    if (outer >= 4) {
      tile(4, y, yStride, w, rowStride, columnStride, x, xStride, depth, first)
      rows = 4
    } else if (outer == 3) tile(3, y, yStride, w, rowStride, columnStride, x, xStride, depth, first)
    else if (outer == 2) tile(2, y, yStride, w, rowStride, columnStride, x, xStride, depth, first)
    else tile(1, y, yStride, w, rowStride, columnStride, x, xStride, depth, first)
    outer -= rows
    y += <usize>rows * yStride
    w += <usize>rows * rowStride
  }
}

export function gemm(
  y: i32,
  w: i32,
  rowStride: i32,
  columnStride: i32,
  x: i32,
  outer: i32,
  inner: i32,
  lanes: i32
): void {
  const stride = <usize>lanes << 2
  const rows = <usize>rowStride << 2
  const columns = <usize>columnStride << 2
  let to = at(y)
  let from = at(x)
  const weights = at(w)
  let l = lanes
  for (; l >= 8; l -= 8, to += 32, from += 32) {
    tileRows(to, stride, weights, rows, columns, from, stride, outer, inner, true)
  }
  for (; l >= 4; l -= 4, to += 16, from += 16) {
    columnRows(true, to, stride, weights, rows, columns, from, stride, outer, inner)
  }
  for (; l > 0; l--, to += 4, from += 4) {
    columnRows(false, to, stride, weights, rows, columns, from, stride, outer, inner)
  }
}

/** `columns` elements of one row of the contraction, for four lanes or one. */
@inline
function contractTile(
  wide: bool,
  columns: i32,
  y: usize,
  a: usize,
  aStride: usize,
  b: usize,
  bStride: usize,
  stride: usize,
  depth: i32
): void {
  let s0 = f32x4.splat(0)
  let s1 = s0
  let s2 = s0
  let s3 = s0
  for (let k = 0; k < depth; k++) {
    const p = read(wide, a)
    s0 = f32x4.add(s0, f32x4.mul(p, read(wide, b)))
    if (columns > 1) {
      s1 = f32x4.add(s1, f32x4.mul(p, read(wide, b + stride)))
      s2 = f32x4.add(s2, f32x4.mul(p, read(wide, b + 2 * stride)))
      s3 = f32x4.add(s3, f32x4.mul(p, read(wide, b + 3 * stride)))
    }
    a += aStride
    b += bStride
  }
  write(wide, y, s0)
  if (columns > 1) {
    write(wide, y + stride, s1)
    write(wide, y + 2 * stride, s2)
    write(wide, y + 3 * stride, s3)
  }
}

@inline
function contractLanes(wide: bool, y: usize, a: usize, b: usize, m: i32, k: i32, n: i32, stride: usize): void {
  const bStride = <usize>n * stride
  for (let i = 0; i < m; i++, a += <usize>k * stride) {
    let p = b
    let j = n
    for (; j >= 4; j -= 4, y += 4 * stride, p += 4 * stride) {
      contractTile(wide, 4, y, a, stride, p, bStride, stride, k)
    }
    for (; j > 0; j--, y += stride, p += stride) contractTile(wide, 1, y, a, stride, p, bStride, stride, k)
  }
}

export function contract(y: i32, a: i32, b: i32, m: i32, k: i32, n: i32, lanes: i32): void {
  if (lanes == 1) return gemm(y, a, k, 1, b, m, k, n)
  const stride = <usize>lanes << 2
  let l: usize = 0
  for (; l + 16 <= stride; l += 16) contractLanes(true, at(y) + l, at(a) + l, at(b) + l, m, k, n, stride)
  for (; l < stride; l += 4) contractLanes(false, at(y) + l, at(a) + l, at(b) + l, m, k, n, stride)
}
