import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as LoRAWeight from "../src/LoRAWeight.js"
import * as Params from "../src/Params.js"
import { ParamsError } from "../src/ParamsError.js"
import * as Tensor from "../src/Tensor.js"

const refusal = (make: () => unknown): ParamsError => {
  try {
    make()
  } catch (error) {
    if (error instanceof ParamsError) return error
  }
  return assert.fail("the space was not refused")
}

const start = (space: ReturnType<typeof LoRAWeight.create>, seed = 1, name = "layer") =>
  space.assemble(Params.defaults(space, { seed, name }))

describe("LoRAWeight", () => {
  it("is one field with the shape of the matrix and the rank of its noise", () => {
    const { weight, ...dims } = start(LoRAWeight.create({ outDim: 16, inDim: 32 }))
    assert.deepStrictEqual(weight.shape, [16, 32])
    assert.include(dims, { outDim: 16, inDim: 32, noiseRank: 4 })
    const space = LoRAWeight.create({ outDim: 16, inDim: 32, noiseRank: 8 })
    assert.deepInclude(space.fields[0], { _tag: "Weight", path: "", shape: [16, 32], rank: 8 })
    assert.strictEqual(Params.toVector(space, start(space)).length, 512)
  })

  it("without a rank takes 4, or the smaller side where that is less", () => {
    assert.strictEqual(start(LoRAWeight.create({ outDim: 1, inDim: 4 })).noiseRank, 1)
    assert.strictEqual(start(LoRAWeight.create({ outDim: 4, inDim: 2 })).noiseRank, 2)
  })

  it("starts as normals of the documented deviation, by seed and name", () => {
    const space = LoRAWeight.create({ outDim: 64, inDim: 200 })
    const data = Tensor.toTypedArray(start(space).weight)
    const deviation = Math.sqrt(data.reduce((sum, x) => sum + x * x, 0) / data.length)
    assert.closeTo(deviation, Math.sqrt(2 / 264), 0.003)
    assert.deepStrictEqual(Tensor.toTypedArray(start(space).weight), data)
    assert.notDeepEqual(Tensor.toTypedArray(start(space, 2).weight), data)
    assert.notDeepEqual(Tensor.toTypedArray(start(space, 1, "other").weight), data)
  })

  it("starts at given weights, from a tensor, rows or elements in row-major order", () => {
    const rows = [
      [1, 2, 3],
      [4, 5, 6]
    ]
    for (const initial of [rows, rows.flat(), Float32Array.from(rows.flat()), Tensor.from(rows)]) {
      const space = LoRAWeight.create({ outDim: 2, inDim: 3, noiseRank: 1, initial })
      assert.deepStrictEqual(Tensor.toArray(start(space).weight), rows)
    }
  })

  it("is a weight of Tensor.linear", () => {
    const weight = start(
      LoRAWeight.create({
        outDim: 2,
        inDim: 3,
        noiseRank: 1,
        initial: [
          [1, 0, 0],
          [0, 1, 1]
        ]
      })
    )
    assert.deepStrictEqual(Tensor.toArray(Tensor.linear(Tensor.from([1, 2, 3]), weight)), [1, 5])
  })

  it("refuses a rank above the smaller side or below one, naming the block", () => {
    const high = refusal(() => LoRAWeight.create({ outDim: 4, inDim: 9, noiseRank: 9 }))
    assert.strictEqual(high.reason, "RankTooLarge")
    assert.strictEqual(
      high.message,
      "LoRAWeight [4, 9]: expected a noiseRank of at most 4 for [4, 9], got 9. " +
        "Lower noiseRank to at most the smaller side of the matrix, or leave it out."
    )
    for (const noiseRank of [0, -1, 1.5, NaN]) {
      assert.strictEqual(refusal(() => LoRAWeight.create({ outDim: 4, inDim: 9, noiseRank })).reason, "InvalidSpace")
    }
  })

  it("refuses sides that are not whole and positive", () => {
    for (const outDim of [0, -2, 1.5, NaN]) {
      assert.strictEqual(refusal(() => LoRAWeight.create({ outDim, inDim: 3 })).reason, "InvalidSpace")
    }
  })

  it("refuses initial weights of another shape", () => {
    const given = [
      [
        [1, 2],
        [3, 4],
        [5, 6]
      ],
      [
        [1, 2, 3],
        [4, 5]
      ],
      [1, 2, 3],
      7,
      Tensor.zeros([3, 2])
    ]
    for (const initial of given) {
      const error = refusal(() => LoRAWeight.create({ outDim: 2, inDim: 3, initial }))
      assert.strictEqual(error.reason, "WrongShape")
      assert.include(error.message, "[2, 3]")
    }
  })

  it("refuses initial weights that are not finite, and says which", () => {
    for (const initial of [[1, NaN], Tensor.from([[1, Infinity]]), [[1, 1e39]]]) {
      const error = refusal(() => LoRAWeight.create({ outDim: 1, inDim: 2, initial }))
      assert.strictEqual(error.reason, "NotFinite")
      assert.include(error.actual, "at index 1")
    }
  })

  it.effect("survives JSON bit by bit", () =>
    Effect.gen(function* () {
      const space = LoRAWeight.create({ outDim: 3, inDim: 5, noiseRank: 2 })
      const json = JSON.parse(JSON.stringify(Params.encode(space)(start(space))))
      assert.deepStrictEqual(json.shape, [3, 5])
      assert.strictEqual(json.data.length, 80)
      const decoded = yield* Params.decode(space)(json)
      assert.isTrue(Tensor.equals(decoded.weight, start(space).weight))
      assert.strictEqual(decoded.noiseRank, 2)
    })
  )

  it("writes little-endian 32-bit floats", () => {
    const space = LoRAWeight.create({ outDim: 1, inDim: 2, initial: [1, -2] })
    assert.deepStrictEqual(Params.encode(space)(start(space)), { shape: [1, 2], data: "AACAPwAAAMA=" })
  })
})
