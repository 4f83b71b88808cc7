/**
 * Counter-based noise: every number is a function of (seed, generation, pair, block, element) and of nothing else.
 *
 * Nothing is stored and nothing is drawn in order, so the numbers are the same bits at any chunking, concurrency or
 * device, and a population is described by its seed and generation. The generator is Philox4x32-10 (Salmon, Moraes,
 * Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011), checked against the known answers of
 * Random123. Normals are Box-Muller pairs in double precision rounded once to single: only additions, products,
 * quotients and square roots, which IEEE 754 defines to the bit, so that every JavaScript engine, and a WebAssembly or
 * GPU kernel without fused multiply-add, gives the same ones.
 *
 * @since 0.1.0
 */

/**
 * The address of one stream of noise. `seed` is any safe integer, 0 and negative ones included (two's complement in
 * two 32-bit words); `generation`, `pair` and `block` are integers in [0, 2^32).
 *
 * @since 0.1.0
 * @category models
 */
export interface Key {
  readonly seed: number
  readonly generation: number
  readonly pair: number
  readonly block: number
}

const M0_LOW = 0x1f53
const M0_HIGH = 0xd251
const M1_LOW = 0x8d57
const M1_HIGH = 0xcd9e

/**
 * Philox4x32-10: four 32-bit words from a 128-bit counter and a 64-bit key, written to `out[0..3]` as signed words.
 * The high halves of the 32 x 32 bit products are put together from 16-bit halves (Warren, Hacker's Delight, §8-2).
 *
 * @since 0.1.0
 * @category generators
 */
export const philox4x32 = (
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  k0: number,
  k1: number,
  out: Int32Array
): void => {
  let x0 = c0 | 0
  let x1 = c1 | 0
  let x2 = c2 | 0
  let x3 = c3 | 0
  let key0 = k0 | 0
  let key1 = k1 | 0
  for (let round = 0; round < 10; round++) {
    const aLow = x0 & 0xffff
    const aHigh = x0 >>> 16
    const a = (Math.imul(aHigh, M0_LOW) + (Math.imul(aLow, M0_LOW) >>> 16)) | 0
    const aCarry = (Math.imul(aLow, M0_HIGH) + (a & 0xffff)) | 0
    const hi0 = (Math.imul(aHigh, M0_HIGH) + (a >>> 16) + (aCarry >>> 16)) | 0
    const bLow = x2 & 0xffff
    const bHigh = x2 >>> 16
    const b = (Math.imul(bHigh, M1_LOW) + (Math.imul(bLow, M1_LOW) >>> 16)) | 0
    const bCarry = (Math.imul(bLow, M1_HIGH) + (b & 0xffff)) | 0
    const hi1 = (Math.imul(bHigh, M1_HIGH) + (b >>> 16) + (bCarry >>> 16)) | 0
    const lo0 = Math.imul(x0, 0xd2511f53)
    const lo1 = Math.imul(x2, 0xcd9e8d57)
    x0 = hi1 ^ x1 ^ key0
    x1 = lo1
    x2 = hi0 ^ x3 ^ key1
    x3 = lo0
    key0 = (key0 + 0x9e3779b9) | 0
    key1 = (key1 + 0xbb67ae85) | 0
  }
  out[0] = x0
  out[1] = x1
  out[2] = x2
  out[3] = x3
}

const words = new Int32Array(4)
const quad = new Float32Array(4)
const LN2_HIGH = 0.69313812255859375
const LN2_LOW = 9.0580006144591607e-6
const L1 = 0.66666662693023682
const L2 = 0.40000972151756287
const L3 = 0.28498786687850952
const L4 = 0.24279078841209412
const RADIANS = (Math.PI / 4) * 2 ** -23
const S1 = -0.16666654611
const S2 = 8.3321608736e-3
const S3 = -1.9515295891e-4
const C1 = 4.166664568298827e-2
const C2 = -1.388731625493765e-3
const C3 = 2.443315711809948e-5

/**
 * Two normals from two words. The logarithm is FreeBSD's e_logf, sine and cosine on [-π/4, π/4] are Cephes's sinf and
 * cosf, all in double precision; the angle is doubled and the sign drawn, which needs no branch.
 */
const boxMuller = (a: number, b: number, out: Float32Array, at: number): void => {
  const n = (a >>> 8) + 1
  const zeros = Math.clz32(n)
  const top = n << zeros
  const above = (0x5a827999 - (top >>> 1)) >>> 31
  const e = 7 + above - zeros
  const f = (top >>> 8) * ((1 - 0.5 * above) * 2 ** -23) - 1
  const s = f / (2 + f)
  const z = s * s
  const w = z * z
  const r = w * (L2 + w * L4) + z * (L1 + w * L3)
  const half = 0.5 * f * f
  const log = s * (half + r) + e * LN2_LOW - half + f + e * LN2_HIGH
  const radius = Math.sqrt(-2 * log) * ((b >> 31) | 1)
  const x = ((b << 1) >> 8) * RADIANS
  const q = x * x
  const sin = x + x * q * (S1 + q * (S2 + q * S3))
  const cos = 1 - 0.5 * q + q * q * (C1 + q * (C2 + q * C3))
  out[at] = radius * (cos * cos - sin * sin)
  out[at + 1] = radius * (2 * (sin * cos))
}

/** @internal */
export const lowWord = (seed: number): number => seed >>> 0

/** @internal */
export const highWord = (seed: number): number => Math.floor(seed / 2 ** 32) >>> 0

