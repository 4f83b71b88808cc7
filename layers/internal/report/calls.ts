import type { CallRecord } from "../../../services/Tracer.js"
import type { LoggedRun } from "../../../src/LoggedRun.js"
import * as RunLog from "../../../src/RunLog.js"
import * as Bars from "./bars.js"
import * as Format from "./format.js"
import { callGraph } from "./graph.js"
import { atMost, cut, type Html, html, table } from "./html.js"

const MOST = { rows: 15, spans: 40, nodes: 60 }

/** @internal */
export const graph = ({ traced }: LoggedRun): Html | undefined => {
  if (traced === undefined || traced.nodes.length === 0) return undefined
  const count = traced.nodes.length
  return html`<section><h2>Call graph</h2>
<p>What a run called, and what depended on what.</p>
${count > MOST.nodes ? html`<p class="faint">It has ${count} calls, which are too many to draw.</p>` : callGraph("Call graph of one run", RunLog.graphOf(traced))}</section>`
}

/** The records of one run: of the session, the generation, the candidate and the example that they are part of. */
const runs = (calls: ReadonlyArray<CallRecord>): ReadonlyArray<ReadonlyArray<CallRecord>> => {
  const groups = new Map<string, Array<CallRecord>>()
  for (const call of calls) {
    const key = [call.trace, call.session, call.generation, call.candidate, call.example].join("/")
    groups.set(key, [...(groups.get(key) ?? []), call])
  }
  return [...groups.values()]
}

const startOf = (calls: ReadonlyArray<CallRecord>): number => Math.min(...calls.map(({ start }) => start))

/** Calls in the order of a tree, each below what called it. */
const tree = (calls: ReadonlyArray<CallRecord>): ReadonlyArray<Bars.Span> => {
  const origin = startOf(calls)
  const ids = new Set(calls.map(({ id }) => id))
  const sorted = [...calls].sort((a, b) => a.start - b.start)
  const below = (parent: string | undefined, depth: number): ReadonlyArray<Bars.Span> =>
    sorted
      .filter((call) =>
        parent === undefined ? call.parent === undefined || !ids.has(call.parent) : call.parent === parent
      )
      .flatMap((call) => [
        {
          name: call.name,
          depth,
          start: call.start - origin,
          end: call.start - origin + call.elapsed,
          kind: call.success ? (call.operation === "chat" ? "model" : "call") : "failed"
        },
        ...below(call.id, depth + 1)
      ])
  return below(undefined, 0)
}

/** The last run that was recorded, or else the one whose graph is known. */
const spansOf = ({ calls, traced }: LoggedRun): ReadonlyArray<Bars.Span> => {
  const last = [...runs(calls)].sort((a, b) => startOf(a) - startOf(b)).at(-1)
  if (last !== undefined) return tree(last)
  return (traced?.nodes ?? []).flatMap(({ failed, name, span }) =>
    span === undefined ? [] : [{ name, depth: 0, ...span, kind: failed ? ("failed" as const) : ("call" as const) }]
  )
}

/** @internal */
export const waterfall = (run: LoggedRun): Html | undefined => {
  const [shown, more] = atMost(MOST.spans, spansOf(run))
  if (shown.length === 0) return undefined
  return html`<section><h2>One run, call by call</h2>
${Bars.waterfall("Calls of one run over time", shown)}
${more === 0 ? undefined : html`<p class="faint">${more} more calls are not shown.</p>`}</section>`
}

const cells = ({ cost, elapsed, example, generation, inputTokens, name, outputTokens }: CallRecord) => [
  cut(name, 60),
  Format.millis(elapsed),
  [
    ...(generation === undefined ? [] : [`generation ${generation}`]),
    ...(example === undefined ? [] : [`example ${example}`])
  ].join(", "),
  inputTokens === undefined ? "" : `${Format.count(inputTokens)}\u00a0→\u00a0${Format.count(outputTokens ?? 0)}`,
  cost === undefined ? "" : `$${cost.toFixed(6)}`
]

/** @internal */
export const slowest = ({ calls, dropped }: LoggedRun): Html | undefined => {
  if (calls.length === 0) return undefined
  const [shown] = atMost(
    MOST.rows,
    [...calls].sort((a, b) => b.elapsed - a.elapsed)
  )
  const caption = `The slowest ${shown.length} of ${Format.of(calls.length, "recorded call")}${dropped === 0 ? "" : `; ${Format.count(dropped)} more are not in the log`}`
  return html`<section><h2>Slowest calls</h2>
${table(caption, ["call", "time", "of", "tokens", "cost"], shown.map(cells))}</section>`
}

/** @internal */
export const failed = ({ calls }: LoggedRun): Html | undefined => {
  const [shown, more] = atMost(
    MOST.rows,
    calls.filter(({ success }) => !success)
  )
  if (shown.length === 0) return undefined
  const rows = shown.map((call) => [
    ...cells(call).slice(0, 3),
    call.error === undefined ? "" : `${call.error.type}: ${cut(call.error.message, 300)}`
  ])
  return html`<section><h2>Failed calls</h2>
${table(`${Format.of(shown.length + more, "recorded call")} failed`, ["call", "time", "of", "error"], rows, more)}</section>`
}
