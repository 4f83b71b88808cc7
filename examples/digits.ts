/**
 * The main job: a network that reads handwritten digits, trained without a gradient.
 *
 * Two layers, `196 → HIDDEN → 10`, are searched by evolution strategies with low-rank noise and Adam on mini-batches. The
 * tuned system is saved beside a report; Ctrl-C saves the best so far.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import * as ArtefactFile from "../layers/ArtefactFile.js"
import * as DeviceBest from "../layers/Device.js"
import * as OptimizerEvolution from "../layers/OptimizerEvolution.js"
import type { GenerationReport } from "../services/Optimizer.js"
import {
  Device,
  EvolutionStrategy,
  Hyperfunction,
  HyperSystem,
  LoRAWeight,
  Metric,
  Params,
  Solver,
  Tensor
} from "../src/index.js"
import * as DigitsReport from "./lib/digitsReport.js"
import * as Mnist from "./lib/mnist.js"
import type { Program, Settings } from "./lib/program.js"
import * as Progress from "./lib/progress.js"

const HIDDEN = 48
const GENERATIONS = 640
const POPULATION = 256

const layer = (name: string, outDim: number, inDim: number, activation: (x: Tensor) => Tensor) =>
  Hyperfunction.tensor(name, {
    params: Params.struct({
      weight: LoRAWeight.create({ outDim, inDim, noiseRank: 1 }),
      bias: Params.vector(outDim, { initial: new Float32Array(outDim) })
    }),
    run: ({ bias, weight }, x: Tensor) => activation(Tensor.linear(x, weight, bias))
  })

const hidden = layer("hidden", HIDDEN, Mnist.SIDE * Mnist.SIDE, Tensor.relu)
const output = layer("output", Mnist.CLASSES, HIDDEN, (logits) => logits)

export const system = HyperSystem.make("digits", {
  run: (image: Tensor) => Effect.flatMap(hidden(image), output),
  hyperfunctions: [hidden, output]
})

const optimizer = (seed: number) =>
  OptimizerEvolution.layer({
    generations: GENERATIONS,
    population: POPULATION,
    sigma: 0.05,
    learningRate: EvolutionStrategy.cosine({ initial: 0.02, minimum: 0.001, generations: GENERATIONS }),
    solver: Solver.adam(),
    weightDecay: 0.1,
    batchSize: 512,
    scoreEvery: 40,
    seed
  })

const folder = "out/digits"

const train = (settings: Settings) =>
  Effect.gen(function* () {
    const { say, seed } = settings
    const { description, name: backend } = yield* Device
    yield* say(`device: ${description}`)
    const digits = Mnist.split(Mnist.load(), seed)
    const [training, heldOut] = [Mnist.examples(digits.train), Mnist.examples(digits.test)]
    yield* say(`${training.length} digits to train on, ${heldOut.length} held out, seed ${seed}`)
    const accuracy = (tuned: typeof system) => HyperSystem.evaluate(tuned, heldOut, Metric.accuracy, { seed })
    const tunedTo = ({ best }: GenerationReport) => HyperSystem.withCandidate(system, best.candidate)
    const save = (report: GenerationReport) => ArtefactFile.save(tunedTo(report), `${folder}/model.json`)

    const last = yield* Ref.make<GenerationReport | undefined>(undefined)
    const curve = yield* Ref.make<ReadonlyArray<DigitsReport.Point>>([])
    const progress = yield* Progress.make(settings, GENERATIONS)
    const watch = (report: GenerationReport) =>
      Effect.gen(function* () {
        yield* Ref.set(last, report)
        const points = yield* Ref.get(curve)
        const isScored = report.generation % 40 === 0
        const known = isScored ? (yield* accuracy(tunedTo(report))).score : points[points.length - 1].accuracy
        if (isScored) {
          const { generation, reward, score } = report
          yield* Ref.set(curve, [...points, { generation, reward: reward.mean, score, accuracy: known }])
        }
        yield* progress({ report, accuracy: known })
      })
    const keepBest = Effect.flatMap(Ref.get(last), (report) =>
      report === undefined
        ? Effect.void
        : Effect.flatMap(save(report), ({ json }) =>
            Effect.sync(() =>
              console.error(`\ninterrupted: the best of ${report.generation} generations is in ${json}`)
            )
          )
    ).pipe(Effect.catchAll((error) => Effect.sync(() => console.error(error.message))))
    yield* Stream.runForEach(HyperSystem.optimizeStream(system, training, Metric.logLikelihood, { seed }), watch).pipe(
      Effect.onInterrupt(() => keepBest)
    )

    const report = yield* Effect.flatMap(Ref.get(last), Effect.fromNullable)
    const { json } = yield* save(report)
    const loaded = yield* ArtefactFile.load(system, json)
    const before = yield* accuracy(system)
    const after = yield* accuracy(loaded)
    const path = yield* DigitsReport.write(`${folder}/report.html`, {
      seed,
      backend: description,
      before: before.score,
      after: after.score,
      seconds: Duration.toSeconds(report.elapsed),
      curve: yield* Ref.get(curve),
      digits: digits.test,
      outputs: after.outputs,
      graph: (yield* HyperSystem.trace(loaded, heldOut[0].input)).graph
    })
    return { report, path, json, backend, before: before.score, after: after.score }
  })

export const digits: Program = {
  name: "digits",
  run: (settings) =>
    Effect.gen(function* () {
      const begun = performance.now()
      const { after, backend, before, json, path, report } = yield* train(settings)
      const seconds = (performance.now() - begun) / 1000
      yield* settings.say(`held-out accuracy ${before.toFixed(4)} → ${after.toFixed(4)} in ${seconds.toFixed(0)} s`)
      yield* settings.say(`saved, loaded again: ${json}\nreport: ${path}`)
      return {
        backend,
        before,
        after,
        generations: report.generation,
        candidates: report.evaluations,
        seconds,
        report: path,
        artefact: json
      }
    }).pipe(Effect.scoped, Effect.provide(Layer.merge(optimizer(settings.seed), DeviceBest.layer)))
}
