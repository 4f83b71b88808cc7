import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as DeviceCpu from "../../layers/DeviceCpu.js"
import * as MemoryEphemeral from "../../layers/MemoryEphemeral.js"
import * as OptimizerEvolution from "../../layers/OptimizerEvolution.js"
import * as OptimizerReflective from "../../layers/OptimizerReflective.js"
import { Memory, MemoryError, type MemoryService, TenantId } from "../../services/Memory.js"
import * as Candidate from "../../src/Candidate.js"
import * as ChatSystem from "../../src/ChatSystem.js"
import type { ConversationResult } from "../../src/Conversation.js"
import * as Environment from "../../src/Environment.js"
import * as Episode from "../../src/Episode.js"
import { EvaluationError } from "../../src/EvaluationError.js"
import * as Example from "../../src/Example.js"
import * as GameSystem from "../../src/GameSystem.js"
import * as Hyperfunction from "../../src/Hyperfunction.js"
import * as HyperSystem from "../../src/HyperSystem.js"
import * as Verdict from "../../src/internal/verdict.js"
import * as Metric from "../../src/Metric.js"
import * as Params from "../../src/Params.js"
import * as Scorer from "../../src/Scorer.js"
import * as Tensor from "../../src/Tensor.js"
import { labeller, learning, model, world } from "../utils/prompting.js"
import { failure } from "../utils/scripted.js"

const ada = TenantId.make("ada")

/** Writes what its candidate is, and gives how much the tenant has by then: one more than before, when it is alone. */
const note = Hyperfunction.make("note", {
  params: Params.unbounded({ default: 0 }),
  run: (level, input: number) =>
    Effect.gen(function* () {
      const memory = yield* Memory
      yield* memory.remember(ada, { content: `level ${level} of ${input}` })
      yield* Effect.yieldNow()
      return yield* memory.count(ada)
    })
})

const flow = HyperSystem.make("flow", { run: (input: number) => note(input) })

const chat = ChatSystem.make("chat", {
  memory: {},
  respond: ({ message }) => Effect.map(note(Number(message)), (count) => `${count}`)
})

const game = GameSystem.make("game", {
  environment: Environment.fromTransitions({
    name: "count",
    observations: Schema.Int,
    actions: Schema.Int,
    maxSteps: 3,
    start: (seed) => seed,
    observe: (state) => state,
    step: (state, action: number) => ({ state, reward: action, terminated: false })
  }),
  act: (state) => note(state)
})

const candidates = [0, 1, 2, 3].map((level) => Candidate.set(Candidate.defaults(), note, level))

const value = Metric.perExample((count: number, _: undefined): number => count)

const last = Metric.perExample((result: ConversationResult, _: undefined): number => Number(result.finalResponse))

const examples = <I>(...inputs: ReadonlyArray<I>) => inputs.map((input) => Example.make(input, undefined))

const conversations = examples(
  ...[
    ["1", "2"],
    ["3", "4"]
  ].map((conversation) => ({ conversation, tenant: ada }))
)

const seeds = examples({ seed: 0 }, { seed: 1 })

/** A store with one memory of the tenant, and how many overlays of it are open and were made. */
const store = (overrides: (memory: MemoryService) => Partial<MemoryService> = () => ({})) => {
  const overlays = { open: 0, made: 0 }
  const service = Effect.gen(function* () {
    const memory = yield* MemoryEphemeral.make
    yield* memory.remember(ada, { content: "the first memory of all" })
    const overlay: MemoryService["overlay"] = Effect.tap(memory.overlay, () =>
      Effect.acquireRelease(
        Effect.sync(() => {
          overlays.open++
          overlays.made++
        }),
        () => Effect.sync(() => overlays.open--)
      )
    )
    return { ...memory, overlay, ...overrides(memory) }
  })
  return { overlays, layer: Layer.scoped(Memory, Effect.orDie(service)) }
}

const kept = Effect.flatMap(Memory, (memory) => memory.count(ada))

