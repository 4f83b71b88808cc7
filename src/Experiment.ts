/**
 * What a system scored on a dataset, example by example: a plain value that can be kept, read again and compared.
 *
 * An example whose run failed, or whose score did, is missing, with the reason. It is no 0, and a mean without it says so.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Artefact from "./Artefact.js"
import type { Dataset } from "./Dataset.js"
import type * as Evaluation from "./Evaluation.js"
import type { EvaluationError } from "./EvaluationError.js"
import { ExperimentError } from "./ExperimentError.js"
import * as internal from "./internal/experiment.js"
import { runsOf } from "./internal/experimentRun.js"
import { fnv1a64, hashOf, notJson } from "./internal/hash.js"
import { isScorer } from "./internal/scorer.js"
import type { HyperSystem } from "./internal/system.js"
import { version } from "./internal/version.js"
import type * as Metric from "./Metric.js"

export { compare } from "./Comparison.js"

/**
 * In US dollars, tokens and calls. What is not known is absent.
 *
 * @since 0.1.0
 * @category models
 */
export interface Cost {
  readonly usd?: number
  readonly tokens?: number
  readonly calls?: number
}

/**
 * What was spent up to now, as `Budget.spent` has it. Where calls of unknown tokens or price were made, so is the sum.
 *
 * @since 0.1.0
 * @category models
 */
export interface Spending extends Cost {
  readonly unknown?: { readonly usd: number; readonly tokens: number }
}

/**
 * One run of an example. `latencyMillis` is there unless tensors stood for many examples at once.
 *
 * @since 0.1.0
 * @category models
 */
export type Run =
  | { readonly _tag: "Scored"; readonly score: number; readonly latencyMillis?: number }
  | {
      readonly _tag: "Missing"
      readonly stage: "program" | "metric"
      /** Of the error, as in `LLMError.RateLimited`. */
      readonly error: string
      readonly message: string
    }

/**
 * @since 0.1.0
 * @category models
 */
