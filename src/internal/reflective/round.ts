import * as Array from "effect/Array"
import * as Effect from "effect/Effect"
import type { OptimizerError, Proposal } from "../../../services/Optimizer.js"
import * as PromptSearch from "../../PromptSearch.js"
import { shuffledBy } from "../keyed.js"
import { fieldValue, type PromptField } from "../promptFields.js"
import { verdictsOf } from "../verdict.js"
import * as Asks from "./asks.js"
import * as Drafts from "./drafts.js"
import * as Judging from "./judging.js"
import * as Pool from "./pool.js"
import { proposalOf } from "./proposal.js"
import * as Trials from "./trials.js"
import { trimmed } from "./trim.js"
import { type Observe, OutOfBudget } from "./world.js"

/** Drafts that are kept to be joined with others. */
const PENDING = 3

/**
 * Where a search stands.
 *
 * @internal
 */
export interface Progress<E> {
  readonly state: PromptSearch.State
  /** One a member. */
  readonly entries: ReadonlyArray<Pool.Entry<E>>
  /** Drafts with too little evidence alone, by their parents. */
  readonly pending: ReadonlyMap<number, ReadonlyArray<Drafts.Draft>>
  readonly evaluations: number
}

/** @internal */
export interface Search<E> extends Omit<Drafts.Drafting, "round"> {
  readonly fields: ReadonlyArray<PromptField>
  readonly proposals: number
  readonly falseAccept: number
  /** Words of the inputs, by example. */
  readonly words: ReadonlyMap<number, ReadonlySet<string>>
  readonly observe: Observe<E>
}

/** @internal */
export interface Round<E> {
  readonly progress: Progress<E>
  readonly proposals: ReadonlyArray<Proposal>
  /** Whether there was nothing left to change. */
  readonly isStuck: boolean
}

const allOf = <E>({ state }: Progress<E>): ReadonlySet<number> => new Set(state.items)

/** The progress with all that a member was seen to do. */
const refined = <E>(progress: Progress<E>, member: number): Progress<E> => ({
  ...progress,
  state: PromptSearch.refine(
    progress.state,
    member,
    verdictsOf([...progress.entries[member]!.seen.values()], allOf(progress))
  )
})

/** The progress with a new member. */
const adopt = <E>(progress: Progress<E>, parent: number, entry: Pool.Entry<E>): Progress<E> => ({
  ...progress,
  state: PromptSearch.add(progress.state, {
    parent,
    verdicts: verdictsOf([...entry.seen.values()], allOf(progress))
  }),
  entries: [...progress.entries, entry]
})

/** A member without the parts that stand in its way, in its place. */
const trim = <E>({ fields, observe, words }: Search<E>, progress: Progress<E>, member: number) =>
  Effect.gen(function* () {
    const entry = progress.entries[member]!
    const { candidate, proposals, seen } = yield* trimmed(entry, fields, words, observe)
    if (candidate === undefined) return { progress, proposals }
    const rest = Pool.childEntry(entry, candidate, seen)
    const pending = new Map(progress.pending)
    pending.delete(member)
    return { progress: { ...progress, entries: progress.entries.with(member, rest), pending }, proposals }
  })

/** Drafts that change something, and what came of the other tasks. */
const drafted = <E>(search: Search<E>, round: number, parent: Pool.Entry<E>, tasks: ReadonlyArray<Asks.Task<E>>) =>
  Effect.map(
    Effect.forEach(
      tasks,
      ({ ask, shown }) => {
        const field = search.fields.find(({ path }) => path === ask.path)!
        return ask.kind === "reflect"
          ? Drafts.reflected({ ...search, round }, ask, field, parent, shown)
          : Effect.succeed(Drafts.demonstrated({ ...search, round }, ask, field, parent))
      },
      { concurrency: "unbounded" }
    ),
    Array.separate
  )

