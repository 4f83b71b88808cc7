import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Objective, Observation } from "../../../services/Optimizer.js"
import type { Candidate } from "../../Candidate.js"
import * as Verdict from "../verdict.js"

/**
 * There is no money left.
 *
 * @internal
 */
export class OutOfBudget extends Data.TaggedError("OutOfBudget")<{}> {}

/** @internal */
export const isOutOfBudget = (error: unknown): error is OutOfBudget => error instanceof OutOfBudget

/**
 * Runs of a candidate on examples, by example. Ends when the budget does, and with any failure that trying again, or
 * another prompt, cannot mend.
 *
 * @internal
 */
export type Observe<E> = (
  candidate: Candidate,
  items: ReadonlyArray<number>
) => Effect.Effect<ReadonlyMap<number, Observation<E>>, E | OutOfBudget>

/** @internal */
export const observing =
  <E>(objective: Objective<E>, tuned: ReadonlySet<string>, count: (runs: number) => void): Observe<E> =>
  (candidate, items) =>
    items.length === 0
      ? Effect.succeed(new Map())
      : Effect.flatMap(objective.observe([candidate], { tuned, positions: items }), ([observations]) => {
          count(items.length)
          return Effect.as(checked(observations!), new Map(observations!.map((seen) => [seen.example, seen])))
        })

/** @internal */
export const checked = <E>(observations: ReadonlyArray<Observation<E>>): Effect.Effect<void, E | OutOfBudget> => {
  for (const observation of observations) {
    const verdict = Verdict.of(observation)
    if (verdict === "budget") return Effect.fail(new OutOfBudget())
    if (verdict === "fatal" && Exit.isFailure(observation.grade)) return Effect.failCause(observation.grade.cause)
  }
  return Effect.void
}
