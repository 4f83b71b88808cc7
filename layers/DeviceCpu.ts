/**
 * The reference device: plain JavaScript, always there, exact to the bit with {@link DeviceWasm}.
 *
 * @since 0.1.0
 */
import * as Layer from "effect/Layer"
import { Device, type DeviceService } from "../services/Device.js"
import { make as makeKernels } from "../src/internal/kernelsJs.js"
import * as Interpreted from "./internal/interpreted.js"

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options?: { readonly memoryBudget?: number }): DeviceService =>
  Interpreted.make({
    name: "cpu",
    description: "plain JavaScript on one core",
    kernels: makeKernels(),
    memoryBudget: options?.memoryBudget ?? Interpreted.defaultMemoryBudget
  })

/**
 * @since 0.1.0
 * @category layers
 */
export const layerWith = (options: { readonly memoryBudget?: number }): Layer.Layer<Device> =>
  Layer.sync(Device, () => make(options))

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Device> = layerWith({})
