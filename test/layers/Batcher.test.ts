import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as Batcher from "../../layers/Batcher.js"
import * as DeviceWasm from "../../layers/DeviceWasm.js"
import * as BatcherService from "../../services/Batcher.js"
import { Device, DeviceError, type DeviceService } from "../../services/Device.js"
import * as Candidate from "../../src/Candidate.js"
import * as Hyperfunction from "../../src/Hyperfunction.js"
import * as LoRAWeight from "../../src/LoRAWeight.js"
import * as Tensor from "../../src/Tensor.js"
import { seed } from "../utils/arrays.js"
import { members } from "../utils/systems.js"

const space = LoRAWeight.create({ outDim: 3, inDim: 2, noiseRank: 1 })

const first = Hyperfunction.tensor("first", {
  params: space,
  run: (weight, x: Tensor.Tensor) => Tensor.tanh(Tensor.linear(x, weight))
})

const second = Hyperfunction.tensor("second", {
  params: LoRAWeight.create({ outDim: 1, inDim: 3 }),
  run: (weight, x: Tensor.Tensor) => Tensor.linear(x, weight)
})

const other = Hyperfunction.tensor("other", {
  params: space,
  run: (weight, x: Tensor.Tensor) => Tensor.relu(Tensor.linear(x, weight))
})

const inputs = (count: number): ReadonlyArray<Tensor.Tensor> =>
  Array.from({ length: count }, (_, k) => Tensor.from([Math.sin(k), Math.cos(k)]))

const together = { concurrency: "unbounded" } as const

interface Launched {
  readonly candidates: number
  readonly rows: number
}

/** A device, and the launches that it was given. */
const watched = (refuse: (kind: string) => boolean = () => false) =>
  Effect.map(DeviceWasm.make(), (device) => {
    const launches: Array<Launched> = []
    const service: DeviceService = {
      ...device,
      launch: (launch) =>
        Effect.suspend(() => {
          launches.push({ candidates: launch.candidates, rows: launch.rows })
          const kinds = launch.program.steps.map(({ operation }) => (operation._tag === "Unary" ? operation.kind : ""))
          return kinds.some(refuse)
            ? new DeviceError({ reason: "KernelFailed", device: "watched", detail: "it was told to", cure: "Don't" })
            : device.launch(launch)
        })
    }
    return { launches, service }
  })

const settle = Effect.repeatN(
  Effect.async<void>((resume) => {
    setImmediate(() => resume(Effect.void))
  }),
  3
)

