import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { textOf } from "../../../src/internal/promptFields.js"
import { judged, proven } from "../../../src/internal/reflective/judging.js"
import { startEntry } from "../../../src/internal/reflective/pool.js"
import { tried } from "../../../src/internal/reflective/trials.js"
import { candidateWith, labelText, observing } from "../../utils/reflective.js"

const field = labelText()

const before = "Label the word."
const [good, bad] = ["ash means tree.", "crow means fish."]

const items = Array.from({ length: 24 }, (_, item) => item)

const isAsh = (item: number): boolean => item % 2 === 0

const _words = new Map(items.map((item) => [item, new Set([isAsh(item) ? "ash" : "crow"])]))

/** Ashes fail without the good part, crows with the bad one. */
const { observe } = observing(field, (text, item) =>
  isAsh(item) ? (text.includes(good) ? 1 : 0) : text.includes(bad) && item > 9 ? 0 : 1
)

const trialOf = (value: string, shown: ReadonlyArray<number>) =>
  Effect.gen(function* () {
    const candidate = candidateWith(field, before)
    const parent = startEntry(candidate, [...(yield* observe(candidate, items)).values()], 1)
    const ask = { path: field.path, kind: "reflect" as const, parent: 0, turn: 0 }
    const trial = yield* tried([{ ask, field, value, from: shown, items: shown }], parent, new Map(), observe)
    const about = (isOne: (item: number) => boolean) => new Set(items.filter(isOne))
    const additions = [
      { field, part: good, about: about(isAsh) },
      { field, part: bad, about: about((item) => !isAsh(item)) }
    ].filter(({ part }) => value.includes(part))
    return { parent, trial: { ...trial, additions } }
  })

describe("judged", () => {
  it.effect("compares on examples that the change is about and was not written from", () =>
    Effect.gen(function* () {
      const { parent, trial } = yield* trialOf([before, good].join("\n"), [0, 2])
      const { comparison, isAccepted } = yield* judged(trial, parent, items, 0.1, observe)
      assert.isTrue(isAccepted)
      assert.isTrue(comparison.won.every((item) => isAsh(item) && item > 2))
      assert.deepStrictEqual(comparison.lost, [])
    })
  )

  it.effect("rejects what loses elsewhere, of which the part that has the evidence is proven", () =>
    Effect.gen(function* () {
      const { parent, trial } = yield* trialOf([before, good, bad].join("\n"), [0, 2])
      const order = items.filter((item) => !isAsh(item)).concat(items.filter(isAsh))
      const whole = yield* judged(trial, parent, order, 0.1, observe)
      assert.isFalse(whole.isAccepted)
      const part = proven(whole, parent, 0.1)
      assert.isUndefined(part)
      const later = yield* judged(trial, parent, items, 0.02, observe)
      assert.isFalse(later.isAccepted)
      const some = proven(later, parent, 0.1)!
      assert.strictEqual(textOf(some.trial.candidate, field), [before, good].join("\n"))
      assert.isTrue(some.comparison.won.every(isAsh))
      assert.deepStrictEqual(some.comparison.lost, [])
    })
  )
})
