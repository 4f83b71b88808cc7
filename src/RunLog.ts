/**
 * The log of an optimization: JSON Lines, one event a line, written as it happens.
 *
 * A line is complete or the last one: what a killed process left unfinished is passed over, and everything before it holds.
 * What looks like a key is blotted out before it is written. `layers/RunLogFile` writes logs, `layers/Report` draws them.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type { GenerationReport, Objective, Tunable } from "../services/Optimizer.js"
import type { Recording } from "../services/Tracer.js"
import type { Ablation } from "./Ablation.js"
import * as CallGraph from "./CallGraph.js"
import type { Candidate } from "./Candidate.js"
import { toLine } from "./internal/recordJson.js"
import { scrub } from "./internal/secrets.js"
import { version as library } from "./internal/version.js"
import * as Event from "./RunEvent.js"
import { RunLogError } from "./RunLogError.js"

const FORMAT = "hyperfunc/run-log"
const VERSION = 1

/**
 * @since 0.1.0
 * @category constructors
 */
export const started = (objective: Objective<unknown>, at: number): Event.Started => ({
  _tag: "Started",
  format: FORMAT,
  version: VERSION,
  library,
  system: objective.system,
  at,
  examples: objective.examples,
  score: objective.startScore,
  values: valuesOf(objective.start, objective.tunables)
})

/**
 * `values` and `spend` are those of the event, since a report has neither.
 *
 * @since 0.1.0
 * @category constructors
 */
export const generation = (
  { best, elapsed, proposals, reward, skipped, stopped, ...report }: GenerationReport,
  extra: { readonly values?: Event.Values; readonly spend?: Event.Generation["spend"] } = {}
): Event.Generation => ({
  _tag: "Generation",
  ...report,
  best: {
    generation: best.generation,
    score: best.score,
    ...(extra.values === undefined ? {} : { values: extra.values })
  },
  elapsed: Duration.toMillis(elapsed),
  ...(Number.isNaN(reward.mean) ? {} : { reward }),
  ...(skipped === undefined ? {} : { skipped }),
  ...(proposals === undefined ? {} : { proposals }),
  ...(extra.spend === undefined ? {} : { spend: extra.spend }),
  ...(stopped === undefined ? {} : { stopped })
})

/**
 * @since 0.1.0
 * @category constructors
 */
export const ablated = (ablation: Ablation): Event.Ablated => ({ _tag: "Ablated", ...ablation })

/**
 * @since 0.1.0
 * @category constructors
 */
export const tested = (
  scores: { readonly before: number; readonly after: number },
  examples?: number
): Event.Tested => ({
  _tag: "Tested",
  before: scores.before,
  after: scores.after,
  ...(examples === undefined ? {} : { examples })
})

/**
 * The last calls of a recording, at most `capacity` (default 2000) of them.
 *
 * @since 0.1.0
 * @category constructors
 */
export const calls = ({ calls, dropped }: Pick<Recording, "calls" | "dropped">, capacity = 2000): Event.Calls => ({
  _tag: "Calls",
  calls: calls.slice(Math.max(0, calls.length - capacity)),
  dropped: dropped + Math.max(0, calls.length - capacity)
})

/**
 * @since 0.1.0
 * @category constructors
 */
export const traced = (graph: CallGraph.CallGraph): Event.Traced => ({
  _tag: "Traced",
  nodes: CallGraph.nodes(graph).map(({ span, ...node }) => ({ ...node, ...(span === undefined ? {} : { span }) })),
  edges: [...graph.graph.edges.values()].map(({ data, source, target }) => ({
    from: source,
    to: target,
    dependency: data
  }))
})

/**
 * The call graph that an event was made of.
 *
 * @since 0.1.0
 * @category accessors
 */
export const graphOf = ({ edges, nodes }: Event.Traced): CallGraph.CallGraph =>
  CallGraph.make(
    nodes.map((node) => ({ ...node, span: node.span })),
    edges
  )

