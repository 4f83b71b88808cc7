import * as Effect from "effect/Effect"
import type { Observation } from "../../../services/Optimizer.js"
import type { Candidate } from "../../Candidate.js"
import { shuffledBy } from "../keyed.js"
import * as Verdict from "../verdict.js"
import type { Observe, OutOfBudget } from "./world.js"

/**
 * A member of the pool with what it was seen to do on training items.
 *
 * @internal
 */
export interface Entry<E> {
  readonly candidate: Candidate
  /** Training items that it was run on. */
  readonly seen: Map<number, Observation<E>>
  /** Training items that an ancestor failed on, and others after them. */
  readonly suspects: ReadonlyArray<number>
  /** Parts that were tried without, by it or an ancestor, and earn their place. */
  readonly settled: Set<string>
}

/** @internal */
export const isFailure = (observation: Observation<unknown>): boolean => {
  const verdict = Verdict.of(observation)
  return verdict === "lost" || (typeof verdict === "number" && verdict < 1)
}

/** Training items by how likely a member is to fail on them, equals in their order. */
const ordered = (items: ReadonlyArray<number>, likely: (item: number) => number): ReadonlyArray<number> =>
  [...items].sort((a, b) => likely(b) - likely(a))

/** @internal */
export const startEntry = <E>(
  candidate: Candidate,
  train: ReadonlyArray<number>,
  observations: ReadonlyArray<Observation<E>>,
  seed: number
): Entry<E> => {
  const isTrain = new Set(train)
  const seen = new Map(observations.filter(({ example }) => isTrain.has(example)).map((seen) => [seen.example, seen]))
  const failed = new Set([...seen.values()].filter(isFailure).map(({ example }) => example))
  return {
    candidate,
    seen,
    suspects: ordered(shuffledBy(train, seed, "train"), (item) => (failed.has(item) ? 1 : 0)),
    settled: new Set()
  }
}

/**
 * A child of a member; what went well with the changes that made it is suspected last.
 *
 * @internal
 */
export const childEntry = <E>(
  parent: Entry<E>,
  candidate: Candidate,
  seen: ReadonlyMap<number, Observation<E>>,
  mended: ReadonlySet<number>
): Entry<E> => {
  const failed = new Set([...parent.seen.values()].filter(isFailure).map(({ example }) => example))
  const likely = (item: number): number => (mended.has(item) ? 0 : failed.has(item) ? 2 : 1)
  return {
    candidate,
    seen: new Map(seen),
    suspects: ordered(parent.suspects, likely),
    settled: new Set(parent.settled)
  }
}

/**
 * Up to `wanted` failures of a member on training items, worst suspects first; runs it where it has not been run.
 *
 * @internal
 */
export const failuresOf = <E>(
  entry: Entry<E>,
  wanted: number,
  observe: Observe<E>
): Effect.Effect<ReadonlyArray<Observation<E>>, E | OutOfBudget> =>
  Effect.gen(function* () {
    const known = () =>
      entry.suspects.flatMap((item) => {
        const seen = entry.seen.get(item)
        return seen !== undefined && isFailure(seen) ? [seen] : []
      })
    for (;;) {
      const failures = known()
      const unseen = entry.suspects.filter((item) => !entry.seen.has(item))
      if (failures.length >= wanted || unseen.length === 0) return failures
      const next = unseen.slice(0, wanted - failures.length)
      for (const [item, seen] of yield* observe(entry.candidate, next)) entry.seen.set(item, seen)
    }
  })
