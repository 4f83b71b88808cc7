import nodeUtil from "node:util"
import { afterEach, assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as DeviceCpu from "../../layers/DeviceCpu.js"
import * as DeviceCuda from "../../layers/DeviceCuda.js"
import * as DeviceNode from "../../layers/DeviceNode.js"
import { backendCpu, core, difference } from "../utils/devices.js"
import { classifier } from "../utils/programs.js"

const launch = classifier({ candidates: 6, rows: 5, features: 4, hidden: 3, classes: 2 })

const coded = (code: string, message: string): Error => Object.assign(new Error(message), { code })

const rejected = (error: Error) => ({ load: () => Promise.reject<unknown>(error) })

/** What the packages do when they are loaded, with plain JavaScript in the place of libtensorflow. */
const loads = (native: { readonly isGPUPackage: boolean; readonly isUsingGpuDevice: boolean }) => ({
  load: async (): Promise<unknown> => {
    const binding = { TF_Version: "2.99.0", getNumOfTensors: () => core.memory().numTensors }
    if (core.getKernelsForBackend("tensorflow").length === 0) core.copyRegisteredKernels("cpu", "tensorflow")
    core.registerBackend("tensorflow", () => Object.assign(new backendCpu.MathBackendCPU(), { ...native, binding }))
    return { default: { ...core } }
  }
})

afterEach(async () => {
  await core.setBackend("cpu")
  if (core.engine().findBackendFactory("tensorflow") !== null) core.removeBackend("tensorflow")
})

describe("DeviceCuda", () => {
  it.scoped("says which package to install", () =>
    Effect.gen(function* () {
      const missing = coded(
        "ERR_MODULE_NOT_FOUND",
        "Cannot find package '@tensorflow/tfjs-node-gpu' imported from /somewhere/else.js"
      )
      const error = yield* Effect.flip(DeviceCuda.make(rejected(missing)))
      assert.strictEqual(error.reason, "PackageMissing")
      assert.include(error.message, "npm install @tensorflow/tfjs-node-gpu")
    })
  )

  it.scoped("tells a missing library from a missing package", () =>
    Effect.gen(function* () {
      for (const cause of [
        coded("ERR_DLOPEN_FAILED", "libcudart.so.11.0: cannot open shared object file: No such file or directory"),
        coded(
          "MODULE_NOT_FOUND",
          "Cannot find module '/x/@tensorflow/tfjs-node-gpu/lib/tfjs_binding.node'\nRequire stack"
        ),
        coded(
          "ERR_MODULE_NOT_FOUND",
          "Cannot find package '@mapbox/node-pre-gyp' imported from /x/tfjs-node-gpu/index.js"
        )
      ]) {
        const error = yield* Effect.flip(DeviceCuda.make(rejected(cause)))
        assert.strictEqual(error.reason, "LibraryMissing")
        assert.include(error.detail, cause.message.split("\n")[0]!)
        assert.include(error.cure, "docs/devices.md")
      }
    })
  )

  it.scoped("fails when the package would run on the processor", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(DeviceCuda.make(loads({ isGPUPackage: true, isUsingGpuDevice: false })))
      assert.strictEqual(error.reason, "GpuMissing")
      assert.include(error.message, "nvidia-smi")
    })
  )

  it.scoped("fails when the other package has taken the name of the backend", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(DeviceCuda.make(loads({ isGPUPackage: false, isUsingGpuDevice: false })))
      assert.strictEqual(error.reason, "LibraryMissing")
      assert.include(error.cure, "before DeviceNode")
    })
  )

  it.scoped("fails when the package registers no backend", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(DeviceCuda.make({ load: () => Promise.resolve({ ...core }) }))
      assert.strictEqual(error.reason, "LibraryMissing")
    })
  )

  it.effect("runs on the backend of the package, whichever is in use, and frees its tensors and handles", () =>
    Effect.gen(function* () {
      const expected = yield* DeviceCpu.make().launch(launch)
      const before = core.memory().numTensors
      yield* Effect.scoped(
        Effect.gen(function* () {
          const device = yield* DeviceCuda.make(loads({ isGPUPackage: true, isUsingGpuDevice: true }))
          assert.include(device.description, "libtensorflow 2.99.0 on the GPU")
          assert.isAtMost(difference(expected, yield* device.launch(launch)), 1e-5)
          const usage = yield* device.usage
          assert.deepStrictEqual([usage.launches, usage.tensors, usage.handles], [1, before, before])
        })
      )
      assert.strictEqual(core.memory().numTensors, before)
      assert.strictEqual(core.getBackend(), "cpu")
    })
  )

  it.scoped("sets the environment of the library before it is loaded, unless it is set", () =>
    Effect.gen(function* () {
      const names = ["TF_FORCE_GPU_ALLOW_GROWTH", "TF_CPP_MIN_LOG_LEVEL", "NVIDIA_TF32_OVERRIDE"] as const
      const saved = names.map((name) => process.env[name])
      yield* Effect.addFinalizer(() =>
        Effect.sync(() =>
          names.forEach((name, k) => {
            if (saved[k] === undefined) delete process.env[name]
            else process.env[name] = saved[k]
          })
        )
      )
      for (const name of names) delete process.env[name]
      process.env.TF_CPP_MIN_LOG_LEVEL = "0"
      let seen: ReadonlyArray<string | undefined> = []
      const load = () => {
        seen = names.map((name) => process.env[name])
        return Promise.reject<unknown>(new Error("enough"))
      }
      yield* Effect.flip(DeviceCuda.make({ load }))
      assert.deepStrictEqual(seen, ["true", "0", "0"])
    })
  )

  it.scoped("gives back the functions of node:util that Node 23 removed and tfjs-node calls", () =>
    Effect.gen(function* () {
      const util = nodeUtil as unknown as Record<string, ((u: unknown) => boolean) | undefined>
      const saved = { isNullOrUndefined: util.isNullOrUndefined, isArray: util.isArray }
      yield* Effect.addFinalizer(() => Effect.sync(() => Object.assign(util, saved)))
      Object.assign(util, { isNullOrUndefined: undefined, isArray: undefined })
      yield* DeviceNode.make(loads({ isGPUPackage: false, isUsingGpuDevice: false }))
      const [isNullOrUndefined, isArray] = [util.isNullOrUndefined!, util.isArray!]
      assert.deepStrictEqual([null, undefined, 0, ""].map(isNullOrUndefined), [true, true, false, false])
      assert.deepStrictEqual([[], {}].map(isArray), [true, false])
    })
  )
})
