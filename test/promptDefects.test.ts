/**
 * What went wrong in the prompt learning of the Python library, and does not here.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as LlmScripted from "../layers/LlmScripted.js"
import * as OptimizerPromptLearning from "../layers/OptimizerPromptLearning.js"
import * as OptimizerReflective from "../layers/OptimizerReflective.js"
import type { Request } from "../services/LLM.js"
import * as Example from "../src/Example.js"
import * as Hyperfunction from "../src/Hyperfunction.js"
import * as HyperSystem from "../src/HyperSystem.js"
import { chanceOf } from "../src/internal/keyed.js"
import * as Params from "../src/Params.js"
import * as Scorer from "../src/Scorer.js"
import {
  instruction,
  instructionShown,
  isReflection,
  labeller,
  labelling,
  learning,
  model,
  outcomes,
  predicting,
  proposalsOf,
  ruleOf,
  textOf,
  words,
  wordsShown,
  world
} from "./utils/prompting.js"
import { failure, scripted } from "./utils/scripted.js"

const examples = words(24)

const heldOut = words(24, 1000)

const scorer = Scorer.exactMatch()

const learner = (options: Partial<OptimizerPromptLearning.Options> = {}) =>
  OptimizerPromptLearning.layer({ model, ...options })

const reflective = (options: Partial<OptimizerReflective.Options> = {}) =>
  OptimizerReflective.layer({ model, demonstrations: 0, generations: 6, ...options })

describe("prompt learning", () => {
  it.effect("takes a feedback function, and no other metric than the scorer is needed", () =>
    Effect.gen(function* () {
      const { system } = labelling()
      const played = world(learning(4))
      const feedback = (output: unknown, expected: unknown) => (output === expected ? "" : `Say ${expected}.`)
      const { after } = yield* HyperSystem.optimize(system, examples, scorer).pipe(
        Effect.provide(Layer.provide(learner({ feedback }), played.layer))
      )
      assert.include(played.reflections()[0].messages[1].content, "Say tree.")
      assert.strictEqual(after, 1)
    })
  )

  it.effect("accepts by a scorer that is an effect: its score is not 0 where a program is running", () =>
    Effect.gen(function* () {
      const { system } = labelling()
      const judge = Scorer.from((output: string, expected: string) => Effect.as(Effect.yieldNow(), output === expected))
      const { after, before } = yield* HyperSystem.optimize(system, examples, judge).pipe(
        Effect.provide(Layer.provide(learner(), world(learning(4)).layer))
      )
      assert.deepStrictEqual([before, after], [0, 1])
    })
  )

  for (const [name, optimizer] of [
    ["the simple loop", learner()],
    ["reflection", reflective()]
  ] as const) {
    it.effect(`leaves functions alone that read no prompt (${name})`, () =>
      Effect.gen(function* () {
        const number = Hyperfunction.make("number", {
          params: Params.unbounded({ default: 1 }),
          run: (gain, word: string) => Effect.succeed(word.repeat(gain))
        })
        const step = labeller()
        const system = HyperSystem.make("mixed", { run: (word: string) => Effect.flatMap(number(word), step) })
        const played = world(learning(4))
        const tuned = yield* HyperSystem.optimize(system, examples, scorer).pipe(
          Effect.provide(Layer.provide(optimizer, played.layer))
        )
        assert.isAbove(played.reflections().length, 0)
        for (const { changed } of proposalsOf(tuned.history)) assert.deepStrictEqual(changed, ["label.instruction"])
        assert.strictEqual(HyperSystem.paramsOf(tuned.system, number), 1)
      })
    )

    it.effect(`asks no model about numbers alone (${name})`, () =>
      Effect.gen(function* () {
        const number = Hyperfunction.make("number", {
          params: Params.unbounded({ default: 1 }),
          run: (gain, word: string) => Effect.succeed(word.repeat(gain))
        })
        const played = world(() => "")
        const system = HyperSystem.make("numbers", { run: (word: string) => number(word) })
        const { stopped } = yield* HyperSystem.optimize(system, examples, scorer).pipe(
          Effect.provide(Layer.provide(optimizer, played.layer))
        )
        assert.deepStrictEqual([stopped, played.requests.length], ["nothingToTune", 0])
      })
    )
  }

  it.effect("does not blame a step for runs that never called it, and shows its own calls", () =>
    Effect.gen(function* () {
      const [one, two] = [labeller("One.", "one"), labeller("Two.", "two")]
      const system = HyperSystem.make("routes", {
        run: (word: string) => (word.startsWith("ash") ? one(word) : Effect.zipRight(one(`odd ${word}`), two(word)))
      })
      const played = world(() => "")
      yield* HyperSystem.optimize(system, examples, scorer).pipe(
        Effect.provide(Layer.provide(learner({ iterations: 1, only: ["two"] }), played.layer))
      )
      const { content } = played.reflections()[0].messages[1]
      assert.notInclude(content, "ash-")
      assert.notInclude(content, "odd")
      assert.include(content, "The step was given: crow-1\nThe step answered: unknown")
    })
  )

  it.effect("can try several prompts in a round, and go on after some were rejected", () =>
    Effect.gen(function* () {
      const { system } = labelling()
      const inFirstRound = ({ rollout }: Request) => rollout! < 64
      const played = world((request) => (inFirstRound(request) ? "Nothing new." : learning(4)(request)))
      const { history, test } = yield* HyperSystem.optimize(system, words(48), scorer, { test: heldOut }).pipe(
        Effect.provide(Layer.provide(reflective({ proposals: 3 }), played.layer))
      )
      assert.isAtLeast(played.reflections().filter(inFirstRound).length, 2)
      assert.include(outcomes(history), "rejected")
      assert.strictEqual(test?.after, 1)
    })
  )

  it.effect("need not accept on a single lucky measurement", () =>
    Effect.gen(function* () {
      const noisy = Array.from({ length: 24 }, (_, k) => Example.make(k, "yes"))
      const taken = (optimizer: typeof reflective | typeof learner) =>
        Effect.gen(function* () {
          let accepted = 0
          for (let seed = 0; seed < 40; seed++) {
            const step = Hyperfunction.make("coin", {
              params: Params.struct({ instruction: Params.text<string>("Toss.") }),
              run: ({ instruction }, item: number) =>
                Effect.succeed(chanceOf(seed, instruction.template, item) < 0.5 ? "yes" : "no")
            })
            const system = HyperSystem.make("coin", { run: (item: number) => step(item) })
            const { history } = yield* HyperSystem.optimize(system, noisy, scorer).pipe(
              Effect.provide(Layer.provide(optimizer(), scripted((_, call) => `Toss ${call}.`).layer))
            )
            if (outcomes(history)[0] === "accepted") accepted += 1
          }
          return accepted
        })
      const sure = () => reflective({ falseAccept: 0.05, generations: 1, proposals: 1 })
      assert.isAbove(yield* taken(learner), 8)
      assert.isAtMost(yield* taken(sure), 6)
    })
  )

  it.effect("can be tested on examples that it neither learns from nor accepts on", () =>
    Effect.gen(function* () {
      const step = Hyperfunction.make("memory", {
        params: Params.struct({ instruction: Params.text<string>("Know nothing.") }),
        run: ({ instruction }, word: string) =>
          Effect.succeed(instruction.template.includes(`${word} `) ? "known" : "unknown")
      })
      const system = HyperSystem.make("memory", { run: (word: string) => step(word) })
      const known = (count: number, first = 0) => words(count, first).map(({ input }) => Example.make(input, "known"))
      const byHeart = world((request) => `Know ${wordsShown(request).join(" ")} .`)
      const { after, test } = yield* HyperSystem.optimize(system, known(24), scorer, { test: known(24, 1000) }).pipe(
        Effect.provide(Layer.provide(learner(), byHeart.layer))
      )
      assert.deepStrictEqual([after, test], [1, { before: 0, after: 0 }])
    })
  )

  it.effect("shows no more than there is room for, in whole runs", () =>
    Effect.gen(function* () {
      const { system } = labelling()
      const played = world(() => "")
      yield* HyperSystem.optimize(system, examples, scorer).pipe(
        Effect.provide(Layer.provide(learner({ contextTokens: 100 }), played.layer))
      )
      const { content } = played.reflections()[0].messages[1]
      const shown = content.slice(content.indexOf("with it:")).split("\n---\n")
      assert.isAtMost(shown.join("\n---\n").length, 400 + 60)
      assert.isAbove(shown.length, 1)
      for (const run of shown) assert.match(run, /Expected '\w+' but got 'unknown'/)
    })
  )

  it.effect("leaves nothing installed when the runs of a new prompt break", () =>
    Effect.gen(function* () {
      const step = labeller()
      const system = HyperSystem.make("breaking", {
        run: (word: string) =>
          Effect.flatMap(step(word), (label) => (label === "tree" ? Effect.die("boom") : Effect.succeed(label)))
      })
      const tuned = yield* HyperSystem.optimize(system, examples, scorer).pipe(
        Effect.provide(Layer.provide(learner(), world(learning(4)).layer))
      )
      assert.deepStrictEqual(outcomes(tuned.history), ["rejected"])
      assert.strictEqual(textOf(tuned.system, step), instruction)
      assert.strictEqual(textOf(system, step), instruction)
    })
  )

  it.effect("learns from the very runs that are scored, with what surrounds the program", () =>
    Effect.gen(function* () {
      const step = labeller()
      const inputs: Array<string> = []
      const chat = HyperSystem.make("chat", {
        run: (conversation: ReadonlyArray<string>) =>
          Effect.map(
            Effect.forEach(conversation, (turn) => {
              inputs.push(turn)
              return step(turn)
            }),
            (labels) => labels.join()
          )
      })
      const conversations = [
        Example.make(["ash-1", "crow-2"], "tree,bird"),
        Example.make(["mint-3", "opal-4"], "herb,gem")
      ]
      const played = world(learning(4))
      const { after } = yield* HyperSystem.optimize(chat, conversations, scorer).pipe(
        Effect.provide(Layer.provide(learner(), played.layer))
      )
      assert.strictEqual(after, 1)
      assert.strictEqual(inputs.length, 8)
      assert.include(played.reflections()[0].messages[1].content, "The step was given: crow-2")
    })
  )

  it.effect("installs no empty prompt, and none with a fence around it", () =>
    Effect.gen(function* () {
      for (const optimizer of [learner(), reflective()]) {
        for (const reply of ["", "```\n```", `\`\`\`\n${ruleOf("ash")}\n\`\`\``]) {
          const { step, system } = labelling()
          const tuned = yield* HyperSystem.optimize(system, examples, scorer).pipe(
            Effect.provide(Layer.provide(optimizer, world(() => reply).layer))
          )
          const text = textOf(tuned.system, step)
          assert.notInclude(text, "```")
          assert.notStrictEqual(text.trim(), "")
        }
      }
    })
  )

  it.effect("is converged when everything is right, whatever a judge has to say to that", () =>
    Effect.gen(function* () {
      const { system } = labelling()
      const chatty = Scorer.make("chatty", (output: string, expected: string) =>
        output === expected ? { score: 1, feedback: "Very good!" } : { score: 0, feedback: `It is ${expected}.` }
      )
      const played = world(learning(4))
      const { stopped } = yield* HyperSystem.optimize(system, examples, chatty).pipe(
        Effect.provide(Layer.provide(learner(), played.layer))
      )
      assert.deepStrictEqual([stopped, played.reflections().length], ["converged", 1])
    })
  )

  it.effect("learns from runs of the prompt in force, not from those of an older one", () =>
    Effect.gen(function* () {
      const { system } = labelling()
      const played = world(learning(1))
      yield* HyperSystem.optimize(system, examples, scorer).pipe(Effect.provide(Layer.provide(learner(), played.layer)))
      const [first, second] = played.reflections()
      assert.isTrue(wordsShown(first).some((word) => word.startsWith("ash")))
      assert.isFalse(wordsShown(second).some((word) => word.startsWith("ash")))
      assert.include(instructionShown(second), ruleOf("ash"))
    })
  )

  it.effect("asks no model that nobody chose: a program without an optimizer of prompts runs without one", () =>
    Effect.gen(function* () {
      const { system } = predicting()
      const { score } = yield* HyperSystem.evaluate(system, examples, scorer)
      assert.strictEqual(score, 0)
      const asked = yield* Effect.flatten(LlmScripted.Requests)
      assert.isFalse(asked.some(isReflection))
    }).pipe(Effect.provide(LlmScripted.layer(() => "label: unknown")))
  )

  it.effect("fails when the model does: nothing is learnt from a score of 0 that nobody gave", () =>
    Effect.gen(function* () {
      const { system } = labelling()
      const broken = Scorer.make("broken", () => Effect.fail("no judge" as const))
      const error = yield* failure(
        HyperSystem.optimize(system, examples, broken).pipe(
          Effect.provide(Layer.provide(learner(), world(() => "").layer))
        )
      )
      assert.strictEqual(error, "no judge")
    })
  )
})
