import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Candidate from "../src/Candidate.js"
import * as ChainOfThought from "../src/ChainOfThought.js"
import * as Params from "../src/Params.js"
import * as Predict from "../src/Predict.js"
import * as Signature from "../src/Signature.js"
import { failure, scripted } from "./utils/scripted.js"

const sum = Signature.make({
  instruction: "Add.",
  inputs: { question: Schema.String },
  outputs: { total: Schema.Number }
})

const model = "test/model"
const reply = "reasoning: 1 and 1\n\nmake 2.\ntotal: 2"
const input = { question: "1 + 1" }

describe("ChainOfThought", () => {
  it.effect("asks for reasoning before the other outputs, and leaves it out of the result", () =>
    Effect.gen(function* () {
      const { layer, requests } = scripted(() => reply)
      const add = ChainOfThought.make("add", sum, { model })
      assert.deepStrictEqual(yield* Effect.provide(add(input), layer), { total: 2 })
      const system = requests[0].messages[0].content
      assert.isTrue(system.endsWith("\n\nreasoning: <text>\ntotal: <number>"), system)
    })
  )

  it.effect("keeps it where that is asked for", () =>
    Effect.gen(function* () {
      const add = ChainOfThought.make("add", sum, { model, reasoning: "keep" })
      assert.deepStrictEqual(yield* Effect.provide(add(input), scripted(() => reply).layer), {
        reasoning: "1 and 1\n\nmake 2.",
        total: 2
      })
    })
  )

  it.effect("asks for JSON too, reasoning first", () =>
    Effect.gen(function* () {
      const { layer, requests } = scripted(() => '{"reasoning":"so","total":2}')
      const add = ChainOfThought.make("add", sum, { model, adapter: "json" })
      assert.deepStrictEqual(yield* Effect.provide(add(input), layer), { total: 2 })
      const schema = requests[0].format?.schema as { readonly properties: object }
      assert.deepStrictEqual(Object.keys(schema.properties), ["reasoning", "total"])
    })
  )

  it.effect("fails where there is no reasoning", () =>
    Effect.gen(function* () {
      const add = ChainOfThought.make("add", sum, { model })
      const error = (yield* failure(
        Effect.provide(add(input), scripted(() => "total: 2").layer)
      )) as Predict.PredictError
      assert.deepStrictEqual([error.reason, error.field], ["MissingField", "reasoning"])
    })
  )

  it.effect("shows demonstrations with or without reasoning, also after they were JSON", () =>
    Effect.gen(function* () {
      const add = ChainOfThought.make("add", sum, {
        model,
        demonstrations: [
          { input, output: { reasoning: "One more.", total: 2 } },
          { input, output: { total: 2 } }
        ]
      })
      const params = Candidate.get(Candidate.defaults(), add)
      const messages = yield* Predict.render(add, params, input)
      assert.deepStrictEqual([messages[2].content, messages[4].content], ["reasoning: One more.\ntotal: 2", "total: 2"])
      const decoded = yield* Params.decode(add.params)(JSON.parse(JSON.stringify(Params.encode(add.params)(params))))
      assert.deepStrictEqual(yield* Predict.render(add, decoded, input), messages)
    })
  )

  it("refuses a signature that has reasoning of its own", () => {
    const own = (outputs: Signature.Fields, inputs: Signature.Fields = {}) =>
      Either.try(() => ChainOfThought.make("own", Signature.make({ instruction: "", inputs, outputs }), { model }))
    const faults = [own({ reasoning: Schema.Number }), own({ total: Schema.Number }, { reasoning: Schema.String })]
    for (const fault of faults) {
      assert.instanceOf(Either.getOrThrow(Either.flip(fault)), Signature.SignatureError)
    }
  })
})
