/**
 * An optimization as its log tells it.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Event from "./RunEvent.js"
import { RunLogError } from "./RunLogError.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface LoggedRun {
  readonly started: Event.Started
  readonly generations: ReadonlyArray<Event.Generation>
  /** How it was over; absent while it goes on, or when its process was killed. */
  readonly over?: Event.Ended | Event.Failed
  readonly tested?: Event.Tested
  readonly ablations: ReadonlyArray<Event.Ablated>
  readonly calls: Event.Calls["calls"]
  /** Calls that are not among them. */
  readonly dropped: number
  readonly traced?: Event.Traced
}

/**
 * The last optimization of a log, which `source` names. Fails with `NothingStarted`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (events: ReadonlyArray<Event.RunEvent>, source = "log"): Effect.Effect<LoggedRun, RunLogError> => {
  const from = events.findLastIndex(({ _tag }) => _tag === "Started")
  if (from < 0) {
    return new RunLogError({
      reason: "NothingStarted",
      source,
      detail: events.length === 0 ? "it is empty" : "it ends before a search began",
      cure: "Run the optimization again, and see what its own output says"
    })
  }
  const own = events.slice(from)
  const all = <Tag extends Event.RunEvent["_tag"]>(tag: Tag) =>
    own.filter((event): event is Extract<Event.RunEvent, { readonly _tag: Tag }> => event._tag === tag)
  const over = all("Ended").at(-1) ?? all("Failed").at(-1)
  const tested = all("Tested").at(-1)
  const traced = all("Traced").at(-1)
  return Effect.succeed({
    started: all("Started")[0],
    generations: all("Generation"),
    ...(over === undefined ? {} : { over }),
    ...(tested === undefined ? {} : { tested }),
    ablations: all("Ablated"),
    calls: all("Calls").flatMap(({ calls }) => calls),
    dropped: all("Calls").reduce((sum, { dropped }) => sum + dropped, 0),
    ...(traced === undefined ? {} : { traced })
  })
}

/**
 * Changes that were tried, each with the generation that it was tried in.
 *
 * @since 0.1.0
 * @category accessors
 */
export const proposals = ({
  generations
}: LoggedRun): ReadonlyArray<Event.Proposed & { readonly generation: number }> =>
  generations.flatMap(({ generation, proposals = [] }) => proposals.map((proposal) => ({ ...proposal, generation })))

/**
 * The values that the best candidate so far has.
 *
 * @since 0.1.0
 * @category accessors
 */
export const bestValues = ({ generations, started }: LoggedRun): Event.Values =>
  Object.assign({}, started.values, ...generations.map(({ best }) => best.values))

/**
 * What a run came to. What is not known is absent.
 *
 * - `outcome`: `"running"` also of one whose process was killed
 * - `stopped`: why it ended; `error`: why it failed
 * - `before`, `after`: scores on all examples; `test` on those that the search has not seen
 * - `elapsed`: in milliseconds
 *
 * @since 0.1.0
 * @category models
 */
export interface Summary {
  readonly system: string
  readonly outcome: "ended" | "failed" | "interrupted" | "running"
  readonly stopped?: string
  readonly error?: Event.Failed["error"]
  readonly before: number
  readonly after: number
  readonly test?: { readonly before: number; readonly after: number; readonly examples?: number }
  readonly examples: number
  readonly generations: number
  readonly runs: number
  readonly elapsed: number
  readonly accepted: number
  readonly rejected: number
  readonly spend?: Event.Spend
}

/**
 * @since 0.1.0
 * @category accessors
 */
export const summary = (self: LoggedRun): Summary => {
  const { generations, over, started, tested } = self
  const last = generations.at(-1)
  const outcomes = proposals(self).map(({ outcome }) => outcome)
  const accepted = outcomes.filter((outcome) => outcome === "accepted").length
  return {
    system: started.system,
    ...outcomeOf(over),
    before: started.score,
    after: last?.best.score ?? started.score,
    ...(tested === undefined ? {} : { test: withoutTag(tested) }),
    examples: started.examples,
    generations: last?.generation ?? 0,
    runs: last?.runs ?? 0,
    elapsed: last?.elapsed ?? 0,
    accepted,
    rejected: outcomes.length - accepted,
    ...(last?.spend === undefined ? {} : { spend: total(last.spend) })
  }
}

const withoutTag = <A extends { readonly _tag: string }>({ _tag, ...rest }: A): Omit<A, "_tag"> => rest

const outcomeOf = (over: LoggedRun["over"]): Pick<Summary, "outcome" | "stopped" | "error"> => {
  if (over === undefined) return { outcome: "running" }
  if (over._tag === "Failed") {
    return { outcome: over.error.type === "interrupted" ? "interrupted" : "failed", error: over.error }
  }
  return { outcome: "ended", ...(over.stopped === undefined ? {} : { stopped: over.stopped }) }
}

/**
 * What was spent on all purposes together.
 *
 * @since 0.1.0
 * @category accessors
 */
export const total = (spend: NonNullable<Event.Generation["spend"]>): Event.Spend => {
  const each = Object.values(spend)
  const sum = (of: (spend: Event.Spend) => number) => each.reduce((sum, spend) => sum + of(spend), 0)
  return {
    calls: sum(({ calls }) => calls),
    tokens: sum(({ tokens }) => tokens),
    usd: sum(({ usd }) => usd),
    unknown: { tokens: sum(({ unknown }) => unknown.tokens), usd: sum(({ unknown }) => unknown.usd) }
  }
}