describe("Batcher", () => {
  it.effect("lets the calls of a plain program that wait together meet in one launch", () =>
    Effect.gen(function* () {
      const { launches, service } = yield* watched()
      const outputs = yield* Effect.forEach(inputs(100), (x) => first(x), together).pipe(
        Effect.provide(Batcher.layer),
        Effect.provideService(Device, service)
      )
      assert.deepStrictEqual(launches, [{ candidates: 1, rows: 100 }])
      const alone = yield* Effect.forEach(inputs(100), (x) => first(x)).pipe(Effect.provideService(Device, service))
      assert.strictEqual(launches.length, 101)
      outputs.forEach((output, k) => assert.isTrue(Tensor.equals(output, alone[k])))
    })
  )

  it.effect("counts launches and the calls that they answered", () =>
    Effect.gen(function* () {
      const batcher = yield* BatcherService.Batcher
      yield* Effect.forEach(inputs(10), (x) => Effect.flatMap(first(x), second), together)
      assert.deepStrictEqual(yield* batcher.statistics, { launches: 2, calls: 20 })
      yield* Effect.forEach(inputs(3), (x) => first(x))
      assert.deepStrictEqual(yield* batcher.statistics, { launches: 5, calls: 23 })
    }).pipe(Effect.provide([Batcher.layer, DeviceWasm.layer]))
  )

  it.effect("lets calls of different hyperfunctions and shapes be launches of their own", () =>
    Effect.gen(function* () {
      const { launches, service } = yield* watched()
      yield* Effect.all(
        inputs(4).flatMap((x) => [first(x), other(x), first(Tensor.stack([x, x]))]),
        together
      ).pipe(Effect.provide(Batcher.layer), Effect.provideService(Device, service))
      assert.deepStrictEqual(launches, [
        { candidates: 1, rows: 4 },
        { candidates: 1, rows: 4 },
        { candidates: 1, rows: 4 }
      ])
    })
  )

  it.effect("lets calls under different candidates meet, and gives each its own result", () =>
    Effect.gen(function* () {
      const { launches, service } = yield* watched()
      const candidates = yield* members([first], { population: 6, seed: 1 })
      const calls = candidates.flatMap((candidate) => inputs(5).map((x) => Candidate.provide(first(x), candidate)))
      const outputs = yield* Effect.all(calls, together).pipe(
        Effect.provide(Batcher.layer),
        Effect.provideService(Device, service)
      )
      assert.deepStrictEqual(launches, [{ candidates: 6, rows: 5 }])
      const alone = yield* Effect.all(calls).pipe(Effect.provideService(Device, service))
      outputs.forEach((output, k) => assert.isTrue(Tensor.equals(output, alone[k])))
      assert.isFalse(Tensor.equals(outputs[0], outputs[5]))
    })
  )

  it.effect.prop(
    "gives every call the bits that it has alone, whatever waits beside it",
    {
      seed,
      picks: FastCheck.array(FastCheck.tuple(FastCheck.nat(5), FastCheck.nat(7), FastCheck.nat(2)), { maxLength: 30 })
    },
    ({ picks, seed }) =>
      Effect.gen(function* () {
        const candidates = yield* members([first, other], { population: 6, seed })
        const points = inputs(8)
        const shared = Tensor.from([1, 2])
        const calls = picks.map(([candidate, point, kind]) =>
          Candidate.provide(
            kind === 0 ? first(points[point]) : kind === 1 ? other(points[point]) : first(shared),
            candidates[candidate]
          )
        )
        const outputs = yield* Effect.all(calls, together).pipe(Effect.provide(Batcher.layer))
        const alone = yield* Effect.all(calls)
        outputs.forEach((output, k) => assert.isTrue(Tensor.equals(output, alone[k])))
      }).pipe(Effect.provide(DeviceWasm.layer)),
    { fastCheck: { numRuns: 50 } }
  )

  it.effect("lets loops of different lengths meet wave by wave", () =>
    Effect.gen(function* () {
      const { launches, service } = yield* watched()
      const loop = (times: number) =>
        Effect.reduce(Array.from({ length: times }), Tensor.from([times, 1]), (x) =>
          Effect.map(first(x), (wide) => Tensor.slice(wide, { start: 0, length: 2 }))
        )
      yield* Effect.forEach([1, 4, 2, 3], loop, together).pipe(
        Effect.provide(Batcher.layer),
        Effect.provideService(Device, service)
      )
      assert.deepStrictEqual(
        launches.map(({ rows }) => rows),
        [4, 3, 2, 1]
      )
    })
  )

  it.effect("takes what a semaphore lets through as a launch", () =>
    Effect.gen(function* () {
      const { launches, service } = yield* watched()
      const semaphore = yield* Effect.makeSemaphore(10)
      yield* Effect.forEach(inputs(50), (x) => semaphore.withPermits(1)(first(x)), together).pipe(
        Effect.provide(Batcher.layer),
        Effect.provideService(Device, service)
      )
      assert.strictEqual(
        launches.reduce((total, { rows }) => total + rows, 0),
        50
      )
      assert.isAtLeast(launches.length, 5)
    })
  )

  it.effect("batches calls with a timeout, a retry, a fork or a race like any others", () =>
    Effect.gen(function* () {
      const { launches, service } = yield* watched()
      const points = inputs(40)
      yield* Effect.all(
        [
          ...points.slice(0, 10).map((x) => Effect.timeout(first(x), "1 minute")),
          ...points.slice(10, 20).map((x) => Effect.retry(first(x), { times: 2 })),
          ...points.slice(20, 30).map((x) => Effect.flatMap(Effect.fork(first(x)), Fiber.join)),
          ...points.slice(30, 40).map((x) => Effect.race(first(x), Effect.never))
        ],
        together
      ).pipe(Effect.provide(Batcher.layer), Effect.provideService(Device, service))
      assert.deepStrictEqual(launches, [{ candidates: 1, rows: 40 }])
    })
  )

  it.scoped("leaves out a call that was interrupted while it waited", () =>
    Effect.gen(function* () {
      const { launches, service } = yield* watched()
      const context = yield* Layer.build(Batcher.layer)
      const [a, b, c] = yield* Effect.forEach(inputs(3), (x) =>
        Effect.fork(Effect.provide(Effect.provideService(first(x), Device, service), context))
      )
      yield* Effect.yieldNow()
      assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(b)))
      yield* Fiber.join(a)
      yield* Fiber.join(c)
      assert.deepStrictEqual(launches, [{ candidates: 1, rows: 2 }])
    })
  )

  it.scoped("leaves out a call that timed out while it waited, and answers later ones", () =>
    Effect.gen(function* () {
      const { launches, service } = yield* watched()
      const context = yield* Layer.build(Batcher.layer)
      const call = (x: Tensor.Tensor) => Effect.provide(Effect.provideService(first(x), Device, service), context)
      const fiber = yield* Effect.fork(Effect.timeoutOption(call(Tensor.from([1, 2])), "1 second"))
      yield* Effect.yieldNow()
      yield* TestClock.adjust("1 second")
      const answered = yield* Fiber.join(fiber)
      yield* settle
      assert.strictEqual(launches.length, answered._tag === "None" ? 0 : 1)
      yield* call(Tensor.from([1, 2]))
      assert.strictEqual(launches[launches.length - 1].rows, 1)
    })
  )

  it.effect("a failing kernel fails exactly the calls that it was for", () =>
    Effect.gen(function* () {
      const { service } = yield* watched((kind) => kind === "relu")
      const exits = yield* Effect.forEach(
        inputs(6),
        (x, k) => Effect.exit(k % 2 === 0 ? first(x) : other(x)),
        together
      ).pipe(Effect.provide(Batcher.layer), Effect.provideService(Device, service))
      assert.deepStrictEqual(exits.map(Exit.isSuccess), [true, false, true, false, true, false])
      const error = yield* Effect.flip(exits[1])
      assert.instanceOf(error, DeviceError)
      assert.include(error.message, "it was told to")
    })
  )

  it.effect("a kernel that throws fails the calls that it was for", () =>
    Effect.gen(function* () {
      const device = yield* DeviceWasm.make()
      const broken: DeviceService = {
        ...device,
        launch: () => {
          throw new Error("boom")
        }
      }
      const exits = yield* Effect.forEach(inputs(3), (x) => Effect.exit(first(x)), together).pipe(
        Effect.provide(Batcher.layer),
        Effect.provideService(Device, broken)
      )
      assert.isTrue(exits.every(Exit.isFailure))
    })
  )

  it.effect("keeps calls that ask for different devices apart", () =>
    Effect.gen(function* () {
      const [fine, failing] = [yield* watched(), yield* watched(() => true)]
      const exits = yield* Effect.forEach(
        inputs(6),
        (x, k) => Effect.exit(Effect.provideService(first(x), Device, k % 3 === 0 ? failing.service : fine.service)),
        together
      ).pipe(Effect.provide(Batcher.layer))
      assert.deepStrictEqual(exits.map(Exit.isSuccess), [false, true, true, false, true, true])
      assert.deepStrictEqual(fine.launches, [{ candidates: 1, rows: 4 }])
      assert.deepStrictEqual(failing.launches, [{ candidates: 1, rows: 2 }])
    })
  )

  it.effect("interrupts the calls that wait when it is closed, and those that come after", () =>
    Effect.gen(function* () {
      const { launches, service } = yield* watched()
      const scope = yield* Scope.make()
      const batcher = Context.get(yield* Layer.buildWithScope(Batcher.layer, scope), BatcherService.Batcher)
      const call = first(Tensor.from([1, 2])).pipe(
        Effect.provideService(BatcherService.Batcher, batcher),
        Effect.provideService(Device, service)
      )
      const waiting = yield* Effect.fork(call)
      yield* Effect.yieldNow()
      yield* Scope.close(scope, Exit.void)
      assert.isTrue(Exit.isInterrupted(yield* Fiber.await(waiting)))
      assert.isTrue(Exit.isInterrupted(yield* Effect.exit(call)))
      yield* settle
      assert.strictEqual(launches.length, 0)
    })
  )

  it.effect("interrupts the calls of a launch under way when it is closed", () =>
    Effect.gen(function* () {
      const { service } = yield* watched()
      const slow: DeviceService = { ...service, launch: () => Effect.never }
      const scope = yield* Scope.make()
      const batcher = Context.get(yield* Layer.buildWithScope(Batcher.layer, scope), BatcherService.Batcher)
      const fibers = yield* Effect.forEach(inputs(3), (x, k) =>
        Effect.fork(
          (k === 0 ? other(x) : first(x)).pipe(
            Effect.provideService(BatcherService.Batcher, batcher),
            Effect.provideService(Device, slow)
          )
        )
      )
      yield* settle
      yield* Scope.close(scope, Exit.void)
      const exits = yield* Effect.forEach(fibers, Fiber.await)
      assert.isTrue(exits.every(Exit.isInterrupted))
    })
  )
})
