import type * as Effect from "effect/Effect"
import type { DeviceError, DeviceService } from "../../services/Device.js"
import * as Candidate from "../Candidate.js"
import { compile, type Input, type Output, type Program, record } from "../TensorProgram.js"
import { common } from "./groups.js"
import type { Lifted } from "./lifted.js"
import type { Node, Operation, Weight } from "./node.js"

/**
 * A part of a lifted run that is launched on its own, for a population.
 *
 * @internal
 */
export interface Stage {
  readonly program: Program
  /** One weight a candidate for each parameter of the program; a single one is shared by all. */
  readonly parameters: ReadonlyArray<ReadonlyArray<Weight>>
}

/** @internal */
export type Example = Extract<Operation, { readonly _tag: "Example" }>

/** @internal */
export const make = (
  { definitions }: Pick<Lifted<unknown>, "definitions">,
  candidates: ReadonlyArray<Candidate.Candidate>,
  outputs: ReadonlyArray<Node>
): Stage => {
  const recording = record(outputs)
  const owners = new Map(
    [...definitions.values()].flatMap((definition) =>
      definition.params.fields.map(
        (_, field) => [Candidate.parameterKey(definition, field), { definition, field }] as const
      )
    )
  )
  const parameters = recording.parameters.map((position): ReadonlyArray<Weight> => {
    const operation = recording.nodes[position]!.operation
    if (operation._tag !== "Parameter") return []
    if (operation.weight !== undefined) return [operation.weight]
    const { definition, field } = owners.get(operation.key)!
    return common(candidates.map((candidate) => Candidate.weightsOf(candidate, definition)[field]!))
  })
  const program = compile(recording, {
    isRow: () => false,
    isShared: (position) => parameters[recording.parameters.indexOf(position)]!.length === 1
  })
  return { program, parameters }
}

/**
 * Runs a stage for the candidates from `first` to `last`; `inputOf` gives the data of its leaves.
 *
 * @internal
 */
export const launch = (
  { parameters, program }: Stage,
  device: Pick<DeviceService, "launch">,
  { first, last, rows }: { readonly first: number; readonly last: number; readonly rows: number },
  inputOf: (leaf: Example) => Float32Array
): Effect.Effect<ReadonlyArray<Output>, DeviceError> =>
  device.launch({
    program,
    candidates: last - first,
    rows,
    inputs: program.inputs.map((position): Input => {
      const leaf = program.steps[position]!.operation as Example
      return { data: inputOf(leaf), perCandidate: leaf.perCandidate === true }
    }),
    parameters: parameters.map((weights) => (weights.length === 1 ? weights : weights.slice(first, last)))
  })

/**
 * An output with all its axes: `[candidates, rows, size]`.
 *
 * @internal
 */
export const spread = (output: Output, candidates: number, rows: number): Float32Array => {
  const { candidateStride, data, rowStride, size } = output
  if (candidateStride === rows * size && rowStride === size) return data
  const all = new Float32Array(candidates * rows * size)
  for (let candidate = 0; candidate < candidates; candidate++) {
    for (let row = 0; row < rows; row++) {
      const start = candidate * candidateStride + row * rowStride
      all.set(data.subarray(start, start + size), (candidate * rows + row) * size)
    }
  }
  return all
}
