import * as Persistence from "@effect/experimental/Persistence"
import * as FileSystem from "@effect/platform/FileSystem"
import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as LlmCached from "../../layers/LlmCached.js"
import * as LlmScripted from "../../layers/LlmScripted.js"
import { type Completion, LLM, LLMError, type Request } from "../../services/LLM.js"

const ask = (content: string, more: Partial<Request> = {}): Request => ({
  model: "m",
  messages: [{ role: "user", content }],
  ...more
})

const complete = (request: Request) => Effect.flatMap(LLM, (llm) => llm.complete(request))

const calls = Effect.map(Effect.flatten(LlmScripted.Requests), (requests) => requests.length)

const counts = Effect.flatten(LlmCached.Statistics)

const busy = new LLMError({ reason: "Overloaded", model: "m", detail: "busy", cure: "Wait" })

/** Answers with the number of the call. */
const counting = () => {
  const state = { calls: 0 }
  return LlmScripted.layer(() => String(++state.calls))
}

const cached = (script = counting(), options?: LlmCached.Options) =>
  Layer.provideMerge(LlmCached.layer(options), script)

describe("LlmCached", () => {
  it.effect("makes one call for equal requests, whatever they are for", () =>
    Effect.gen(function* () {
      const first = yield* complete(ask("a"))
      assert.deepStrictEqual(yield* complete(ask("a", { purpose: "judge", settings: {} })), first)
      assert.strictEqual((yield* complete(ask("b"))).content, "2")
      assert.strictEqual(yield* calls, 2)
      assert.deepInclude(yield* counts, { hits: 1, misses: 2, shared: 0 })
    }).pipe(Effect.provide(cached()))
  )

  it.effect("samples once more for another rollout", () =>
    Effect.gen(function* () {
      const samples = yield* Effect.forEach([0, 1, 2, 1], (rollout) => complete(ask("a", { rollout })))
      assert.deepStrictEqual(
        samples.map(({ content }) => content),
        ["1", "2", "3", "2"]
      )
    }).pipe(Effect.provide(cached()))
  )

  it.effect("never keeps a failure", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* Effect.flip(Effect.asVoid(complete(ask("a")))), busy)
      assert.strictEqual((yield* complete(ask("a"))).content, "better")
    }).pipe(Effect.provide(cached(LlmScripted.layer([busy, "better"]))))
  )

  it.effect("makes one call for a thousand equal requests at once", () =>
    Effect.gen(function* () {
      const answers = yield* Effect.forEach(Array.from({ length: 1000 }), () => complete(ask("a")), {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual([...new Set(answers.map(({ content }) => content))], ["1"])
      assert.strictEqual(yield* calls, 1)
      const { hits, misses, shared } = yield* counts
      assert.strictEqual(misses, 1)
      assert.strictEqual(hits + shared, 999)
    }).pipe(Effect.provide(cached()))
  )

  it.effect("goes on with a call for the others when the one who began it is interrupted", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<string>()
      yield* Effect.gen(function* () {
        const leader = yield* Effect.fork(complete(ask("a")))
        yield* Effect.yieldNow()
        const follower = yield* Effect.fork(complete(ask("a")))
        yield* Effect.yieldNow()
        yield* Fiber.interrupt(leader)
        yield* Deferred.succeed(gate, "landed")
        assert.strictEqual((yield* Fiber.join(follower)).content, "landed")
        assert.strictEqual(yield* calls, 1)
      }).pipe(Effect.provide(cached(LlmScripted.layer(() => Deferred.await(gate)))))
    })
  )

  it.effect("interrupts a call that nobody waits for any more, and makes the next one anew", () =>
    Effect.gen(function* () {
      const ended: Array<string> = []
      const hanging = Effect.onInterrupt(Effect.never, () => Effect.sync(() => ended.push("interrupted")))
      yield* Effect.gen(function* () {
        const both = yield* Effect.all([Effect.fork(complete(ask("a"))), Effect.fork(complete(ask("a")))])
        yield* Effect.yieldNow()
        yield* Effect.yieldNow()
        yield* Fiber.interrupt(both[0])
        assert.deepStrictEqual(ended, [])
        yield* Fiber.interrupt(both[1])
        assert.deepStrictEqual(ended, ["interrupted"])
        assert.strictEqual((yield* complete(ask("a"))).content, "again")
      }).pipe(Effect.provide(cached(LlmScripted.layer([hanging, "again"]))))
    })
  )

  it.effect("gives a failure to all who waited, and lets each of them try again", () =>
    Effect.gen(function* () {
      const retried = Effect.retry(complete(ask("a")), { times: 1 })
      const answers = yield* Effect.all([retried, retried, retried], { concurrency: "unbounded" })
      assert.deepStrictEqual(
        answers.map(({ content }) => content),
        ["better", "better", "better"]
      )
      assert.strictEqual(yield* calls, 2)
    }).pipe(Effect.provide(cached(LlmScripted.layer([Effect.delay(Effect.fail(busy), 0), "better"]))))
  )

  it.effect("does not let a request fail of another one's budget", () =>
    Effect.gen(function* () {
      const [first, second] = yield* Effect.all([Effect.either(complete(ask("a"))), complete(ask("a"))], {
        concurrency: "unbounded"
      })
      assert.strictEqual(first._tag, "Left")
      assert.strictEqual(second.content, "paid")
    }).pipe(
      Effect.provide(
        cached(
          LlmScripted.layer([
            Effect.zipRight(
              Effect.yieldNow(),
              Effect.fail(new LLMError({ reason: "BudgetExhausted", model: "m", detail: "empty", cure: "Pay" }))
            ),
            "paid"
          ])
        )
      )
    )
  )

  it.effect("keeps an answer as long as it is told", () =>
    Effect.gen(function* () {
      yield* complete(ask("a"))
      yield* TestClock.adjust("59 seconds")
      assert.strictEqual((yield* complete(ask("a"))).content, "1")
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* complete(ask("a"))).content, "2")
    }).pipe(Effect.provide(cached(counting(), { timeToLive: "1 minute" })))
  )

  it.effect("streams what it has kept, of a completion or of a stream that was read to its end", () =>
    Effect.gen(function* () {
      const text = (request: Request) => Stream.mkString(Stream.unwrap(Effect.map(LLM, (llm) => llm.stream(request))))
      yield* complete(ask("a"))
      assert.strictEqual(yield* text(ask("a")), "1")
      const begun = Stream.unwrap(Effect.map(LLM, (llm) => llm.stream(ask("b"))))
      yield* Stream.runDrain(Stream.take(begun, 1))
      assert.strictEqual(yield* text(ask("b")), "3 words here")
      assert.strictEqual(yield* text(ask("b")), "3 words here")
      assert.strictEqual(yield* calls, 3)
    }).pipe(Effect.provide(cached(LlmScripted.layer(["1", "2 words here", "3 words here"]))))
  )
})

