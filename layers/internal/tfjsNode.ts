/**
 * Loading of `@tensorflow/tfjs-node` and `@tensorflow/tfjs-node-gpu`, which is where they fail.
 *
 * @since 0.1.0
 */
import nodeUtil from "node:util"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import type * as Scope from "effect/Scope"
import { DeviceError, type DeviceService } from "../../services/Device.js"
import { make as makeDevice, type NativeBackend } from "./tfjs.js"
import type { Tfjs } from "./tfjsWeights.js"

/** @internal */
export interface Options {
  readonly name: "node" | "cuda"
  readonly packageName: string
  readonly memoryBudget: number
  /** Stands in for the import of the package. */
  readonly load?: (() => Promise<unknown>) | undefined
}

/** The name that both packages register their backend under. */
const backendName = "tensorflow"

/**
 * The library reads these once, when it is loaded. By default it takes all memory of the GPU, and multiplies with the
 * ten bits of mantissa of TF32, in which the difference of an antithetic pair drowns when sigma is small.
 */
const environment = {
  TF_FORCE_GPU_ALLOW_GROWTH: "true",
  TF_CPP_MIN_LOG_LEVEL: "2",
  NVIDIA_TF32_OVERRIDE: "0"
}

/** tfjs-node 4.22.0 calls two functions of `node:util` that Node 23 removed. */
const removed = {
  isNullOrUndefined: (u: unknown): boolean => u === null || u === undefined,
  isArray: (u: unknown): boolean => Array.isArray(u)
}

const prepare = Effect.sync(() => {
  for (const [name, value] of Object.entries(environment)) process.env[name] ??= value
  const target = nodeUtil as unknown as Record<string, unknown>
  for (const [name, value] of Object.entries(removed)) target[name] ??= value
})

const firstLine = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause)).split("\n")[0]!.replace(/[.\s]+$/, "")

/** Node, bundlers and other runtimes have their own words, and all quote the name. */
const isPackageMissing = (packageName: string, cause: unknown): boolean =>
  new RegExp(`(cannot find|could not resolve).*['"]${packageName}['"]`, "i").test(firstLine(cause))

const notLoaded = ({ name, packageName }: Options, cause: unknown): DeviceError =>
  isPackageMissing(packageName, cause)
    ? new DeviceError({
        reason: "PackageMissing",
        device: name,
        detail: `the package ${packageName} is not installed`,
        cure: `Run: npm install ${packageName}`,
        cause
      })
    : new DeviceError({
        reason: "LibraryMissing",
        device: name,
        detail: `${packageName} cannot load its native library: ${firstLine(cause)}`,
        cure: `Run: npm rebuild ${packageName} --build-addon-from-source, or bring a libtensorflow as docs/devices.md shows`,
        cause
      })

/**
 * @internal
 */
export const make = (options: Options): Effect.Effect<DeviceService, DeviceError, Scope.Scope> =>
  Effect.gen(function* () {
    const { name, packageName } = options
    const packageToLoad: string = packageName
    yield* prepare
    const loaded = yield* Effect.tryPromise({
      try: options.load ?? ((): Promise<unknown> => import(packageToLoad)),
      catch: (cause) => notLoaded(options, cause)
    })
    const tf = (Predicate.hasProperty(loaded, "default") ? loaded.default : loaded) as Tfjs
    const backend = yield* Effect.try({
      try: () => tf.findBackend(backendName) as NativeBackend | null,
      catch: (cause) => notLoaded(options, cause)
    })
    if (backend === null) {
      return yield* notLoaded(options, new Error("it registered no backend"))
    }
    const version = `libtensorflow ${backend.binding?.TF_Version ?? "of unknown version"}`
    if (name === "cuda" && backend.isGPUPackage !== true) {
      return yield* new DeviceError({
        reason: "LibraryMissing",
        device: name,
        detail: "@tensorflow/tfjs-node is in use in this process, and both packages register one backend",
        cure: "Acquire DeviceCuda before DeviceNode, or use only one of them in a process"
      })
    }
    if (name === "cuda" && backend.isUsingGpuDevice !== true) {
      return yield* new DeviceError({
        reason: "GpuMissing",
        device: name,
        detail: `${packageName} is loaded (${version}), but sees no GPU and would run on the CPU`,
        cure: "Check nvidia-smi, CUDA_VISIBLE_DEVICES and that the library is one for your CUDA, as docs/devices.md shows"
      })
    }
    return yield* makeDevice({
      tf,
      backend: backendName,
      name,
      description: `${version} on ${backend.isUsingGpuDevice === true ? "the GPU" : "the CPU"}, through ${
        backend.isGPUPackage === true ? "@tensorflow/tfjs-node-gpu" : "@tensorflow/tfjs-node"
      }`,
      memoryBudget: options.memoryBudget
    })
  })
