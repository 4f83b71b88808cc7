import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { EpisodeError } from "../../EpisodeError.js"
import * as Tensor from "../../Tensor.js"
import { compile, record } from "../../TensorProgram.js"
import type { VectorEnvironment, VectorEpisode } from "../../VectorEnvironment.js"
import { breathe } from "../breathe.js"
import { describe } from "../describe.js"
import { CurrentExecution, type LiftedCalls } from "../execution.js"
import { evaluate } from "../host.js"
import { run } from "../interpreter.js"
import { make as makeKernels } from "../kernelsJs.js"
import { type Results, Tally } from "../loop.js"
import { constant, type Lift, make, type Node, sizeOf } from "../node.js"
import type { Example } from "../stage.js"
import { keepable, messageOf } from "../thrown.js"
import { guarded } from "./defects.js"
import { invoked } from "./invoked.js"

/** @internal */
export type VectorPolicy<E, R> = (observation: Tensor.Tensor) => Effect.Effect<Tensor.Tensor, E, R>

/** Steps after which timers and interruptions have their turn. */
const STEPS_PER_BREATH = 64

/**
 * Plays an episode from a state: step by step, or in a lifted run as one that stands for those of all candidates and
 * examples.
 *
 * @internal
 */
export const play =
  <E, R>(agent: string, environment: VectorEnvironment, policy: VectorPolicy<E, R>) =>
  (initial: Tensor.Tensor): Effect.Effect<VectorEpisode, E | EpisodeError, R> =>
    Effect.contextWithEffect((context: Context.Context<never>) => {
      const fault = faultOfRun(environment, initial)
      if (fault !== undefined) return Effect.fail(fault)
      const lift = Context.get(context, CurrentExecution)?.lift
      return lift === undefined
        ? invoked(alone(environment, policy, initial), agent, {
            attributes: { "hyperfunc.environment": environment.name },
            cameOf: ({ steps, totalReward, truncated }) => ({
              "hyperfunc.episode.steps": Tensor.toNumber(steps),
              "hyperfunc.episode.reward": Tensor.toNumber(totalReward),
              "hyperfunc.episode.truncated": Tensor.toNumber(truncated) === 1
            })
          })
        : together(environment, policy, initial, lift)
    })

const alone = <E, R>(
  environment: VectorEnvironment,
  policy: VectorPolicy<E, R>,
  initial: Tensor.Tensor
): Effect.Effect<VectorEpisode, E | EpisodeError, R> =>
  Effect.gen(function* () {
    const tally = new Tally(evaluate(initial as Node).slice(), 1)
    if (tally.states.some(Number.isNaN)) {
      return yield* failure(environment, 0, "InvalidOptions", "the state to start from holds NaN", "Start from numbers")
    }
    let world: World | undefined
    for (let step = 0; step < environment.maxSteps && tally.alive > 0; step++) {
      const state = constant(initial.shape, tally.states.slice())
      const observation = yield* attempt(environment, step, () => observationOf(environment, state))
      const action = yield* decide(environment, step, () => policy(observation))
      const outcome = yield* attempt(environment, step, () => {
        world ??= worldOf(environment, state.shape, action.shape)
        return world(tally.states, action.data)
      })
      tally.add(0, action.data, outcome, 0)
      if (tally.isSpoilt(0)) return yield* faultOfStep(environment, step, outcome)
      if (step % STEPS_PER_BREATH === STEPS_PER_BREATH - 1) yield* breathe
    }
    const { finalState, steps, terminated, totalReward, truncated } = tally.results()
    return {
      totalReward: constant([], totalReward),
      steps: constant([], steps),
      terminated: constant([], terminated),
      truncated: constant([], truncated),
      finalState: constant(initial.shape, finalState)
    }
  })

/** What comes of an action in a state, as {@link dynamicsOf} says it. */
type World = (state: Float32Array, action: Float32Array) => Float32Array

/** The dynamics of an environment, compiled once for all steps. */
const worldOf = (
  environment: VectorEnvironment,
  stateShape: ReadonlyArray<number>,
  actionShape: ReadonlyArray<number>
): World => {
  const symbols: Lift = {
    diverge: (reason) => {
      throw new TypeError(`${reason}; an environment is made of tensor operations alone`)
    }
  }
  const leaf = (slot: number, shape: ReadonlyArray<number>) => make(shape, { _tag: "Example", slot }, [], symbols)
  const [state, action] = [leaf(0, stateShape), leaf(1, actionShape)]
  const program = compile(record([dynamicsOf(environment, state, action)]), {
    isRow: () => false,
    isShared: () => true
  })
  const slots = program.inputs.map((k) => (program.steps[k]!.operation as Example).slot)
  return (...data) => {
    const inputs = slots.map((slot) => ({ data: data[slot]!, perCandidate: false }))
    return run(makeKernels(), { program, candidates: 1, rows: 1, inputs, parameters: [] }, Infinity)![0]!.data
  }
}

