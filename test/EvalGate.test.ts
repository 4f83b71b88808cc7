import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as EvalGate from "../src/EvalGate.js"
import type * as Experiment from "../src/Experiment.js"
import { hashOf } from "../src/internal/hash.js"

type Run = Experiment.Run

const scored = (score: number, latencyMillis?: number): Run => ({
  _tag: "Scored",
  score,
  ...(latencyMillis === undefined ? {} : { latencyMillis })
})

const absent: Run = { _tag: "Missing", stage: "program", error: "LLMError.Unauthorized", message: "no key" }

const experimentOf = (
  runs: ReadonlyArray<Run>,
  more: Partial<Experiment.Experiment> = {},
  tagsOf: (k: number) => ReadonlyArray<string> = () => []
): Experiment.Experiment => ({
  format: "hyperfunc/experiment",
  version: 1,
  library: "0.1.0",
  name: "now",
  system: "s",
  startedAt: "1970-01-01T00:00:00.000Z",
  dataset: { name: "d", version: "v" },
  seed: 0,
  repeats: 1,
  results: runs.map((run, k) => ({ id: `${k}`, hash: hashOf(k), tags: tagsOf(k), runs: [run] })),
  ...more
})

const scoring = (...scores: ReadonlyArray<number>) => experimentOf(scores.map((score) => scored(score)))

const findingsOf = (experiment: Experiment.Experiment, rule: EvalGate.Rule, baseline?: Experiment.Experiment) =>
  Effect.map(
    EvalGate.check(experiment, { rules: [rule], ...(baseline === undefined ? {} : { baseline }) }),
    ({ findings: [finding] }) => [finding.passed, finding.reason] as const
  )

describe("a gate", () => {
  it.effect("is passed if every rule is, and says why for each in their order", () =>
    Effect.gen(function* () {
      const rules: ReadonlyArray<EvalGate.Rule> = [
        { rule: "minimum", score: 0.5 },
        { rule: "minimum", score: 0.9 }
      ]
      const verdict = yield* EvalGate.check(scoring(1, 0.5), { name: "release", rules })
      assert.deepStrictEqual(
        verdict.findings.map(({ passed, reason }) => [passed, reason]),
        [
          [true, "the score is 0.75, at least 0.5"],
          [false, "the score is 0.75, below 0.9"],
          [true, "0 of 2 runs have no score, and 0 % may have none"]
        ]
      )
      assert.deepStrictEqual([verdict.gate, verdict.experiment, verdict.passed], ["release", "now", false])
      assert.strictEqual(EvalGate.exitCode(verdict), 1)
      const passed = yield* EvalGate.check(scoring(1, 0.5), { rules: rules.slice(0, 1) })
      assert.strictEqual(EvalGate.exitCode(passed), 0)
    })
  )

  it.effect("is not passed when scores are missing, unless that share was allowed", () =>
    Effect.gen(function* () {
      const experiment = experimentOf([scored(1), scored(1), scored(1), absent])
      const verdict = yield* EvalGate.check(experiment, { rules: [{ rule: "minimum", score: 0.9 }] })
      assert.isFalse(verdict.passed)
      assert.include(verdict.findings[1].reason, "1 of 4 runs have no score")
      const allowed = yield* EvalGate.check(experiment, { rules: [{ rule: "maxMissing", share: 0.25 }] })
      assert.isTrue(allowed.passed)
      assert.strictEqual(allowed.findings.length, 1)
    })
  )

  it.effect("of an experiment without scores is never passed", () =>
    Effect.gen(function* () {
      const [passed, reason] = yield* findingsOf(experimentOf([absent]), { rule: "minimum", score: 0 })
      assert.isFalse(passed)
      assert.include(reason, "unknown")
      assert.isFalse((yield* findingsOf(experimentOf([]), { rule: "maxMissing", share: 0.5 }))[0])
    })
  )

  it.effect("holds the score of a tag to a floor of its own", () =>
    Effect.gen(function* () {
      const experiment = experimentOf([scored(1), scored(0.2)], {}, (k) => (k === 0 ? ["easy"] : ["hard"]))
      assert.isTrue((yield* findingsOf(experiment, { rule: "floor", tag: "easy", score: 1 }))[0])
      assert.deepStrictEqual(yield* findingsOf(experiment, { rule: "floor", tag: "hard", score: 0.5 }), [
        false,
        'the score of "hard" is 0.2, below 0.5'
      ])
      assert.isFalse((yield* findingsOf(experiment, { rule: "floor", tag: "hrad", score: 0 }))[0])
    })
  )

  it.effect("limits what was spent, and is not passed where that is unknown", () =>
    Effect.gen(function* () {
      const rule = { rule: "maxCost", usd: 0.1, calls: 10 } as const
      const spent = (cost: Experiment.Cost) => experimentOf([scored(1)], { cost })
      assert.isTrue((yield* findingsOf(spent({ usd: 0.1, calls: 10 }), rule))[0])
      assert.deepStrictEqual(yield* findingsOf(spent({ usd: 0.05, calls: 11 }), rule), [
        false,
        "the cost is 0.05 US dollars, at most 0.1 US dollars; the cost is 11 calls, more than 10 calls"
      ])
      assert.isFalse((yield* findingsOf(spent({ calls: 1 }), rule))[0])
      assert.isFalse((yield* findingsOf(experimentOf([scored(1)]), rule))[0])
    })
  )

  it.effect("limits the latency of a share of the runs, and is not passed where none was timed", () =>
    Effect.gen(function* () {
      const experiment = experimentOf(Array.from({ length: 100 }, (_, k) => scored(1, k + 1)))
      assert.isTrue((yield* findingsOf(experiment, { rule: "maxLatency", millis: 95 }))[0])
      assert.isFalse((yield* findingsOf(experiment, { rule: "maxLatency", millis: 94 }))[0])
      assert.isTrue((yield* findingsOf(experiment, { rule: "maxLatency", millis: 50, quantile: 0.5 }))[0])
      assert.isFalse((yield* findingsOf(scoring(1), { rule: "maxLatency", millis: 1000 }))[0])
    })
  )

  it.effect("refuses what is significantly worse than its baseline, and nothing else", () =>
    Effect.gen(function* () {
      const good = scoring(...Array.from({ length: 20 }, (_, k) => (k < 16 ? 1 : 0)))
      const noisy = scoring(...Array.from({ length: 20 }, (_, k) => (k < 15 ? 1 : 0)))
      const bad = scoring(...Array.from({ length: 20 }, (_, k) => (k < 8 ? 1 : 0)))
      const rule = { rule: "noRegression" } as const
      assert.isTrue((yield* findingsOf(good, rule, good))[0])
      assert.isTrue((yield* findingsOf(good, rule, bad))[0])
      assert.isTrue((yield* findingsOf(noisy, rule, good))[0])
      const [passed, reason] = yield* findingsOf(bad, rule, good)
      assert.isFalse(passed)
      assert.match(
        reason,
        /^worse: the difference is -0.4 on 20 examples \(95 % interval .* p = 0.0039.* level 0.05\)$/
      )
      assert.isTrue((yield* findingsOf(bad, { ...rule, level: 0.001 }, good))[0])
      assert.isTrue((yield* findingsOf(bad, { ...rule, tolerance: 0.5 }, good))[0])
      assert.isFalse((yield* findingsOf(bad, { ...rule, tolerance: 0.3 }, good))[0])
    })
  )

  it.effect("holds the comparison with its baseline, and is plain JSON", () =>
    Effect.gen(function* () {
      const baseline = { ...scoring(0, 1), name: "before" }
      const verdict = yield* EvalGate.check(scoring(1, 1), { baseline, rules: [{ rule: "minimum", score: 0 }] })
      assert.strictEqual(verdict.baseline, "before")
      assert.deepStrictEqual(verdict.comparison?.wins, ["0"])
      const json = JSON.parse(JSON.stringify(verdict))
      assert.deepStrictEqual(yield* Schema.decodeUnknown(EvalGate.Verdict)(json), verdict)
    })
  )

  it.effect("that asks for a baseline is refused without one, and with one of other examples", () =>
    Effect.gen(function* () {
      const rules = [{ rule: "noRegression" } as const]
      const error = yield* Effect.flip(Effect.asVoid(EvalGate.check(scoring(1), { rules })))
      assert.strictEqual(error.reason, "NoBaseline")
      const other = yield* Effect.flip(Effect.asVoid(EvalGate.check(scoring(1), { rules, baseline: scoring(1, 1) })))
      assert.strictEqual(other.reason, "DifferentDatasets")
      const shared = yield* EvalGate.check(scoring(1), { rules, baseline: scoring(1, 1), on: "intersection" })
      assert.isTrue(shared.passed)
    })
  )
})

