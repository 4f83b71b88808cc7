/**
 * A small vocabulary of immutable tensors.
 *
 * A tensor is an expression: operations check their shapes when they are written and compute nothing. A program is
 * written for one example; a {@link Device} gives it meaning for a whole population of candidates and all examples at
 * once. Elements are 32-bit floats in row-major order.
 *
 * @since 0.1.0
 */
import type { Pipeable } from "effect/Pipeable"
import * as Schema from "effect/Schema"
import { evaluate } from "./internal/host.js"
import type { Binary, Reduction, Unary } from "./internal/Kernels.js"
import * as Node from "./internal/node.js"

/**
 * @since 0.1.0
 * @category type ids
 */
export const TypeId: TypeId = Node.TypeId

/**
 * @since 0.1.0
 * @category type ids
 */
export type TypeId = Node.TypeId

/**
 * @since 0.1.0
 * @category models
 */
export interface Tensor extends Pipeable {
  readonly [TypeId]: TypeId
  /** Lengths of the axes; `[]` is a scalar. */
  readonly shape: ReadonlyArray<number>
}

/**
 * Two shapes, or a shape and an argument, do not fit. Thrown where the operation is written, because that is the line to
 * mend; hyperfunctions and evaluations turn it into a failure of their own.
 *
 * @since 0.1.0
 * @category errors
 */
export class TensorError extends Schema.TaggedError<TensorError>("hyperfunc/TensorError")("TensorError", {
  reason: Schema.Literal("ShapeMismatch", "InvalidArgument"),
  operation: Schema.String,
  shapes: Schema.Array(Schema.Array(Schema.Number)),
  detail: Schema.String
}) {
  override get message(): string {
    const shapes = this.shapes.map(Node.showShape).join(" and ")
    return `Tensor.${this.operation}${shapes === "" ? "" : ` of ${shapes}`}: ${this.detail}`
  }
}

const fail = (
  reason: TensorError["reason"],
  operation: string,
  operands: ReadonlyArray<Tensor | ReadonlyArray<number>>,
  detail: string
): never => {
  throw new TensorError({
    reason,
    operation,
    shapes: operands.map((operand) => (Array.isArray(operand) ? operand : (operand as Tensor).shape)),
    detail
  })
}

const node = (self: Tensor): Node.Node => self as Node.Node

/**
 * @since 0.1.0
 * @category guards
 */
export const isTensor = (u: unknown): u is Tensor => Node.isNode(u)

// ---------------------------------------------------------------------------------------------------------------------
// constructors
// ---------------------------------------------------------------------------------------------------------------------

/**
 * @since 0.1.0
 * @category models
 */
export type Nested = number | ReadonlyArray<Nested>

const notNested = (): never => fail("InvalidArgument", "from", [], "needs numbers, or nested arrays of numbers")

/**
 * A number gives a scalar, nested arrays give one axis a level. Ragged nesting is refused.
 *
 * @since 0.1.0
 * @category constructors
 */
export const from = (values: Nested): Tensor => {
  const shape: Array<number> = []
  let level = values
  while (typeof level !== "number") {
    if (!Array.isArray(level)) return notNested()
    shape.push(level.length)
    if (level.length === 0) break
    level = level[0]!
  }
  const data = new Float32Array(Node.sizeOf(shape))
  let position = 0
  const write = (value: Nested, axis: number): void => {
    if (typeof value === "number") {
      if (axis !== shape.length)
        fail("ShapeMismatch", "from", [shape], "the arrays are ragged: a number is too shallow")
      data[position++] = value
    } else {
      if (!Array.isArray(value)) notNested()
      if (value.length !== shape[axis]) {
        fail("ShapeMismatch", "from", [shape], `the arrays are ragged: axis ${axis} also has length ${value.length}`)
      }
      value.forEach((inner) => write(inner, axis + 1))
    }
  }
  write(values, 0)
  return Node.constant(shape, data)
}

