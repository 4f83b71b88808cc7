/**
 * A world that an agent acts in, one step at a time: what Gymnasium calls an environment.
 *
 * An environment is made for one episode, in a scope; nothing of it is shared between examples or candidates.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"

/**
 * What came of an action.
 *
 * @since 0.1.0
 * @category models
 */
export interface Step<out O> {
  readonly observation: O
  /** Finite. */
  readonly reward: number
  /** The task has ended: the world has nothing more to give. */
  readonly terminated: boolean
  /** It was cut short from outside. */
  readonly truncated: boolean
  readonly info: Readonly<Record<string, unknown>>
}

/**
 * What a fresh episode begins with.
 *
 * @since 0.1.0
 * @category models
 */
export interface Start<out O> {
  readonly observation: O
  readonly info: Readonly<Record<string, unknown>>
}

/**
 * One episode under way.
 *
 * @since 0.1.0
 * @category models
 */
export interface Instance<out O, in A, out E = never, out R = never> {
  /** Equal seeds give equal episodes. */
  readonly reset: (seed: number) => Effect.Effect<Start<O>, E, R>
  readonly step: (action: A) => Effect.Effect<Step<O>, E, R>
  /** What people look at: a frame as SVG. */
  readonly render?: Effect.Effect<string, E, R>
}

/**
 * - `observations`, `actions`: the spaces, as schemas; what does not fit is a typed failure
 * - `maxSteps`: episodes are truncated after so many steps
 * - `make`: a new instance, released with the scope
 *
 * @since 0.1.0
 * @category models
 */
export interface Environment<O, A, E = never, R = never> {
  readonly name: string
  readonly observations: Schema.Schema<O, any>
  readonly actions: Schema.Schema<A, any>
  readonly maxSteps: number
  readonly make: Effect.Effect<Instance<O, A, E, R>, E, R | Scope.Scope>
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = <O, A, E = never, R = never>(environment: Environment<O, A, E, R>): Environment<O, A, E, R> =>
  environment

/**
 * An environment whose dynamics are a pure function of its state, without effects.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromTransitions = <S, O, A>(options: {
  readonly name: string
  readonly observations: Schema.Schema<O, any>
  readonly actions: Schema.Schema<A, any>
  readonly maxSteps: number
  readonly start: (seed: number) => S
  readonly observe: (state: S) => O
  readonly step: (state: S, action: A) => { readonly state: S; readonly reward: number; readonly terminated: boolean }
  readonly render?: (state: S) => string
}): Environment<O, A> => {
  const { actions, maxSteps, name, observations, observe, render, start, step } = options
  return {
    name,
    observations,
    actions,
    maxSteps,
    make: Effect.sync(() => {
      let state = start(0)
      return {
        reset: (seed) =>
          Effect.sync(() => {
            state = start(seed)
            return { observation: observe(state), info: {} }
          }),
        step: (action) =>
          Effect.sync(() => {
            const next = step(state, action)
            state = next.state
            return {
              observation: observe(state),
              reward: next.reward,
              terminated: next.terminated,
              truncated: false,
              info: {}
            }
          }),
        ...(render === undefined ? {} : { render: Effect.sync(() => render(state)) })
      }
    })
  }
}
