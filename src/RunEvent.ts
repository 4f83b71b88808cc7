/**
 * What happens in an optimization, as data: the events that its log is made of.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Purpose } from "../services/LLM.js"
import { CallRecord } from "../services/Tracer.js"

const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })

/** A number, with those that JSON has no word for as text. */
const Quantity = Schema.transform(
  Schema.Union(Schema.Number, Schema.Literal("NaN", "Infinity", "-Infinity")),
  Schema.Number,
  { strict: true, decode: Number, encode: (value) => (Number.isFinite(value) ? value : (String(value) as "NaN")) }
)

/**
 * Parameters by name, as `hyperfunction.field`: numbers, categories and texts as they are, demonstrations as JSON. Weights
 * are left out.
 *
 * @since 0.1.0
 * @category models
 */
export const Values = Schema.Record({ key: Schema.String, value: Schema.Union(Schema.JsonNumber, Schema.String) })

/**
 * @since 0.1.0
 * @category models
 */
export type Values = typeof Values.Type

/**
 * What was spent on a purpose so far, as the ledger of a `Budget` has it; `unknown` counts calls that `tokens` or `usd`
 * leaves out.
 *
 * @since 0.1.0
 * @category models
 */
export const Spend = Schema.Struct({
  calls: Schema.JsonNumber,
  tokens: Schema.JsonNumber,
  /** In US dollars. */
  usd: Schema.JsonNumber,
  unknown: Schema.Struct({ tokens: Schema.JsonNumber, usd: Schema.JsonNumber })
})

/**
 * @since 0.1.0
 * @category models
 */
export type Spend = typeof Spend.Type

/**
 * The search begins. `values` are those that it starts from; `at` is in milliseconds since 1970.
 *
 * @since 0.1.0
 * @category models
 */
export const Started = Schema.TaggedStruct("Started", {
  format: Schema.Literal("hyperfunc/run-log"),
  version: Schema.Literal(1),
  /** The version of this library. */
  library: Schema.String,
  system: Schema.String,
  at: Schema.JsonNumber,
  examples: Schema.JsonNumber,
  /** Score of the start on all examples. */
  score: Quantity,
  values: Values
})

/**
 * @since 0.1.0
 * @category models
 */
export type Started = typeof Started.Type

/**
 * A change that was tried; `won` and `lost` are positions of examples.
 *
 * @since 0.1.0
 * @category models
 */
export const Proposed = Schema.Struct({
  changed: Schema.Array(Schema.String),
  before: Schema.String,
  after: Schema.String,
  outcome: Schema.Literal("accepted", "rejected"),
  reason: Schema.String,
  won: Schema.Array(Schema.JsonNumber),
  lost: Schema.Array(Schema.JsonNumber)
})

/**
 * @since 0.1.0
 * @category models
 */
export type Proposed = typeof Proposed.Type

/**
 * A generation has ended; 0 is the start. Fields are those of a `GenerationReport`.
 *
 * - `reward`: absent where no candidate has one
 * - `best.values`: those that have changed since they were last written
 * - `elapsed`: in milliseconds
 * - `spend`: so far, where there is a `Budget`
 *
 * @since 0.1.0
 * @category models
 */
export const Generation = Schema.TaggedStruct("Generation", {
  generation: Schema.JsonNumber,
  generations: Schema.JsonNumber,
  evaluations: Schema.JsonNumber,
  runs: Schema.JsonNumber,
  reward: optional(Schema.Struct({ mean: Quantity, min: Quantity, max: Quantity, deviation: Quantity })),
  failures: Schema.JsonNumber,
  skipped: optional(Schema.Boolean),
  score: Quantity,
  best: Schema.Struct({ generation: Schema.JsonNumber, score: Quantity, values: optional(Values) }),
  elapsed: Schema.JsonNumber,
  proposals: optional(Schema.Array(Proposed)),
  spend: optional(Schema.partialWith(Schema.Record({ key: Purpose, value: Spend }), { exact: true })),
  stopped: optional(Schema.String)
})

/**
 * @since 0.1.0
 * @category models
 */
export type Generation = typeof Generation.Type

/**
 * The search is over. `stopped` is absent when whoever read its reports wanted no more of them.
 *
 * @since 0.1.0
 * @category models
 */
export const Ended = Schema.TaggedStruct("Ended", {
  at: Schema.JsonNumber,
  stopped: optional(Schema.String),
  before: Quantity,
  after: Quantity
})

/**
 * @since 0.1.0
 * @category models
 */
export type Ended = typeof Ended.Type

/**
 * The search failed, or was interrupted: `type` is then `"interrupted"`.
 *
 * @since 0.1.0
 * @category models
 */
export const Failed = Schema.TaggedStruct("Failed", {
  at: Schema.JsonNumber,
  error: Schema.Struct({ type: Schema.String, message: Schema.String })
})

/**
 * @since 0.1.0
 * @category models
 */
export type Failed = typeof Failed.Type

/**
 * Scores on examples that the search has not seen.
 *
 * @since 0.1.0
 * @category models
 */
export const Tested = Schema.TaggedStruct("Tested", {
  before: Quantity,
  after: Quantity,
  examples: optional(Schema.JsonNumber)
})

/**
 * @since 0.1.0
 * @category models
 */
export type Tested = typeof Tested.Type

/**
 * What a block of parameters is worth, as `HyperSystem.ablate` found it.
 *
 * @since 0.1.0
 * @category models
 */
export const Ablated = Schema.TaggedStruct("Ablated", {
  block: Schema.String,
  how: Schema.Literal("default", "zero", "freeze"),
  with: Quantity,
  without: Quantity,
  difference: Schema.Struct({
    mean: Quantity,
    lower: Quantity,
    upper: Quantity,
    confidence: Schema.JsonNumber,
    pairs: Schema.JsonNumber
  })
})

/**
 * @since 0.1.0
 * @category models
 */
export type Ablated = typeof Ablated.Type

/**
 * Calls that a `Tracer` has recorded; `dropped` are those that were left out.
 *
 * @since 0.1.0
 * @category models
 */
export const Calls = Schema.TaggedStruct("Calls", {
  calls: Schema.Array(CallRecord),
  dropped: Schema.JsonNumber
})

/**
 * @since 0.1.0
 * @category models
 */
export type Calls = typeof Calls.Type

/**
 * The calls of one run and what depended on what: `edges` are positions among `nodes`, times are in milliseconds from the
 * start of the run.
 *
 * @since 0.1.0
 * @category models
 */
export const Traced = Schema.TaggedStruct("Traced", {
  nodes: Schema.Array(
    Schema.Struct({
      name: Schema.String,
      kind: Schema.Literal("effect", "tensor", "combine", "split"),
      span: optional(Schema.Struct({ start: Schema.JsonNumber, end: Schema.JsonNumber })),
      inputs: Schema.Array(Schema.Array(Schema.JsonNumber)),
      outputs: Schema.Array(Schema.Array(Schema.JsonNumber)),
      failed: Schema.Boolean
    })
  ),
  edges: Schema.Array(
    Schema.Struct({
      from: Schema.JsonNumber,
      to: Schema.JsonNumber,
      dependency: Schema.Literal("tensor", "identity", "value")
    })
  )
})

/**
 * @since 0.1.0
 * @category models
 */
export type Traced = typeof Traced.Type

/**
 * @since 0.1.0
 * @category models
 */
export const RunEvent = Schema.Union(Started, Generation, Ended, Failed, Tested, Ablated, Calls, Traced)

/**
 * @since 0.1.0
 * @category models
 */
export type RunEvent = typeof RunEvent.Type
