import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as BudgetLayer from "../../layers/Budget.js"
import * as LlmBudgeted from "../../layers/LlmBudgeted.js"
import * as OptimizerReflective from "../../layers/OptimizerReflective.js"
import { Budget } from "../../services/Budget.js"
import { LLM, LLMError, type Request } from "../../services/LLM.js"
import type { GenerationReport, OptimizerError } from "../../services/Optimizer.js"
import * as Candidate from "../../src/Candidate.js"
import * as Example from "../../src/Example.js"
import * as Hyperfunction from "../../src/Hyperfunction.js"
import * as HyperSystem from "../../src/HyperSystem.js"
import { chanceOf } from "../../src/internal/keyed.js"
import type * as Optimization from "../../src/Optimization.js"
import * as Params from "../../src/Params.js"
import * as Scorer from "../../src/Scorer.js"
import {
  families,
  instruction,
  instructionShown,
  isReflection,
  labelling,
  learning,
  model,
  predicting,
  proposalsOf,
  ruleOf,
  textOf,
  words,
  wordsShown,
  world
} from "../utils/prompting.js"
import { failure, scripted } from "../utils/scripted.js"

const examples = words(48)

const heldOut = words(24, 1000)

const scorer = Scorer.exactMatch()

const reflective = (options: Partial<OptimizerReflective.Options> = {}) =>
  OptimizerReflective.layer({ model, generations: 6, demonstrations: 0, ...options })

const error = (reason: LLMError["reason"]) => new LLMError({ reason, model, detail: reason, cure: "None" })

/** Learns the labels of words from a model that writes what a function says. */
const learnt = (
  reflect: Parameters<typeof world>[0],
  options: Partial<OptimizerReflective.Options> = {},
  { step, system } = labelling(),
  how: Optimization.Options = {}
) => {
  const played = world(reflect)
  return HyperSystem.optimize(system, examples, scorer, { ...how, test: heldOut }).pipe(
    Effect.provide(Layer.provide(reflective(options), played.layer)),
    Effect.map((tuned) => ({ ...tuned, ...played, text: textOf(tuned.system, step), step, original: system }))
  )
}

/** Proposals that were compared. */
const judged = (history: ReadonlyArray<GenerationReport>) =>
  proposalsOf(history).filter(({ reason }) => reason.includes("evidence"))

const reasonsOf = (history: ReadonlyArray<GenerationReport>) => proposalsOf(history).map(({ reason }) => reason)

