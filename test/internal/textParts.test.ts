import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { addedParts, mergeParts, partsOf, withoutPart, wordsOf } from "../../src/internal/textParts.js"

const line = FastCheck.stringMatching(/^[a-z]{1,6}( [a-z]{1,6})?$/)

const text = FastCheck.array(line, { minLength: 1, maxLength: 6 }).map((lines) => lines.join("\n"))

describe("parts of a text", () => {
  it("are its lines, without blank ones and the space at their ends", () => {
    assert.deepStrictEqual(partsOf("Be brief. \n\n  - Use words.\n\t\n"), ["Be brief.", "  - Use words."])
    assert.deepStrictEqual(partsOf(""), [])
  })

  it("that are added are those that the base has not, whatever their bullets and case", () => {
    const base = "Be brief.\n- Use words.\n2. Be kind."
    assert.deepStrictEqual(addedParts(base, "* use WORDS.\nBe kind.\n- Be new.\nbe brief."), ["- Be new."])
  })

  it("that others add are merged once each, in their order", () => {
    assert.strictEqual(mergeParts("A", ["A\n- b\n- c", "A\n* C\n- d"]), "A\n- b\n- c\n- d")
  })

  it("merge to the base where nothing is added", () => {
    FastCheck.assert(
      FastCheck.property(text, (base) => {
        assert.strictEqual(mergeParts(base, []), base)
        assert.strictEqual(mergeParts(base, [base, base]), base)
      })
    )
  })

  it("are all there when they are merged, and nothing else", () => {
    FastCheck.assert(
      FastCheck.property(text, FastCheck.array(text, { maxLength: 4 }), (base, others) => {
        const merged = mergeParts(base, others)
        assert.isTrue(merged.startsWith(base))
        for (const other of others) assert.deepStrictEqual(addedParts(merged, other), [])
        assert.deepStrictEqual(addedParts([base, ...others].join("\n"), merged), [])
        assert.strictEqual(mergeParts(merged, others), merged)
      })
    )
  })

  it("can be left out one at a time, once", () => {
    assert.strictEqual(withoutPart("a\n\nb \nc\nb", "b"), "a\n\nc\nb")
    assert.strictEqual(withoutPart("a\nb", "c"), "a\nb")
  })

  it("leave the others when one of them goes", () => {
    FastCheck.assert(
      FastCheck.property(text, FastCheck.nat(), (whole, at) => {
        const parts = partsOf(whole)
        const part = parts[at % parts.length]
        const first = parts.indexOf(part)
        assert.deepStrictEqual(
          partsOf(withoutPart(whole, part)),
          parts.filter((_, k) => k !== first)
        )
      })
    )
  })

  it("have words of letters and digits of any script, in lower case", () => {
    assert.deepStrictEqual(wordsOf('The "Ökö" costs 42€, naïve—Москва!'), [
      "the",
      "ökö",
      "costs",
      "42",
      "naïve",
      "москва"
    ])
    assert.deepStrictEqual(wordsOf("… !"), [])
  })
})