/**
 * The numbers, categories, texts and demonstrations of a candidate that may be tuned.
 *
 * @since 0.1.0
 * @category accessors
 */
export const valuesOf = (candidate: Candidate, tunables: ReadonlyArray<Tunable>): Event.Values =>
  Object.fromEntries(
    tunables.flatMap(({ name, params }) =>
      params.fields.flatMap((field, k) => {
        if (field._tag === "Weight" || field.frozen) return []
        const value = candidate.assignments.get(name)?.values[k] ?? field.default
        const isPlain = typeof value === "string" || (typeof value === "number" && Number.isFinite(value))
        return [[field.path === "" ? name : `${name}.${field.path}`, isPlain ? value : toLine(value)] as const]
      })
    )
  )

/** Without what looks like a key, and without numbers that JSON has no word for: what is unknown is absent. */
const scrubbed = (json: unknown): unknown => {
  if (typeof json === "string") return scrub(json)
  if (Array.isArray(json)) return json.map(scrubbed)
  if (!Predicate.isRecord(json)) return json
  return Object.fromEntries(
    Object.entries(json).flatMap(([key, value]) =>
      typeof value === "number" && !Number.isFinite(value) ? [] : [[scrub(key), scrubbed(value)]]
    )
  )
}

const encodeEvent = Schema.encodeSync(Event.RunEvent)

/**
 * One line, without the end of it.
 *
 * @since 0.1.0
 * @category encoding
 */
export const encode = (event: Event.RunEvent): string => JSON.stringify(scrubbed(encodeEvent(event)))

const decodeEvent = Schema.decodeUnknownEither(Schema.parseJson(Event.RunEvent))

const decodeJson = Schema.decodeUnknownEither(Schema.parseJson())

/** Of a log: what a later version calls itself. */
const versionOf = (line: string): unknown =>
  Either.match(decodeJson(line), {
    onLeft: () => undefined,
    onRight: (json) => (Predicate.isRecord(json) && json.format === FORMAT ? json.version : undefined)
  })

/**
 * The event of a line, which `source` and `line` name. Fails with `NotALog`, `Damaged` or `NewerVersion`.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decode = (
  text: string,
  { line, source = "log" }: { readonly line: number; readonly source?: string }
): Effect.Effect<Event.RunEvent, RunLogError> =>
  Effect.mapError(decodeEvent(text), (cause) => {
    const version = versionOf(text)
    if (typeof version === "number" && version > VERSION) {
      return new RunLogError({
        reason: "NewerVersion",
        source,
        detail: `it has version ${version} of the format, and ${VERSION} is known`,
        cure: "Update hyperfunc"
      })
    }
    return line === 1 && version === undefined
      ? new RunLogError({
          reason: "NotALog",
          source,
          line,
          detail: "it is not the log of a run",
          cure: "Pass a file that RunLogFile.layer wrote",
          cause
        })
      : new RunLogError({
          reason: "Damaged",
          source,
          line,
          detail: "the line is no event of a log",
          cure: "Delete the line to read the rest, or make the log again",
          cause
        })
  })

/**
 * The events of a whole log. A last line without its end counts if it is complete, and is passed over if it is not.
 *
 * @since 0.1.0
 * @category decoding
 */
export const parse = (text: string, source?: string): Effect.Effect<ReadonlyArray<Event.RunEvent>, RunLogError> => {
  const lines = text.split("\n")
  const events = lines.map((line, k) => {
    if (line.trim() === "") return Effect.succeed([])
    const event = decode(line, { line: k + 1, ...(source === undefined ? {} : { source }) })
    const isTorn = k === lines.length - 1 && Either.isLeft(decodeJson(line))
    return isTorn ? Effect.succeed([]) : Effect.map(event, (event) => [event])
  })
  return Effect.map(Effect.all(events), (events) => events.flat())
}
