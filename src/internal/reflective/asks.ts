import * as Array from "effect/Array"
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Predicate from "effect/Predicate"
import type { Observation } from "../../../services/Optimizer.js"
import * as PromptSearch from "../../PromptSearch.js"
import * as SequentialTest from "../../SequentialTest.js"
import { shuffledBy } from "../keyed.js"
import { toText } from "../plain.js"
import type { PromptField } from "../promptFields.js"

/** What went wrong, in the words that its author is told. */
const complaintOf = ({ grade, output }: Observation<unknown>): string =>
  Exit.isSuccess(grade) ? grade.value.feedback : Exit.isSuccess(output) ? "" : Cause.pretty(output.cause)

/** One failure of each complaint, the commonest first, before a second of any. */
const telling = <E>(failures: ReadonlyArray<Observation<E>>): ReadonlyArray<Observation<E>> => {
  const byComplaint = new Map<string, Array<Observation<E>>>()
  for (const failure of failures) {
    const complaint = complaintOf(failure)
    byComplaint.set(complaint, [...(byComplaint.get(complaint) ?? []), failure])
  }
  const groups = [...byComplaint.values()].sort((a, b) => b.length - a.length)
  const longest = groups[0]?.length ?? 0
  return globalThis.Array.from({ length: longest }, (_, k) => groups.flatMap((group) => group.slice(k, k + 1))).flat()
}

/** Wins in a row that suffice. */
const winsNeeded = (falseAccept: number): number => {
  for (let wins = 1; ; wins++) {
    if (SequentialTest.evidenceAtBest(SequentialTest.initial, wins) >= 1 / falseAccept) return wins
  }
}

/** Whether so many failures leave enough to tell by whether a text that is written from some of them helps. */
const isTelling = (failures: number, falseAccept: number): boolean => failures > winsNeeded(falseAccept)

/** Whether an answer is a part of what was expected, as far as fields of the same name tell. */
const isPartOf = (answer: unknown, expected: unknown): boolean =>
  Predicate.isRecord(answer) &&
  Predicate.isRecord(expected) &&
  Object.keys(answer).length > 0 &&
  Object.entries(answer).every(([name, value]) => name in expected && toText(value) === toText(expected[name]))

/** The steps that may have caused a failure: those that gave what was expected of them have not, if another has not. */
const culprits = ({ calls, expected }: Observation<unknown>): ReadonlySet<string> => {
  const wrong = calls.filter(({ exit }) => Exit.isFailure(exit) || !isPartOf(exit.value, expected))
  return new Set((wrong.length === 0 ? calls : wrong).map(({ hyperfunction }) => hyperfunction))
}

/** Failures that a step may have caused, those first that no other has. */
const causedBy = <E>(step: string, failures: ReadonlyArray<Observation<E>>): ReadonlyArray<Observation<E>> => {
  const own = failures
    .map((failure) => ({ failure, suspects: culprits(failure) }))
    .filter(({ suspects }) => suspects.has(step))
  const [shared, alone] = Array.partition(own, ({ suspects }) => suspects.size === 1)
  return [...telling(alone.map(({ failure }) => failure)), ...telling(shared.map(({ failure }) => failure))]
}

/**
 * A change to make, and the failures that it is written from.
 *
 * @internal
 */
export interface Task<E> {
  readonly ask: PromptSearch.Ask
  readonly shown: ReadonlyArray<Observation<E>>
}

/**
 * What to change of a member. Texts are written from half of the failures of their step at the most, so that the others can
 * tell whether they help; texts of one field from different ones.
 *
 * @internal
 */
export const tasksOf = <E>(
  state: PromptSearch.State,
  member: number,
  failures: ReadonlyArray<Observation<E>>,
  fields: ReadonlyArray<PromptField>,
  { batch, falseAccept }: { readonly batch: number; readonly falseAccept: number }
): ReadonlyArray<Task<E>> => {
  const order = shuffledBy(failures, state.seed, state.round, "failures")
  const own = new Map(fields.map(({ path, tunable }) => [path, causedBy(tunable.name, order)]))
  const turns = new Map<string, number>()
  const isOpen = ({ kind, path }: PromptSearch.Arm): boolean =>
    kind === "demonstrate" ? failures.length > 0 : isTelling(own.get(path)!.length, falseAccept)
  return PromptSearch.ask(state, member, isOpen).flatMap((ask): ReadonlyArray<Task<E>> => {
    if (ask.kind === "demonstrate") return [{ ask, shown: [] }]
    const caused = own.get(ask.path)!
    const half = caused.slice(0, Math.floor(caused.length / 2))
    const most = Math.max(1, Math.round(half.length / batch))
    const size = Math.min(batch, Math.ceil(half.length / most))
    const turn = turns.get(ask.path) ?? 0
    turns.set(ask.path, turn + 1)
    return turn >= most ? [] : [{ ask, shown: half.slice(turn * size, (turn + 1) * size) }]
  })
}
