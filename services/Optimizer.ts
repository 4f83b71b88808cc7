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
  reason: Schema.Literal("InvalidOptions", "UnknownBlock", "NothingToTune", "AllCandidatesFailed", "ModelFailed"),
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
 * A call that a run made, when it has ended.
 *
 * @since 0.1.0
 * @category models
 */
export interface ObservedCall {
  readonly hyperfunction: string
  readonly args: ReadonlyArray<unknown>
  readonly exit: Exit.Exit<unknown, unknown>
}

/**
 * What a candidate did with an example.
 *
 * @since 0.1.0
 * @category models
 */
export interface Observation<out E> {
  /** Position of the example. */
  readonly example: number
  readonly input: unknown
  readonly expected: unknown
  readonly output: Exit.Exit<unknown, E>
  /** Score and feedback; the failure where there is none. A metric that only scores leaves the feedback empty. */
  readonly grade: Exit.Exit<{ readonly score: number; readonly feedback: string }, E>
  /** In the order in which they ended. */
  readonly calls: ReadonlyArray<ObservedCall>
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
  /** What the start did with each example, for an optimizer that observes. */
  readonly startObservations: ReadonlyArray<Observation<E>>
  /** How many examples there are. */
  readonly examples: number
  /** Scores of candidates, higher being better; one that failed has no score but a cause. */
  readonly evaluate: (
    candidates: ReadonlyArray<Candidate>,
    options: ObjectiveOptions
  ) => Effect.Effect<ReadonlyArray<Exit.Exit<number, E>>, E>
  /** Runs candidates and shows what they did: for each, one observation an example. */
  readonly observe: (
    candidates: ReadonlyArray<Candidate>,
    options: ObjectiveOptions
  ) => Effect.Effect<ReadonlyArray<ReadonlyArray<Observation<E>>>, E>
}

/**
 * @since 0.1.0
 * @category models
 */
export type StopReason = "generations" | "target" | "plateau" | "evaluations" | "budget" | "converged" | "nothingToTune"

/**
 * A change that was tried, and what came of it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Proposal {
  /** What it changed, as `hyperfunction.field`. */
  readonly changed: ReadonlyArray<string>
  /** The changed texts, before and after; demonstrations as JSON. */
  readonly before: string
  readonly after: string
  readonly outcome: "accepted" | "rejected"
  /** Why, for people. */
  readonly reason: string
  /** Examples on which it did better and worse than what it came from. */
  readonly won: ReadonlyArray<number>
  readonly lost: ReadonlyArray<number>
}

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
  /** True if so many failed that there was nothing to learn from: the parameters are as they were. */
  readonly skipped?: boolean
  /** Score of the current parameters on all examples. */
  readonly score: number
  /** The best such score so far, and the parameters that had it. */
  readonly best: { readonly generation: number; readonly score: number; readonly candidate: Candidate }
  readonly elapsed: Duration.Duration
  /** Changes of prompts that were tried in this generation. */
  readonly proposals?: ReadonlyArray<Proposal>
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
  /** Whether it wants to see what the start did with each example. */
  readonly observes?: boolean
  /** Reports the start, then every generation; the last report says why it is the last. */
  readonly optimize: <E>(objective: Objective<E>) => Stream.Stream<GenerationReport, E | OptimizerError>
}

/**
 * @since 0.1.0
 * @category services
 */
export class Optimizer extends Context.Tag("hyperfunc/Optimizer")<Optimizer, OptimizerService>() {}
