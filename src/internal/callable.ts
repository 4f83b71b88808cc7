import type * as Effect from "effect/Effect"
import { type Pipeable, pipeArguments } from "effect/Pipeable"
import type { ParamSpace } from "../ParamSpace.js"
import type { Definition } from "./execution.js"

/**
 * @since 0.1.0
 * @category type ids
 */
const TypeId: TypeId = "~hyperfunc/Hyperfunction"

/**
 * @since 0.1.0
 * @category type ids
 */
type TypeId = "~hyperfunc/Hyperfunction"

/**
 * @since 0.1.0
 * @category models
 */
export interface Hyperfunction<in In extends ReadonlyArray<any>, out A, out E, out R, in out P> extends Pipeable {
  (...args: In): Effect.Effect<A, E, R>
  readonly [TypeId]: TypeId
  /** @internal */
  readonly definition: Definition
  readonly params: ParamSpace<P>
}

/**
 * @since 0.1.0
 * @category utility types
 */
export declare namespace Hyperfunction {
  /**
   * @since 0.1.0
   */
  export type Any = Hyperfunction<any, any, any, any, any>
  /**
   * @since 0.1.0
   */
  export type Success<T> = T extends Hyperfunction<any, infer A, any, any, any> ? A : never
  /**
   * @since 0.1.0
   */
  export type Error<T> = T extends Hyperfunction<any, any, infer E, any, any> ? E : never
  /**
   * @since 0.1.0
   */
  export type Context<T> = T extends Hyperfunction<any, any, any, infer R, any> ? R : never
  /**
   * @since 0.1.0
   */
  export type ParamsOf<T> = T extends Hyperfunction<any, any, any, any, infer P> ? P : never
}

/**
 * @since 0.1.0
 * @category guards
 */
export const isHyperfunction = (u: unknown): u is Hyperfunction.Any => typeof u === "function" && TypeId in u

/**
 * The same hyperfunction called in another way: policies are made with it.
 *
 * @internal
 */
export const wrap = <In extends ReadonlyArray<any>, A, E, R, P>(
  definition: Definition,
  params: ParamSpace<P>,
  call: (...args: In) => Effect.Effect<A, E, R>
): Hyperfunction<In, A, E, R, P> => {
  const wrapped = Object.assign((...args: In) => call(...args), {
    [TypeId]: TypeId,
    definition,
    params,
    pipe() {
      return pipeArguments(this, arguments)
    }
  })
  Object.defineProperty(wrapped, "name", { value: definition.name })
  return wrapped as any
}
