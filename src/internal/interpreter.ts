import type { Launch, Output } from "../TensorProgram.js"
import { type Frame, type Instruction, instruction, makeFrame, sharedProduct } from "./instructions.js"
import type { Kernels } from "./Kernels.js"
import { layout, workOf } from "./layout.js"

/**
 * Runs a launch tile by tile: what depends on nothing once, what depends on the example once per tile, and the rest once
 * per candidate and tile, in the same few kilobytes. Gives `undefined` when the launch does not fit `maximumBytes`.
 *
 * @internal
 */
export const run = (kernels: Kernels, launch: Launch, maximumBytes: number): ReadonlyArray<Output> | undefined => {
  const work = workOf(launch)
  const plan = layout(work, Math.floor(maximumBytes / 4))
  if (plan === undefined) return undefined
  const frame = makeFrame(kernels, work, plan, kernels.reserve(plan.floats))
  const { memory } = frame
  const { steps } = launch.program
  plan.bases.forEach((address, base) => memory.set(base, address))
  plan.directions.forEach(({ a, b, bLength }, direction) => {
    if (direction.rank !== undefined && direction.key !== undefined) {
      kernels.normals(direction.key, b, 0, bLength)
      kernels.normals(direction.key, a, bLength, direction.length - bLength)
    } else {
      direction.fill(memory, plan.staging)
      memory.copyWithin(b, plan.staging, plan.staging + bLength)
      memory.copyWithin(a, plan.staging + bLength, plan.staging + direction.length)
    }
  })

  const phase = (of: (rows: boolean, candidates: boolean) => boolean): ReadonlyArray<Instruction> =>
    steps.flatMap((step, k) => (of(step.rows, step.candidates) ? [instruction(frame, k)] : []))
  const once = phase((rows, candidates) => !rows && !candidates)
  const perExample = phase((rows, candidates) => rows && !candidates)
  const products = steps.flatMap((_, k) => sharedProduct(frame, k) ?? [])
  const perCandidate = phase((rows, candidates) => !rows && candidates)
  const perBoth = phase((rows, candidates) => rows && candidates)
  const outputs = launch.program.outputs.map((k) => output(frame, k))
  const storing = (of: (rows: boolean, candidates: boolean) => boolean): ReadonlyArray<Instruction> =>
    launch.program.outputs.flatMap((k, position) =>
      of(steps[k]!.rows, steps[k]!.candidates) ? [store(frame, k, outputs[position]!)] : []
    )
  const storeOnce = storing((rows, candidates) => !rows && !candidates)
  const storePerExample = storing((rows, candidates) => rows && !candidates)
  const storePerCandidate = storing((rows, candidates) => !rows && candidates)
  const storePerBoth = storing((rows, candidates) => rows && candidates)

  const execute = (instructions: ReadonlyArray<Instruction>, candidate: number, start: number, count: number): void => {
    for (let k = 0; k < instructions.length; k++) instructions[k]!(candidate, start, count)
  }
  execute(once, 0, 0, 0)
  execute(storeOnce, 0, 0, 0)
  const tiles = Math.max(1, Math.ceil(launch.rows / Math.max(1, plan.lanes)))
  for (let tile = 0; tile < tiles; tile++) {
    const start = tile * plan.lanes
    const count = Math.min(plan.lanes, launch.rows - start)
    frame.direction.fill(undefined)
    execute(perExample, 0, start, count)
    execute(products, 0, start, count)
    execute(storePerExample, 0, start, count)
    for (let candidate = 0; candidate < launch.candidates; candidate++) {
      execute(perCandidate, candidate, start, count)
      if (tile === 0) execute(storePerCandidate, candidate, 0, 0)
      execute(perBoth, candidate, start, count)
      execute(storePerBoth, candidate, start, count)
    }
  }
  return outputs
}

const output = ({ launch }: Frame, k: number): Output => {
  const step = launch.program.steps[k]!
  const rows = step.rows ? launch.rows : 1
  return {
    data: new Float32Array((step.candidates ? launch.candidates : 1) * rows * step.size),
    size: step.size,
    rowStride: step.rows ? step.size : 0,
    candidateStride: step.candidates ? step.size * rows : 0
  }
}

const store = ({ kernels, launch, memory, plan }: Frame, k: number, output: Output): Instruction => {
  const step = launch.program.steps[k]!
  const address = plan.address[k]!
  if (!step.rows) {
    const value = memory.subarray(address, address + step.size)
    return (candidate) => output.data.set(value, candidate * output.candidateStride)
  }
  return (candidate, start, count) => {
    kernels.fromLanes(plan.staging, address, count, step.size, plan.lanes)
    const value = memory.subarray(plan.staging, plan.staging + count * step.size)
    output.data.set(value, candidate * output.candidateStride + start * output.rowStride)
  }
}
