import * as echarts from "echarts"
import { Html, html } from "./html.js"

/** Stand for colours of the page while a chart is drawn, so that it follows the page from light to dark. */
const colours = {
  "#010101": "var(--ink)",
  "#010102": "var(--faint)",
  "#010103": "var(--line)",
  "#010104": "var(--ground)",
  "#010105": "var(--good)",
  "#010106": "var(--bad)",
  "#010111": "var(--series-1)",
  "#010112": "var(--series-2)",
  "#010113": "var(--series-3)",
  "#010114": "var(--series-4)"
} as const

/** @internal */
export const INK = "#010101"
/** @internal */
export const FAINT = "#010102"
const LINE = "#010103"
/** @internal */
export const GROUND = "#010104"
/** @internal */
export const GOOD = "#010105"
/** @internal */
export const BAD = "#010106"
/** @internal */
export const SERIES: ReadonlyArray<string> = ["#010111", "#010112", "#010113", "#010114"]

/** @internal */
export const FONT = "system-ui, sans-serif"

/** @internal */
export const axis = {
  nameTextStyle: { color: FAINT },
  axisLabel: { color: FAINT, hideOverlap: true },
  axisLine: { lineStyle: { color: LINE } },
  axisTick: { lineStyle: { color: LINE } },
  splitLine: { lineStyle: { color: LINE, opacity: 0.6 } }
}

/** What a chart needs to know of the page: its width in pixels, and whether that is little. */
export interface Sheet {
  readonly width: number
  readonly isNarrow: boolean
}

type Option = echarts.EChartsCoreOption

const variable = (colour: string): string => colours[colour as keyof typeof colours] ?? colour

const draw = (title: string, height: number, sheet: Sheet, option: Option): Html => {
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width: sheet.width, height })
  chart.setOption({
    animation: false,
    backgroundColor: "transparent",
    color: [...SERIES],
    textStyle: { color: INK, fontSize: 13, fontFamily: FONT },
    ...option
  })
  const drawn = chart.renderToSVGString()
  chart.dispose()
  const coloured = drawn.replace(/#0101[01]\d/g, variable)
  const heading = html`<title>${title}</title>`.text
  return new Html(coloured.replace(/^<svg ([^>]*)>/, (_, attributes) => `<svg role="img" ${attributes}>${heading}`))
}

/**
 * What a colour stands for.
 *
 * @internal
 */
export interface Key {
  readonly name: string
  readonly colour: string
}

/** @internal */
export const legend = (keys: ReadonlyArray<Key>): Html =>
  html`<p class="legend">${keys.map(({ colour, name }) => html`<span><i style="background: ${variable(colour)}"></i>${name}</span> `)}</p>`

/**
 * A chart, drawn on the server twice, for wide pages and for narrow ones: an SVG shows no text smaller than it was drawn.
 *
 * @internal
 */
export const figure = (
  title: string,
  height: number | ((sheet: Sheet) => number),
  option: (sheet: Sheet) => Option
): Html => {
  const on = (sheet: Sheet) => draw(title, typeof height === "number" ? height : height(sheet), sheet, option(sheet))
  return html`<figure><div class="wide">${on({ width: 860, isNarrow: false })}</div><div class="narrow">${on({ width: 358, isNarrow: true })}</div></figure>`
}