/**
 * Copies `values` into a tensor of `shape` (default: one axis).
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromTypedArray = (values: ArrayLike<number>, shape: ReadonlyArray<number> = [values.length]): Tensor => {
  checkShape("fromTypedArray", shape)
  if (Node.sizeOf(shape) !== values.length) {
    fail("ShapeMismatch", "fromTypedArray", [shape], `needs ${Node.sizeOf(shape)} elements, got ${values.length}`)
  }
  return Node.constant([...shape], Float32Array.from(values))
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const full = (shape: ReadonlyArray<number>, value: number): Tensor => {
  checkShape("full", shape)
  return Node.constant([...shape], new Float32Array(Node.sizeOf(shape)).fill(value))
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const zeros = (shape: ReadonlyArray<number>): Tensor => full(shape, 0)

/**
 * `[classes]` with a one at `index`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const oneHot = (index: number, classes: number): Tensor => {
  if (!Number.isInteger(index) || index < 0 || index >= classes) {
    fail("InvalidArgument", "oneHot", [], `index ${index} is not one of 0 to ${classes - 1}`)
  }
  const data = new Float32Array(classes)
  data[index] = 1
  return Node.constant([classes], data)
}

/**
 * The identity matrix `[size, size]`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const identity = (size: number): Tensor => {
  checkShape("identity", [size])
  const data = new Float32Array(size * size)
  for (let k = 0; k < size; k++) data[k * size + k] = 1
  return Node.constant([size, size], data)
}

const checkShape = (operation: string, shape: ReadonlyArray<number>): void => {
  if (!shape.every((length) => Number.isInteger(length) && length >= 0)) {
    fail("InvalidArgument", operation, [shape], "axes need whole, non-negative lengths")
  }
}

const coerce = (self: Tensor | number): Tensor => (typeof self === "number" ? from(self) : self)

// ---------------------------------------------------------------------------------------------------------------------
// element-wise
// ---------------------------------------------------------------------------------------------------------------------

const broadcast = (operation: string, a: Tensor, b: Tensor): ReadonlyArray<number> => {
  const rank = Math.max(a.shape.length, b.shape.length)
  const shape = new Array<number>(rank)
  for (let axis = 1; axis <= rank; axis++) {
    const left = a.shape[a.shape.length - axis] ?? 1
    const right = b.shape[b.shape.length - axis] ?? 1
    if (left !== right && left !== 1 && right !== 1) {
      fail("ShapeMismatch", operation, [a, b], "the shapes do not broadcast; make the axes equal, or 1")
    }
    shape[rank - axis] = left === 1 ? right : left
  }
  return shape
}

const binary =
  (operation: string, kind: Binary) =>
  (self: Tensor | number, that: Tensor | number): Tensor => {
    const a = coerce(self)
    const b = coerce(that)
    return Node.make(broadcast(operation, a, b), { _tag: "Binary", kind, tolerance: 0 }, [node(a), node(b)])
  }

const unary =
  (kind: Unary) =>
  (self: Tensor): Tensor =>
    Node.make(self.shape, { _tag: "Unary", kind }, [node(self)])

/**
 * Element-wise sum; shapes broadcast from the last axis.
 *
 * @since 0.1.0
 * @category element-wise
 */
export const add: (self: Tensor | number, that: Tensor | number) => Tensor = binary("add", "add")

/**
 * @since 0.1.0
 * @category element-wise
 */
export const sub: (self: Tensor | number, that: Tensor | number) => Tensor = binary("sub", "sub")

/**
 * @since 0.1.0
 * @category element-wise
 */
export const mul: (self: Tensor | number, that: Tensor | number) => Tensor = binary("mul", "mul")

/**
 * @since 0.1.0
 * @category element-wise
 */
export const div: (self: Tensor | number, that: Tensor | number) => Tensor = binary("div", "div")

/**
 * @since 0.1.0
 * @category element-wise
 */
export const minimum: (self: Tensor | number, that: Tensor | number) => Tensor = binary("minimum", "minimum")

/**
 * @since 0.1.0
 * @category element-wise
 */
export const maximum: (self: Tensor | number, that: Tensor | number) => Tensor = binary("maximum", "maximum")

/**
 * One where `|self - that| <= tolerance`, zero elsewhere.
 *
 * @since 0.1.0
 * @category element-wise
 */
