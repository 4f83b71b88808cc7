import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { AdapterParams } from "../src/AdapterParams.js"
import type { ScalarField } from "../src/ParamSpace.js"
import * as Params from "../src/Params.js"

const space = AdapterParams.space
const start = space.assemble(Params.defaults(space, { seed: 1, name: "adapter" }))

describe("AdapterParams", () => {
  it("starts at its documented defaults", () => {
    assert.deepStrictEqual({ ...start }, { scale: 1, dropoutKeep: 1, gateBias: 0, priority: 0.5 })
    assert.deepStrictEqual(new AdapterParams({}), start)
  })

  it("bounds everything but the gate", () => {
    const fields = space.fields as ReadonlyArray<ScalarField>
    assert.deepStrictEqual(
      fields.map(({ max, min, path, scale }) => [path, min, max, scale]),
      [
        ["scale", 0, 2, 1],
        ["dropoutKeep", 0, 1, 0.5],
        ["gateBias", -Infinity, Infinity, 1],
        ["priority", 0, 1, 0.5]
      ]
    )
  })

  it.effect("keeps its ranges whatever the vector", () =>
    Effect.gen(function* () {
      const params = yield* Params.fromVector(space, [5, -1, -40, 2], start)
      assert.deepStrictEqual({ ...params }, { scale: 2, dropoutKeep: 0, gateBias: -40, priority: 1 })
    })
  )
})
