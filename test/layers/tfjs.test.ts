import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as DeviceCpu from "../../layers/DeviceCpu.js"
import * as Node from "../../src/internal/node.js"
import * as Tensor from "../../src/Tensor.js"
import { compile, type Launch, record, rowOf } from "../../src/TensorProgram.js"
import { core, difference, mostBytes, only, tfjsCpu, watched } from "../utils/devices.js"
import { classifier, direction, randomLaunch } from "../utils/programs.js"

const reference = DeviceCpu.make()
const seed = FastCheck.integer({ min: 0, max: 2 ** 30 })
const digits = classifier({ candidates: 8, rows: 20, features: 16, hidden: 8, classes: 4 })

const launchOf = (output: Tensor.Tensor, rest: Partial<Launch> = {}): Launch => {
  const program = compile(record([output as Node.Node]), { isRow: () => false, isShared: () => false })
  return { program, candidates: 1, rows: 1, inputs: [], parameters: [], ...rest }
}

describe("a device over tfjs", () => {
  it.effect.prop(
    "agrees with plain JavaScript on random programs",
    { seed },
    ({ seed }) =>
      Effect.gen(function* () {
        const launch = randomLaunch(seed)
        const device = yield* tfjsCpu()
        const expected = yield* reference.launch(launch)
        assert.isAtMost(difference(expected, yield* device.launch(launch)), 1e-5)
      }).pipe(Effect.scoped),
    { fastCheck: { numRuns: 150, seed: 1 } }
  )

  it.effect.prop(
    "does not depend on the size of its chunks",
    { seed, part: FastCheck.double({ min: 0.05, max: 0.9, noNaN: true }) },
    ({ part, seed }) =>
      Effect.gen(function* () {
        const launch = randomLaunch(seed)
        const whole = yield* tfjsCpu()
        const expected = yield* whole.launch(launch)
        const { peakBytes } = yield* whole.usage
        const small = yield* tfjsCpu({ memoryBudget: Math.ceil(peakBytes * part) })
        const outputs = yield* Effect.option(small.launch(launch))
        if (outputs._tag === "Some") assert.isAtMost(difference(expected, outputs.value), 1e-5)
        assert.isAtMost((yield* small.usage).peakBytes, small.memoryBudget)
      }).pipe(Effect.scoped),
    { fastCheck: { numRuns: 100, seed: 2 } }
  )

  it.effect.prop(
    "plans at least what tfjs then holds",
    { seed },
    ({ seed }) =>
      Effect.gen(function* () {
        const device = yield* tfjsCpu()
        const most = yield* mostBytes(device.launch(randomLaunch(seed)))
        assert.isAtMost(most, (yield* device.usage).peakBytes)
      }).pipe(Effect.scoped),
    { fastCheck: { numRuns: 100, seed: 3 } }
  )

  it.scoped("gives what one run for each candidate and row gives", () =>
    Effect.gen(function* () {
      const device = yield* tfjsCpu({ memoryBudget: 8192 })
      const [together] = yield* device.launch(digits)
      for (const [candidate, row] of [
        [0, 0],
        [3, 11],
        [7, 19]
      ] as const) {
        const [alone] = yield* device.launch(only(digits, candidate, row))
        rowOf(together!, candidate, row).forEach((a, k) => assert.closeTo(a, alone!.data[k]!, 1e-5))
      }
    })
  )

  it.scoped("keeps no more than it plans, and plans no more than its budget", () =>
    Effect.gen(function* () {
      for (const memoryBudget of [2 ** 30, 40_000, 10_000, 5000]) {
        const device = yield* tfjsCpu({ memoryBudget })
        const most = yield* mostBytes(device.launch(digits))
        const { peakBytes } = yield* device.usage
        assert.isAtMost(most, peakBytes)
        assert.isAtLeast(most, peakBytes * 0.5)
        assert.isAtMost(peakBytes, memoryBudget)
      }
    })
  )

  it.scoped("never keeps a matrix for each candidate", () =>
    Effect.gen(function* () {
      const device = yield* tfjsCpu()
      yield* device.launch(classifier({ candidates: 64, rows: 1, features: 100, hidden: 100, classes: 2 }))
      assert.isBelow((yield* device.usage).peakBytes, 64 * 100 * 100 * 4)
    })
  )

  it.scoped("computes a pair's low-rank product once where both see the same input", () =>
    Effect.gen(function* () {
      const shared = direction(3, [5, 4], 2)
      let fills = 0
      const fill = (out: Float32Array, at: number): void => {
        fills++
        shared.fill(out, at)
      }
      const counted = { ...shared, fill }
      const base = new Float32Array(20).fill(0.5)
      const x = Node.make([4], { _tag: "Example", slot: 0 })
      const w = Node.make([5, 4], { _tag: "Parameter", key: "w", weight: undefined })
      const device = yield* tfjsCpu()
      const launch = launchOf(Tensor.linear(x, w), {
        candidates: 2,
        rows: 3,
        inputs: [{ data: new Float32Array(12).fill(1), perCandidate: false }],
        parameters: [
          [
            { base, direction: counted, scale: 0.5 },
            { base, direction: counted, scale: -0.5 }
          ]
        ]
      })
      const [output] = yield* device.launch(launch)
      assert.strictEqual(fills, 1)
      const [plus, minus] = [rowOf(output!, 0, 0), rowOf(output!, 1, 0)]
      plus.forEach((value, k) => assert.closeTo((value + minus[k]!) / 2, 2, 1e-6))
    })
  )

  it.scoped("takes the first of equal elements in argMax", () =>
    Effect.gen(function* () {
      const device = yield* tfjsCpu()
      const [output] = yield* device.launch(
        launchOf(
          Tensor.argMax(
            Tensor.from([
              [1, 3, 3],
              [2, 2, 2]
            ]),
            1
          )
        )
      )
      assert.deepStrictEqual([...output!.data], [1, 0])
    })
  )

  it.scoped("runs programs of empty tensors and of no rows", () =>
    Effect.gen(function* () {
      const device = yield* tfjsCpu()
      const empty = Tensor.combine([Tensor.zeros([0]), Tensor.from([1, 2]), Tensor.zeros([0])])
      const [joined] = yield* device.launch(launchOf(empty))
      assert.deepStrictEqual([...joined!.data], [1, 2])
      const [product] = yield* device.launch(launchOf(Tensor.matMul(Tensor.zeros([2, 0]), Tensor.zeros([0, 1]))))
      assert.deepStrictEqual([...product!.data], [0, 0])
      const nothing = { ...digits, rows: 0, inputs: [{ data: new Float32Array(0), perCandidate: false }] }
      const [output] = yield* device.launch(nothing)
      assert.strictEqual(output!.data.length, 0)
    })
  )

  it.scoped("shares no memory with what it was given, nor with what it gave", () =>
    Effect.gen(function* () {
      const device = yield* tfjsCpu()
      const x = Node.make([2], { _tag: "Example", slot: 0 })
      const data = Float32Array.of(1, 2)
      const launch = launchOf(x, { inputs: [{ data, perCandidate: false }] })
      const [first] = yield* device.launch(launch)
      data.fill(9)
      assert.deepStrictEqual([...first!.data], [1, 2])
      first!.data.fill(7)
      const [second] = yield* device.launch(launch)
      assert.deepStrictEqual([...second!.data], [9, 9])
      assert.deepStrictEqual([...data], [9, 9])
    })
  )

  it.scoped("refuses what does not fit even alone, with a cure", () =>
    Effect.gen(function* () {
      const device = yield* tfjsCpu({ memoryBudget: 100 })
      const error = yield* Effect.flip(device.launch(digits))
      assert.strictEqual(error.reason, "OutOfMemory")
      assert.include(error.message, "Raise memoryBudget")
      assert.strictEqual((yield* device.usage).peakBytes, 0)
    })
  )
})

