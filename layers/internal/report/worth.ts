import * as LoggedRun from "../../../src/LoggedRun.js"
import * as Bars from "./bars.js"
import * as Curves from "./curves.js"
import * as Format from "./format.js"
import { atMost, cut, type Html, html, table } from "./html.js"

/** @internal */
export const learning = ({ generations }: LoggedRun.LoggedRun): Html | undefined =>
  generations.length < 2
    ? undefined
    : html`<section><h2>Learning curves</h2>
${Curves.learning("Score, best score and rewards by generation", generations)}</section>`

const MOST = 40

/** What has been removed: parameters that have their defaults again, or have come to nothing. */
const removals = { default: "at its default", zero: "at zero", freeze: "not tuned" }

/** @internal */
export const ablations = ({ ablations }: LoggedRun.LoggedRun): Html | undefined => {
  if (ablations.length === 0) return undefined
  const sorted = [...ablations].sort((a, b) => b.difference.mean - a.difference.mean)
  const shown = sorted.slice(0, MOST)
  const isOfOneKind = new Set(ablations.map(({ how }) => how)).size === 1
  const bars = shown.map(({ block, difference, how }) => ({
    name: isOfOneKind ? block : `${block}, ${removals[how]}`,
    value: difference.mean,
    label: Format.signed(difference.mean),
    from: difference.lower,
    to: difference.upper
  }))
  const { confidence, pairs } = shown[0].difference
  return html`<section><h2>What each block is worth</h2>
<p>The score with the block as it was tuned, less the score without that${isOfOneKind ? ` (${removals[shown[0].how]})` : ""}, on ${Format.of(pairs, "example")}; whiskers are intervals of ${Format.number(100 * confidence)} %.</p>
${Bars.bars("What each block of parameters is worth", "score with it less score without it", bars)}
${sorted.length > MOST ? html`<p class="faint">${sorted.length - MOST} more are not shown.</p>` : undefined}</section>`
}

/** @internal */
export const cost = ({ generations }: LoggedRun.LoggedRun): Html | undefined => {
  const roles = Object.entries(generations.findLast(({ spend }) => spend !== undefined)?.spend ?? {})
    .filter(([, { calls }]) => calls > 0)
    .sort(([, a], [, b]) => b.usd - a.usd || b.tokens - a.tokens)
  if (roles.length === 0) return undefined
  const isPaid = roles.some(([, { usd }]) => usd > 0)
  const bars = roles.map(([name, { tokens, usd }]) => ({
    name,
    value: isPaid ? usd : tokens,
    label: isPaid ? Format.dollars(usd) : Format.count(tokens)
  }))
  const unknown = roles.reduce((sum, [, { unknown }]) => sum + unknown.usd, 0)
  const rows = roles.map(([name, { calls, tokens, usd }]) => [
    name,
    Format.count(calls),
    Format.count(tokens),
    Format.dollars(usd)
  ])
  return html`<section><h2>Cost by role</h2>
<p>Whose calls the search paid for: the program's (task), a judge's, or its own for thinking (reflection).</p>
${Bars.bars("Cost by role", isPaid ? "US dollars" : "tokens", bars)}
${table(`By role${unknown === 0 ? "" : `; without ${Format.of(unknown, "call")} of unknown price`}`, ["role", "calls", "tokens", "US dollars"], rows)}</section>`
}

/**
 * The prompts and numbers that were found.
 *
 * @internal
 */
export const best = (run: LoggedRun.LoggedRun): Html | undefined => {
  const values = Object.entries(LoggedRun.bestValues(run))
  const [texts, moreTexts] = atMost(
    MOST,
    values.filter(([, value]) => typeof value === "string" && value !== "[]")
  )
  const [numbers, moreNumbers] = atMost(
    MOST,
    values.filter(([name, value]) => typeof value === "number" && value !== run.started.values[name])
  )
  if (texts.length + numbers.length === 0) return undefined
  const rows = numbers.map(([name, value]) => [
    name,
    Format.number(Number(run.started.values[name])),
    Format.number(Number(value))
  ])
  return html`<section><h2>What was found</h2>
${texts.map(([name, value]) => html`<details><summary>${name}</summary><pre>${cut(String(value), 8000)}</pre></details>`)}
${moreTexts === 0 ? undefined : html`<p class="faint">${moreTexts} more texts are not shown.</p>`}
${rows.length === 0 ? undefined : table("Numbers that are no longer what they were", ["parameter", "before", "after"], rows, moreNumbers)}</section>`
}
