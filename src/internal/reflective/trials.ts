import * as Effect from "effect/Effect"
import type { Observation, Proposal } from "../../../services/Optimizer.js"
import type { Candidate } from "../../Candidate.js"
import type { FieldValue } from "../../ParamSpace.js"
import type * as PromptSearch from "../../PromptSearch.js"
import { compare, decide, unseen } from "../../PromptSearch.js"
import * as SequentialTest from "../../SequentialTest.js"
import { fieldValue, type PromptField, textOf, withFieldValue } from "../promptFields.js"
import { mergeParts } from "../textParts.js"
import * as Verdict from "../verdict.js"
import type { Draft } from "./drafts.js"
import { type Entry, isFailure } from "./pool.js"
import type { Observe, OutOfBudget } from "./world.js"

/** Validation items that are run before the evidence is looked at again. */
const CHUNK = 6

/**
 * A changed candidate on its way: what it changes, and what it was seen to do.
 *
 * @internal
 */
export interface Trial<E> {
  readonly drafts: ReadonlyArray<Draft>
  readonly candidate: Candidate
  readonly seen: ReadonlyMap<number, Observation<E>>
  /** Training items on which the drafts went well. */
  readonly mended: ReadonlySet<number>
  /** Less its parent, over the items it was run on. */
  readonly gain: number
}

const show = (value: FieldValue): string => (typeof value === "string" ? value : JSON.stringify(value, undefined, 1))

/**
 * @internal
 */
export const proposalOf = (
  parent: Candidate,
  changes: ReadonlyArray<{ readonly field: PromptField; readonly value: FieldValue | undefined }>,
  outcome: Proposal["outcome"],
  reason: string,
  comparison: PromptSearch.Comparison = unseen
): Proposal => ({
  changed: [...new Set(changes.map(({ field }) => field.path))],
  before: [...new Set(changes.map(({ field }) => show(fieldValue(parent, field))))].join("\n\n"),
  after: changes.flatMap(({ value }) => (value === undefined ? [] : [show(value)])).join("\n\n"),
  outcome,
  reason,
  won: comparison.won,
  lost: comparison.lost
})

/** New less old over items that both were run on. */
const gainOver = <E>(
  seen: ReadonlyMap<number, Observation<E>>,
  parent: ReadonlyMap<number, Observation<E>>
): number => {
  let gain = 0
  for (const [item, observation] of seen) {
    const old = parent.get(item)
    if (old !== undefined) gain += Verdict.difference(Verdict.of(observation), Verdict.of(old)) ?? 0
  }
  return gain
}

/**
 * Runs a draft on the items that it was written for.
 *
 * @internal
 */
export const screened = <E>(
  draft: Draft,
  parent: Entry<E>,
  observe: Observe<E>
): Effect.Effect<Trial<E>, E | OutOfBudget> => {
  const candidate = withFieldValue(parent.candidate, draft.field, draft.value)
  return Effect.map(observe(candidate, draft.items), (seen) => ({
    drafts: [draft],
    candidate,
    seen,
    mended: new Set([...seen.values()].filter((observation) => !isFailure(observation)).map(({ example }) => example)),
    gain: gainOver(seen, parent.seen)
  }))
}

/**
 * The changes of several drafts of texts in one candidate: the parts that any of them adds.
 *
 * @internal
 */
export const joined = <E>(trials: ReadonlyArray<Trial<E>>, parent: Entry<E>): Trial<E> => {
  const drafts = trials.flatMap(({ drafts }) => drafts)
  const fields = new Map(drafts.map(({ field }) => [field.path, field]))
  const candidate = [...fields.values()].reduce((candidate, field) => {
    const own = drafts.filter((draft) => draft.field.path === field.path)
    const added = own.map(({ value }) => value as string)
    return withFieldValue(candidate, field, mergeParts(textOf(parent.candidate, field), added))
  }, parent.candidate)
  return {
    drafts,
    candidate,
    seen: new Map(),
    mended: new Set(trials.flatMap(({ mended }) => [...mended])),
    gain: trials.reduce((total, { gain }) => total + gain, 0)
  }
}

/**
 * A candidate that trials are compared with, and its verdicts on validation items so far; more are added as they are needed.
 *
 * @internal
 */
export interface Rival {
  readonly candidate: Candidate
  readonly verdicts: Map<number, number | "lost">
}

/**
 * How a trial compares with its rival on validation items, and its own verdicts on those that it was run on.
 *
 * @internal
 */
export interface Judged {
  readonly isAccepted: boolean
  readonly comparison: PromptSearch.Comparison
  readonly verdicts: PromptSearch.Member["verdicts"]
  readonly reason: string
}

const known = <E>(
  observations: ReadonlyMap<number, Observation<E>>
): ReadonlyArray<readonly [item: number, verdict: number | "lost"]> =>
  [...observations].flatMap(([item, observation]) => {
    const verdict = Verdict.of(observation)
    return typeof verdict === "number" || verdict === "lost" ? [[item, verdict] as const] : []
  })

/**
 * Compares on validation items, a chunk at a time, until the rule has decided or there are no more.
 *
 * @internal
 */
export const compared = <E>(
  trial: Pick<Trial<E>, "candidate">,
  rival: Rival,
  validation: ReadonlyArray<number>,
  observe: Observe<E>,
  isDecided: (comparison: PromptSearch.Comparison, left: number) => boolean
): Effect.Effect<
  { readonly comparison: PromptSearch.Comparison; readonly verdicts: Record<number, number | "lost"> },
  E | OutOfBudget
> =>
  Effect.gen(function* () {
    const verdicts: Record<number, number | "lost"> = {}
    let comparison = unseen
    let at = 0
    while (at < validation.length && !isDecided(comparison, validation.length - at)) {
      const items = validation.slice(at, at + CHUNK)
      const unknown = items.filter((item) => !rival.verdicts.has(item))
      const [own, others] = yield* Effect.all([observe(trial.candidate, items), observe(rival.candidate, unknown)], {
        concurrency: "unbounded"
      })
      for (const [item, verdict] of known(others)) rival.verdicts.set(item, verdict)
      for (const [item, verdict] of known(own)) {
        verdicts[item] = verdict
        const old = rival.verdicts.get(item)
        if (old !== undefined) comparison = compare(comparison, item, Verdict.difference(verdict, old))
      }
      at += items.length
    }
    return { comparison, verdicts }
  })

/**
 * The sequential test. It looks at the evidence after each chunk.
 *
 * @internal
 */
export const judged = <E>(
  trial: Trial<E>,
  rival: Rival,
  validation: ReadonlyArray<number>,
  falseAccept: number,
  observe: Observe<E>
): Effect.Effect<Judged, E | OutOfBudget> =>
  Effect.map(
    compared(
      trial,
      rival,
      validation,
      observe,
      (comparison, left) => decide(comparison, left, falseAccept) !== "continue"
    ),
    ({ comparison, verdicts }) => {
      const isAccepted = decide(comparison, 0, falseAccept) === "accept"
      const evidence = SequentialTest.evidence(comparison.test).toFixed(1)
      return {
        isAccepted,
        comparison,
        verdicts,
        reason: `${isAccepted ? "better" : "not enough evidence"}: ${counts(comparison)}, evidence ${evidence} of ${1 / falseAccept}`
      }
    }
  )

/** @internal */
export const counts = ({ lost, won }: PromptSearch.Comparison): string => `won ${won.length}, lost ${lost.length}`
