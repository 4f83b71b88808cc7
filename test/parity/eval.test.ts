/**
 * Mirrors `tests/test_eval.py` of the Python library. Where it scores what cannot be scored, this fails instead, and the
 * test says so.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as LlmScripted from "../../layers/LlmScripted.js"
import * as OptimizerEvolution from "../../layers/OptimizerEvolution.js"
import * as Hyperfunction from "../../src/Hyperfunction.js"
import * as HyperSystem from "../../src/HyperSystem.js"
import * as Judge from "../../src/Judge.js"
import * as Params from "../../src/Params.js"
import * as Scorer from "../../src/Scorer.js"
import { requests, textOf } from "../utils/judging.js"

const given = (score: number, feedback = "") => Scorer.make("given", () => ({ score, feedback }))

describe("test_eval", () => {
  describe("ScoreResult", () => {
    it.effect("basic: a score and feedback, without details", () =>
      Effect.gen(function* () {
        const grade = yield* given(0.8, "Good").grade(undefined, undefined)
        assert.deepStrictEqual(grade, { score: 0.8, feedback: "Good", details: {} })
      })
    )

    it.effect("details: they are kept", () =>
      Effect.gen(function* () {
        const scorer = Scorer.make("detailed", () => ({ score: 0.5, details: { key: "value" } }))
        assert.deepStrictEqual((yield* scorer.grade(undefined, undefined)).details, { key: "value" })
      })
    )

    it.effect("clamping: 1.5 is 1, and -0.5 is 0", () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* given(1.5).score(undefined, undefined), 1)
        assert.strictEqual(yield* given(-0.5).score(undefined, undefined), 0)
      })
    )
  })

  describe("ExactMatch", () => {
    it.effect("equal texts score 1, and there is nothing to say", () =>
      Effect.gen(function* () {
        const { feedback, score } = yield* Scorer.exactMatch().grade("hello", "hello")
        assert.deepStrictEqual([score, feedback], [1, ""])
      })
    )

    it.effect("unequal texts score 0, and both are named", () =>
      Effect.gen(function* () {
        const { feedback, score } = yield* Scorer.exactMatch().grade("hello", "world")
        assert.deepStrictEqual([score, feedback], [0, "Expected 'world' but got 'hello'"])
      })
    )

    it.effect("case and white space count unless they are told not to", () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* Scorer.exactMatch({ caseSensitive: false }).score("HELLO", "hello"), 1)
        assert.strictEqual(yield* Scorer.exactMatch({ caseSensitive: true }).score("HELLO", "hello"), 0)
        assert.strictEqual(yield* Scorer.exactMatch({ stripWhitespace: true }).score("  hello ", "hello"), 1)
        assert.strictEqual(yield* Scorer.exactMatch().score("  hello ", "hello"), 0)
      })
    )

    it.effect("nothing is not a text, but is the empty text", () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* Scorer.exactMatch().score(null, "hello"), 0)
        assert.strictEqual(yield* Scorer.exactMatch().score(null, ""), 1)
      })
    )

    it.effect("long texts are named by their lengths", () =>
      Effect.gen(function* () {
        const { feedback } = yield* Scorer.exactMatch().grade("x".repeat(101), "hello")
        assert.strictEqual(feedback, "Expected 'hello' but got a text of 101 characters")
      })
    )

    it.effect("batch: 1, 0, 1", () =>
      Effect.gen(function* () {
        const grades = yield* Scorer.batch(Scorer.exactMatch(), [
          { output: "a", expected: "a" },
          { output: "b", expected: "x" },
          { output: "c", expected: "c" }
        ])
        assert.deepStrictEqual(
          grades.map(({ score }) => score),
          [1, 0, 1]
        )
      })
    )
  })

  describe("NumericDistance", () => {
    const cases = [
      { output: 5, expected: 5, options: {}, score: 1, feedback: "" },
      { output: 5.05, expected: 5, options: { tolerance: 0.1 }, score: 1, feedback: "" },
      { output: 5.5, expected: 5, options: {}, score: 0.9166667, feedback: "Off by 0.5000: expected 5, got 5.5" },
      { output: 5, expected: 0, options: { tolerance: 0, maxDistance: 10 }, score: 0.5, feedback: "Off by 5.0000" },
      { output: 8, expected: 0, options: { tolerance: 0, maxDistance: 10 }, score: 0.2, feedback: "Off by 8.0000" },
      { output: 3, expected: 5, options: { tolerance: 0.1 }, score: 0.6666667, feedback: "Off by 2.0000" },
      { output: -10, expected: 5, options: {}, score: 0, feedback: "Off by 15.0000" },
      { output: 3.14, expected: 3, options: { tolerance: 0.1 }, score: 0.965, feedback: "Off by 0.1400" },
      { output: "3.14", expected: 3.14159, options: {}, score: 1, feedback: "" },
      { output: "not a number", expected: 5, options: {}, score: 0, feedback: "Cannot convert 'not a number'" }
    ]

    for (const { expected, feedback, options, output, score } of cases) {
      it.effect(`${output} for ${expected} with ${JSON.stringify(options)} scores ${score}`, () =>
        Effect.gen(function* () {
          const grade = yield* Scorer.numericDistance(options).grade(output, expected)
          assert.closeTo(grade.score, score, 1e-7)
          assert.isTrue(feedback === "" ? grade.feedback === "" : grade.feedback.startsWith(feedback), grade.feedback)
        })
      )
    }

    it.effect("batch: 1, 1, less than 1", () =>
      Effect.gen(function* () {
        const outputs = [1, 2.005, 3.5]
        const cases = outputs.map((output, k) => ({ output, expected: k + 1 }))
        const [a, b, c] = yield* Scorer.batch(Scorer.numericDistance(), cases)
        assert.deepStrictEqual([a.score, b.score], [1, 1])
        assert.isBelow(c.score, 1)
      })
    )
  })

  describe("ClassificationAccuracy", () => {
    it.effect("an equal class scores 1, numbers too", () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* Scorer.classificationAccuracy.score("cat", "cat"), 1)
        assert.strictEqual(yield* Scorer.classificationAccuracy.score(1, 1), 1)
        assert.strictEqual(yield* Scorer.classificationAccuracy.score(1, 2), 0)
      })
    )

    it.effect("another one scores 0, and both are named", () =>
      Effect.gen(function* () {
        const { feedback, score } = yield* Scorer.classificationAccuracy.grade("cat", "dog")
        assert.deepStrictEqual([score, feedback], [0, "Predicted 'cat', expected 'dog'"])
      })
    )
  })

  describe("ContainsMatch", () => {
    it.effect("the expected text is found in any case, or not at all", () =>
      Effect.gen(function* () {
        const scorer = Scorer.containsMatch()
        assert.strictEqual(yield* scorer.score("the quick brown fox", "quick"), 1)
        assert.strictEqual(yield* scorer.score("the QUICK brown fox", "quick"), 1)
        const miss = yield* scorer.grade("the brown fox", "quick")
        assert.strictEqual(miss.score, 0)
        assert.include(miss.feedback, "Expected to find 'quick'")
        assert.strictEqual(yield* Scorer.containsMatch({ caseSensitive: true }).score("QUICK", "quick"), 0)
      })
    )
  })

  describe("RegexMatch", () => {
    it.effect("a pattern is found, and the match is told", () =>
      Effect.gen(function* () {
        const phone = Scorer.regexMatch({ pattern: "\\d{3}-\\d{4}" })
        const hit = yield* phone.grade("call 555-1234 now", undefined)
        assert.deepStrictEqual([hit.score, hit.details.match], [1, "555-1234"])
        const miss = yield* phone.grade("no number", undefined)
        assert.strictEqual(miss.score, 0)
        assert.include(miss.feedback, "not found")
      })
    )

    it.effect("a full match is all of the output", () =>
      Effect.gen(function* () {
        const digits = Scorer.regexMatch({ pattern: "\\d+", fullMatch: true })
        assert.strictEqual(yield* digits.score("123", undefined), 1)
        assert.strictEqual(yield* digits.score("123abc", undefined), 0)
      })
    )

    it.effect("without a pattern the expected text is one", () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* Scorer.regexMatch().score("Hello World", "^hello"), 1)
      })
    )

    it.effect("an invalid pattern is an error that says so, and no score of 0", () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(Effect.asVoid(Scorer.regexMatch().grade("text", "[invalid")))
        assert.deepStrictEqual([error._tag, error.reason], ["ScorerError", "InvalidExpected"])
        assert.include(error.message, "Invalid regex")
        assert.throws(() => Scorer.regexMatch({ pattern: "[invalid" }), /Invalid regex/)
      })
    )
  })

  describe("CompositeScorer", () => {
    it.effect("all, half, and a quarter by weights of 3 and 1", () =>
      Effect.gen(function* () {
        const [one, zero] = [given(1), given(0, "bad")]
        assert.strictEqual(
          yield* Scorer.composite([
            [one, 1],
            [one, 1]
          ]).score(1, 1),
          1
        )
        assert.strictEqual(
          yield* Scorer.composite([
            [one, 1],
            [zero, 1]
          ]).score(1, 1),
          0.5
        )
        const quarter = yield* Scorer.composite([
          [zero, 3],
          [one, 1]
        ]).grade(1, 1)
        assert.deepStrictEqual([quarter.score, quarter.feedback], [0.25, "[given] bad"])
      })
    )
  })

  describe("LLMJudge", () => {
    const judge = Judge.make({ model: "test/judge", criteria: "Is it polite and brief?" })
    const judged = judge.grade("42", "forty-two", { question: "What is it?" })

    it.effect("the prompt has criteria, input, output, expectation and scale", () =>
      Effect.gen(function* () {
        yield* judged
        const [request] = yield* requests
        for (const part of ["Is it polite and brief?", "What is it?", "42", "forty-two", "from 1 ", "to 5 "]) {
          assert.include(textOf(request), part)
        }
      }).pipe(Effect.provide(LlmScripted.layer(["SCORE: 4"])))
    )

    it.effect("SCORE: 4 is 0.75, and its raw score 4", () =>
      Effect.gen(function* () {
        const { details, score } = yield* judged
        assert.deepStrictEqual([score, details.rawScore], [0.75, 4])
      }).pipe(Effect.provide(LlmScripted.layer(["SCORE: 4\nFEEDBACK: Nearly"])))
    )

    it.effect("a number that opens the reply is the score", () =>
      Effect.gen(function* () {
        const { feedback, score } = yield* judged
        assert.deepStrictEqual([score, feedback], [0.5, "It could be shorter."])
      }).pipe(Effect.provide(LlmScripted.layer(["3\nIt could be shorter."])))
    )

    it.effect("10 on a scale to 5 is no score, and not the best one", () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(Effect.asVoid(judged))
        assert.strictEqual(error._tag === "ScorerError" && error.reason, "JudgeUnparseable")
      }).pipe(Effect.provide(LlmScripted.layer(["SCORE: 10"])))
    )
  })

  describe("judges", () => {
    const judges = [
      [Judge.summarization, ["Completeness", "Accuracy", "Conciseness", "Fluency"]],
      [Judge.codeCorrectness, ["Correctness", "Edge Cases", "Style", "Efficiency"]],
      [Judge.conversation, ["Helpfulness", "Accuracy", "Tone", "Completeness"]],
      [Judge.factualAccuracy, ["factual", "hallucination", "verifiable", "opinion"]],
      [Judge.instructionFollowing, ["instruction", "constraint", "format", "topic"]]
    ] as const

    for (const [make, keywords] of judges) {
      const judge = make({ model: "test/judge" })
      it.effect(`${judge.name}: ${keywords.join(", ")}`, () =>
        Effect.gen(function* () {
          assert.strictEqual(yield* judge.score("output", undefined), 1)
          const [request] = yield* requests
          for (const keyword of keywords) assert.include(textOf(request), keyword)
        }).pipe(Effect.provide(LlmScripted.layer(["SCORE: 5"])))
      )
    }
  })

  describe("in a system", () => {
    const shift = Hyperfunction.make("shift", {
      params: Params.bounded({ min: -2, max: 2, default: -1 }),
      run: (by, n: number) => Effect.succeed(n + by)
    })
    const system = HyperSystem.make("shifted", { run: (n: number) => shift(n) })

    it.effect("scorer_as_metric: two of three is 2/3, within an effect", () =>
      Effect.gen(function* () {
        const examples = [
          { input: 1, expected: "0" },
          { input: 2, expected: "1" },
          { input: 3, expected: "x" }
        ]
        const { score } = yield* HyperSystem.evaluate(system, examples, Scorer.exactMatch())
        assert.closeTo(score, 2 / 3, 1e-12)
      })
    )

    it.effect("scorer_in_optimizer: a scorer is what the evolution raises", () =>
      Effect.gen(function* () {
        const examples = [1, 2, 3].map((input) => ({ input, expected: input + 1 }))
        const { after, before } = yield* HyperSystem.optimize(system, examples, Scorer.numericDistance())
        assert.closeTo(before, (1 / 3 + 1 / 2 + 3 / 5) / 3, 1e-9)
        assert.isAbove(after, 0.95)
      }).pipe(
        Effect.provide(
          OptimizerEvolution.layer({ generations: 40, population: 16, sigma: 0.2, learningRate: 0.2, seed: 1 })
        )
      )
    )
  })
})
