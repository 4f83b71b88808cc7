import { assert, describe, it } from "@effect/vitest"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import * as LlmScripted from "../../layers/LlmScripted.js"
import * as LlmTraced from "../../layers/LlmTraced.js"
import * as TracerRecording from "../../layers/TracerRecording.js"
import { LLM } from "../../services/LLM.js"
import { Tracer } from "../../services/Tracer.js"
import * as Hyperfunction from "../../src/Hyperfunction.js"
import * as HyperSystem from "../../src/HyperSystem.js"
import { LMParams } from "../../src/LMParams.js"
import * as Metric from "../../src/Metric.js"
import * as TraceSummary from "../../src/TraceSummary.js"
import * as Tracing from "../../src/Tracing.js"

const ask = Hyperfunction.make("ask", {
  params: LMParams.space,
  run: (_, text: string) =>
    Effect.flatMap(LLM, (llm) =>
      llm.complete({ model: "openai/gpt", messages: [{ role: "user", content: text }], settings: { temperature: 0.5 } })
    )
})

const slow = Hyperfunction.make("slow", {
  params: LMParams.space,
  run: (_, millis: number) => Effect.as(Effect.sleep(millis), millis)
})

class ByZero extends Data.TaggedError("ByZero")<{ readonly message: string }> {}

const divide = Hyperfunction.make("divide", {
  params: LMParams.space,
  run: (_, by: number) => (by === 0 ? Effect.fail(new ByZero({ message: "by zero" })) : Effect.succeed(1 / by))
})

const system = HyperSystem.make("system", {
  run: (text: string) =>
    Effect.zipRight(
      divide(1),
      Effect.map(ask(text), ({ content }) => content)
    )
})

const llm = LlmTraced.layer.pipe(
  Layer.provide(
    LlmScripted.layer(() => ({
      content: "yes",
      model: "gpt-1",
      usage: { prompt: 100, completion: 50, cached: 10, reasoning: 5 },
      cost: 0.25
    }))
  )
)

const recording = (options?: TracerRecording.Options) => Layer.merge(TracerRecording.layer(options), llm)

