import * as Effect from "effect/Effect"
import type { Observation } from "../../../services/Optimizer.js"
import type { Candidate } from "../../Candidate.js"
import { type PromptField, textOf, withFieldValue } from "../promptFields.js"
import { addedParts, mergeParts, partsOf } from "../textParts.js"
import * as Verdict from "../verdict.js"
import type { Draft } from "./drafts.js"
import { isAbout } from "./parts.js"
import { type Entry, isFailure } from "./pool.js"
import { trimmed } from "./trim.js"
import type { Observe, OutOfBudget } from "./world.js"

/**
 * A part that a trial adds to a text, and the examples that it is about.
 *
 * @internal
 */
export interface Addition {
  readonly field: PromptField
  readonly part: string
  readonly about: ReadonlySet<number>
}

/**
 * A changed candidate on its way.
 *
 * @internal
 */
export interface Trial<E> {
  readonly drafts: ReadonlyArray<Draft>
  readonly candidate: Candidate
  /** What it was seen to do on the examples that its drafts were written from. */
  readonly seen: ReadonlyMap<number, Observation<E>>
  /** Its new parts and the examples that each is about; nothing when some are about none in particular. */
  readonly additions: ReadonlyArray<Addition> | undefined
  /** Less its parent, over these. */
  readonly gain: number
}

/** Runs that went well that each new part is tried on. */
const WELL = 4

/** Whether a draft leaves most of what was there, so that others can be joined to it. */
const isAddition =
  <E>(parent: Entry<E>) =>
  ({ field, value }: Draft): boolean => {
    if (field.field._tag !== "Text") return false
    const before = textOf(parent.candidate, field)
    return addedParts(value as string, before).length * 2 <= partsOf(before).length
  }

/**
 * Which drafts to try together: all that add to texts; and every other alone.
 *
 * @internal
 */
export const groupsOf = <E>(drafts: ReadonlyArray<Draft>, parent: Entry<E>): ReadonlyArray<ReadonlyArray<Draft>> => {
  const additions = drafts.filter(isAddition(parent))
  const others = drafts.filter((draft) => !additions.includes(draft)).map((draft) => [draft])
  return additions.length === 0 ? others : [additions, ...others]
}

const changed = <E>(drafts: ReadonlyArray<Draft>, parent: Entry<E>): Candidate =>
  drafts.reduce((candidate, draft) => {
    const { field, value } = draft
    if (!isAddition(parent)(draft)) return withFieldValue(candidate, field, value)
    const added = addedParts(textOf(parent.candidate, field), value as string)
    return withFieldValue(candidate, field, mergeParts(textOf(candidate, field), added))
  }, parent.candidate)

const additionsOf = <E>(
  fields: ReadonlyArray<PromptField>,
  parent: Entry<E>,
  candidate: Candidate,
  words: ReadonlyMap<number, ReadonlySet<string>>
): ReadonlyArray<Addition> =>
  fields
    .filter(({ field }) => field._tag === "Text")
    .flatMap((field) =>
      addedParts(textOf(parent.candidate, field), textOf(candidate, field)).map((part) => ({
        field,
        part,
        about: new Set([...words].flatMap(([item, own]) => (isAbout(part, own) ? [item] : [])))
      }))
    )

const gainOver = <E>(seen: ReadonlyMap<number, Observation<E>>, parent: Entry<E>): number => {
  let gain = 0
  for (const [item, observation] of seen) {
    const old = parent.seen.get(item)
    if (old !== undefined) gain += Verdict.difference(Verdict.of(observation), Verdict.of(old)) ?? 0
  }
  return gain
}

/**
 * The changes of drafts in one candidate, run on the examples that they were written for and, as far as parts are about such,
 * on some that went well; without the new parts that stand in the way there.
 *
 * @internal
 */
export const tried = <E>(
  drafts: ReadonlyArray<Draft>,
  parent: Entry<E>,
  words: ReadonlyMap<number, ReadonlySet<string>>,
  observe: Observe<E>
): Effect.Effect<Trial<E>, E | OutOfBudget> =>
  Effect.gen(function* () {
    const fields = [...new Set(drafts.map(({ field }) => field))]
    const whole = changed(drafts, parent)
    const additions = additionsOf(fields, parent, whole, words)
    const well = parent.suspects.filter((item) => {
      const seen = parent.seen.get(item)
      return seen !== undefined && !isFailure(seen)
    })
    const risks = additions.flatMap(({ about }) => well.filter((item) => about.has(item)).slice(0, WELL))
    const items = new Set([...drafts.flatMap(({ items }) => items), ...risks])
    const entry = { candidate: whole, seen: yield* observe(whole, [...items]), settled: new Set<string>() }
    const added = new Set(additions.map(({ part }) => part))
    const { candidate = whole, seen } = yield* trimmed(entry, fields, words, observe, added)
    const kept = additionsOf(fields, parent, candidate, words)
    const isSpecific = kept.length > 0 && kept.every(({ about }) => about.size > 0)
    return { drafts, candidate, additions: isSpecific ? kept : undefined, seen, gain: gainOver(seen, parent) }
  })
