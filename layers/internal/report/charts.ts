import type * as Event from "../../../src/RunEvent.js"
import { cut, type Html, html } from "./html.js"
import { axis, BAD, FONT, figure, GOOD, GROUND, INK, legend, SERIES, type Sheet } from "./svg.js"

/** @internal */
export type Point = readonly [x: number, y: number]

/** @internal */
export interface Line {
  readonly name: string
  readonly points: ReadonlyArray<Point>
}

/** What echarts gives to whoever draws an item of a series by hand. */
interface Api {
  readonly value: (dimension: number) => number
  readonly coord: (data: Point) => Point
  readonly size: (data: Point) => Point
}

const grid = { top: 16, bottom: 40, left: 12, right: 16, containLabel: true }

const CURVES = ({ isNarrow }: Sheet): number => (isNarrow ? 280 : 360)

const finite = (points: ReadonlyArray<Point>) => points.filter(([, y]) => Number.isFinite(y))

/** The names beside an axis: as wide as the longest, as far as there is room. */
const roomFor = (names: ReadonlyArray<string>, isNarrow: boolean) => {
  const longest = Math.max(...names.map(({ length }) => length), 0)
  return { letters: isNarrow ? 15 : 28, width: Math.min(isNarrow ? 112 : 240, 8 * longest) }
}

const curve = ({ name, points }: Line) => ({
  name,
  type: "line",
  sampling: "lttb",
  showSymbol: points.length < 3,
  lineStyle: { width: 2 },
  emphasis: { disabled: true },
  data: finite(points)
})

const progress = (name: string) => ({
  ...axis,
  type: "value",
  name,
  nameLocation: "middle",
  nameGap: 28,
  min: "dataMin",
  max: "dataMax",
  minInterval: 1
})

/**
 * Lines over a common axis. Where some lie in [0, 1] and some do not, those that do have a scale of their own at the right.
 *
 * @internal
 */
export const lines = (title: string, name: string, series: ReadonlyArray<Line>): Html => {
  const isShare = ({ points }: Line): boolean => finite(points).every(([, y]) => y >= 0 && y <= 1)
  const isMixed = series.some(isShare) && !series.every(isShare)
  return figure(
    title,
    ({ isNarrow }) => (isNarrow ? 320 : 380),
    ({ isNarrow }) => {
      const { bottom, legend } = legendOf(
        series.map(({ name }) => name),
        isNarrow
      )
      return {
        legend,
        grid: { top: 16, bottom, left: 8, right: 16, containLabel: true },
        xAxis: progress(name),
        yAxis: [
          { ...axis, type: "value", scale: true },
          ...(isMixed ? [{ ...axis, type: "value", min: 0, max: 1, splitLine: { show: false } }] : [])
        ],
        series: series.map((line) => ({ ...curve(line), yAxisIndex: isMixed && isShare(line) ? 1 : 0 }))
      }
    }
  )
}

/** At most so many of the generations, with the extremes of those that are left out. */
const bandOf = (generations: ReadonlyArray<Event.Generation>, most: number) => {
  const rewards = generations.flatMap(({ generation, reward }) =>
    reward !== undefined && Number.isFinite(reward.min) && Number.isFinite(reward.max)
      ? [{ generation, ...reward }]
      : []
  )
  const step = Math.ceil(rewards.length / most)
  return Array.from({ length: Math.ceil(rewards.length / step) || 0 }, (_, k) => {
    const some = rewards.slice(k * step, (k + 1) * step)
    return {
      generation: some[0].generation,
      min: Math.min(...some.map(({ min }) => min)),
      max: Math.max(...some.map(({ max }) => max))
    }
  })
}

/**
 * The score and the best score by generation, over the rewards of the generation's candidates.
 *
 * @internal
 */