describe("OptimizerReflective", () => {
  it.effect("learns instructions that are better on examples that it has never seen", () =>
    Effect.gen(function* () {
      const { after, before, test, text } = yield* learnt(learning(1))
      assert.deepStrictEqual([before, test?.before], [0, 0])
      assert.strictEqual(test?.after, 1)
      assert.isAbove(after, 0.5)
      for (const family of Object.keys(families)) assert.include(text, ruleOf(family))
    })
  )

  it.effect("shows the model the instruction in force and runs that went wrong with it", () =>
    Effect.gen(function* () {
      const { reflections } = yield* learnt(learning(1), { batch: 4, guidance: "Be kind." })
      for (const request of reflections()) {
        const shown = wordsShown(request)
        assert.isAtLeast(shown.length, 1)
        assert.isAtMost(shown.length, 4)
        assert.isTrue(instructionShown(request).startsWith(instruction))
        assert.include(request.messages[0].content, "Be kind.")
        assert.deepStrictEqual([request.model, request.purpose], [model, "reflection"])
      }
    })
  )

  it.effect("compares a proposal on no item that it was written from", () =>
    Effect.gen(function* () {
      for (const seed of [0, 1, 2, 3, 4]) {
        const { history, reflections } = yield* learnt(learning(1), { seed, batch: 4 })
        let compared = 0
        for (const { generation, proposals = [] } of history) {
          const round = (request: Request) => Math.floor(request.rollout! / 64) + 1
          const shown = new Set(
            reflections()
              .filter((request) => round(request) === generation)
              .flatMap(wordsShown)
          )
          const words = proposals
            .filter(({ reason }) => reason.startsWith("better") || reason.startsWith("not enough"))
            .flatMap(({ lost, won }) => [...won, ...lost].map((item) => examples[item].input))
          assert.deepStrictEqual(
            words.filter((word) => shown.has(word)),
            []
          )
          if (shown.size > 0) compared += words.length
        }
        assert.isAbove(compared, 4)
      }
    })
  )

  it.effect("leaves half of the failures out of what a text is written from", () =>
    Effect.gen(function* () {
      const { reflections } = yield* learnt(learning(1), { proposals: 4 })
      const first = reflections().filter(({ rollout }) => rollout! < 64)
      const shown = first.flatMap(wordsShown)
      assert.strictEqual(new Set(shown).size, shown.length)
      assert.isAtMost(shown.length, examples.length / 2)
    })
  )

  it.effect("keeps its best report's parameters, and leaves the system that was passed in as it was", () =>
    Effect.gen(function* () {
      const { history, original, step, system } = yield* learnt(learning(1))
      assert.strictEqual(system.candidate, history[history.length - 1].best.candidate)
      assert.strictEqual(textOf(original, step), instruction)
      assert.isUndefined(original.candidate)
    })
  )

  describe("refuses", () => {
    const copied = "Note: the quick brown fox jumps over the lazy dog."
    const refusals: ReadonlyArray<readonly [what: string, reply: string, reason: string]> = [
      ["an empty instruction", "  ", "it is empty"],
      ["one that changes nothing", instruction, "it changes nothing"],
      ["one that is too long", "x".repeat(401), "at most 400"],
      ["one that invents a placeholder", "Label {word}.", "{word}"],
      ["one that copies an example", copied, "it copies an example"]
    ]
    const wordy = [...examples, Example.make("the quick brown fox jumps over the lazy dog", "fox")]

    for (const [what, reply, reason] of refusals) {
      it.effect(`${what}, and tells the model why`, () =>
        Effect.gen(function* () {
          const { step, system } = labelling()
          const played = world((request, call) => (call === 0 ? reply : learning(4)(request)))
          const tuned = yield* HyperSystem.optimize(system, wordy, scorer).pipe(
            Effect.provide(Layer.provide(reflective({ maxLength: 400, proposals: 1, generations: 1 }), played.layer))
          )
          const [first, second] = played.reflections().map(({ messages }) => messages[1].content)
          assert.strictEqual(played.reflections().length, 2)
          assert.notInclude(first, "refused")
          assert.include(second, "refused")
          assert.include(second, reason)
          assert.include(textOf(tuned.system, step), ruleOf("ash"))
        })
      )
    }

    it.effect("one that is refused twice, and says so", () =>
      Effect.gen(function* () {
        const { history, reflections, text } = yield* learnt(() => "", { proposals: 1, generations: 2 })
        assert.deepStrictEqual(reasonsOf(history), ["refused: it is empty", "refused: it is empty"])
        assert.strictEqual(reflections().length, 4)
        assert.strictEqual(text, instruction)
      })
    )

    it.effect("one that was cut off", () =>
      Effect.gen(function* () {
        const { step, system } = labelling()
        const played = scripted(() => ({ content: ruleOf("ash"), finishReason: "length" }))
        const { history, system: tuned } = yield* HyperSystem.optimize(system, examples, scorer).pipe(
          Effect.provide(Layer.provide(reflective({ proposals: 1, generations: 1 }), played.layer))
        )
        assert.deepStrictEqual(reasonsOf(history), ["refused: it was cut off at the token limit"])
        assert.strictEqual(textOf(tuned, step), instruction)
      })
    )

    it.effect("to lose a placeholder: all that it keeps have them", () =>
      Effect.gen(function* () {
        const asking = "Label {word}."
        const { history, test, text } = yield* learnt(
          (request, call) => (call % 2 === 0 ? learning(4)(request).replace("{word}", "it") : learning(4)(request)),
          { proposals: 1 },
          labelling(asking)
        )
        for (const { after, outcome } of proposalsOf(history)) if (outcome === "accepted") assert.include(after, asking)
        assert.isTrue(text.startsWith(asking))
        assert.strictEqual(test?.after, 1)
      })
    )
  })

  it.effect("takes an instruction out of the fence around it", () =>
    Effect.gen(function* () {
      const { text } = yield* learnt((request) => `Here it is:\n\n\`\`\`text\n${learning(4)(request)}\n\`\`\``)
      assert.notInclude(text, "```")
      assert.include(text, ruleOf("ash"))
    })
  )

  describe("on noise", () => {
    const size = 40
    const noisy = Array.from({ length: size }, (_, k) => Example.make(k, "yes"))

    /** Right on half of the items, others for every instruction: none is better than another. */
    const coin = (world: number) => {
      const step = Hyperfunction.make("coin", {
        params: Params.struct({ instruction: Params.text<string>("Toss.") }),
        run: ({ instruction }, item: number) =>
          Effect.succeed(chanceOf(world, instruction.template, item) < 0.5 ? "yes" : "no")
      })
      return HyperSystem.make("coin", { run: (item: number) => step(item) })
    }

    /** Rates that are no higher than the limit by more than chance: three standard deviations. */
    const within = (accepted: number, of: number, rate: number) => {
      const limit = of * rate + 3 * Math.sqrt(of * rate * (1 - rate))
      assert.isAtMost(accepted, limit, `${accepted} of ${of} accepted at a rate of ${rate}`)
    }

    const played = (world: number) => {
      let calls = 0
      return scripted(() => `Toss ${world}/${calls++}.`)
    }

    it.effect(
      "accepts what is no better no more often than it is allowed to",
      () =>
        Effect.gen(function* () {
          for (const falseAccept of [0.1, 0.2]) {
            let [accepted, of] = [0, 0]
            for (let seed = 0; seed < 200; seed++) {
              const { history } = yield* HyperSystem.optimize(coin(seed), noisy, scorer).pipe(
                Effect.provide(Layer.provide(reflective({ seed, generations: 3, falseAccept }), played(seed).layer))
              )
              of += judged(history).length
              accepted += judged(history).filter(({ outcome }) => outcome === "accepted").length
            }
            assert.isAbove(of, 200)
            within(accepted, of, falseAccept)
          }
        }),
      120_000
    )

    it.effect("says with what evidence", () =>
      Effect.gen(function* () {
        const { history } = yield* learnt(learning(1), { falseAccept: 0.05 })
        for (const { outcome, reason } of judged(history)) {
          const [, evidence] = /evidence ([\d.]+) of 20/.exec(reason)!
          assert.strictEqual(outcome === "accepted", Number(evidence) >= 20, reason)
        }
        assert.isTrue(judged(history).some(({ outcome }) => outcome === "accepted"))
      })
    )
  })

  describe("is the same", () => {
    const numbers = (history: ReadonlyArray<GenerationReport>) =>
      history.map(({ best, evaluations, generation, proposals, reward, runs, score, stopped }) => ({
        best: [best.generation, best.score],
        evaluations,
        generation,
        proposals,
        reward,
        runs,
        score,
        stopped
      }))

    it.effect("for one seed, whatever runs at the same time", () =>
      Effect.gen(function* () {
        const run = (concurrency: number, seed: number) =>
          learnt(
            learning(1),
            { seed, demonstrations: 2, batch: 3, proposals: 3, settings: { temperature: 0 } },
            labelling(),
            { concurrency }
          )
        const [one, many] = [yield* run(1, 7), yield* run(16, 7)]
        assert.deepStrictEqual(numbers(one.history), numbers(many.history))
        assert.strictEqual(one.text, many.text)
        assert.deepStrictEqual(
          one.reflections().map(({ messages }) => messages),
          many.reflections().map(({ messages }) => messages)
        )
        const other = yield* run(1, 8)
        assert.notDeepEqual(numbers(other.history), numbers(one.history))
      })
    )
  })

  describe("a budget that ends", () => {
    const within = (calls: number) =>
      Effect.gen(function* () {
        const { step, system } = predicting()
        const played = world(learning(1))
        const budgeted = Layer.provide(LlmBudgeted.layer(), played.layer)
        const tuned = yield* HyperSystem.optimize(system, examples, scorer).pipe(
          Effect.provide(Layer.merge(Layer.provide(reflective(), budgeted), budgeted))
        )
        const { calls: spent } = yield* (yield* Budget).spent
        return { ...tuned, asked: played.requests.length, spent, text: textOf(tuned.system, step) }
      }).pipe(Effect.provide(BudgetLayer.layer({ calls })))

    it.effect("is not passed, wherever it ends, and leaves the best so far", () =>
      Effect.gen(function* () {
        let best = 0
        for (const calls of [48, 49, 50, 55, 60, 70, 85, 100, 120, 150]) {
          const { after, asked, history, spent, stopped, text } = yield* within(calls)
          assert.isAtMost(asked, calls)
          assert.strictEqual(spent, asked)
          assert.strictEqual(stopped, "budget", `${calls} calls`)
          assert.strictEqual(after, history[history.length - 1].best.score)
          assert.isAtLeast(after, best, `${calls} calls`)
          assert.strictEqual(text !== instruction, after > 0)
          best = after
        }
        assert.isAbove(best, 0)
      })
    )
  })

  describe("a model that fails", () => {
    it.effect("at the program's calls is a failure, not a score of 0", () =>
      Effect.gen(function* () {
        const { system } = predicting()
        const denied = scripted(() => error("Unauthorized"))
        const refused = yield* failure(
          HyperSystem.optimize(system, examples, scorer).pipe(
            Effect.provide(Layer.merge(Layer.provide(reflective(), denied.layer), denied.layer))
          )
        )
        assert.include(refused, { _tag: "LLMError", reason: "Unauthorized" })
      })
    )

    it.effect("at the program's calls later on is a failure too", () =>
      Effect.gen(function* () {
        const { system } = predicting()
        const played = world(learning(1))
        let calls = 0
        const denied = scripted((request: Request) =>
          isReflection(request) ? learning(1)(request) : calls++ < 60 ? "label: unknown" : error("Unauthorized")
        )
        const refused = yield* failure(
          HyperSystem.optimize(system, examples, scorer).pipe(
            Effect.provide(Layer.merge(Layer.provide(reflective(), played.layer), denied.layer))
          )
        )
        assert.include(refused, { _tag: "LLMError", reason: "Unauthorized" })
      })
    )

    it.effect("at writing instructions is a failure of the search that names its cause", () =>
      Effect.gen(function* () {
        const refused = yield* failure(learnt(() => error("Unauthorized")))
        assert.include(refused, { _tag: "OptimizerError", reason: "ModelFailed" })
        assert.include((refused as OptimizerError).cause, { reason: "Unauthorized" })
      })
    )

    it.effect("at writing an instruction now and then costs that proposal alone", () =>
      Effect.gen(function* () {
        const { history, test } = yield* learnt((request, call) =>
          call % 3 === 1 ? error("Overloaded") : learning(2)(request)
        )
        assert.strictEqual(test?.after, 1)
        assert.isTrue(reasonsOf(history).some((reason) => reason.includes("no proposal")))
      })
    )
  })

  describe("demonstrations", () => {
    it.effect("are taken from runs, so many at the most, and help", () =>
      Effect.gen(function* () {
        const { step, system } = labelling()
        const played = world(() => "")
        const tuned = yield* HyperSystem.optimize(system, examples, scorer, { test: heldOut }).pipe(
          Effect.provide(
            Layer.provide(
              reflective({ only: ["label.demonstrations"], demonstrations: 4, generations: 12 }),
              played.layer
            )
          )
        )
        const { demonstrations } = HyperSystem.paramsOf(tuned.system, step)
        assert.isAbove(tuned.test!.after, tuned.test!.before)
        assert.isAtLeast(demonstrations.length, 1)
        assert.isAtMost(demonstrations.length, 4)
        for (const { input, output } of demonstrations) {
          assert.strictEqual(examples.find((example) => example.input === input)?.expected, output)
        }
        assert.strictEqual(played.requests.length, 0)
      })
    )

    it.effect("are left alone when there may be none", () =>
      Effect.gen(function* () {
        const { step, system } = yield* learnt(() => "Nothing new.")
        assert.deepStrictEqual(HyperSystem.paramsOf(system, step).demonstrations, [])
      })
    )
  })

  describe("parts of an instruction", () => {
    const harmful = [instruction, ruleOf("ash"), ruleOf("crow", "gem"), ruleOf("mint"), ruleOf("opal")].join("\n")
    const bare = (word: string) => word.replace("-", " ")
    const spoken = examples.map(({ expected, input }) => Example.make(bare(input), expected))

    const speaking = (text: string) => {
      const { step } = labelling(text)
      const known = HyperSystem.make("guessing", {
        run: (word: string) =>
          Effect.map(step(word.replace(" ", "-")), (label) =>
            label === "unknown" ? families[word.split(" ")[0]] : label
          )
      })
      return { step, system: known }
    }

    it.effect("that do harm are removed", () =>
      Effect.gen(function* () {
        const { step, system } = speaking(harmful)
        const played = world(() => `${harmful}\nTake care.`)
        const tuned = yield* HyperSystem.optimize(system, spoken, scorer).pipe(
          Effect.provide(Layer.provide(reflective(), played.layer))
        )
        assert.notInclude(textOf(tuned.system, step), "crow")
        assert.include(textOf(tuned.system, step), ruleOf("mint"))
        assert.deepStrictEqual([tuned.before < 1, tuned.after], [true, 1])
      })
    )

    it.effect("that do good stay", () =>
      Effect.gen(function* () {
        const good = [instruction, ruleOf("ash"), ruleOf("crow")].join("\n")
        const { text } = yield* learnt(() => "Nothing to say.", {}, labelling(good))
        assert.include(text, ruleOf("ash"))
        assert.include(text, ruleOf("crow"))
      })
    )
  })

  it.effect("tunes only what it is told to, and nothing that is frozen", () =>
    Effect.gen(function* () {
      const frozen = yield* learnt(learning(4), { freeze: ["label.instruction"] })
      assert.deepStrictEqual(
        [frozen.stopped, frozen.text, frozen.reflections().length],
        ["nothingToTune", instruction, 0]
      )
      assert.include(yield* failure(learnt(learning(4), { only: ["other"] })), { reason: "UnknownBlock" })
    })
  )

  it.effect("starts from the parameters that the system came with", () =>
    Effect.gen(function* () {
      const { step, system } = labelling()
      const demonstrations = [{ input: "ash-1", output: "tree" }]
      const start = HyperSystem.withCandidate(
        system,
        Candidate.set(Candidate.defaults(), step, { ...Candidate.get(Candidate.defaults(), step), demonstrations })
      )
      const { system: tuned } = yield* learnt(learning(4), {}, { step, system: start })
      assert.deepStrictEqual(HyperSystem.paramsOf(tuned, step).demonstrations, demonstrations)
    })
  )

  it.effect("stops before it runs more examples than it may", () =>
    Effect.gen(function* () {
      const { history, stopped } = yield* learnt(learning(1), { evaluations: 100, generations: 50 })
      assert.strictEqual(stopped, "evaluations")
      assert.isAtMost(history[history.length - 2]?.runs ?? 0, 100)
    })
  )

  it.effect("stops when it is interrupted, and reported what it had", () =>
    Effect.gen(function* () {
      const { system } = labelling()
      const reports: Array<number> = []
      let interrupted = 0
      const hanging = Layer.succeed(LLM, {
        complete: () => Effect.onInterrupt(Effect.never, () => Effect.sync(() => interrupted++)),
        stream: () => Stream.never
      })
      const fiber = yield* HyperSystem.optimizeStream(system, examples, scorer).pipe(
        Stream.runForEach(({ generation }) => Effect.sync(() => reports.push(generation))),
        Effect.provide(Layer.provide(reflective({ proposals: 3, batch: 4 }), hanging)),
        Effect.fork
      )
      yield* Effect.repeatN(Effect.yieldNow(), 500)
      assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(fiber)))
      assert.deepStrictEqual([reports, interrupted], [[0], 3])
    })
  )

  it.effect("refuses options that cannot be before anything is run", () =>
    Effect.gen(function* () {
      const impossible: ReadonlyArray<Partial<OptimizerReflective.Options>> = [
        { generations: -1 },
        { proposals: 0 },
        { batch: 1.5 },
        { falseAccept: 0 },
        { demonstrations: -1 },
        { maxLength: 0 },
        { feedbackTokens: 0 },
        { leakWords: 1 },
        { evaluations: 0 }
      ]
      for (const options of impossible) {
        const refused = yield* failure(learnt(() => "", options))
        assert.include(refused, { reason: "InvalidOptions" })
        assert.include((refused as OptimizerError).message, Object.keys(options)[0])
      }
    })
  )
})
