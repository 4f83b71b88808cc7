import type { GenerationReport } from "../../services/Optimizer.js"

/**
 * Those that are finite, in four numbers.
 *
 * @internal
 */
export const summary = (rewards: ReadonlyArray<number>): GenerationReport["reward"] => {
  const finite = rewards.filter(Number.isFinite)
  const mean = finite.reduce((a, b) => a + b, 0) / finite.length
  return {
    mean,
    min: finite.reduce((a, b) => Math.min(a, b), Infinity),
    max: finite.reduce((a, b) => Math.max(a, b), -Infinity),
    deviation: Math.sqrt(finite.reduce((a, b) => a + (b - mean) ** 2, 0) / Math.max(1, finite.length - 1))
  }
}
