import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as BudgetLayer from "../../layers/Budget.js"
import * as LlmBudgeted from "../../layers/LlmBudgeted.js"
import * as OptimizerEvolution from "../../layers/OptimizerEvolution.js"
import * as OptimizerHybrid from "../../layers/OptimizerHybrid.js"
import * as OptimizerNone from "../../layers/OptimizerNone.js"
import * as OptimizerPromptLearning from "../../layers/OptimizerPromptLearning.js"
import * as OptimizerReflective from "../../layers/OptimizerReflective.js"
import { LLM, LLMError } from "../../services/LLM.js"
import { type Objective, Optimizer, OptimizerError, type OptimizerService } from "../../services/Optimizer.js"
import * as Candidate from "../../src/Candidate.js"
import * as Hyperfunction from "../../src/Hyperfunction.js"
import * as HyperSystem from "../../src/HyperSystem.js"
import * as Metric from "../../src/Metric.js"
import type * as Optimization from "../../src/Optimization.js"
import * as Params from "../../src/Params.js"
import {
  instruction,
  labeller,
  learning,
  model,
  proposalsOf,
  ruleOf,
  textOf,
  words,
  world
} from "../utils/prompting.js"
import { failure } from "../utils/scripted.js"

const examples = words(12)

/** Half of the score is the label, half how close a number comes to 1. */
const system = () => {
  const step = labeller()
  const aim = Hyperfunction.make("aim", {
    params: Params.bounded({ min: -2, max: 2, default: 0 }),
    run: (at, _: string) => Effect.succeed(at)
  })
  return {
    step,
    aim,
    system: HyperSystem.make("mixed", { run: (word: string) => Effect.all([step(word), aim(word)]) })
  }
}

const metric = Metric.perExample(
  ([label, at]: [string, number], expected: string) => (label === expected ? 0.5 : 0) + 0.5 - Math.abs(at - 1) / 6
)

const evolution = OptimizerEvolution.layer({
  generations: 15,
  population: 8,
  sigma: 0.2,
  learningRate: 0.3,
  seed: 1
})

const prompts = OptimizerPromptLearning.layer({ model, iterations: 2 })

const tuned = <E, R>(layer: Layer.Layer<Optimizer, E, R | LLM>, options?: Optimization.Options) =>
  Effect.gen(function* () {
    const mixed = system()
    const played = world(learning(2))
    const result = yield* HyperSystem.optimize(mixed.system, examples, metric, options).pipe(
      Effect.provide(Layer.provide(layer, played.layer))
    )
    return {
      ...result,
      reflections: played.reflections(),
      text: textOf(result.system, mixed.step),
      at: Candidate.get(result.system.candidate!, mixed.aim)
    }
  })

/** An optimizer that keeps what it is given and says how it was, for an objective of any error. */
const watching = (seen: Array<Objective<unknown>>, isObserving = false): OptimizerService => ({
  ...OptimizerNone.make,
  observes: isObserving,
  optimize: (objective) => {
    seen.push(objective)
    return OptimizerNone.make.optimize(objective)
  }
})

