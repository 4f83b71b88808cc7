/** A drawing: red, green and blue in [0, 1], row by row, on white. */
export interface Drawing {
  readonly size: number
  readonly pixels: Float32Array
}

export const colours: ReadonlyArray<readonly [number, number, number]> = [
  [1, 0, 0],
  [0, 0, 1],
  [0, 1, 0],
  [1, 1, 0],
  [0, 1, 1]
]

export const kinds = ["circle", "square"] as const

/**
 * One filled shape. `jitter` holds three numbers in [0, 1) that vary its size and place.
 */
export const draw = (
  kind: (typeof kinds)[number],
  colour: readonly [number, number, number],
  jitter: ArrayLike<number>
): Drawing => {
  const size = 48
  const pixels = new Float32Array(size * size * 3).fill(1)
  const half = size / 4 + (jitter[0] - 0.5) * (size / 8)
  const centre = [1, 2].map((k) => size / 2 + (jitter[k] - 0.5) * (size / 8))
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const [x, y] = [column + 0.5 - centre[0], row + 0.5 - centre[1]]
      const inside = kind === "circle" ? Math.hypot(x, y) <= half : Math.max(Math.abs(x), Math.abs(y)) <= half
      if (inside) pixels.set(colour, (row * size + column) * 3)
    }
  }
  return { size, pixels }
}

/**
 * The mean colour of what is not white, and how round it is: `4π area / edge²`, less 1, where an edge pixel has a white
 * neighbour.
 */
export const features = ({ pixels, size }: Drawing): ReadonlyArray<number> => {
  const isInk = (row: number, column: number): boolean =>
    row >= 0 &&
    row < size &&
    column >= 0 &&
    column < size &&
    [0, 1, 2].some((channel) => pixels[(row * size + column) * 3 + channel] < 1)
  const mean = [0, 0, 0]
  let area = 0
  let edge = 0
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      if (!isInk(row, column)) continue
      area++
      for (const channel of [0, 1, 2]) mean[channel] += pixels[(row * size + column) * 3 + channel]
      const isEdge = [
        [0, 1],
        [1, 0],
        [0, -1],
        [-1, 0]
      ].some(([dy, dx]) => !isInk(row + dy, column + dx))
      if (isEdge) edge++
    }
  }
  return [...mean.map((total) => total / area), Math.min(1.5, (4 * Math.PI * area) / edge ** 2) - 1]
}
