import { cut } from "./html.js"
import { INK } from "./svg.js"

/** @internal */
export type Point = readonly [x: number, y: number]

/**
 * What echarts gives to whoever draws an item of a series by hand.
 *
 * @internal
 */
export interface Api {
  readonly value: (dimension: number) => number
  readonly coord: (data: Point) => Point
  readonly size: (data: Point) => Point
}

/** @internal */
export const grid = { top: 16, bottom: 40, left: 12, right: 16, containLabel: true }

/** Pixels that a letter may need, whatever the reader's font: it is not known where charts are drawn. */
const LETTER = 7.6

/**
 * Names along the left side: as much room as the longest needs, as far as there is any.
 *
 * @internal
 */
export const named = (all: ReadonlyArray<string>, isNarrow: boolean) => {
  const data = all.map((name) => cut(name, isNarrow ? 15 : 28))
  const width = Math.ceil(LETTER * Math.max(...data.map(({ length }) => length), 0))
  return {
    grid: { top: 8, bottom: 50, left: width + 12, right: 16 },
    names: { data, axisLabel: { color: INK, interval: 0, width, overflow: "truncate" as const } }
  }
}

/** @internal */
export const rectangle = (x: number, y: number, width: number, height: number, fill: string) => ({
  type: "rect",
  shape: { x, y, width: Math.max(width, 2), height, r: 2 },
  style: { fill }
})
