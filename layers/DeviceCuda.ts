/**
 * An NVIDIA GPU, through `@tensorflow/tfjs-node-gpu`. Nothing is loaded before the device is acquired.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { Device, type DeviceError, type DeviceService } from "../services/Device.js"
import * as TfjsNode from "./internal/tfjsNode.js"

/**
 * Fails with the reason `PackageMissing`, `LibraryMissing` or `GpuMissing`, and with its cure, where there is no GPU to
 * use.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options?: {
  /** Bytes of GPU memory that a launch may use. Default 1 GiB. */
  readonly memoryBudget?: number
  /** @internal */
  readonly load?: () => Promise<unknown>
}): Effect.Effect<DeviceService, DeviceError, Scope.Scope> =>
  TfjsNode.make({
    name: "cuda",
    packageName: "@tensorflow/tfjs-node-gpu",
    memoryBudget: options?.memoryBudget ?? 1024 ** 3,
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
