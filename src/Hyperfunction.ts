/**
 * A hyperfunction is a function whose behaviour has parameters: a name, a parameter space, and a `run` that receives the
 * parameters of the candidate in force.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { Batcher } from "../services/Batcher.js"
import type { Device, DeviceError } from "../services/Device.js"
import * as Candidate from "./Candidate.js"
import { unbatched } from "./internal/batching.js"
import { type Hyperfunction, wrap } from "./internal/callable.js"
import { CurrentExecution, type Definition } from "./internal/execution.js"
import type { Node } from "./internal/node.js"
import { mapTensors, tensorsIn } from "./internal/structure.js"
import * as Tracing from "./internal/tracing.js"
import type { ParamSpace, TensorParams } from "./ParamSpace.js"
import { type Policy, type PolicyError, withPolicy } from "./Policy.js"
import { type Tensor, TensorError } from "./Tensor.js"

export type { Hyperfunction } from "./internal/callable.js"

export {
  /**
   * @since 0.1.0
   * @category guards
   */
  isHyperfunction
} from "./internal/callable.js"

export {
  /**
   * Refuses calls beyond a number in a scope.
   *
   * @since 0.1.0
   * @category policies
   */
  withMaxCalls,
  /**
   * Tries again as a schedule says.
   *
   * @since 0.1.0
   * @category policies
   */
  withRetry,
  /**
   * Interrupts the call when it takes longer.
   *
   * @since 0.1.0
   * @category policies
   */
  withTimeout
} from "./Policy.js"

/**
 * A hyperfunction over any Effect: a model call, a tool, a rule with a threshold.
 *
 * The name is its identity in a system, in artefacts and in reports. A `policy` declares retry, timeout and call budget
 * at once, in the order of {@link withPolicy}.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect"
 * import { Hyperfunction, LMParams } from "hyperfunc"
 *
 * const scoreAnswer = Hyperfunction.make("scoreAnswer", {
 *   params: LMParams.space,
 *   run: (params, x: number) => Effect.succeed(x - Math.abs(params.temperature - 0.5))
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: {
  <P, In extends ReadonlyArray<any>, A, E = never, R = never>(
    name: string,
    options: {
      readonly params: ParamSpace<P>
      readonly run: (params: P, ...args: In) => Effect.Effect<A, E, R>
      readonly policy?: undefined
    }
  ): Hyperfunction<In, A, E, R, P>
  <P, In extends ReadonlyArray<any>, A, E = never, R = never, R2 = never>(
    name: string,
    options: {
      readonly params: ParamSpace<P>
      readonly run: (params: P, ...args: In) => Effect.Effect<A, E, R>
      readonly policy: Policy<NoInfer<E> | PolicyError, R2>
    }
  ): Hyperfunction<In, A, E | PolicyError, R | R2, P>
} = <P, In extends ReadonlyArray<any>, A, E, R>(
  name: string,
  options: {
    readonly params: ParamSpace<P>
    readonly run: (params: P, ...args: In) => Effect.Effect<A, E, R>
    readonly policy?: Policy<any, any> | undefined
  }
): Hyperfunction<In, A, any, any, P> => {
  const definition: Definition = { name, kind: "effect", params: options.params }
  const self = wrap(definition, options.params, (...args: In) =>
    Effect.contextWithEffect((context: Context.Context<never>) => {
      const candidate = Context.get(context, Candidate.Current)
      const execution = Context.get(context, CurrentExecution)
      const run = Effect.suspend(() => options.run(Candidate.paramsOf(candidate, definition) as P, ...args))
      if (execution === undefined) return Tracing.call(definition, args, run)
      return execution.around({
        definition,
        args,
        assignmentOf: () => Candidate.assignmentOf(candidate, definition),
        run
      })
    })
  )
  return options.policy === undefined ? self : withPolicy(self, options.policy)
}

/**
 * A hyperfunction made of {@link Tensor} operations alone, written for one example. An evaluation runs it for a whole
 * population and all examples at once. Numbers in the parameter space arrive as scalar tensors.
 *
 * It fails with a {@link TensorError} when shapes do not fit.
 *
 * @example
 * ```ts
 * import { Hyperfunction, LoRAWeight, Tensor } from "hyperfunc"
 *
 * const hidden = Hyperfunction.tensor("hidden", {
 *   params: LoRAWeight.create({ outDim: 4, inDim: 2, noiseRank: 2 }),
 *   run: (weight, x: Tensor) => Tensor.relu(Tensor.linear(x, weight))
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const tensor = <P, In extends ReadonlyArray<any>, A>(
  name: string,
  options: {
    readonly params: ParamSpace<P>
    readonly run: (params: TensorParams<P>, ...args: In) => A
  }
): Hyperfunction<In, A, TensorError | DeviceError, Device, P> => {
  const definition: Definition = { name, kind: "tensor", params: options.params }
  const write = (params: unknown, args: In): Effect.Effect<A, TensorError> =>
    Effect.suspend(() => {
      try {
        return Effect.succeed(options.run(params as TensorParams<P>, ...args))
      } catch (error) {
        if (error instanceof TensorError) return Effect.fail(error)
        throw error
      }
    })
  return wrap(definition, options.params, (...args: In) =>
    Effect.contextWithEffect((context: Context.Context<never>) => {
      const execution = Context.get(context, CurrentExecution)
      const candidate = Context.get(context, Candidate.Current)
      const lift = execution?.lift
      const run: Effect.Effect<A, TensorError | DeviceError, Device> =
        lift === undefined
          ? Effect.flatMap(write(Candidate.tensorParamsOf(candidate, definition), args), (value) =>
              compute(context, value)
            )
          : write(
              candidate === lift.candidate
                ? lift.parameters(definition)
                : Candidate.tensorParamsOf(candidate, definition),
              args
            )
      if (execution === undefined) return Tracing.call(definition, args, run)
      return execution.around({
        definition,
        args,
        assignmentOf: () => Candidate.assignmentOf(candidate, definition),
        run
      })
    })
  )
}

const direct = unbatched()

const compute = <A>(context: Context.Context<never>, value: A): Effect.Effect<A, DeviceError, Device> => {
  const nodes = tensorsIn(value)
  const batcher = (context.unsafeMap.get(Batcher.key) as typeof direct | undefined) ?? direct
  return Effect.map(batcher.submit(nodes), (results) => {
    if (value === (nodes[0] as unknown)) return results[0] as A
    const byNode = new Map<Node, Tensor>(nodes.map((node, k) => [node, results[k]!]))
    return mapTensors(value, (node) => byNode.get(node)) as A
  })
}
