import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as BestDevice from "../../layers/Device.js"
import * as DeviceCuda from "../../layers/DeviceCuda.js"
import * as DeviceNode from "../../layers/DeviceNode.js"
import { Device } from "../../services/Device.js"

const configured = (values: Record<string, string>) =>
  Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(values))))

const best = (options?: BestDevice.Options, values: Record<string, string> = {}) =>
  BestDevice.make(options).pipe(configured(values))

describe("layers/Device", () => {
  it.scoped("takes the best that is there, and says why not the better ones", () =>
    Effect.gen(function* () {
      const cuda = yield* Effect.either(DeviceCuda.make())
      const { description, name } = yield* best()
      if (Either.isRight(cuda)) {
        assert.strictEqual(name, "cuda")
      } else {
        assert.strictEqual(name, "wasm")
        assert.strictEqual(description, `WebAssembly SIMD on one core; not cuda: ${cuda.left.detail}`)
      }
    })
  )

  it.scoped("tries the preferred one first, and takes another where it is missing", () =>
    Effect.gen(function* () {
      const cpu = yield* best({ prefer: "cpu", memoryBudget: 12345 })
      assert.deepStrictEqual(
        [cpu.name, cpu.description, cpu.memoryBudget],
        ["cpu", "plain JavaScript on one core", 12345]
      )
      const node = yield* Effect.either(DeviceNode.make())
      const preferred = yield* best({ prefer: "node" })
      if (Either.isRight(node)) assert.strictEqual(preferred.name, "node")
      else assert.include(preferred.description, `; not node: ${node.left.detail}`)
    })
  )

  it.scoped("takes the one that HYPERFUNC_DEVICE demands, whatever is preferred", () =>
    Effect.gen(function* () {
      const device = yield* best({ prefer: "wasm" }, { HYPERFUNC_DEVICE: "cpu" })
      assert.strictEqual(device.name, "cpu")
      assert.include(device.description, "(HYPERFUNC_DEVICE)")
    })
  )

  it.scoped("fails when the demanded one is missing, with its reason and cure", () =>
    Effect.gen(function* () {
      const cuda = yield* Effect.either(DeviceCuda.make())
      const demanded = yield* Effect.either(best({}, { HYPERFUNC_DEVICE: "cuda" }))
      assert.strictEqual(Either.isRight(demanded), Either.isRight(cuda))
      if (Either.isLeft(cuda) && Either.isLeft(demanded)) {
        assert.strictEqual(demanded.left.message, cuda.left.message)
      }
      const unknown = yield* Effect.flip(best({}, { HYPERFUNC_DEVICE: "cuba" }))
      assert.strictEqual(
        unknown.message,
        "Device cuba: HYPERFUNC_DEVICE names a device that does not exist. " +
          "Set it to one of cuda, node, wasm, cpu, or remove it"
      )
    })
  )

  it.effect("is a layer", () =>
    Effect.gen(function* () {
      const { name } = yield* Device
      assert.strictEqual(name, "cpu")
    }).pipe(Effect.provide(BestDevice.layer), configured({ HYPERFUNC_DEVICE: "cpu" }))
  )
})
