import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Random from "effect/Random"
import * as CallGraph from "../CallGraph.js"
import type { Call, Execution } from "./execution.js"
import { isNode, type Node } from "./node.js"
import { Registry } from "./registry.js"
import { tensorsIn } from "./structure.js"

interface RecordedCall {
  readonly call: Call<unknown, unknown, unknown>
  readonly start: number
  end: number | undefined
  exit: Exit.Exit<unknown, unknown> | undefined
}

type Edge = Parameters<typeof CallGraph.make>[1][number]

const milliseconds = Effect.map(Clock.currentTimeNanos, (nanoseconds) => Number(nanoseconds) / 1e6)

/**
 * Watches the calls of one run.
 *
 * @internal
 */
export class Recorder {
  static readonly make = (seed: number): Effect.Effect<Recorder> =>
    Effect.map(milliseconds, (begun) => new Recorder(begun, seed))

  readonly registry = new Registry()
  private readonly begun: number
  /** Beginnings and ends of calls, in order: what a call gave is known to those that begin after it. */
  private readonly events: Array<{ readonly recorded: RecordedCall; readonly begins: boolean }> = []

  private readonly seed: number
  private random: Random.Random | undefined

  private constructor(begun: number, seed: number) {
    this.begun = begun
    this.seed = seed
  }

  readonly execution: Execution = {
    around: (call) => {
      this.registry.add(call.definition)
      return Effect.flatMap(milliseconds, (start) => {
        const recorded: RecordedCall = { call, start, end: undefined, exit: undefined }
        this.events.push({ recorded, begins: true })
        return Effect.onExit(call.run, (exit) =>
          Effect.map(milliseconds, (end) => {
            recorded.exit = exit
            recorded.end = end
            this.events.push({ recorded, begins: false })
          })
        )
      })
    },
    lift: undefined,
    random: () => (this.random ??= Random.make(this.seed)),
    budgets: { evaluation: new Map(), example: new Map() }
  }

  /** The graph of the calls, and of the tensor operations between them and up to the output of the run. */
  graph(output: unknown): Effect.Effect<CallGraph.CallGraph> {
    return Effect.map(milliseconds, (now) => {
      const graph = new Builder()
      const positions = new Map<RecordedCall, number>()
      for (const { begins, recorded } of this.events) {
        const { call, end = now, exit, start } = recorded
        const value = exit !== undefined && Exit.isSuccess(exit) ? exit.value : undefined
        if (begins) {
          const node: CallGraph.CallNode = {
            name: call.definition.name,
            kind: call.definition.kind,
            span: { start: start - this.begun, end: end - this.begun },
            inputs: tensorsIn(call.args).map(({ shape }) => shape),
            outputs: tensorsIn(value).map(({ shape }) => shape),
            failed: exit !== undefined && Exit.isFailure(exit)
          }
          positions.set(recorded, graph.add(node, graph.sourcesOf(call.args)))
        } else {
          graph.produced(value, positions.get(recorded)!)
        }
      }
      graph.sourcesOf([output])
      return CallGraph.make(graph.nodes, graph.edges)
    })
  }
}

type Source = Omit<Edge, "to">

/** What a value is made of; tensors and binary data are one thing. */
const partsOf = (value: object): ReadonlyArray<unknown> => {
  if (isNode(value) || ArrayBuffer.isView(value)) return []
  if (value instanceof Map) return [...value.keys(), ...value.values()]
  return value instanceof Set ? [...value] : Object.values(value)
}

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
    const found = node.inputs.flatMap((input) => this.tensorSources(input, seen))
    const sources = [...new Map(found.map((source) => [source.from, source])).values()]
    const kind = operation._tag === "Concat" ? "combine" : split === undefined ? undefined : "split"
    const result: ReadonlyArray<Source> =
      kind === undefined
        ? sources
        : [
            {
              from: this.add(
                {
                  name: kind,
                  kind,
                  span: undefined,
                  inputs: node.inputs.map(({ shape }) => shape),
                  outputs: split?.shapes ?? [node.shape],
                  failed: false
                },
                sources
              ),
              dependency: "tensor"
            }
          ]
    seen.set(node, result)
    if (kind === "combine") this.byObject.set(node, result[0].from)
    if (split !== undefined) this.bySplit.set(split, result[0].from)
    return result
  }
}
