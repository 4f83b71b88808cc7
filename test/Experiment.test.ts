import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { pipe } from "effect/Function"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import * as DeviceCpu from "../layers/DeviceCpu.js"
import * as Candidate from "../src/Candidate.js"
import * as Dataset from "../src/Dataset.js"
import * as Experiment from "../src/Experiment.js"
import * as Hyperfunction from "../src/Hyperfunction.js"
import * as HyperSystem from "../src/HyperSystem.js"
import { signTest, worseTest } from "../src/internal/paired.js"
import { version } from "../src/internal/version.js"
import * as Llm from "../src/Llm.js"
import * as Metric from "../src/Metric.js"
import { uniforms } from "../src/Noise.js"
import * as Params from "../src/Params.js"
import * as Scorer from "../src/Scorer.js"
import * as Tensor from "../src/Tensor.js"
import { scripted } from "./utils/scripted.js"

class Refused extends Data.TaggedError("Refused")<{ readonly reason: string; readonly message: string }> {}

const numbers = { input: Schema.Number, expected: Schema.Number }

const datasetOf = (inputs: ReadonlyArray<number>, name = "numbers") =>
  Dataset.make(
    name,
    numbers,
    inputs.map((input) => ({ id: `n${input}`, input, expected: 0, tags: [input % 2 === 0 ? "even" : "odd"] }))
  )

const shift = Hyperfunction.make("shift", {
  params: Params.struct({ by: Params.unbounded({ default: 0 }) }),
  run: ({ by }, x: number) => Effect.succeed(x + by)
})

const shifted = HyperSystem.make("shifted", { run: (x: number) => shift(x), hyperfunctions: [shift] })

const shiftedBy = (by: number) => HyperSystem.withCandidate(shifted, Candidate.set(Candidate.defaults(), shift, { by }))

const output = Metric.perExample((output: number) => output)

/** An experiment whose scores are these. */
const scoresOf = (scores: ReadonlyArray<number>, name = "scores") =>
  Effect.gen(function* () {
    const dataset = yield* datasetOf(scores.map((_, k) => k))
    const system = HyperSystem.make("given", { run: (k: number) => Effect.succeed(scores[k]) })
    return yield* Experiment.run(system, dataset, output, { name })
  })

