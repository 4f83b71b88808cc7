/**
 * Which calls a run made, against those that it should have made.
 *
 * @since 0.1.0
 */
import * as CallGraph from "./CallGraph.js"
import { isSame } from "./internal/plain.js"
import * as Scorer from "./Scorer.js"
import type { Trace } from "./Trace.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Call {
  readonly name: string
  readonly input?: unknown
  readonly output?: unknown
}

/**
 * Calls in the order in which they began.
 *
 * @since 0.1.0
 * @category models
 */
export type Trajectory = ReadonlyArray<Call>

/**
 * `match` says when a call is one that was expected: of the same name (`"name"`, default), with the same input too
 * (`"input"`; a call that is expected without an input may have any), or as a function decides.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly match?: "name" | "input" | ((call: Call, expected: Call) => boolean)
}

/**
 * Shares are in [0, 1]. Nothing called is nothing called wrongly, and nothing expected is nothing missed: an empty side
 * has a precision or a recall of 1.
 *
 * @since 0.1.0
 * @category models
 */
export interface Report {
  /** The expected calls in their order, and no others. */
  readonly exact: boolean
  /** The expected calls in their order, others between them or not. */
  readonly inOrder: boolean
  /** How many calls were expected ones, in any order, each expected one counted once. */
  readonly matched: number
  /** `matched / calls` */
  readonly precision: number
  /** `matched / expected` */
  readonly recall: number
  /** `2 matched / (calls + expected)`, the harmonic mean of the two. */
  readonly f1: number
  /** `expected / calls`, at most 1; 0 if nothing was called. It says nothing of which calls they were. */
  readonly efficiency: number
  readonly missing: Trajectory
  readonly unexpected: Trajectory
}

/**
 * The calls of hyperfunctions in a trace, by name; a trace does not keep what went in and came out.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromTrace = (trace: Pick<Trace<unknown, unknown>, "graph">): Trajectory =>
  CallGraph.nodes(trace.graph).flatMap(({ kind, name }) => (kind === "combine" || kind === "split" ? [] : [{ name }]))

const matcher = ({ match = "name" }: Options): ((call: Call, expected: Call) => boolean) => {
  if (typeof match === "function") return match
  if (match === "name") return (call, expected) => call.name === expected.name
  return (call, expected) =>
    call.name === expected.name && (expected.input === undefined || isSame(call.input, expected.input))
}

/**
 * The call that each expected one got, in as many pairs as there can be (Kuhn's augmenting paths): an expected call that
 * several would match leaves to the others what only they match.
 */
const pairUp = (
  calls: Trajectory,
  expected: Trajectory,
  matches: (call: Call, expected: Call) => boolean
): ReadonlyArray<number | undefined> => {
  const callOf = new Array<number | undefined>(expected.length).fill(undefined)
  const takenBy = new Map<number, number>()
  const take = (wanted: number, call: number, reachedBy: ReadonlyMap<number, number>): void => {
    for (let next: number | undefined = call; next !== undefined; ) {
      const by: number = reachedBy.get(next)!
      const given: number | undefined = by === wanted ? undefined : callOf[by]
      callOf[by] = next
      takenBy.set(next, by)
      next = given
    }
  }
  const search = (wanted: number): void => {
    const reachedBy = new Map<number, number>()
    const asking = [wanted]
    for (const by of asking) {
      for (let k = 0; k < calls.length; k++) {
        if (reachedBy.has(k) || !matches(calls[k], expected[by])) continue
        reachedBy.set(k, by)
        const holder = takenBy.get(k)
        if (holder === undefined) {
          take(wanted, k, reachedBy)
          return
        }
        asking.push(holder)
      }
    }
  }
  expected.forEach((_, wanted) => search(wanted))
  return callOf
}

/**
 * @since 0.1.0
 * @category comparing
 */
export const compare = (calls: Trajectory, expected: Trajectory, options: Options = {}): Report => {
  const matches = matcher(options)
  let found = 0
  for (const call of calls) if (found < expected.length && matches(call, expected[found])) found++
  const inOrder = found === expected.length
  const callOf = pairUp(calls, expected, matches)
  const used = new Set(callOf)
  const missing = expected.filter((_, k) => callOf[k] === undefined)
  const unexpected = calls.filter((_, k) => !used.has(k))
  const matched = expected.length - missing.length
  const share = (of: number): number => (of === 0 ? 1 : matched / of)
  return {
    exact: inOrder && calls.length === expected.length,
    inOrder,
    matched,
    precision: share(calls.length),
    recall: share(expected.length),
    f1: share((calls.length + expected.length) / 2),
    efficiency: calls.length === 0 ? Number(expected.length === 0) : Math.min(1, expected.length / calls.length),
    missing,
    unexpected
  }
}

const names = (calls: Trajectory): string => calls.map(({ name }) => name).join(", ")

const feedbackOf = ({ inOrder, missing, unexpected }: Report): string =>
  [
    ...(missing.length === 0 ? [] : [`Missing calls: ${names(missing)}`]),
    ...(unexpected.length === 0 ? [] : [`Calls that were not expected: ${names(unexpected)}`]),
    ...(missing.length === 0 && !inOrder ? ["The expected calls were made in another order"] : [])
  ].join(". ")

const scorer =
  (name: string, score: (report: Report) => number | boolean) =>
  (options?: Options): Scorer.Scorer<Trajectory, Trajectory> =>
    Scorer.make(name, (calls: Trajectory, expected: Trajectory) => {
      const report = compare(calls, expected, options)
      return { score: score(report), feedback: feedbackOf(report), details: { ...report } }
    })

/**
 * 1 for the expected calls in their order, and no others. For outputs that hold more than a trajectory, see
 * `Scorer.contramap`.
 *
 * @since 0.1.0
 * @category scorers
 */
export const exactMatch: (options?: Options) => Scorer.Scorer<Trajectory, Trajectory> = scorer(
  "exactMatch",
  ({ exact }) => exact
)

/**
 * 1 for the expected calls in their order, others between them or not.
 *
 * @since 0.1.0
 * @category scorers
 */
export const inOrderMatch: (options?: Options) => Scorer.Scorer<Trajectory, Trajectory> = scorer(
  "inOrderMatch",
  ({ inOrder }) => inOrder
)

/**
 * The share of calls that were expected, in any order.
 *
 * @since 0.1.0
 * @category scorers
 */
export const precision: (options?: Options) => Scorer.Scorer<Trajectory, Trajectory> = scorer(
  "precision",
  ({ precision }) => precision
)

/**
 * The share of expected calls that were made, in any order.
 *
 * @since 0.1.0
 * @category scorers
 */
export const recall: (options?: Options) => Scorer.Scorer<Trajectory, Trajectory> = scorer(
  "recall",
  ({ recall }) => recall
)

/**
 * The harmonic mean of precision and recall.
 *
 * @since 0.1.0
 * @category scorers
 */
export const f1: (options?: Options) => Scorer.Scorer<Trajectory, Trajectory> = scorer("f1", ({ f1 }) => f1)

/**
 * As few calls as were expected score 1, twice as many 0.5. Which calls they were is for the others to say.
 *
 * @since 0.1.0
 * @category scorers
 */
export const efficiency: (options?: Options) => Scorer.Scorer<Trajectory, Trajectory> = scorer(
  "efficiency",
  ({ efficiency }) => efficiency
)
