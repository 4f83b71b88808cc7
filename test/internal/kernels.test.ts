import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { make as makeWasm } from "../../layers/kernels/wasm.js"
import type { Binary, Kernels, Reduction, Unary } from "../../src/internal/Kernels.js"
import { make as makeJs } from "../../src/internal/kernelsJs.js"

const js = makeJs()
const wasm = makeWasm()

const unaries: ReadonlyArray<Unary> = ["neg", "exp", "log", "abs", "sqrt", "relu", "tanh", "sigmoid"]
const binaries: ReadonlyArray<Binary> = ["add", "sub", "mul", "div", "minimum", "maximum", "equal"]
const reductions: ReadonlyArray<Reduction> = ["sum", "mean", "max", "argMax"]

const specials = [
  0,
  -0,
  1,
  -1,
  0.625,
  -0.625,
  NaN,
  Infinity,
  -Infinity,
  1.401298464324817e-45,
  -1.401298464324817e-45,
  1.1754942106924411e-38,
  1.1754943508222875e-38,
  3.4028234663852886e38,
  -3.4028234663852886e38,
  88.72283172607422,
  88.72284698486328,
  -87.33654022216797,
  -103.97207641601562,
  -103.97208404541016,
  -1e30,
  1e30,
  0.7071067690849304
]

/** Floats of every kind, the same for the same seed; the wild ones among them are infinite, subnormal, huge or NaN. */
const floatsOf = (seed: number, wild: number): (() => number) => {
  let state = seed >>> 0
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    let z = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
    return (z ^ (z >>> 16)) >>> 0
  }
  const bits = new Uint32Array(1)
  const float = new Float32Array(bits.buffer)
  return () => {
    if (next() / 2 ** 32 >= wild) return Math.fround((next() / 2 ** 31 - 1) * (next() % 8 === 0 ? 90 : 3))
    const kind = next() % 3
    if (kind === 0) return specials[next() % specials.length]
    bits[0] = kind === 1 ? next() : next() & 0x807fffff
    return float[0]
  }
}

const sameBits = (a: number, b: number): boolean => Object.is(a, b)

/** Runs a kernel in both implementations over the same memory, and compares all of it. */
const agree = (
  size: number,
  seed: number,
  wild: number,
  run: (kernels: Kernels) => void,
  prepare: (memory: Float32Array) => void = () => {}
): void => {
  const next = floatsOf(seed, wild)
  const input = Float32Array.from({ length: size }, next)
  prepare(input)
  const a = js.reserve(size)
  const b = wasm.reserve(size)
  a.set(input)
  b.set(input)
  run(js)
  run(wasm)
  for (let k = 0; k < size; k++) {
    if (!sameBits(a[k], b[k])) assert.fail(`at ${k}: ${a[k]} in JavaScript, ${b[k]} in WebAssembly`)
  }
}

const seed = fc.integer()
const wild = fc.constantFrom(0, 0.02, 0.5)
const count = fc.integer({ min: 0, max: 70 })
const small = fc.integer({ min: 1, max: 11 })
const lanes = fc.oneof(
  fc.constant(1),
  fc.integer({ min: 1, max: 9 }).map((n) => 4 * n)
)
const offset = fc.integer({ min: 0, max: 5 })
const check = <Ts extends [unknown, ...Array<unknown>]>(property: fc.IProperty<Ts>) =>
  fc.assert(property, { numRuns: 200 })

