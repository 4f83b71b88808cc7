import * as Effect from "effect/Effect"
import type { DeviceService } from "../../services/Device.js"
import { compile, record } from "../TensorProgram.js"
import { run } from "./interpreter.js"
import { make as makeKernels } from "./kernelsJs.js"
import type { Node, Weight } from "./node.js"

/**
 * Launches where the program itself runs.
 *
 * @internal
 */
export const host: Pick<DeviceService, "launch"> = {
  launch: (launch) => Effect.sync(() => run(makeKernels(), launch, Infinity)!)
}

const values = new WeakMap<Node, Float32Array>()

/**
 * The elements of a tensor that stands for one candidate and one example, computed where the program runs. The result is
 * shared: it is not to be written to.
 *
 * @internal
 */
export const evaluate = (node: Node): Float32Array => {
  if (node.operation._tag === "Constant") return node.operation.data
  if (node.lift !== undefined) return node.lift.diverge("the program looked at the elements of a tensor")
  const known = values.get(node)
  if (known !== undefined) return known
  const recording = record([node])
  const program = compile(recording, { isRow: () => false, isShared: () => true })
  const parameters = recording.parameters.map((position): ReadonlyArray<Weight> => {
    const operation = recording.nodes[position]!.operation
    return operation._tag === "Parameter" && operation.weight !== undefined ? [operation.weight] : []
  })
  const outputs = run(makeKernels(), { program, candidates: 1, rows: 0, inputs: [], parameters }, Infinity)
  const value = outputs![0]!.data
  values.set(node, value)
  return value
}
