/**
 * What a generation costs: the lifted form against the same work call by call, against the materialised form on tfjs, and
 * against itself with every candidate's matrices built in full; the overhead of the engine; memory.
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as DeviceWasm from "../layers/DeviceWasm.js"
import * as OptimizerEvolution from "../layers/OptimizerEvolution.js"
import { Device } from "../services/Device.js"
import { HyperSystem, Metric, Tensor } from "../src/index.js"
import { collect, liveBytes, MIB } from "./lib/heap.js"
import { materialised, ready } from "./lib/materialised.js"
import { interleaved, ratio, show } from "./lib/measure.js"
import * as Net from "./lib/net.js"
import { pythonRatio } from "./lib/python.js"
import type { Bench } from "./lib/report.js"

/** Counts outputs: a metric that costs nothing. */
const count = (outputs: ReadonlyArray<Tensor>): number => outputs.length

const forms = (rank: number, rounds: number) =>
  Effect.gen(function* () {
    const net = Net.network(64, 32, 10, rank)
    const examples = Net.examples(200, 64, 10)
    let generation = 0
    const evaluate = (make: typeof Net.factored, mode: "lifted" | "fibers" | "sequential") =>
      Effect.flatMap(
        Effect.suspend(() => make(net, 32, generation++)),
        (candidates) => HyperSystem.evaluatePopulation(net.system, candidates, examples, Metric.logLikelihood, { mode })
      )
    const rows = (of: (example: (typeof examples)[number]) => Tensor, size: number): Float32Array => {
      const data = new Float32Array(examples.length * size)
      examples.forEach((example, k) => data.set(Tensor.toTypedArray(of(example)), k * size))
      return data
    }
    const score = materialised(
      net,
      rows(({ input }) => input, 64),
      rows(({ expected }) => expected, 10),
      200,
      10
    )
    return yield* interleaved(
      {
        lifted: evaluate(Net.factored, "lifted"),
        materialised: Effect.flatMap(
          Effect.suspend(() => Net.dense(net, 32, generation++)),
          score
        ),
        dense: evaluate(Net.dense, "lifted"),
        fibers: evaluate(Net.factored, "fibers"),
        calls: evaluate(Net.factored, "sequential")
      },
      rounds
    )
  })

const batchedCalls = (rounds: number) =>
  Effect.gen(function* () {
    const net = Net.network(2, 4, 1, 1)
    const examples = Net.examples(200, 2, 2)
    const candidates = yield* Net.factored(net, 32, 0)
    const { fibers } = yield* interleaved(
      { fibers: HyperSystem.evaluatePopulation(net.system, candidates, examples, count, { mode: "fibers" }) },
      rounds
    )
    return (fibers.best.cpu * 1000) / (32 * 200 * 2)
  })

const largeLifted = (rounds: number) =>
  Effect.gen(function* () {
    const net = Net.network(2, 4, 1, 1)
    const examples = Net.examples(200, 2, 1)
    const candidates = yield* Net.factored(net, 1024, 0)
    const { lifted } = yield* interleaved(
      { lifted: HyperSystem.evaluatePopulation(net.system, candidates, examples, Metric.negativeSquaredError) },
      rounds
    )
    return lifted.best.cpu / 1000
  })

const engineOverhead = (rounds: number) =>
  Effect.gen(function* () {
    const generations = 200
    const net = Net.network(1, 1, 1, 1)
    const run = HyperSystem.optimize(net.system, Net.examples(1, 1, 1), Metric.negativeSquaredError).pipe(
      Effect.provide(OptimizerEvolution.layer({ generations, population: 2, sigma: 0.1, learningRate: 0.1, seed: 1 }))
    )
    const { engine } = yield* interleaved({ engine: run }, rounds)
    return (engine.best.cpu * 1000) / generations
  })

/** Has to come first: what the process has ever held cannot be forgotten. */
const memory = Effect.gen(function* () {
  const { memoryBudget } = yield* Device
  const net = Net.network(64, 32, 10, 1)
  const examples = Net.examples(1797, 64, 10)
  const candidates = yield* Net.factored(net, 2048, 0)
  collect()
  const before = process.memoryUsage().rss
  yield* HyperSystem.evaluatePopulation(net.system, candidates, examples, Metric.logLikelihood)
  return { budget: memoryBudget / MIB, peak: process.resourceUsage().maxRSS / 1024 - before / MIB }
})

const growth = Effect.gen(function* () {
  const net = Net.network(64, 32, 10, 1)
  let settled = 0
  yield* HyperSystem.optimizeStream(net.system, Net.examples(200, 64, 10), Metric.logLikelihood).pipe(
    Stream.runForEach(({ generation }) =>
      generation === 20
        ? Effect.map(liveBytes, (bytes) => {
            settled = bytes
          })
        : Effect.void
    ),
    Effect.provide(
      OptimizerEvolution.layer({ generations: 220, population: 32, sigma: 0.1, learningRate: 0.1, seed: 1 })
    )
  )
  return ((yield* liveBytes) - settled) / MIB
})

/**
 * @since 0.1.0
 */
export const population: Bench = {
  name: "population",
  run: (print) =>
    Effect.gen(function* () {
      const rounds = 7
      const { budget, peak } = yield* memory
      print(`2048 × 1797: ${peak.toFixed(1)} MiB more than before, budget ${budget} MiB`)
      print("32 candidates × 200 examples, 64-32-10, rank 4 (the default); best (median)")
      yield* ready
      const four = yield* forms(4, rounds)
      for (const [name, summary] of Object.entries(four)) print(`  ${name.padEnd(13)} ${show(summary)}`)
      const calls = ratio(four.calls, four.lifted)
      const materialised = ratio(four.materialised, four.lifted)
      const dense = ratio(four.dense, four.lifted)
      print(`  lifted is ${calls.best.toFixed(1)}× (${calls.median.toFixed(1)}×) call by call`)
      print(
        `  lifted is ${materialised.best.toFixed(1)}× (${materialised.median.toFixed(1)}×) the materialised form on tfjs`
      )
      print(`  lifted is ${dense.best.toFixed(1)}× (${dense.median.toFixed(1)}×) itself with matrices built in full`)
      const one = yield* forms(1, rounds)
      const denseOne = ratio(one.dense, one.lifted)
      print(`  at rank 1: ${ratio(one.calls, one.lifted).best.toFixed(1)}× and ${denseOne.best.toFixed(1)}×`)
      const perCall = yield* batchedCalls(rounds)
      print(`processor time of a batched call: ${perCall.toFixed(1)} µs`)
      const lifted = yield* largeLifted(rounds)
      print(`lifted 1024 × 200 × 2: ${lifted.toFixed(3)} s of processor time`)
      const engine = yield* engineOverhead(rounds)
      print(`engine: ${engine.toFixed(0)} µs of processor time a generation`)
      const grown = yield* growth
      print(`200 generations later: ${grown.toFixed(2)} MiB more alive`)
      const python = yield* pythonRatio(print)
      return {
        figures: {
          over_calls: calls.best,
          over_calls_median: calls.median,
          over_materialised: materialised.best,
          over_materialised_median: materialised.median,
          over_dense: dense.best,
          over_dense_median: dense.median,
          over_dense_rank_1: denseOne.best,
          us_per_batched_call: perCall,
          lifted_1024x200_seconds: lifted,
          engine_us_per_generation: engine,
          peak_mib: peak,
          budget_mib: budget,
          growth_mib: grown,
          ...(typeof python === "number" ? { python_ratio: python } : {})
        },
        skipped: typeof python === "number" ? [] : [python]
      }
    }).pipe(Effect.provide(DeviceWasm.layer))
}
