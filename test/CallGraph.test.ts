import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as CallGraph from "../src/CallGraph.js"
import { numbers, seed } from "./utils/arrays.js"

const call = (name: string, options: Partial<CallGraph.CallNode> = {}): CallGraph.CallNode => ({
  name,
  kind: "tensor",
  span: { start: 0, end: 1.25 },
  inputs: [],
  outputs: [],
  failed: false,
  ...options
})

const edge = (from: number, to: number, dependency: CallGraph.Dependency = "tensor") => ({ from, to, dependency })

const names = (stages: ReadonlyArray<ReadonlyArray<CallGraph.CallNode>>) =>
  stages.map((stage) => stage.map(({ name }) => name))

describe("CallGraph", () => {
  it("keeps its nodes in order, and their dependencies once each", () => {
    const graph = CallGraph.make([call("a"), call("b"), call("c")], [edge(0, 2), edge(1, 2), edge(0, 2, "identity")])
    assert.deepStrictEqual(
      CallGraph.nodes(graph).map(({ name }) => name),
      ["a", "b", "c"]
    )
    assert.deepStrictEqual(CallGraph.dependenciesOf(graph, 2), [0, 1])
    assert.deepStrictEqual(CallGraph.dependenciesOf(graph, 0), [])
  })

  it("has stages: step_a beside step_b, then step_c", () => {
    const graph = CallGraph.make([call("step_a"), call("step_b"), call("step_c")], [edge(0, 2), edge(1, 2)])
    assert.deepStrictEqual(names(CallGraph.stages(graph)), [["step_a", "step_b"], ["step_c"]])
  })

  it("puts a call after the last of those that it depends on", () => {
    const graph = CallGraph.make(
      ["a", "b", "c", "d", "e"].map((name) => call(name)),
      [edge(0, 1), edge(1, 2), edge(0, 3), edge(2, 4), edge(3, 4)]
    )
    assert.deepStrictEqual(names(CallGraph.stages(graph)), [["a"], ["b", "d"], ["c"], ["e"]])
  })

  it("has no stages without nodes", () => {
    assert.deepStrictEqual(CallGraph.stages(CallGraph.make([], [])), [])
  })

  it.prop(
    "in stages every node comes once, after all that it depends on and right after one of them",
    { seed, size: FastCheck.integer({ min: 1, max: 20 }) },
    ({ seed, size }) => {
      const next = numbers(seed)
      const edges = Array.from({ length: size * 2 }, () => [Math.floor(next() * size), Math.floor(next() * size)])
        .filter(([from, to]) => from < to)
        .map(([from, to]) => edge(from, to))
      const graph = CallGraph.make(
        Array.from({ length: size }, (_, k) => call(`${k}`)),
        edges
      )
      const stages = CallGraph.stages(graph)
      const stageOf = new Map(stages.flatMap((stage, k) => stage.map(({ name }) => [Number(name), k] as const)))
      assert.strictEqual(stages.flat().length, size)
      assert.strictEqual(stageOf.size, size)
      for (let node = 0; node < size; node++) {
        const before = CallGraph.dependenciesOf(graph, node).map((one) => stageOf.get(one)!)
        assert.strictEqual(stageOf.get(node), Math.max(-1, ...before) + 1)
      }
    }
  )

  const drawn = CallGraph.make(
    [
      call("first", { outputs: [[2, 3], [4]] }),
      call("second", { kind: "effect", failed: true, span: { start: 2, end: 12 } }),
      call("combine", { kind: "combine", span: undefined, outputs: [[7]] })
    ],
    [edge(0, 1, "value"), edge(0, 2), edge(1, 2, "identity")]
  )

  it("is a Mermaid flowchart with shapes, times, failures and dependencies by equal value", () => {
    assert.deepStrictEqual(CallGraph.toMermaid(drawn).trim().split("\n"), [
      "flowchart LR",
      '  0("first · #91;2, 3#93; #91;4#93; · 1.3 ms")',
      '  1("second · 10.0 ms · failed")',
      '  2(("combine · #91;7#93;"))',
      '  0 -->|"equal value"| 1',
      "  0 --> 2",
      "  1 --> 2"
    ])
  })

  it("is a GraphViz digraph", () => {
    const dot = CallGraph.toDot(drawn)
    assert.match(dot, /^digraph/)
    assert.include(dot, '"0" [label="first · [2, 3] [4] · 1.3 ms"];')
    assert.include(dot, '"1" [label="second · 10.0 ms · failed"];')
    assert.include(dot, '"0" -> "1" [label="equal value"];')
    assert.include(dot, '"1" -> "2"')
  })

  it("escapes names in either drawing", () => {
    const graph = CallGraph.make([call('say "hi" <b>')], [])
    assert.notInclude(CallGraph.toMermaid(graph), '"hi"')
    assert.notInclude(CallGraph.toMermaid(graph), "<b>")
    assert.include(CallGraph.toDot(graph), '\\"hi\\"')
  })
})
