import { type Api, grid, named, rectangle } from "./drawing.js"
import type { Html } from "./html.js"
import { axis, BAD, FONT, figure, GOOD, GROUND, INK } from "./svg.js"

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
  figure(title, 66 + 24 * rows.length, ({ isNarrow }) => {
    const labels = rows.map(({ name }) => name)
    const { grid, names } = named(labels, isNarrow)
    return {
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
        ...names
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
    }
  })

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
