import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { OptimizerError, Proposal } from "../../../services/Optimizer.js"
import type { Candidate } from "../../Candidate.js"
import * as PromptSearch from "../../PromptSearch.js"
import * as SequentialTest from "../../SequentialTest.js"
import { shuffledBy } from "../keyed.js"
import { fieldValue, type PromptField } from "../promptFields.js"
import * as Drafts from "./drafts.js"
import * as Pool from "./pool.js"
import { sifted } from "./sift.js"
import * as Trials from "./trials.js"
import { unlearned } from "./unlearn.js"
import { type Observe, OutOfBudget } from "./world.js"

/** Trials that are kept to be joined with others. */
const PENDING = 6

/**
 * Where a search stands.
 *
 * @internal
 */
export interface Progress<E> {
  readonly state: PromptSearch.State
  /** One a member. */
  readonly entries: ReadonlyArray<Pool.Entry<E>>
  /** Trials with too little evidence alone, by their parents. */
  readonly pending: ReadonlyMap<number, ReadonlyArray<Trials.Trial<E>>>
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

const rivalOf = (state: PromptSearch.State, member: number, candidate: Candidate): Trials.Rival => ({
  candidate,
  verdicts: new Map(Object.entries(state.members[member]!.verdicts).map(([item, verdict]) => [Number(item), verdict]))
})

/** The progress with a new member. */
const adopt = <E>(
  progress: Progress<E>,
  parent: number,
  verdicts: PromptSearch.Member["verdicts"],
  entry: Pool.Entry<E>
): Progress<E> => ({
  ...progress,
  state: PromptSearch.add(progress.state, { parent, verdicts }),
  entries: [...progress.entries, entry]
})

/** Tries a member without the parts that stand in its way; what is left of it is a member too. */
const trim = <E>(search: Search<E>, progress: Progress<E>, member: number, validation: ReadonlyArray<number>) =>
  Effect.gen(function* () {
    const entry = progress.entries[member]!
    const rival = rivalOf(progress.state, member, entry.candidate)
    const trimmed = yield* unlearned(entry, search.fields, rival, validation, search.words, search.observe)
    const refined = {
      ...progress,
      state: PromptSearch.refine(progress.state, member, Object.fromEntries(rival.verdicts))
    }
    const { candidate, proposals, verdicts } = trimmed
    if (candidate === undefined) return { progress: refined, member, proposals }
    const child = Pool.childEntry(entry, candidate, new Map(), new Set())
    return { progress: adopt(refined, member, verdicts, child), member: progress.entries.length, proposals }
  })

const draft = <E>(
  search: Search<E>,
  drafting: Drafts.Drafting,
  ask: PromptSearch.Ask,
  entry: Pool.Entry<E>,
  failures: Parameters<typeof Drafts.reflected<E>>[4]
): Effect.Effect<Either.Either<Drafts.Draft, Drafts.Refused>, OptimizerError> => {
  const field = search.fields.find(({ path }) => path === ask.path)!
  return ask.kind === "reflect"
    ? Drafts.reflected(drafting, ask, field, entry, failures)
    : Effect.succeed(Drafts.demonstrated(drafting, ask, field, entry))
}

const isText = <E>({ drafts }: Trials.Trial<E>): boolean => drafts.every(({ ask }) => ask.kind === "reflect")

/**
 * Compares what helped with the parent: the texts together and, where some of it is in the way, each alone; then the
 * demonstrations, which make every later call longer.
 */
const elect = <E>(
  { falseAccept, observe }: Search<E>,
  hopeful: ReadonlyArray<Trials.Trial<E>>,
  pending: ReadonlyArray<Trials.Trial<E>>,
  parent: Pool.Entry<E>,
  rival: Trials.Rival,
  validation: ReadonlyArray<number>
) =>
  Effect.gen(function* () {
    const proposals: Array<Proposal> = []
    const judge = (trial: Trials.Trial<E>) =>
      Effect.tap(
        Trials.judged(trial, rival, validation, falseAccept, observe),
        ({ comparison, isAccepted, reason }) => {
          const outcome = isAccepted ? "accepted" : "rejected"
          proposals.push(Trials.proposalOf(parent.candidate, trial.drafts, outcome, reason, comparison))
        }
      )
    const texts = hopeful.filter(isText)
    const joinable = [...texts, ...pending]
    let queue = texts
    if (texts.length > 0 && joinable.length > 1) {
      const together = Trials.joined(joinable, parent)
      const judged = yield* judge(together)
      if (judged.isAccepted) return { proposals, winner: { trial: together, judged }, pending: [] }
      const { lost, won } = judged.comparison
      const couldDo = SequentialTest.evidenceAtBest(SequentialTest.initial, won.length) >= 1 / falseAccept
      if (lost.length === 0 || !couldDo) queue = []
    }
    for (const trial of [...queue, ...hopeful.filter((trial) => !isText(trial))]) {
      const judged = yield* judge(trial)
      if (judged.isAccepted) return { proposals, winner: { trial, judged }, pending: [] }
    }
    return { proposals, winner: undefined, pending: joinable.slice(0, PENDING) }
  })

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
    const { batch, observe, seed } = search
    const turn = before.state.round
    const validation = shuffledBy(before.state.validation, seed, turn, "validation")
    const chosen = PromptSearch.parentOf(before.state)
    yield* Pool.failuresOf(before.entries[chosen]!, batch, observe)
    const { member, progress, proposals: trimmings } = yield* trim(search, before, chosen, validation)
    const parent = progress.entries[member]!
    const rival = rivalOf(progress.state, member, parent.candidate)
    const failures = yield* Pool.failuresOf(parent, batch * search.proposals, observe)
    const asks = PromptSearch.ask(progress.state, member, () => failures.length > 0)
    const drafted = yield* Effect.forEach(
      asks,
      (ask) => draft(search, { ...search, round: turn }, ask, parent, failures),
      { concurrency: "unbounded" }
    )
    const refused = drafted.flatMap((draft) =>
      Either.isLeft(draft) ? [Trials.proposalOf(parent.candidate, [draft.left], "rejected", draft.left.reason)] : []
    )
    const drafts = drafted.flatMap((draft) =>
      Either.isRight(draft) &&
      JSON.stringify(draft.right.value) !== JSON.stringify(fieldValue(parent.candidate, draft.right.field))
        ? [draft.right]
        : []
    )
    const isUnpaid = drafted.some((draft) => Either.isLeft(draft) && draft.left.isUnpaid === true)
    if (isUnpaid && drafts.length === 0) return yield* new OutOfBudget()
    const trials = yield* sifted(drafts, parent, search.words, observe)
    const useless = trials
      .filter(({ gain }) => gain <= 0)
      .map(({ drafts }) =>
        Trials.proposalOf(parent.candidate, drafts, "rejected", "no gain on the runs it was written for")
      )
    const hopeful = trials.filter(({ gain }) => gain > 0).sort((a, b) => b.gain - a.gain)
    const elected = yield* elect(search, hopeful, progress.pending.get(member) ?? [], parent, rival, validation)
    const { winner } = elected
    const isAccepted = (ask: PromptSearch.Ask): boolean =>
      winner?.trial.drafts.some((draft) => draft.ask === ask) === true
    const refined = PromptSearch.refine(progress.state, member, Object.fromEntries(rival.verdicts))
    const next: Progress<E> = {
      ...progress,
      state: PromptSearch.tell(
        refined,
        asks.map((ask) => ({ ask, isAccepted: isAccepted(ask) }))
      ),
      pending: new Map(progress.pending).set(member, elected.pending),
      evaluations: progress.evaluations + trials.length + trimmings.length
    }
    return {
      proposals: [...trimmings, ...refused, ...useless, ...elected.proposals],
      isStuck: asks.length === 0 && trimmings.length === 0,
      progress:
        winner === undefined
          ? next
          : adopt(
              next,
              member,
              winner.judged.verdicts,
              Pool.childEntry(parent, winner.trial.candidate, winner.trial.seen, winner.trial.mended)
            )
    }
  })
