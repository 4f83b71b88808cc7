import * as LoggedRun from "../../../src/LoggedRun.js"
import type { Proposed } from "../../../src/RunEvent.js"
import * as Cells from "./cells.js"
import { marked } from "./diff.js"
import * as Format from "./format.js"
import { atMost, cut, type Html, html } from "./html.js"

/** Proposals of a kind that are shown, and characters of a text. */
const MOST = { accepted: 40, rejected: 25, rows: 40, columns: 400, text: 8000 }

interface Tried extends Proposed {
  readonly generation: number
}

const one = ({ after, before, changed, generation, lost, outcome, reason, won }: Tried, isOpen: boolean): Html => {
  const mark = outcome === "accepted" ? html`<span class="good">✓</span>` : html`<span class="bad">✗</span>`
  return html`<details${isOpen ? html` open` : undefined}><summary>${mark} <strong>${changed.join(" + ")}</strong>, generation ${generation}: won ${won.length}, lost ${lost.length}</summary>
<p>${cut(reason, 1000)}</p>
${marked(cut(before, MOST.text), cut(after, MOST.text))}</details>`
}

const some = (title: string, proposals: ReadonlyArray<Tried>, most: number, open: number): Html | undefined => {
  if (proposals.length === 0) return undefined
  const [shown, more] = atMost(most, proposals)
  return html`<h3>${title}</h3>
${shown.map((proposal, k) => one(proposal, k < open))}
${more === 0 ? undefined : html`<p class="faint">${more} more are not shown.</p>`}`
}

/**
 * What was tried, with what it changed word by word.
 *
 * @internal
 */
export const proposals = (run: LoggedRun.LoggedRun): Html | undefined => {
  const all = LoggedRun.proposals(run)
  if (all.length === 0) return undefined
  const of = (outcome: Proposed["outcome"]) => all.filter((proposal) => proposal.outcome === outcome)
  return html`<section><h2>Changes that were tried</h2>
<p>Words that were <ins>added</ins> and words that were <del>removed</del>.</p>
${some("Accepted", of("accepted"), MOST.accepted, 2)}
${some("Rejected", of("rejected"), MOST.rejected, 0)}</section>`
}

/**
 * On which examples each accepted change won and lost.
 *
 * @internal
 */
export const items = (run: LoggedRun.LoggedRun): Html | undefined => {
  const accepted = LoggedRun.proposals(run).filter(
    ({ lost, outcome, won }) => outcome === "accepted" && won.length + lost.length > 0
  )
  const examples = Math.min(run.started.examples, MOST.columns)
  if (accepted.length === 0 || examples === 0) return undefined
  const [shown, more] = atMost(MOST.rows, accepted)
  const rows = shown.map(({ changed, generation, lost, won }) => ({
    name: `${generation} · ${changed.join(" + ")}`,
    won: new Set(won),
    lost: new Set(lost)
  }))
  const columns = Array.from({ length: examples }, (_, k) => String(k))
  const left = [
    ...(more === 0 ? [] : [`${more} more changes`]),
    ...(run.started.examples > examples ? [Format.of(run.started.examples - examples, "more example")] : [])
  ]
  return html`<section><h2>Wins and losses by example</h2>
<p>Accepted changes by generation. <span class="good">Above the line</span>: examples on which the change did better than what it came from; <span class="bad">below it</span>: those on which it did worse.</p>
${Cells.marks("Examples that accepted changes won and lost", "example", columns, rows)}
${left.length === 0 ? undefined : html`<p class="faint">Not shown: ${left.join(", ")}.</p>`}</section>`
}
