import * as Schema from "effect/Schema"

const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })

const Cost = Schema.Struct({
  usd: optional(Schema.Finite),
  tokens: optional(Schema.Finite),
  calls: optional(Schema.Finite)
})

const Scored = Schema.TaggedStruct("Scored", {
  score: Schema.Finite,
  latencyMillis: optional(Schema.NonNegative)
})

const Missing = Schema.TaggedStruct("Missing", {
  stage: Schema.Literal("program", "metric"),
  error: Schema.String,
  message: Schema.String
})

/** @internal */
export const Result = Schema.Struct({
  id: Schema.String,
  hash: Schema.String,
  tags: Schema.Array(Schema.String),
  runs: Schema.NonEmptyArray(Schema.Union(Scored, Missing))
})

/** @internal */
export type Result = typeof Result.Type

/** @internal */
export const FORMAT = "hyperfunc/experiment"

/** @internal */
export const VERSION = 1

/** @internal */
export const Experiment = Schema.Struct({
  format: Schema.Literal(FORMAT),
  version: Schema.Literal(VERSION),
  library: Schema.String,
  name: Schema.String,
  system: Schema.String,
  metric: optional(Schema.String),
  startedAt: Schema.String,
  dataset: Schema.Struct({ name: Schema.String, version: Schema.String }),
  config: optional(Schema.Unknown),
  configHash: optional(Schema.String),
  parametersHash: optional(Schema.String),
  seed: Schema.Int,
  repeats: Schema.Int,
  cost: optional(Cost),
  results: Schema.Array(Result)
})

/** @internal */
export type Experiment = typeof Experiment.Type

/** @internal */
export const mean = (numbers: ReadonlyArray<number>): number | undefined =>
  numbers.length === 0 ? undefined : numbers.reduce((total, number) => total + number, 0) / numbers.length

/**
 * The mean over the runs that have a score.
 *
 * @internal
 */
export const scoreOf = ({ runs }: Result): number | undefined =>
  mean(runs.flatMap((run) => (run._tag === "Scored" ? [run.score] : [])))