describe("kernels in JavaScript and in WebAssembly", () => {
  for (const op of unaries) {
    it(`give the same bits for ${op}`, () =>
      check(
        fc.property(seed, wild, count, offset, fc.boolean(), (s, v, n, at, inPlace) =>
          agree(2 * n + at, s, v, (k) => k.unary(op, inPlace ? at : at + n, at, n))
        )
      ))
  }

  for (const op of binaries) {
    it(`give the same bits for ${op}`, () =>
      check(
        fc.property(seed, wild, count, offset, fc.double({ min: 0, max: 2, noNaN: true }), (s, v, n, at, t) =>
          agree(3 * n + at, s, v, (k) => k.binary(op, at, at + n, at + 2 * n, n, t))
        )
      ))

    it(`give the same bits for ${op} with broadcasting`, () =>
      check(
        fc.property(seed, wild, small, lanes, fc.boolean(), fc.boolean(), (s, v, rows, l, aOne, bOne) => {
          const a = 2 * rows
          const b = a + rows * l
          const y = b + rows * l
          agree(
            y + rows * l,
            s,
            v,
            (k) => k.binaryRows(op, y, a, 0, aOne ? 1 : l, b, rows, bOne ? 1 : l, rows, l, 0.5),
            (m) => {
              for (let r = 0; r < 2 * rows; r++) m[r] = (r * 7 + (s & 15)) % rows
            }
          )
        })
      ))
  }

  it("give the same bits for matrix products, weights in rows or in columns", () =>
    check(
      fc.property(seed, wild, small, count, lanes, fc.boolean(), offset, (s, v, outer, inner, l, turned, at) => {
        const x = at + outer * inner
        const y = x + inner * l
        agree(y + outer * l, s, v, (k) => k.gemm(y, at, turned ? 1 : inner, turned ? outer : 1, x, outer, inner, l))
      })
    ))

  it("give the same bits for matrix products whose weights repeat", () =>
    check(
      fc.property(seed, small, small, lanes, (s, outer, inner, l) =>
        agree(1 + inner * l + outer * l, s, 0, (k) => k.gemm(1 + inner * l, 0, 0, 0, 1, outer, inner, l))
      )
    ))

  it("give the same bits for contractions", () =>
    check(
      fc.property(seed, wild, small, small, small, lanes, (s, v, m, k, n, l) => {
        const b = m * k * l
        const y = b + k * n * l
        agree(y + m * n * l, s, v, (kernels) => kernels.contract(y, 0, b, m, k, n, l))
      })
    ))

  it("give the same bits for scaled sums, in place too", () =>
    check(
      fc.property(seed, wild, count, fc.double({ noNaN: true }), fc.boolean(), (s, v, n, alpha, inPlace) =>
        agree(3 * n, s, v, (k) => k.addScaled(inPlace ? n : 0, n, 2 * n, alpha, n))
      )
    ))

  for (const op of reductions) {
    it(`give the same bits for ${op} over an axis`, () =>
      check(
        fc.property(seed, wild, small, small, count, (s, v, outer, length, inner) => {
          const x = outer * inner
          agree(x + outer * length * inner, s, v, (k) => k.reduce(op, 0, x, outer, length, inner))
        })
      ))
  }

  for (const logarithm of [false, true]) {
    it(`give the same bits for ${logarithm ? "the logarithm of softmax" : "softmax"}, in place too`, () =>
      check(
        fc.property(seed, wild, small, small, count, fc.boolean(), (s, v, outer, length, inner, inPlace) => {
          const n = outer * length * inner
          agree(2 * n, s, v, (k) => k.softmax(logarithm, inPlace ? n : 0, n, outer, length, inner))
        })
      ))
  }

  it("give the same bits when rows become lanes and lanes become rows", () =>
    check(
      fc.property(seed, wild, count, count, offset, (s, v, n, size, padding) => {
        const l = n + padding
        agree(size * (n + l), s, v, (k) => k.toLanes(n * size, 0, n, size, l))
        agree(size * (n + l), s, v, (k) => k.fromLanes(0, n * size, n, size, l))
      })
    ))

  it("give the same bits for normals, and write no more than they are asked for", () => {
    const word = fc.integer({ min: 0, max: 2 ** 32 - 1 })
    const key = fc.record({ seed: fc.maxSafeInteger(), generation: word, pair: word, block: word })
    check(
      fc.property(seed, key, offset, offset, count, (s, of, at, start, n) =>
        agree(at + n + 16, s, 0, (k) => k.normals(of, at, start, n))
      )
    )
    agree(200_000, 0, 0, (k) => k.normals({ seed: 1, generation: 2, pair: 3, block: 4 }, 0, 0, 200_000))
  })
})

const implementations: ReadonlyArray<readonly [string, Kernels]> = [
  ["JavaScript", js],
  ["WebAssembly", wasm]
]

