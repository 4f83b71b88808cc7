import type * as Event from "../../../src/RunEvent.js"
import { type Api, grid, type Point } from "./drawing.js"
import { type Html, html } from "./html.js"
import { axis, figure, legend, SERIES, type Sheet } from "./svg.js"

/** @internal */
export interface Line {
  readonly name: string
  readonly points: ReadonlyArray<Point>
}

const CURVES = ({ isNarrow }: Sheet): number => (isNarrow ? 280 : 360)

const finite = (points: ReadonlyArray<Point>) => points.filter(([, y]) => Number.isFinite(y))

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
  const drawn = figure(title, CURVES, () => ({
    grid,
    xAxis: progress(name),
    yAxis: [
      { ...axis, type: "value", scale: true },
      ...(isMixed ? [{ ...axis, type: "value", min: 0, max: 1, splitLine: { show: false } }] : [])
    ],
    series: series.map((line) => ({ ...curve(line), yAxisIndex: isMixed && isShare(line) ? 1 : 0 }))
  }))
  return html`${drawn}${legend(series.map(({ name }, k) => ({ name, colour: SERIES[k % SERIES.length] })))}`
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
