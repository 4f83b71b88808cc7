import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import * as ArtefactFile from "../../layers/ArtefactFile.js"
import type { GenerationReport } from "../../services/Optimizer.js"
import { Example, HyperSystem, Noise } from "../../src/index.js"
import type * as Metric from "../../src/Metric.js"
import type { Settings } from "./program.js"
import * as Progress from "./progress.js"

/** Seeds of episodes: what is practised on is never played again when it counts. */
export const seeds = (seed: number, kind: "practice" | "fresh", count: number): ReadonlyArray<number> =>
  Array.from({ length: count }, (_, k) => 2 * Noise.mix(seed, k) + (kind === "fresh" ? 1 : 0))

export const episodes = (seed: number, kind: "practice" | "fresh", count: number) =>
  seeds(seed, kind, count).map((seed) => Example.make({ seed }, undefined))

/** A generation in a learning curve. */
export interface Point {
  readonly generation: number
  /** Mean reward of its candidates. */
  readonly reward: number
  /** Score of the parameters after it. */
  readonly score: number
}

/**
 * Practises until the optimizer stops, and tells of it. Ctrl-C keeps the best so far in `folder`, where it is at the end
 * too. What every game prints of it is in `figures`.
 */
export const practise = <I, O, E, R, X, S extends Metric.Score = never>(
  settings: Settings,
  options: {
    readonly system: HyperSystem<I, O, E, R>
    readonly examples: ReadonlyArray<Example<NoInfer<I>, X>>
    readonly metric: Metric.Metric<O, X, S>
    readonly generations: number
    readonly folder: string
  }
) =>
  Effect.gen(function* () {
    const { examples, folder, generations, metric, system } = options
    const last = yield* Ref.make<GenerationReport | undefined>(undefined)
    const curve: Array<Point> = []
    const progress = yield* Progress.make(settings, generations)
    const save = ({ best }: GenerationReport) =>
      ArtefactFile.save(HyperSystem.withCandidate(system, best.candidate), `${folder}/model.json`)
    const watch = (report: GenerationReport) => {
      curve.push({ generation: report.generation, reward: report.reward.mean, score: report.score })
      return Effect.zipRight(Ref.set(last, report), progress({ report }))
    }
    const keepBest = Effect.flatMap(Ref.get(last), (report) =>
      report === undefined
        ? Effect.void
        : Effect.flatMap(save(report), ({ json }) =>
            Effect.sync(() =>
              console.error(`\ninterrupted: the best of ${report.generation} generations is in ${json}`)
            )
          )
    ).pipe(Effect.catchAll((error) => Effect.sync(() => console.error(error.message))))
    yield* Stream.runForEach(HyperSystem.optimizeStream(system, examples, metric, { seed: settings.seed }), watch).pipe(
      Effect.onInterrupt(() => keepBest)
    )
    const report = yield* Effect.flatMap(Ref.get(last), Effect.fromNullable)
    const { json } = yield* save(report)
    const figures = {
      generations: report.generation,
      seconds: Duration.toSeconds(report.elapsed),
      artefact: json
    }
    return { report, curve, figures, candidate: report.best.candidate }
  }).pipe(Effect.scoped)
