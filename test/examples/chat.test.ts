import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { chat } from "../../examples/chat.js"
import { rules, served, topics } from "../../examples/lib/care.js"
import { customers } from "../../examples/lib/customers.js"
import { simulatedCare } from "../../examples/lib/simulatedCare.js"
import * as Conversation from "../../src/Conversation.js"
import { runExample } from "../utils/example.js"

describe("the customers", () => {
  const { all, test, train } = customers(1, 60)

  it("are tenants of their own with orders of their own, half of them held out", () => {
    assert.deepStrictEqual([train.length, test.length], [30, 30])
    assert.strictEqual(new Set(all.map(({ tenant }) => tenant)).size, 60)
    assert.strictEqual(new Set(all.map(({ order }) => order)).size, 60)
  })

  it("take nothing for known that they have not told before, and tell it only then", () => {
    for (const { earlier, example } of all) {
      const said = earlier.flat().join("\n")
      for (const value of example.expected) {
        assert.include(said, value)
        assert.notInclude(example.input.conversation.join("\n"), value)
      }
    }
  })

  it("are the same for the same seed and others for another", () => {
    assert.deepStrictEqual(customers(1, 60), customers(1, 60))
    assert.notDeepEqual(customers(1, 60), customers(2, 60))
  })
})

describe("how customers are served", () => {
  const gradeOf = (...replies: ReadonlyArray<string>) => {
    const history = replies.flatMap((reply) => [Conversation.user("?"), Conversation.assistant(reply)])
    return served.grade(Conversation.make(history, "userEnded"), ["copper kettle", "by letter"], {})
  }
  const manners = "We are done within 2 working days. Northwind Care"

  it.effect("is perfect when all is known and the manners are kept", () =>
    Effect.gen(function* () {
      const { feedback, score } = yield* gradeOf(`Your copper kettle. ${manners}`, `We tell you by letter. ${manners}`)
      assert.strictEqual(score, 1)
      assert.strictEqual(feedback, "")
    })
  )

  it.effect("loses what is asked for again, and names the rule", () =>
    Effect.gen(function* () {
      const { feedback, score } = yield* gradeOf(`Which product? ${manners}`, `We tell you by letter. ${manners}`)
      assert.closeTo(score, 1 - 0.7 / 2, 1e-12)
      assert.strictEqual(feedback, rules.notes)
    })
  )

  it.effect("counts a message without an answer as all wrong", () =>
    Effect.gen(function* () {
      const { score } = yield* gradeOf(`Your copper kettle. ${manners}`)
      assert.closeTo(score, 0.5, 1e-12)
    })
  )
})

describe("the simulated desk", () => {
  const ask = (orders: string, notes: string) =>
    simulatedCare({
      model: "simulated/small",
      settings: { temperature: 0 },
      messages: [
        { role: "system", content: orders },
        { role: "user", content: `notes: ${notes}\nmessage: ${topics[0].asked[0]}` }
      ]
    })

  it("knows what the notes say and nothing else", () => {
    const notes = "- noted on 2026-01-01: User: I bought a milk frother from you, order NW-1, and it hums."
    assert.include(ask(rules.notes, notes), "your milk frother")
    assert.include(ask(rules.notes, ""), topics[0].unknown)
  })
})

describe("chat", () => {
  for (const seed of [1, 3]) {
    it.live(
      `serves customers better with memory, and better still when tuned, with seed ${seed}`,
      () =>
        Effect.gen(function* () {
          const { measured } = yield* runExample(chat, { seed })
          const { after, before, cost, leaks, memories, recalled, tunedWithout, without } = measured
          assert.isAbove(before, without + 0.1)
          assert.isAbove(after, before + 0.2)
          assert.isAbove(after, tunedWithout + 0.2)
          assert.isAtMost(after, 1)
          assert.strictEqual(memories, 60 * 12)
          assert.isAbove(recalled, 60)
          assert.strictEqual(leaks, 0)
          assert.isAbove(cost, 0)
          assert.isBelow(cost, 0.5)
          const html = readFileSync(String(measured.report), "utf8")
          assert.include(html, "The conversation of today")
          assert.include(html, rules.closing)
          assert.match(html, /0 of \d+ recalled memories/)
        }),
      300_000
    )
  }

  it.live(
    "gives the same result again for the same seed",
    () =>
      Effect.gen(function* () {
        const first = yield* runExample(chat, { seed: 2 })
        const second = yield* runExample(chat, { seed: 2 })
        const { seconds: _first, ...one } = first.measured
        const { seconds: _second, ...other } = second.measured
        assert.deepStrictEqual(one, other)
      }),
    300_000
  )
})
