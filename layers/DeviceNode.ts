/**
 * libtensorflow on the processor, through `@tensorflow/tfjs-node`: for matrices that are hundreds wide. Nothing is
 * loaded before the device is acquired.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { Device, type DeviceError, type DeviceService } from "../services/Device.js"
import * as TfjsNode from "./internal/tfjsNode.js"

/**
 * Fails with the reason `PackageMissing` or `LibraryMissing`, and with its cure.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options?: {
  /** Bytes of memory that a launch may use. Default 256 MiB. */
  readonly memoryBudget?: number
  /** @internal */
  readonly load?: () => Promise<unknown>
}): Effect.Effect<DeviceService, DeviceError, Scope.Scope> =>
  TfjsNode.make({
    name: "node",
    packageName: "@tensorflow/tfjs-node",
    memoryBudget: options?.memoryBudget ?? 256 * 1024 ** 2,
    load: options?.load
  })

/**
 * @since 0.1.0
 * @category layers
 */
export const layerWith = (options: { readonly memoryBudget?: number }): Layer.Layer<Device, DeviceError> =>
  Layer.scoped(Device, make(options))

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Device, DeviceError> = layerWith({})