export const learning = (title: string, generations: ReadonlyArray<Event.Generation>): Html => {
  const of = (value: (generation: Event.Generation) => number): ReadonlyArray<Point> =>
    generations.map((generation) => [generation.generation, value(generation)])
  const best = { name: "best score", points: of(({ best }) => best.score) }
  const score = { name: "score", points: of(({ score }) => score) }
  const reward = { name: "mean reward", points: of(({ reward }) => reward?.mean ?? NaN) }
  const hasRewards = finite(reward.points).length > 0
  const drawn = figure(title, CURVES, ({ isNarrow }) => {
    const band = bandOf(generations, isNarrow ? 100 : 250)
    const outline = (api: Api): ReadonlyArray<Point> => [
      ...band.map(({ generation, max }) => api.coord([generation, max])),
      ...band.map(({ generation, min }) => api.coord([generation, min])).reverse()
    ]
    return {
      grid,
      xAxis: progress("generation"),
      yAxis: { ...axis, type: "value", scale: true },
      series: [
        curve(best),
        { ...curve(score), lineStyle: { width: 2, type: "dashed" } },
        ...(hasRewards ? [{ ...curve(reward), lineStyle: { width: 1 } }] : []),
        {
          type: "custom",
          silent: true,
          z: 1,
          data: band.flatMap(({ generation, max, min }) => [
            [generation, min],
            [generation, max]
          ]),
          renderItem: ({ dataIndex }: { readonly dataIndex: number }, api: Api) =>
            dataIndex > 0
              ? undefined
              : { type: "polygon", shape: { points: outline(api) }, style: { fill: SERIES[2], opacity: 0.2 } }
        }
      ]
    }
  })
  const keys = [best.name, score.name, ...(hasRewards ? ["mean reward, and the range of rewards"] : [])]
  return html`${drawn}${legend(keys.map((name, k) => ({ name, colour: SERIES[k] })))}`
}

/**
 * A bar; `from` and `to` are the ends of an interval around its value.
 *
 * @internal
 */
export interface Bar {
  readonly name: string
  readonly value: number
  readonly label: string
  readonly from?: number
  readonly to?: number
}

const names = (all: ReadonlyArray<string>, isNarrow: boolean) => {
  const { letters, width } = roomFor(all, isNarrow)
  return {
    data: all.map((name) => cut(name, letters)),
    axisLabel: { color: INK, interval: 0, width, overflow: "truncate" as const }
  }
}

/** @internal */
export const bars = (title: string, name: string, items: ReadonlyArray<Bar>): Html =>
  figure(title, 70 + 34 * items.length, ({ isNarrow }) => ({
    grid: { ...grid, right: 76 },
    xAxis: { ...axis, type: "value", name, nameLocation: "middle", nameGap: 28, splitNumber: isNarrow ? 3 : 6 },
    yAxis: {
      ...axis,
      type: "category",
      inverse: true,
      ...names(
        items.map(({ name }) => name),
        isNarrow
      )
    },
    series: [
      {
        type: "bar",
        silent: true,
        barWidth: 16,
        data: items.map(({ value }) => ({ value, itemStyle: { color: value < 0 ? SERIES[1] : SERIES[0] } }))
      },
      {
        type: "custom",
        silent: true,
        z: 3,
        encode: { x: [0, 1], y: 2 },
        data: items.map(({ from, to, value }, k) => [Math.min(from ?? 0, value, 0), Math.max(to ?? 0, value, 0), k]),
        renderItem: ({ dataIndex }: { readonly dataIndex: number }, api: Api) => {
          const { from, label, to, value } = items[dataIndex]
          const at = (x: number): Point => api.coord([x, dataIndex])
          const [end, y] = at(Math.max(0, value, to ?? value))
          const text = {
            type: "text",
            style: {
              x: end + 8,
              y,
              text: label,
              fill: INK,
              fontSize: 12,
              fontFamily: FONT,
              textVerticalAlign: "middle"
            }
          }
          if (from === undefined || to === undefined) return text
          const style = { stroke: INK, lineWidth: 1.5 }
          const [[left], [right]] = [at(from), at(to)]
          const line = (x1: number, y1: number, x2: number, y2: number) => ({
            type: "line",
            shape: { x1, y1, x2, y2 },
            style
          })
          return {
            type: "group",
            children: [text, line(left, y, right, y), line(left, y - 5, left, y + 5), line(right, y - 5, right, y + 5)]
          }
        }
      }
    ]
  }))

/**
 * A bar from `start` to `end`, in milliseconds.
 *
 * @internal
 */
export interface Span {
  readonly name: string
  readonly depth: number
  readonly start: number
  readonly end: number
  readonly kind: "call" | "model" | "failed"
}

const kinds = [
  { kind: "call", name: "hyperfunctions and tools", colour: SERIES[0] },
  { kind: "model", name: "models", colour: SERIES[3] },
  { kind: "failed", name: "failed", colour: BAD }
] as const

const colourOf = (kind: Span["kind"]): string => kinds.find((other) => other.kind === kind)!.colour

const rectangle = (x: number, y: number, width: number, height: number, fill: string) => ({
  type: "rect",
  shape: { x, y, width: Math.max(width, 2), height, r: 2 },
  style: { fill }
})

