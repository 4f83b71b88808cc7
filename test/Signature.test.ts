import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as Signature from "../src/Signature.js"

const thrown = (run: () => unknown): Signature.SignatureError => {
  try {
    run()
  } catch (error) {
    if (error instanceof Signature.SignatureError) return error
    throw error
  }
  throw new Error("nothing was thrown")
}

const outputs = { answer: Schema.String }

describe("Signature", () => {
  it("keeps fields in declared order, which need not be that of the alphabet", () => {
    const signature = Signature.make({
      instruction: "",
      inputs: { zebra: Schema.String, ant: Schema.String, monkey: Schema.String },
      outputs: { second: Schema.String, first: Schema.String }
    })
    assert.deepStrictEqual(
      signature.inputs.map(({ name }) => name),
      ["zebra", "ant", "monkey"]
    )
    assert.deepStrictEqual(
      signature.outputs.map(({ name }) => name),
      ["second", "first"]
    )
  })

  it("takes descriptions from annotations, and none that only says the type", () => {
    const { inputs } = Signature.make({
      instruction: "",
      inputs: {
        text: Schema.String,
        age: Schema.Int,
        share: Schema.Number.pipe(Schema.between(0, 1)),
        when: Schema.DateFromString.annotations({ description: "the day of the order" }),
        count: Schema.Int.annotations({ description: "of all items" })
      },
      outputs
    })
    assert.deepStrictEqual(
      inputs.map(({ description }) => description),
      [undefined, undefined, "a number between 0 and 1", "the day of the order", "of all items"]
    )
  })

  it("says in words what a value looks like", () => {
    class Point extends Schema.Class<Point>("Point")({ x: Schema.Number }) {}
    const { outputs } = Signature.make({
      instruction: "",
      inputs: {},
      outputs: {
        text: Schema.NonEmptyString,
        age: Schema.Int.pipe(Schema.between(1, 5)),
        share: Schema.Number,
        sure: Schema.Boolean,
        priority: Schema.Literal("high", "low"),
        mark: Schema.Literal("a, b", "c"),
        kind: Schema.Literal("only"),
        digit: Schema.Literal(1, 2),
        tags: Schema.Array(Schema.String),
        point: Point
      }
    })
    assert.deepStrictEqual(
      outputs.map(({ type }) => type),
      [
        "text",
        "whole number",
        "number",
        "true or false",
        "one of high, low",
        'one of "a, b", c',
        "always only",
        "one of 1, 2",
        'JSON of the schema {"type":"array","items":{"type":"string"}}',
        'JSON of the schema {"type":"object","required":["x"],"properties":{"x":{"type":"number"}},"additionalProperties":false}'
      ]
    )
  })

  it("refuses to be without outputs", () => {
    const error = thrown(() => Signature.make({ instruction: "Think.", inputs: { text: Schema.String }, outputs: {} }))
    assert.strictEqual(error.reason, "NoOutputs")
    assert.include(error.message, error.cure)
  })

  it("refuses an output of the name of an input, whatever the case", () => {
    for (const name of ["text", "Text"]) {
      const error = thrown(() =>
        Signature.make({ instruction: "", inputs: { text: Schema.String }, outputs: { [name]: Schema.String } })
      )
      assert.strictEqual(error.reason, "DuplicateField")
      assert.include(error.message, "text")
    }
  })

  it("refuses an instruction with a placeholder that is no input, and one whose braces do not pair", () => {
    const make = (instruction: string) => Signature.make({ instruction, inputs: { text: Schema.String }, outputs })
    assert.strictEqual(make("Translate {text}, {{literally}}.").instruction, "Translate {text}, {{literally}}.")
    const unknown = thrown(() => make("Translate {txt}."))
    assert.strictEqual(unknown.reason, "Placeholders")
    assert.include(unknown.message, "{txt}")
    assert.strictEqual(thrown(() => make("Translate {answer}.")).reason, "Placeholders")
    assert.strictEqual(thrown(() => make("Translate {text.")).reason, "Placeholders")
  })

  it("refuses names that a reply could not be read by", () => {
    for (const name of ["", "1", "a b", "a:b", "a\nb", ".*"]) {
      const error = thrown(() => Signature.make({ instruction: "", inputs: { [name]: Schema.String }, outputs }))
      assert.strictEqual(error.reason, "InvalidName", name)
    }
  })

  it("refuses schemas that have no JSON form", () => {
    const error = thrown(() =>
      Signature.make({ instruction: "", inputs: {}, outputs: { amount: Schema.BigIntFromSelf } })
    )
    assert.strictEqual(error.reason, "UnsupportedSchema")
    assert.include(error.message, "amount")
  })
})
