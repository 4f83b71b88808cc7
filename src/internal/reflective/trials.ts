import * as Effect from "effect/Effect"
import type { Observation, Proposal } from "../../../services/Optimizer.js"
import type { Candidate } from "../../Candidate.js"
import type { FieldValue } from "../../ParamSpace.js"
import type * as PromptSearch from "../../PromptSearch.js"
import { compare, decide, unseen } from "../../PromptSearch.js"
import * as SequentialTest from "../../SequentialTest.js"
import { fieldValue, type PromptField, withFieldValue } from "../promptFields.js"
import { mergeParts } from "../textParts.js"
import * as Verdict from "../verdict.js"
import type { Draft } from "./drafts.js"
import type { Entry } from "./pool.js"
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
    gain: gainOver(seen, parent.seen)
  }))
}

/**
 * The changes of several drafts in one candidate: parts that any of them adds to a text, and for demonstrations those of
 * the draft that gained most.
 *
 * @internal
 */
export const joined = <E>(trials: ReadonlyArray<Trial<E>>, parent: Entry<E>): Trial<E> => {
  const drafts = trials.flatMap(({ drafts }) => drafts)
  const fields = new Map(drafts.map(({ field }) => [field.path, field]))
  const candidate = [...fields.values()].reduce((candidate, field) => {
    const own = drafts.filter((draft) => draft.field.path === field.path)
    const value =
      field.field._tag === "Demonstrations"
        ? own[0]!.value
        : mergeParts(
            fieldValue(parent.candidate, field) as string,
            own.map(({ value }) => value as string)
          )
    return withFieldValue(candidate, field, value)
  }, parent.candidate)
  return { drafts, candidate, seen: new Map(), gain: trials.reduce((total, { gain }) => total + gain, 0) }
}

/**
 * How a trial compares with its parent on validation items, and its verdicts there: on all of them when it is accepted.
 *
 * @internal
 */
export interface Judged {
  readonly accepted: boolean
  readonly comparison: PromptSearch.Comparison
  readonly verdicts: PromptSearch.Member["verdicts"]
  readonly reason: string
}

const evidenceOf = (comparison: PromptSearch.Comparison, falseAccept: number): string =>
  `won ${comparison.won.length}, lost ${comparison.lost.length}, evidence ${SequentialTest.evidence(comparison.test).toFixed(1)} of ${(1 / falseAccept).toFixed(1)}`

/**
 * The sequential test on validation items, in their order.
 *
 * @internal
 */
export const judged = <E>(
  trial: Trial<E>,
  parent: PromptSearch.Member,
  validation: ReadonlyArray<number>,
  falseAccept: number,
  observe: Observe<E>
): Effect.Effect<Judged, E | OutOfBudget> =>
  Effect.gen(function* () {
    const verdicts: Record<number, number | "lost"> = {}
    let comparison = unseen
    let verdict: "accept" | "reject" | "continue" = "continue"
    let at = 0
    const advance = Effect.gen(function* () {
      const items = validation.slice(at, at + CHUNK)
      at += items.length
      const seen = yield* observe(trial.candidate, items)
      for (const item of items) {
        const next = Verdict.of(seen.get(item)!)
        if (typeof next === "number" || next === "lost") verdicts[item] = next
        if (verdict === "continue") {
          comparison = compare(comparison, item, Verdict.difference(next, parent.verdicts[item] ?? "missing"))
          verdict = decide(comparison, validation.length - validation.indexOf(item) - 1, falseAccept)
        }
      }
    })
    while (verdict === "continue" && at < validation.length) yield* advance
    const isAccepted = (): boolean => verdict === "accept"
    while (isAccepted() && at < validation.length) yield* advance
    const evidence = evidenceOf(comparison, falseAccept)
    return {
      accepted: isAccepted(),
      comparison,
      verdicts,
      reason: isAccepted() ? `better: ${evidence}` : `not enough evidence: ${evidence}`
    }
  })

/**
 * Whether a part can go: nothing is lost without it, on validation items and on the training items that it is about.
 *
 * @internal
 */
export const judgedWithout = <E>(
  trial: Trial<E>,
  parent: PromptSearch.Member,
  validation: ReadonlyArray<number>,
  observe: Observe<E>
): Effect.Effect<Judged, E | OutOfBudget> =>
  Effect.gen(function* () {
    const verdicts: Record<number, number | "lost"> = {}
    let comparison = unseen
    for (let at = 0; at < validation.length && comparison.lost.length <= comparison.won.length; at += CHUNK) {
      const items = validation.slice(at, at + CHUNK)
      const seen = yield* observe(trial.candidate, items)
      for (const item of items) {
        const next = Verdict.of(seen.get(item)!)
        if (typeof next === "number" || next === "lost") verdicts[item] = next
        comparison = compare(comparison, item, Verdict.difference(next, parent.verdicts[item] ?? "missing"))
      }
    }
    const isMissed = comparison.lost.length > 0 && comparison.lost.length >= comparison.won.length
    const counts = `won ${comparison.won.length}, lost ${comparison.lost.length}`
    return {
      accepted: !isMissed,
      comparison,
      verdicts,
      reason: isMissed ? `it earns its place: without it ${counts}` : `it does not earn its place: without it ${counts}`
    }
  })
