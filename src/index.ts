/**
 * The language of hyperfunc. Everything is also there by module, for example `hyperfunc/Tensor`; services and their layers
 * are `hyperfunc/services/…` and `hyperfunc/layers/…`.
 *
 * @since 0.1.0
 */
import * as CallGraphModule from "./CallGraph.js"
import * as CandidateModule from "./Candidate.js"
import * as ExampleModule from "./Example.js"
import * as HyperfunctionModule from "./Hyperfunction.js"
import * as HyperSystemModule from "./HyperSystem.js"
import * as LoRAWeightModule from "./LoRAWeight.js"
import * as MetricModule from "./Metric.js"
import * as PredictModule from "./Predict.js"
import * as ScorerModule from "./Scorer.js"
import * as SignatureModule from "./Signature.js"
import * as SolverModule from "./Solver.js"
import * as TensorModule from "./Tensor.js"
import * as TextModule from "./Text.js"

/**
 * Tuned systems as JSON and weights.
 *
 * @since 0.1.0
 */
export * as Artefact from "./Artefact.js"
/**
 * The best of several samples, by a scorer.
 *
 * @since 0.1.0
 */
export * as BestOfN from "./BestOfN.js"
/**
 * How far a judge agrees with people.
 *
 * @since 0.1.0
 */
export * as Calibration from "./Calibration.js"
/**
 * Predictions that reason before they answer.
 *
 * @since 0.1.0
 */
export * as ChainOfThought from "./ChainOfThought.js"
/**
 * Systems that talk.
 *
 * @since 0.1.0
 */
export * as ChatSystem from "./ChatSystem.js"
/**
 * Two experiments, pair by pair.
 *
 * @since 0.1.0
 */
export * as Comparison from "./Comparison.js"
/**
 * What was said, and how it ended.
 *
 * @since 0.1.0
 */
export * as Conversation from "./Conversation.js"
/**
 * Worlds to act in, a step at a time.
 *
 * @since 0.1.0
 */
export * as Environment from "./Environment.js"
/**
 * How episodes went, and metrics of them.
 *
 * @since 0.1.0
 */
export * as Episode from "./Episode.js"
/**
 * Rules that an experiment has to pass.
 *
 * @since 0.1.0
 */
export * as EvalGate from "./EvalGate.js"
/**
 * Evolution strategies: `init`, `ask`, `tell`.
 *
 * @since 0.1.0
 */
export * as EvolutionStrategy from "./EvolutionStrategy.js"
/**
 * From rewards to weights of a step.
 *
 * @since 0.1.0
 */
export * as FitnessShaping from "./FitnessShaping.js"
/**
 * Systems that act in an environment.
 *
 * @since 0.1.0
 */
export * as GameSystem from "./GameSystem.js"
/**
 * Scorers that ask a model.
 *
 * @since 0.1.0
 */
export * as Judge from "./Judge.js"
/**
 * Calls of language models as hyperfunctions.
 *
 * @since 0.1.0
 */
export * as Llm from "./Llm.js"
/**
 * Logged runs, as reports and terminals show them.
 *
 * @since 0.1.0
 */
export * as LoggedRun from "./LoggedRun.js"
/**
 * Memories as a part of a prompt.
 *
 * @since 0.1.0
 */
export * as MemoryContext from "./MemoryContext.js"
/**
 * Providers and prices.
 *
 * @since 0.1.0
 */
export * as ModelTable from "./ModelTable.js"
/**
 * Noise as a function of where it is used.
 *
 * @since 0.1.0
 */
export * as Noise from "./Noise.js"
/**
 * Parameter spaces.
 *
 * @since 0.1.0
 */
export * as Params from "./Params.js"

/**
 * Reflective prompt optimisation: `init`, `ask`, `tell`.
 *
 * @since 0.1.0
 */
export * as PromptSearch from "./PromptSearch.js"
/**
 * Logs of optimizations.
 *
 * @since 0.1.0
 */
export * as RunLog from "./RunLog.js"

/**
 * A paired test that may stop at any time.
 *
 * @since 0.1.0
 */
export * as SequentialTest from "./SequentialTest.js"

/**
 * Answers of a schema.
 *
 * @since 0.1.0
 */
export * as Structured from "./Structured.js"
/**
 * What a trace says of each hyperfunction.
 *
 * @since 0.1.0
 */
export * as TraceSummary from "./TraceSummary.js"
/**
 * Spans of agents, tools and memories, and what of them is told.
 *
 * @since 0.1.0
 */
export * as Tracing from "./Tracing.js"

/**
 * The calls that a run made, and those it should have made.
 *
 * @since 0.1.0
 */
export * as Trajectory from "./Trajectory.js"

/**
 * Worlds in tensors, a population's episodes at once.
 *
 * @since 0.1.0
 */
