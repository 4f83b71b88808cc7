import * as Effect from "effect/Effect"
import type { DeviceError, DeviceService } from "../../services/Device.js"
import { compile, type Input, type Launch, type Output, type Recording, record, rowOf } from "../TensorProgram.js"
import { constant, type Node, type Weight } from "./node.js"

/**
 * A computation for one candidate and one example.
 *
 * @internal
 */
export interface Entry {
  readonly recording: Recording
  readonly candidate: ReadonlyArray<Weight>
}

/** @internal */
export const entry = (nodes: ReadonlyArray<Node>): Entry => {
  const recording = record(nodes)
  const candidate = recording.parameters.map((position): Weight => {
    const operation = recording.nodes[position]!.operation
    if (operation._tag === "Parameter" && operation.weight !== undefined) return operation.weight
    throw new Error(`a tensor of a lifted run is used outside it`)
  })
  return { recording, candidate }
}

/**
 * Runs entries in as few launches as their structures and shapes allow: a launch is a rectangle of candidates and rows of
 * one structure, so candidates with equally many rows go together. Gives one list of tensors an entry, in their order.
 *
 * @internal
 */
export const launchAll = (
  device: Pick<DeviceService, "launch">,
  entries: ReadonlyArray<Entry>,
  onLaunch: () => void
): Effect.Effect<ReadonlyArray<ReadonlyArray<Node>>, DeviceError> =>
  Effect.gen(function* () {
    const results = new Array<ReadonlyArray<Node>>(entries.length)
    const launch = (rectangle: Rectangle): Effect.Effect<void, DeviceError> =>
      Effect.map(device.launch(launchOf(entries, rectangle)), (outputs) => {
        onLaunch()
        rectangle.forEach((rows, candidate) =>
          rows.forEach((position, row) => {
            results[position] = entries[position]!.recording.outputs.map((k, output) =>
              constant(entries[position]!.recording.nodes[k]!.shape, rowOf(outputs[output] as Output, candidate, row))
            )
          })
        )
      })
    const ofOne = (rows: ReadonlyArray<number>): Effect.Effect<void, DeviceError> =>
      inHalves(0, rows.length, (start, end) => launch([rows.slice(start, end)]))
    for (const rectangle of rectangles(entries)) {
      yield* inHalves(0, rectangle.length, (start, end) =>
        end - start === 1 ? ofOne(rectangle[start]!) : launch(rectangle.slice(start, end))
      )
    }
    return results
  })

/**
 * Launches what lies from `start` to `end` together, or in halves where that does not fit the device. Pairs stay together
 * for as long as they can.
 *
 * @internal
 */
export const inHalves = (
  start: number,
  end: number,
  launch: (start: number, end: number) => Effect.Effect<void, DeviceError>
): Effect.Effect<void, DeviceError> =>
  Effect.catchAll(launch(start, end), (error) => {
    if (error.reason !== "OutOfMemory" || end - start < 2) return Effect.fail(error)
    const middle = start + 2 * Math.ceil((end - start) / 4) - (end - start === 2 ? 1 : 0)
    return Effect.zipRight(inHalves(start, middle, launch), inHalves(middle, end, launch))
  })

/** Positions of entries of one structure, by candidate; all candidates of a rectangle have equally many. */
type Rectangle = ReadonlyArray<ReadonlyArray<number>>

const rectangles = (entries: ReadonlyArray<Entry>): ReadonlyArray<Rectangle> => {
  const identities = new Map<Weight, number>()
  const candidates = new Map<string, Array<number>>()
  entries.forEach(({ candidate, recording }, position) => {
    let key = `${recording.key}|`
    for (const weight of candidate) {
      let identity = identities.get(weight)
      if (identity === undefined) identities.set(weight, (identity = identities.size))
      key += `${identity},`
    }
    const rows = candidates.get(key)
    if (rows === undefined) candidates.set(key, [position])
    else rows.push(position)
  })
  const byShape = new Map<string, Array<ReadonlyArray<number>>>()
  for (const rows of candidates.values()) {
    const shape = `${entries[rows[0]!]!.recording.key}|${rows.length}`
    const same = byShape.get(shape)
    if (same === undefined) byShape.set(shape, [rows])
    else same.push(rows)
  }
  return [...byShape.values()]
}

const launchOf = (entries: ReadonlyArray<Entry>, rectangle: Rectangle): Launch => {
  const order = rectangle.flat()
  const { recording } = entries[order[0]!]!
  const isSame = (position: number): boolean => {
    const node = recording.nodes[position]!
    return order.every((k) => entries[k]!.recording.nodes[position] === node)
  }
  const shared = new Set(recording.constants.filter(isSame))
  const parameters = recording.parameters.map((_, slot) =>
    common(rectangle.map((rows) => entries[rows[0]!]!.candidate[slot]!))
  )
  const program = compile(recording, {
    isRow: (position) => !shared.has(position),
    isShared: (position) => parameters[recording.parameters.indexOf(position)]!.length === 1
  })
  const inputs = program.inputs.map((position): Input => {
    const { size } = program.steps[position]!
    const data = new Float32Array(order.length * size)
    order.forEach((k, row) => {
      const operation = entries[k]!.recording.nodes[position]!.operation
      if (operation._tag === "Constant") data.set(operation.data, row * size)
    })
    return { data, perCandidate: true }
  })
  return { program, candidates: rectangle.length, rows: rectangle[0]!.length, inputs, parameters }
}

/**
 * One weight when all are the same, so that what depends on it is not computed for every candidate.
 *
 * @internal
 */
export const common = (weights: ReadonlyArray<Weight>): ReadonlyArray<Weight> => {
  const first = weights[0]!
  const isFirst = (weight: Weight): boolean =>
    weight === first ||
    (weight.base === first.base && weight.direction === first.direction && weight.scale === first.scale)
  return weights.every(isFirst) ? [first] : weights
}
