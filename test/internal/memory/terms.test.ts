import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { stopWords, termsOf } from "../../../src/internal/memory/terms.js"

const anyText = FastCheck.oneof(
  FastCheck.string({ unit: "binary" }),
  FastCheck.array(
    FastCheck.constantFrom(
      "AND",
      "or",
      'NOT"',
      "NEAR(",
      "(",
      ")",
      "*",
      "^",
      ":",
      "'",
      "--",
      "&",
      "|",
      "!",
      "<->",
      "\0",
      "tea"
    )
  ).map((words) => words.join(" "))
)

describe("the terms of a query", () => {
  it("are its words in lower case, without stop words, each once", () => {
    assert.deepStrictEqual(termsOf("What is the NAME of my dog? The dog's name!"), ["name", "dog"])
    assert.deepStrictEqual(termsOf("Where did I go in 2023?"), ["go", "2023"])
  })

  it("are one for all ways of writing a letter", () => {
    assert.deepStrictEqual(termsOf("Cafe\u0301 ｆｕｌｌ ﬁne"), ["café", "full", "fine"])
  })

  it("are all words where all are stop words", () => {
    assert.deepStrictEqual(termsOf("Who am I? Who?"), ["who", "am", "i"])
  })

  it("are none where there is no word", () => {
    for (const text of ["", "  \n ", "?!… --- ***", "\"'`", "👍👍"]) assert.deepStrictEqual(termsOf(text), [])
  })

  it("are words where the query has operators", () => {
    assert.deepStrictEqual(termsOf('cats AND "dogs" NEAR(birds, 3) -fish col:x* OR 1=1; DROP TABLE'), [
      "cats",
      "dogs",
      "near",
      "birds",
      "3",
      "fish",
      "col",
      "x",
      "1",
      "drop",
      "table"
    ])
  })

  it("are words of other scripts, with their marks", () => {
    assert.deepStrictEqual(termsOf("где моя книга, नमस्ते 東京"), ["где", "моя", "книга", "नमस्ते", "東京"])
  })

  it("are the first 64 of a huge query, none longer than 500 characters", () => {
    const many = termsOf(Array.from({ length: 300_000 }, (_, k) => `w${k}`).join(" "))
    assert.strictEqual(many.length, 64)
    assert.deepStrictEqual(termsOf("x".repeat(1_000_000)), ["x".repeat(500)])
    assert.deepStrictEqual(termsOf("𝒳".normalize("NFD").repeat(3)), ["xxx"])
    assert.strictEqual(Array.from(termsOf("𐐨".repeat(600))[0]!).length, 500)
  })

  it.prop("hold no operator, quote or blank, and are their own terms", [anyText], ([text]) => {
    for (const term of termsOf(text)) {
      assert.match(term, /^[\p{L}\p{N}][\p{L}\p{N}\p{M}]*$/u)
      assert.strictEqual(term, term.toLowerCase())
    }
    const terms = termsOf(text)
    assert.strictEqual(new Set(terms).size, terms.length)
  })

  it.prop("do not change by stop words around them", [FastCheck.constantFrom(...stopWords)], ([word]) => {
    assert.deepStrictEqual(termsOf(`${word} marmalade ${word}`), ["marmalade"])
  })
})