export interface Result {
  readonly id: string
  /** Of the example's content. */
  readonly hash: string
  readonly tags: ReadonlyArray<string>
  /** One a repeat. */
  readonly runs: readonly [Run, ...ReadonlyArray<Run>]
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Experiment {
  readonly format: "hyperfunc/experiment"
  readonly version: 1
  /** The version of this library. */
  readonly library: string
  readonly name: string
  readonly system: string
  /** The name of a scorer; other metrics have none. */
  readonly metric?: string
  /** ISO 8601. */
  readonly startedAt: string
  readonly dataset: { readonly name: string; readonly version: string }
  readonly config?: unknown
  readonly configHash?: string
  /** Of the parameters of a tuned system, when it declares its hyperfunctions. */
  readonly parametersHash?: string
  readonly seed: number
  readonly repeats: number
  readonly cost?: Cost
  readonly results: ReadonlyArray<Result>
}

/**
 * Experiments as JSON.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Experiment: Schema.Schema<Experiment> = internal.Experiment

/**
 * - `config`: what was tried, as JSON: a model, a prompt's version, a commit
 * - `repeats`: runs of each example, each with random numbers of its own, default 1
 * - `cost`: what was spent so far, read before and after
 * - `mode`, `concurrency`, `seed`, `timeout`, `metricTimeout`: as those of an evaluation. Latencies are those at that
 *   concurrency
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends Omit<Evaluation.Options, "onFailure"> {
  readonly name: string
  readonly config?: unknown
  readonly repeats?: number
  readonly cost?: Effect.Effect<Spending>
}

/**
 * Runs a system on every example of a dataset and scores each output. A metric over lists is given lists of one.
 *
 * Failures of the program and of the metric do not end it: those scores are missing.
 *
 * @since 0.1.0
 * @category running
 */
export const run = <I, O, E, R, X, S extends Metric.Score = never>(
  system: HyperSystem<I, O, E, R>,
  dataset: Dataset<I, X>,
  metric: Metric.Metric<O, X, S>,
  options: Options
): Effect.Effect<Experiment, ExperimentError | EvaluationError, R | Metric.ContextOf<S>> =>
  Effect.gen(function* () {
    const { config, cost, name, repeats = 1, seed = 0 } = options
    const invalid = (detail: string, cure: string) =>
      new ExperimentError({ reason: "InvalidOptions", experiment: name, detail, cure })
    if (!(Number.isInteger(repeats) && repeats > 0)) {
      return yield* invalid(`repeats is ${repeats}`, "Use a whole number of at least 1")
    }
    const fault = notJson(config ?? null, "config")
    if (fault !== undefined) {
      return yield* invalid(`${fault.path} is ${fault.actual}`, "Say what was tried as plain JSON")
    }
    const startedAt = DateTime.formatIso(yield* DateTime.now)
    const artefact = yield* Effect.option(Artefact.encode(system))
    const before: Spending = cost === undefined ? {} : yield* cost
    const runs = yield* runsOf(system, dataset.examples, metric, repeats, options)
    const after: Spending = cost === undefined ? {} : yield* cost
    return {
      format: internal.FORMAT,
      version: internal.VERSION,
      library: version,
      name,
      system: system.name,
      ...(isScorer(metric) ? { metric: metric.name } : {}),
      startedAt,
      dataset: { name: dataset.name, version: dataset.version },
      ...(config === undefined ? {} : { config, configHash: hashOf(config) }),
      ...(Option.isNone(artefact) ? {} : { parametersHash: fnv1a64(artefact.value.json) }),
      seed,
      repeats,
      ...(cost === undefined ? {} : { cost: spent(before, after) }),
      results: dataset.examples.map(({ hash, id, tags }, k) => ({ id, hash, tags, runs: runs[k] }))
    }
  })

const spent = (before: Spending, after: Spending): Cost =>
  Object.fromEntries(
    (["usd", "tokens", "calls"] as const).flatMap((unit) => {
      const isKnown = unit === "calls" || (before.unknown?.[unit] ?? 0) === (after.unknown?.[unit] ?? 0)
      const [start, end] = [before[unit], after[unit]]
      return start === undefined || end === undefined || !isKnown ? [] : [[unit, end - start]]
    })
  )

/**
 * @since 0.1.0
 * @category models
 */
export interface Summary {
  readonly examples: number
  /** Mean over the examples that have a score; of a repeated example, the mean of its scores counts. */
  readonly score?: number
  /** Runs, and those without a score. */
  readonly runs: number
  readonly missing: number
  /** By tag. */
  readonly tags: Readonly<Record<string, { readonly examples: number; readonly score?: number }>>
}

/**
 * @since 0.1.0
 * @category accessors
 */
export const summary = (self: Experiment): Summary => {
  const runs = self.results.flatMap(({ runs }) => runs)
  const tags = [...new Set(self.results.flatMap(({ tags }) => tags))].sort()
  return {
    ...scored(self.results),
    runs: runs.length,
    missing: runs.filter(({ _tag }) => _tag === "Missing").length,
    tags: Object.fromEntries(tags.map((tag) => [tag, scored(self.results.filter(({ tags }) => tags.includes(tag)))]))
  }
}

const scored = (results: ReadonlyArray<Result>): { readonly examples: number; readonly score?: number } => {
  const score = internal.mean(results.flatMap((result) => internal.scoreOf(result) ?? []))
  return { examples: results.length, ...(score === undefined ? {} : { score }) }
}

/**
 * The mean score of an example over its repeats; none when all of them are missing.
 *
 * @since 0.1.0
 * @category accessors
 */
export const scoreOf = (result: Result): Option.Option<number> => Option.fromNullable(internal.scoreOf(result))

/**
 * The latency in milliseconds that a share of the runs does not exceed (nearest rank); none when none was timed.
 *
 * @since 0.1.0
 * @category accessors
 */
export const latency = (self: Experiment, quantile: number): Option.Option<number> => {
  const latencies = self.results
    .flatMap(({ runs }) => runs)
    .flatMap((run) => (run._tag === "Scored" && run.latencyMillis !== undefined ? [run.latencyMillis] : []))
    .sort((a, b) => a - b)
  return Option.fromNullable(latencies[Math.max(0, Math.ceil(quantile * latencies.length) - 1)])
}

/**
 * An experiment from JSON, which `source` names. Fails with `Unreadable` or `NewerVersion`.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decode = (json: unknown, source = "experiment"): Effect.Effect<Experiment, ExperimentError> => {
  const { format, version } = (typeof json === "object" && json !== null ? json : {}) as Readonly<
    Record<string, unknown>
  >
  if (format === internal.FORMAT && Number.isInteger(version) && (version as number) > internal.VERSION) {
    return new ExperimentError({
      reason: "NewerVersion",
      experiment: source,
      detail: `it has version ${version} of the format, and ${internal.VERSION} is known`,
      cure: "Update hyperfunc"
    })
  }
  return Effect.mapError(
    Schema.decodeUnknown(Experiment)(json),
    (cause) =>
      new ExperimentError({
        reason: "Unreadable",
        experiment: source,
        detail: format === internal.FORMAT ? "it is damaged" : "it is not an experiment",
        cure: "Pass what Experiment.run gave",
        cause
      })
  )
}
