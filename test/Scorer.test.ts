import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import * as DeviceWasm from "../layers/DeviceWasm.js"
import * as OptimizerEvolution from "../layers/OptimizerEvolution.js"
import * as Candidate from "../src/Candidate.js"
import * as Hyperfunction from "../src/Hyperfunction.js"
import * as HyperSystem from "../src/HyperSystem.js"
import * as Metric from "../src/Metric.js"
import * as Params from "../src/Params.js"
import * as Scorer from "../src/Scorer.js"
import * as Tensor from "../src/Tensor.js"

/** Why there is no result; one that is there is not shown. */
const failure = <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.flip(Effect.asVoid(self))

const reasonOf = <O, X>(scorer: Scorer.Scorer<O, X>, output: O, expected: X) =>
  Effect.map(failure(scorer.grade(output, expected)), ({ reason }) => reason)

const thrown = (make: () => unknown): unknown => {
  try {
    make()
  } catch (error) {
    return error instanceof Scorer.ScorerError ? error.reason : error
  }
  return "nothing"
}

class Dictionary extends Context.Tag("test/Dictionary")<Dictionary, ReadonlySet<string>>() {}

describe("Scorer", () => {
  describe("make", () => {
    it.effect("takes numbers, booleans, verdicts, and effects of them", () =>
      Effect.gen(function* () {
        const verdicts = [0.5, true, { score: false }, { score: 0.25 }, Effect.succeed(0.75), Effect.succeed(true)]
        const scores = yield* Effect.forEach(verdicts, (verdict) =>
          Scorer.make("any", () => verdict).score(undefined, undefined)
        )
        assert.deepStrictEqual(scores, [0.5, 1, 0, 0.25, 0.75, 1])
      })
    )

    it.effect("gives the scoring function output, expectation and input", () =>
      Effect.gen(function* () {
        const seen: Array<unknown> = []
        const scorer = Scorer.make("seeing", (...args: [unknown, unknown, unknown?]) => seen.push(args) > 0)
        yield* scorer.grade("output", "expected", "input")
        assert.deepStrictEqual(seen, [["output", "expected", "input"]])
      })
    )

    it.prop("clamps any finite number to [0, 1]", [FastCheck.double({ noNaN: true, noDefaultInfinity: true })], ([n]) =>
      Effect.runSync(
        Effect.map(
          Scorer.make("any", () => n).score(undefined, undefined),
          (score) => score === (n < 0 ? 0 : n > 1 ? 1 : n)
        )
      )
    )

    const noScores: ReadonlyArray<unknown> = [
      NaN,
      Infinity,
      -Infinity,
      { score: NaN },
      "1",
      undefined,
      null,
      {},
      [1],
      1n,
      { score: { score: 1 } },
      Tensor.from(1),
      Promise.resolve(1),
      Effect.succeed(NaN),
      Effect.succeed("good")
    ]
    noScores.forEach((value, k) => {
      it.effect(`has no score for what is none (${k}: ${Effect.isEffect(value) ? "an effect" : typeof value})`, () =>
        Effect.gen(function* () {
          const scorer = Scorer.make("wrong", () => value as number)
          assert.strictEqual(yield* reasonOf(scorer, undefined, undefined), "NotAScore")
        })
      )
    })

    it.effect("says that a Promise is to be wrapped", () =>
      Effect.gen(function* () {
        const { message } = yield* failure(
          Scorer.make("late", () => Promise.resolve(1) as never).grade(undefined, undefined)
        )
        assert.strictEqual(
          message,
          "late: it gave a Promise. Make it give a number, a boolean or { score, feedback }, or an Effect of one; wrap a Promise in Effect.promise"
        )
      })
    )

    it.effect("fails with ScorerError when the function throws or its effect dies, and keeps its own failures", () =>
      Effect.gen(function* () {
        const throwing = Scorer.make("throwing", (): number => {
          throw new Error("no")
        })
        const dying = Scorer.make("dying", () => Effect.die("no"))
        const failing = Scorer.make("failing", () => Effect.fail("mine" as const))
        assert.strictEqual(yield* reasonOf(throwing, undefined, undefined), "Threw")
        assert.strictEqual(yield* reasonOf(dying, undefined, undefined), "Threw")
        assert.strictEqual(yield* failure(failing.grade(undefined, undefined)), "mine")
      })
    )

    it.effect("grades nothing before it is run", () =>
      Effect.gen(function* () {
        let calls = 0
        const scorer = Scorer.make("counted", () => ++calls > 0)
        const score = scorer.score(undefined, undefined)
        assert.strictEqual(calls, 0)
        yield* score
        assert.strictEqual(calls, 1)
      })
    )
  })

  describe("from", () => {
    it("leaves a scorer as it is", () => {
      const scorer = Scorer.exactMatch()
      assert.strictEqual(Scorer.from(scorer), scorer)
      assert.isTrue(Scorer.isScorer(scorer))
      assert.isFalse(Scorer.isScorer(Metric.accuracy))
    })

    it.effect("names a scorer after its function", () =>
      Effect.gen(function* () {
        const isShort = (output: string) => output.length < 3
        const scorer = Scorer.from(isShort)
        assert.strictEqual(scorer.name, "isShort")
        assert.strictEqual(yield* scorer.score("ab", undefined), 1)
      })
    )

    it.effect("computes metrics made of tensors", () =>
      Effect.gen(function* () {
        const { score } = Scorer.from(Metric.accuracy)
        assert.strictEqual(yield* score(Tensor.from([0, 2, 1]), Tensor.from([0, 1, 0])), 1)
        assert.strictEqual(yield* score(Tensor.from([3, 2, 1]), Tensor.from([0, 1, 0])), 0)
      })
    )
  })

  it.effect("batch grades in order, side by side if told to, and fails with the first failure", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const waiting = (output: number, expected: number) =>
        output === 0
          ? Effect.as(Deferred.await(gate), output === expected)
          : Effect.as(Deferred.succeed(gate, undefined), output === expected)
      const cases = [0, 1].map((n) => ({ output: n, expected: 0 }))
      const grades = yield* Scorer.batch(waiting, cases, { concurrency: 2 })
      assert.deepStrictEqual(
        grades.map(({ score }) => score),
        [1, 0]
      )
      const odd = (output: number) => (output % 2 === 1 ? NaN : 1)
      const outputs = [0, 1, 2].map((output) => ({ output, expected: 0 }))
      assert.strictEqual((yield* failure(Scorer.batch(odd, outputs))).reason, "NotAScore")
    })
  )

  it.effect("contramap grades what is found in an output", () =>
    Effect.gen(function* () {
      const scorer = Scorer.contramap(Scorer.exactMatch(), ({ answer }: { readonly answer: string }) => answer)
      assert.strictEqual(yield* scorer.score({ answer: "yes" }, "yes"), 1)
      assert.strictEqual(scorer.name, "exactMatch")
    })
  )

  describe("composite", () => {
    const constant = (score: number) => Scorer.make("constant", () => score)
    const score01 = FastCheck.double({ min: 0, max: 1, noNaN: true })
    const weight = FastCheck.double({ min: 1e-3, max: 1e3, noNaN: true })
    const part = FastCheck.tuple(score01, weight)

    it.prop(
      "is the weighted mean, and associative up to weights",
      [FastCheck.array(part, { minLength: 1, maxLength: 5 }), FastCheck.array(part, { minLength: 1, maxLength: 5 })],
      ([left, right]) => {
        const scored = (parts: typeof left) => parts.map(([score, weight]) => [constant(score), weight] as const)
        const sum = (parts: typeof left) => parts.reduce((total, [, weight]) => total + weight, 0)
        const all = [...left, ...right]
        const direct = all.reduce((total, [score, weight]) => total + score * weight, 0) / sum(all)
        const flat = Scorer.composite(scored(all))
        const nested = Scorer.composite([
          [Scorer.composite(scored(left)), sum(left)],
          [Scorer.composite(scored(right)), sum(right)]
        ])
        const run = (scorer: typeof flat) => Effect.runSync(scorer.score(undefined, undefined))
        assert.closeTo(run(flat), Math.min(1, direct), 1e-12)
        assert.closeTo(run(nested), run(flat), 1e-12)
      }
    )

    it.effect("takes functions, metrics and effectful scorers, and passes the input on", () =>
      Effect.gen(function* () {
        const known = Scorer.make("known", (output: string) =>
          Effect.map(Dictionary, (words) => ({
            score: words.has(output),
            feedback: words.has(output) ? "" : "unknown"
          }))
        )
        const echo = (output: string, _: unknown, input?: unknown) => output === input
        const isShort = Metric.perExample((output: string, limit: number) => (output.length < limit ? 1 : 0))
        const scorer = Scorer.composite([
          [known, 2],
          [echo, 1],
          [isShort, 1]
        ])
        const grade = yield* scorer.grade("cat", 3, "cat")
        assert.strictEqual(grade.score, 0.25)
        assert.strictEqual(grade.feedback, "[known] unknown")
        assert.deepStrictEqual(
          (grade.details.parts as ReadonlyArray<Scorer.Grade & { name: string }>).map(({ name, score }) => [
            name,
            score
          ]),
          [
            ["known", 0],
            ["echo", 1],
            ["metric", 0]
          ]
        )
      }).pipe(Effect.provideService(Dictionary, new Set(["dog"])))
    )

    it.effect("joins what its parts say", () =>
      Effect.gen(function* () {
        const scorer = Scorer.composite([
          [Scorer.exactMatch(), 1],
          [constant(1), 1],
          [Scorer.containsMatch(), 1]
        ])
        const { feedback } = yield* scorer.grade("a", "b")
        assert.strictEqual(
          feedback,
          "[exactMatch] Expected 'b' but got 'a' | [containsMatch] Expected to find 'b' in 'a'"
        )
      })
    )

    it.effect("has no score when a part has none", () =>
      Effect.gen(function* () {
        const scorer = Scorer.composite([
          [constant(1), 1],
          [constant(NaN), 1]
        ])
        assert.strictEqual(yield* reasonOf(scorer, undefined, undefined), "NotAScore")
      })
    )

    for (const weights of [[], [0], [1, 0], [-1], [2, -1], [NaN], [Infinity], [1.7e308, 1.7e308]]) {
      it(`refuses weights ${JSON.stringify(weights.map(String))} where it is written`, () => {
        const parts = weights.map((weight) => [constant(1), weight] as const)
        assert.strictEqual(
          thrown(() => Scorer.composite(parts)),
          "InvalidOptions"
        )
      })
    }
  })

  describe("exactMatch", () => {
    it.effect("compares structures whatever the order of their keys, and values whatever their kind", () =>
      Effect.gen(function* () {
        const cyclic: { self?: unknown } = {}
        cyclic.self = cyclic
        const equal: ReadonlyArray<readonly [unknown, unknown]> = [
          [
            { a: 1, b: [2, { d: 4, c: 3 }] },
            { b: [2, { c: 3, d: 4 }], a: 1 }
          ],
          [new Set([1, 2]), new Set([2, 1])],
          [new Map([["a", 1]]), new Map([["a", 1]])],
          [new Date(0), new Date(0)],
          [5, "5"],
          [5n, "5"],
          [cyclic, cyclic],
          [Tensor.from([1, 2]), Tensor.from([1, 2])],
          [undefined, ""]
        ]
        for (const [a, b] of equal) assert.strictEqual(yield* Scorer.exactMatch().score(a, b), 1)
        const unequal: ReadonlyArray<readonly [unknown, unknown]> = [
          [{ a: 1 }, { a: 2 }],
          [new Set([1]), new Set([2])],
          [new Map([["a", 1]]), new Map([["a", 2]])],
          [Tensor.from([1, 2]), Tensor.from([1, 3])],
          [new Date(0), new Date(1)],
          [{}, ""]
        ]
        for (const [a, b] of unequal) assert.strictEqual(yield* Scorer.exactMatch().score(a, b), 0)
      })
    )

    it.effect("is an error, and no defect, for a structure too deep to read", () =>
      Effect.gen(function* () {
        let deep: unknown = 1
        for (let depth = 0; depth < 1e5; depth++) deep = [deep]
        assert.strictEqual(yield* reasonOf(Scorer.exactMatch(), deep, 1), "Threw")
      })
    )
  })

  describe("numericDistance", () => {
    const scored = (output: unknown, expected: unknown) => Scorer.numericDistance().score(output, expected)

    it.effect("reads minus signs of typography and full-width digits", () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* scored("−0", 0), 1)
        assert.strictEqual(yield* scored("−12.5", -12.5), 1)
        assert.strictEqual(yield* scored("１２", 12), 1)
        assert.strictEqual(yield* scored("－１．５ｅ２", -150), 1)
        assert.strictEqual(yield* scored(" +.5 ", 0.5), 1)
        assert.strictEqual(yield* scored(12n, 12), 1)
      })
    )

    for (const output of [
      "1e309",
      "",
      " ",
      "0x10",
      "1,000",
      "1 2",
      "NaN",
      "Infinity",
      "²",
      "--1",
      "1e",
      ".",
      null,
      NaN,
      true,
      [1]
    ]) {
      it.effect(`scores ${JSON.stringify(output)} 0: it is no finite number in decimal notation`, () =>
        Effect.gen(function* () {
          const grade = yield* Scorer.numericDistance().grade(output, 1)
          assert.strictEqual(grade.score, 0)
          assert.include(grade.feedback, "Cannot convert")
        })
      )
    }

    it.effect("is an error where a number is expected that is none", () =>
      Effect.gen(function* () {
        for (const expected of ["many", "1e309", undefined, NaN]) {
          assert.strictEqual(yield* reasonOf(Scorer.numericDistance(), 1, expected), "InvalidExpected")
        }
      })
    )

    it.effect("is 0 beyond the tolerance when the greatest distance is 0", () =>
      Effect.gen(function* () {
        const scorer = Scorer.numericDistance({ tolerance: 0, maxDistance: 0 })
        assert.strictEqual(yield* scorer.score(1, 1), 1)
        assert.strictEqual(yield* scorer.score(1.5, 1), 0)
      })
    )

    it.effect("does not overflow", () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* scored(1.7e308, -1.7e308), 0)
      })
    )

    it("refuses tolerances and distances that cannot be", () => {
      for (const options of [{ tolerance: -1 }, { tolerance: NaN }, { maxDistance: -1 }, { maxDistance: Infinity }]) {
        assert.strictEqual(
          thrown(() => Scorer.numericDistance(options)),
          "InvalidOptions"
        )
      }
    })

    it("reads a long text of digits in linear time", () => {
      const digits = `${"1".repeat(1e6)}x`
      assert.strictEqual(Effect.runSync(scored(digits, 1)), 0)
    })
  })

  describe("classificationAccuracy", () => {
    it.effect("tells types apart, and takes structures apart", () =>
      Effect.gen(function* () {
        const { score } = Scorer.classificationAccuracy
        assert.strictEqual(yield* score(1, "1"), 0)
        assert.strictEqual(yield* score(null, undefined), 0)
        assert.strictEqual(yield* score(NaN, NaN), 0)
        assert.strictEqual(yield* score({ a: [1] }, { a: [1] }), 1)
        assert.strictEqual(yield* score(["a"], ["b"]), 0)
      })
    )
  })

  describe("containsMatch", () => {
    it.effect("is an error when nothing is looked for", () =>
      Effect.gen(function* () {
        for (const expected of ["", null, undefined]) {
          assert.strictEqual(yield* reasonOf(Scorer.containsMatch(), "text", expected), "InvalidExpected")
        }
        assert.strictEqual(yield* Scorer.containsMatch().score(undefined, "text"), 0)
      })
    )
  })

  describe("regexMatch", () => {
    it.effect("takes linear time where others take for ever", () =>
      Effect.gen(function* () {
        const catastrophic = Scorer.regexMatch({ pattern: "^(a+)+$" })
        assert.strictEqual(yield* catastrophic.score(`${"a".repeat(5e4)}b`, undefined), 0)
      })
    )

    it.effect("has the flags of case, lines and dots", () =>
      Effect.gen(function* () {
        const scored = (pattern: string, flags?: string) =>
          Scorer.regexMatch({ pattern, ...(flags === undefined ? {} : { flags }) }).score("One\nTwo", undefined)
        assert.strictEqual(yield* scored("^one"), 1)
        assert.strictEqual(yield* scored("^one", ""), 0)
        assert.strictEqual(yield* scored("^Two$", ""), 0)
        assert.strictEqual(yield* scored("^Two$", "m"), 1)
        assert.strictEqual(yield* scored("One.Two", ""), 0)
        assert.strictEqual(yield* scored("one.two", "is"), 1)
      })
    )

    it("refuses patterns and flags that cannot be", () => {
      for (const options of [{ pattern: "(" }, { pattern: "(?=a)" }, { pattern: "(a)\\1" }, { flags: "g" }]) {
        assert.strictEqual(
          thrown(() => Scorer.regexMatch(options)),
          "InvalidOptions"
        )
      }
    })
  })

  describe("jsonMatch", () => {
    const Person = Schema.Struct({
      name: Schema.String,
      born: Schema.Date,
      tags: Schema.optionalWith(Schema.Array(Schema.String), { exact: true })
    })
    const scorer = Scorer.jsonMatch(Person)
    const ada = { name: "Ada", born: new Date(0), tags: ["a", "b"] }
    const json = '{ "born": "1970-01-01T00:00:00.000Z", "tags": ["a", "b"], "name": "Ada", "mood": "good" }'

    it.effect("reads values, JSON, and JSON in fences and prose; only what is in the schema counts", () =>
      Effect.gen(function* () {
        const outputs = [ada, JSON.parse(json), json, `\`\`\`json\n${json}\n\`\`\``, `Here it is: ${json}`]
        for (const output of outputs) assert.strictEqual(yield* scorer.score(output, ada), 1)
      })
    )

    it.effect("scores fields apart, and names every difference", () =>
      Effect.gen(function* () {
        const output = { name: "Ada", born: new Date(1), tags: ["a", "c", "d"] }
        const grade = yield* scorer.grade(output, ada)
        assert.closeTo(grade.score, (1 + 0 + 1 / 3) / 3, 1e-12)
        assert.strictEqual(
          grade.feedback,
          [
            "born: expected '1970-01-01T00:00:00.000Z' but got '1970-01-01T00:00:00.001Z'",
            "tags.1: expected 'b' but got 'c'",
            "tags.2: not expected, but got 'd'"
          ].join("\n")
        )
        assert.deepStrictEqual(grade.details.fields, { born: 0, name: 1, tags: 1 / 3 })
        const { feedback } = yield* scorer.grade({ name: "Ada", born: new Date(0) }, ada)
        assert.strictEqual(feedback, `tags: missing, expected '["a","b"]'`)
      })
    )

    it.effect("scores 0 what is no JSON or not of the schema, and says why", () =>
      Effect.gen(function* () {
        for (const output of ["nothing", "{", '{ "name": 1 }', null, undefined, []]) {
          const grade = yield* scorer.grade(output, ada)
          assert.strictEqual(grade.score, 0)
          assert.include(grade.feedback, "Cannot decode the output")
        }
      })
    )

    it.effect("is an error when what is expected is not of the schema", () =>
      Effect.gen(function* () {
        const expected = { name: "Ada", born: new Date(NaN) }
        assert.strictEqual(yield* reasonOf(scorer, ada, expected), "InvalidExpected")
      })
    )
  })

  describe("as a metric", () => {
    const shift = Hyperfunction.make("shift", {
      params: Params.unbounded({ default: 0 }),
      run: (by, n: number) => Effect.succeed(n + by)
    })
    const system = HyperSystem.make("shifted", { run: (n: number) => shift(n) })
    const examples = [1, 2, 3, 4].map((input) => ({ input, expected: input + 2 }))

    it.effect("is the mean of its scores in every form of evaluation", () =>
      Effect.gen(function* () {
        for (const mode of ["auto", "fibers", "sequential"] as const) {
          const { score } = yield* HyperSystem.evaluate(system, examples, Scorer.numericDistance(), { mode })
          assert.closeTo(score, (2 / 4 + 3 / 5 + 4 / 6 + 5 / 7) / 4, 1e-12)
        }
      })
    )

    it.effect("scores every candidate of a population by itself, and is given the input", () =>
      Effect.gen(function* () {
        const candidates = [0, 2, 1].map((by) => Candidate.set(Candidate.defaults(), shift, by))
        const doubled = Scorer.make("doubled", (output: number, _: number, input) =>
          Effect.map(Effect.yieldNow(), () => output === 2 * Number(input))
        )
        const { rewards } = yield* HyperSystem.evaluatePopulation(system, candidates, examples, doubled)
        assert.deepStrictEqual(rewards, [0, 0.25, 0.25])
      })
    )

    it.effect("reads the outputs of a lifted run of tensors", () =>
      Effect.gen(function* () {
        const scale = Hyperfunction.tensor("scale", {
          params: Params.unbounded({ default: 2 }),
          run: (by, x: Tensor.Tensor) => Tensor.mul(x, by)
        })
        const tensors = HyperSystem.make("scaled", { run: (x: Tensor.Tensor) => scale(x) })
        const cases = [1, 2].map((n) => ({ input: Tensor.from([n]), expected: Tensor.from([n === 1 ? 2 : 0]) }))
        const { score } = yield* HyperSystem.evaluate(tensors, cases, Scorer.exactMatch())
        assert.strictEqual(score, 0.5)
      }).pipe(Effect.provide(DeviceWasm.layer))
    )

    it.effect("fails the evaluation with what it fails with", () =>
      Effect.gen(function* () {
        const never = Scorer.make("never", (_: number, __: number) => NaN)
        const error = yield* failure(HyperSystem.evaluate(system, examples, never))
        assert.strictEqual(error._tag, "ScorerError")
      })
    )

    it.effect("is what an optimization raises", () =>
      Effect.gen(function* () {
        const { after, before, system: tuned } = yield* HyperSystem.optimize(system, examples, Scorer.numericDistance())
        assert.closeTo(before, (2 / 4 + 3 / 5 + 4 / 6 + 5 / 7) / 4, 1e-12)
        assert.isAbove(after, 0.95)
        assert.closeTo(yield* tuned.run(10), 12, 0.2)
      }).pipe(
        Effect.provide(
          OptimizerEvolution.layer({ generations: 40, population: 16, sigma: 0.2, learningRate: 0.2, seed: 1 })
        )
      )
    )
  })
})