describe("an experiment", () => {
  it.effect("holds a score for each example, what it was run on, and what was tried", () =>
    Effect.gen(function* () {
      const dataset = yield* datasetOf([1, 2, 3])
      const config = { model: "small", temperature: 0.2 }
      const experiment = yield* Experiment.run(shiftedBy(1), dataset, output, { name: "first", config, seed: 5 })
      assert.deepStrictEqual<unknown>(
        experiment.results.map(({ hash, id, runs, tags }) => [id, hash, tags, runs]),
        dataset.examples.map(({ hash, id, input, tags }) => [
          id,
          hash,
          tags,
          [{ _tag: "Scored", score: input + 1, latencyMillis: 0 }]
        ])
      )
      assert.deepStrictEqual(experiment.dataset, { name: "numbers", version: dataset.version })
      const { library } = experiment
      assert.strictEqual(library, version)
      assert.strictEqual(experiment.startedAt, "1970-01-01T00:00:00.000Z")
      assert.deepStrictEqual([experiment.seed, experiment.repeats, experiment.system], [5, 1, "shifted"])
      const again = yield* Experiment.run(shiftedBy(1), dataset, output, { name: "first", config, seed: 5 })
      assert.deepStrictEqual(again, experiment)
    })
  )

  it("says the version of the library that package.json has", () => {
    const { version: published } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))
    assert.strictEqual(version, published)
  })

  it.effect("has hashes of its configuration and of its parameters, which differ when those do", () =>
    Effect.gen(function* () {
      const dataset = yield* datasetOf([1])
      const run = (by: number, config: unknown) =>
        Experiment.run(shiftedBy(by), dataset, output, { name: "hashes", config })
      const one = yield* run(1, { a: 1, b: 2 })
      const same = yield* run(1, { b: 2, a: 1 })
      const other = yield* run(2, { a: 1 })
      assert.isString(one.parametersHash)
      assert.deepStrictEqual([same.configHash, same.parametersHash], [one.configHash, one.parametersHash])
      assert.notStrictEqual(other.configHash, one.configHash)
      assert.notStrictEqual(other.parametersHash, one.parametersHash)
      const untuned = yield* Experiment.run(shifted, dataset, output, { name: "untuned" })
      assert.notProperty(untuned, "parametersHash")
      assert.notProperty(untuned, "configHash")
    })
  )

  it.effect("leaves out a failure of the program with its reason, and never calls it a score", () =>
    Effect.gen(function* () {
      const dataset = yield* datasetOf([1, 2, 3])
      const moody = HyperSystem.make("moody", {
        run: (x: number) => {
          if (x === 3) throw new Error("no threes")
          return x === 2 ? Effect.fail(new Refused({ reason: "Unauthorized", message: "no key" })) : Effect.succeed(x)
        }
      })
      const experiment = yield* Experiment.run(moody, dataset, output, { name: "moody" })
      assert.deepStrictEqual(experiment.results[1].runs, [
        { _tag: "Missing", stage: "program", error: "Refused.Unauthorized", message: "no key" }
      ])
      const [thrown] = experiment.results[2].runs
      assert.strictEqual(thrown._tag, "Missing")
      assert.include(JSON.stringify(thrown), "no threes")
      const { missing, score } = Experiment.summary(experiment)
      assert.deepStrictEqual([missing, score], [2, 1])
      assert.isTrue(Option.isNone(Experiment.scoreOf(experiment.results[1])))
    })
  )

  it.effect("leaves out what the metric cannot score, and only that", () =>
    Effect.gen(function* () {
      const dataset = yield* datasetOf([1, 2, 3])
      const picky = Metric.perExample((output: number) =>
        output === 2
          ? Effect.fail(new Refused({ reason: "Refusal", message: "no twos" }))
          : Effect.succeed(output / (output - 3))
      )
      const experiment = yield* Experiment.run(shifted, dataset, picky, { name: "picky" })
      const [one, two, three] = experiment.results.map(({ runs: [run] }) => run)
      assert.deepStrictEqual(one, { _tag: "Scored", score: -0.5, latencyMillis: 0 })
      assert.deepStrictEqual(two, { _tag: "Missing", stage: "metric", error: "Refused.Refusal", message: "no twos" })
      assert.isTrue(three._tag === "Missing" && three.error === "EvaluationError.MetricNotFinite")
    })
  )

  it.effect("of which nothing could be scored has no score", () =>
    Effect.gen(function* () {
      const dataset = yield* datasetOf([1, 2])
      const dead = HyperSystem.make("dead", { run: (_: number) => Effect.fail("down" as const) })
      const summary = Experiment.summary(yield* Experiment.run(dead, dataset, output, { name: "dead" }))
      assert.notProperty(summary, "score")
      assert.notProperty(summary.tags.odd, "score")
      assert.strictEqual(summary.missing, 2)
    })
  )

  it.effect("judges each output once", () =>
    Effect.gen(function* () {
      const dataset = yield* datasetOf([1, 2, 3])
      const calls = { program: 0, metric: 0 }
      const counted = HyperSystem.make("counted", {
        run: (x: number) =>
          Effect.sync(() => {
            calls.program++
            return x
          })
      })
      const judge = Metric.perExample((output: number) =>
        Effect.sync(() => {
          calls.metric++
          return output
        })
      )
      yield* Experiment.run(counted, dataset, judge, { name: "counted", repeats: 2 })
      assert.deepStrictEqual(calls, { program: 6, metric: 6 })
    })
  )

  it.effect("repeats examples with other random numbers each time, and the same ones for the same seed", () =>
    Effect.gen(function* () {
      const dataset = yield* datasetOf([1, 2])
      const dice = HyperSystem.make("dice", { run: (_: number) => Random.next })
      const options = { name: "dice", repeats: 3, seed: 1 }
      const one = yield* Experiment.run(dice, dataset, output, options)
      const scores = one.results.flatMap(({ runs }) => runs.map((run) => (run._tag === "Scored" ? run.score : NaN)))
      assert.strictEqual(new Set(scores).size, 6)
      assert.deepStrictEqual((yield* Experiment.run(dice, dataset, output, options)).results, one.results)
      const mean = (scores[0] + scores[1] + scores[2]) / 3
      assert.strictEqual(Option.getOrThrow(Experiment.scoreOf(one.results[0])), mean)
    })
  )

  it.effect("asks models for another sample in every repeat, also where answers are cached", () =>
    Effect.gen(function* () {
      const dataset = yield* datasetOf([1])
      const played = scripted(({ rollout = 0 }) => String(rollout))
      const ask = Llm.makeLlmCompletion("local/m", { name: "ask" })
      const asking = HyperSystem.make("asking", {
        run: (x: number) => Effect.map(ask(String(x)), ({ content }) => Number(content)),
        hyperfunctions: [ask]
      })
      const { results } = yield* Experiment.run(asking, dataset, output, { name: "samples", repeats: 3 }).pipe(
        Effect.provide(played.layer)
      )
      const scores = results[0].runs.map((run) => (run._tag === "Scored" ? run.score : NaN))
      assert.deepStrictEqual(scores, [0, 1, 2])
    })
  )

  it.effect("times each run of the program, and not the metric", () =>
    Effect.gen(function* () {
      const dataset = yield* datasetOf([10, 20, 40])
      const slow = HyperSystem.make("slow", { run: (x: number) => Effect.as(Effect.sleep(x), x) })
      const judge = Metric.perExample((output: number) => Effect.as(Effect.sleep("1 minute"), output))
      const fiber = yield* Effect.fork(Experiment.run(slow, dataset, judge, { name: "slow" }))
      yield* TestClock.adjust("5 minutes")
      const experiment = yield* Fiber.join(fiber)
      const latencies = experiment.results.map(({ runs: [run] }) => (run._tag === "Scored" ? run.latencyMillis : NaN))
      assert.deepStrictEqual(latencies, [10, 20, 40])
      assert.strictEqual(Option.getOrThrow(Experiment.latency(experiment, 0.95)), 40)
      assert.strictEqual(Option.getOrThrow(Experiment.latency(experiment, 0.5)), 20)
      assert.strictEqual(Option.getOrThrow(Experiment.latency(experiment, 0)), 10)
    })
  )

  it.effect("of a lifted program has the same scores, and says nothing of latencies", () =>
    Effect.gen(function* () {
      const Vector = Schema.transform(Schema.Array(Schema.Number), Schema.declare(Tensor.isTensor), {
        strict: false,
        decode: (numbers) => Tensor.from(numbers),
        encode: (tensor) => Tensor.toArray(tensor as Tensor.Tensor)
      }) as Schema.Schema<Tensor.Tensor, ReadonlyArray<number>>
      const double = Hyperfunction.tensor("double", {
        params: Params.struct({ by: Params.unbounded({ default: 2 }) }),
        run: ({ by }, x: Tensor.Tensor) => Tensor.mul(x, by)
      })
      const system = HyperSystem.make("double", { run: (x: Tensor.Tensor) => double(x) })
      const dataset = yield* Dataset.make(
        "vectors",
        { input: Vector, expected: Vector },
        Array.from({ length: 10 }, (_, k) => ({ input: Tensor.from([k]), expected: Tensor.from([k]) }))
      )
      const run = (mode: "lifted" | "fibers") =>
        Experiment.run(system, dataset, Metric.negativeSquaredError, { name: mode, mode })
      const lifted = yield* run("lifted")
      assert.deepStrictEqual<unknown>(
        lifted.results.map(({ runs }) => runs),
        Array.from({ length: 10 }, (_, k) => [{ _tag: "Scored", score: -(k * k) }])
      )
      assert.isTrue(Option.isNone(Experiment.latency(lifted, 0.95)))
      assert.strictEqual((yield* Experiment.compare(lifted, yield* run("fibers"))).ties.length, 10)
    }).pipe(Effect.provide(DeviceCpu.layer))
  )

  it.effect("costs what was spent meanwhile, and what nobody knows is absent", () =>
    Effect.gen(function* () {
      const dataset = yield* datasetOf([1, 2])
      const spent = { usd: 1, tokens: 100, calls: 10, unknown: { usd: 1, tokens: 0 } }
      const spending = HyperSystem.make("spending", {
        run: (x: number) =>
          Effect.sync(() => {
            spent.usd += 0.5
            spent.calls += 1
            return x
          })
      })
      const ledger = Effect.sync(() => ({ ...spent, unknown: { ...spent.unknown } }))
      const known = yield* Experiment.run(spending, dataset, output, { name: "known", cost: ledger })
      assert.deepStrictEqual(known.cost, { usd: 1, tokens: 0, calls: 2 })
      const losing = Effect.tap(ledger, () => Effect.sync(() => spent.unknown.usd++))
      const unknown = yield* Experiment.run(spending, dataset, output, { name: "unknown", cost: losing })
      assert.deepStrictEqual(unknown.cost, { tokens: 0, calls: 2 })
      assert.notProperty(yield* Experiment.run(spending, dataset, output, { name: "silent" }), "cost")
    })
  )

  it.effect("takes a scorer for a metric, and remembers which", () =>
    Effect.gen(function* () {
      const dataset = yield* datasetOf([0, 1])
      const experiment = yield* Experiment.run(shifted, dataset, Scorer.exactMatch(), { name: "scored" })
      assert.strictEqual(experiment.metric, "exactMatch")
      assert.strictEqual(Experiment.summary(experiment).score, 0.5)
      assert.strictEqual(Experiment.summary(experiment).tags.even.score, 1)
    })
  )

  it.effect("refuses options that cannot be", () =>
    Effect.gen(function* () {
      const dataset = yield* datasetOf([1])
      const refused = (options: Omit<Experiment.Options, "name">) =>
        Effect.flip(Effect.asVoid(Experiment.run(shifted, dataset, output, { name: "wrong", ...options })))
      assert.strictEqual((yield* refused({ repeats: 0 })).reason, "InvalidOptions")
      assert.strictEqual((yield* refused({ seed: 0.5 })).reason, "InvalidOptions")
      assert.include((yield* refused({ config: { when: new Date(0) } })).message, "config.when")
    })
  )

  it.effect("is JSON, and comes back from it; what is not one is refused", () =>
    Effect.gen(function* () {
      const experiment = yield* scoresOf([1, 0, 0.5])
      const json = JSON.parse(JSON.stringify(experiment))
      assert.deepStrictEqual(yield* Experiment.decode(json), experiment)
      const reasonOf = (json: unknown) =>
        Effect.map(Effect.flip(Effect.asVoid(Experiment.decode(json, "x.json"))), ({ reason }) => reason)
      assert.strictEqual(yield* reasonOf({ ...json, version: 2 }), "NewerVersion")
      assert.strictEqual(yield* reasonOf({ ...json, results: [{ score: 1 }] }), "Unreadable")
      assert.strictEqual(yield* reasonOf(null), "Unreadable")
    })
  )
})

