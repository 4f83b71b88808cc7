/**
 * Tensor calls that wait at the same moment can run together. How they meet is up to whoever runs them: on their own one
 * by one, in an evaluation wave by wave.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Tensor } from "../src/Tensor.js"
import type { Device, DeviceError } from "./Device.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface BatcherStatistics {
  /** Kernel launches so far. */
  readonly launches: number
  /** Calls that these launches have answered. */
  readonly calls: number
}

/**
 * @since 0.1.0
 * @category models
 */
export interface BatcherService {
  /** Computes tensors for one candidate and one example; they come back with their elements. */
  readonly submit: (tensors: ReadonlyArray<Tensor>) => Effect.Effect<ReadonlyArray<Tensor>, DeviceError, Device>
  readonly statistics: Effect.Effect<BatcherStatistics>
}

/**
 * @since 0.1.0
 * @category services
 */
export class Batcher extends Context.Tag("hyperfunc/Batcher")<Batcher, BatcherService>() {}
