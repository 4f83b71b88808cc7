/**
 * Whether an experiment is good enough: rules as data, and a verdict with a reason for each.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { Comparison, compare } from "./Comparison.js"
import { type Experiment, summary } from "./Experiment.js"
import type { ExperimentError } from "./ExperimentError.js"
import { find } from "./internal/gateChecks.js"
import * as internal from "./internal/gateRules.js"

/**
 * - `UnknownRule`: a rule that does not exist
 * - `InvalidGate`: a rule with wrong settings, or a gate without rules
 * - `NoBaseline`: `noRegression` needs an experiment to compare with
 * - `Unreadable`: there is no such file, or it is not JSON
 *
 * @since 0.1.0
 * @category errors
 */
export class GateError extends Schema.TaggedError<GateError>("hyperfunc/GateError")("GateError", {
  reason: Schema.Literal("UnknownRule", "InvalidGate", "NoBaseline", "Unreadable"),
  gate: Schema.String,
  detail: Schema.String,
  /** What to do about it. */
  cure: Schema.String,
  cause: Schema.optionalWith(Schema.Defect, { exact: true })
}) {
  override get message(): string {
    return `${this.gate}: ${this.detail}. ${this.cure}`
  }
}

/**
 * - `minimum`: the mean score is at least `score`
 * - `floor`: so is the mean score of the examples with a tag
 * - `noRegression`: the scores are not significantly below the baseline's, by the one-sided randomization test of paired
 *   differences at `level` (default 0.05). A system that is as good as its baseline is refused with that probability at the
 *   most. A drop of up to `tolerance` (default 0) passes though it is significant
 * - `maxCost`: it cost no more in US dollars, tokens and calls; fails when that is not known
 * - `maxLatency`: a share `quantile` (default 0.95) of the runs took at most `millis`; fails when none was timed
 * - `maxMissing`: at most this share of the runs has no score. Without this rule, none may be missing
 *
 * @since 0.1.0
 * @category models
 */
export type Rule =
  | { readonly rule: "minimum"; readonly score: number }
  | { readonly rule: "floor"; readonly tag: string; readonly score: number }
  | { readonly rule: "noRegression"; readonly level?: number; readonly tolerance?: number }
  | { readonly rule: "maxCost"; readonly usd?: number; readonly tokens?: number; readonly calls?: number }
  | { readonly rule: "maxLatency"; readonly millis: number; readonly quantile?: number }
  | { readonly rule: "maxMissing"; readonly share: number }

/**
 * @since 0.1.0
 * @category schemas
 */
export const Rule: Schema.Schema<Rule> = internal.Rule

/**
 * What a gate file holds. Paths are relative to the file.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Gate = Schema.Struct({
  name: Schema.optionalWith(Schema.String, { exact: true }),
  experiment: Schema.optionalWith(Schema.String, { exact: true }),
  baseline: Schema.optionalWith(Schema.String, { exact: true }),
  rules: Schema.NonEmptyArray(Rule)
})

/**
 * @since 0.1.0
 * @category models
 */
export type Gate = typeof Gate.Type

/**
 * @since 0.1.0
 * @category schemas
 */
export const Verdict = Schema.Struct({
  gate: Schema.String,
  passed: Schema.Boolean,
  experiment: Schema.String,
  baseline: Schema.optionalWith(Schema.String, { exact: true }),
  findings: Schema.Array(Schema.Struct({ rule: Rule, passed: Schema.Boolean, reason: Schema.String })),
  comparison: Schema.optionalWith(Comparison, { exact: true })
})

/**
 * One finding a rule, in their order. It passed if all of them did.
 *
 * @since 0.1.0
 * @category models
 */
export type Verdict = typeof Verdict.Type

/**
 * Applies rules to an experiment. With a baseline the verdict holds the comparison, whether or not a rule asks for it.
 * Fails with `NoBaseline`, or as `Experiment.compare` does.
 *
 * @since 0.1.0
 * @category checking
 */
