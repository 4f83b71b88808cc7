/**
 * Where tensor programs run.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Launch, Output } from "../src/TensorProgram.js"

/**
 * @since 0.1.0
 * @category errors
 */
export class DeviceError extends Schema.TaggedError<DeviceError>("hyperfunc/DeviceError")("DeviceError", {
  reason: Schema.Literal("PackageMissing", "LibraryMissing", "GpuMissing", "OutOfMemory", "KernelFailed"),
  device: Schema.String,
  detail: Schema.String,
  /** What to do about it. */
  cure: Schema.String,
  cause: Schema.optionalWith(Schema.Defect, { exact: true })
}) {
  override get message(): string {
    return `Device ${this.device}: ${this.detail}. ${this.cure}`
  }
}

/**
 * What a device has done and still holds. `tensors` and `handles` are back at their first value whenever no launch is
 * running.
 *
 * @since 0.1.0
 * @category models
 */
export interface DeviceUsage {
  readonly launches: number
  /** Most bytes that a launch has needed beside its inputs and outputs. */
  readonly peakBytes: number
  /** Tensors that the backend keeps. */
  readonly tensors: number
  /** Native handles that the backend keeps; 0 where there is no native library. */
  readonly handles: number
}

/**
 * @since 0.1.0
 * @category models
 */
export interface DeviceService {
  readonly name: string
  /** One line for people: the backend, and why no better one was taken. */
  readonly description: string
  /** Bytes that a launch may need beside its inputs. */
  readonly memoryBudget: number
  /**
   * Runs a program for all candidates and rows of a launch. Interruption waits for the piece that is being computed:
   * callers cut a population into launches of a few milliseconds.
   */
  readonly launch: (launch: Launch) => Effect.Effect<ReadonlyArray<Output>, DeviceError>
  readonly usage: Effect.Effect<DeviceUsage>
}

/**
 * @since 0.1.0
 * @category services
 */
export class Device extends Context.Tag("hyperfunc/Device")<Device, DeviceService>() {}
