/**
 * Systems that act: an input is the seed of an episode, and an output how it went.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Environment } from "./Environment.js"
import type { EpisodeResult } from "./Episode.js"
import type { EpisodeError } from "./EpisodeError.js"
import type { Hyperfunction } from "./Hyperfunction.js"
import * as episode from "./internal/agents/episode.js"
import * as vectorisation from "./internal/agents/vectorised.js"
import * as System from "./internal/system.js"
import type { Tensor } from "./Tensor.js"
import type { VectorEnvironment, VectorEpisode } from "./VectorEnvironment.js"

/**
 * Which episode. Equal seeds begin alike; 0 is a seed like any other.
 *
 * @since 0.1.0
 * @category models
 */
export interface GameInput {
  readonly seed: number
}

/**
 * An action and what the agent says of it: what it thinks that the state is worth, and anything else. Both are kept in a
 * recording.
 *
 * @since 0.1.0
 * @category models
 */
export interface GameReply<out A> {
  readonly action: A
  readonly value?: number
  readonly metadata?: Readonly<Record<string, unknown>>
}

/**
 * Where in an episode an agent acts; `step` counts from 0.
 *
 * @since 0.1.0
 * @category models
 */
export interface GameContext {
  readonly step: number
  readonly seed: number
}

/**
 * A system that plays: each run makes an environment of its own, resets it with the seed of its input, acts until the
 * environment ends the episode or `maxSteps` is reached, and releases it.
 *
 * - `environment`: actions that are not in its space and rewards that are not finite are failures
 * - `act`: the agent; an action, or a reply that holds one
 * - `hyperfunctions`: as for a `HyperSystem`
 * - `maxSteps`: when an episode is truncated, default the environment's
 * - `record`: whether results hold the steps, and frames of an environment that can be looked at; default false
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import * as Schema from "effect/Schema"
 * import { Environment, GameSystem, Hyperfunction, Params } from "hyperfunc"
 *
 * const countdown = Environment.fromTransitions({
 *   name: "countdown",
 *   observations: Schema.Int,
 *   actions: Schema.Int,
 *   maxSteps: 20,
 *   start: (seed) => 10 + (seed % 5),
 *   observe: (left) => left,
 *   step: (left, taken) => ({ state: left - taken, reward: left === taken ? 1 : 0, terminated: left <= taken })
 * })
 *
 * const take = Hyperfunction.make("take", {
 *   params: Params.bounded({ min: 1, max: 4, default: 1 }),
 *   run: (most, left: number) => Effect.succeed(Math.min(left, Math.round(most)))
 * })
 *
 * const player = GameSystem.make("player", { environment: countdown, act: (left) => take(left) })
 *
 * const result = player.run({ seed: 0 })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <O, A, E = never, R = never, E2 = never, R2 = never>(
  name: string,
  options: {
    readonly environment: Environment<O, A, E2, R2>
    readonly act: (observation: O, context: GameContext) => Effect.Effect<A | GameReply<A>, E, R>
    readonly hyperfunctions?: ReadonlyArray<Hyperfunction.Any>
    readonly maxSteps?: number
    readonly record?: boolean
  }
): System.HyperSystem<GameInput, EpisodeResult<O, A>, E | E2 | EpisodeError, R | Exclude<R2, Scope.Scope>> =>
  System.make(name, episode.play(name, options), definitionsOf(options.hyperfunctions), undefined)

/**
 * A system that plays in tensors. Its input is a state to start from (see `VectorEnvironment.episodes`). Evaluating a
 * population advances the episodes of all candidates and examples together, step by step, until the last is over: the
 * policy in one launch for all of them, the world in another. One run on its own gives the same bits.
 *
 * - `policy`: an action for what it sees of a state, from tensor hyperfunctions and {@link Tensor} operations
 * - `hyperfunctions`: as for a `HyperSystem`
 *
 * @since 0.1.0
 * @category constructors
 */
export const vectorised = <E = never, R = never>(
  name: string,
  options: {
    readonly environment: VectorEnvironment
    readonly policy: (observation: Tensor) => Effect.Effect<Tensor, E, R>
    readonly hyperfunctions?: ReadonlyArray<Hyperfunction.Any>
  }
): System.HyperSystem<Tensor, VectorEpisode, E | EpisodeError, R> =>
  System.make(
    name,
    vectorisation.play(name, options.environment, options.policy),
    definitionsOf(options.hyperfunctions),
    undefined
  )

const definitionsOf = (hyperfunctions: ReadonlyArray<Hyperfunction.Any> = []) =>
  hyperfunctions.map(({ definition }) => definition)