export const check = (
  experiment: Experiment,
  options: {
    readonly name?: string
    readonly rules: ReadonlyArray<Rule>
    readonly baseline?: Experiment
    /** As in `Experiment.compare`. */
    readonly on?: "same" | "intersection"
  }
): Effect.Effect<Verdict, GateError | ExperimentError> =>
  Effect.gen(function* () {
    const { baseline, name = "gate", on = "same" } = options
    const rules = options.rules.some(({ rule }) => rule === "maxMissing")
      ? options.rules
      : [...options.rules, { rule: "maxMissing", share: 0 } as const]
    if (baseline === undefined && rules.some(({ rule }) => rule === "noRegression")) {
      return yield* new GateError({
        reason: "NoBaseline",
        gate: name,
        detail: 'the rule "noRegression" has nothing to compare with',
        cure: "Pass a baseline: the experiment of what is in use today"
      })
    }
    const comparison = baseline === undefined ? undefined : yield* compare(experiment, baseline, { on })
    const totals = summary(experiment)
    const findings = rules.map((rule) => ({ rule, ...find(rule, experiment, totals, comparison) }))
    return {
      gate: name,
      passed: findings.every(({ passed }) => passed),
      experiment: experiment.name,
      ...(baseline === undefined ? {} : { baseline: baseline.name }),
      findings,
      ...(comparison === undefined ? {} : { comparison })
    }
  })

/**
 * A verdict in words: a line for the gate and one for each rule.
 *
 * @since 0.1.0
 * @category accessors
 */
export const describe = ({ findings, gate, passed }: Verdict): string =>
  [
    `${gate}: ${passed ? "passed" : "failed"}`,
    ...findings.map(({ passed, reason, rule }) => `  ${passed ? "✓" : "✗"} ${rule.rule}: ${reason}`)
  ].join("\n")

/**
 * What a process ends with: 0 if the gate was passed, 1 if not.
 *
 * @since 0.1.0
 * @category accessors
 */
export const exitCode = ({ passed }: Verdict): 0 | 1 => (passed ? 0 : 1)

/**
 * A gate from JSON, which `source` names. Fails with `UnknownRule` or `InvalidGate`; a setting that no rule has is refused,
 * so that a slip of the pen does not open the gate.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decode = (json: unknown, source = "gate"): Effect.Effect<Gate, GateError> => {
  const refuse = (reason: GateError["reason"], detail: string, cure: string) =>
    new GateError({ reason, gate: source, detail, cure })
  const written = Predicate.isRecord(json) && Array.isArray(json.rules) ? json.rules : []
  return Effect.gen(function* () {
    for (const [k, rule] of written.entries()) {
      const name: unknown = Predicate.isRecord(rule) ? rule.rule : undefined
      if (typeof name !== "string" || !Object.hasOwn(internal.rules, name)) {
        return yield* refuse(
          "UnknownRule",
          typeof name === "string" ? `there is no rule "${name}" (rules.${k})` : `rules.${k} does not name its rule`,
          `Rules are ${Object.keys(internal.rules).join(", ")}`
        )
      }
      const schema: Schema.Schema<Rule> = internal.rules[name as Rule["rule"]] as never
      yield* Effect.mapError(strictly(schema)(rule), ({ issue }) => {
        const { detail, path } = first(issue)
        return refuse("InvalidGate", `${["rules", k, ...path].join(".")}: ${detail}`, `Correct the rule "${name}"`)
      })
    }
    return yield* Effect.mapError(strictly(Gate)(json), ({ issue }) => {
      const { detail, path } = first(issue)
      const place = path.length === 0 ? "" : `${path.join(".")}: `
      return refuse("InvalidGate", `${place}${detail}`, 'Write { "rules": [{ "rule": "minimum", "score": 0.8 }] }')
    })
  })
}

const strictly = <A, I>(schema: Schema.Schema<A, I>) => Schema.decodeUnknown(schema, { onExcessProperty: "error" })

const first = (issue: ParseResult.ParseIssue) => {
  const [{ message, path }] = ParseResult.ArrayFormatter.formatIssueSync(issue)
  return { path, detail: message }
}
