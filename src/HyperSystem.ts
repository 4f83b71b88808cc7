/**
 * A compound system: an ordinary Effect program over hyperfunctions, with a name.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Candidate from "./Candidate.js"
import type { Hyperfunction } from "./Hyperfunction.js"
import * as internal from "./internal/system.js"

export { ablate } from "./Ablation.js"
export { evaluate, evaluatePopulation } from "./Evaluation.js"
export { optimize, optimizeStream } from "./Optimization.js"
export { trace } from "./Trace.js"

/**
 * @since 0.1.0
 * @category type ids
 */
export const TypeId: TypeId = internal.TypeId

/**
 * @since 0.1.0
 * @category type ids
 */
export type TypeId = internal.TypeId

/**
 * @since 0.1.0
 * @category models
 */
export type HyperSystem<I, O, E, R> = internal.HyperSystem<I, O, E, R>

/**
 * The hyperfunctions of a system are found by running it. Declare them where they must be known before that: to load
 * saved parameters, or when some are called for some inputs only.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import { Hyperfunction, HyperSystem, LMParams } from "hyperfunc"
 *
 * const answer = Hyperfunction.make("answer", {
 *   params: LMParams.space,
 *   run: (params, question: string) => Effect.succeed(`${question} at ${params.temperature}`)
 * })
 *
 * const system = HyperSystem.make("assistant", { run: (question: string) => answer(question) })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <I, O, E = never, R = never>(
  name: string,
  options: {
    readonly run: (input: I) => Effect.Effect<O, E, R>
    readonly hyperfunctions?: ReadonlyArray<Hyperfunction.Any>
  }
): HyperSystem<I, O, E, R> =>
  internal.make(
    name,
    options.run,
    (options.hyperfunctions ?? []).map(({ definition }) => definition),
    undefined
  )

/**
 * The same system with other parameters. The one passed in is untouched.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withCandidate: {
  (candidate: Candidate.Candidate): <I, O, E, R>(self: HyperSystem<I, O, E, R>) => HyperSystem<I, O, E, R>
  <I, O, E, R>(self: HyperSystem<I, O, E, R>, candidate: Candidate.Candidate): HyperSystem<I, O, E, R>
} = dual(
  2,
  <I, O, E, R>(self: HyperSystem<I, O, E, R>, candidate: Candidate.Candidate): HyperSystem<I, O, E, R> =>
    internal.make(self.name, self.program, self.definitions, candidate)
)

/**
 * The parameters of a hyperfunction in a system: those it was tuned to, or its defaults.
 *
 * @since 0.1.0
 * @category accessors
 */
export const paramsOf = <P>(
  self: HyperSystem<any, any, any, any>,
  hyperfunction: Hyperfunction<any, any, any, any, P>
): P => Candidate.get(self.candidate ?? Candidate.defaults(), hyperfunction)
