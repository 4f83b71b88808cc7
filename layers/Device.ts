/**
 * The best device that is there. Its description says which one that is, and why not the better ones.
 *
 * The order is that of measured speed: a GPU, then the embedded WebAssembly kernels, which beat libtensorflow on the
 * processor, then plain JavaScript. `DeviceNode` is taken only when it is asked for.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { Device, DeviceError, type DeviceService } from "../services/Device.js"
import * as DeviceCpu from "./DeviceCpu.js"
import * as DeviceCuda from "./DeviceCuda.js"
import * as DeviceNode from "./DeviceNode.js"
import * as DeviceWasm from "./DeviceWasm.js"

const names = ["cuda", "node", "wasm", "cpu"] as const

/**
 * @since 0.1.0
 * @category models
 */
export type Name = (typeof names)[number]

const ladder: ReadonlyArray<Name> = ["cuda", "wasm", "cpu"]

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Bytes that a launch may use; each device has its own default. */
  readonly memoryBudget?: number
  /** Tried before all others. */
  readonly prefer?: Name
}

const acquire = (
  name: Name,
  options: { readonly memoryBudget?: number }
): Effect.Effect<DeviceService, DeviceError, Scope.Scope> => {
  switch (name) {
    case "cuda":
      return DeviceCuda.make(options)
    case "node":
      return DeviceNode.make(options)
    case "wasm":
      return DeviceWasm.make(options)
    case "cpu":
      return Effect.sync(() => DeviceCpu.make(options))
  }
}

const isName = (name: string): name is Name => (names as ReadonlyArray<string>).includes(name)

const required: Effect.Effect<Option.Option<Name>, DeviceError> = Config.string("HYPERFUNC_DEVICE").pipe(
  Config.withDefault(""),
  Effect.orElseSucceed(() => ""),
  Effect.flatMap((name) => {
    if (name === "") return Effect.succeedNone
    if (isName(name)) return Effect.succeedSome(name)
    return new DeviceError({
      reason: "PackageMissing",
      device: name,
      detail: "HYPERFUNC_DEVICE names a device that does not exist",
      cure: `Set it to one of ${names.join(", ")}, or remove it`
    })
  })
)

/**
 * The first of cuda, wasm and cpu that can be acquired. Fails only when the configuration `HYPERFUNC_DEVICE` demands a
 * device by name that is not there.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Effect.Effect<DeviceService, DeviceError, Scope.Scope> =>
  Effect.gen(function* () {
    const { prefer, ...own } = options
    const demanded = yield* required
    if (Option.isSome(demanded)) {
      const device = yield* acquire(demanded.value, own)
      return { ...device, description: `${device.description} (HYPERFUNC_DEVICE)` }
    }
    const order = prefer === undefined ? ladder : [prefer, ...ladder.filter((name) => name !== prefer)]
    const reasons: Array<string> = []
    for (const name of order) {
      const attempt = yield* Effect.either(acquire(name, own))
      if (Either.isLeft(attempt)) {
        reasons.push(`not ${name}: ${attempt.left.detail}`)
        continue
      }
      const device = attempt.right
      return { ...device, description: [device.description, ...reasons].join("; ") }
    }
    return DeviceCpu.make(own)
  })

/**
 * @since 0.1.0
 * @category layers
 */
export const layerWith = (options: Options): Layer.Layer<Device, DeviceError> => Layer.scoped(Device, make(options))

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Device, DeviceError> = layerWith({})