const together = <E, R>(
  environment: VectorEnvironment,
  policy: VectorPolicy<E, R>,
  initial: Tensor.Tensor,
  lift: LiftedCalls
): Effect.Effect<VectorEpisode, E | EpisodeError, R> =>
  Effect.gen(function* () {
    const state = lift.leaf(initial.shape)
    const before = lift.calls
    const chosen = yield* policy(observationOf(environment, state))
    const calls = lift.calls - before
    lift.calls = before
    const action = lift.leaf(chosen.shape)
    const dynamics = dynamicsOf(environment, state, action)
    const foreign = record([dynamics]).nodes.some(
      (node) => node.inputs.length === 0 && node.lift !== undefined && node !== state && node !== action
    )
    if (foreign) lift.diverge(`${environment.name} depends on more than its state and the action`)
    const scalar = () => lift.leaf([])
    const results: Results<Node> = {
      totalReward: scalar(),
      steps: scalar(),
      terminated: scalar(),
      truncated: scalar(),
      finalState: lift.leaf(initial.shape)
    }
    lift.loops.push({
      maxSteps: environment.maxSteps,
      initial: initial as Node,
      state,
      policy: chosen as Node,
      action,
      dynamics,
      results,
      calls
    })
    return results
  })

const observationOf = ({ name, observationSize, observe }: VectorEnvironment, state: Node): Tensor.Tensor => {
  const observation = observe === undefined ? state : observe(state)
  if (sizeOf(observation.shape) === observationSize) return observation
  throw new TypeError(`${name} shows ${sizeOf(observation.shape)} numbers and says that it shows ${observationSize}`)
}

/** The next state, the reward and whether the episode goes on, as one vector. */
const dynamicsOf = (environment: VectorEnvironment, state: Node, action: Tensor.Tensor): Node => {
  const { alive, reward, state: next } = environment.step(state, action)
  return Tensor.combine([
    Tensor.reshape(next, [sizeOf(state.shape)]),
    Tensor.reshape(reward, [1]),
    Tensor.reshape(alive, [1])
  ]) as Node
}

const failure = (
  { name }: VectorEnvironment,
  step: number,
  reason: EpisodeError["reason"],
  detail: string,
  cure: string,
  cause?: { readonly cause: unknown }
): EpisodeError => new EpisodeError({ reason, environment: name, step, detail, cure, ...cause })

const faultOfRun = (environment: VectorEnvironment, initial: unknown): EpisodeError | undefined => {
  const { maxSteps } = environment
  if (!(Number.isSafeInteger(maxSteps) && maxSteps > 0)) {
    const detail = `maxSteps is ${describe(maxSteps)}`
    return failure(environment, 0, "InvalidOptions", detail, "Use a whole number of at least 1")
  }
  if (Tensor.isTensor(initial)) return undefined
  const detail = `the state to start from is ${describe(initial)}`
  return failure(environment, 0, "InvalidOptions", detail, "Use a tensor, as VectorEnvironment.episodes makes them")
}

/** Why an episode is spoilt by what came of an action that is sound. */
const faultOfStep = (environment: VectorEnvironment, step: number, outcome: Float32Array): EpisodeError => {
  const reward = outcome.at(-2)
  if (!Number.isFinite(reward)) {
    return failure(environment, step, "BadReward", `the reward is ${reward}`, "Give a finite number")
  }
  return outcome.some(Number.isNaN)
    ? failure(
        environment,
        step,
        "EnvironmentFailed",
        "the next state, or alive, holds NaN",
        "Make its step give numbers"
      )
    : failure(environment, step, "BadReward", "the sum of the rewards is not finite", "Give smaller rewards")
}

const attempt = <A>(environment: VectorEnvironment, step: number, compute: () => A): Effect.Effect<A, EpisodeError> =>
  Effect.try({
    try: compute,
    catch: (cause) =>
      failure(
        environment,
        step,
        "EnvironmentFailed",
        `the environment threw: ${messageOf(cause)}`,
        "Make its step give a state of the shape of the one before, and two scalars",
        { cause: keepable(cause) }
      )
  })

/** The action of a policy, computed. */
const decide = <E, R>(
  environment: VectorEnvironment,
  step: number,
  policy: () => Effect.Effect<Tensor.Tensor, E, R>
): Effect.Effect<{ readonly shape: ReadonlyArray<number>; readonly data: Float32Array }, E | EpisodeError, R> => {
  const illegal = (detail: string) =>
    failure(environment, step, "IllegalAction", `the policy chose ${detail}`, "Choose a tensor of numbers")
  const computed = () =>
    Effect.flatMap(policy(), (action) =>
      Tensor.isTensor(action)
        ? Effect.succeed({ shape: action.shape, data: evaluate(action as Node) })
        : Effect.fail(illegal(describe(action)))
    )
  return guarded(computed, (defect) =>
    failure(
      environment,
      step,
      "AgentFailed",
      `the policy threw: ${messageOf(defect)}`,
      "Make it fail with an error of its own, or mend it",
      { cause: keepable(defect) }
    )
  ).pipe(
    Effect.filterOrFail(
      ({ data }) => !data.some(Number.isNaN),
      () => illegal("NaN")
    )
  )
}
