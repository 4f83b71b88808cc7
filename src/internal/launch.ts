import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { DeviceError, DeviceService } from "../../services/Device.js"
import type * as Candidate from "../Candidate.js"
import { type Output, rowOf } from "../TensorProgram.js"
import * as Episodes from "./episodes.js"
import { inHalves } from "./groups.js"
import type { Lifted } from "./lifted.js"
import { constant, type Node } from "./node.js"
import * as Stage from "./stage.js"
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
  readonly episodes: ReadonlyArray<Episodes.Episodes>
  readonly stage: Stage.Stage
  readonly outputs: ReadonlyArray<Node>
  readonly bytesPerCandidate: number
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
  const episodes = lifted.run.loops.map((loop) => Episodes.prepare(loop, lifted, candidates))
  const stage = Stage.make(lifted, candidates, outputs)
  const stages = [stage, ...episodes.flatMap(({ dynamics, initial, policy }) => [initial, policy, dynamics])]
  const floats = stages.reduce((total, { parameters, program }) => {
    const sizes = program.outputs.reduce((sum, k) => sum + program.steps[k]!.size, 0)
    const factors = parameters.reduce((sum, weights) => sum + (weights[0]?.direction?.length ?? 0), 0)
    return total + group.rows * sizes + factors
  }, 0)
  return { ...group, episodes, stage, outputs, bytesPerCandidate: 4 * floats }
}

/**
 * Runs a group for the candidates from `start` to `end`, and puts what comes out where the examples stand. `onLaunch` is
 * told how many calls of hyperfunctions a launch stood for.
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
  onLaunch: (calls: number) => void
): Effect.Effect<void, DeviceError> =>
  inHalves(start, end, (first, last) =>
    Effect.gen(function* () {
      const { lifted, rows, stage } = group
      const range = { first, last, rows }
      const played = new Map<number, Float32Array>()
      const inputOf = ({ perCandidate, slot }: Stage.Example): Float32Array =>
        perCandidate ? played.get(slot)! : lifted.inputs[slot]!
      for (const episodes of group.episodes) {
        const results = yield* Episodes.play(episodes, device, range, inputOf, onLaunch)
        for (const [leaf, data] of results) played.set(Episodes.slotOf(leaf), data)
      }
      const outputs = yield* Stage.launch(stage, device, range, inputOf)
      onLaunch(lifted.run.calls * rows * (last - first))
      const results = new Map<Node, Output>(group.outputs.map((node, k) => [node, outputs[k]!]))
      const score = group.score && results.get(group.score)
      for (let candidate = 0; candidate < last - first; candidate++) {
        const position = first - start + candidate
        if (score !== undefined) scatter(score, candidate, group.members, scores[position]!)
        if (!group.keepOutputs) continue
        group.members.forEach((member, row) => {
          const value = mapTensors(lifted.output, (node) => {
            const result = results.get(node)
            return result === undefined ? node : constant(node.shape, rowOf(result, candidate, row))
          })
          byExample[position]![member] = Exit.succeed(value as O)
        })
      }
    })
  )

/** Puts a candidate's score on each row where its example stands. */
const scatter = (score: Output, candidate: number, members: ReadonlyArray<number>, into: Float64Array): void => {
  const { data, rowStride } = score
  const start = candidate * score.candidateStride
  for (let row = 0; row < members.length; row++) into[members[row]!] = data[start + row * rowStride]!
}
