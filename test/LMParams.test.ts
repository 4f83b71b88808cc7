import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { LMParams } from "../src/LMParams.js"
import type { ScalarField } from "../src/ParamSpace.js"
import * as Params from "../src/Params.js"

const space = LMParams.space
const start = space.assemble(Params.defaults(space, { seed: 1, name: "lm" }))

describe("LMParams", () => {
  it("starts at its documented defaults", () => {
    assert.deepStrictEqual(
      { ...start },
      {
        temperature: 0.7,
        topP: 1,
        presencePenalty: 0,
        frequencyPenalty: 0,
        maxTokensFraction: 0.25
      }
    )
    assert.instanceOf(start, LMParams)
    assert.deepStrictEqual(new LMParams({}), start)
  })

  it("has five coordinates, each with its box and a step of half its range", () => {
    const fields = space.fields as ReadonlyArray<ScalarField>
    assert.deepStrictEqual(
      fields.map(({ max, min, path, scale }) => [path, min, max, scale]),
      [
        ["temperature", 0, 2, 1],
        ["topP", 0, 1, 0.5],
        ["presencePenalty", -2, 2, 2],
        ["frequencyPenalty", -2, 2, 2],
        ["maxTokensFraction", 0, 1, 0.5]
      ]
    )
    assert.deepStrictEqual(Params.toVector(space, start), [0.7, 1, 0, 0, 0.25])
  })

  it.effect("decodes a vector and goes back", () =>
    Effect.gen(function* () {
      const vector = [0.8, 0.95, 0.1, -0.1, 0.5]
      const params = yield* Params.fromVector(space, vector, start)
      assert.strictEqual(params.temperature, 0.8)
      assert.strictEqual(params.maxTokensFraction, 0.5)
      assert.deepStrictEqual(Params.toVector(space, params), vector)
    })
  )

  it.effect("clamps what lies outside the box before it is a request", () =>
    Effect.gen(function* () {
      const params = yield* Params.fromVector(space, [3, 1.2, -5, 9, -1], start)
      assert.deepStrictEqual(params.toRequest(), {
        temperature: 2,
        topP: 1,
        presencePenalty: -2,
        frequencyPenalty: 2,
        maxTokens: 1
      })
      const greedy = yield* Params.fromVector(space, [0, 1, 0, 0, 2], start)
      assert.strictEqual(greedy.toRequest().maxTokens, 4096)
    })
  )

  it("turns the fraction into a token limit", () => {
    assert.deepStrictEqual(start.toRequest(), {
      temperature: 0.7,
      topP: 1,
      presencePenalty: 0,
      frequencyPenalty: 0,
      maxTokens: 1024
    })
    assert.strictEqual(new LMParams({ maxTokensFraction: 0.5 }).toRequest({ modelMaxTokens: 8192 }).maxTokens, 4096)
    assert.strictEqual(new LMParams({ maxTokensFraction: 0 }).toRequest().maxTokens, 1)
  })

  it("lets an explicit limit beat the fraction, within the model's maximum", () => {
    assert.strictEqual(new LMParams({ maxTokens: 100 }).toRequest().maxTokens, 100)
    assert.strictEqual(new LMParams({ maxTokens: 9000 }).toRequest().maxTokens, 4096)
  })

  it("sends stop and seed where they are given", () => {
    const request = new LMParams({ maxTokens: 500, stop: ["END"], seed: 42 }).toRequest()
    assert.deepStrictEqual(request.stop, ["END"])
    assert.strictEqual(request.seed, 42)
    assert.notProperty(new LMParams({ stop: [] }).toRequest(), "stop")
    assert.strictEqual(new LMParams({ seed: 0 }).toRequest().seed, 0)
  })

  it.effect("carries the untuned fields through values, vectors and JSON", () =>
    Effect.gen(function* () {
      const given = new LMParams({ temperature: 1.5, maxTokens: 100, stop: ["a", "b"], seed: 7 })
      assert.deepStrictEqual(space.assemble(space.disassemble(given), given), given)
      assert.deepStrictEqual(yield* Params.fromVector(space, Params.toVector(space, given), given), given)
      const json = JSON.parse(JSON.stringify(Params.encode(space)(given)))
      assert.deepStrictEqual(yield* Params.decode(space)(json), given)
      const pinned = Params.withDefaults(space, given)
      assert.deepStrictEqual(pinned.assemble(Params.defaults(pinned, { seed: 1, name: "lm" })), given)
    })
  )

  it.effect("names the field that is missing, unknown or out of bounds", () =>
    Effect.gen(function* () {
      const json = Params.encode(space)(start) as Record<string, unknown>
      const decode = Params.decode(space, { name: "answer" })
      const hot = yield* Effect.flip(decode({ ...json, temperature: 3 }))
      assert.deepStrictEqual(
        [hot.reason, hot.block, hot.expected, hot.actual],
        ["OutOfBounds", "answer.temperature", "a number from 0 to 2", "3"]
      )
      const { topP: _, ...partial } = json
      const missing = yield* Effect.flip(decode(partial))
      assert.deepStrictEqual([missing.reason, missing.block, missing.actual], ["Undecodable", "answer.topP", "nothing"])
      const unknown = yield* Effect.flip(decode({ ...json, temprature: 1 }))
      assert.deepStrictEqual([unknown.reason, unknown.block], ["Undecodable", "answer.temprature"])
      const untuned = yield* Effect.flip(decode({ ...json, maxTokens: "many" }))
      assert.deepStrictEqual([untuned.reason, untuned.block], ["Undecodable", "answer.maxTokens"])
    })
  )
})
