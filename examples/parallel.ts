/**
 * Steps that do not depend on each other run side by side, and the trace of a run shows it.
 */
import * as Effect from "effect/Effect"
import { CallGraph, Hyperfunction, HyperSystem, LMParams } from "../src/index.js"
import type { Program } from "./lib/program.js"

const stepA = Hyperfunction.make("step_a", { params: LMParams.space, run: (_, x: number) => Effect.succeed(x + 1) })
const stepB = Hyperfunction.make("step_b", { params: LMParams.space, run: (_, x: number) => Effect.succeed(x * 3) })
const stepC = Hyperfunction.make("step_c", {
  params: LMParams.space,
  run: (_, a: number, b: number) => Effect.succeed(a + b)
})

const system = HyperSystem.make("parallel", {
  run: (x: number) =>
    Effect.gen(function* () {
      const [a, b] = yield* Effect.all([stepA(x), stepB(x)], { concurrency: 2 })
      return yield* stepC(a, b)
    })
})

export const parallel: Program = {
  name: "parallel",
  run: ({ say }) =>
    Effect.gen(function* () {
      const { exit, graph } = yield* HyperSystem.trace(system, 5)
      const output = yield* exit
      const stages = CallGraph.stages(graph).map((stage) => stage.map(({ name }) => name))
      yield* say(`5 → ${output}`)
      yield* say(stages.map((stage) => stage.join(" ∥ ")).join(" → "))
      yield* say(CallGraph.toMermaid(graph))
      return { output, stages }
    })
}
