import * as Effect from "effect/Effect"
import type { Objective, Proposal } from "../../../services/Optimizer.js"
import type { Candidate } from "../../Candidate.js"
import { toText } from "../plain.js"
import { type PromptField, textOf, withFieldValue } from "../promptFields.js"
import { partsOf, withoutPart, wordsOf } from "../textParts.js"
import { type Entry, isFailure } from "./pool.js"
import { compared, counts, proposalOf, type Rival } from "./trials.js"
import type { Observe, OutOfBudget } from "./world.js"

/** Parts that are tried without in a round, the most suspect ones. */
const SUSPECTS = 4

/** A word in more than this share of the inputs tells none apart. */
const COMMON = 0.25

/**
 * The words of every example's input that few others have: what a part may be about.
 *
 * @internal
 */
export const inputWords = ({ startObservations }: Objective<unknown>): ReadonlyMap<number, ReadonlySet<string>> => {
  const words = new Map(
    startObservations.map(({ example, input }) => [example, new Set(wordsOf(toText(input)))] as const)
  )
  const counts = new Map<string, number>()
  for (const own of words.values()) for (const word of own) counts.set(word, (counts.get(word) ?? 0) + 1)
  const isRare = (word: string): boolean => counts.get(word)! <= COMMON * startObservations.length
  return new Map([...words].map(([example, own]) => [example, new Set([...own].filter(isRare))]))
}

/** @internal */
export const isAbout = (part: string, words: ReadonlySet<string> | undefined): boolean =>
  words !== undefined && wordsOf(part).some((word) => words.has(word))

const keyOf = ({ path }: PromptField, part: string): string => `${path}\n${part}`

/** Parts, but for the first, that runs are about of which more than half went wrong. */
const suspectsIn = <E>(
  entry: Entry<E>,
  field: PromptField,
  rival: Rival,
  words: ReadonlyMap<number, ReadonlySet<string>>
): ReadonlyArray<string> => {
  const failed = new Map([...entry.seen].map(([item, observation]) => [item, isFailure(observation)] as const))
  for (const [item, verdict] of rival.verdicts) failed.set(item, verdict === "lost" || verdict < 1)
  const [, ...parts] = partsOf(textOf(entry.candidate, field))
  return parts
    .map((part) => {
      const about = [...failed].filter(([item]) => isAbout(part, words.get(item)))
      const wrong = about.filter(([, isFailed]) => isFailed).length
      return { part, share: about.length === 0 || about.length === failed.size ? 0 : wrong / about.length }
    })
    .filter(({ share }) => share > 0.5)
    .sort((a, b) => b.share - a.share)
    .map(({ part }) => part)
}

/**
 * A member without the parts that stand in its way: each suspect is tried without on the validation items that it is about,
 * and goes if more is won than lost. What is shorter needs no more evidence than that: the declared rate of false accepts is
 * that of what is added.
 *
 * @internal
 */
export const unlearned = <E>(
  entry: Entry<E>,
  fields: ReadonlyArray<PromptField>,
  rival: Rival,
  validation: ReadonlyArray<number>,
  words: ReadonlyMap<number, ReadonlySet<string>>,
  observe: Observe<E>
): Effect.Effect<
  {
    readonly candidate: Candidate | undefined
    readonly verdicts: Readonly<Record<number, number | "lost">>
    readonly proposals: ReadonlyArray<Proposal>
  },
  E | OutOfBudget
> =>
  Effect.gen(function* () {
    const suspects = fields
      .filter(({ field }) => field._tag === "Text")
      .flatMap((field) => suspectsIn(entry, field, rival, words).map((part) => ({ field, part })))
      .filter(({ field, part }) => !entry.settled.has(keyOf(field, part)))
      .slice(0, SUSPECTS)
    const trials = yield* Effect.forEach(
      suspects,
      ({ field, part }) => {
        const value = withoutPart(textOf(entry.candidate, field), part)
        const candidate = withFieldValue(entry.candidate, field, value)
        const related = validation.filter((item) => isAbout(part, words.get(item)))
        return Effect.map(
          compared({ candidate }, rival, related, observe, ({ lost, won }) => lost.length > won.length),
          ({ comparison, verdicts }) => ({ field, part, value, comparison, verdicts })
        )
      },
      { concurrency: "unbounded" }
    )
    const gone = trials.filter(({ comparison: { lost, won } }) => won.length > lost.length)
    for (const { field, part } of trials) entry.settled.add(keyOf(field, part))
    const proposals = trials.map((trial) => {
      const isGone = gone.includes(trial)
      const reason = `${isGone ? "it does not earn its place" : "it earns its place"}: without it ${counts(trial.comparison)}`
      return proposalOf(entry.candidate, [trial], isGone ? "accepted" : "rejected", reason, trial.comparison)
    })
    const candidate = gone.reduce(
      (candidate, { field, part }) => withFieldValue(candidate, field, withoutPart(textOf(candidate, field), part)),
      entry.candidate
    )
    return {
      candidate: gone.length === 0 ? undefined : candidate,
      verdicts: Object.assign({}, ...gone.map(({ verdicts }) => verdicts)),
      proposals
    }
  })
