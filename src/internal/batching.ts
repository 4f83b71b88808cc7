import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
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
  /** Whose call it is: one that has ended wants no answer. */
  readonly fiber: Fiber.RuntimeFiber<unknown, unknown>
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
        return Effect.map(
          launchAll(device, [entry(tensors as ReadonlyArray<Node>)], () => launches++),
          ([result]) => result!
        )
      }),
    statistics: Effect.sync(() => ({ launches, calls }))
  }
}

/**
 * Calls are collected until every fiber that can run has run, then those of one device and structure are launched
 * together. Interrupting a waiting call takes it out of the launch; closing the scope interrupts all that wait.
 *
 * @internal
 */
export const batched: Effect.Effect<BatcherService, never, Scope.Scope> = Effect.gen(function* () {
  const fork = yield* FiberSet.makeRuntime<never>()
  let waiting: Array<Waiting> = []
  let launches = 0
  let calls = 0
  let closed = false

  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      closed = true
      waiting.forEach(({ resume }) => resume(Effect.interrupt))
      waiting = []
    })
  )

  const launch = (group: ReadonlyArray<Waiting>) =>
    Effect.onExit(
      launchAll(
        group[0]!.device,
        group.map(({ entry }) => entry),
        () => launches++
      ),
      (exit) =>
        Effect.sync(() =>
          group.forEach(({ resume }, position) =>
            resume(Exit.isSuccess(exit) ? Exit.succeed(exit.value[position]!) : Exit.failCause(exit.cause))
          )
        )
    )

  const flush = (): void => {
    const devices = new Map<DeviceService, Map<string, Array<Waiting>>>()
    for (const call of waiting) {
      if (call.fiber.unsafePoll() !== null) continue
      let groups = devices.get(call.device)
      if (groups === undefined) devices.set(call.device, (groups = new Map()))
      const group = groups.get(call.entry.recording.key)
      if (group === undefined) groups.set(call.entry.recording.key, [call])
      else group.push(call)
    }
    waiting = []
    for (const groups of devices.values()) {
      for (const group of groups.values()) fork(launch(group))
    }
  }

  return {
    submit: (tensors) =>
      Effect.flatMap(Device, (device) =>
        Effect.withFiberRuntime<ReadonlyArray<Tensor>, DeviceError>((fiber) =>
          Effect.async((resume) => {
            if (closed) return resume(Effect.interrupt)
            calls++
            const call: Waiting = { entry: entry(tensors as ReadonlyArray<Node>), device, resume, fiber }
            if (waiting.push(call) === 1) setImmediate(flush)
          })
        )
      ),
    statistics: Effect.sync(() => ({ launches, calls }))
  }
})
