/**
 * What the prompt learning of the Python library promises, with its defaults, on a scripted model.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as OptimizerPromptLearning from "../../layers/OptimizerPromptLearning.js"
import type { Request } from "../../services/LLM.js"
import * as Example from "../../src/Example.js"
import * as HyperSystem from "../../src/HyperSystem.js"
import { difference } from "../../src/internal/learning/feedback.js"
import { joined } from "../../src/internal/learning/learningPrompt.js"
import * as Judge from "../../src/Judge.js"
import * as Scorer from "../../src/Scorer.js"
import {
  answering,
  instruction,
  isReflection,
  learning,
  model,
  outcomes,
  predicting,
  ruleOf,
  textOf,
  words,
  world
} from "../utils/prompting.js"
import { scripted } from "../utils/scripted.js"

const examples = words(8)

const tuned = (reflect: Parameters<typeof world>[0]) =>
  Effect.gen(function* () {
    const { step, system } = predicting()
    const played = world(reflect)
    const result = yield* HyperSystem.optimize(system, examples, Scorer.exactMatch()).pipe(
      Effect.provide(Layer.merge(Layer.provide(OptimizerPromptLearning.layer({ model }), played.layer), played.layer))
    )
    const tasks = played.requests.filter((request) => !isReflection(request))
    return { ...result, tasks, reflections: played.reflections(), text: textOf(result.system, step) }
  })

describe("test_prompt_learning", () => {
  it.effect("a prompt is accepted on a strictly higher score", () =>
    Effect.gen(function* () {
      const { history, text } = yield* tuned(learning(1))
      assert.deepStrictEqual(outcomes(history), ["accepted", "accepted", "accepted"])
      assert.deepStrictEqual(
        history.map(({ score }) => score),
        [0, 0.25, 0.5, 0.75]
      )
      assert.include(text, ruleOf("ash"))
    })
  )

  it.effect("a prompt of equal score is reverted, and the search stops", () =>
    Effect.gen(function* () {
      const { after, history, reflections, text } = yield* tuned(() => "Label the word, please.")
      assert.deepStrictEqual([outcomes(history), reflections.length], [["rejected"], 1])
      assert.deepStrictEqual([text, after], [instruction, 0])
    })
  )

  it.effect("a prompt of lower score is reverted", () =>
    Effect.gen(function* () {
      const { after, text } = yield* tuned((request, call) =>
        call === 0 ? learning(2)(request) : `${instruction}\n${ruleOf("ash")}`
      )
      assert.deepStrictEqual([text, after], [[instruction, ruleOf("ash"), ruleOf("crow")].join("\n"), 0.5])
    })
  )

  it.effect("the prompt reaches the next call, and the tuned system's calls", () =>
    Effect.gen(function* () {
      const { tasks } = yield* tuned(learning(4))
      assert.strictEqual(tasks.filter(({ messages }) => messages[0].content.includes(ruleOf("ash"))).length, 8)
    })
  )

  it.effect("feedback reaches the request for a better prompt", () =>
    Effect.gen(function* () {
      const { reflections } = yield* tuned(learning(1))
      assert.include(reflections[0].messages[1].content, "Expected 'tree' but got 'unknown'")
      assert.include(reflections[0].messages[1].content, instruction)
    })
  )

  it.effect("n examples cost n runs for the start and n for each proposal, half of the original's", () =>
    Effect.gen(function* () {
      const { reflections, tasks } = yield* tuned(learning(1))
      assert.deepStrictEqual([tasks.length, reflections.length], [8 + 3 * 8, 3])
      const rejected = yield* tuned(() => "Label it.")
      assert.deepStrictEqual([rejected.tasks.length, rejected.reflections.length], [16, 1])
    })
  )

  it.effect("a judge's score and feedback are what is learnt from, and it is asked once a run", () =>
    Effect.gen(function* () {
      const { system } = predicting()
      let judged = 0
      const answer = (request: Request): string => {
        if (isReflection(request)) return learning(4)(request)
        if (request.purpose !== "judge") return answering(request)
        judged += 1
        const isRight = request.messages.some(({ content }) => /\b(tree|bird|herb|gem)\b[\s\S]*\b\1\b/.test(content))
        return JSON.stringify({ feedback: isRight ? "Right." : "Learn the families!", score: isRight ? 5 : 1 })
      }
      const played = scripted(answer)
      const { after, before } = yield* HyperSystem.optimize(
        system,
        examples,
        Judge.make({ model: "test/judge", criteria: "The label is the expected one." })
      ).pipe(
        Effect.provide(Layer.merge(Layer.provide(OptimizerPromptLearning.layer({ model }), played.layer), played.layer))
      )
      assert.isBelow(before, 0.7)
      assert.isAbove(after, before)
      assert.strictEqual(judged, 16)
      const reflection = played.requests.find(isReflection)!
      assert.include(reflection.messages[1].content, "Learn the families!")
    })
  )
})

describe("default feedback", () => {
  it("is nothing for outputs that are equal as texts", () => {
    assert.strictEqual(difference("4", 4, undefined), "")
    assert.strictEqual(difference({ a: 1 }, { a: 1 }, undefined), "")
  })

  it("says that an output is more than twice as long, or less than half as long, as expected", () => {
    const of = (length: number, wanted: number) => difference("x".repeat(length), "y".repeat(wanted), undefined)
    assert.include(of(21, 10), "much longer")
    assert.notInclude(of(20, 10), "much longer")
    assert.include(of(4, 10), "much shorter")
    assert.notInclude(of(5, 10), "much shorter")
    assert.notInclude(of(5, 11), "much shorter")
  })

  it.effect("has the input, the output and what was expected, each cut at 500 characters", () =>
    Effect.gen(function* () {
      const { system } = predicting()
      const long = "z".repeat(600)
      const played = world(() => "")
      yield* HyperSystem.optimize(system, [Example.make(long, long)], (outputs: ReadonlyArray<string>) =>
        outputs[0] === long ? 1 : 0
      ).pipe(
        Effect.provide(Layer.merge(Layer.provide(OptimizerPromptLearning.layer({ model }), played.layer), played.layer))
      )
      const { content } = played.reflections()[0].messages[1]
      const cut = `${"z".repeat(500)}…\n`
      assert.include(content, `Input: ${cut}Output: unknown\nExpected: ${cut}The output is much shorter than expected.`)
    })
  )

  it("is joined by lines of three dashes", () => {
    assert.strictEqual(joined(["a", "b", "c"], 100), "a\n---\nb\n---\nc")
    assert.strictEqual(joined([], 100), "")
    assert.strictEqual(joined(["x".repeat(50)], 10), "x".repeat(40))
  })
})
