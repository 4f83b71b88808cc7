/**
 * What one block of parameters is worth.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import { Device } from "../services/Device.js"
import type { Optimizer, OptimizerError } from "../services/Optimizer.js"
import * as Candidate from "./Candidate.js"
import * as Evaluation from "./Evaluation.js"
import { EvaluationError } from "./EvaluationError.js"
import type { Example } from "./Example.js"
import { type Difference, pairedDifference } from "./internal/bootstrap.js"
import * as Evaluator from "./internal/evaluator.js"
import type { Definition } from "./internal/execution.js"
import { constant, sizeOf } from "./internal/node.js"
import * as Score from "./internal/score.js"
import { type HyperSystem, make } from "./internal/system.js"
import type * as Metric from "./Metric.js"
import { mix } from "./Noise.js"
import * as Optimization from "./Optimization.js"
import type { Field, FieldValue } from "./ParamSpace.js"
import { defaults } from "./Params.js"

/**
 * - `"default"`: the block has its default again
 * - `"zero"`: its numbers are 0, or as near as their bounds allow; categories and text have their default
 * - `"freeze"`: everything but the block is tuned from the defaults, by the {@link Optimizer} provided
 *
 * @since 0.1.0
 * @category models
 */
export type How = "default" | "zero" | "freeze"

/**
 * @since 0.1.0
 * @category models
 */
export interface Ablation {
  readonly block: string
  readonly how: How
  /** Mean score over examples with the block, and without it. */
  readonly with: number
  readonly without: number
  /** What the block is worth: `with - without`, example by example. */
  readonly difference: Difference
}

/**
 * Compares a system with itself without a block, on the same examples. The metric is applied to one example at a time, and
 * the interval is a paired percentile bootstrap over examples (Efron & Tibshirani 1993, §13.3).
 *
 * `block` names a hyperfunction (`"router"`) or one of its parameters (`"router.threshold"`).
 *
 * @since 0.1.0
 * @category evaluating
 */
export const ablate = <I, O, E, R, X, S extends Metric.Score = never, H extends How = How>(
  system: HyperSystem<I, O, E, R>,
  examples: ReadonlyArray<Example<I, X>>,
  metric: Metric.Metric<O, X, S>,
  options: Evaluation.Options & {
    readonly block: string
    readonly how: H
    /** Coverage of the interval, default 0.95. */
    readonly confidence?: number
  }
): Effect.Effect<
  Ablation,
  E | Metric.ErrorOf<S> | EvaluationError | (H extends "freeze" ? OptimizerError : never),
  R | Metric.ContextOf<S> | (H extends "freeze" ? Optimizer : never)
> =>
  Effect.gen(function* () {
    const { block, how } = options
    const problem = yield* Evaluation.problemOf(system, examples, metric, options)
    const memory = Evaluation.memoryOf(system, undefined)
    const device = Option.getOrUndefined(yield* Effect.serviceOption(Device))
    const confidence = options.confidence ?? 0.95
    if (!(confidence > 0 && confidence < 1)) {
      return yield* new EvaluationError({
        reason: "InvalidOptions",
        system: system.name,
        detail: `confidence is ${confidence}`,
        cure: "Use a number between 0 and 1, such as 0.95"
      })
    }
    const { concurrency, metricTimeout, mode, seed } = problem.settings
    const scoring: Score.Scoring = {
      system: system.name,
      device,
      timeout: metricTimeout,
      seedOf: (example) => mix(seed, 0, example, 1),
      permits: yield* Effect.makeSemaphore(mode === "sequential" ? 1 : concurrency)
    }
    const candidate = Evaluation.candidateOf(system, problem.settings.seed)
    const scoresOf = (candidate: Candidate.Candidate) =>
      Effect.gen(function* () {
        const { outcomes } = yield* Evaluator.evaluate(problem, memory, {
          candidates: [candidate],
          stream: () => 0,
          positions: examples.map((_, k) => k),
          keepOutputs: true
        })
        yield* outcomes[0].score
        const { outputs } = outcomes[0]
        const kept = outputs.flatMap((exit, k) => (Exit.isSuccess(exit) ? [{ k, output: exit.value }] : []))
        const scores = yield* Score.ofEach(
          scoring,
          metric,
          kept.map(({ output }) => output),
          kept.map(({ k }) => examples[k].expected),
          kept.map(({ k }) => k),
          kept.map(({ k }) => examples[k].input)
        )
        return new Map(kept.map(({ k }, position) => [k, scores[position]]))
      })
    const whole = yield* scoresOf(candidate)
    const definitions = [...memory.registry.definitions.values()]
    const selected = selection(definitions, block)
    if (selected.length === 0) return yield* unknownBlock(system.name, block, definitions)
    const without =
      how === "freeze"
        ? yield* scoresOf(yield* tunedWithout(system, examples, metric, options, selected))
        : yield* scoresOf(reset(candidate, selected, how === "zero"))
    const pairs = [...whole].flatMap(([k, score]) => {
      const other = without.get(k)
      return other === undefined ? [] : [[score, other] as const]
    })
    if (pairs.length === 0) {
      return yield* new EvaluationError({
        reason: "NothingToScore",
        system: system.name,
        detail: `no example succeeds both with "${block}" and without it`,
        cure: 'Evaluate both with onFailure: "fail" to see the first failure of each'
      })
    }
    return {
      block,
      how,
      with: Score.mean(pairs.map(([score]) => score)),
      without: Score.mean(pairs.map(([, score]) => score)),
      difference: pairedDifference(pairs, confidence, seed)
    }
  }) as Effect.Effect<any, any, any>

