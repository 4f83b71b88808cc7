import * as FileSystem from "@effect/platform/FileSystem"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as ExperimentFile from "../../layers/ExperimentFile.js"
import * as Dataset from "../../src/Dataset.js"
import * as Experiment from "../../src/Experiment.js"
import * as HyperSystem from "../../src/HyperSystem.js"
import * as Metric from "../../src/Metric.js"

const inFolder = <A, E, R>(use: (folder: string, fs: FileSystem.FileSystem) => Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    return yield* use(yield* fs.makeTempDirectoryScoped({ prefix: "hyperfunc-experiment-" }), fs)
  }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer))

const halving = HyperSystem.make("halving", {
  run: (x: number) => (x === 2 ? Effect.fail("no twos") : Effect.succeed(x / 2))
})

const experiment = Effect.gen(function* () {
  const schemas = { input: Schema.Number, expected: Schema.Number }
  const rows = [1, 2, 3].map((input) => ({ input, expected: input / 2, tags: ["x"] }))
  const dataset = yield* Dataset.make("halves", schemas, rows)
  const metric = Metric.perExample((output: number, expected: number) => (output === expected ? 1 : 0))
  const cost = Effect.succeed({ usd: 1, calls: 2 })
  return yield* Experiment.run(halving, dataset, metric, { name: "now", config: { a: [1, null] }, repeats: 2, cost })
})

describe("an experiment file", () => {
  it.effect("gives back what was saved, missing scores included", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const now = yield* experiment
        const file = `${folder}/experiments/now.json`
        yield* ExperimentFile.save(now, file)
        assert.deepStrictEqual(yield* ExperimentFile.load(file), now)
        assert.deepStrictEqual(yield* fs.readDirectory(`${folder}/experiments`), ["now.json"])
        assert.strictEqual(Experiment.summary(now).missing, 2)
      })
    )
  )

  it.effect("that is not there, not JSON, damaged or too new is refused for what it is", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        const file = `${folder}/now.json`
        const refused = Effect.flip(Effect.asVoid(ExperimentFile.load(file)))
        assert.include((yield* refused).message, "now.json: there is no such file")
        yield* fs.writeFileString(file, "{")
        assert.include((yield* refused).message, "it is not JSON")
        yield* fs.writeFileString(file, "{}")
        assert.include((yield* refused).message, "it is not an experiment")
        const text = JSON.stringify(yield* experiment)
        yield* fs.writeFileString(file, text.replace('"seed":0', '"seed":"0"'))
        assert.include((yield* refused).message, "it is damaged")
        yield* fs.writeFileString(file, text.replace('"version":1', '"version":2'))
        assert.strictEqual((yield* refused).reason, "NewerVersion")
      })
    )
  )

  it.effect("that cannot be written says so, and leaves the old one", () =>
    inFolder((folder, fs) =>
      Effect.gen(function* () {
        yield* fs.writeFileString(`${folder}/file`, "old")
        const error = yield* Effect.flip(ExperimentFile.save(yield* experiment, `${folder}/file/now.json`))
        assert.strictEqual(error.reason, "WriteFailed")
        assert.strictEqual(yield* fs.readFileString(`${folder}/file`), "old")
      })
    )
  )
})