describe("the tensors of tfjs", () => {
  it.scoped("are gone after success, and another backend in use stays in use", () =>
    Effect.gen(function* () {
      core.registerBackend("other", () => core.findBackend("cpu"))
      yield* Effect.promise(() => core.setBackend("other"))
      const device = yield* tfjsCpu({ memoryBudget: 10_000 })
      const before = yield* device.usage
      yield* device.launch(digits)
      assert.strictEqual((yield* device.usage).tensors, before.tensors)
      assert.strictEqual(core.getBackend(), "other")
      yield* Effect.promise(() => core.setBackend("cpu"))
      core.removeBackend("other")
    })
  )

  for (const [message, reason] of [
    ["boom", "KernelFailed"],
    ["OOM when allocating tensor", "OutOfMemory"]
  ] as const) {
    it.scoped(`are gone after a failure with ${reason}, and the next launch works`, () =>
      Effect.gen(function* () {
        let calls = 0
        const tf = watched((name) => {
          if (name === "add" && ++calls === 3) throw new Error(message)
        })
        const device = yield* tfjsCpu({ tf, memoryBudget: 10_000 })
        const before = yield* device.usage
        const error = yield* Effect.flip(device.launch(digits))
        assert.strictEqual(error.reason, reason)
        assert.strictEqual((yield* device.usage).tensors, before.tensors)
        assert.strictEqual((yield* device.launch(digits)).length, 1)
      })
    )
  }

  it.scoped("are gone after an interruption between two chunks, and the next launch works", () =>
    Effect.gen(function* () {
      let downloads = 0
      const tf = watched((name) => name === "logSoftmax" && downloads++)
      const device = yield* tfjsCpu({ tf, memoryBudget: 5000 })
      yield* device.launch(digits)
      const chunks = downloads
      const before = yield* device.usage
      downloads = 0
      const running = yield* Effect.fork(device.launch(digits))
      const waiting = yield* Effect.fork(device.launch(digits))
      yield* Effect.yieldNow()
      const exit = yield* Fiber.interrupt(running)
      assert.isTrue(Exit.isInterrupted(exit))
      assert.isAbove(chunks, downloads)
      assert.isAbove(downloads, 0)
      assert.strictEqual((yield* device.usage).tensors, before.tensors)
      assert.strictEqual((yield* Fiber.join(waiting)).length, 1)
      assert.strictEqual((yield* device.usage).tensors, before.tensors)
    })
  )

  it.scoped("of two launches at a time do not meet", () =>
    Effect.gen(function* () {
      const device = yield* tfjsCpu({ memoryBudget: 5000 })
      const seeds = [11, 12, 13, 14]
      const alone = yield* Effect.forEach(seeds, (seed) => reference.launch(randomLaunch(seed)))
      const wide = yield* tfjsCpu()
      const together = yield* Effect.all(
        [
          Effect.forEach(seeds, (seed) => wide.launch(randomLaunch(seed)), { concurrency: "unbounded" }),
          device.launch(digits)
        ],
        { concurrency: "unbounded" }
      )
      together[0].forEach((outputs, k) => assert.isAtMost(difference(alone[k]!, outputs), 1e-5))
    })
  )
})
