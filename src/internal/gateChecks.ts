import * as Option from "effect/Option"
import type { Comparison } from "../Comparison.js"
import * as Experiment from "../Experiment.js"
import type { Rule } from "./gateRules.js"

/** @internal */
export interface Finding {
  readonly passed: boolean
  /** A sentence, with the numbers. */
  readonly reason: string
}

const LEVEL = 0.05

const QUANTILE = 0.95

const shown = (number: number): string => String(Number(number.toPrecision(4)))

const percent = (share: number): string => `${shown(share * 100)} %`

const atLeast = (what: string, score: number | undefined, bound: number): Finding =>
  score === undefined
    ? { passed: false, reason: `${what} is unknown: no example has one` }
    : {
        passed: score >= bound,
        reason: `${what} is ${shown(score)}, ${score >= bound ? "at least" : "below"} ${shown(bound)}`
      }

const atMost = (what: string, value: number | undefined, bound: number, unit: string): Finding =>
  value === undefined
    ? { passed: false, reason: `${what} is unknown, and may be ${shown(bound)}${unit} at the most` }
    : {
        passed: value <= bound,
        reason: `${what} is ${shown(value)}${unit}, ${value <= bound ? "at most" : "more than"} ${shown(bound)}${unit}`
      }

const regression = (
  { level = LEVEL, tolerance = 0 }: Extract<Rule, { readonly rule: "noRegression" }>,
  { difference, worse }: Comparison
): Finding => {
  const isWorse = difference.mean < 0 && worse <= level
  const passed = !isWorse || -difference.mean <= tolerance
  const interval = `${percent(difference.confidence)} interval ${shown(difference.lower)} to ${shown(difference.upper)}`
  const verdict = passed ? (isWorse ? "worse, within the tolerance" : "not significantly worse") : "worse"
  return {
    passed,
    reason: `${difference.mean >= 0 ? "not worse" : verdict}: the difference is ${shown(difference.mean)} on ${difference.pairs} examples (${interval}, p = ${shown(worse)} at level ${shown(level)})`
  }
}

const costs = (rule: Extract<Rule, { readonly rule: "maxCost" }>, cost: Experiment.Cost | undefined): Finding => {
  const units = { usd: " US dollars", tokens: " tokens", calls: " calls" }
  const findings = (["usd", "tokens", "calls"] as const).flatMap((unit) => {
    const bound = rule[unit]
    return bound === undefined ? [] : [atMost("the cost", cost?.[unit], bound, units[unit])]
  })
  return {
    passed: findings.every(({ passed }) => passed),
    reason: findings.map(({ reason }) => reason).join("; ")
  }
}

/**
 * What a rule finds. `noRegression` needs a comparison.
 *
 * @internal
 */
export const find = (
  rule: Rule,
  experiment: Experiment.Experiment,
  summary: Experiment.Summary,
  comparison: Comparison | undefined
): Finding => {
  switch (rule.rule) {
    case "minimum":
      return atLeast("the score", summary.score, rule.score)
    case "floor":
      return atLeast(`the score of "${rule.tag}"`, summary.tags[rule.tag]?.score, rule.score)
    case "noRegression":
      return comparison === undefined
        ? { passed: false, reason: "there is no baseline to compare with" }
        : regression(rule, comparison)
    case "maxCost":
      return costs(rule, experiment.cost)
    case "maxLatency": {
      const quantile = rule.quantile ?? QUANTILE
      const latency = Option.getOrUndefined(Experiment.latency(experiment, quantile))
      return atMost(`the latency of ${percent(quantile)} of the runs`, latency, rule.millis, " ms")
    }
    case "maxMissing": {
      const share = summary.runs === 0 ? 1 : summary.missing / summary.runs
      return {
        passed: share <= rule.share,
        reason: `${summary.missing} of ${summary.runs} runs have no score, and ${percent(rule.share)} may have none`
      }
    }
  }
}