interface Selected {
  readonly definition: Definition
  readonly fields: ReadonlySet<number>
}

const pathOf = (definition: Definition, field: Field): string =>
  field.path === "" ? definition.name : `${definition.name}.${field.path}`

const selection = (definitions: ReadonlyArray<Definition>, block: string): ReadonlyArray<Selected> =>
  definitions.flatMap((definition) => {
    const fields = definition.params.fields.flatMap((field, k) => {
      const path = pathOf(definition, field)
      return block === definition.name || path === block || path.startsWith(`${block}.`) ? [k] : []
    })
    return fields.length === 0 ? [] : [{ definition, fields: new Set(fields) }]
  })

const unknownBlock = (system: string, block: string, definitions: ReadonlyArray<Definition>) =>
  new EvaluationError({
    reason: "UnknownBlock",
    system,
    detail: `there is no block called "${block}"`,
    cure: `Blocks are ${definitions.flatMap((definition) => definition.params.fields.map((field) => pathOf(definition, field))).join(", ")}`
  })

const zeroOf = (field: Field, fallback: FieldValue): FieldValue => {
  if (field._tag === "Scalar") return Math.min(field.max, Math.max(field.min, 0))
  return field._tag === "Weight" ? constant(field.shape, new Float32Array(sizeOf(field.shape))) : fallback
}

const reset = (
  candidate: Candidate.Candidate,
  selected: ReadonlyArray<Selected>,
  zero: boolean
): Candidate.Candidate => {
  const assignments = new Map(candidate.assignments)
  for (const { definition, fields } of selected) {
    const assignment = Candidate.assignmentOf(candidate, definition)
    const initial = defaults(definition.params, { seed: candidate.seed, name: definition.name })
    const values = assignment.values.map((value, k) => {
      if (!fields.has(k)) return value
      return zero ? zeroOf(definition.params.fields[k], initial[k]) : initial[k]
    })
    assignments.set(definition.name, { ...assignment, values })
  }
  return Candidate.unsafeMake(candidate.seed, assignments)
}

/** The defaults tuned anew, with the block held still. */
const tunedWithout = <I, O, E, R, X, S extends Metric.Score>(
  system: HyperSystem<I, O, E, R>,
  examples: ReadonlyArray<Example<I, X>>,
  metric: Metric.Metric<O, X, S>,
  options: Evaluation.Options,
  selected: ReadonlyArray<Selected>
) => {
  const start = Candidate.defaults({ seed: options.seed ?? 0 })
  const untuned = make(system.name, system.program, system.definitions, start)
  const frozen = selected.flatMap(({ definition, fields }) =>
    [...fields].map((field) => pathOf(definition, definition.params.fields[field]))
  )
  return Effect.map(
    Optimization.optimize(untuned, examples, metric, { ...options, freeze: frozen }),
    ({ system }) => system.candidate ?? start
  )
}
