import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { GenerationReport } from "../services/Optimizer.js"
import * as Candidate from "../src/Candidate.js"
import * as Hyperfunction from "../src/Hyperfunction.js"
import * as LoggedRun from "../src/LoggedRun.js"
import * as LoRAWeight from "../src/LoRAWeight.js"
import * as Params from "../src/Params.js"
import * as RunEvent from "../src/RunEvent.js"
import * as RunLog from "../src/RunLog.js"
import type * as Tensor from "../src/Tensor.js"
import { call, ended, events, failed, generation, started } from "./utils/logged.js"

const text = (some: ReadonlyArray<RunEvent.RunEvent>) => some.map((event) => `${RunLog.encode(event)}\n`).join("")

const refused = <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.flip(Effect.asVoid(self))

const report: GenerationReport = {
  generation: 0,
  generations: 3,
  evaluations: 1,
  runs: 4,
  reward: { mean: NaN, min: NaN, max: NaN, deviation: NaN },
  failures: 0,
  score: -Infinity,
  best: { generation: 0, score: -Infinity, candidate: Candidate.defaults() },
  elapsed: Duration.seconds(2),
  stopped: undefined
}

describe("a log", () => {
  it.effect("reads what it wrote, whatever the event", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* RunLog.parse(text(events)), events)
    })
  )

  it.prop(
    "reads any event that it wrote",
    [Schema.typeSchema(RunEvent.RunEvent).pipe(Schema.filter(({ _tag }) => _tag !== "Calls"))],
    ([event]) => {
      const line = RunLog.encode(event)
      assert.notInclude(line, "\n")
      const again = Schema.decodeSync(Schema.parseJson(RunEvent.RunEvent))(line)
      assert.strictEqual(RunLog.encode(again), line)
    },
    { fastCheck: { numRuns: 50 } }
  )

  it.effect("passes over a last line that a killed process left unfinished, at whatever byte", () =>
    Effect.gen(function* () {
      const whole = text([started, generation(0)])
      const last = `${RunLog.encode(ended)}\n`
      for (let length = 0; length < last.length - 1; length += 7) {
        assert.lengthOf(yield* RunLog.parse(whole + last.slice(0, length)), 2, String(length))
      }
      assert.lengthOf(yield* RunLog.parse(whole + last.trimEnd()), 3)
    })
  )

  it.effect("names any other line that is no event", () =>
    Effect.gen(function* () {
      for (const bad of ["{", '{"_tag":"Started"', '{"_tag":"Nothing"}', "null"]) {
        const error = yield* refused(RunLog.parse(`${text([started])}${bad}\n${text([ended])}`, "run.jsonl"))
        assert.deepStrictEqual([error.reason, error.line], ["Damaged", 2], bad)
        assert.match(error.message, /^run\.jsonl:2: .*\. Delete the line/)
      }
    })
  )

  it.effect("says when a file is no log at all, and when nothing began in it", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* refused(RunLog.parse('{"observations":[]}\n'))).reason, "NotALog")
      assert.strictEqual((yield* refused(LoggedRun.make([]))).reason, "NothingStarted")
      assert.strictEqual((yield* refused(LoggedRun.make([failed]))).reason, "NothingStarted")
    })
  )

  it.effect("refuses a newer version by its number", () =>
    Effect.gen(function* () {
      const newer = `${JSON.stringify({ ...started, version: 2, values: [] })}\n`
      const error = yield* refused(RunLog.parse(newer))
      assert.strictEqual(error.reason, "NewerVersion")
      assert.include(error.message, "version 2 of the format, and 1 is known. Update hyperfunc")
    })
  )

  it("has no key in it, wherever one was", () => {
    const key = "sk-proj-abcdefghijklmnopqrstuvwx"
    const line = RunLog.encode({
      ...failed,
      error: { type: key, message: `Authorization: Bearer ${key} at https://user:${key}@host` }
    })
    assert.notInclude(line, "abcdefgh")
    const values = RunLog.encode({ ...started, values: { [key]: `use api_key=${key}` } })
    assert.notInclude(values, "abcdefgh")
  })

  it.effect("leaves out a metric of a call that is no number", () =>
    Effect.gen(function* () {
      const calls = RunLog.calls({ calls: [call("a", { metrics: { good: 1, bad: NaN } })], dropped: 0 })
      const event = yield* RunLog.decode(RunLog.encode(calls), { line: 1 })
      assert.deepStrictEqual(event._tag === "Calls" && event.calls[0].metrics, { good: 1 })
    })
  )

  it("keeps the last calls of a long recording, and says how many there were", () => {
    const recording = { calls: ["a", "b", "c"].map((id) => call(id)), dropped: 2 }
    const { calls, dropped } = RunLog.calls(recording, 2)
    assert.deepStrictEqual([calls.map(({ id }) => id), dropped], [["b", "c"], 3])
  })

  it.effect("keeps numbers that JSON has no word for, and leaves out rewards that there are none of", () =>
    Effect.gen(function* () {
      const line = RunLog.encode(RunLog.generation(report))
      const event = yield* RunLog.decode(line, { line: 1 })
      assert.deepInclude(event, { score: -Infinity, elapsed: 2000 })
      assert.notProperty(event, "reward")
      assert.notProperty(event, "stopped")
    })
  )
})

describe("values of a candidate", () => {
  const tuned = Hyperfunction.make("tuned", {
    params: Params.struct({
      rate: Params.unbounded({ default: 1 }),
      style: Params.category(["dry", "warm"], { default: "dry" }),
      weight: LoRAWeight.create({ outDim: 2, inDim: 2 })
    }),
    run: (_, x: Tensor.Tensor) => Effect.succeed(x)
  })

  it("are those of its fields by name, without weights", () => {
    const { name, params } = tuned.definition
    const tunables = [{ name, params }]
    assert.deepStrictEqual(RunLog.valuesOf(Candidate.defaults(), tunables), { "tuned.rate": 1, "tuned.style": "dry" })
  })
})

describe("a logged run", () => {
  it.effect("knows what came of it", () =>
    Effect.gen(function* () {
      const run = yield* LoggedRun.make(events)
      const summary = LoggedRun.summary(run)
      assert.deepInclude(summary, {
        outcome: "ended",
        stopped: "plateau",
        before: 0.25,
        after: 0.45,
        generations: 2,
        runs: 60,
        accepted: 1,
        rejected: 1
      })
      assert.deepStrictEqual(summary.test, { before: 0.2, after: 0.6, examples: 10 })
      assert.closeTo(summary.spend?.usd ?? NaN, 0.045, 1e-12)
      assert.deepStrictEqual(LoggedRun.bestValues(run), {
        "route.instruction": "Choose well.",
        "route.temperature": 0.7
      })
    })
  )

  it.effect("is the last one of its log, and under way until it says otherwise", () =>
    Effect.gen(function* () {
      const run = yield* LoggedRun.make([...events, { ...started, system: "second" }, generation(0)])
      const { outcome, spend, system } = LoggedRun.summary(run)
      assert.deepStrictEqual([system, outcome, spend], ["second", "running", undefined])
      assert.lengthOf(run.ablations, 0)
    })
  )

  it.effect("tells a failure from an interruption", () =>
    Effect.gen(function* () {
      const outcome = (error: RunEvent.Failed["error"]) =>
        Effect.map(LoggedRun.make([started, { ...failed, error }]), (run) => LoggedRun.summary(run).outcome)
      assert.strictEqual(yield* outcome({ type: "Boom", message: "" }), "failed")
      assert.strictEqual(yield* outcome({ type: "interrupted", message: "" }), "interrupted")
    })
  )
})