describe("a comparison", () => {
  it.effect("pairs examples by their content, and names wins, losses and ties", () =>
    Effect.gen(function* () {
      const baseline = yield* scoresOf([0, 1, 0, 1], "before")
      const experiment = yield* scoresOf([1, 1, 1, 0], "after")
      const shuffled = { ...experiment, results: [...experiment.results].reverse() }
      const comparison = yield* Experiment.compare(shuffled, baseline)
      assert.deepStrictEqual(comparison.wins, ["n2", "n0"])
      assert.deepStrictEqual(comparison.losses, ["n3"])
      assert.deepStrictEqual(comparison.ties, ["n1"])
      assert.deepStrictEqual([comparison.score, comparison.baselineScore], [0.75, 0.5])
      assert.strictEqual(comparison.difference.mean, 0.25)
      assert.isBelow(comparison.difference.lower, 0.25)
      assert.isAbove(comparison.difference.upper, 0.25)
      assert.strictEqual(comparison.signTest, 1)
    })
  )

  it.effect("refuses other examples unless it is asked for those that both have", () =>
    Effect.gen(function* () {
      const run = (inputs: ReadonlyArray<number>, name: string) =>
        Effect.flatMap(datasetOf(inputs), (dataset) => Experiment.run(shiftedBy(1), dataset, output, { name }))
      const one = yield* run([1, 2, 3], "one")
      const other = yield* run([2, 3, 4, 5], "other")
      const error = yield* Effect.flip(Effect.asVoid(Experiment.compare(one, other)))
      assert.strictEqual(error.reason, "DifferentDatasets")
      assert.include(error.detail, "3 examples")
      assert.include(error.detail, "share 2")
      const comparison = yield* pipe(one, Experiment.compare(other, { on: "intersection" }))
      assert.deepStrictEqual(comparison.ties, ["n2", "n3"])
      assert.deepStrictEqual([comparison.onlyInExperiment, comparison.onlyInBaseline], [["n1"], ["n4", "n5"]])
      const apart = yield* run([9], "apart")
      const nothing = yield* Effect.flip(Effect.asVoid(Experiment.compare(one, apart, { on: "intersection" })))
      assert.strictEqual(nothing.reason, "NothingToCompare")
    })
  )

  it.effect("pairs duplicates one by one", () =>
    Effect.gen(function* () {
      const row = { input: 1, expected: 0 }
      const dataset = yield* Dataset.make("twins", numbers, [row, row])
      const run = (by: number) => Experiment.run(shiftedBy(by), dataset, output, { name: "twins" })
      const { wins } = yield* Experiment.compare(yield* run(1), yield* run(0))
      assert.deepStrictEqual(
        wins,
        dataset.examples.map(({ id }) => id)
      )
    })
  )

  it.effect("leaves out what is missing on either side, and says so", () =>
    Effect.gen(function* () {
      const dataset = yield* datasetOf([1, 2, 3])
      const failing = (at: number) =>
        HyperSystem.make("failing", { run: (x: number) => (x === at ? Effect.fail("no") : Effect.succeed(x)) })
      const one = yield* Experiment.run(failing(1), dataset, output, { name: "one" })
      const two = yield* Experiment.run(failing(2), dataset, output, { name: "two" })
      const comparison = yield* Experiment.compare(one, two)
      assert.deepStrictEqual([comparison.missing, comparison.ties], [["n1", "n2"], ["n3"]])
    })
  )

  it.effect("refuses scores of another scorer", () =>
    Effect.gen(function* () {
      const dataset = yield* datasetOf([1])
      const by = (scorer: Scorer.Scorer<unknown, unknown>) =>
        Experiment.run(shifted, dataset, scorer, { name: scorer.name })
      const error = yield* Effect.flip(
        Effect.asVoid(Experiment.compare(yield* by(Scorer.exactMatch()), yield* by(Scorer.numericDistance())))
      )
      assert.strictEqual(error.reason, "DifferentMetrics")
    })
  )

  it.effect("refuses a confidence that is none", () =>
    Effect.gen(function* () {
      const one = yield* scoresOf([1, 2])
      for (const confidence of [0, 1, Number.NaN]) {
        const error = yield* Effect.flip(Effect.asVoid(Experiment.compare(one, one, { confidence })))
        assert.strictEqual(error.reason, "InvalidOptions")
      }
    })
  )
})

