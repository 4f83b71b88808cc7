import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Report from "../../layers/Report.js"
import { type CallGraph, Tensor } from "../../src/index.js"
import { CLASSES, type Digit, SIDE } from "./mnist.js"

export interface Point {
  readonly generation: number
  /** Mean reward of the generation's candidates on its mini-batch. */
  readonly reward: number
  /** Score of the current parameters on all training digits. */
  readonly score: number
  /** Held-out accuracy of the best parameters. */
  readonly accuracy: number
}

export interface Measured {
  readonly seed: number
  readonly backend: string
  readonly before: number
  readonly after: number
  readonly seconds: number
  readonly curve: ReadonlyArray<Point>
  readonly digits: ReadonlyArray<Digit>
  /** Logits, in the order of the digits. */
  readonly outputs: ReadonlyArray<Exit.Exit<Tensor, unknown>>
  readonly graph: CallGraph
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`

/** A digit as a picture: dark ink on nothing, so that it is readable on any ground. */
const picture = ({ image, label }: Digit, read: number): string => {
  const cells = Array.from(image, (ink, k) =>
    ink < 0.05
      ? ""
      : `<rect x="${k % SIDE}" y="${Math.floor(k / SIDE)}" width="1" height="1" opacity="${ink.toFixed(2)}"/>`
  )
  return (
    `<figure><svg viewBox="0 0 ${SIDE} ${SIDE}" role="img" aria-label="a ${label} read as ${read}">${cells.join("")}</svg>` +
    `<figcaption>${label}, read as ${read}</figcaption></figure>`
  )
}

const html = (measured: Measured): string => {
  const { after, backend, before, curve, digits, graph, outputs, seconds, seed } = measured
  const read = outputs.map((exit) => (Exit.isSuccess(exit) ? Tensor.toNumber(Tensor.argMax(exit.value)) : -1))
  const counts = Array.from({ length: CLASSES }, () => new Array<number>(CLASSES).fill(0))
  digits.forEach(({ label }, k) => {
    if (read[k] >= 0) counts[label][read[k]]++
  })
  const wrong = digits.flatMap((digit, k) => (read[k] === digit.label ? [] : [picture(digit, read[k])]))
  return Report.page("Handwritten digits, learnt without gradients", [
    `<p class="lead">${percent(before)} → <strong>${percent(after)}</strong> of ${digits.length} digits that were never trained on.</p>`,
    `<p>Seed ${seed}, ${seconds.toFixed(0)} s, ${backend}.</p>`,
    "<h2>Learning curve</h2>",
    Report.lines("Learning curve", "generation", [
      { name: "held-out accuracy", points: curve.map(({ accuracy, generation }) => [generation, accuracy]) },
      { name: "log-likelihood, training digits", points: curve.map(({ generation, score }) => [generation, score]) },
      {
        name: "mean reward of candidates",
        points: curve.slice(1).map(({ generation, reward }) => [generation, reward])
      }
    ]),
    "<h2>What was read as what</h2>",
    Report.matrix("What was read as what", "written", "read", counts),
    `<h2>Wrongly read</h2><p>${wrong.length} of ${digits.length}; the first ${Math.min(24, wrong.length)}:</p>`,
    `<div class="pictures">${wrong.slice(0, 24).join("")}</div>`,
    "<h2>Call graph</h2>",
    Report.callGraph("Call graph of one digit", graph)
  ])
}

/** Writes the page, and gives its path. */
export const write = (path: string, measured: Measured) => Effect.as(Report.save(html(measured), path), path)
