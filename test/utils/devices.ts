import { assert } from "@effect/vitest"
import * as backendCpu from "@tensorflow/tfjs-backend-cpu"
import * as core from "@tensorflow/tfjs-core"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Tfjs from "../../layers/internal/tfjs.js"
import type { DeviceService } from "../../services/Device.js"
import type { Launch, Output } from "../../src/TensorProgram.js"

export { backendCpu, core }

/** The interpreter that the GPU uses, over tfjs's plain JavaScript backend. */
export const tfjsCpu = (
  options: { readonly tf?: typeof core; readonly memoryBudget?: number } = {}
): Effect.Effect<DeviceService, never, Scope.Scope> =>
  Tfjs.make({
    tf: options.tf ?? core,
    backend: "cpu",
    name: "tfjs-cpu",
    description: "tfjs-backend-cpu",
    memoryBudget: options.memoryBudget ?? 2 ** 30
  })

/** A copy of tfjs that tells `after` of every call. */
export const watched = (after: (name: string) => void): typeof core =>
  Object.fromEntries(
    Object.entries(core).map(([name, value]) => [
      name,
      typeof value !== "function"
        ? value
        : (...args: ReadonlyArray<never>) => {
            const result = (value as (...args: ReadonlyArray<never>) => unknown)(...args)
            after(name)
            return result
          }
    ])
  ) as unknown as typeof core

/** Most bytes that tfjs-backend-cpu has held while `run` ran, views counted once. */
export const mostBytes = <A, E, R>(run: Effect.Effect<A, E, R>): Effect.Effect<number, E, R> =>
  Effect.suspend(() => {
    const { data } = core.findBackend("cpu") as unknown as { readonly data: core.DataStorage<{ values: Float32Array }> }
    const sizes = new Map<object, number>()
    let [now, most] = [0, 0]
    const own = { set: data.set, delete: data.delete }
    data.set = (id, value) => {
      sizes.set(id, value.values?.length ?? 0)
      now += sizes.get(id)! * 4
      most = Math.max(most, now)
      return own.set.call(data, id, value)
    }
    data.delete = (id) => {
      now -= (sizes.get(id) ?? 0) * 4
      return own.delete.call(data, id)
    }
    return run.pipe(
      Effect.map(() => most),
      Effect.ensuring(Effect.sync(() => Object.assign(data, own)))
    )
  })

/** The greatest difference between two sets of outputs, relative where numbers are greater than one. */
export const difference = (left: ReadonlyArray<Output>, right: ReadonlyArray<Output>): number => {
  assert.strictEqual(left.length, right.length)
  let greatest = 0
  left.forEach((one, k) => {
    const other = right[k]!
    assert.deepStrictEqual(layoutOf(one), layoutOf(other))
    one.data.forEach((a, at) => {
      const b = other.data[at]!
      const apart = Object.is(a, b) ? 0 : Math.abs(a - b) / Math.max(1, Math.abs(a))
      greatest = Number.isNaN(apart) ? Infinity : Math.max(greatest, apart)
    })
  })
  return greatest
}

const layoutOf = ({ candidateStride, data, rowStride, size }: Output) => ({
  length: data.length,
  size,
  rowStride,
  candidateStride
})

export const bits = (outputs: ReadonlyArray<Output>): ReadonlyArray<Int32Array> =>
  outputs.map(({ data }) => new Int32Array(data.buffer, data.byteOffset, data.length))

/** The part of a launch that is one candidate and one row. */
export const only = (launch: Launch, candidate: number, row: number): Launch => ({
  program: launch.program,
  candidates: 1,
  rows: 1,
  inputs: launch.inputs.map(({ data, perCandidate }, k) => {
    const { size } = launch.program.steps[launch.program.inputs[k]!]!
    const start = ((perCandidate ? candidate * launch.rows : 0) + row) * size
    return { data: data.slice(start, start + size), perCandidate }
  }),
  parameters: launch.parameters.map((weights) => (weights.length === 1 ? weights : [weights[candidate]!]))
})