describe("evaluations with a memory", () => {
  for (const mode of ["auto", "fibers", "sequential"] as const) {
    it.effect(`see what is there and leave it as it was: FLOW, CHAT and GAME, ${mode}`, () => {
      const { layer, overlays } = store()
      return Effect.gen(function* () {
        const rewards = <I, O, E, R>(
          system: HyperSystem.HyperSystem<I, O, E, R>,
          of: ReadonlyArray<Example.Example<I, undefined>>,
          metric: Metric.Metric<O, undefined, number>
        ) =>
          Effect.map(HyperSystem.evaluatePopulation(system, candidates, of, metric, { mode }), ({ rewards }) => rewards)
        assert.deepStrictEqual(yield* rewards(flow, examples(1, 2, 3), value), [2, 2, 2, 2])
        // 1 there before, a note and a turn remembered, a note
        assert.deepStrictEqual(yield* rewards(chat, conversations, last), [4, 4, 4, 4])
        // notes of one state are one
        assert.deepStrictEqual(yield* rewards(game, seeds, Episode.meanReturn), [6, 6, 6, 6])
        assert.strictEqual(yield* kept, 1)
        assert.deepStrictEqual(overlays, { open: 0, made: 4 * (3 + 2 + 2) })
        assert.strictEqual((yield* HyperSystem.evaluate(flow, examples(1, 2), value, { mode })).score, 2)
        assert.strictEqual(yield* kept, 1)
      }).pipe(Effect.provide(layer))
    })
  }

  it.effect("see one memory in all their runs and generations, whatever is written meanwhile", () => {
    const { layer } = store()
    return Effect.gen(function* () {
      const others = yield* Memory
      let written = 0
      const noisy = HyperSystem.make("noisy", {
        run: (input: number) =>
          Effect.gen(function* () {
            yield* TestClock.adjust("1 second")
            yield* others.remember(ada, { content: `number ${written++} from elsewhere` })
            const own = yield* Memory
            yield* own.remember(ada, { content: "its own" })
            const inner = yield* own.overlay
            return (yield* inner.count(ada)) + (yield* note(input))
          }).pipe(Effect.scoped)
      })
      const { rewards } = yield* HyperSystem.evaluatePopulation(noisy, candidates, examples(1, 2), value)
      assert.deepStrictEqual(rewards, [5, 5, 5, 5])
      assert.strictEqual(yield* kept, 9)
      const { history } = yield* Effect.provide(
        HyperSystem.optimize(noisy, examples(1), value),
        OptimizerEvolution.layer({ generations: 2, population: 4, sigma: 0.1, learningRate: 0.1, seed: 0 })
      )
      assert.deepStrictEqual(Array.from(new Set(history.map(({ score }) => score))), [21])
      const reports = yield* Effect.provide(
        Stream.runCollect(HyperSystem.optimizeStream(noisy, examples(1), value)),
        OptimizerEvolution.layer({ generations: 2, population: 4, sigma: 0.1, learningRate: 0.1, seed: 0 })
      )
      assert.strictEqual(new Set(Array.from(reports, ({ score }) => score)).size, 1)
    }).pipe(Effect.provide(layer))
  })

  it.effect("are apart from running a system itself, which writes", () => {
    const { layer, overlays } = store()
    return Effect.gen(function* () {
      assert.strictEqual(yield* flow.run(1), 2)
      yield* chat.run({ conversation: ["7"], tenant: ada })
      assert.strictEqual(yield* kept, 4)
      assert.strictEqual(overlays.made, 0)
    }).pipe(Effect.provide(layer))
  })

  it.effect("by optimizers leave it as it was", () => {
    const { layer, overlays } = store()
    return Effect.gen(function* () {
      yield* Effect.provide(
        HyperSystem.optimize(flow, examples(1, 2, 3), value),
        OptimizerEvolution.layer({ generations: 3, population: 4, sigma: 0.1, learningRate: 0.1, seed: 0 })
      )
      const afterEvolution = overlays.made
      assert.isAtLeast(afterEvolution, 3 * 4 * 3)
      const step = labeller()
      const labels = ChatSystem.make("labels", { memory: {}, respond: ({ message }) => step(message) })
      const exact = Scorer.make("label", (result: ConversationResult, expected: string) =>
        result.finalResponse === expected ? { score: 1, feedback: "" } : { score: 0, feedback: `Expected ${expected}` }
      )
      const { layer: played } = world(learning(1))
      yield* HyperSystem.optimize(
        labels,
        Array.from({ length: 16 }, (_, k) => Example.make({ conversation: [`ash-${k}`], tenant: ada }, "tree")),
        exact
      ).pipe(Effect.provide(Layer.provide(OptimizerReflective.layer({ model, generations: 2 }), played)))
      assert.isAbove(overlays.made, afterEvolution)
      assert.deepStrictEqual([overlays.open, yield* kept], [0, 1])
    }).pipe(Effect.provide(layer))
  })

  it.effect("never lift a program that uses it", () => {
    const { layer } = store()
    return Effect.gen(function* () {
      const keeping = HyperSystem.make("keeping", {
        run: (x: Tensor.Tensor) =>
          Effect.gen(function* () {
            const memory = yield* Memory
            yield* memory.remember(ada, { content: "a tensor came by" })
            return Tensor.mul(x, yield* memory.count(ada))
          })
      })
      const points = examples(Tensor.from([1]), Tensor.from([2]))
      const sum = Metric.perExample((output: Tensor.Tensor, _: undefined) => Tensor.sum(output))
      const { score, work } = yield* HyperSystem.evaluate(keeping, points, sum)
      assert.deepStrictEqual([score, work.divergences], [3, ["it uses a memory"]])
      assert.strictEqual(yield* kept, 1)
      const error = yield* failure(HyperSystem.evaluate(keeping, points, sum, { mode: "lifted" }))
      assert.isTrue(error instanceof EvaluationError && error.reason === "NotLiftable")
      assert.strictEqual(yield* kept, 1)
    }).pipe(Effect.provide([layer, DeviceCpu.layer]))
  })

  it.effect("lift programs of tensors that do not use it", () => {
    const { layer, overlays } = store()
    return Effect.gen(function* () {
      const double = HyperSystem.make("double", { run: (x: Tensor.Tensor) => Effect.succeed(Tensor.mul(x, 2)) })
      const sum = Metric.perExample((output: Tensor.Tensor, _: undefined) => Tensor.sum(output))
      const { work } = yield* HyperSystem.evaluate(double, examples(Tensor.from([1])), sum)
      assert.deepStrictEqual([[...work.modes], overlays.made], [["lifted"], 0])
    }).pipe(Effect.provide([layer, DeviceCpu.layer]))
  })

  const broken: ReadonlyArray<readonly [name: string, overlay: MemoryService["overlay"]]> = [
    ["fails", new MemoryError({ reason: "Busy", detail: "it is busy", cure: "Wait" })],
    ["throws", Effect.die("boom")],
    [
      "throws when it is asked for",
      Effect.suspend((): never => {
        throw new Error("boom")
      })
    ]
  ]
  for (const [name, overlay] of broken) {
    for (const mode of ["fibers", "sequential"] as const) {
      it.effect(`are typed failures when it ${name}, ${mode}`, () =>
        Effect.gen(function* () {
          const error = yield* failure(HyperSystem.evaluate(flow, examples(1, 2), value, { mode }))
          assert.isTrue(error instanceof EvaluationError && error.reason === "MemoryFailed", String(error))
          const { rewards, failures } = yield* HyperSystem.evaluatePopulation(flow, candidates, examples(1), value, {
            mode,
            onCandidateFailure: "report"
          })
          assert.isTrue(rewards.every(Number.isNaN))
          assert.strictEqual(failures.length, 4)
        }).pipe(Effect.provide(store(() => ({ overlay })).layer))
      )
    }
  }

  it.effect("release what a failed run held", () => {
    const { layer, overlays } = store()
    return Effect.gen(function* () {
      const failing = HyperSystem.make("failing", {
        run: (input: number) => Effect.zipRight(note(input), input === 1 ? Effect.fail("no") : Effect.succeed(1))
      })
      const { outputs } = yield* HyperSystem.evaluate(failing, examples(0, 1, 2), value, { onFailure: "missing" })
      assert.deepStrictEqual(outputs.map(Exit.isSuccess), [true, false, true])
      assert.deepStrictEqual(overlays, { open: 0, made: 3 })
    }).pipe(Effect.provide(layer))
  })

  it("hold no failure of the memory against a candidate, unless it asked for what cannot be", () => {
    const verdict = (reason: MemoryError["reason"]) =>
      Verdict.ofCause(Cause.fail(new MemoryError({ reason, detail: "", cure: "" })))
    for (const reason of ["Busy", "Full", "Unavailable", "Closed", "ModelFailed"] as const) {
      assert.strictEqual(verdict(reason), "missing")
    }
    assert.strictEqual(verdict("Invalid"), "lost")
    const failed = new EvaluationError({ reason: "MemoryFailed", system: "", detail: "", cure: "" })
    assert.strictEqual(Verdict.ofCause(Cause.fail(failed)), "missing")
  })
})
