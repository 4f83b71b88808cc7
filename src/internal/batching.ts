import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberSet from "effect/FiberSet"
import type * as Scope from "effect/Scope"
import type { BatcherService } from "../../services/Batcher.js"
import { Device, type DeviceError, type DeviceService } from "../../services/Device.js"
import type { Tensor } from "../Tensor.js"
import { type Entry, entry, launchAll } from "./groups.js"
import type { Node } from "./node.js"

interface Waiting {
  readonly entry: Entry
  readonly device: DeviceService
  readonly resume: (effect: Effect.Effect<ReadonlyArray<Tensor>, DeviceError>) => void
  abandoned: boolean
}

/**
 * Every call is a launch of its own.
 *
 * @internal
 */
export const unbatched = (): BatcherService => {
  let launches = 0
  let calls = 0
  return {
    submit: (tensors) =>
      Effect.flatMap(Device, (device) => {
        calls++
        return Effect.map(launchAll(device, [entry(tensors as ReadonlyArray<Node>)], () => launches++), ([result]) => result!)
      }),
    statistics: Effect.sync(() => ({ launches, calls }))
  }
}

/**
 * Calls are collected until every fiber that can run has run, then those of one structure are launched together.
 * Interrupting a waiting call takes it out of the launch.
 *
 * @internal
 */
export const batched: Effect.Effect<BatcherService, never, Scope.Scope> = Effect.gen(function*() {
  const fork = yield* FiberSet.makeRuntime<never>()
  let waiting: Array<Waiting> = []
  let launches = 0
  let calls = 0

  const launch = (group: ReadonlyArray<Waiting>): Effect.Effect<void> =>
    Effect.map(
      Effect.exit(launchAll(group[0]!.device, group.map(({ entry }) => entry), () => launches++)),
      (exit) =>
        group.forEach(({ resume }, position) =>
          resume(Exit.isSuccess(exit) ? Exit.succeed(exit.value[position]!) : Exit.failCause(exit.cause))
        )
    )

  const flush = (): void => {
    const groups = new Map<string, Array<Waiting>>()
    for (const call of waiting) {
      if (call.abandoned) continue
      const group = groups.get(call.entry.recording.key)
      if (group === undefined) groups.set(call.entry.recording.key, [call])
      else group.push(call)
    }
    waiting = []
    if (groups.size > 0) fork(Effect.forEach(groups.values(), launch, { discard: true }))
  }

  return {
    submit: (tensors) =>
      Effect.flatMap(Device, (device) =>
        Effect.async<ReadonlyArray<Tensor>, DeviceError>((resume) => {
          calls++
          const call: Waiting = { entry: entry(tensors as ReadonlyArray<Node>), device, resume, abandoned: false }
          if (waiting.push(call) === 1) setImmediate(flush)
          return Effect.sync(() => {
            call.abandoned = true
          })
        })),
    statistics: Effect.sync(() => ({ launches, calls }))
  }
})