const normalQuad = (key: Key, k0: number, k1: number, index: number, out: Float32Array, at: number): void => {
  philox4x32(index, key.block, key.pair, key.generation, k0, k1, words)
  boxMuller(words[0], words[1], out, at)
  boxMuller(words[2], words[3], out, at + 2)
}

/**
 * Standard normals: writes elements `start … start + count - 1` of the stream `key` to `out[offset …]`.
 *
 * Element k depends on `key` and k only. Elements 4c … 4c + 3 come from the Philox counter (c, block, pair,
 * generation): with words x0 … x3, u = ((x0 >>> 8) + 1) / 2^24 in (0, 1], the half turn a = π/2 · (x1 mod 2^31, its
 * lowest 7 bits dropped, as a signed fraction in [-1, 1)) and the sign of x1 give ±√(-2 ln u) · (cos a, sin a); x2 and
 * x3 give the other two. So |z| ≤ √(48 ln 2) ≈ 5.77.
 *
 * @since 0.1.0
 * @category generators
 */
export const normals = (key: Key, out: Float32Array, offset = 0, count = out.length - offset, start = 0): void => {
  const k0 = lowWord(key.seed)
  const k1 = highWord(key.seed)
  const end = start + count
  let k = start
  while (k < end) {
    const lane = k % 4
    const index = (k - lane) / 4
    if (lane === 0 && end - k >= 4) {
      normalQuad(key, k0, k1, index, out, offset + k - start)
      k += 4
    } else {
      normalQuad(key, k0, k1, index, quad, 0)
      for (let i = lane; i < 4 && k < end; i++, k++) {
        out[offset + k - start] = quad[i]
      }
    }
  }
}

/**
 * Uniforms in [0, 1) with 24 random bits each: elements `start … start + count - 1` of the stream `key`. They come from
 * the same words as the normals of `key`: take another block for independent ones.
 *
 * @since 0.1.0
 * @category generators
 */
export const uniforms = (key: Key, out: Float32Array, offset = 0, count = out.length - offset, start = 0): void => {
  const k0 = lowWord(key.seed)
  const k1 = highWord(key.seed)
  for (let i = 0; i < count; i++) {
    const lane = (start + i) % 4
    if (i === 0 || lane === 0) {
      philox4x32((start + i - lane) / 4, key.block, key.pair, key.generation, k0, k1, words)
    }
    out[offset + i] = (words[lane] >>> 8) * 2 ** -24
  }
}

/**
 * The stable number of a block: 32-bit FNV-1a of the UTF-8 bytes of its path. It depends on the path alone, so adding,
 * removing or reordering blocks never changes the noise of another.
 *
 * @since 0.1.0
 * @category hashing
 */
export const blockId = (path: string): number => {
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(path)) {
    hash = Math.imul(hash ^ byte, 0x01000193)
  }
  return hash >>> 0
}

const avalanche = (word: number): number => {
  let z = word
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
  return z ^ (z >>> 16)
}

/**
 * One unsigned 32-bit seed from any number of safe integers; the order counts. For seeds that a provider or an example
 * takes, such as `mix(seed, generation, pair, example)`: the members of a pair then share their sampling.
 *
 * The finaliser is that of MurmurHash3 (Appleby), applied to both halves of each integer.
 *
 * @since 0.1.0
 * @category hashing
 */
export const mix = (...integers: ReadonlyArray<number>): number => {
  let hash = avalanche(integers.length + 0x9e3779b9)
  for (const integer of integers) {
    hash = avalanche(Math.imul(hash, 5) + avalanche(lowWord(integer) + 0x9e3779b9))
    hash = avalanche(Math.imul(hash, 5) + avalanche(highWord(integer) + 0x7f4a7c15))
  }
  return hash >>> 0
}

const sampleBlock = blockId("hyperfunc/Noise/sampleIndices")

const permutation = (seed: number, epoch: number, total: number): Uint32Array => {
  const k0 = lowWord(seed)
  const k1 = highWord(seed)
  const order = new Uint32Array(total)
  for (let i = 0; i < total; i++) {
    const lane = i % 4
    if (lane === 0) {
      philox4x32(i / 4, sampleBlock, 0, epoch, k0, k1, words)
    }
    const j = Math.floor((words[lane] >>> 0) * 2 ** -32 * (i + 1))
    order[i] = order[j]
    order[j] = i
  }
  return order
}

/**
 * A mini-batch without replacement: `count` of the indices 0 … total - 1, ascending (all of them if `count ≥ total`).
 *
 * A shuffled order (Fisher-Yates, inside out) is walked in consecutive batches, around its end if need be, and drawn
 * anew as soon as a batch ends where it began, after total / gcd(total, count) batches. So within one order every
 * example is used once before any is used twice, and a batch never holds an example twice. O(total) time and space.
 *
 * @since 0.1.0
 * @category generators
 */
export const sampleIndices = (
  options: { readonly seed: number; readonly generation: number },
  total: number,
  count: number
): ReadonlyArray<number> => {
  if (count >= total) {
    return Array.from({ length: total }, (_, i) => i)
  }
  const size = Math.max(0, Math.trunc(count))
  if (size === 0) {
    return []
  }
  let divisor = total
  for (let rest = size; rest > 0; ) {
    const next = divisor % rest
    divisor = rest
    rest = next
  }
  const batches = total / divisor
  const order = permutation(options.seed, Math.floor(options.generation / batches), total)
  const first = (options.generation % batches) * size
  return Array.from(Uint32Array.from({ length: size }, (_, i) => order[(first + i) % total]).sort())
}
