import * as Effect from "effect/Effect"
import type { Observation, Proposal } from "../../../services/Optimizer.js"
import type { Candidate } from "../../Candidate.js"
import { type PromptField, textOf, withFieldValue } from "../promptFields.js"
import { partsOf, withoutPart } from "../textParts.js"
import * as Verdict from "../verdict.js"
import { isAbout } from "./parts.js"
import { isFailure } from "./pool.js"
import { proposalOf } from "./proposal.js"
import type { Observe, OutOfBudget } from "./world.js"

/** Parts that are tried without at once, the most suspect ones. */
const SUSPECTS = 8

/** What may be taken away, and what speaks against it. */
interface Suspect {
  readonly field: PromptField
  readonly part: string
  readonly failed: ReadonlyArray<number>
  readonly went: ReadonlyArray<number>
}

const keyOf = ({ failed, field, part }: Suspect): string => [field.path, part, ...failed].join("\n")

/** @internal */
export interface Trimmed<E> {
  /** Nothing where every part earns its place. */
  readonly candidate: Candidate | undefined
  /** What it was seen to do, or does as before. */
  readonly seen: ReadonlyMap<number, Observation<E>>
  readonly proposals: ReadonlyArray<Proposal>
}

/**
 * A candidate without the parts that stand in its way: every failure is tried again without each part that it is about, and
 * a part goes if more is won without it than lost, on all that was seen and that it is about. What is shorter needs no more
 * evidence than that: the declared rate of false accepts is that of what is added.
 *
 * @internal
 */
export const trimmed = <E>(
  entry: {
    readonly candidate: Candidate
    readonly seen: ReadonlyMap<number, Observation<E>>
    readonly settled: Set<string>
  },
  fields: ReadonlyArray<PromptField>,
  words: ReadonlyMap<number, ReadonlySet<string>>,
  observe: Observe<E>,
  added: ReadonlySet<string> = new Set()
): Effect.Effect<Trimmed<E>, E | OutOfBudget> =>
  Effect.gen(function* () {
    const { candidate, seen, settled } = entry
    const suspects = fields
      .filter(({ field }) => field._tag === "Text")
      .flatMap((field) =>
        partsOf(textOf(candidate, field))
          .slice(1)
          .map((part): Suspect => {
            const about = [...seen.keys()].filter((item) => isAbout(part, words.get(item)))
            const failed = about.filter((item) => isFailure(seen.get(item)!))
            return { field, part, failed, went: about.filter((item) => !failed.includes(item)) }
          })
      )
      .filter((suspect) => suspect.failed.length > 0 && !settled.has(keyOf(suspect)))
      .sort((a, b) => b.failed.length - a.failed.length || a.went.length - b.went.length)
      .slice(0, SUSPECTS)
    const trials = yield* Effect.forEach(
      suspects,
      (suspect) =>
        Effect.gen(function* () {
          const value = withoutPart(textOf(candidate, suspect.field), suspect.part)
          const without = withFieldValue(candidate, suspect.field, value)
          const first = yield* observe(without, suspect.failed)
          const difference = ([item, observation]: readonly [number, Observation<E>]): number =>
            Verdict.difference(Verdict.of(observation), Verdict.of(seen.get(item)!)) ?? 0
          const isHopeful = [...first].some((entry) => difference(entry) > 0)
          const all = [...first, ...(isHopeful ? yield* observe(without, suspect.went) : [])]
          const won = all.filter((entry) => difference(entry) > 0).map(([item]) => item)
          const lost = all.filter((entry) => difference(entry) < 0).map(([item]) => item)
          return {
            ...suspect,
            value,
            won,
            lost,
            seen: all,
            isGone: added.has(suspect.part) ? won.length > 0 && won.length >= lost.length : won.length > lost.length
          }
        }),
      { concurrency: "unbounded" }
    )
    for (const trial of trials) if (!trial.isGone) settled.add(keyOf(trial))
    const gone = trials.filter(({ isGone }) => isGone)
    const proposals = trials.map((trial) => {
      const { isGone, lost, won } = trial
      const verdict = isGone ? "it does not earn its place" : "it earns its place"
      const reason = `${verdict}: without it won ${won.length}, lost ${lost.length}`
      return proposalOf(candidate, [trial], isGone ? "accepted" : "rejected", reason, { won, lost })
    })
    if (gone.length === 0) return { candidate: undefined, seen, proposals }
    return {
      candidate: gone.reduce(
        (candidate, { field, part }) => withFieldValue(candidate, field, withoutPart(textOf(candidate, field), part)),
        candidate
      ),
      seen: new Map([...seen, ...gone.flatMap(({ seen }) => seen)]),
      proposals
    }
  })