export * as VectorEnvironment from "./VectorEnvironment.js"

/**
 * What a run called, and what depended on what.
 *
 * @since 0.1.0
 */
export const CallGraph: typeof CallGraphModule = CallGraphModule

/**
 * @since 0.1.0
 */
export type CallGraph = CallGraphModule.CallGraph

/**
 * Parameters in force.
 *
 * @since 0.1.0
 */
export const Candidate: typeof CandidateModule = CandidateModule

/**
 * @since 0.1.0
 */
export type Candidate = CandidateModule.Candidate

/**
 * Inputs and what is expected of them.
 *
 * @since 0.1.0
 */
export const Example: typeof ExampleModule = ExampleModule

/**
 * @since 0.1.0
 */
export type Example<I, X> = ExampleModule.Example<I, X>

/**
 * Programs over hyperfunctions, and what can be done with them.
 *
 * @since 0.1.0
 */
export const HyperSystem: typeof HyperSystemModule = HyperSystemModule

/**
 * @since 0.1.0
 */
export type HyperSystem<I, O, E, R> = HyperSystemModule.HyperSystem<I, O, E, R>

/**
 * Functions with parameters.
 *
 * @since 0.1.0
 */
export const Hyperfunction: typeof HyperfunctionModule = HyperfunctionModule

/**
 * @since 0.1.0
 */
export type Hyperfunction<In extends ReadonlyArray<any>, A, E, R, P> = HyperfunctionModule.Hyperfunction<In, A, E, R, P>

/**
 * Dense matrices searched with low-rank noise.
 *
 * @since 0.1.0
 */
export const LoRAWeight: typeof LoRAWeightModule = LoRAWeightModule

/**
 * @since 0.1.0
 */
export type LoRAWeight = LoRAWeightModule.LoRAWeight

/**
 * What is made as high as possible.
 *
 * @since 0.1.0
 */
export const Metric: typeof MetricModule = MetricModule

/**
 * @since 0.1.0
 */
export type Metric<O, X, S extends MetricModule.Score = MetricModule.Score> = MetricModule.Metric<O, X, S>

/**
 * Typed questions to a language model.
 *
 * @since 0.1.0
 */
export const Predict: typeof PredictModule = PredictModule

/**
 * @since 0.1.0
 */
export type Predict<Input, Output> = PredictModule.Predict<Input, Output>

/**
 * How good an output is, and why.
 *
 * @since 0.1.0
 */
export const Scorer: typeof ScorerModule = ScorerModule

/**
 * @since 0.1.0
 */
export type Scorer<O, X, E = never, R = never> = ScorerModule.Scorer<O, X, E, R>

/**
 * What a model is asked for.
 *
 * @since 0.1.0
 */
export const Signature: typeof SignatureModule = SignatureModule

/**
 * @since 0.1.0
 */
export type Signature<Input, Output> = SignatureModule.Signature<Input, Output>

/**
 * How an estimated gradient becomes a step.
 *
 * @since 0.1.0
 */
export const Solver: typeof SolverModule = SolverModule

/**
 * @since 0.1.0
 */
export type Solver = SolverModule.Solver

/**
 * Immutable tensors.
 *
 * @since 0.1.0
 */
export const Tensor: typeof TensorModule = TensorModule

/**
 * @since 0.1.0
 */
export type Tensor = TensorModule.Tensor

/**
 * Templates with typed placeholders.
 *
 * @since 0.1.0
 */
export const Text: typeof TextModule = TextModule

/**
 * @since 0.1.0
 */
export type Text<Names extends string = string> = TextModule.Text<Names>

export { Batcher } from "../services/Batcher.js"
export { Budget, BudgetError } from "../services/Budget.js"
export { Device, DeviceError } from "../services/Device.js"
export { Embedder } from "../services/Embedder.js"
export { LLM, LLMError } from "../services/LLM.js"
export { Memory, MemoryError } from "../services/Memory.js"
export { Optimizer, OptimizerError } from "../services/Optimizer.js"
export { RunLogger } from "../services/RunLogger.js"
export { Tracer, TracerError } from "../services/Tracer.js"
export { AdapterParams } from "./AdapterParams.js"
export { ArtefactError } from "./Artefact.js"
export { ConversationError } from "./ConversationError.js"
export { EpisodeError } from "./EpisodeError.js"
export { EvaluationError } from "./EvaluationError.js"
export { EvolutionError } from "./EvolutionStrategy.js"
export { LMParams } from "./LMParams.js"
export { ParamsError } from "./ParamsError.js"
export { PolicyError } from "./Policy.js"
export { PredictError } from "./PredictError.js"
export { RunLogError } from "./RunLogError.js"
export { ScorerError } from "./ScorerError.js"
export { SignatureError } from "./Signature.js"
export { TensorError } from "./Tensor.js"
