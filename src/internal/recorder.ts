import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as CallGraph from "../CallGraph.js"
import type { Call, Execution } from "./execution.js"
import { isNode, type Node } from "./node.js"
import { Registry } from "./registry.js"
import { tensorsIn } from "./structure.js"

interface RecordedCall {
  readonly call: Call<unknown, unknown, unknown>
  readonly start: number
  end: number
  exit: Exit.Exit<unknown, unknown> | undefined
}

type Edge = Parameters<typeof CallGraph.make>[1][number]

/**
 * Watches the calls of one run.
 *
 * @internal
 */
export class Recorder {
  readonly registry = new Registry()
  private readonly calls: Array<RecordedCall> = []

  readonly execution: Execution = {
    around: (call) => {
      this.registry.add(call.definition)
      return Effect.flatMap(Clock.currentTimeNanos, (begun) => {
        const recorded: RecordedCall = { call, start: Number(begun) / 1e6, end: 0, exit: undefined }
        this.calls.push(recorded)
        return Effect.onExit(call.run, (exit) =>
          Effect.map(Clock.currentTimeNanos, (ended) => {
            recorded.exit = exit
            recorded.end = Number(ended) / 1e6
          }))
      })
    },
    lift: undefined,
    budgets: { evaluation: new Map(), example: new Map() }
  }

  /** The graph of the calls, and of the tensor operations between them and up to the output of the run. */
  graph(output: unknown): CallGraph.CallGraph {
    const graph = new Builder()
    const begun = this.calls[0]?.start ?? 0
    for (const { call, end, exit, start } of this.calls) {
      const sources = graph.sourcesOf(call.args)
      const value = exit !== undefined && Exit.isSuccess(exit) ? exit.value : undefined
      const position = graph.add({
        name: call.definition.name,
        kind: call.definition.kind,
        span: { start: start - begun, end: end - begun },
        inputs: tensorsIn(call.args).map(({ shape }) => shape),
        outputs: tensorsIn(value).map(({ shape }) => shape),
        failed: exit !== undefined && Exit.isFailure(exit)
      }, sources)
      graph.produced(value, position)
    }
    graph.sourcesOf([output])
    return CallGraph.make(graph.nodes, graph.edges)
  }
}

type Source = Omit<Edge, "to">

/** What a value is made of; tensors and binary data are one thing. */
const partsOf = (value: object): ReadonlyArray<unknown> =>
  isNode(value) || ArrayBuffer.isView(value) ? [] : Object.values(value)

class Builder {
  readonly nodes: Array<CallGraph.CallNode> = []
  readonly edges: Array<Edge> = []
  private readonly byObject = new Map<object, number>()
  private readonly byValue = new Map<unknown, number>()
  private readonly bySplit = new Map<object, number>()

  add(node: CallGraph.CallNode, sources: ReadonlyArray<Source>): number {
    const to = this.nodes.push(node) - 1
    const seen = new Set<number>()
    for (const source of sources) {
      if (seen.has(source.from)) continue
      seen.add(source.from)
      this.edges.push({ ...source, to })
    }
    return to
  }

  /** Remembers what a call gave: its objects by identity, its tensors too, numbers and texts by value. */
  produced(value: unknown, by: number, seen = new Set<object>()): void {
    if (typeof value === "object" && value !== null) {
      if (seen.has(value)) return
      seen.add(value)
      this.byObject.set(value, by)
      for (const part of partsOf(value)) this.produced(part, by, seen)
    } else if (typeof value === "number" || typeof value === "string" || typeof value === "bigint") {
      this.byValue.set(value, by)
    }
  }

  sourcesOf(value: unknown, seen = new Set<object>()): ReadonlyArray<Source> {
    if (isNode(value)) return this.tensorSources(value, new Map())
    if (typeof value === "object" && value !== null) {
      const known = this.byObject.get(value)
      if (known !== undefined) return [{ from: known, dependency: "identity" }]
      if (seen.has(value)) return []
      seen.add(value)
      return partsOf(value).flatMap((part) => this.sourcesOf(part, seen))
    }
    const known = this.byValue.get(value)
    return known === undefined ? [] : [{ from: known, dependency: "value" }]
  }

  private tensorSources(node: Node, seen: Map<Node, ReadonlyArray<Source>>): ReadonlyArray<Source> {
    const produced = this.byObject.get(node)
    if (produced !== undefined) return [{ from: produced, dependency: "tensor" }]
    const known = seen.get(node)
    if (known !== undefined) return known
    const { operation } = node
    const split = operation._tag === "Slice" ? operation.split : undefined
    const seenSplit = split && this.bySplit.get(split)
    if (seenSplit !== undefined) return [{ from: seenSplit, dependency: "tensor" }]
    const sources = node.inputs.flatMap((input) => this.tensorSources(input, seen))
    const kind = operation._tag === "Concat" ? "combine" : split === undefined ? undefined : "split"
    const result: ReadonlyArray<Source> = kind === undefined ? sources : [{
      from: this.add({
        name: kind,
        kind,
        span: undefined,
        inputs: node.inputs.map(({ shape }) => shape),
        outputs: kind === "split" ? [] : [node.shape],
        failed: false
      }, sources),
      dependency: "tensor"
    }]
    seen.set(node, result)
    if (kind === "combine") this.byObject.set(node, result[0].from)
    if (split !== undefined) this.bySplit.set(split, result[0].from)
    return result
  }
}
