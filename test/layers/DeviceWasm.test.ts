import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as DeviceCpu from "../../layers/DeviceCpu.js"
import * as DeviceWasm from "../../layers/DeviceWasm.js"
import { Device } from "../../services/Device.js"
import { rowOf } from "../../src/TensorProgram.js"
import { bits, only } from "../utils/devices.js"
import { classifier, randomLaunch } from "../utils/programs.js"

const seed = FastCheck.integer({ min: 0, max: 2 ** 30 })

describe("DeviceWasm", () => {
  it.effect.prop(
    "gives the bits of plain JavaScript on random programs",
    { seed },
    ({ seed }) =>
      Effect.gen(function* () {
        const launch = randomLaunch(seed)
        const device = yield* DeviceWasm.make()
        const expected = yield* DeviceCpu.make().launch(launch)
        assert.deepStrictEqual(bits(yield* device.launch(launch)), bits(expected))
      }),
    { fastCheck: { numRuns: 100 } }
  )

  it.effect.prop(
    "gives the same bits in the smallest tiles that fit",
    { seed, part: FastCheck.double({ min: 0.05, max: 0.9, noNaN: true }) },
    ({ part, seed }) =>
      Effect.gen(function* () {
        const launch = randomLaunch(seed)
        const whole = yield* DeviceWasm.make()
        const expected = yield* whole.launch(launch)
        const { peakBytes } = yield* whole.usage
        const small = yield* DeviceWasm.make({ memoryBudget: Math.ceil(peakBytes * part) })
        const outputs = yield* Effect.option(small.launch(launch))
        if (outputs._tag === "Some") assert.deepStrictEqual(bits(outputs.value), bits(expected))
        assert.isAtMost((yield* small.usage).peakBytes, small.memoryBudget)
      }),
    { fastCheck: { numRuns: 100 } }
  )

  it.effect.prop(
    "gives the bits of one run for each candidate and row",
    { seed },
    ({ seed }) =>
      Effect.gen(function* () {
        const launch = randomLaunch(seed)
        const device = yield* DeviceWasm.make()
        const together = yield* device.launch(launch)
        const [candidate, row] = [launch.candidates - 1, launch.rows - 1]
        const alone = yield* device.launch(only(launch, candidate, row))
        together.forEach((output, k) =>
          assert.deepStrictEqual([...rowOf(output, candidate, row)], [...rowOf(alone[k]!, 0, 0)])
        )
      }),
    { fastCheck: { numRuns: 100 } }
  )

  it.effect("refuses what does not fit even alone, with a cure", () =>
    Effect.gen(function* () {
      const { launch } = yield* Device
      const launched = launch(classifier({ candidates: 2, rows: 4, features: 64, hidden: 64, classes: 2 }))
      const error = yield* Effect.flip(launched)
      assert.strictEqual(error.reason, "OutOfMemory")
      assert.include(error.message, "Raise memoryBudget")
    }).pipe(Effect.provide(DeviceWasm.layerWith({ memoryBudget: 1000 })))
  )
})
