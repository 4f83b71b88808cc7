import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as fc from "effect/FastCheck"
import { parseJsonReply } from "../../src/internal/jsonReply.js"

const reads = (text: string, value: unknown) => assert.deepStrictEqual(Either.getOrThrow(parseJsonReply(text)), value)
const refuses = (text: string, why: string) => assert.deepStrictEqual(parseJsonReply(text), Either.left(why))

const noJson = "there is no JSON in it"

describe("parseJsonReply", () => {
  it("reads JSON that stands alone", () => {
    reads('{"a": [1, "x"]}', { a: [1, "x"] })
    reads(" \n[1, 2]\n", [1, 2])
    reads("42", 42)
    reads("null", null)
    reads('"a [1] b"', "a [1] b")
    reads('\ufeff{"a": 1}', { a: 1 })
  })

  it("reads JSON in a code fence, and scalars too", () => {
    reads('```json\n{"a": 1}\n```', { a: 1 })
    reads("```\n[1]\n```\n", [1])
    reads("```json\ntrue\n```", true)
  })

  it("reads JSON with prose around it, the longest where there are several", () => {
    reads('Sure! Here it is:\n```json\n{"a": "}"}\n```\nAnything else?', { a: "}" })
    reads('As [1] shows, the answer is {"a": {"b": [1]}}. Trust me [2].', { a: { b: [1] } })
    reads('{see below}\n{"a": 1}', { a: 1 })
    reads('{"a": "\\"]"} }', { a: '"]' })
  })

  it("keeps a code fence that is part of a string", () => reads('{"a": "```\\n[1]\\n```"}', { a: "```\n[1]\n```" }))

  it("takes the last of equal keys", () => reads('{"a": 1, "a": 2}', { a: 2 }))

  it("drops __proto__ at every depth", () => {
    const parsed = Either.getOrThrow(parseJsonReply('{"__proto__": {"evil": 1}, "a": {"__proto__": null, "b": 1}}'))
    assert.deepStrictEqual(parsed, { a: { b: 1 } })
    assert.deepStrictEqual(Object.getOwnPropertyNames(parsed), ["a"])
    assert.isUndefined(Object.assign({}, parsed as { evil?: number }).evil)
  })

  it("refuses what is nested deeper than 1000, and reads what is not", () => {
    refuses("[".repeat(1001) + "]".repeat(1001), "it is nested deeper than 1000")
    refuses(`{"a":`.repeat(100_000), "it is nested deeper than 1000")
    assert.isTrue(Either.isRight(parseJsonReply("[".repeat(1000) + "]".repeat(1000))))
    reads(JSON.stringify({ a: "[".repeat(2000) }), { a: "[".repeat(2000) })
  })

  it("refuses what breaks off, without passing off a part for the whole", () => {
    refuses('{"ids": [1, 2], "text": "and th', "the JSON in it breaks off")
    refuses("{'ids': [1, 2]}", noJson)
    refuses('{"ids": [1, 2],}', noJson)
  })

  it("refuses prose and nothing", () => {
    refuses("I cannot help with that.", noJson)
    refuses("", noJson)
  })

  it.prop(
    "reads every JSON value that prose surrounds",
    [fc.object(), fc.constantFrom("", "Answer: ", "1. ")],
    ([value, prose]) => {
      const text = JSON.stringify(value)
      assert.deepStrictEqual(
        Either.getOrThrow(parseJsonReply(`${prose}${text}\nDone.`)),
        JSON.parse(text, (key, inner) => (key === "__proto__" ? undefined : inner))
      )
    }
  )

  it.prop(
    "throws for no text",
    [fc.string({ unit: fc.constantFrom("{", "}", "[", "]", '"', "\\", "a", "`", "\n") })],
    ([text]) => {
      parseJsonReply(text)
    }
  )
})
