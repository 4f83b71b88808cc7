/**
 * A tensor expression as a value that a device can run: steps in order, and which of them depend on the example or on the
 * candidate.
 *
 * @since 0.1.0
 */
import * as Node from "./internal/node.js"

/**
 * One operation. `rows` says that its value depends on the example, `candidates` that it depends on the candidate; a
 * step with neither is computed once, one with `rows` alone once per example.
 *
 * @since 0.1.0
 * @category models
 */
export interface Step {
  readonly operation: Node.Operation
  readonly shape: ReadonlyArray<number>
  readonly size: number
  readonly inputs: ReadonlyArray<number>
  readonly rows: boolean
  readonly candidates: boolean
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Program {
  readonly steps: ReadonlyArray<Step>
  readonly outputs: ReadonlyArray<number>
  /** Steps that are read from `Launch.inputs`, in its order. */
  readonly inputs: ReadonlyArray<number>
  /** Steps that are read from `Launch.parameters`, in its order. */
  readonly parameters: ReadonlyArray<number>
}

/**
 * Data for one input step: `[rows, size]`, or `[candidates, rows, size]` when every candidate has its own.
 *
 * @since 0.1.0
 * @category models
 */
export interface Input {
  readonly data: Float32Array
  readonly perCandidate: boolean
}

/**
 * A program and what to run it on: `candidates × rows` runs of it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Launch {
  readonly program: Program
  readonly candidates: number
  readonly rows: number
  readonly inputs: ReadonlyArray<Input>
  /** For each parameter step, one weight for each candidate; a single one is shared by all. */
  readonly parameters: ReadonlyArray<ReadonlyArray<Node.Weight>>
}

/**
 * An output of a launch: `[candidates, rows, size]`, without the axes that it does not depend on.
 *
 * @since 0.1.0
 * @category models
 */
export interface Output {
  readonly data: Float32Array
  readonly size: number
  readonly rowStride: number
  readonly candidateStride: number
}

/**
 * @since 0.1.0
 * @category accessors
 */
export const rowOf = (output: Output, candidate: number, row: number): Float32Array => {
  const start = candidate * output.candidateStride + row * output.rowStride
  return output.data.subarray(start, start + output.size)
}

/**
 * The distinct nodes of an expression in order of dependency.
 *
 * @internal
 */
export interface Recording {
  /** Equal for expressions of the same structure, whatever their data. */
  readonly key: string
  readonly nodes: ReadonlyArray<Node.Node>
  readonly outputs: ReadonlyArray<number>
  readonly constants: ReadonlyArray<number>
  readonly parameters: ReadonlyArray<number>
}

const signature = (node: Node.Node, inputs: ReadonlyArray<number>): string => {
  const operation = node.operation
  const head = `${operation._tag}[${node.shape.join()}](${inputs.join()})`
  switch (operation._tag) {
    case "Unary":
      return `${head}${operation.kind};`
    case "Binary":
      return `${head}${operation.kind},${operation.tolerance};`
    case "Reduce":
      return `${head}${operation.kind},${operation.axis};`
    case "Softmax":
      return `${head}${operation.logarithm},${operation.axis};`
    case "Slice":
      return `${head}${operation.axis},${operation.start};`
    case "Concat":
      return `${head}${operation.axis};`
    case "Parameter":
      return `${head}${operation.key};`
    case "Example":
      return `${head}${operation.slot},${operation.perCandidate === true};`
    default:
      return `${head};`
  }
}

/**
 * @internal
 */
export const record = (outputs: ReadonlyArray<Node.Node>): Recording => {
  const nodes: Array<Node.Node> = []
  const constants: Array<number> = []
  const parameters: Array<number> = []
  const positions = new Map<Node.Node, number>()
  let key = ""
  const visit = (root: Node.Node): number => {
    const pending = [root]
    while (pending.length > 0) {
      const waiting = pending.length
      const node = pending[waiting - 1]!
      if (!positions.has(node)) {
        for (let k = node.inputs.length - 1; k >= 0; k--) {
          if (!positions.has(node.inputs[k]!)) pending.push(node.inputs[k]!)
        }
      }
      if (pending.length > waiting) continue
      pending.pop()
      if (positions.has(node)) continue
      const position = nodes.push(node) - 1
      positions.set(node, position)
      if (node.operation._tag === "Constant") constants.push(position)
      if (node.operation._tag === "Parameter") parameters.push(position)
      key += signature(
        node,
        node.inputs.map((input) => positions.get(input)!)
      )
    }
    return positions.get(root)!
  }
  const positionsOfOutputs = outputs.map(visit)
  return { key: `${key}>${positionsOfOutputs.join()}`, nodes, outputs: positionsOfOutputs, constants, parameters }
}

/**
 * Decides what depends on what. A step that `isRow` names is read from the launch's inputs, as are the examples of a
 * lifted run; `isShared` says that a parameter is one and the same for all candidates.
 *
 * @internal
 */
export const compile = (
  recording: Recording,
  options: {
    readonly isRow: (position: number) => boolean
    readonly isShared: (position: number) => boolean
  }
): Program => {
  const positions = new Map(recording.nodes.map((node, position) => [node, position]))
  const steps: Array<Step> = []
  const inputs: Array<number> = []
  recording.nodes.forEach((node, position) => {
    const operation = node.operation
    const operands = node.inputs.map((input) => positions.get(input)!)
    const own = operation._tag === "Constant" && options.isRow(position)
    if (own || operation._tag === "Example") inputs.push(position)
    steps.push({
      operation,
      shape: node.shape,
      size: Node.sizeOf(node.shape),
      inputs: operands,
      rows: own || operation._tag === "Example" || operands.some((input) => steps[input]!.rows),
      candidates:
        own ||
        (operation._tag === "Example" && operation.perCandidate === true) ||
        (operation._tag === "Parameter" && !options.isShared(position)) ||
        operands.some((input) => steps[input]!.candidates)
    })
  })
  return { steps, outputs: recording.outputs, inputs, parameters: recording.parameters }
}
