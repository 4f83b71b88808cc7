/**
 * What a run called, and what depended on what. It is made for people: nothing is ever replayed from it.
 *
 * @since 0.1.0
 */
import * as Graph from "effect/Graph"

/**
 * A call of a hyperfunction, or a `combine` or `split` of tensors between calls.
 *
 * @since 0.1.0
 * @category models
 */
export interface CallNode {
  readonly name: string
  readonly kind: "effect" | "tensor" | "combine" | "split"
  /** Milliseconds from the start of the run; `undefined` for `combine` and `split`. */
  readonly span: { readonly start: number; readonly end: number } | undefined
  /** Shapes of the tensors that went in and came out. */
  readonly inputs: ReadonlyArray<ReadonlyArray<number>>
  readonly outputs: ReadonlyArray<ReadonlyArray<number>>
  readonly failed: boolean
}

/**
 * How a dependency is known. `tensor`: the one is computed from the other; `identity`: the very object that came out went
 * in; `value`: an equal number or text did, which is all there is to see of one and may be chance.
 *
 * @since 0.1.0
 * @category models
 */
export type Dependency = "tensor" | "identity" | "value"

/**
 * @since 0.1.0
 * @category models
 */
export interface CallGraph {
  readonly graph: Graph.DirectedGraph<CallNode, Dependency>
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  nodes: ReadonlyArray<CallNode>,
  edges: ReadonlyArray<{ readonly from: number; readonly to: number; readonly dependency: Dependency }>
): CallGraph => ({
  graph: Graph.directed<CallNode, Dependency>((mutable) => {
    const indices = nodes.map((node) => Graph.addNode(mutable, node))
    for (const { dependency, from, to } of edges) Graph.addEdge(mutable, indices[from], indices[to], dependency)
  })
})

/**
 * @since 0.1.0
 * @category accessors
 */
export const nodes = (self: CallGraph): ReadonlyArray<CallNode> => [...self.graph.nodes.values()]

/**
 * Positions of the nodes that a node depends on.
 *
 * @since 0.1.0
 * @category accessors
 */
export const dependenciesOf = (self: CallGraph, node: number): ReadonlyArray<number> => [
  ...new Set([...self.graph.edges.values()].filter(({ target }) => target === node).map(({ source }) => source))
]

/**
 * Nodes by how many steps lie before them: those of one stage depend on none of the others and could run side by side.
 *
 * @since 0.1.0
 * @category accessors
 */
export const stages = (self: CallGraph): ReadonlyArray<ReadonlyArray<CallNode>> => {
  const stageOf: Array<number> = []
  const result: Array<Array<CallNode>> = []
  const visit = (node: number): number =>
    (stageOf[node] ??= 1 + dependenciesOf(self, node).reduce((latest, before) => Math.max(latest, visit(before)), -1))
  self.graph.nodes.forEach((data, node) => {
    const stage = visit(node)
    while (result.length <= stage) result.push([])
    result[stage].push(data)
  })
  return result
}

const label = ({ failed, name, outputs, span }: CallNode): string =>
  [
    name,
    ...(outputs.length === 0 ? [] : [outputs.map((shape) => `[${shape.join(", ")}]`).join(" ")]),
    ...(span === undefined ? [] : [`${(span.end - span.start).toFixed(1)} ms`]),
    ...(failed ? ["failed"] : [])
  ].join(" · ")

const edgeLabel = (dependency: Dependency): string => (dependency === "value" ? "equal value" : "")

/**
 * A Mermaid flowchart.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toMermaid = (self: CallGraph): string =>
  Graph.toMermaid(self.graph, {
    direction: "LR",
    nodeLabel: label,
    edgeLabel,
    nodeShape: ({ kind }) => (kind === "combine" || kind === "split" ? "circle" : "rounded")
  })

/**
 * A GraphViz digraph.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toDot = (self: CallGraph): string => Graph.toGraphViz(self.graph, { nodeLabel: label, edgeLabel })
