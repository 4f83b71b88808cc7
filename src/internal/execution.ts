import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Random from "effect/Random"
import type { ParamSpace } from "../ParamSpace.js"
import type { Loop } from "./loop.js"
import type { Lift, Node } from "./node.js"

/**
 * What makes a hyperfunction the one it is: policies wrap it and keep it.
 *
 * @internal
 */
export interface Definition {
  readonly name: string
  readonly kind: "effect" | "tensor"
  readonly params: ParamSpace<any>
}

/**
 * One call, as whoever watches it sees it.
 *
 * @internal
 */
export interface Call<A, E, R> {
  readonly definition: Definition
  readonly args: ReadonlyArray<unknown>
  /** The parameters that the call is given. */
  readonly assignmentOf: () => object
  readonly run: Effect.Effect<A, E, R>
}

/**
 * What an evaluation, a trace or a lifted run adds to every call made under it.
 *
 * @internal
 */
export interface Execution {
  readonly around: <A, E, R>(call: Call<A, E, R>) => Effect.Effect<A, E, R>
  /** Present while tensors stand for all candidates and examples. */
  readonly lift: LiftedCalls | undefined
  /** Where a run draws its random numbers. */
  readonly random: () => Random.Random
  /** Counters of the call budgets that live as long as an evaluation, and as an example. */
  readonly budgets: { readonly evaluation: Budgets; readonly example: Budgets } | undefined
}

/** @internal */
export interface LiftedCalls extends Lift {
  /** Stands for every candidate; one that a program provides for a call is another. */
  readonly candidate: object
  readonly parameters: (definition: Definition) => ReadonlyArray<unknown>
  /** A tensor that stands for what every candidate and example computes elsewhere. */
  readonly leaf: (shape: ReadonlyArray<number>) => Node
  /** Episodes that the run plays, in order. */
  readonly loops: Array<Loop>
  /** Calls of hyperfunctions so far. */
  calls: number
}

/**
 * Calls counted so far, by the policy that counts them.
 *
 * @internal
 */
export type Budgets = Map<object, number>

/**
 * Ends a lifted run. It is thrown as a defect so that no handler of the program's own errors can swallow it.
 *
 * @internal
 */
export class Diverged extends Error {
  readonly _tag = "Diverged"
  constructor(reason: string) {
    super(reason)
  }
}

/**
 * Two hyperfunctions of one name were called in one run.
 *
 * @internal
 */
export class DuplicateName extends Error {
  readonly _tag = "DuplicateName"
  readonly hyperfunction: string
  constructor(hyperfunction: string) {
    super(`two different hyperfunctions are called "${hyperfunction}"`)
    this.hyperfunction = hyperfunction
  }
}

/** @internal */
export class CurrentExecution extends Context.Reference<CurrentExecution>()("hyperfunc/internal/Execution", {
  defaultValue: (): Execution | undefined => undefined
}) {}

/**
 * The budgets of the call that is being made: that of the outermost policy.
 *
 * @internal
 */
export class CurrentCall extends Context.Reference<CurrentCall>()("hyperfunc/internal/CurrentCall", {
  defaultValue: (): { readonly definition: object; readonly budgets: Budgets } | undefined => undefined
}) {}
