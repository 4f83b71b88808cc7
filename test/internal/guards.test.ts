import { assert, describe, it } from "@effect/vitest"
import { type Guards, refusal, runsOf } from "../../src/internal/guards.js"

const guards: Guards = { maxLength: 100, placeholders: ["ticket"], leakWords: 4, copies: new Set() }

const before = "Classify {ticket}."

const copying = (...texts: ReadonlyArray<string>): Guards => ({ ...guards, copies: runsOf(texts, guards.leakWords) })

describe("guards", () => {
  it("let a text pass that changes something and keeps the placeholders", () => {
    assert.isUndefined(refusal(guards, before, "Say how urgent {ticket} is."))
    assert.isUndefined(refusal(guards, before, "Of {ticket}: answer {{high}} or {{low}} for {ticket}."))
  })

  const refused: ReadonlyArray<readonly [what: string, proposed: string, reason: string]> = [
    ["an empty text", " \n\t ", "it is empty"],
    ["one that changes only the space around it", `\n${before}  `, "it changes nothing"],
    ["one that is too long, with both lengths", `{ticket}${"x".repeat(100)}`, "it has 108 characters; at most 100"],
    ["one that drops a placeholder", "Classify it.", "drops {ticket}"],
    ["one that invents a placeholder", "Classify {ticket} as {label}.", "invents {label}"],
    ["one whose braces do not pair", "Classify {ticket} as { high.", "unpaired {"],
    ["one with other braces", 'Classify {ticket} as {"label": 1}.', "names no placeholder"]
  ]
  for (const [what, proposed, reason] of refused) {
    it(`refuse ${what}`, () => {
      assert.include(refusal(guards, before, proposed), reason)
    })
  }

  it("say which placeholders there must be, or that there must be none", () => {
    assert.include(refusal(guards, before, "Classify it."), "it must have {ticket} and no other braces")
    assert.include(refusal({ ...guards, placeholders: [] }, "a", "Classify {it}."), "it must have no placeholder")
  })

  it("refuse one that copies as many words in a row as are one too many, and name them", () => {
    const copies = copying("My printer is on fire today")
    assert.include(
      refusal(copies, before, "{ticket}: if the PRINTER is, on fire: high."),
      'it copies an example: "printer is on fire"'
    )
    assert.isUndefined(refusal(copies, before, "{ticket}: if the printer is burning: high."))
  })

  it("let pass what the text before had already", () => {
    const known = `${before} The printer is on fire: high.`
    assert.isUndefined(refusal(copying("The printer is on fire"), known, `${known} Nothing else.`))
  })

  it("find every run of words, whatever their case and the marks between them", () => {
    assert.deepStrictEqual([...runsOf(["A b, C-d", "b c"], 2)], ["a b", "b c", "c d"])
    assert.deepStrictEqual([...runsOf(["Straße über Ökö 42"], 4)], ["straße über ökö 42"])
    assert.deepStrictEqual([...runsOf(["too short"], 3)], [])
  })
})