describe("OptimizerHybrid", () => {
  it.effect("tunes prompts and numbers, which neither does alone", () =>
    Effect.gen(function* () {
      const { after, at, before, text } = yield* tuned(OptimizerHybrid.layer({ stages: [prompts, evolution] }))
      assert.strictEqual(text, [instruction, ...["ash", "crow", "mint", "opal"].map((name) => ruleOf(name))].join("\n"))
      assert.closeTo(at, 1, 0.2)
      assert.isAbove(after, 0.9)
      assert.isBelow(before, 0.4)
      const alone = yield* tuned(prompts)
      assert.isBelow(alone.after, after)
    })
  )

  it.effect("does so in either order", () =>
    Effect.gen(function* () {
      const { after } = yield* tuned(OptimizerHybrid.layer({ stages: [evolution, prompts] }))
      assert.isAbove(after, 0.9)
    })
  )

  it.effect("takes reflective prompt learning for a stage", () =>
    Effect.gen(function* () {
      const reflective = OptimizerReflective.layer({ model, generations: 3, demonstrations: 0 })
      const mixed = system()
      const played = world(learning(4))
      const { after } = yield* HyperSystem.optimize(mixed.system, words(48), metric).pipe(
        Effect.provide(Layer.provide(OptimizerHybrid.layer({ stages: [reflective, evolution] }), played.layer))
      )
      assert.isAbove(after, 0.9)
    })
  )

  it.effect("counts generations through, counts every run, and reports that it is over once", () =>
    Effect.gen(function* () {
      const { history, stopped } = yield* tuned(OptimizerHybrid.layer({ stages: [prompts, evolution] }))
      assert.deepStrictEqual(
        history.map(({ generation }) => generation),
        history.map((_, k) => k)
      )
      assert.deepStrictEqual(
        history.flatMap(({ generation, stopped }) => (stopped === undefined ? [] : [[generation, stopped]])),
        [[history.length - 1, "generations"]]
      )
      assert.strictEqual(stopped, "generations")
      const [evaluations, runs] = [history.map(({ evaluations }) => evaluations), history.map(({ runs }) => runs)]
      assert.deepStrictEqual(evaluations.slice(0, 5), [1, 2, 3, 4, 13])
      assert.deepStrictEqual(
        runs,
        evaluations.map((count) => count * 12)
      )
      for (const { best, generation, generations } of history) {
        assert.isAtMost(best.generation, generation)
        assert.isAtMost(generation, generations)
      }
    })
  )

  it.effect("never reports a best that is worse than one before", () =>
    Effect.gen(function* () {
      const { history } = yield* tuned(OptimizerHybrid.layer({ stages: [prompts, evolution], rounds: 2 }))
      const scores = history.map(({ best }) => best.score)
      assert.deepStrictEqual(
        scores,
        [...scores].sort((a, b) => a - b)
      )
    })
  )

  it.effect("hands the best, its score on all examples and what it did there to the next", () =>
    Effect.gen(function* () {
      const seen: Array<Objective<unknown>> = []
      const { history } = yield* tuned(
        OptimizerHybrid.layer({ stages: [prompts, Layer.succeed(Optimizer, watching(seen, true))] })
      )
      const [{ start, startObservations, startScore }] = seen
      assert.strictEqual(start, history[history.length - 1].best.candidate)
      assert.strictEqual(startScore, history[history.length - 1].best.score)
      assert.strictEqual(startObservations.length, 12)
      assert.isTrue(startObservations.every(({ calls }) => calls.length === 2))
    })
  )

  it.effect("scores a start that did not change no second time", () =>
    Effect.gen(function* () {
      const seen: Array<Objective<unknown>> = []
      const watch = watching(seen)
      const { history } = yield* tuned(
        Layer.succeed(Optimizer, OptimizerHybrid.make({ stages: [watch, watch, watch] }))
      )
      assert.deepStrictEqual(
        history.map(({ evaluations, runs }) => [evaluations, runs]),
        [
          [1, 12],
          [1, 12],
          [1, 12]
        ]
      )
      assert.strictEqual(seen.length, 3)
    })
  )

  it("observes if one of its stages does", () => {
    assert.isTrue(OptimizerHybrid.make({ stages: [watching([]), watching([], true)] }).observes)
    assert.isFalse(OptimizerHybrid.make({ stages: [watching([]), watching([])] }).observes)
  })

  it.effect("takes turns for as many rounds as it is told", () =>
    Effect.gen(function* () {
      const { history, reflections } = yield* tuned(
        OptimizerHybrid.layer({
          stages: [OptimizerPromptLearning.layer({ model, iterations: 1 }), evolution],
          rounds: 2
        })
      )
      assert.strictEqual(reflections.length, 2)
      assert.strictEqual(proposalsOf(history).filter(({ outcome }) => outcome === "accepted").length, 2)
    })
  )

  it.effect("is over after a round that found nothing", () =>
    Effect.gen(function* () {
      const seen: Array<Objective<unknown>> = []
      yield* tuned(
        Layer.succeed(Optimizer, OptimizerHybrid.make({ stages: [watching(seen), watching(seen)], rounds: 5 }))
      )
      assert.strictEqual(seen.length, 2)
    })
  )

  it.effect("goes on when one has nothing to tune, and says why the others were over", () =>
    Effect.gen(function* () {
      const step = labeller()
      const played = world(learning(2))
      const { stopped } = yield* HyperSystem.optimize(
        HyperSystem.make("prompts alone", { run: (word: string) => step(word) }),
        examples,
        Metric.perExample((label: string, expected: string) => (label === expected ? 1 : 0))
      ).pipe(Effect.provide(Layer.provide(OptimizerHybrid.layer({ stages: [prompts, evolution] }), played.layer)))
      assert.strictEqual(stopped, "converged")
    })
  )

  it.effect("ends when a stage reaches its target", () =>
    Effect.gen(function* () {
      const seen: Array<Objective<unknown>> = []
      const aiming = OptimizerEvolution.layer({
        generations: 50,
        population: 8,
        sigma: 0.2,
        learningRate: 0.3,
        target: 0.4,
        seed: 1
      })
      const { stopped } = yield* tuned(
        OptimizerHybrid.layer({ stages: [aiming, Layer.succeed(Optimizer, watching(seen))] })
      )
      assert.deepStrictEqual([stopped, seen.length], ["target", 0])
    })
  )

  it.effect("lets names of prompts and of numbers stand in one selection", () =>
    Effect.gen(function* () {
      const hybrid = OptimizerHybrid.layer({ stages: [prompts, evolution] })
      const all = yield* tuned(hybrid, { only: ["label.instruction", "aim"] })
      assert.isAbove(all.after, 0.9)
      const frozen = yield* tuned(hybrid, { freeze: ["label.instruction"] })
      assert.deepStrictEqual([frozen.text, frozen.reflections.length], [instruction, 0])
      assert.closeTo(frozen.at, 1, 0.2)
    })
  )

  it.effect("ends with the best so far when the budget does, between stages too", () =>
    Effect.gen(function* () {
      for (const calls of [6, 12, 13, 25, 30, 38, 45, 50, 60]) {
        const step = labeller()
        const played = world(learning(1))
        const paid = HyperSystem.make("paid", {
          run: (word: string) =>
            Effect.zipRight(
              Effect.flatMap(LLM, (llm) => llm.complete({ model: "m/m", messages: [{ role: "user", content: word }] })),
              step(word)
            )
        })
        const budgeted = Layer.provide(LlmBudgeted.layer(), played.layer)
        const { stopped } = yield* HyperSystem.optimize(
          paid,
          examples,
          Metric.perExample((label: string, expected: string) => (label === expected ? 0.5 : 0))
        ).pipe(
          Effect.provide(
            Layer.mergeAll(
              Layer.provide(OptimizerHybrid.layer({ stages: [prompts, prompts], rounds: 9 }), budgeted),
              budgeted,
              BudgetLayer.layer({ calls })
            )
          )
        )
        assert.strictEqual(stopped, "budget", `${calls} calls`)
        assert.isAtMost(played.requests.length, calls)
      }
    })
  )

  it.effect("fails when a stage does", () =>
    Effect.gen(function* () {
      const refusing = world(() => new LLMError({ reason: "Unauthorized", model, detail: "no", cure: "None" }))
      const mixed = system()
      const error = yield* failure(
        HyperSystem.optimize(mixed.system, examples, metric).pipe(
          Effect.provide(Layer.provide(OptimizerHybrid.layer({ stages: [evolution, prompts] }), refusing.layer))
        )
      )
      assert.include(error, { reason: "ModelFailed" })
    })
  )

  it.effect("refuses to have no stages, rounds that are none, and what its stages refuse", () =>
    Effect.gen(function* () {
      const bad = OptimizerEvolution.make({ generations: -1, population: 8, sigma: 0.1, learningRate: 0.1, seed: 1 })
      for (const options of [{ stages: [] }, { stages: [watching([])], rounds: 0 }, { stages: [watching([]), bad] }]) {
        const error = yield* Effect.flip(OptimizerHybrid.make(options).check)
        assert.instanceOf(error, OptimizerError)
        assert.include(error, { reason: "InvalidOptions" })
      }
    })
  )

  it.effect("can be run again: a stream of it holds no state", () =>
    Effect.gen(function* () {
      const mixed = system()
      const hybrid = OptimizerHybrid.layer({ stages: [evolution, evolution] })
      const reports = HyperSystem.optimizeStream(mixed.system, examples, metric).pipe(
        Stream.map(({ best, generation }) => [generation, best.score]),
        Stream.runCollect,
        Effect.provide(hybrid)
      )
      assert.deepStrictEqual([...(yield* reports)], [...(yield* reports)])
    })
  )
})
