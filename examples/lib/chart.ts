import * as echarts from "echarts"
import { CallGraph } from "../../src/index.js"

const INK = "#7d8590"

/** Draws on the server: an SVG that scales with the page. */
const svg = (height: number, option: echarts.EChartsCoreOption): string => {
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width: 840, height })
  chart.setOption({
    animation: false,
    backgroundColor: "transparent",
    textStyle: { color: INK, fontSize: 14 },
    ...option
  })
  const drawn = chart.renderToSVGString()
  chart.dispose()
  return drawn
}

const axis = {
  nameTextStyle: { color: INK },
  axisLabel: { color: INK },
  splitLine: { lineStyle: { color: INK, opacity: 0.2 } }
}

/** Lines over a common axis; what lies in [0, 1] has the right-hand scale. */
export const lines = (
  name: string,
  series: ReadonlyArray<{ readonly name: string; readonly points: ReadonlyArray<readonly [number, number]> }>
): string =>
  svg(380, {
    legend: { bottom: 0, textStyle: { color: INK } },
    grid: { top: 30, bottom: 70, left: 60, right: 60 },
    xAxis: { ...axis, type: "value", name, nameLocation: "middle", nameGap: 26 },
    yAxis: [
      { ...axis, type: "value" },
      { ...axis, type: "value", min: 0, max: 1, splitLine: { show: false } }
    ],
    series: series.map(({ name, points }) => ({
      name,
      type: "line",
      showSymbol: false,
      yAxisIndex: points.every(([, y]) => y >= 0 && y <= 1) ? 1 : 0,
      data: points.filter(([, y]) => Number.isFinite(y))
    }))
  })

/** Counts by row and column. */
export const matrix = (rows: string, columns: string, counts: ReadonlyArray<ReadonlyArray<number>>): string => {
  const labels = counts.map((_, k) => String(k))
  const most = Math.max(...counts.flatMap((row, k) => row.filter((_, other) => other !== k)), 1)
  return svg(460, {
    grid: { top: 20, bottom: 50, left: 60, right: 20 },
    xAxis: { ...axis, type: "category", data: labels, name: columns, nameLocation: "middle", nameGap: 28 },
    yAxis: { ...axis, type: "category", data: labels, inverse: true, name: rows, nameLocation: "middle", nameGap: 34 },
    visualMap: { show: false, min: 0, max: most, inRange: { color: ["transparent", "#d9480f"] } },
    series: [
      {
        type: "heatmap",
        data: counts.flatMap((row, written) =>
          row.map((count, read) => ({
            value: [read, written, count],
            ...(written === read ? { itemStyle: { color: "#2b8a3e" }, visualMap: false } : {})
          }))
        ),
        label: {
          show: true,
          color: "#fff",
          textBorderColor: "#000",
          textBorderWidth: 2,
          formatter: ({ value }: { readonly value: ReadonlyArray<number> }) => value[2] || ""
        }
      }
    ]
  })
}

/** Calls from left to right by stage. */
export const callGraph = (graph: CallGraph): string => {
  const stages = CallGraph.stages(graph)
  const nodes = CallGraph.nodes(graph)
  const placed = stages.flatMap((stage, x) => stage.map((node, y) => ({ node, x, y: y - (stage.length - 1) / 2 })))
  const data = nodes.map((node, k) => {
    const { x, y } = placed.find((other) => other.node === node) ?? { x: 0, y: 0 }
    const shapes = node.outputs.map((shape) => `[${shape.join(", ")}]`).join(" ")
    return { id: String(k), name: `${node.name}\n${shapes}`, x: x * 200, y: y * 90 }
  })
  const links = nodes.flatMap((_, to) =>
    CallGraph.dependenciesOf(graph, to).map((from) => ({ source: String(from), target: String(to) }))
  )
  return svg(220, {
    series: [
      {
        type: "graph",
        layout: "none",
        data,
        links,
        symbol: "roundRect",
        symbolSize: [120, 54],
        edgeSymbol: ["none", "arrow"],
        lineStyle: { color: INK, width: 2, opacity: 1 },
        itemStyle: { color: "transparent", borderColor: INK, borderWidth: 2 },
        label: { show: true, color: INK }
      }
    ]
  })
}
