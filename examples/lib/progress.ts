import cliProgress from "cli-progress"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { GenerationReport } from "../../services/Optimizer.js"
import type { Settings } from "./program.js"

/** What is shown of a generation: how accurate it is on what is held out, or its score where nothing is. */
interface Shown {
  readonly report: GenerationReport
  readonly accuracy?: number
}

export type Progress = (shown: Shown) => Effect.Effect<void>

const secondsLeft = ({ elapsed, generation, generations }: GenerationReport): number =>
  generation === 0 ? NaN : (Duration.toSeconds(elapsed) / generation) * (generations - generation)

const words = ({ accuracy, report }: Shown) => ({
  reward: Number.isNaN(report.reward.mean) ? "–" : report.reward.mean.toFixed(3),
  success: accuracy === undefined ? `score ${report.score.toFixed(3)}` : `accuracy ${(accuracy * 100).toFixed(1)} %`,
  left: report.generation === 0 ? "…" : `${Math.ceil(secondsLeft(report))} s`
})

/**
 * A bar on a terminal, a line now and then elsewhere, nothing under `--json`.
 */
export const make = (settings: Settings, generations: number): Effect.Effect<Progress, never, Scope.Scope> => {
  if (settings.quiet) return Effect.succeed(() => Effect.void)
  if (!process.stderr.isTTY) {
    return Effect.succeed((shown) => {
      const { generation } = shown.report
      const isDue = generation % Math.max(1, Math.floor(generations / 20)) === 0
      const { left, reward, success } = words(shown)
      return isDue
        ? settings.say(`generation ${generation}/${generations}  reward ${reward}  ${success}  ${left} left`)
        : Effect.void
    })
  }
  const acquire = Effect.sync(() => {
    const bar = new cliProgress.SingleBar(
      {
        format: "{bar} {value}/{total}  reward {reward}  {success}  {left} left",
        hideCursor: true
      },
      cliProgress.Presets.shades_classic
    )
    bar.start(generations, 0, { reward: "–", success: "", left: "…" })
    return bar
  })
  return Effect.map(
    Effect.acquireRelease(acquire, (bar) => Effect.sync(() => bar.stop())),
    (bar): Progress =>
      (shown) =>
        Effect.sync(() => bar.update(shown.report.generation, words(shown)))
  )
}