for (const [name, kernels] of implementations) {
  const apply = (op: Unary, xs: ReadonlyArray<number>): Array<number> => {
    kernels.reserve(xs.length).set(xs)
    kernels.unary(op, 0, 0, xs.length)
    return Array.from(kernels.reserve(0).subarray(0, xs.length))
  }

  const within = (op: Unary, exact: (x: number) => number, from: number, to: number, tolerance: number): void => {
    const xs = Array.from({ length: 100_000 }, (_, k) => Math.fround(from + ((to - from) * k) / 99_999))
    apply(op, xs).forEach((y, k) => {
      const error = Math.abs(y - exact(xs[k]))
      if (!(error <= tolerance * Math.abs(exact(xs[k])))) assert.fail(`${op}(${xs[k]}) is ${y}`)
    })
  }

  describe(`kernels in ${name}`, () => {
    it("follow the functions of Math to single precision", () => {
      within("exp", Math.exp, -87, 88.7, 1.5e-7)
      within("log", Math.log, 1e-3, 3, 1.5e-7)
      within("log", Math.log, 3, 3e38, 1.5e-7)
      within("log", Math.log, 1e-45, 1e-37, 1.5e-7)
      within("tanh", Math.tanh, -10, 10, 2e-7)
      within("tanh", Math.tanh, 1e-6, 1e-3, 2e-7)
      within("sigmoid", (x) => 1 / (1 + Math.exp(-x)), -87, 30, 2.5e-7)
    })

    it("saturate where single precision ends", () => {
      assert.deepStrictEqual(apply("exp", [89, 1e30, Infinity, -104, -1e30, -Infinity, 0, -0]), [
        Infinity,
        Infinity,
        Infinity,
        0,
        0,
        0,
        1,
        1
      ])
      assert.deepStrictEqual(apply("log", [0, -0, -1, -Infinity, Infinity, 1]), [
        -Infinity,
        -Infinity,
        NaN,
        NaN,
        Infinity,
        0
      ])
      assert.deepStrictEqual(apply("tanh", [10, 1e30, Infinity, -10, -1e30, -Infinity, 0]), [1, 1, 1, -1, -1, -1, 0])
      assert.deepStrictEqual(apply("sigmoid", [100, Infinity, -100, -Infinity, 0]), [1, 1, 0, 0, 0.5])
      assert.deepStrictEqual(apply("sqrt", [-1, Infinity, 4]), [NaN, Infinity, 2])
      assert.deepStrictEqual(apply("relu", [-1, 2, Infinity, -Infinity]), [0, 2, Infinity, 0])
    })

    it("let subnormal results of exp underflow gradually", () => {
      const [y] = apply("exp", [-100])
      assert.isTrue(Math.abs(y - Math.exp(-100)) <= 1.4e-45)
    })

    it("hand NaN on", () => {
      for (const op of unaries) {
        assert.deepStrictEqual(apply(op, [NaN, 1, 1, 1, NaN]).map(Number.isNaN), [true, false, false, false, true], op)
      }
      for (const op of ["add", "sub", "mul", "div", "minimum", "maximum"] as const) {
        kernels.reserve(6).set([NaN, 1, 1, NaN])
        kernels.binary(op, 4, 0, 2, 2, 0)
        assert.deepStrictEqual(Array.from(kernels.reserve(6).subarray(4, 6)), [NaN, NaN], op)
      }
    })

    it("never take NaN for the greatest element, and take the first of equals", () => {
      kernels.reserve(8).set([NaN, 3, 7, 7, NaN])
      kernels.reduce("argMax", 7, 0, 1, 5, 1)
      assert.strictEqual(kernels.reserve(8)[7], 2)
    })

    it("find numbers equal within the tolerance only", () => {
      kernels.reserve(9).set([1, 1, NaN, 1.5, 1.75, NaN])
      kernels.binary("equal", 6, 0, 3, 3, 0.5)
      assert.deepStrictEqual(Array.from(kernels.reserve(9).subarray(6, 9)), [1, 0, 0])
    })

    it("give softmax that sums to one however large the scores", () => {
      kernels.reserve(6).set([1000, 1001, 999])
      kernels.softmax(false, 3, 0, 1, 3, 1)
      const y = kernels.reserve(6).subarray(3, 6)
      assert.approximately(y[0] + y[1] + y[2], 1, 1e-6)
      assert.approximately(y[1] / y[0], Math.E, 1e-6)
    })

    it("give a lane the same sum wherever it lies and however many lie beside it", () =>
      check(
        fc.property(seed, small, count, lanes, (s, outer, inner, l) => {
          const next = floatsOf(s, 0)
          const column = outer * inner
          const x = column + inner
          const y = x + inner * l
          const memory = kernels.reserve(y + outer * l + outer)
          for (let k = 0; k < x; k++) memory[k] = next()
          for (let k = 0; k < inner * l; k++) memory[x + k] = memory[column + Math.floor(k / l)]
          kernels.gemm(y, 0, inner, 1, x, outer, inner, l)
          kernels.gemm(y + outer * l, 0, inner, 1, column, outer, inner, 1)
          for (let k = 0; k < outer * l; k++) {
            assert.isTrue(sameBits(memory[y + k], memory[y + outer * l + Math.floor(k / l)]))
          }
        })
      ))

    it("come back from lanes to the rows they began with", () =>
      check(
        fc.property(seed, small, small, offset, (s, n, size, padding) => {
          const next = floatsOf(s, 0.2)
          const rows = Float32Array.from({ length: n * size }, next)
          const l = n + padding
          const memory = kernels.reserve(2 * n * size + l * size)
          memory.set(rows)
          kernels.toLanes(n * size, 0, n, size, l)
          kernels.fromLanes(n * size + l * size, n * size, n, size, l)
          assert.deepStrictEqual(memory.slice(n * size + l * size, 2 * n * size + l * size), rows)
        })
      ))
  })
}

for (const [name, make] of [
  ["JavaScript", makeJs],
  ["WebAssembly", makeWasm]
] as const) {
  describe(`memory in ${name}`, () => {
    it("keeps what it holds as it grows", () => {
      const kernels = make()
      kernels.reserve(3).set([1, 2, 3])
      const memory = kernels.reserve(1_000_000)
      assert.isAtLeast(memory.length, 1_000_000)
      assert.deepStrictEqual(Array.from(memory.subarray(0, 4)), [1, 2, 3, 0])
      assert.strictEqual(kernels.reserve(10).length, memory.length)
      kernels.unary("neg", 999_999, 2, 1)
      assert.strictEqual(memory[999_999], -3)
    })

    it("refuses more than there can be, and stays usable", () => {
      const kernels = make()
      kernels.reserve(1).set([4])
      assert.throws(() => kernels.reserve(2 ** 40), RangeError, "no room for 1099511627776 floats")
      assert.strictEqual(kernels.reserve(1)[0], 4)
    })
  })
}
