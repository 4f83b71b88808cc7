import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { DeviceError, DeviceService } from "../../services/Device.js"
import * as Candidate from "../Candidate.js"
import { compile, type Output, type Program, record, rowOf } from "../TensorProgram.js"
import { common, inHalves } from "./groups.js"
import type { Lifted } from "./lifted.js"
import { constant, type Node, type Weight } from "./node.js"
import { mapTensors, tensorsIn } from "./structure.js"

/**
 * A group of examples that were lifted together.
 *
 * @internal
 */
export interface LiftedGroup<O> {
  readonly lifted: Lifted<O>
  /** Where its examples stand among those of the task. */
  readonly members: ReadonlyArray<number>
  readonly rows: number
  /** The score of an example as a tensor, when the device can compute it. */
  readonly score: Node | undefined
  readonly keepOutputs: boolean
}

/**
 * What a candidate gave for each example; nothing where only the score is wanted.
 *
 * @internal
 */
export type Outputs<O, E> = Array<Exit.Exit<O, E> | undefined>

/** @internal */
export interface PreparedGroup<O> extends LiftedGroup<O> {
  readonly program: Program
  readonly outputs: ReadonlyArray<Node>
  readonly parameters: ReadonlyArray<ReadonlyArray<Weight>>
  readonly bytesPerCandidate: number
  /** Hyperfunctions that a run of the group calls. */
  readonly calls: number
}

/**
 * Compiles a group for a population.
 *
 * @internal
 */
export const prepare = <O>(group: LiftedGroup<O>, candidates: ReadonlyArray<Candidate.Candidate>): PreparedGroup<O> => {
  const { keepOutputs, lifted, score } = group
  const outputs = [
    ...(score === undefined ? [] : [score]),
    ...(keepOutputs ? tensorsIn(lifted.output).filter((node) => node.lift !== undefined) : [])
  ]
  const recording = record(outputs)
  const owners = new Map(
    [...lifted.definitions.values()].flatMap((definition) =>
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
  const sizes = program.outputs.reduce((total, k) => total + program.steps[k]!.size, 0)
  const factors = parameters.reduce((total, weights) => total + (weights[0]?.direction?.length ?? 0), 0)
  return {
    ...group,
    program,
    outputs,
    parameters,
    bytesPerCandidate: 4 * (group.rows * sizes + factors),
    calls: lifted.run.calls
  }
}

/**
 * Runs a group for the candidates from `start` to `end`, and puts what comes out where the examples stand.
 *
 * @internal
 */
export const launchGroup = <O, E>(
  group: PreparedGroup<O>,
  device: DeviceService,
  start: number,
  end: number,
  byExample: ReadonlyArray<Outputs<O, E>>,
  scores: ReadonlyArray<Float64Array>,
  onLaunch: () => void
): Effect.Effect<void, DeviceError> =>
  inHalves(start, end, (first, last) =>
    Effect.map(
      device.launch({
        program: group.program,
        candidates: last - first,
        rows: group.rows,
        inputs: group.program.inputs.map((position) => {
          const operation = group.program.steps[position]!.operation
          const slot = operation._tag === "Example" ? operation.slot : 0
          return { data: group.lifted.inputs[slot]!, perCandidate: false }
        }),
        parameters: group.parameters.map((weights) => (weights.length === 1 ? weights : weights.slice(first, last)))
      }),
      (outputs) => {
        onLaunch()
        const results = new Map<Node, Output>(group.outputs.map((node, k) => [node, outputs[k]!]))
        const score = group.score && results.get(group.score)
        for (let candidate = 0; candidate < last - first; candidate++) {
          const position = first - start + candidate
          if (score !== undefined) scatter(score, candidate, group.members, scores[position]!)
          if (!group.keepOutputs) continue
          group.members.forEach((member, row) => {
            const value = mapTensors(group.lifted.output, (node) => {
              const result = results.get(node)
              return result === undefined ? node : constant(node.shape, rowOf(result, candidate, row))
            })
            byExample[position]![member] = Exit.succeed(value as O)
          })
        }
      }
    )
  )

/** Puts a candidate's score on each row where its example stands. */
const scatter = (score: Output, candidate: number, members: ReadonlyArray<number>, into: Float64Array): void => {
  const { data, rowStride } = score
  const start = candidate * score.candidateStride
  for (let row = 0; row < members.length; row++) into[members[row]!] = data[start + row * rowStride]!
}
