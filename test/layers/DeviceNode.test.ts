import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as DeviceCpu from "../../layers/DeviceCpu.js"
import * as DeviceCuda from "../../layers/DeviceCuda.js"
import * as DeviceNode from "../../layers/DeviceNode.js"
import type { DeviceService } from "../../services/Device.js"
import type * as Node from "../../src/internal/node.js"
import * as Tensor from "../../src/Tensor.js"
import { compile, record } from "../../src/TensorProgram.js"
import { difference } from "../utils/devices.js"
import { classifier, randomLaunch } from "../utils/programs.js"

const reference = DeviceCpu.make()
const digits = classifier({ candidates: 32, rows: 50, features: 16, hidden: 8, classes: 4 })

const launches = (device: DeviceService, isExact: boolean) =>
  Effect.gen(function* () {
    const before = yield* device.usage
    for (let seed = 0; seed < 300; seed++) {
      const launch = randomLaunch(seed)
      const apart = difference(yield* reference.launch(launch), yield* device.launch(launch))
      assert.isAtMost(apart, isExact ? 1e-5 : 1e-3, `seed ${seed}`)
    }
    assert.isAtMost(difference(yield* reference.launch(digits), yield* device.launch(digits)), isExact ? 1e-5 : 1e-3)
    const ties = record([
      Tensor.argMax(
        Tensor.from([
          [1, 3, 3, 0, 3],
          [2, 2, 2, 2, 2]
        ]),
        1
      ) as Node.Node
    ])
    const program = compile(ties, { isRow: () => false, isShared: () => false })
    const [first] = yield* device.launch({ program, candidates: 1, rows: 1, inputs: [], parameters: [] })
    assert.deepStrictEqual([...first!.data], [1, 0])
    const { handles, tensors } = yield* device.usage
    assert.deepStrictEqual({ handles, tensors }, { handles: before.handles, tensors: before.tensors })
  })

const failing = (device: DeviceService) =>
  Effect.gen(function* () {
    const before = yield* device.usage
    const parameters = digits.parameters.map((weights, k) =>
      k === digits.parameters.length - 1 ? weights.map((weight) => ({ ...weight, base: new Float32Array(3) })) : weights
    )
    const error = yield* Effect.flip(device.launch({ ...digits, parameters }))
    assert.strictEqual(error.reason, "KernelFailed")
    const { handles, tensors } = yield* device.usage
    assert.deepStrictEqual({ handles, tensors }, { handles: before.handles, tensors: before.tensors })
  })

const acquired = (make: Effect.Effect<DeviceService, unknown, never>): Promise<string> =>
  Effect.runPromise(Effect.match(make, { onFailure: String, onSuccess: () => "" }))

const missingCuda = await acquired(Effect.scoped(DeviceCuda.make()))
const missingNode = await acquired(Effect.scoped(DeviceNode.make()))

describe(`libtensorflow on the processor${missingNode && ` (skipped: ${missingNode})`}`, () => {
  it.scoped.skipIf(missingNode !== "")(
    "agrees with plain JavaScript and keeps no tensor and no handle",
    () => Effect.flatMap(DeviceNode.make(), (device) => launches(device, true)),
    60_000
  )

  it.scoped.skipIf(missingNode !== "")("in small chunks too", () =>
    Effect.gen(function* () {
      const device = yield* DeviceNode.make({ memoryBudget: 20_000 })
      assert.isAtMost(difference(yield* reference.launch(digits), yield* device.launch(digits)), 1e-5)
    })
  )

  it.scoped.skipIf(missingNode !== "")("keeps nothing after an interruption between two chunks", () =>
    Effect.gen(function* () {
      const device = yield* DeviceNode.make({ memoryBudget: 20_000 })
      const before = yield* device.usage
      const running = yield* Effect.fork(device.launch(digits))
      yield* Effect.yieldNow()
      assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(running)))
      const { handles, launches, tensors } = yield* device.usage
      assert.deepStrictEqual([launches, handles, tensors], [1, before.handles, before.tensors])
    })
  )

  it.scoped.skipIf(missingNode !== "")("keeps nothing after a failure", () =>
    Effect.flatMap(DeviceNode.make(), failing)
  )
})

describe(`libtensorflow on the GPU${missingCuda && ` (skipped: ${missingCuda})`}`, () => {
  it.scoped.skipIf(missingCuda !== "")(
    "agrees with plain JavaScript and keeps no tensor and no handle",
    () => Effect.flatMap(DeviceCuda.make(), (device) => launches(device, false)),
    60_000
  )

  it.scoped.skipIf(missingCuda !== "")("keeps nothing after a failure", () =>
    Effect.flatMap(DeviceCuda.make(), failing)
  )
})
