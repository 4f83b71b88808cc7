import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { digestOf, isNearDuplicate } from "../../../src/internal/memory/similar.js"

const same: ReadonlyArray<readonly [string, string]> = [
  ["The user likes green tea.", "User likes  green tea"],
  ["I don't eat meat!", "i do not eat meat"],
  ["She lives in “Paris”.", "She lives in Paris"],
  ["Her name is Zoë", "Her name is Zoe\u0308"],
  ["I really like jazz", "I like jazz"],
  ["the", "The"],
  ["👍", " 👍 "]
]

const other: ReadonlyArray<readonly [string, string]> = [
  ["I live in Paris", "I live in Rome"],
  ["i live in paris", "i live in rome"],
  ["order 17", "order 18"],
  ["The balance is 5", "The balance is -5"],
  ["It costs $5", "It costs €5"],
  ["I write C++", "I write C#"],
  ["I write C++", "I write C"],
  ["The user likes tea", "The user does not like tea"],
  ["I can come", "I can't come"],
  ["She flies from Rome to Oslo", "She flies to Rome from Oslo"],
  ["He was a vegetarian", "He is a vegetarian"],
  ["I like tea", "I like tea with milk"],
  ["I have a sister", "I have sisters"],
  ["You like tea?", "You like tea."],
  ["Hepatitis A vaccine given in May", "Hepatitis vaccine given in May"],
  ["She does well at school", "She does at school"],
  ["!!!", "???"],
  ["a", "the"],
  ["🍎", "🍐"]
]

describe("near duplicates", () => {
  it("say the same in the same words, whatever their case, blanks, punctuation and fillers", () => {
    for (const [a, b] of same) assert.isTrue(isNearDuplicate(a, b), `${a} | ${b}`)
  })

  it("are none where a number, a name, a sign, a negation, a tense or the order is another", () => {
    for (const [a, b] of other) assert.isFalse(isNearDuplicate(a, b), `${a} | ${b}`)
  })

  it("are what has one digest, of 64 bits", () => {
    for (const [a, b] of same) assert.strictEqual(digestOf(a), digestOf(b), `${a} | ${b}`)
    for (const [a, b] of other) assert.notStrictEqual(digestOf(a), digestOf(b), `${a} | ${b}`)
    assert.match(digestOf("tea"), /^[0-9a-f]{16}$/)
  })

  it("are found in linear time among long runs of punctuation", () => {
    assert.isTrue(isNearDuplicate(`${".".repeat(100_000)}tea`, `${".".repeat(100_000)}tea `))
  })

  const text = FastCheck.string({ unit: "binary" })

  it.prop("are the same in both directions, and of themselves", [text, text], ([a, b]) => {
    assert.isTrue(isNearDuplicate(a, `  ${a}\n`))
    assert.strictEqual(isNearDuplicate(a, b), isNearDuplicate(b, a))
  })
})
