import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as LoRAWeight from "../src/LoRAWeight.js"
import * as Params from "../src/Params.js"
import * as Tensor from "../src/Tensor.js"
import * as Naive from "./utils/arrays.js"

const { assertClose, numbers, seed, shapeAndAxis, shapes, toTensor } = Naive

const refusal = (make: () => unknown): Tensor.TensorError => {
  try {
    make()
  } catch (error) {
    if (error instanceof Tensor.TensorError) return error
    throw error
  }
  return assert.fail("nothing was refused")
}

const matrix = Tensor.from([
  [1, 2, 3],
  [4, 5, 6]
])

const cube = Tensor.from([
  [
    [1, 2],
    [3, 4]
  ],
  [
    [5, 6],
    [7, 8]
  ]
])

describe("Tensor", () => {
  describe("constructors", () => {
    it("from takes a number, or nested arrays with one axis a level", () => {
      assert.deepStrictEqual(Tensor.from(7).shape, [])
      assert.strictEqual(Tensor.toArray(Tensor.from(7)), 7)
      assert.deepStrictEqual(Tensor.from([1, 2]).shape, [2])
      assert.deepStrictEqual(cube.shape, [2, 2, 2])
      assert.deepStrictEqual([...Tensor.toTypedArray(cube)], [1, 2, 3, 4, 5, 6, 7, 8])
      assert.deepStrictEqual(Tensor.toArray(matrix), [
        [1, 2, 3],
        [4, 5, 6]
      ])
    })

    it("from takes empty arrays", () => {
      assert.deepStrictEqual(Tensor.from([]).shape, [0])
      assert.deepStrictEqual(Tensor.from([[], []]).shape, [2, 0])
      assert.deepStrictEqual(Tensor.toArray(Tensor.from([[], []])), [[], []])
    })

    it("from refuses ragged arrays", () => {
      const ragged: ReadonlyArray<Tensor.Nested> = [
        [[1, 2], [3]],
        [[1], [2, 3]],
        [1, [2]],
        [[1], 2],
        [[], [1]],
        [[[1]], [[2, 3]]]
      ]
      for (const values of ragged) {
        const error = refusal(() => Tensor.from(values))
        assert.strictEqual(error.reason, "ShapeMismatch")
        assert.strictEqual(error.operation, "from")
        assert.include(error.message, "ragged")
      }
    })

    it("from refuses what is neither a number nor an array", () => {
      for (const value of ["text", null, undefined, {}, true]) {
        for (const values of [value, [value], [1, value], [[value]]]) {
          const error = refusal(() => Tensor.from(values as Tensor.Nested))
          assert.strictEqual(error.reason, "InvalidArgument")
        }
      }
    })

    it("fromTypedArray has one axis unless a shape is given", () => {
      assert.deepStrictEqual(Tensor.fromTypedArray(Float64Array.of(1, 2, 3)).shape, [3])
      assert.deepStrictEqual(Tensor.toArray(Tensor.fromTypedArray([1, 2, 3, 4], [2, 2])), [
        [1, 2],
        [3, 4]
      ])
      const error = refusal(() => Tensor.fromTypedArray([1, 2, 3], [2, 2]))
      assert.strictEqual(error.message, "Tensor.fromTypedArray of [2, 2]: needs 4 elements, got 3")
    })

    it("full, zeros, identity and oneHot have the elements that their names say", () => {
      assert.deepStrictEqual(Tensor.toArray(Tensor.full([2, 1], 3)), [[3], [3]])
      assert.deepStrictEqual(Tensor.toArray(Tensor.zeros([2])), [0, 0])
      assert.strictEqual(Tensor.toArray(Tensor.full([], 5)), 5)
      assert.deepStrictEqual(Tensor.toArray(Tensor.identity(2)), [
        [1, 0],
        [0, 1]
      ])
      assert.deepStrictEqual(Tensor.toArray(Tensor.oneHot(2, 4)), [0, 0, 1, 0])
    })

    it("oneHot refuses an index that is no class", () => {
      for (const index of [-1, 3, 0.5, NaN]) {
        assert.strictEqual(refusal(() => Tensor.oneHot(index, 3)).reason, "InvalidArgument")
      }
    })

    it("refuse lengths that are not whole or are negative", () => {
      for (const length of [-1, 1.5, NaN, Infinity]) {
        for (const make of [
          () => Tensor.zeros([2, length]),
          () => Tensor.full([length], 1),
          () => Tensor.identity(length),
          () => Tensor.reshape(matrix, [length]),
          () => Tensor.fromTypedArray([1], [length])
        ]) {
          assert.strictEqual(refusal(make).reason, "InvalidArgument")
        }
      }
    })

    it("round to single precision", () => {
      assert.strictEqual(Tensor.toNumber(Tensor.from(0.1)), Math.fround(0.1))
      assert.strictEqual(Tensor.toNumber(Tensor.full([1], 16777217)), 16777216)
    })
  })

  describe("immutability", () => {
    it("changing the arrays that a tensor was made from changes nothing", () => {
      const nested = [
        [1, 2],
        [3, 4]
      ]
      const typed = Float32Array.of(1, 2, 3, 4)
      const shape = [2, 2]
      const tensors = [Tensor.from(nested), Tensor.fromTypedArray(typed, shape), Tensor.full(shape, 1)]
      const reshaped = Tensor.reshape(Tensor.from([1, 2, 3, 4]), shape)
      nested[0][0] = 99
      typed[0] = 99
      shape[0] = 99
      assert.deepStrictEqual([...Tensor.toTypedArray(tensors[0])], [1, 2, 3, 4])
      assert.deepStrictEqual([...Tensor.toTypedArray(tensors[1])], [1, 2, 3, 4])
      for (const tensor of [...tensors, reshaped]) assert.deepStrictEqual(tensor.shape, [2, 2])
    })

    it("changing what a conversion gave changes nothing", () => {
      const computed = Tensor.add(matrix, 1)
      for (const tensor of [matrix, computed, Tensor.reshape(matrix, [6])]) {
        const before = [...Tensor.toTypedArray(tensor)]
        Tensor.toTypedArray(tensor).fill(99)
        const nested = Tensor.toArray(tensor) as Array<unknown>
        nested.reverse()
        nested.length = 0
        assert.deepStrictEqual([...Tensor.toTypedArray(tensor)], before)
      }
    })

    it("operations leave their operands as they were", () => {
      const x = Tensor.from([3, -1, 2])
      for (const make of [Tensor.neg, Tensor.relu, Tensor.softmax, Tensor.sum]) Tensor.toTypedArray(make(x))
      assert.deepStrictEqual(Tensor.toArray(x), [3, -1, 2])
    })
  })

  describe("what it shows", () => {
    const secret = Tensor.from([[31337.5, 2]])

    it("is its shape and never its data, as text, as JSON and inspected", () => {
      assert.strictEqual(String(secret), "Tensor([1, 2])")
      assert.strictEqual(`${Tensor.from(1)}`, "Tensor([])")
      assert.strictEqual(JSON.stringify({ secret }), '{"secret":{"_id":"Tensor","shape":[1,2]}}')
      assert.strictEqual(inspect(secret), "Tensor([1, 2])")
      for (const shown of [inspect([{ secret }], { depth: 9 }), inspect(Tensor.add(secret, 31337.5), { depth: 9 })]) {
        assert.notInclude(shown, "31337")
      }
    })

    it("is not its data in the errors of shapes either", () => {
      const error = refusal(() => Tensor.add(secret, Tensor.from([1, 2, 3])))
      for (const shown of [error.message, String(error), JSON.stringify(error), inspect(error, { depth: 9 })]) {
        assert.notInclude(shown, "31337")
      }
    })
  })

  describe("element-wise", () => {
    it("functions have hand-computed values", () => {
      const x = Tensor.from([-2, 0, 0.5])
      assert.deepStrictEqual(Tensor.toArray(Tensor.neg(Tensor.from([-2, 0.5]))), [2, -0.5])
      assert.deepStrictEqual(Tensor.toArray(Tensor.abs(x)), [2, 0, 0.5])
      assert.deepStrictEqual(Tensor.toArray(Tensor.relu(x)), [0, 0, 0.5])
      assert.deepStrictEqual(Tensor.toArray(Tensor.sqrt(Tensor.from([0, 1, 4, 2.25]))), [0, 1, 2, 1.5])
      assertClose(Tensor.exp(x), { shape: [3], data: [0.1353352832, 1, 1.6487212707] })
      assertClose(Tensor.log(Tensor.from([1, Math.E, 10])), { shape: [3], data: [0, 1, 2.302585093] })
      assertClose(Tensor.tanh(x), { shape: [3], data: [-0.9640275801, 0, 0.4621171573] })
      assertClose(Tensor.sigmoid(x), { shape: [3], data: [0.119202922, 0.5, 0.6224593312] })
    })

    it("functions have the right limits", () => {
      assert.strictEqual(Tensor.toNumber(Tensor.log(Tensor.from(0))), -Infinity)
      assert.isNaN(Tensor.toNumber(Tensor.log(Tensor.from(-1))))
      assert.isNaN(Tensor.toNumber(Tensor.sqrt(Tensor.from(-1))))
      const far = Tensor.from([-Infinity, -1000, 1000, Infinity])
      assert.deepStrictEqual(Tensor.toArray(Tensor.exp(far)), [0, 0, Infinity, Infinity])
      assert.deepStrictEqual(Tensor.toArray(Tensor.tanh(far)), [-1, -1, 1, 1])
      assert.deepStrictEqual(Tensor.toArray(Tensor.sigmoid(far)), [0, 0, 1, 1])
    })

    it("arithmetic has hand-computed values, with tensors and numbers on either side", () => {
      const [a, b] = [Tensor.from([1, 2, 3]), Tensor.from([4, 2, -1])]
      assert.deepStrictEqual(Tensor.toArray(Tensor.add(a, b)), [5, 4, 2])
      assert.deepStrictEqual(Tensor.toArray(Tensor.sub(a, b)), [-3, 0, 4])
      assert.deepStrictEqual(Tensor.toArray(Tensor.mul(a, b)), [4, 4, -3])
      assert.deepStrictEqual(Tensor.toArray(Tensor.div(a, b)), [0.25, 1, -3])
      assert.deepStrictEqual(Tensor.toArray(Tensor.minimum(a, b)), [1, 2, -1])
      assert.deepStrictEqual(Tensor.toArray(Tensor.maximum(a, b)), [4, 2, 3])
      assert.deepStrictEqual(Tensor.toArray(Tensor.sub(1, a)), [0, -1, -2])
      assert.deepStrictEqual(Tensor.toArray(Tensor.div(a, 2)), [0.5, 1, 1.5])
      assert.deepStrictEqual(Tensor.toArray(Tensor.div(Tensor.from([1, -1]), 0)), [Infinity, -Infinity])
    })

    it("equal is one within the tolerance and zero outside", () => {
      const x = Tensor.from([1, 1.25, 2])
      assert.deepStrictEqual(Tensor.toArray(Tensor.equal(x, 1)), [1, 0, 0])
      assert.deepStrictEqual(Tensor.toArray(Tensor.equal(x, 1, { tolerance: 0.25 })), [1, 1, 0])
      assert.deepStrictEqual(Tensor.toArray(Tensor.equal(1, x, { tolerance: 1 })), [1, 1, 1])
      assert.deepStrictEqual(Tensor.toArray(Tensor.equal(Tensor.from([NaN]), NaN)), [0])
    })

    it("axes of length one are repeated, and missing ones in front", () => {
      const column = Tensor.from([[10], [20]])
      assert.deepStrictEqual(Tensor.toArray(Tensor.add(matrix, column)), [
        [11, 12, 13],
        [24, 25, 26]
      ])
      assert.deepStrictEqual(Tensor.toArray(Tensor.add(column, Tensor.from([1, 2, 3]))), [
        [11, 12, 13],
        [21, 22, 23]
      ])
      assert.deepStrictEqual(Tensor.add(Tensor.zeros([0, 3]), Tensor.from([1, 2, 3])).shape, [0, 3])
      assert.deepStrictEqual(Tensor.add(Tensor.zeros([2, 1]), Tensor.zeros([0])).shape, [2, 0])
    })

    it("shapes that do not broadcast are refused where they are written, naming the operation and both", () => {
      const operations = { add: Tensor.add, sub: Tensor.sub, mul: Tensor.mul, div: Tensor.div, equal: Tensor.equal }
      for (const [name, operation] of Object.entries(operations)) {
        const error = refusal(() => operation(matrix, Tensor.from([1, 2])))
        assert.strictEqual(error.reason, "ShapeMismatch")
        assert.strictEqual(
          error.message,
          `Tensor.${name} of [2, 3] and [2]: the shapes do not broadcast; make the axes equal, or 1`
        )
      }
      for (const operation of [Tensor.minimum, Tensor.maximum]) {
        assert.deepStrictEqual(refusal(() => operation(Tensor.zeros([4]), cube)).shapes, [[4], [2, 2, 2]])
      }
    })

    const unary: Record<string, readonly [(x: Tensor.Tensor) => Tensor.Tensor, (x: number) => number]> = {
      neg: [Tensor.neg, (x) => -x],
      abs: [Tensor.abs, Math.abs],
      exp: [Tensor.exp, Math.exp],
      log: [Tensor.log, Math.log],
      sqrt: [Tensor.sqrt, Math.sqrt],
      relu: [Tensor.relu, (x) => Math.max(x, 0)],
      tanh: [Tensor.tanh, Math.tanh],
      sigmoid: [Tensor.sigmoid, (x) => 1 / (1 + Math.exp(-x))]
    }
    for (const [name, [operation, reference]] of Object.entries(unary)) {
      it.prop(`${name} is the function of every element`, { seed, shape: shapes({ least: 0 }) }, ({ seed, shape }) => {
        const x = Naive.random(seed, shape)
        const operand = name === "log" || name === "sqrt" ? Naive.map(x, (v) => Math.fround(Math.abs(v) + 0.01)) : x
        assertClose(operation(toTensor(operand)), Naive.map(operand, reference))
      })
    }

    /** A shape and two that broadcast to it. */
    const broadcastable = FastCheck.record({ shape: shapes({ least: 0 }), seed }).map(({ seed, shape }) => {
      const next = numbers(seed)
      const thinned = (): ReadonlyArray<number> =>
        shape.slice(Math.floor(next() * (shape.length + 1))).map((n) => (next() < 0.3 ? 1 : n))
      const whole = next() < 0.5 ? [thinned(), shape] : [shape, thinned()]
      return { shape, seed, left: whole[0], right: whole[1] }
    })
    const binary: Record<
      string,
      readonly [(a: Tensor.Tensor, b: Tensor.Tensor) => Tensor.Tensor, (a: number, b: number) => number]
    > = {
      add: [Tensor.add, (a, b) => a + b],
      sub: [Tensor.sub, (a, b) => a - b],
      mul: [Tensor.mul, (a, b) => a * b],
      div: [Tensor.div, (a, b) => a / b],
      minimum: [Tensor.minimum, Math.min],
      maximum: [Tensor.maximum, Math.max],
      equal: [(a, b) => Tensor.equal(a, b, { tolerance: 0.75 }), (a, b) => (Math.abs(a - b) <= 0.75 ? 1 : 0)]
    }
    for (const [name, [operation, reference]] of Object.entries(binary)) {
      it.prop(`${name} broadcasts`, { operands: broadcastable }, ({ operands: { left, right, seed, shape } }) => {
        const coarse = (x: number) => Math.round(4 * x) / 4
        const away = (x: number) => (x === 0 ? 0.25 : x)
        const a = Naive.map(Naive.random(seed, left), coarse)
        const b = Naive.map(Naive.random(seed + 1, right), name === "div" ? (x) => away(coarse(x)) : coarse)
        assertClose(operation(toTensor(a), toTensor(b)), Naive.zip(shape, a, b, reference))
      })
    }
  })

  describe("products", () => {
    it("linear is x Wᵀ + bias on the last axis", () => {
      const weight = Tensor.from([
        [1, 0, -1],
        [2, 1, 0]
      ])
      assert.deepStrictEqual(Tensor.toArray(Tensor.linear(Tensor.from([1, 2, 3]), weight)), [-2, 4])
      assert.deepStrictEqual(
        Tensor.toArray(Tensor.linear(Tensor.from([1, 2, 3]), weight, Tensor.from([10, 20]))),
        [8, 24]
      )
      assert.deepStrictEqual(Tensor.toArray(Tensor.linear(matrix, weight)), [
        [-2, 4],
        [-2, 13]
      ])
    })

    it("linear takes the matrix of a LoRAWeight", () => {
      const space = LoRAWeight.create({ outDim: 1, inDim: 3, initial: [[1, 2, 3]] })
      const weight = space.assemble(Params.defaults(space, { seed: 1, name: "layer" }))
      assert.deepStrictEqual(Tensor.toArray(Tensor.linear(matrix, weight)), [[14], [32]])
    })

    it("linear refuses other shapes, naming both", () => {
      const weight = Tensor.zeros([2, 4])
      assert.strictEqual(
        refusal(() => Tensor.linear(matrix, weight)).message,
        "Tensor.linear of [2, 3] and [2, 4]: needs x of [..., in] and a weight of [out, in]"
      )
      assert.deepStrictEqual(refusal(() => Tensor.linear(Tensor.from(1), weight)).shapes, [[], [2, 4]])
      assert.deepStrictEqual(refusal(() => Tensor.linear(matrix, Tensor.from([1, 2, 3]))).shapes, [[2, 3], [3]])
      const misfit = refusal(() => Tensor.linear(matrix, Tensor.zeros([2, 3]), Tensor.zeros([3])))
      assert.deepStrictEqual([misfit.operation, misfit.shapes], ["linear", [[2, 3], [2, 3], [3]]])
    })

    it("matMul multiplies matrices, rows and columns", () => {
      const b = Tensor.from([
        [1, 2],
        [0, 1],
        [-1, 0]
      ])
      assert.deepStrictEqual(Tensor.toArray(Tensor.matMul(matrix, b)), [
        [-2, 4],
        [-2, 13]
      ])
      assert.deepStrictEqual(Tensor.toArray(Tensor.matMul(Tensor.from([1, 2, 3]), b)), [-2, 4])
      assert.deepStrictEqual(Tensor.toArray(Tensor.matMul(matrix, Tensor.from([1, 0, 2]))), [7, 16])
      assert.strictEqual(Tensor.toArray(Tensor.matMul(Tensor.from([1, 2]), Tensor.from([3, 4]))), 11)
    })

    it("matMul refuses other shapes, naming both", () => {
      const error = refusal(() => Tensor.matMul(matrix, matrix))
      assert.strictEqual(error.message, "Tensor.matMul of [2, 3] and [2, 3]: needs [m, k] and [k, n]")
      assert.deepStrictEqual(refusal(() => Tensor.matMul(cube, matrix)).shapes, [
        [2, 2, 2],
        [2, 3]
      ])
      assert.deepStrictEqual(refusal(() => Tensor.matMul(Tensor.from(1), matrix)).shapes, [[], [2, 3]])
    })

    it("a product over nothing is zero", () => {
      assert.deepStrictEqual(Tensor.toArray(Tensor.matMul(Tensor.zeros([2, 0]), Tensor.zeros([0, 1]))), [[0], [0]])
      assert.deepStrictEqual(Tensor.toArray(Tensor.linear(Tensor.zeros([0]), Tensor.zeros([2, 0]))), [0, 0])
      assert.deepStrictEqual(Tensor.linear(Tensor.zeros([3]), Tensor.zeros([0, 3])).shape, [0])
      assert.deepStrictEqual(Tensor.toArray(Tensor.linear(Tensor.zeros([3]), Tensor.zeros([0, 3]))), [])
    })

    const side = FastCheck.integer({ min: 1, max: 5 })

    it.prop(
      "linear is the sum of products, whatever is in front",
      { seed, front: shapes({ rank: 3, least: 0 }), inner: side, outer: side },
      ({ front, inner, outer, seed }) => {
        const x = Naive.random(seed, [...front, inner])
        const weight = Naive.random(seed + 1, [outer, inner])
        assertClose(Tensor.linear(toTensor(x), toTensor(weight)), Naive.linear(x, weight))
      }
    )

    it.prop("matMul is the sum of products", { seed, m: side, k: side, n: side }, ({ k, m, n, seed }) => {
      const a = Naive.random(seed, [m, k])
      const b = Naive.random(seed + 1, [k, n])
      assertClose(Tensor.matMul(toTensor(a), toTensor(b)), Naive.matMul(a, b))
    })
  })

  describe("reductions", () => {
    it("have hand-computed values along an axis, which disappears", () => {
      assert.deepStrictEqual(Tensor.toArray(Tensor.sum(matrix, 0)), [5, 7, 9])
      assert.deepStrictEqual(Tensor.toArray(Tensor.sum(matrix, 1)), [6, 15])
      assert.deepStrictEqual(Tensor.toArray(Tensor.sum(matrix, -1)), [6, 15])
      assert.deepStrictEqual(Tensor.toArray(Tensor.mean(matrix, -2)), [2.5, 3.5, 4.5])
      assert.deepStrictEqual(Tensor.toArray(Tensor.max(cube, 1)), [
        [3, 4],
        [7, 8]
      ])
      assert.deepStrictEqual(Tensor.toArray(Tensor.argMax(matrix, 1)), [2, 2])
    })

    it("go over all elements without an axis", () => {
      assert.strictEqual(Tensor.toArray(Tensor.sum(matrix)), 21)
      assert.strictEqual(Tensor.toArray(Tensor.mean(matrix)), 3.5)
      assert.strictEqual(Tensor.toArray(Tensor.max(Tensor.neg(matrix))), -1)
      assert.strictEqual(Tensor.toArray(Tensor.argMax(matrix)), 5)
      assert.strictEqual(Tensor.toArray(Tensor.sum(Tensor.from(4))), 4)
    })

    it("argMax is the first of equals", () => {
      assert.strictEqual(Tensor.toNumber(Tensor.argMax(Tensor.from([1, 3, 3, 2]))), 1)
      assert.strictEqual(Tensor.toNumber(Tensor.argMax(Tensor.from([-5, -5]))), 0)
    })

    it("refuse an axis that is not there, or empty, naming the operation and the shape", () => {
      const operations = { sum: Tensor.sum, mean: Tensor.mean, max: Tensor.max, argMax: Tensor.argMax }
      for (const [name, operation] of Object.entries(operations)) {
        for (const axis of [2, -3, 0.5, NaN]) {
          assert.strictEqual(
            refusal(() => operation(matrix, axis)).message,
            `Tensor.${name} of [2, 3]: there is no axis ${axis}`
          )
        }
        assert.strictEqual(
          refusal(() => operation(Tensor.zeros([2, 0]), 1)).message,
          `Tensor.${name} of [2, 0]: the axis is empty`
        )
        assert.strictEqual(refusal(() => operation(Tensor.zeros([0]))).reason, "InvalidArgument")
        assert.deepStrictEqual(operation(Tensor.zeros([2, 0]), 0).shape, [0])
      }
    })

    it("softmax and logSoftmax go along the last axis by default", () => {
      assertClose(Tensor.softmax(Tensor.from([0, Math.log(3)])), { shape: [2], data: [0.25, 0.75] })
      assertClose(Tensor.logSoftmax(Tensor.from([0, 0])), { shape: [2], data: [-Math.LN2, -Math.LN2] })
      assertClose(Tensor.softmax(Tensor.from([[0, 5]]), 0), { shape: [1, 2], data: [1, 1] })
      assert.strictEqual(
        refusal(() => Tensor.logSoftmax(Tensor.from(1))).message,
        "Tensor.logSoftmax of []: there is no axis -1"
      )
      assert.strictEqual(refusal(() => Tensor.softmax(matrix, 2)).operation, "softmax")
    })

    it("softmax does not overflow", () => {
      assert.deepStrictEqual(Tensor.toArray(Tensor.softmax(Tensor.from([1000, 0, 1000]))), [0.5, 0, 0.5])
      assertClose(Tensor.logSoftmax(Tensor.from([1000, 0])), { shape: [2], data: [0, -1000] })
    })

    const total = (values: ReadonlyArray<number>) => values.reduce((a, b) => a + b, 0)
    const reductions: Record<
      string,
      readonly [(x: Tensor.Tensor, axis?: number) => Tensor.Tensor, (values: ReadonlyArray<number>) => number]
    > = {
      sum: [Tensor.sum, total],
      mean: [Tensor.mean, (values) => total(values) / values.length],
      max: [Tensor.max, (values) => Math.max(...values)],
      argMax: [Tensor.argMax, (values) => values.indexOf(Math.max(...values))]
    }
    for (const [name, [operation, reference]] of Object.entries(reductions)) {
      it.prop(`${name} goes along any axis`, { seed, of: shapeAndAxis() }, ({ of: { axis, given, shape }, seed }) => {
        const x = Naive.map(Naive.random(seed, shape), (v) => Math.round(4 * v) / 4)
        assertClose(operation(toTensor(x), given), Naive.reduce(x, axis, reference))
        const flat = { shape: [x.data.length], data: x.data }
        assertClose(operation(toTensor(x)), Naive.reduce(flat, 0, reference))
      })
    }

    it.prop("softmax goes along any axis", { seed, of: shapeAndAxis() }, ({ of: { axis, given, shape }, seed }) => {
      const x = Naive.map(Naive.random(seed, shape), (v) => Math.fround(5 * v))
      assertClose(Tensor.softmax(toTensor(x), given), Naive.softmax(x, axis, false))
      assertClose(Tensor.logSoftmax(toTensor(x), given), Naive.softmax(x, axis, true))
    })
  })

  describe("structure", () => {
    it("reshape keeps the elements in row-major order", () => {
      assert.deepStrictEqual(Tensor.toArray(Tensor.reshape(matrix, [3, 2])), [
        [1, 2],
        [3, 4],
        [5, 6]
      ])
      assert.deepStrictEqual(Tensor.reshape(Tensor.zeros([0, 3]), [2, 0]).shape, [2, 0])
      assert.strictEqual(
        refusal(() => Tensor.reshape(matrix, [4])).message,
        "Tensor.reshape of [2, 3] and [4]: the sizes differ"
      )
    })

    it("slice takes some of an axis, by default of the first", () => {
      assert.deepStrictEqual(Tensor.toArray(Tensor.slice(matrix, { start: 1, length: 1 })), [[4, 5, 6]])
      assert.deepStrictEqual(Tensor.toArray(Tensor.slice(matrix, { start: 1, length: 2, axis: -1 })), [
        [2, 3],
        [5, 6]
      ])
      assert.deepStrictEqual(Tensor.slice(matrix, { start: 2, length: 0 }).shape, [0, 3])
    })

    it("slice refuses what lies outside", () => {
      for (const [start, length] of [
        [0, 3],
        [2, 1],
        [-1, 1],
        [0, -1],
        [0.5, 1],
        [NaN, 1]
      ]) {
        const error = refusal(() => Tensor.slice(matrix, { start, length }))
        assert.strictEqual(error.operation, "slice")
        assert.strictEqual(error.reason, "InvalidArgument")
      }
      assert.include(refusal(() => Tensor.slice(matrix, { start: 0, length: 1, axis: 2 })).message, "no axis 2")
    })

    it("combine joins along the last axis by default, or any other", () => {
      assert.deepStrictEqual(Tensor.toArray(Tensor.combine([Tensor.from([1, 2]), Tensor.from([3])])), [1, 2, 3])
      assert.deepStrictEqual(Tensor.combine([Tensor.zeros([2, 3]), Tensor.zeros([2, 4])], 1).shape, [2, 7])
      assert.deepStrictEqual(Tensor.combine([Tensor.zeros([2, 5]), Tensor.zeros([3, 5])], 0).shape, [5, 5])
      assert.deepStrictEqual(Tensor.combine([10, 20, 30].map((n) => Tensor.zeros([n]))).shape, [60])
      assert.deepStrictEqual(Tensor.toArray(Tensor.combine([matrix, Tensor.from([[7, 8, 9]])], -2)), [
        [1, 2, 3],
        [4, 5, 6],
        [7, 8, 9]
      ])
    })

    it("combine refuses nothing, scalars and shapes that differ elsewhere, naming both", () => {
      assert.strictEqual(refusal(() => Tensor.combine([])).message, "Tensor.combine: needs at least one tensor")
      assert.strictEqual(refusal(() => Tensor.combine([Tensor.from(1)])).reason, "InvalidArgument")
      assert.strictEqual(
        refusal(() => Tensor.combine([matrix, Tensor.zeros([3, 3])], 1)).message,
        "Tensor.combine of [2, 3] and [3, 3]: all axes but 1 must be equal"
      )
      assert.deepStrictEqual(refusal(() => Tensor.combine([matrix, matrix, cube])).shapes, [
        [2, 3],
        [2, 2, 2]
      ])
    })

    it("split cuts the last axis by default, or any other, into sizes that add up", () => {
      assert.deepStrictEqual(Tensor.split(Tensor.from([1, 2, 3]), [1, 2]).map(Tensor.toArray), [[1], [2, 3]])
      assert.deepStrictEqual(
        Tensor.split(Tensor.zeros([2, 7]), [3, 4]).map(({ shape }) => shape),
        [
          [2, 3],
          [2, 4]
        ]
      )
      assert.deepStrictEqual(Tensor.split(matrix, [1, 1], 0).map(Tensor.toArray), [[[1, 2, 3]], [[4, 5, 6]]])
      assert.deepStrictEqual(
        Tensor.split(matrix, [0, 3], -1).map(({ shape }) => shape),
        [
          [2, 0],
          [2, 3]
        ]
      )
    })

    it("split refuses sizes that do not add up, naming them", () => {
      assert.strictEqual(
        refusal(() => Tensor.split(matrix, [1, 1])).message,
        "Tensor.split of [2, 3] and [1, 1]: the sizes add up to 2, axis -1 has length 3"
      )
      assert.strictEqual(refusal(() => Tensor.split(matrix, [-1, 4])).operation, "split")
      assert.strictEqual(refusal(() => Tensor.split(matrix, [1.5, 1.5])).operation, "split")
      assert.strictEqual(refusal(() => Tensor.split(Tensor.from(1), [1])).operation, "split")
    })

    it("stack joins along a new axis, by default the first", () => {
      const [a, b] = [Tensor.from([1, 2]), Tensor.from([3, 4])]
      assert.deepStrictEqual(Tensor.toArray(Tensor.stack([a, b])), [
        [1, 2],
        [3, 4]
      ])
      assert.deepStrictEqual(Tensor.toArray(Tensor.stack([a, b], -1)), [
        [1, 3],
        [2, 4]
      ])
      assert.deepStrictEqual(Tensor.toArray(Tensor.stack([Tensor.from(1), Tensor.from(2)])), [1, 2])
      assert.strictEqual(
        refusal(() => Tensor.stack([a, matrix])).message,
        "Tensor.stack of [2] and [2, 3]: all shapes must be equal"
      )
      assert.strictEqual(refusal(() => Tensor.stack([])).operation, "stack")
      assert.strictEqual(refusal(() => Tensor.stack([a], 2)).operation, "stack")
    })

    it.prop("slice takes some of any axis", { seed, of: shapeAndAxis({ least: 0 }) }, ({ of, seed }) => {
      const x = Naive.random(seed, of.shape)
      const next = numbers(seed)
      const start = Math.floor(next() * (of.shape[of.axis] + 1))
      const length = Math.floor(next() * (of.shape[of.axis] - start + 1))
      assertClose(
        Tensor.slice(toTensor(x), { start, length, axis: of.given }),
        Naive.slice(x, of.axis, start, length),
        0
      )
    })

    it.prop("combine joins along any axis", { seed, of: shapeAndAxis({ least: 0 }) }, ({ of, seed }) => {
      const next = numbers(seed)
      const parts = Array.from({ length: 1 + Math.floor(next() * 3) }, (_, k) =>
        Naive.random(
          seed + k,
          of.shape.map((length, axis) => (axis === of.axis ? Math.floor(next() * 4) : length))
        )
      )
      assertClose(Tensor.combine(parts.map(toTensor), of.given), Naive.combine(parts, of.axis), 0)
    })

    it.prop("split undoes combine, and combine undoes split", { seed, of: shapeAndAxis() }, ({ of, seed }) => {
      const next = numbers(seed)
      const sizes = Array.from({ length: 1 + Math.floor(next() * 4) }, () => Math.floor(next() * 4))
      const parts = sizes.map((size, k) =>
        Naive.random(
          seed + k,
          of.shape.map((length, axis) => (axis === of.axis ? size : length))
        )
      )
      const whole = Tensor.combine(parts.map(toTensor), of.given)
      const again = Tensor.split(whole, sizes, of.given)
      assert.strictEqual(again.length, parts.length)
      again.forEach((part, k) => assertClose(part, parts[k], 0))
      assert.isTrue(Tensor.equals(Tensor.combine(again, of.given), whole))
    })

    it.prop("stack joins along any new axis", { seed, of: shapeAndAxis({ least: 0 }) }, ({ of, seed }) => {
      const shape = of.shape.slice(1)
      const parts = Array.from({ length: 1 + (seed % 3) }, (_, k) => Naive.random(seed + k, shape))
      assertClose(Tensor.stack(parts.map(toTensor), of.given), Naive.stack(parts, of.axis), 0)
    })

    it.prop("reshape changes no element", { seed, shape: shapes({ least: 0 }) }, ({ seed, shape }) => {
      const x = Naive.random(seed, shape)
      const turned = [...shape].reverse()
      assertClose(Tensor.reshape(toTensor(x), turned), { shape: turned, data: x.data }, 0)
    })
  })

  describe("conversions", () => {
    it.prop("toArray and from, toTypedArray and fromTypedArray are inverses", { seed, shape: shapes() }, (given) => {
      const x = toTensor(Naive.random(given.seed, given.shape))
      assert.isTrue(Tensor.equals(Tensor.from(Tensor.toArray(x)), x))
      assert.isTrue(Tensor.equals(Tensor.fromTypedArray(Tensor.toTypedArray(x), x.shape), x))
    })

    it("toNumber is the only element, whatever the shape", () => {
      assert.strictEqual(Tensor.toNumber(Tensor.from(2)), 2)
      assert.strictEqual(Tensor.toNumber(Tensor.from([[3]])), 3)
      assert.strictEqual(
        refusal(() => Tensor.toNumber(matrix)).message,
        "Tensor.toNumber of [2, 3]: needs exactly one element"
      )
      assert.strictEqual(refusal(() => Tensor.toNumber(Tensor.from([]))).reason, "ShapeMismatch")
    })

    it("equals compares shapes, and elements within the tolerance", () => {
      const x = Tensor.from([1, 2])
      assert.isTrue(Tensor.equals(x, Tensor.from([1, 2])))
      assert.isFalse(Tensor.equals(x, Tensor.from([1, 2.125])))
      assert.isTrue(Tensor.equals(x, Tensor.from([1, 2.125]), { tolerance: 0.125 }))
      assert.isFalse(Tensor.equals(x, Tensor.from([1, 2.125]), { tolerance: 0.12 }))
      assert.isFalse(Tensor.equals(x, Tensor.from([[1, 2]])))
      assert.isFalse(Tensor.equals(Tensor.from([1]), Tensor.from(1)))
      assert.isTrue(Tensor.equals(Tensor.from([]), Tensor.zeros([0])))
      assert.isTrue(Tensor.equals(Tensor.from([Infinity]), Tensor.from([Infinity])))
      assert.isFalse(Tensor.equals(Tensor.from([NaN]), Tensor.from([NaN]), { tolerance: 1 }))
    })

    it("isTensor tells tensors from what looks like them", () => {
      assert.isTrue(Tensor.isTensor(matrix))
      for (const other of [null, undefined, 1, [1], { shape: [1] }, Float32Array.of(1)]) {
        assert.isFalse(Tensor.isTensor(other))
      }
    })

    it("pipe hands the tensor on", () => {
      assert.strictEqual(matrix.pipe(Tensor.neg, Tensor.sum, Tensor.toNumber), -21)
    })

    it("an expression of thousands of operations is computed", () => {
      let x = Tensor.from([0])
      for (let k = 0; k < 20_000; k++) x = Tensor.add(x, 1)
      assert.strictEqual(Tensor.toNumber(x), 20_000)
    })

    it.effect("an operation shared by two expressions gives both the same value", () =>
      Effect.sync(() => {
        const x = Tensor.tanh(matrix)
        const [a, b] = [Tensor.add(x, 0), Tensor.mul(x, 1)]
        assert.isTrue(Tensor.equals(a, b))
        assert.isTrue(Tensor.equals(Tensor.sub(x, x), Tensor.zeros([2, 3])))
      })
    )
  })
})
