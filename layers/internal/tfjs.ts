/**
 * A device over a tfjs-core backend, operation by operation, with hidden candidate and example axes.
 *
 * A launch is cut into chunks that fit the memory budget. A chunk is one synchronous `tidy`, downloads included: tfjs has
 * one stack of scopes for the whole process, and a scope that is open across an await loses its tensors to its
 * neighbours. So no tensor outlives a chunk, and a launch can be interrupted between two of them.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { DeviceError, type DeviceService } from "../../services/Device.js"
import { isFactored, isMaterialised } from "../../src/internal/layout.js"
import type { Launch, Output } from "../../src/TensorProgram.js"
import { type Plan, plan, type Range } from "./tfjsPlan.js"
import { type Chunk, compute } from "./tfjsSteps.js"
import { type HostWeights, hostWeights, type Tensor, type Tfjs, upload, weightsOf } from "./tfjsWeights.js"

/** @internal */
export interface NativeBackend {
  readonly isGPUPackage?: boolean
  readonly isUsingGpuDevice?: boolean
  readonly binding?: {
    readonly TF_Version?: string
    readonly getNumOfTensors?: () => number
  }
}

/**
 * The launches of a device take turns. Closing the scope waits for the one that is running.
 *
 * @internal
 */
export const make = (options: {
  readonly tf: Tfjs
  readonly backend: string
  readonly name: string
  readonly description: string
  readonly memoryBudget: number
}): Effect.Effect<DeviceService, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { backend, memoryBudget, name, tf } = options
    const turns = yield* Effect.makeSemaphore(1)
    let launches = 0
    let peakBytes = 0

    const failure = (cause: unknown): DeviceError => {
      const detail = cause instanceof Error ? cause.message : "a kernel threw"
      return new DeviceError({
        reason: isOutOfMemory(cause, detail) ? "OutOfMemory" : "KernelFailed",
        device: name,
        detail,
        cure: "Lower memoryBudget, or report the program that did this",
        cause
      })
    }

    const outOfMemory = new DeviceError({
      reason: "OutOfMemory",
      device: name,
      detail: `one candidate and one example need more than ${memoryBudget} bytes`,
      cure: "Raise memoryBudget, or make the tensors of the program smaller"
    })

    const planned = (launch: Launch): Effect.Effect<Plan, DeviceError> =>
      Effect.flatMap(
        Effect.try({ try: () => (memoryBudget > 0 ? plan(launch, memoryBudget) : undefined), catch: failure }),
        (cut) => (cut === undefined ? outOfMemory : Effect.succeed(cut))
      )

    const inChunks = (launch: Launch, cut: Plan): Effect.Effect<ReadonlyArray<Output>, DeviceError> => {
      launches++
      peakBytes = Math.max(peakBytes, cut.bytes)
      const outputs = launch.program.outputs.map((k) => emptyOutput(launch, k))
      const chunks = cut.candidates.flatMap((candidates) => cut.rows.map((rows) => ({ candidates, rows })))
      let host: ReadonlyArray<HostWeights> = []
      const runChunk = ({ candidates, rows }: { readonly candidates: Range; readonly rows: Range }): void => {
        if (rows.start === 0) host = fetchWeights(launch, candidates)
        using(tf, backend, () => run(tf, launch, cut, candidates, rows, host, outputs))
      }
      return Effect.as(
        Effect.forEach(
          chunks,
          (chunk, k) => {
            const work = Effect.try({ try: () => runChunk(chunk), catch: failure })
            return k === 0 ? work : Effect.zipRight(breathe, work)
          },
          { discard: true }
        ),
        outputs
      )
    }

    yield* Effect.addFinalizer(() => turns.withPermits(1)(Effect.void))
    return {
      name,
      description: options.description,
      memoryBudget,
      launch: (launch) => turns.withPermits(1)(Effect.flatMap(planned(launch), (cut) => inChunks(launch, cut))),
      usage: Effect.sync(() => ({
        launches,
        peakBytes,
        tensors: tf.memory().numTensors,
        handles: (tf.findBackend(backend) as NativeBackend | null)?.binding?.getNumOfTensors?.() ?? 0
      }))
    }
  })

const isOutOfMemory = (cause: unknown, detail: string): boolean =>
  cause instanceof RangeError || /\bOOM\b|out of memory|resource.?exhausted/i.test(detail)

/** Lets timers and interruption in; a microtask would not. */
const breathe: Effect.Effect<void> = Effect.async((resume) => {
  const handle = setImmediate(() => resume(Effect.void))
  return Effect.sync(() => clearImmediate(handle))
})

/** With `backend` in use: another library, or another device, may have chosen its own. */
const using = (tf: Tfjs, backend: string, work: () => void): void => {
  const before = tf.getBackend()
  if (before !== backend) void tf.setBackend(backend)
  try {
    work()
  } finally {
    if (before && before !== backend) void tf.setBackend(before)
  }
}

const fetchWeights = (launch: Launch, { count, start }: Range): ReadonlyArray<HostWeights> =>
  launch.program.parameters.map((k) => {
    const weights = weightsOf(launch, k)
    return hostWeights(
      weights.length === 1 ? weights : weights.slice(start, start + count),
      launch.program.steps[k]!.shape
    )
  })

const run = (
  tf: Tfjs,
  launch: Launch,
  cut: Plan,
  candidates: Range,
  rows: Range,
  host: ReadonlyArray<HostWeights>,
  outputs: ReadonlyArray<Output>
): void => {
  const { program } = launch
  tf.tidy(() => {
    const weights = new Map(
      program.parameters.flatMap((k, position) => {
        const own = host[position]!
        if (own.base.length === 0) return []
        const asLinear = program.steps.some((step) => isFactored(program, step) && step.inputs[1] === k)
        return asLinear || isMaterialised(program, k) ? [[k, upload(tf, own, asLinear)] as const] : []
      })
    )
    const values: Array<Tensor | undefined> = []
    const chunk: Chunk = { tf, launch, plan: cut, candidates, rows, weights, values }
    program.steps.forEach((step, k) => {
      values[k] = tf.tidy(() => compute(chunk, k))
      program.outputs.forEach((output, position) => {
        if (output === k) download(chunk, k, outputs[position]!)
      })
      for (const used of [...step.inputs, k]) {
        if (cut.lastUse[used] !== k) continue
        values[used]?.dispose()
        values[used] = undefined
      }
    })
  })
}

const emptyOutput = ({ candidates, program, rows }: Launch, k: number): Output => {
  const step = program.steps[k]!
  const kept = step.rows ? rows : 1
  return {
    data: new Float32Array((step.candidates ? candidates : 1) * kept * step.size),
    size: step.size,
    rowStride: step.rows ? step.size : 0,
    candidateStride: step.candidates ? step.size * kept : 0
  }
}

const download = ({ candidates, launch, plan: { spans }, rows, values }: Chunk, k: number, output: Output): void => {
  const step = launch.program.steps[k]!
  const span = spans[k]!
  const data = values[k]!.dataSync()
  const ownRows = span.rows ? rows.count : 1
  for (let c = 0; c < (step.candidates ? candidates.count : 1); c++) {
    const from = span.candidates ? c * ownRows * step.size : 0
    const to = (candidates.start + c) * output.candidateStride
    for (let row = 0; row < (step.rows ? rows.count : 1); row += ownRows) {
      output.data.set(data.subarray(from, from + ownRows * step.size), to + (rows.start + row) * output.rowStride)
    }
  }
}
