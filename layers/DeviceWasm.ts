/**
 * The embedded device: WebAssembly SIMD kernels that come with the package. It needs nothing installed, and gives the
 * same bits on every machine.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Device, DeviceError, type DeviceService } from "../services/Device.js"
import * as Interpreted from "./internal/interpreted.js"
import { make as makeKernels } from "./kernels/wasm.js"

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options?: {
  /** Bytes of WebAssembly memory that a launch may use; at most 4 GiB. Default 64 MiB. */
  readonly memoryBudget?: number
}): Effect.Effect<DeviceService, DeviceError> =>
  Effect.try({
    try: () =>
      Interpreted.make({
        name: "wasm",
        description: "WebAssembly SIMD on one core",
        kernels: makeKernels(),
        memoryBudget: options?.memoryBudget ?? Interpreted.defaultMemoryBudget
      }),
    catch: (cause) =>
      new DeviceError({
        reason: "LibraryMissing",
        device: "wasm",
        detail: "the kernels could not be compiled",
        cure: "Use a runtime with WebAssembly SIMD (Node 20 or later), or DeviceCpu",
        cause
      })
  })

/**
 * @since 0.1.0
 * @category layers
 */
export const layerWith = (options: { readonly memoryBudget?: number }): Layer.Layer<Device, DeviceError> =>
  Layer.effect(Device, make(options))

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Device, DeviceError> = layerWith({})
