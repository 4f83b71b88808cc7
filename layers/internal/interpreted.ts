import * as Effect from "effect/Effect"
import { DeviceError, type DeviceService } from "../../services/Device.js"
import { run } from "../../src/internal/interpreter.js"
import type { Kernels } from "../../src/internal/Kernels.js"

/** @internal */
export const defaultMemoryBudget = 64 * 1024 * 1024

/**
 * A device that interprets programs with a set of kernels.
 *
 * @internal
 */
export const make = (options: {
  readonly name: string
  readonly description: string
  readonly kernels: Kernels
  readonly memoryBudget: number
}): DeviceService => {
  let launches = 0
  let peakBytes = 0
  const kernels: Kernels = {
    ...options.kernels,
    reserve: (floats) => {
      peakBytes = Math.max(peakBytes, floats * 4)
      return options.kernels.reserve(floats)
    }
  }
  return {
    name: options.name,
    description: options.description,
    memoryBudget: options.memoryBudget,
    launch: (launch) =>
      Effect.flatMap(
        Effect.try({
          try: () => {
            launches++
            return options.memoryBudget > 0 ? run(kernels, launch, options.memoryBudget) : undefined
          },
          catch: (cause) =>
            new DeviceError({
              reason: cause instanceof RangeError ? "OutOfMemory" : "KernelFailed",
              device: options.name,
              detail: cause instanceof Error ? cause.message : "a kernel threw",
              cure: "Lower memoryBudget, or report the program that did this",
              cause
            })
        }),
        (outputs) =>
          outputs === undefined
            ? new DeviceError({
                reason: "OutOfMemory",
                device: options.name,
                detail: `one candidate and four examples need more than ${options.memoryBudget} bytes`,
                cure: "Raise memoryBudget, or make the tensors of the program smaller"
              })
            : Effect.succeed(outputs)
      ),
    usage: Effect.sync(() => ({ launches, peakBytes, tensors: 0, handles: 0 }))
  }
}
