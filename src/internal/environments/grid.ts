/** @internal */
export interface Grid {
  readonly rows: number
  readonly columns: number
}

/**
 * Left, down, right and up, in Gymnasium's order.
 *
 * @internal
 */
export type Direction = 0 | 1 | 2 | 3

/** @internal */
export const directions: ReadonlyArray<Direction> = [0, 1, 2, 3]

const moves = [
  [0, -1],
  [1, 0],
  [0, 1],
  [-1, 0]
] as const

/** @internal */
export const rowOf = ({ columns }: Grid, cell: number): number => Math.floor(cell / columns)

/** @internal */
export const columnOf = ({ columns }: Grid, cell: number): number => cell % columns

/**
 * The next cell in a direction; none beyond the edge. Cells are counted row by row.
 *
 * @internal
 */
export const neighbour = (grid: Grid, cell: number, direction: Direction): number | undefined => {
  const row = rowOf(grid, cell) + moves[direction][0]
  const column = columnOf(grid, cell) + moves[direction][1]
  const isInside = row >= 0 && row < grid.rows && column >= 0 && column < grid.columns
  return isInside ? row * grid.columns + column : undefined
}

/**
 * Every cell that can be walked to from one, through open ones.
 *
 * @internal
 */
export const reachable = (grid: Grid, from: number, isOpen: (cell: number) => boolean): ReadonlySet<number> => {
  const seen = new Set([from])
  for (const cell of seen) {
    for (const direction of directions) {
      const next = neighbour(grid, cell, direction)
      if (next !== undefined && isOpen(next)) seen.add(next)
    }
  }
  return seen
}