export const equal = (
  self: Tensor | number,
  that: Tensor | number,
  options?: { readonly tolerance?: number }
): Tensor => {
  const a = coerce(self)
  const b = coerce(that)
  return Node.make(broadcast("equal", a, b), { _tag: "Binary", kind: "equal", tolerance: options?.tolerance ?? 0 }, [
    node(a),
    node(b)
  ])
}

/**
 * @since 0.1.0
 * @category element-wise
 */
export const neg: (self: Tensor) => Tensor = unary("neg")

/**
 * @since 0.1.0
 * @category element-wise
 */
export const abs: (self: Tensor) => Tensor = unary("abs")

/**
 * @since 0.1.0
 * @category element-wise
 */
export const exp: (self: Tensor) => Tensor = unary("exp")

/**
 * The natural logarithm; `-Infinity` at zero.
 *
 * @since 0.1.0
 * @category element-wise
 */
export const log: (self: Tensor) => Tensor = unary("log")

/**
 * @since 0.1.0
 * @category element-wise
 */
export const sqrt: (self: Tensor) => Tensor = unary("sqrt")

/**
 * `max(x, 0)`
 *
 * @since 0.1.0
 * @category element-wise
 */
export const relu: (self: Tensor) => Tensor = unary("relu")

/**
 * @since 0.1.0
 * @category element-wise
 */
export const tanh: (self: Tensor) => Tensor = unary("tanh")

/**
 * `1 / (1 + exp(-x))`
 *
 * @since 0.1.0
 * @category element-wise
 */
export const sigmoid: (self: Tensor) => Tensor = unary("sigmoid")

// ---------------------------------------------------------------------------------------------------------------------
// products
// ---------------------------------------------------------------------------------------------------------------------

/**
 * `x Wᵀ + bias`: `x` is `[..., in]`, `weight` is `[out, in]` (a matrix, or a parameter that holds one), the result is
 * `[..., out]`.
 *
 * A weight that a population searches stays in factors: `x Wᵀ ± (σ/√r) (x B) Aᵀ` (EGGROLL, arXiv 2511.16652).
 *
 * @since 0.1.0
 * @category products
 */
export const linear = (x: Tensor, weight: Tensor | { readonly weight: Tensor }, bias?: Tensor): Tensor => {
  const w = isTensor(weight) ? weight : weight.weight
  if (w.shape.length !== 2 || x.shape.length === 0 || x.shape[x.shape.length - 1] !== w.shape[1]) {
    fail("ShapeMismatch", "linear", [x, w], "needs x of [..., in] and a weight of [out, in]")
  }
  const shape = [...x.shape.slice(0, -1), w.shape[0]!]
  const product: Tensor = Node.make(shape, { _tag: "Linear" }, [node(x), node(w)])
  if (bias === undefined) return product
  try {
    return add(product, bias)
  } catch (error) {
    if (!(error instanceof TensorError)) throw error
    return fail("ShapeMismatch", "linear", [x, w, bias], "needs a bias of [out]")
  }
}

/**
 * `[m, k] · [k, n]` gives `[m, n]`; an operand of one axis is a row on the left and a column on the right.
 *
 * @since 0.1.0
 * @category products
 */
export const matMul = (self: Tensor, that: Tensor): Tensor => {
  const a = self.shape.length === 1 ? reshape(self, [1, self.shape[0]!]) : self
  const b = that.shape.length === 1 ? reshape(that, [that.shape[0]!, 1]) : that
  if (a.shape.length !== 2 || b.shape.length !== 2 || a.shape[1] !== b.shape[0]) {
    fail("ShapeMismatch", "matMul", [self, that], "needs [m, k] and [k, n]")
  }
  const [m, n] = [a.shape[0]!, b.shape[1]!]
  const product: Tensor = Node.make([m, n], { _tag: "MatMul" }, [node(a), node(b)])
  if (self.shape.length === 2 && that.shape.length === 2) return product
  return reshape(product, [...(self.shape.length === 2 ? [m] : []), ...(that.shape.length === 2 ? [n] : [])])
}

// ---------------------------------------------------------------------------------------------------------------------
// along an axis
// ---------------------------------------------------------------------------------------------------------------------

