/**
 * Finds better parameters for an objective.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import type { Candidate } from "../src/Candidate.js"
import type { ParamSpace } from "../src/ParamSpace.js"

/**
 * @since 0.1.0
 * @category errors
 */
export class OptimizerError extends Schema.TaggedError<OptimizerError>("hyperfunc/OptimizerError")("OptimizerError", {
  reason: Schema.Literal("InvalidOptions", "UnknownBlock", "NothingToTune", "AllCandidatesFailed"),
  detail: Schema.String,
  /** What to do about it. */
  cure: Schema.String,
  cause: Schema.optionalWith(Schema.Defect, { exact: true })
}) {
  override get message(): string {
    return `${this.detail}. ${this.cure}`
  }
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Tunable {
  readonly name: string
  readonly params: ParamSpace.Any
}

/**
 * @since 0.1.0
 * @category models
 */
export interface ObjectiveOptions {
  /** Names of the hyperfunctions in which the candidates differ. What no such call enters is computed once. */
  readonly tuned: ReadonlySet<string>
  /** Positions of the examples to use; default all. */
  readonly positions?: ReadonlyArray<number>
  /** Candidates with equal numbers draw the same random numbers. Default: all draw the same. */
  readonly stream?: (candidate: number) => number
}

/**
 * What is tuned of a system, by names of hyperfunctions (`"router"`), of weights (`"net.hidden"`) or of numbers
 * (`"router.threshold"`): nothing but `only`, and nothing in `freeze`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Selection {
  readonly only?: ReadonlyArray<string>
  readonly freeze?: ReadonlyArray<string>
}

/**
 * What is to be made better, seen through its scores.
 *
 * @since 0.1.0
 * @category models
 */
export interface Objective<out E> {
  readonly system: string
  /** Hyperfunctions that the system was seen to call on the examples. */
  readonly tunables: ReadonlyArray<Tunable>
  readonly selection: Selection
  readonly start: Candidate
  /** Score of the start on all examples. */
  readonly startScore: number
  /** How many examples there are. */
  readonly examples: number
  /** Scores of candidates, higher being better; one that failed has no score but a cause. */
  readonly evaluate: (
    candidates: ReadonlyArray<Candidate>,
    options: ObjectiveOptions
  ) => Effect.Effect<ReadonlyArray<Exit.Exit<number, E>>, E>
}

/**
 * @since 0.1.0
 * @category models
 */
export type StopReason = "generations" | "target" | "plateau" | "evaluations" | "nothingToTune"

/**
 * @since 0.1.0
 * @category models
 */
export interface GenerationReport {
  /** From 1; 0 reports the start. */
  readonly generation: number
  /** How many there will be at the most. */
  readonly generations: number
  /** Candidates evaluated so far, and on how many example runs. */
  readonly evaluations: number
  readonly runs: number
  /** Rewards of the generation's candidates on the examples it was given; `NaN` in generation 0. */
  readonly reward: { readonly mean: number; readonly min: number; readonly max: number; readonly deviation: number }
  /** Candidates without a reward in this generation. */
  readonly failures: number
  /** Score of the current parameters on all examples. */
  readonly score: number
  /** The best such score so far, and the parameters that had it. */
  readonly best: { readonly generation: number; readonly score: number; readonly candidate: Candidate }
  readonly elapsed: Duration.Duration
  /** Present in the last report. */
  readonly stopped: StopReason | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface OptimizerService {
  /** Refuses options that cannot be, before anything is evaluated. */
  readonly check: Effect.Effect<void, OptimizerError>
  /** Reports the start, then every generation; the last report says why it is the last. */
  readonly optimize: <E>(objective: Objective<E>) => Stream.Stream<GenerationReport, E | OptimizerError>
}

/**
 * @since 0.1.0
 * @category services
 */
export class Optimizer extends Context.Tag("hyperfunc/Optimizer")<Optimizer, OptimizerService>() {}
