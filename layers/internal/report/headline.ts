import * as LoggedRun from "../../../src/LoggedRun.js"
import * as Format from "./format.js"
import { type Html, html } from "./html.js"

const endings: Readonly<Record<string, string>> = {
  generations: "all generations are done",
  target: "the target is reached",
  plateau: "nothing better was found for long",
  evaluations: "all evaluations that were allowed are done",
  budget: "the budget is spent",
  converged: "there is nothing left to tell candidates apart",
  nothingToTune: "there is nothing to tune"
}

const ending = ({ error, outcome, stopped }: LoggedRun.Summary): string => {
  if (outcome === "failed") return `failed: ${error?.type ?? ""} ${error?.message ?? ""}`
  if (outcome === "interrupted") return "interrupted"
  if (outcome === "running") return "still under way, or its process was killed"
  return stopped === undefined ? "stopped by who read its reports" : (endings[stopped] ?? stopped)
}

const spending = ({ spend }: LoggedRun.Summary): ReadonlyArray<readonly [string, string]> =>
  spend === undefined
    ? []
    : [
        ["spent by the search", `${Format.dollars(spend.usd)}${spend.unknown.usd > 0 ? " and more" : ""}`],
        ["calls of models", Format.count(spend.calls)],
        ["tokens", `${Format.count(spend.tokens)}${spend.unknown.tokens > 0 ? " and more" : ""}`]
      ]

/** @internal */
export const headline = (run: LoggedRun.LoggedRun): Html => {
  const summary = LoggedRun.summary(run)
  const { after, before, elapsed, examples, generations, runs, test } = summary
  const facts: ReadonlyArray<readonly [string, string]> = [
    ["time", Format.millis(elapsed)],
    ...spending(summary),
    ["generations", Format.count(generations)],
    ["runs", Format.count(runs)],
    ...(summary.accepted + summary.rejected === 0
      ? []
      : [["changes accepted", `${summary.accepted} of ${summary.accepted + summary.rejected}`] as const])
  ]
  const tested =
    test === undefined
      ? undefined
      : html`<p class="lead">${test.examples === undefined ? "Examples" : Format.of(test.examples, "example")} that it never saw: ${Format.number(test.before)} → <strong>${Format.number(test.after)}</strong></p>`
  return html`<p class="lead">${Format.of(examples, "example")} to learn from: ${Format.number(before)} → <strong>${Format.number(after)}</strong></p>
${tested}
<p class="faint">Began on ${new Date(run.started.at).toISOString().slice(0, 16).replace("T", " at ")} UTC; ${ending(summary)}.</p>
<dl>${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
}