/** Tries drafts, and takes the first that has the evidence, or the parts of it that have. */
const elected = <E>(
  { falseAccept, observe, seed, words }: Search<E>,
  { state }: Progress<E>,
  parent: Pool.Entry<E>,
  drafts: ReadonlyArray<Drafts.Draft>
) =>
  Effect.gen(function* () {
    const order = shuffledBy(state.items, seed, state.round, "order")
    const groups = Trials.groupsOf(drafts, parent)
    const proposals: Array<Proposal> = []
    const pending: Array<Drafts.Draft> = []
    for (const group of groups) {
      const trial = yield* Trials.tried(group, parent, words, observe)
      if (trial.gain <= 0) {
        const reason = "no gain on the runs it was written for"
        proposals.push(proposalOf(parent.candidate, changesOf(trial), "rejected", reason))
        continue
      }
      const judged = yield* Judging.judged(trial, parent, order, falseAccept, observe)
      const winner = judged.isAccepted ? judged : Judging.proven(judged, parent, falseAccept)
      const { comparison, isAccepted, reason, trial: told } = winner ?? judged
      const outcome = isAccepted ? "accepted" : "rejected"
      proposals.push(proposalOf(parent.candidate, changesOf(told), outcome, reason, comparison))
      if (winner !== undefined) return { proposals, winner, pending: [] }
      const { lost, won } = judged.comparison
      if (group.every(({ ask }) => ask.kind === "reflect") && won.length >= lost.length) pending.push(...group)
    }
    return { proposals, winner: undefined, pending: pending.slice(0, PENDING) }
  })

const changesOf = <E>({ candidate, drafts }: Trials.Trial<E>) =>
  [...new Set(drafts.map(({ field }) => field))].map((field) => ({ field, value: fieldValue(candidate, field) }))

/**
 * A round: a member is trimmed, changed in several ways at once, and what helps becomes a new member.
 *
 * @internal
 */
export const round = <E>(
  search: Search<E>,
  before: Progress<E>
): Effect.Effect<Round<E>, E | OptimizerError | OutOfBudget> =>
  Effect.gen(function* () {
    const { batch, observe } = search
    const member = PromptSearch.parentOf(before.state)
    const wanted = batch * search.proposals
    yield* Pool.failuresOf(before.entries[member]!, wanted, observe)
    const { progress, proposals: trimmings } = yield* trim(search, before, member)
    const parent = progress.entries[member]!
    const failures = yield* Pool.failuresOf(parent, wanted, observe)
    const tasks = Asks.tasksOf(progress.state, member, failures, search.fields, search)
    const [refused, written] = yield* drafted(search, progress.state.round, parent, tasks)
    const drafts = written.filter(
      ({ field, value }) => JSON.stringify(fieldValue(parent.candidate, field)) !== JSON.stringify(value)
    )
    const isUnpaid = refused.some(({ isUnpaid }) => isUnpaid === true)
    if (isUnpaid && drafts.length === 0 && trimmings.length === 0) return yield* new OutOfBudget()
    const pending = drafts.length === 0 ? [] : (progress.pending.get(member) ?? [])
    const { pending: kept, proposals, winner } = yield* elected(search, progress, parent, [...drafts, ...pending])
    const outcomes = tasks.map(({ ask }) => ({
      ask,
      isAccepted: winner?.trial.drafts.some((draft) => draft.ask === ask) === true
    }))
    const known = refined(progress, member)
    const next: Progress<E> = {
      ...known,
      state: PromptSearch.tell(known.state, outcomes),
      pending: new Map(progress.pending).set(member, kept),
      evaluations: progress.evaluations + proposals.length + trimmings.length
    }
    return {
      proposals: [
        ...trimmings,
        ...refused.map((draft) => proposalOf(parent.candidate, [draft], "rejected", draft.reason)),
        ...proposals
      ],
      isStuck: !tasks.some(({ ask }) => ask.kind === "reflect") && trimmings.length === 0 && winner === undefined,
      progress:
        winner === undefined ? next : adopt(next, member, Pool.childEntry(parent, winner.trial.candidate, winner.seen))
    }
  })