describe("a gate file", () => {
  const refused = (json: unknown) => Effect.flip(Effect.asVoid(EvalGate.decode(json, "gate.json")))

  it.effect("is read as it is written", () =>
    Effect.gen(function* () {
      const gate = {
        name: "release",
        experiment: "now.json",
        baseline: "before.json",
        rules: [
          { rule: "minimum", score: 0.8 },
          { rule: "floor", tag: "fr", score: 0.5 },
          { rule: "noRegression", level: 0.01, tolerance: 0.02 },
          { rule: "maxCost", usd: 1 },
          { rule: "maxLatency", millis: 100 },
          { rule: "maxMissing", share: 0.1 }
        ]
      }
      assert.deepStrictEqual<unknown>(yield* EvalGate.decode(gate), gate)
    })
  )

  it.effect("with a rule that does not exist is refused by name, with those that do", () =>
    Effect.gen(function* () {
      const error = yield* refused({ rules: [{ rule: "minimum", score: 1 }, { rule: "minimun" }] })
      assert.strictEqual(error.reason, "UnknownRule")
      assert.strictEqual(
        error.message,
        'gate.json: there is no rule "minimun" (rules.1). Rules are minimum, floor, noRegression, maxCost, maxLatency, maxMissing'
      )
      assert.strictEqual((yield* refused({ rules: [{ rule: "toString" }] })).reason, "UnknownRule")
      assert.strictEqual((yield* refused({ rules: ["minimum"] })).reason, "UnknownRule")
    })
  )

  it.effect("with a setting that is wrong, missing or unknown is refused, with its place", () =>
    Effect.gen(function* () {
      const wrong: ReadonlyArray<readonly [unknown, string]> = [
        [{ rules: [{ rule: "minimum" }] }, "rules.0.score"],
        [{ rules: [{ rule: "minimum", scroe: 1, score: 1 }] }, "rules.0.scroe"],
        [{ rules: [{ rule: "noRegression", level: 5 }] }, "rules.0.level"],
        [{ rules: [{ rule: "maxCost" }] }, "sets no limit"],
        [{ rules: [] }, "rules"],
        [{ rules: [{ rule: "maxMissing", share: 0 }], base: "x" }, "base"],
        [[], "gate.json"],
        [null, "gate.json"]
      ]
      for (const [json, place] of wrong) {
        const error = yield* refused(json)
        assert.strictEqual(error.reason, "InvalidGate", place)
        assert.include(error.message, place)
      }
    })
  )
})
