import { pairedDifference } from "../../../src/internal/bootstrap.js"
import type { Outcome } from "./runs.js"

/**
 * A method on a family, over all seeds.
 */
export interface Row {
  readonly method: string
  readonly score: number
  /** In US dollars. */
  readonly usd: number
  /** Ours less it, paired by seeds, with a 95 % percentile bootstrap interval. */
  readonly margin: { readonly mean: number; readonly lower: number; readonly upper: number }
}

const mean = (values: ReadonlyArray<number>): number =>
  values.reduce((total, value) => total + value, 0) / values.length

/** One row a method, in the order of the outcomes, beside what ours found on the same seeds. */
export const rowsOf = (ours: ReadonlyArray<Outcome>, outcomes: ReadonlyArray<Outcome>): ReadonlyArray<Row> => {
  const best = new Map(ours.map(({ score, seed }) => [seed, score]))
  return [...new Set(outcomes.map(({ method }) => method))].map((method) => {
    const own = outcomes.filter((outcome) => outcome.method === method)
    return {
      method,
      score: mean(own.map(({ score }) => score)),
      usd: mean(own.map(({ usd }) => usd)),
      margin: pairedDifference(
        own.map(({ score, seed }) => [best.get(seed)!, score]),
        0.95,
        0
      )
    }
  })
}

const signed = (value: number): string => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(3)}`

/** Lines of a table. */
export const show = (rows: ReadonlyArray<Row>): ReadonlyArray<string> => [
  `  ${"method".padEnd(10)}held-out    cost USD   ours less it, 95 %`,
  ...rows.map(({ margin, method, score, usd }) => {
    const interval = `${signed(margin.mean)}  [${signed(margin.lower)}, ${signed(margin.upper)}]`
    return `  ${method.padEnd(10)}${score.toFixed(3)}       ${usd.toFixed(4)}     ${method === "ours" ? "" : interval}`.trimEnd()
  })
]
