import * as Effect from "effect/Effect"
import { type PromptField, textOf, withFieldValue } from "../promptFields.js"
import { addedParts, mergeParts, partsOf } from "../textParts.js"
import * as Verdict from "../verdict.js"
import type { Draft } from "./drafts.js"
import { type Entry, isFailure } from "./pool.js"
import { screened, type Trial } from "./trials.js"
import { isAbout } from "./unlearn.js"
import type { Observe, OutOfBudget } from "./world.js"

/** Runs that a part is tried on: those that went wrong, and some that went well. */
const WRONG = 2
const WELL = 1

/**
 * Drafts, each with the new parts that are worth having. A part is tried alone on a few training items that it is about, and
 * dropped when nothing is gained; what is about no item in particular stays. A text written anew is tried as a whole.
 *
 * @internal
 */
export const sifted = <E>(
  drafts: ReadonlyArray<Draft>,
  parent: Entry<E>,
  words: ReadonlyMap<number, ReadonlySet<string>>,
  observe: Observe<E>
): Effect.Effect<ReadonlyArray<Trial<E>>, E | OutOfBudget> =>
  Effect.gen(function* () {
    const isFailing = (item: number): boolean => {
      const seen = parent.seen.get(item)
      return seen !== undefined && isFailure(seen)
    }
    const itemsOf = (part: string): ReadonlyArray<number> => {
      const about = parent.suspects.filter((item) => parent.seen.has(item) && isAbout(part, words.get(item)))
      return [...about.filter(isFailing).slice(0, WRONG), ...about.filter((item) => !isFailing(item)).slice(0, WELL)]
    }
    const tries = new Map<string, Part>()
    for (const { field, value } of drafts) {
      for (const text of newParts(parent, field, value as string) ?? []) {
        tries.set(`${field.path}\n${text}`, { field, text, items: itemsOf(text) })
      }
    }
    const results = yield* Effect.forEach(
      tries,
      ([key, part]) => Effect.map(tried(part, parent, observe), (result) => [key, result] as const),
      {
        concurrency: "unbounded"
      }
    )
    const resultOf = new Map(results)
    return yield* Effect.forEach(
      drafts,
      (draft): Effect.Effect<Trial<E>, E | OutOfBudget> => {
        const { field, value } = draft
        const parts = newParts(parent, field, value as string)
        if (parts === undefined) return screened(draft, parent, observe)
        const kept = parts.filter((text) => resultOf.get(`${field.path}\n${text}`)!.gain !== 0)
        const text = mergeParts(textOf(parent.candidate, field), kept)
        const outcomes = kept.map((text) => resultOf.get(`${field.path}\n${text}`)!)
        return Effect.succeed({
          drafts: [{ ...draft, value: text }],
          candidate: withFieldValue(parent.candidate, field, text),
          seen: new Map(),
          mended: new Set(outcomes.flatMap(({ mended }) => mended)),
          gain: outcomes.reduce((total, { gain }) => total + gain, 0)
        })
      },
      { concurrency: "unbounded" }
    )
  })

interface Part {
  readonly field: PromptField
  readonly text: string
  readonly items: ReadonlyArray<number>
}

/** The parts that a text adds to its parent's; nothing when it keeps less than half of that, or adds no more than one. */
const newParts = <E>(parent: Entry<E>, field: PromptField, value: string): ReadonlyArray<string> | undefined => {
  if (field.field._tag !== "Text") return undefined
  const before = textOf(parent.candidate, field)
  const added = addedParts(before, value)
  const lost = addedParts(value, before).length
  return added.length <= 1 || lost * 2 > partsOf(before).length ? undefined : added
}

/** What a part alone does: 0 when it is dropped. */
const tried = <E>(
  { field, items, text }: Part,
  parent: Entry<E>,
  observe: Observe<E>
): Effect.Effect<{ readonly gain: number; readonly mended: ReadonlyArray<number> }, E | OutOfBudget> => {
  if (items.length === 0) return Effect.succeed({ gain: Number.MIN_VALUE, mended: [] })
  const candidate = withFieldValue(parent.candidate, field, mergeParts(textOf(parent.candidate, field), [text]))
  return Effect.map(observe(candidate, items), (seen) => {
    let gain = 0
    for (const [item, observation] of seen) {
      gain += Verdict.difference(Verdict.of(observation), Verdict.of(parent.seen.get(item)!)) ?? 0
    }
    return gain <= 0 ? { gain: 0, mended: [] } : { gain, mended: items.filter((item) => !isFailure(seen.get(item)!)) }
  })
}
