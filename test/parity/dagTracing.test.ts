/**
 * Mirrors `tests/test_dag_tracing.py` of the Python library. `unwrap_traced` has no counterpart: nothing is wrapped.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as CallGraph from "../../src/CallGraph.js"
import * as Candidate from "../../src/Candidate.js"
import * as Hyperfunction from "../../src/Hyperfunction.js"
import * as HyperSystem from "../../src/HyperSystem.js"
import { LMParams } from "../../src/LMParams.js"
import * as Params from "../../src/Params.js"

const plain = <In extends ReadonlyArray<number>>(name: string, run: (...args: In) => number) =>
  Hyperfunction.make(name, { params: Params.none, run: (_, ...args: In) => Effect.succeed(run(...args)) })

const stepA = plain("step_a", (x: number) => x + 1)
const stepB = plain("step_b", (y: number) => y * 2)
const stepC = plain("step_c", (a: number, b: number) => a + b)

const pipeline = HyperSystem.make("pipeline", { run: (x: number) => Effect.flatMap(stepA(x), stepB) })

const namesOf = (nodes: ReadonlyArray<CallGraph.CallNode>) => nodes.map(({ name }) => name)

describe("test_dag_tracing", () => {
  it.effect("call_order: a trace holds the calls in the order in which they were made", () =>
    Effect.gen(function* () {
      const { exit, graph } = yield* HyperSystem.trace(pipeline, 5)
      assert.deepStrictEqual(exit, Exit.succeed(12))
      assert.deepStrictEqual(namesOf(CallGraph.nodes(graph)), ["step_a", "step_b"])
    })
  )

  it.effect("dependencies: a call depends on the one whose result it was given", () =>
    Effect.gen(function* () {
      const { graph } = yield* HyperSystem.trace(pipeline, 5)
      assert.deepStrictEqual(CallGraph.dependenciesOf(graph, 0), [])
      assert.deepStrictEqual(CallGraph.dependenciesOf(graph, 1), [0])
    })
  )

  it.effect("stages_parallel: calls that do not depend on each other are one stage", () =>
    Effect.gen(function* () {
      const parallel = HyperSystem.make("parallel", {
        run: (x: number) =>
          Effect.flatMap(Effect.all([stepA(x), stepB(x)], { concurrency: 2 }), ([a, b]) => stepC(a, b))
      })
      const { exit, graph } = yield* HyperSystem.trace(parallel, 5)
      assert.deepStrictEqual(exit, Exit.succeed(16))
      assert.deepStrictEqual(CallGraph.stages(graph).map(namesOf), [["step_a", "step_b"], ["step_c"]])
      assert.deepStrictEqual(CallGraph.dependenciesOf(graph, 2), [0, 1])
    })
  )

  it.effect("multi_stage evaluate: (x * 2) + 1 on 1, 5 and 10 is right every time", () =>
    Effect.gen(function* () {
      const double = plain("double", (x: number) => x * 2)
      const addOne = plain("add_one", (x: number) => x + 1)
      const chained = HyperSystem.make("chained", { run: (x: number) => Effect.flatMap(double(x), addOne) })
      const examples = [
        { input: 1, expected: 3 },
        { input: 5, expected: 11 },
        { input: 10, expected: 21 }
      ]
      const accuracy = (outputs: ReadonlyArray<number>, expected: ReadonlyArray<number>) =>
        outputs.filter((output, k) => output === expected[k]).length / outputs.length
      const { outputs, score } = yield* HyperSystem.evaluate(chained, examples, accuracy)
      assert.deepStrictEqual(
        outputs,
        [3, 11, 21].map((value) => Exit.succeed(value))
      )
      assert.strictEqual(score, 1)
    })
  )

  it.effect("population_eval_with_hp: of temperatures 0, 0.5 and 1 the middle one is exactly right", () =>
    Effect.gen(function* () {
      const scaledAdd = Hyperfunction.make("scaled_add", {
        params: LMParams.space,
        run: ({ temperature }, x: number) => Effect.succeed(x + temperature)
      })
      const system = HyperSystem.make("scaled", { run: (x: number) => scaledAdd(x) })
      const candidates = [0, 0.5, 1].map((temperature) =>
        Candidate.set(Candidate.defaults(), scaledAdd, new LMParams({ temperature }))
      )
      const negativeError = (outputs: ReadonlyArray<number>, expected: ReadonlyArray<number>) =>
        -outputs.reduce((sum, output, k) => sum + Math.abs(output - expected[k]), 0)
      const examples = [{ input: 1, expected: 1.5 }]
      const { rewards } = yield* HyperSystem.evaluatePopulation(system, candidates, examples, negativeError)
      assert.isAbove(rewards[1], rewards[0])
      assert.isAbove(rewards[1], rewards[2])
      assert.strictEqual(Math.abs(rewards[1]), 0)
    })
  )
})
