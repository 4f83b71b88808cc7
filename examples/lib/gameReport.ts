import * as Effect from "effect/Effect"
import * as Report from "../../layers/Report.js"
import { animation } from "./animation.js"
import type { Point } from "./game.js"

/** An episode to look at. */
interface Shown {
  readonly caption: string
  readonly frames: ReadonlyArray<string>
}

export interface Measured {
  readonly title: string
  /** What came of it, in a sentence. */
  readonly lead: string
  readonly facts: string
  readonly curve: ReadonlyArray<Point>
  readonly episodes: ReadonlyArray<Shown>
  /** Seconds of a frame. */
  readonly interval: number
}

const playback = ({ caption, frames }: Shown, k: number, interval: number): string =>
  `<figure class="episode">${animation(frames, { id: `episode-${k}`, interval, label: caption })}<figcaption>${caption}</figcaption></figure>`

const html = ({ curve, episodes, facts, interval, lead, title }: Measured): string =>
  Report.page(title, [
    "<style>.episode { max-width: 30rem; margin: 1rem auto; text-align: center } .episode svg { width: 100%; fill: none }</style>",
    `<p class="lead">${lead}</p>`,
    `<p>${facts}</p>`,
    "<h2>Episodes</h2>",
    ...episodes.map((episode, k) => playback(episode, k, interval)),
    "<h2>Learning curve</h2>",
    Report.lines("Learning curve", "generation", [
      { name: "score of the parameters", points: curve.map(({ generation, score }) => [generation, score]) },
      {
        name: "mean reward of candidates",
        points: curve.slice(1).map(({ generation, reward }) => [generation, reward])
      }
    ])
  ])

/** Writes the page, and gives its path. */
export const write = (path: string, measured: Measured) => Effect.as(Report.save(html(measured), path), path)
