import { assert, describe, it } from "@effect/vitest"
import { arcs } from "../../bench/lib/memory/arcs/index.js"
import { conversations } from "../../bench/lib/memory/conversations.js"
import { arc } from "../../bench/lib/memory/script.js"
import { worldsOf } from "../../bench/lib/memory/world.js"

const turns = conversations.flatMap(({ turns }) => turns)
const questions = conversations.flatMap(({ questions }) => questions)

describe("the labelled conversations", () => {
  it("are at least 10, with at least 2,000 turns and 300 questions", () => {
    assert.isAtLeast(conversations.length, 10)
    assert.isAtLeast(turns.length, 2000)
    assert.isAtLeast(questions.length, 300)
  })

  it("name for every question turns of its conversation as evidence, each once", () => {
    for (const { questions, turns } of conversations) {
      for (const { evidence } of questions) {
        assert.isAtLeast(evidence.length, 1)
        assert.strictEqual(new Set(evidence).size, evidence.length)
        for (const turn of evidence) assert.isDefined(turns[turn])
      }
    }
  })

  it("have questions that more than one turn answers, on different occasions", () => {
    const far = conversations.flatMap(({ questions, turns }) =>
      questions.filter(({ evidence }) => new Set(evidence.map((turn) => turns[turn].session)).size > 1)
    )
    assert.isAtLeast(far.length, 50)
  })

  it("leave no slot, choice or label open", () => {
    for (const { text } of [...turns, ...questions]) assert.notMatch(text, /[{}[\]|]|undefined/)
  })

  it("never say the same twice in one conversation, so that a memory keeps every turn", () => {
    for (const { turns } of conversations) {
      const said = turns.map(({ text }) => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " "))
      assert.strictEqual(new Set(said).size, said.length)
    }
  })

  it("ask nothing twice in one conversation", () => {
    for (const { questions } of conversations) {
      assert.strictEqual(new Set(questions.map(({ text }) => text)).size, questions.length)
    }
  })

  it("are between two people, over months", () => {
    for (const { turns } of conversations) {
      assert.strictEqual(new Set(turns.map(({ speaker }) => speaker)).size, 2)
      assert.isAbove(turns[turns.length - 1].at - turns[0].at, 150 * 86_400_000)
      for (let k = 1; k < turns.length; k++) {
        const step = turns[k].session - turns[k - 1].session
        assert.include([0, 1], step)
        assert.strictEqual(turns[k].at > turns[k - 1].at, step === 1)
      }
    }
  })

  it("are what they were when they were frozen", () => {
    let hash = 0
    for (const { text } of [...turns, ...questions]) {
      for (let k = 0; k < text.length; k++) hash = (Math.imul(hash, 31) + text.charCodeAt(k)) | 0
    }
    assert.strictEqual(hash, FROZEN)
  })
})

/** Of all texts in their order: where it changes, figures of before and after are not comparable. */
const FROZEN = 1979768782

describe("a script", () => {
  it("gives lines with their labels by occasion, and questions with the lines that answer them", () => {
    const { parts, questions } = arc("tea", {}, "\nA1 I drink tea.\nB  Nice!\n---\nA2 Not any more.\n? Tea? <- 1 2\n")
    assert.deepStrictEqual(parts, [
      [
        { who: "A", text: "I drink tea.", label: "1" },
        { who: "B", text: "Nice!" }
      ],
      [{ who: "A", text: "Not any more.", label: "2" }]
    ])
    assert.deepStrictEqual(questions, [{ text: "Tea?", evidence: ["1", "2"] }])
  })

  it("is refused when a row is neither a line nor a question", () => {
    assert.throws(() => arc("tea", {}, "C I drink tea."), /is no line/)
    assert.throws(() => arc("tea", {}, "A1 I drink tea.\n? Tea?"), /is no question/)
  })

  it("asks only about lines that it has, and fills every slot that it names", () => {
    for (const { name, parts, questions, slots } of arcs) {
      const lines = parts.flat()
      for (const label of questions.flatMap(({ evidence }) => evidence)) {
        assert.strictEqual(lines.filter((line) => line.label === label).length, 1, `${name}: ${label}`)
      }
      const texts = [...lines, ...questions].map(({ text }) => text).concat(Object.values(slots).flat())
      const named = texts.flatMap((text) => Array.from(text.matchAll(/\{(\w+)\}/g), ([, slot]) => slot))
      for (const slot of named) assert.isTrue(["A", "B"].includes(slot) || slot in slots, `${name}: ${slot}`)
      for (const slot of Object.keys(slots)) assert.include(named, slot, name)
    }
  })
})

describe("a world", () => {
  it("has no two people of one name", () => {
    const names = worldsOf("any").flatMap(({ he, his, ...people }) => Object.values(people))
    assert.strictEqual(new Set(names).size, names.length)
  })
})