const axisOf = (operation: string, self: Tensor, axis: number, rank = self.shape.length): number => {
  const resolved = axis < 0 ? rank + axis : axis
  if (!Number.isInteger(axis) || resolved < 0 || resolved >= rank) {
    fail("InvalidArgument", operation, [self], `there is no axis ${axis}`)
  }
  return resolved
}

const reduce =
  (operation: string, kind: Reduction) =>
  (self: Tensor, axis?: number): Tensor => {
    const operand = axis === undefined ? reshape(self, [Node.sizeOf(self.shape)]) : self
    const resolved = axisOf(operation, operand, axis ?? 0)
    if (operand.shape[resolved] === 0) fail("InvalidArgument", operation, [self], "the axis is empty")
    const shape = operand.shape.filter((_, k) => k !== resolved)
    return Node.make(shape, { _tag: "Reduce", kind, axis: resolved }, [node(operand)])
  }

/**
 * Sum along `axis` (negative counts from the end), which disappears; over all elements when no axis is given.
 *
 * @since 0.1.0
 * @category reductions
 */
export const sum: (self: Tensor, axis?: number) => Tensor = reduce("sum", "sum")

/**
 * @since 0.1.0
 * @category reductions
 */
export const mean: (self: Tensor, axis?: number) => Tensor = reduce("mean", "mean")

/**
 * @since 0.1.0
 * @category reductions
 */
export const max: (self: Tensor, axis?: number) => Tensor = reduce("max", "max")

/**
 * Index of the first greatest element.
 *
 * @since 0.1.0
 * @category reductions
 */
export const argMax: (self: Tensor, axis?: number) => Tensor = reduce("argMax", "argMax")

const softmaxAlong =
  (operation: string, logarithm: boolean) =>
  (self: Tensor, axis = -1): Tensor =>
    Node.make(self.shape, { _tag: "Softmax", logarithm, axis: axisOf(operation, self, axis) }, [node(self)])

/**
 * @since 0.1.0
 * @category reductions
 */
export const softmax: (self: Tensor, axis?: number) => Tensor = softmaxAlong("softmax", false)

/**
 * @since 0.1.0
 * @category reductions
 */
export const logSoftmax: (self: Tensor, axis?: number) => Tensor = softmaxAlong("logSoftmax", true)

// ---------------------------------------------------------------------------------------------------------------------
// structure
// ---------------------------------------------------------------------------------------------------------------------

/**
 * The same elements in row-major order under another shape of the same size.
 *
 * @since 0.1.0
 * @category structure
 */
export const reshape = (self: Tensor, shape: ReadonlyArray<number>): Tensor => {
  checkShape("reshape", shape)
  if (Node.sizeOf(shape) !== Node.sizeOf(self.shape)) {
    fail("ShapeMismatch", "reshape", [self, shape], "the sizes differ")
  }
  return Node.make([...shape], { _tag: "Reshape" }, [node(self)])
}

const sliceAs = (
  operation: string,
  self: Tensor,
  axis: number,
  start: number,
  length: number,
  split?: Node.Split
): Tensor => {
  const resolved = axisOf(operation, self, axis)
  const extent = self.shape[resolved]!
  if (!(Number.isInteger(start) && Number.isInteger(length) && start >= 0 && length >= 0 && start + length <= extent)) {
    fail(
      "InvalidArgument",
      operation,
      [self],
      `${start} to ${start + length} is outside axis ${axis} of length ${extent}`
    )
  }
  const shape = self.shape.map((size, k) => (k === resolved ? length : size))
  return Node.make(shape, { _tag: "Slice", axis: resolved, start, split }, [node(self)])
}

/**
 * `length` elements of `axis` from `start`; the axis stays.
 *
 * @since 0.1.0
 * @category structure
 */
export const slice = (
  self: Tensor,
  options: { readonly start: number; readonly length: number; readonly axis?: number }
): Tensor => sliceAs("slice", self, options.axis ?? 0, options.start, options.length)

/**
 * Joins tensors along an existing axis (default: the last). Appears in the call graph as a node.
 *
 * @since 0.1.0
 * @category structure
 */
