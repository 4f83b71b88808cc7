import { assert } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Tensor from "../../src/Tensor.js"

/** A tensor in double precision, computed one element at a time: what the real ones are compared with. */
export interface Naive {
  readonly shape: ReadonlyArray<number>
  readonly data: ReadonlyArray<number>
}

type Index = ReadonlyArray<number>

/** Numbers in [0, 1) that a seed decides (mulberry32). */
export const numbers = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let z = Math.imul(state ^ (state >>> 15), state | 1)
    z = (z + Math.imul(z ^ (z >>> 7), z | 61)) ^ z
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32
  }
}

const sizeOf = (shape: ReadonlyArray<number>): number => shape.reduce((size, length) => size * length, 1)

const indexOf = (shape: ReadonlyArray<number>, position: number): Index => {
  let rest = position
  return [...shape]
    .reverse()
    .map((length) => {
      const at = rest % length
      rest = Math.floor(rest / length)
      return at
    })
    .reverse()
}

const build = (shape: ReadonlyArray<number>, element: (index: Index) => number): Naive => ({
  shape,
  data: Array.from({ length: sizeOf(shape) }, (_, position) => element(indexOf(shape, position)))
})

const at = ({ data, shape }: Naive, index: Index): number =>
  data[index.reduce((position, k, axis) => position * shape[axis] + k, 0)]

export const toTensor = ({ data, shape }: Naive): Tensor.Tensor => Tensor.fromTypedArray(data, shape)

/** Numbers that are exact in single precision, in [-2, 2). */
export const random = (seed: number, shape: ReadonlyArray<number>): Naive => {
  const next = numbers(seed)
  return build(shape, () => Math.fround(4 * next() - 2))
}

const without = <A>(values: ReadonlyArray<A>, axis: number): ReadonlyArray<A> => values.filter((_, k) => k !== axis)

const inserted = (index: Index, axis: number, k: number): Index => [...index.slice(0, axis), k, ...index.slice(axis)]

const replaced = (values: Index, axis: number, k: number): Index => values.map((value, n) => (n === axis ? k : value))

export const map = (self: Naive, f: (x: number) => number): Naive => ({ ...self, data: self.data.map(f) })

export const zip = (shape: ReadonlyArray<number>, a: Naive, b: Naive, f: (x: number, y: number) => number): Naive => {
  const seen = (operand: Naive, index: Index): number =>
    at(
      operand,
      index.slice(index.length - operand.shape.length).map((k, axis) => (operand.shape[axis] === 1 ? 0 : k))
    )
  return build(shape, (index) => f(seen(a, index), seen(b, index)))
}

const along = (self: Naive, axis: number, index: Index): ReadonlyArray<number> =>
  Array.from({ length: self.shape[axis] }, (_, k) => at(self, inserted(index, axis, k)))

export const reduce = (self: Naive, axis: number, f: (values: ReadonlyArray<number>) => number): Naive =>
  build(without(self.shape, axis), (index) => f(along(self, axis, index)))

export const softmax = (self: Naive, axis: number, logarithm: boolean): Naive =>
  build(self.shape, (index) => {
    const values = along(self, axis, without(index, axis))
    const greatest = Math.max(...values)
    const total = values.reduce((sum, x) => sum + Math.exp(x - greatest), 0)
    const shifted = at(self, index) - greatest
    return logarithm ? shifted - Math.log(total) : Math.exp(shifted) / total
  })

export const linear = (x: Naive, weight: Naive): Naive => {
  const [outer, inner] = weight.shape
  return build([...x.shape.slice(0, -1), outer], (index) => {
    let total = 0
    for (let k = 0; k < inner; k++) {
      total += at(weight, [index[index.length - 1], k]) * at(x, [...index.slice(0, -1), k])
    }
    return total
  })
}

export const matMul = (a: Naive, b: Naive): Naive =>
  build([a.shape[0], b.shape[1]], ([row, column]) => {
    let total = 0
    for (let k = 0; k < a.shape[1]; k++) total += at(a, [row, k]) * at(b, [k, column])
    return total
  })

export const slice = (self: Naive, axis: number, start: number, length: number): Naive =>
  build(replaced(self.shape, axis, length), (index) => at(self, replaced(index, axis, start + index[axis])))

export const combine = (parts: ReadonlyArray<Naive>, axis: number): Naive => {
  const lengths = parts.map(({ shape }) => shape[axis])
  const total = lengths.reduce((a, b) => a + b, 0)
  return build(replaced(parts[0].shape, axis, total), (index) => {
    let part = 0
    let offset = index[axis]
    while (offset >= lengths[part]) offset -= lengths[part++]
    return at(parts[part], replaced(index, axis, offset))
  })
}

export const stack = (parts: ReadonlyArray<Naive>, axis: number): Naive =>
  build(inserted(parts[0].shape, axis, parts.length), (index) => at(parts[index[axis]], without(index, axis)))

/** Equal shapes, and elements that differ by a few roundings. */
export const assertClose = (actual: Tensor.Tensor, expected: Naive, tolerance = 2e-5): void => {
  assert.deepStrictEqual([...actual.shape], [...expected.shape])
  const data = Tensor.toTypedArray(actual)
  assert.strictEqual(data.length, expected.data.length)
  expected.data.forEach((value, k) => {
    const close = Object.is(data[k], value) || Math.abs(data[k] - value) <= tolerance * Math.max(1, Math.abs(value))
    if (!close) assert.fail(`element ${k} of [${expected.shape.join(", ")}] is ${data[k]}, not ${value}`)
  })
}

export const seed: FastCheck.Arbitrary<number> = FastCheck.integer({ min: 0, max: 2 ** 30 })

/** Shapes of up to `rank` axes, each of `least` to 4 elements. */
export const shapes = (options?: {
  readonly axes?: number
  readonly rank?: number
  readonly least?: number
}): FastCheck.Arbitrary<ReadonlyArray<number>> =>
  FastCheck.array(FastCheck.integer({ min: options?.least ?? 1, max: 4 }), {
    minLength: options?.axes ?? 0,
    maxLength: options?.rank ?? 4
  })

/** A shape with one of its axes, as a count from the front or from the back. */
export const shapeAndAxis = (options?: {
  readonly least?: number
}): FastCheck.Arbitrary<{ readonly shape: ReadonlyArray<number>; readonly axis: number; readonly given: number }> =>
  shapes({ ...options, axes: 1 }).chain((shape) =>
    FastCheck.record({ axis: FastCheck.nat({ max: shape.length - 1 }), negative: FastCheck.boolean() }).map(
      ({ axis, negative }) => ({ shape, axis, given: negative ? axis - shape.length : axis })
    )
  )