const answer: Completion = {
  content: "kept",
  toolCalls: [{ id: "1", name: "look", arguments: "{}" }],
  finishReason: "stop",
  model: "m-2024",
  usage: { prompt: 3, completion: 4, cached: 1 },
  cost: 0.25
}

const allowance = { requests: { limit: 10, remaining: 9, resetMillis: 100 } }

/** Each run is a program of its own over the same folder. */
const run = <A, E>(
  directory: string,
  effect: Effect.Effect<A, E, LLM | LlmCached.Statistics>,
  script: LlmScripted.Script
) => Effect.provide(effect, Layer.provide(LlmCached.layerFile({ directory }), LlmScripted.layer(script)))

const folder = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())

describe("LlmCached.layerFile", () => {
  it.scoped("answers another program from its files, whole but for the allowance", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const directory = `${yield* folder}/not/yet/there`
      yield* run(directory, complete(ask("a")), [{ ...answer, allowance }])
      assert.deepStrictEqual(yield* run(directory, complete(ask("a")), []), answer)
      const files = yield* fs.readDirectory(directory)
      assert.strictEqual(files.length, 1)
      const text = yield* fs.readFileString(`${directory}/${files[0]}`)
      assert.include(text, "kept")
      assert.notInclude(text, "remaining")
    }).pipe(Effect.provide(NodeContext.layer))
  )

  it.scoped("asks again where an entry is torn, empty, or of another form, and mends it", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const directory = yield* folder
      yield* run(directory, complete(ask("a")), [answer])
      const [name] = yield* fs.readDirectory(directory)
      const path = `${directory}/${name}`
      const whole = yield* fs.readFileString(path)
      const spoiled = ["", whole.slice(0, whole.length / 2), "[]", "[{},null]", whole.replace('"stop"', '"perhaps"')]
      yield* Effect.forEach(spoiled, (text, k) =>
        Effect.gen(function* () {
          yield* fs.writeFileString(path, text)
          const found = yield* run(directory, Effect.all([complete(ask("a")), counts]), [`anew ${k}`])
          assert.strictEqual(found[0].content, `anew ${k}`)
          assert.strictEqual(found[1].misses, 1)
          assert.strictEqual((yield* run(directory, complete(ask("a")), [])).content, `anew ${k}`)
        })
      )
    }).pipe(Effect.provide(NodeContext.layer))
  )

  it.effect("gives the answer all the same when it cannot be kept, and counts that (case 74)", () =>
    Effect.gen(function* () {
      const answered = yield* complete(ask("a"))
      assert.strictEqual(answered.content, "1")
      assert.deepInclude(yield* counts, { misses: 1, unwritten: 1, unreadable: 1 })
    }).pipe(
      Effect.provide(
        LlmCached.layerPersisted().pipe(
          Layer.provide(counting()),
          Layer.provide(
            Layer.succeed(Persistence.ResultPersistence, {
              [Persistence.ResultPersistenceTypeId]: Persistence.ResultPersistenceTypeId,
              make: () => {
                const broken = Effect.fail(Persistence.PersistenceBackingError.make("any", "ENOSPC"))
                return Effect.succeed({
                  get: () => broken,
                  getMany: () => broken,
                  set: () => broken,
                  setMany: () => broken,
                  remove: () => broken,
                  clear: broken
                })
              }
            })
          )
        )
      )
    )
  )

  it.scoped("says what to do about a folder that cannot be one", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = `${yield* folder}/file`
      yield* fs.writeFileString(path, "")
      const exit = yield* Effect.exit(run(`${path}/sub`, complete(ask("a")), ["never"]))
      assert.isTrue(Exit.isFailure(exit))
      const error = yield* Effect.flip(Effect.asVoid(exit))
      assert.strictEqual(error.reason, "Misconfigured")
      assert.include(error.message, path)
    }).pipe(Effect.provide(NodeContext.layer))
  )
})