export const combine = (tensors: ReadonlyArray<Tensor>, axis = -1): Tensor => {
  const first = tensors[0] ?? fail("InvalidArgument", "combine", [], "needs at least one tensor")
  const resolved = axisOf("combine", first, axis)
  for (const tensor of tensors) {
    const fits =
      tensor.shape.length === first.shape.length &&
      tensor.shape.every((length, k) => k === resolved || length === first.shape[k])
    if (!fits) fail("ShapeMismatch", "combine", [first, tensor], `all axes but ${axis} must be equal`)
  }
  const length = tensors.reduce((total, tensor) => total + tensor.shape[resolved]!, 0)
  const shape = first.shape.map((size, k) => (k === resolved ? length : size))
  return Node.make(shape, { _tag: "Concat", axis: resolved }, tensors.map(node))
}

/**
 * Cuts a tensor along `axis` (default: the last) into parts of the given sizes, which must add up to it. Appears in the
 * call graph as one node.
 *
 * @since 0.1.0
 * @category structure
 */
export const split = (self: Tensor, sizes: ReadonlyArray<number>, axis = -1): ReadonlyArray<Tensor> => {
  const resolved = axisOf("split", self, axis)
  const extent = self.shape[resolved]!
  const total = sizes.reduce((a, b) => a + b, 0)
  if (total !== extent) {
    fail("ShapeMismatch", "split", [self, sizes], `the sizes add up to ${total}, axis ${axis} has length ${extent}`)
  }
  const together = { shapes: sizes.map((size) => self.shape.map((length, k) => (k === resolved ? size : length))) }
  let start = 0
  return sizes.map((size) => {
    const part = sliceAs("split", self, axis, start, size, together)
    start += size
    return part
  })
}

/**
 * Joins tensors of one shape along a new axis (default: the first).
 *
 * @since 0.1.0
 * @category structure
 */
export const stack = (tensors: ReadonlyArray<Tensor>, axis = 0): Tensor => {
  const first = tensors[0] ?? fail("InvalidArgument", "stack", [], "needs at least one tensor")
  const resolved = axisOf("stack", first, axis, first.shape.length + 1)
  const widened = tensors.map((tensor) => {
    const same = tensor.shape.length === first.shape.length && tensor.shape.every((n, k) => n === first.shape[k])
    if (!same) fail("ShapeMismatch", "stack", [first, tensor], "all shapes must be equal")
    return reshape(tensor, [...tensor.shape.slice(0, resolved), 1, ...tensor.shape.slice(resolved)])
  })
  return combine(widened, resolved)
}

// ---------------------------------------------------------------------------------------------------------------------
// to the host
// ---------------------------------------------------------------------------------------------------------------------

/**
 * The elements in row-major order, as a copy. Inside a lifted run, where the tensor stands for every candidate and
 * example, this ends the run and the examples are evaluated one by one.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toTypedArray = (self: Tensor): Float32Array => evaluate(node(self)).slice()

/**
 * Nested arrays, one level an axis; a number for a scalar.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toArray = (self: Tensor): Nested => {
  const data = evaluate(node(self))
  const nest = (axis: number, offset: number): Nested => {
    if (axis === self.shape.length) return data[offset]!
    const stride = Node.sizeOf(self.shape.slice(axis + 1))
    return Array.from({ length: self.shape[axis]! }, (_, k) => nest(axis + 1, offset + k * stride))
  }
  return nest(0, 0)
}

/**
 * The only element of a tensor of size one.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toNumber = (self: Tensor): number => {
  if (Node.sizeOf(self.shape) !== 1) fail("ShapeMismatch", "toNumber", [self], "needs exactly one element")
  return evaluate(node(self))[0]!
}

/**
 * Whether two tensors have one shape and differ by at most `tolerance` (default 0) in every element.
 *
 * @since 0.1.0
 * @category comparing
 */
export const equals = (self: Tensor, that: Tensor, options?: { readonly tolerance?: number }): boolean => {
  if (self.shape.length !== that.shape.length || !self.shape.every((n, k) => n === that.shape[k])) return false
  const [a, b] = [evaluate(node(self)), evaluate(node(that))]
  const tolerance = options?.tolerance ?? 0
  return a.every((x, k) => x === b[k] || Math.abs(x - b[k]!) <= tolerance)
}
