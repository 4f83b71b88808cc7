import { type Api, named, type Point, rectangle } from "./drawing.js"
import { type Html, html } from "./html.js"
import { axis, BAD, FONT, figure, INK, legend, SERIES } from "./svg.js"

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

/** @internal */
export const bars = (title: string, name: string, items: ReadonlyArray<Bar>): Html =>
  figure(title, 70 + 34 * items.length, ({ isNarrow }) => {
    const labels = items.map(({ name }) => name)
    const { grid, names } = named(labels, isNarrow)
    return {
      grid: { ...grid, right: 76 },
      xAxis: { ...axis, type: "value", name, nameLocation: "middle", nameGap: 28, splitNumber: isNarrow ? 3 : 6 },
      yAxis: { ...axis, type: "category", inverse: true, ...names },
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
              children: [
                text,
                line(left, y, right, y),
                line(left, y - 5, left, y + 5),
                line(right, y - 5, right, y + 5)
              ]
            }
          }
        }
      ]
    }
  })

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

/** @internal */
export const waterfall = (title: string, spans: ReadonlyArray<Span>): Html =>
  html`${figure(title, 66 + 26 * spans.length, ({ isNarrow }) => {
    const labels = spans.map(({ depth, name }) => `${"\u2003".repeat(depth)}${name}`)
    const {
      grid,
      names: { axisLabel, data }
    } = named(labels, isNarrow)
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