describe("the sign test", () => {
  it("is the two-sided binomial test", () => {
    assert.strictEqual(signTest(0, 0), 1)
    assert.approximately(signTest(0, 5), 2 / 32, 1e-12)
    assert.approximately(signTest(9, 1), 22 / 1024, 1e-12)
    assert.strictEqual(signTest(5, 5), 1)
    assert.approximately(signTest(600, 400), 2.7e-10, 0.3e-10)
  })
})

describe("the randomization test", () => {
  it("is exact for few differences", () => {
    assert.strictEqual(worseTest([], 0), 1)
    assert.strictEqual(worseTest([0, 0], 0), 1)
    assert.strictEqual(worseTest([-1, -1, -1, 0], 0), 1 / 8)
    assert.strictEqual(worseTest([1, 1, 1], 0), 1)
    assert.strictEqual(worseTest([-3, 1, 1], 0), 4 / 8)
  })

  it("gives by draws what it gives exactly, and never nothing", () => {
    const differences = Array.from({ length: 13 }, (_, k) => (k < 10 ? -1 : 1))
    assert.approximately(worseTest(differences, 0), 378 / 8192, 0.008)
    const certain = worseTest(new Array(200).fill(-1), 0)
    assert.strictEqual(certain, 1 / 10_000)
  })

  it("calls what is no worse worse no more often than its level says", () => {
    const draws = new Float32Array(20)
    let alarms = 0
    for (let trial = 0; trial < 400; trial++) {
      uniforms({ seed: 11, generation: trial, pair: 0, block: 0 }, draws)
      if (
        worseTest(
          Array.from(draws.subarray(0, 12), (draw) => draw - 0.5),
          0
        ) <= 0.05
      )
        alarms++
    }
    assert.isAtMost(alarms, 400 * 0.05 + 3 * Math.sqrt(400 * 0.05 * 0.95))
    assert.isAtLeast(alarms, 5)
  })
})
