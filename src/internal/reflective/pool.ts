import * as Effect from "effect/Effect"
import type { Observation } from "../../../services/Optimizer.js"
import type { Candidate } from "../../Candidate.js"
import { shuffledBy } from "../keyed.js"
import * as Verdict from "../verdict.js"
import type { Observe, OutOfBudget } from "./world.js"

/**
 * A member of the pool with what it was seen to do.
 *
 * @internal
 */
export interface Entry<E> {
  readonly candidate: Candidate
  /** By example. */
  readonly seen: Map<number, Observation<E>>
  /** Examples that it may fail on, those that an ancestor failed on first. */
  readonly suspects: ReadonlyArray<number>
  /** Parts that were tried without, on what failures, and earn their place. */
  readonly settled: Set<string>
}

/** Examples that are run at once where more failures are looked for. */
const LEAST = 16

/** @internal */
export const isFailure = (observation: Observation<unknown>): boolean => {
  const verdict = Verdict.of(observation)
  return verdict === "lost" || (typeof verdict === "number" && verdict < 1)
}

/** @internal */
export const startEntry = <E>(
  candidate: Candidate,
  observations: ReadonlyArray<Observation<E>>,
  seed: number
): Entry<E> => {
  const order = shuffledBy(observations, seed, "suspects")
  const [failed, went] = [order.filter(isFailure), order.filter((seen) => !isFailure(seen))]
  return {
    candidate,
    seen: new Map(observations.map((seen) => [seen.example, seen])),
    suspects: [...failed, ...went].map(({ example }) => example),
    settled: new Set()
  }
}

/**
 * A child of a member, with what it was seen to do so far.
 *
 * @internal
 */
export const childEntry = <E>(
  parent: Entry<E>,
  candidate: Candidate,
  seen: ReadonlyMap<number, Observation<E>>
): Entry<E> => {
  const likelihood = (item: number): number => {
    const observation = seen.get(item) ?? parent.seen.get(item)
    return observation === undefined ? 1 : isFailure(observation) ? 2 : 0
  }
  return {
    candidate,
    seen: new Map(seen),
    suspects: [...parent.suspects].sort((a, b) => likelihood(b) - likelihood(a)),
    settled: new Set(parent.settled)
  }
}

/** @internal */
export const knownFailures = <E>({ seen, suspects }: Entry<E>): ReadonlyArray<Observation<E>> =>
  suspects.flatMap((item) => {
    const observation = seen.get(item)
    return observation !== undefined && isFailure(observation) ? [observation] : []
  })

/**
 * Up to `wanted` failures of a member, worst suspects first; runs it where it has not been run.
 *
 * @internal
 */
export const failuresOf = <E>(
  entry: Entry<E>,
  wanted: number,
  observe: Observe<E>
): Effect.Effect<ReadonlyArray<Observation<E>>, E | OutOfBudget> =>
  Effect.gen(function* () {
    for (;;) {
      const failures = knownFailures(entry)
      const isUnseen = (item: number): boolean => !entry.seen.has(item)
      const next = entry.suspects.filter(isUnseen).slice(0, Math.max(LEAST, wanted - failures.length))
      if (next.length === 0 || failures.length >= wanted) return failures
      for (const [item, seen] of yield* observe(entry.candidate, next)) entry.seen.set(item, seen)
    }
  })