describe("TracerRecording", () => {
  it.effect("records calls of hyperfunctions and of models, one within the other, with all that is known", () =>
    Effect.gen(function* () {
      const tracer = yield* Tracer
      yield* TestClock.setTime(1000)
      yield* ask("hello")
      const [chat, call] = (yield* tracer.history).calls
      assert.deepStrictEqual(chat, {
        operation: "chat",
        name: "chat gpt",
        id: chat.id,
        parent: call.id,
        trace: call.trace,
        hyperfunction: "ask",
        start: 1000,
        elapsed: 0,
        success: true,
        provider: "openai",
        requestModel: "gpt",
        responseModel: "gpt-1",
        temperature: 0.5,
        inputTokens: 100,
        outputTokens: 50,
        cachedTokens: 10,
        reasoningTokens: 5,
        cost: 0.25,
        purpose: "task"
      })
      assert.deepInclude(call, { operation: "hyperfunction", name: "ask", success: true })
      assert.notProperty(call, "parent")
      assert.notProperty(call, "cost")
    }).pipe(Effect.provide(recording()))
  )

  it.effect("records when a call began, how long it took, and numbers of one's own", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(Effect.all([slow(10), slow(250)]))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(fiber)
      const { calls } = yield* (yield* Tracer).history
      assert.deepStrictEqual(
        calls.map(({ elapsed, start }) => [start, elapsed]),
        [
          [0, 10],
          [10, 250]
        ]
      )
      yield* Effect.withSpan(Tracing.metric("hits", 3), "x", { attributes: { "hyperfunc.hyperfunction": "x" } })
      assert.deepStrictEqual((yield* (yield* Tracer).history).calls.at(-1)!.metrics, { hits: 3 })
    }).pipe(Effect.provide(recording()))
  )

  it.effect("records failures with their type and message", () =>
    Effect.gen(function* () {
      yield* Effect.ignore(divide(0))
      yield* divide(2)
      const recorded = yield* (yield* Tracer).history
      assert.deepStrictEqual(recorded.calls[0].error, { type: "ByZero", message: "by zero" })
      assert.isFalse(recorded.calls[0].success)
      const [row] = TraceSummary.make(recorded).functions
      assert.deepInclude(row, { name: "divide", calls: 2, errors: 1, errorRate: 0.5 })
    }).pipe(Effect.provide(recording()))
  )

  it.effect("says of which candidate and example a call in an evaluation is", () =>
    Effect.gen(function* () {
      const examples = ["a", "b"].map((input) => ({ input, expected: "yes" }))
      yield* HyperSystem.evaluate(
        system,
        examples,
        Metric.perExample((output: string, expected) => Number(output === expected))
      )
      const { calls } = yield* (yield* Tracer).history
      assert.deepStrictEqual(
        calls
          .filter(({ name }) => name === "ask")
          .map(({ candidate, example }) => [candidate, example])
          .sort(),
        [
          [0, 0],
          [0, 1]
        ]
      )
    }).pipe(Effect.provide(recording()))
  )

  it.effect("keeps what runs in a session, visible while it goes on and after it has ended", () =>
    Effect.gen(function* () {
      const tracer = yield* Tracer
      const session = yield* Effect.scoped(
        Effect.gen(function* () {
          const session = yield* tracer.trace("nightly")
          for (let k = 0; k < 5; k++) yield* session.within(system.run("a"))
          assert.lengthOf((yield* session.recording).calls, 15)
          assert.notProperty(yield* session.recording, "ended")
          return session
        })
      )
      yield* divide(1)
      const recorded = yield* session.recording
      assert.isTrue(recorded.calls.every((call) => call.session === "nightly"))
      assert.property(recorded, "ended")
      const summary = TraceSummary.make(recorded)
      assert.deepInclude(summary, { session: "nightly", calls: 10, errors: 0, modelCalls: 5, cost: 1.25 })
      assert.deepStrictEqual(
        summary.functions.map(({ calls, name }) => [name, calls]),
        [
          ["ask", 5],
          ["divide", 5]
        ]
      )
      assert.lengthOf((yield* tracer.history).calls, 16)
      yield* session.clear
      assert.lengthOf((yield* session.recording).calls, 0)
    }).pipe(Effect.provide(recording()))
  )

  it.effect("keeps sessions that go on at the same time apart, and names those without a name", () =>
    Effect.gen(function* () {
      const tracer = yield* Tracer
      const sessions = yield* Effect.forEach(
        Array.from({ length: 20 }, (_, k) => k + 1),
        (calls) =>
          Effect.gen(function* () {
            const session = yield* tracer.trace()
            yield* session.within(
              Effect.forEach(Array.from({ length: calls }), () => Effect.zipRight(Effect.yieldNow(), divide(1)), {
                concurrency: "unbounded"
              })
            )
            return yield* session.recording
          }),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(
        sessions.map(({ calls }) => calls.length),
        sessions.map((_, k) => k + 1)
      )
      assert.strictEqual(new Set(sessions.map(({ session }) => session)).size, 20)
      assert.match(sessions[0].session!, /^[a-z0-9]{8}$/)
    }).pipe(Effect.scoped, Effect.provide(recording()))
  )

  it.effect("keeps no more than it may, the last ones, and counts the others", () =>
    Effect.gen(function* () {
      const tracer = yield* Tracer
      const session = yield* tracer.trace("s")
      const called = (_: unknown, k: number) =>
        Effect.withSpan(Effect.void, `f${k}`, { attributes: { "hyperfunc.hyperfunction": `f${k}` } })
      yield* session.within(Effect.forEach(Array.from({ length: 1000 }), called, { discard: true }))
      for (const recorded of [yield* session.recording, yield* tracer.history]) {
        assert.strictEqual(recorded.dropped, 990)
        assert.deepStrictEqual(
          recorded.calls.map(({ name }) => name),
          Array.from({ length: 10 }, (_, k) => `f${990 + k}`)
        )
      }
      yield* tracer.clear
      assert.deepInclude(yield* tracer.history, { calls: [], dropped: 0 })
    }).pipe(Effect.scoped, Effect.provide(recording({ capacity: 10 })))
  )

  it.effect("keeps a whole number of calls, and as many as ever where it is told no number", () =>
    Effect.gen(function* () {
      const keptOf = (capacity: number) =>
        Effect.gen(function* () {
          const tracer = yield* Tracer
          const called = Effect.withSpan(Effect.void, "f", { attributes: { "hyperfunc.hyperfunction": "f" } })
          yield* Effect.repeatN(called, 4)
          const { calls, dropped } = yield* tracer.history
          return [calls.length, dropped]
        }).pipe(Effect.provide(recording({ capacity })))
      assert.deepStrictEqual(yield* keptOf(1.5), [1, 4])
      assert.deepStrictEqual(yield* keptOf(-1), [0, 5])
      assert.deepStrictEqual(yield* keptOf(NaN), [5, 0])
      assert.deepStrictEqual(yield* keptOf(Infinity), [5, 0])
    })
  )

  it.effect("gives its history to any exporter", () =>
    Effect.gen(function* () {
      yield* divide(1)
      const names = yield* (yield* Tracer).export(({ calls }) => Effect.succeed(calls.map(({ name }) => name)))
      assert.deepStrictEqual(names, ["divide"])
    }).pipe(Effect.provide(recording()))
  )
})
