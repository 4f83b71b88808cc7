import * as Effect from "effect/Effect"
import type { Observation } from "../../../services/Optimizer.js"
import type * as PromptSearch from "../../PromptSearch.js"
import { compare, decide, unseen } from "../../PromptSearch.js"
import * as SequentialTest from "../../SequentialTest.js"
import { textOf, withFieldValue } from "../promptFields.js"
import { mergeParts } from "../textParts.js"
import * as Verdict from "../verdict.js"
import type { Entry } from "./pool.js"
import type { Addition, Trial } from "./trials.js"
import type { Observe, OutOfBudget } from "./world.js"

/** Examples that are run before the evidence is looked at again. */
const CHUNK = 16

/**
 * How a trial compares with its parent, and what it was seen to do.
 *
 * @internal
 */
export interface Judged<E> {
  readonly trial: Trial<E>
  readonly isAccepted: boolean
  readonly comparison: PromptSearch.Comparison
  readonly seen: ReadonlyMap<number, Observation<E>>
  readonly reason: string
}

/**
 * The sequential test, on examples that none of the drafts was written from. It looks at the evidence after each chunk.
 *
 * @internal
 */
export const judged = <E>(
  trial: Trial<E>,
  parent: Entry<E>,
  order: ReadonlyArray<number>,
  falseAccept: number,
  observe: Observe<E>
): Effect.Effect<Judged<E>, E | OutOfBudget> =>
  Effect.gen(function* () {
    const used = new Set(trial.drafts.flatMap(({ from }) => from))
    const rest = order.filter((item) => !trial.seen.has(item) && !used.has(item))
    const { additions } = trial
    const items = additions === undefined ? rest : rest.filter((item) => additions.some(({ about }) => about.has(item)))
    const seen = new Map(trial.seen)
    let comparison = unseen
    let at = 0
    while (at < items.length && decide(comparison, items.length - at, falseAccept) === "continue") {
      const chunk = items.slice(at, at + CHUNK)
      const unknown = chunk.filter((item) => !parent.seen.has(item))
      const [own, others] = yield* Effect.all([observe(trial.candidate, chunk), observe(parent.candidate, unknown)], {
        concurrency: "unbounded"
      })
      for (const [item, observation] of others) parent.seen.set(item, observation)
      for (const [item, observation] of own) {
        seen.set(item, observation)
        const old = Verdict.of(parent.seen.get(item)!)
        comparison = compare(comparison, item, Verdict.difference(Verdict.of(observation), old))
      }
      at += chunk.length
    }
    const isAccepted = decide(comparison, 0, falseAccept) === "accept"
    const needed = Number((1 / falseAccept).toFixed(1))
    const evidence = SequentialTest.evidence(comparison.test).toFixed(1)
    const { lost, won } = comparison
    return {
      trial,
      isAccepted,
      comparison,
      seen,
      reason: `${isAccepted ? "better" : "not enough evidence"}: won ${won.length}, lost ${lost.length}, evidence ${evidence} of ${needed}`
    }
  })

/**
 * Of a trial that was rejected, the parts that have enough evidence each on the examples that no other new part is about.
 *
 * @internal
 */
export const proven = <E>(
  { comparison: { lost, won }, seen, trial }: Judged<E>,
  parent: Entry<E>,
  falseAccept: number
): Judged<E> | undefined => {
  const { additions = [] } = trial
  if (additions.length < 2) return undefined
  const isOwn = (item: number): boolean => additions.filter(({ about }) => about.has(item)).length === 1
  const comparisonOf = ({ about }: Addition): PromptSearch.Comparison => {
    const own = [...won, ...lost].filter((item) => about.has(item) && isOwn(item))
    return own.reduce((all, item) => compare(all, item, won.includes(item) ? 1 : -1), unseen)
  }
  const good = additions
    .map((addition) => ({ ...addition, comparison: comparisonOf(addition) }))
    .filter(({ comparison }) => decide(comparison, 0, falseAccept) === "accept")
  if (good.length === 0) return undefined
  const candidate = good.reduce(
    (candidate, { field, part }) => withFieldValue(candidate, field, mergeParts(textOf(candidate, field), [part])),
    parent.candidate
  )
  const kept = new Map([...seen].filter(([item]) => isOwn(item) && good.some(({ about }) => about.has(item))))
  const both = {
    ...unseen,
    won: good.flatMap(({ comparison }) => comparison.won),
    lost: good.flatMap(({ comparison }) => comparison.lost)
  }
  return {
    trial: { ...trial, candidate, seen: kept, additions: good },
    isAccepted: true,
    comparison: both,
    seen: kept,
    reason: `better in part: ${good.length} of ${additions.length}: won ${both.won.length}, lost ${both.lost.length}`
  }
}
