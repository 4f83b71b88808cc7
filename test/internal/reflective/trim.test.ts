import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { textOf } from "../../../src/internal/promptFields.js"
import { trimmed } from "../../../src/internal/reflective/trim.js"
import { candidateWith, labelText, observing } from "../../utils/reflective.js"

const field = labelText()

const good = "ash means tree."
const bad = "crow means fish."
const text = ["Label the word.", good, bad].join("\n")

/** Items 0 to 3 are about ashes, 4 to 7 about crows. */
const words = new Map(Array.from({ length: 8 }, (_, item) => [item, new Set([item < 4 ? "ash" : "crow"])]))

const scoreOf = (text: string, item: number): number =>
  item < 4 ? (text.includes(good) ? 1 : 0) : text.includes(bad) && item !== 7 ? 0 : 1

const start = (scores: typeof scoreOf) =>
  Effect.gen(function* () {
    const world = observing(field, scores)
    const candidate = candidateWith(field, text)
    const seen = yield* world.observe(candidate, [...words.keys()])
    return { ...world, entry: { candidate, seen, settled: new Set<string>() }, before: world.runs() }
  })

describe("trimmed", () => {
  it.effect("takes away what stands in the way, and leaves the rest", () =>
    Effect.gen(function* () {
      const { entry, observe } = yield* start(scoreOf)
      const { candidate, proposals, seen } = yield* trimmed(entry, [field], words, observe)
      assert.strictEqual(textOf(candidate!, field), ["Label the word.", good].join("\n"))
      assert.deepStrictEqual(
        proposals.map(({ lost, outcome, won }) => [outcome, won, lost]),
        [["accepted", [4, 5, 6], []]]
      )
      assert.strictEqual(seen.size, 8)
    })
  )

  it.effect("keeps a part without which as much is lost as won", () =>
    Effect.gen(function* () {
      const { entry, observe } = yield* start((text, item) => (item < 4 ? 1 : text.includes(bad) === item >= 6 ? 1 : 0))
      const { candidate, proposals } = yield* trimmed(entry, [field], words, observe)
      assert.isUndefined(candidate)
      assert.deepStrictEqual(
        proposals.map(({ lost, outcome, won }) => [outcome, won.length, lost.length]),
        [["rejected", 2, 2]]
      )
    })
  )

  it.effect("takes a new part away at a tie: it has to be of use to come in", () =>
    Effect.gen(function* () {
      const { entry, observe } = yield* start((text, item) => (item < 4 ? 1 : text.includes(bad) === item >= 6 ? 1 : 0))
      const { candidate } = yield* trimmed(entry, [field], words, observe, new Set([bad]))
      assert.strictEqual(textOf(candidate!, field), ["Label the word.", good].join("\n"))
    })
  )

  it.effect("runs nothing where nothing failed, and nothing twice", () =>
    Effect.gen(function* () {
      const well = yield* start(() => 1)
      yield* trimmed(well.entry, [field], words, well.observe)
      assert.strictEqual(well.runs(), well.before)
      const ill = yield* start(() => 0)
      yield* trimmed(ill.entry, [field], words, ill.observe)
      const once = ill.runs()
      assert.isAbove(once, ill.before)
      yield* trimmed(ill.entry, [field], words, ill.observe)
      assert.strictEqual(ill.runs(), once)
    })
  )
})
