import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as DeviceCpu from "../layers/DeviceCpu.js"
import * as DeviceWasm from "../layers/DeviceWasm.js"
import * as HyperSystem from "../src/HyperSystem.js"
import { randomSystem } from "./utils/systems.js"
import { Device } from "../services/Device.js"
const wasm = Effect.runSync(DeviceWasm.make())
const cpu = DeviceCpu.make()
const seed = FastCheck.integer({ min: 0, max: 2 ** 30 })
describe("law", () => {
  for (const kind of ["tensors", "mixed"] as const) {
  const lifted: Record<string, number> = {}
  it.effect.prop(`law ${kind}`, { seed }, ({ seed }) => Effect.gen(function*() {
    const { candidates, examples, metric, system } = yield* randomSystem(seed, kind)
    const rewards = (mode: "auto" | "lifted" | "fibers" | "sequential") =>
      Effect.map(HyperSystem.evaluatePopulation(system, candidates, examples, metric, { mode }), ({ rewards, work }) => {
        lifted[`${mode} ${[...work.modes].sort()}`] = (lifted[`${mode} ${[...work.modes].sort()}`] ?? 0) + 1
        return rewards
      })
    const expected = yield* rewards("sequential").pipe(Effect.provideService(Device, cpu))
    for (const device of [cpu, wasm]) {
      for (const mode of ["auto", "fibers", "sequential", ...(kind === "tensors" ? ["lifted" as const] : [])] as const) {
        assert.deepStrictEqual(yield* rewards(mode).pipe(Effect.provideService(Device, device)), expected)
      }
    }
  }), { fastCheck: { numRuns: Number(process.env.RUNS ?? 100) }, timeout: 580000 })
  it("stats", () => console.log(lifted))
  }
})
