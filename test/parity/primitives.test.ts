/**
 * Mirrors `tests/test_primitives.py` of the Python library. The warnings for concatenating by other means have no
 * counterpart: there are no other means.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as DeviceWasm from "../../layers/DeviceWasm.js"
import * as CallGraph from "../../src/CallGraph.js"
import * as Candidate from "../../src/Candidate.js"
import * as Hyperfunction from "../../src/Hyperfunction.js"
import * as HyperSystem from "../../src/HyperSystem.js"
import * as LoRAWeight from "../../src/LoRAWeight.js"
import * as Noise from "../../src/Noise.js"
import * as Tensor from "../../src/Tensor.js"

const normals = (block: number, shape: ReadonlyArray<number>): Tensor.Tensor => {
  const data = new Float32Array(shape.reduce((size, length) => size * length, 1))
  Noise.normals({ seed: 1, generation: 0, pair: 0, block }, data)
  return Tensor.fromTypedArray(data, shape)
}

const same = (actual: Tensor.Tensor, expected: Tensor.Tensor) => {
  assert.deepStrictEqual(actual.shape, expected.shape)
  assert.isTrue(Tensor.equals(actual, expected))
}

const [a, b, c] = [10, 20, 30].map((length, k) => normals(k, [length]))

const project = (name: string, outDim: number, inDim: number) =>
  Hyperfunction.tensor(name, {
    params: LoRAWeight.create({ outDim, inDim, noiseRank: 2 }),
    run: (weight, x: Tensor.Tensor) => Tensor.linear(x, weight)
  })

const namesOf = (graph: CallGraph.CallGraph) => CallGraph.nodes(graph).map(({ name }) => name)

describe("test_primitives", () => {
  describe("combine", () => {
    it("two: 10 and 20 elements become 30, in order", () => {
      const combined = Tensor.combine([a, b])
      assert.deepStrictEqual(combined.shape, [30])
      same(Tensor.slice(combined, { start: 0, length: 10 }), a)
      same(Tensor.slice(combined, { start: 10, length: 20 }), b)
    })

    it("three: 10, 20 and 30 elements become 60", () => {
      const combined = Tensor.combine([a, b, c])
      assert.deepStrictEqual(combined.shape, [60])
      same(Tensor.slice(combined, { start: 30, length: 30 }), c)
    })

    it("dim=1: [2, 3] and [2, 4] become [2, 7], row by row", () => {
      const combined = Tensor.combine(
        [
          Tensor.from([
            [1, 2, 3],
            [4, 5, 6]
          ]),
          Tensor.from([
            [7, 8, 9, 10],
            [11, 12, 13, 14]
          ])
        ],
        1
      )
      assert.deepStrictEqual(Tensor.toArray(combined), [
        [1, 2, 3, 7, 8, 9, 10],
        [4, 5, 6, 11, 12, 13, 14]
      ])
    })

    it("dim=0: [2, 5] and [3, 5] become [5, 5]", () => {
      const [top, bottom] = [normals(1, [2, 5]), normals(2, [3, 5])]
      const combined = Tensor.combine([top, bottom], 0)
      assert.deepStrictEqual(combined.shape, [5, 5])
      same(Tensor.slice(combined, { start: 2, length: 3 }), bottom)
    })
  })

  describe("split", () => {
    it("two: 30 elements become the first 10 and the last 20", () => {
      const [left, right] = Tensor.split(c, [10, 20])
      same(left, Tensor.slice(c, { start: 0, length: 10 }))
      same(right, Tensor.slice(c, { start: 10, length: 20 }))
    })

    it("three: 60 elements become 10, 20 and 30", () => {
      const x = normals(4, [60])
      const parts = Tensor.split(x, [10, 20, 30])
      assert.deepStrictEqual(
        parts.map(({ shape }) => shape),
        [[10], [20], [30]]
      )
      same(Tensor.combine(parts), x)
    })

    it("dim=1: [2, 7] becomes [2, 3] and [2, 4]", () => {
      const x = normals(5, [2, 7])
      const [left, right] = Tensor.split(x, [3, 4], 1)
      assert.deepStrictEqual(
        [left.shape, right.shape],
        [
          [2, 3],
          [2, 4]
        ]
      )
      same(Tensor.combine([left, right], 1), x)
    })
  })

  it("roundtrip: what is combined is split into what it was", () => {
    const [left, right] = Tensor.split(Tensor.combine([a, b]), [10, 20])
    same(left, a)
    same(right, b)
  })

  it.effect("combine_recorded: a trace has combine as a node, and the call that it feeds depends on it", () =>
    Effect.gen(function* () {
      const layer = project("project", 10, 15)
      const system = HyperSystem.make("combining", {
        run: (inputs: ReadonlyArray<Tensor.Tensor>) => layer(Tensor.combine(inputs))
      })
      const { graph } = yield* HyperSystem.trace(system, [normals(1, [5]), normals(2, [10])])
      assert.deepStrictEqual(namesOf(graph), ["combine", "project"])
      assert.deepStrictEqual(CallGraph.dependenciesOf(graph, 1), [0])
      assert.deepStrictEqual(
        CallGraph.nodes(graph).map(({ inputs, outputs }) => [inputs, outputs]),
        [
          [[[5], [10]], [[15]]],
          [[[15]], [[10]]]
        ]
      )
    }).pipe(Effect.provide(DeviceWasm.layer))
  )

  it.effect("split_recorded: two calls on two parts of one split stand side by side between split and combine", () =>
    Effect.gen(function* () {
      const left = project("project_left", 5, 10)
      const right = project("project_right", 5, 10)
      const system = HyperSystem.make("splitting", {
        run: (x: Tensor.Tensor) => {
          const [first, second] = Tensor.split(x, [10, 10])
          return Effect.map(Effect.all([left(first), right(second)], { concurrency: 2 }), (parts) =>
            Tensor.combine(parts)
          )
        }
      })
      const input = normals(1, [20])
      const { exit, graph } = yield* HyperSystem.trace(system, input)
      assert.deepStrictEqual(
        CallGraph.stages(graph).map((stage) => stage.map(({ name }) => name)),
        [["split"], ["project_left", "project_right"], ["combine"]]
      )
      assert.strictEqual(graph.graph.edges.size, 4)
      const weights = [left, right].map((call) => Candidate.get(Candidate.defaults(), call))
      const parts = Tensor.split(input, [10, 10]).map((part, k) => Tensor.linear(part, weights[k]))
      assert.isTrue(Exit.isSuccess(exit) && Tensor.equals(exit.value, Tensor.combine(parts), { tolerance: 1e-6 }))
    }).pipe(Effect.provide(DeviceWasm.layer))
  )
})
