import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import * as TestClock from "effect/TestClock"
import * as DeviceCpu from "../layers/DeviceCpu.js"
import * as Candidate from "../src/Candidate.js"
import * as Hyperfunction from "../src/Hyperfunction.js"
import * as HyperSystem from "../src/HyperSystem.js"
import * as LoRAWeight from "../src/LoRAWeight.js"
import * as Params from "../src/Params.js"
import * as Tensor from "../src/Tensor.js"

const gain = Hyperfunction.make("gain", { params: Params.unbounded({ default: 1 }), run: (g, x: number) => Effect.succeed(g * x) })
const mean = (o: ReadonlyArray<number>) => o.reduce((a, b) => a + b, 0) / o.length

describe("probe", () => {
  it.effect("explicit params from tuned", () => Effect.gen(function* () {
    const level = Hyperfunction.make("level", { params: Params.unbounded({ default: 0 }), run: (l) => Effect.succeed(l) })
    const system = HyperSystem.make("s", { run: (x: number) => Effect.gen(function* () {
      const l = yield* level()
      return yield* Candidate.provide(gain(x), Candidate.set(Candidate.defaults(), gain, l))
    }) })
    const cs = [1, 2, 3].map((l) => Candidate.set(Candidate.defaults(), level, l))
    for (const mode of ["fibers", "sequential"] as const) {
    const r = yield* HyperSystem.evaluatePopulation(system, cs, [{ input: 1, expected: 0 }], mean, { mode })
    console.log("explicit", r.rewards)
    }
  }))
  it.effect("random memo", () => Effect.gen(function* () {
    const noisy = Hyperfunction.make("noisy", { params: Params.none, run: (_, x: number) => Effect.map(Random.next, (r) => r + x) })
    const system = HyperSystem.make("s", { run: (x: number) => Effect.gen(function* () {
      const n = yield* noisy(x)
      const r = yield* Random.next
      return (yield* gain(0)) + n + 10 * r
    }) })
    const cs = [1, 2, 3].map((l) => Candidate.set(Candidate.defaults(), gain, l))
    const r = yield* HyperSystem.evaluatePopulation(system, cs, [{ input: 1, expected: 0 }], mean)
    console.log("random", r.rewards)
    const s = yield* HyperSystem.evaluate(HyperSystem.withCandidate(system, cs[1]), [{ input: 1, expected: 0 }], mean)
    console.log(s.score)
  }))
  it.effect("self interrupt", () => Effect.gen(function* () {
    const system = HyperSystem.make("s", { run: (x: number) => x === 1 ? Effect.interrupt : gain(x) })
    for (const mode of ["fibers", "sequential"] as const) {
      const r = yield* Effect.exit(HyperSystem.evaluate(system, [0, 1, 2].map((input) => ({ input, expected: 0 })), mean, { mode, onFailure: "missing" }))
      console.log("self", mode, Exit.isSuccess(r) ? r.value.score : r.cause)
    }
  }))
  it.effect("lifted never", () => Effect.gen(function* () {
    const system = HyperSystem.make("s", { run: (x: Tensor.Tensor) => Effect.as(Effect.sleep("10 seconds"), x) })
    const f = yield* Effect.fork(HyperSystem.evaluate(system, [{ input: Tensor.from([1]), expected: 0 }], (o) => o.length, { timeout: "1 second" }))
    yield* TestClock.adjust("11 seconds")
    yield* TestClock.adjust("11 seconds")
    console.log("never", f.unsafePoll())
    yield* Fiber.interrupt(f)
  }).pipe(Effect.provide(DeviceCpu.layer)))
  it.effect("cyclic trace", () => Effect.gen(function* () {
    const cyc = Hyperfunction.make("cyc", { params: Params.none, run: () => Effect.sync(() => { const a: Record<string, unknown> = {}; a.self = a; return a }) })
    const use = Hyperfunction.make("use", { params: Params.none, run: (_, x: object) => Effect.succeed(1) })
    const system = HyperSystem.make("s", { run: (x: number) => Effect.flatMap(cyc(), use) })
    const t = yield* Effect.exit(HyperSystem.trace(system, 1))
    console.log("cyc", t._tag)
    const cycIn: Record<string, unknown> = {}; cycIn.self = cycIn
    const t2 = yield* Effect.exit(HyperSystem.trace(HyperSystem.make("s", { run: (x: number) => use(cycIn) }), 1))
    console.log("cyc in", t2._tag)
  }))
  it.effect("wrong weight", () => Effect.gen(function* () {
    const hidden = Hyperfunction.tensor("hidden", { params: LoRAWeight.create({ outDim: 2, inDim: 2, noiseRank: 1 }), run: (w, x: Tensor.Tensor) => Tensor.linear(x, w) })
    const other = LoRAWeight.create({ outDim: 3, inDim: 3, noiseRank: 1, initial: [1,2,3,4,5,6,7,8,9] })
    const p = Candidate.get(Candidate.defaults(), Hyperfunction.tensor("o", { params: other, run: (w, x: Tensor.Tensor) => x }))
    const c = Candidate.set(Candidate.defaults(), hidden, p)
    const out = yield* Effect.exit(Candidate.provide(hidden(Tensor.from([1, 1])), c))
    console.log("wrong", Exit.isSuccess(out) ? Tensor.toArray(out.value) : String(out.cause))
  }).pipe(Effect.provide(DeviceCpu.layer)))
  it.effect("declared duplicates in trace", () => Effect.gen(function* () {
    const gain2 = Hyperfunction.make("gain", { params: Params.none, run: (_, x: number) => Effect.succeed(x) })
    const s = HyperSystem.make("s", { run: (x: number) => gain(x), hyperfunctions: [gain, gain2] })
    console.log("dup", (yield* Effect.exit(HyperSystem.trace(s, 1)))._tag, (yield* Effect.exit(HyperSystem.evaluate(s, [{ input: 1, expected: 1 }], mean)))._tag)
    const s2 = HyperSystem.make("s", { run: (x: number) => gain(x), hyperfunctions: [gain2] })
    console.log("dup", (yield* Effect.exit(HyperSystem.trace(s2, 1)))._tag, (yield* Effect.exit(HyperSystem.evaluate(s2, [{ input: 1, expected: 1 }], mean)))._tag)
  }))
  it.effect("no candidates", () => Effect.gen(function* () {
    const hidden = Hyperfunction.tensor("hidden", { params: LoRAWeight.create({ outDim: 2, inDim: 2, noiseRank: 1 }), run: (w, x: Tensor.Tensor) => Tensor.linear(x, w) })
    const s = HyperSystem.make("s", { run: hidden })
    const r = yield* Effect.exit(HyperSystem.evaluatePopulation(s, [], [{ input: Tensor.from([1, 1]), expected: 1 }], () => 1))
    console.log("none", String(r))
  }).pipe(Effect.provide(DeviceCpu.layer)))
})
