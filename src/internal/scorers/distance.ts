import * as Effect from "effect/Effect"
import { ScorerError } from "../../ScorerError.js"
import { quote, toNumber } from "../plain.js"

/** @internal */
export interface NumericDistance {
  readonly tolerance?: number
  readonly maxDistance?: number
}

const checked = (name: string, value: number): number => {
  if (value >= 0 && Number.isFinite(value)) return value
  throw new ScorerError({
    reason: "InvalidOptions",
    scorer: "numericDistance",
    detail: `${name} is ${value}`,
    cure: "Use a finite number of at least 0"
  })
}

/** @internal */
export const numericDistance = (options: NumericDistance) => {
  const tolerance = checked("tolerance", options.tolerance ?? 0.01)
  const limit = options.maxDistance === undefined ? undefined : checked("maxDistance", options.maxDistance)
  return (output: unknown, expected: unknown) => {
    const [actual, target] = [toNumber(output), toNumber(expected)]
    if (target === undefined) {
      return Effect.fail(
        new ScorerError({
          reason: "InvalidExpected",
          scorer: "numericDistance",
          detail: `the expected value ${quote(expected)} is not a finite number`,
          cure: "Give examples a number, or a text that says one"
        })
      )
    }
    if (actual === undefined) return { score: 0, feedback: `Cannot convert ${quote(output)} to a finite number` }
    const distance = Math.abs(actual - target)
    const details = { distance, expected: target, actual }
    if (distance <= tolerance) return { score: 1, details }
    return {
      score: Math.max(0, 1 - distance / (limit ?? Math.abs(target) + 1)),
      feedback: `Off by ${distance.toFixed(4)}: expected ${target}, got ${actual}`,
      details
    }
  }
}