/** @internal */
export const waterfall = (title: string, spans: ReadonlyArray<Span>): Html =>
  html`${figure(title, 66 + 26 * spans.length, ({ isNarrow }) => {
    const labels = spans.map(({ depth, name }) => `${"\u2003".repeat(depth)}${name}`)
    const { axisLabel, data } = names(labels, isNarrow)
    return {
      grid,
      xAxis: { ...axis, type: "value", name: "milliseconds", nameLocation: "middle", nameGap: 28, min: 0 },
      yAxis: {
        ...axis,
        type: "category",
        inverse: true,
        data,
        axisLabel: { ...axisLabel, align: "left", margin: axisLabel.width + 6 }
      },
      series: [
        {
          type: "custom",
          silent: true,
          encode: { x: [0, 1], y: 2 },
          data: spans.map(({ end, start }, k) => [start, end, k]),
          renderItem: ({ dataIndex }: { readonly dataIndex: number }, api: Api) => {
            const { end, kind, start } = spans[dataIndex]
            const [[left, y], [right]] = [api.coord([start, dataIndex]), api.coord([end, dataIndex])]
            return rectangle(left, y - 8, right - left, 16, colourOf(kind))
          }
        }
      ]
    }
  })}${legend(kinds.filter(({ kind }) => spans.some((span) => span.kind === kind)))}`

/**
 * Rows of marks: where a row won (1) or lost (-1) in a column.
 *
 * @internal
 */
export const marks = (
  title: string,
  name: string,
  columns: ReadonlyArray<string>,
  rows: ReadonlyArray<{ readonly name: string; readonly won: ReadonlySet<number>; readonly lost: ReadonlySet<number> }>
): Html =>
  figure(title, 66 + 24 * rows.length, ({ isNarrow }) => ({
    grid,
    xAxis: {
      ...axis,
      type: "category",
      data: columns,
      name,
      nameLocation: "middle",
      nameGap: 28,
      axisLabel: { ...axis.axisLabel, interval: Math.ceil(columns.length / (isNarrow ? 6 : 20)) - 1 }
    },
    yAxis: {
      ...axis,
      type: "category",
      inverse: true,
      ...names(
        rows.map(({ name }) => name),
        isNarrow
      )
    },
    series: [
      {
        type: "custom",
        silent: true,
        data: rows.flatMap(({ lost, won }, y) =>
          columns.flatMap((_, x) => (won.has(x) ? [[x, y, 1]] : lost.has(x) ? [[x, y, -1]] : []))
        ),
        renderItem: (_: unknown, api: Api) => {
          const [x, y] = api.coord([api.value(0), api.value(1)])
          const [width] = api.size([1, 1])
          const isWon = api.value(2) > 0
          const mark = rectangle(x - width / 2, isWon ? y - 9 : y, width * 0.85, 9, isWon ? GOOD : BAD)
          return mark
        }
      }
    ]
  }))

/**
 * Counts by row and column.
 *
 * @internal
 */
export const matrix = (
  title: string,
  rows: string,
  columns: string,
  counts: ReadonlyArray<ReadonlyArray<number>>
): Html => {
  const labels = counts.map((_, k) => String(k))
  const most = Math.max(...counts.flatMap((row, k) => row.filter((_, other) => other !== k)), 1)
  const category = { ...axis, type: "category", data: labels, nameLocation: "middle", splitLine: { show: false } }
  return figure(
    title,
    ({ isNarrow }) => (isNarrow ? 340 : 460),
    ({ isNarrow }) => ({
      grid: { ...grid, left: 30 },
      xAxis: { ...category, name: columns, nameGap: 28 },
      yAxis: { ...category, inverse: true, name: rows, nameGap: 28 },
      series: [
        {
          type: "custom",
          silent: true,
          data: counts.flatMap((row, y) => row.map((count, x) => [x, y, count])),
          renderItem: (_: unknown, api: Api) => {
            const [column, row, count] = [api.value(0), api.value(1), api.value(2)]
            const [x, y] = api.coord([column, row])
            const [width, height] = api.size([1, 1])
            const box = rectangle(
              x - width / 2 + 1,
              y - height / 2 + 1,
              width - 2,
              height - 2,
              row === column ? GOOD : BAD
            )
            const isDark = row === column || count > most / 2
            return {
              type: "group",
              children: [
                { ...box, style: { ...box.style, opacity: row === column ? 1 : (0.9 * count) / most } },
                {
                  type: "text",
                  style: {
                    x,
                    y,
                    text: count === 0 ? "" : String(count),
                    fill: isDark ? GROUND : INK,
                    fontSize: isNarrow ? 10 : 13,
                    fontFamily: FONT,
                    textAlign: "center",
                    textVerticalAlign: "middle"
                  }
                }
              ]
            }
          }
        }
      ]
    })
  )
}
