import { type Pipeable, pipeArguments } from "effect/Pipeable"
import type { Key } from "../Noise.js"
import type { Binary, Reduction, Unary } from "./Kernels.js"

/** @internal */
export const TypeId = "~hyperfunc/Tensor"

/** @internal */
export type TypeId = typeof TypeId

/**
 * The random direction of an antithetic pair on one parameter. Both members share the object, so that a kernel can
 * share the work.
 *
 * A matrix `[out, in]` of rank `r` has `r * (in + out)` floats: `B` as `[r, in]`, then `A` as `[out, r]`. A vector has its
 * own length, and `rank` is `undefined`.
 *
 * @internal
 */
export interface Direction {
  readonly rank: number | undefined
  readonly length: number
  readonly fill: (out: Float32Array, offset: number) => void
  /** The stream whose normals the elements of a matrix are, so that a kernel can draw them in its own memory. */
  readonly key?: Key | undefined
}

/**
 * A parameter of one candidate: `base + scale * A B` for a matrix with a direction, `base + scale * z` for a vector.
 *
 * @internal
 */
export interface Weight {
  readonly base: Float32Array
  readonly direction: Direction | undefined
  readonly scale: number
}

/**
 * What a tensor that stands for all candidates or all examples belongs to. Looking at such a tensor ends the run.
 *
 * @internal
 */
export interface Lift {
  readonly diverge: (reason: string) => never
}

/**
 * What the parts of one tensor have in common.
 *
 * @internal
 */
export interface Split {
  readonly shapes: ReadonlyArray<ReadonlyArray<number>>
}

/** @internal */
export type Operation =
  | { readonly _tag: "Constant"; readonly data: Float32Array }
  | { readonly _tag: "Example"; readonly slot: number; readonly perCandidate?: true }
  | { readonly _tag: "Parameter"; readonly key: string; readonly weight: Weight | undefined }
  | { readonly _tag: "Unary"; readonly kind: Unary }
  | { readonly _tag: "Binary"; readonly kind: Binary; readonly tolerance: number }
  | { readonly _tag: "Linear" }
  | { readonly _tag: "MatMul" }
  | { readonly _tag: "Reduce"; readonly kind: Reduction; readonly axis: number }
  | { readonly _tag: "Softmax"; readonly logarithm: boolean; readonly axis: number }
  | { readonly _tag: "Reshape" }
  | { readonly _tag: "Slice"; readonly axis: number; readonly start: number; readonly split: Split | undefined }
  | { readonly _tag: "Concat"; readonly axis: number }

/** @internal */
export interface Node extends Pipeable {
  readonly [TypeId]: TypeId
  readonly shape: ReadonlyArray<number>
  readonly operation: Operation
  readonly inputs: ReadonlyArray<Node>
  readonly lift: Lift | undefined
}

class Expression {
  readonly [TypeId] = TypeId
  readonly shape: ReadonlyArray<number>
  readonly operation: Operation
  readonly inputs: ReadonlyArray<Node>
  readonly lift: Lift | undefined

  constructor(shape: ReadonlyArray<number>, operation: Operation, inputs: ReadonlyArray<Node>, lift: Lift | undefined) {
    this.shape = shape
    this.operation = operation
    this.inputs = inputs
    this.lift = lift
  }

  pipe() {
    return pipeArguments(this, arguments)
  }
  toString(): string {
    return `Tensor(${showShape(this.shape)})`
  }
  toJSON(): unknown {
    return { _id: "Tensor", shape: this.shape }
  }
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString()
  }
}

const none: ReadonlyArray<Node> = []

const liftOf = (inputs: ReadonlyArray<Node>): Lift | undefined => {
  for (const input of inputs) if (input.lift !== undefined) return input.lift
  return undefined
}

/** @internal */
export const make = (
  shape: ReadonlyArray<number>,
  operation: Operation,
  inputs: ReadonlyArray<Node> = none,
  lift: Lift | undefined = liftOf(inputs)
): Node => new Expression(shape, operation, inputs, lift) as Node

/** @internal */
export const constant = (shape: ReadonlyArray<number>, data: Float32Array): Node =>
  make(shape, { _tag: "Constant", data })

/** @internal */
export const isNode = (u: unknown): u is Node => typeof u === "object" && u !== null && TypeId in u

/** @internal */
export const sizeOf = (shape: ReadonlyArray<number>): number => shape.reduce((size, length) => size * length, 1)

/** @internal */
export const showShape = (shape: ReadonlyArray<number>): string => `[${shape.join(", ")}]`
