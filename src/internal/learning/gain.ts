import type { Observation } from "../../../services/Optimizer.js"
import * as Verdict from "../verdict.js"

/** Differences of sums up to this are rounding. */
const ROUNDING = 1e-9

/**
 * How a candidate did beside another one, on the examples that both are known on.
 *
 * @internal
 */
export interface Gain {
  readonly isBetter: boolean
  readonly won: ReadonlyArray<number>
  readonly lost: ReadonlyArray<number>
  /** In words. */
  readonly reason: string
}

type Seen = ReadonlyMap<number, Observation<unknown>>

/**
 * Better is a strictly higher total score with no more failed runs, or fewer failed runs at no lower a score.
 *
 * @internal
 */
export const gainOf = (next: Seen, old: Seen): Gain => {
  const [won, lost]: [Array<number>, Array<number>] = [[], []]
  let [gained, failures, compared] = [0, 0, 0]
  for (const [item, before] of old) {
    const observation = next.get(item)
    if (observation === undefined) continue
    const [own, other] = [Verdict.of(observation), Verdict.of(before)]
    const difference = Verdict.difference(own, other)
    if (difference === undefined) continue
    compared += 1
    failures += (own === "lost" ? 1 : 0) - (other === "lost" ? 1 : 0)
    if (typeof own === "number" && typeof other === "number") gained += own - other
    if (difference > 0) won.push(item)
    if (difference < 0) lost.push(item)
  }
  const isBetter = failures <= 0 && gained >= -ROUNDING && (gained > ROUNDING || failures < 0)
  const change = compared === 0 ? "nothing to compare" : `won ${won.length}, lost ${lost.length} of ${compared}`
  return { isBetter, won, lost, reason: `${isBetter ? "a higher score" : "no higher score"}: ${change}` }
}

/**
 * The mean of the scores there are; `NaN` without any.
 *
 * @internal
 */
export const meanOf = (observations: Iterable<Observation<unknown>>): number => {
  const scores = Array.from(observations, Verdict.of).filter((verdict) => typeof verdict === "number")
  return scores.reduce((total, score) => total + score, 0) / scores.length
}
