import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as BudgetLayer from "../../layers/Budget.js"
import * as LlmBudgeted from "../../layers/LlmBudgeted.js"
import * as LlmDryRun from "../../layers/LlmDryRun.js"
import * as LlmOpenAi from "../../layers/LlmOpenAi.js"
import * as LlmRetried from "../../layers/LlmRetried.js"
import { Budget, type BudgetError, type Limits } from "../../services/Budget.js"
import { type Completion, LLM, LLMError, type LLMService, type Request } from "../../services/LLM.js"
import * as OpenAiServer from "../utils/OpenAiServer.js"

const request: Request = {
  model: "test/model",
  messages: [{ role: "user", content: "x".repeat(300) }],
  settings: { maxTokens: 100 }
}

/** 300 bytes at three a token, 8 of the message, and 3 of no tools and no format. */
const prompt = 111

const answer: Completion = {
  content: "y".repeat(30),
  toolCalls: [],
  finishReason: "stop",
  model: "m",
  usage: { prompt: 80, completion: 20 }
}

const price = { prompt: 1, cached: 0.5, completion: 10 }

const error = (reason: LLMError["reason"], partial?: string): LLMError =>
  new LLMError({
    reason,
    model: "test/model",
    detail: reason,
    cure: "None",
    ...(partial === undefined ? {} : { partial })
  })

const scripted = (
  outcome: Effect.Effect<Completion, LLMError>,
  stream: Stream.Stream<string, LLMError> = Stream.empty
) => {
  let calls = 0
  const count = <A>(value: A): A => {
    calls += 1
    return value
  }
  const llm: LLMService = { complete: () => count(outcome), stream: () => count(stream) }
  return { llm, calls: () => calls }
}

/** Runs a program over a model in a budget, and tells what was spent and is left. */
const within = <A>(
  llm: LLMService,
  limits: Limits,
  program: (llm: LLMService) => Effect.Effect<A, LLMError | BudgetError>,
  options: LlmBudgeted.Options = { priceOf: () => price }
) =>
  Effect.gen(function* () {
    const outcome = yield* Effect.either(
      Effect.flatMap(LLM, program).pipe(
        Effect.provide(LlmBudgeted.layer(options).pipe(Layer.provide(Layer.succeed(LLM, llm))))
      )
    )
    const budget = yield* Budget
    return { outcome, spent: yield* budget.spent, ledger: yield* budget.ledger, remaining: yield* budget.remaining }
  }).pipe(BudgetLayer.within(limits))

const complete = (llm: LLMService) => llm.complete(request)

const text = (llm: LLMService) => Effect.map(Stream.runCollect(llm.stream(request)), (pieces) => [...pieces].join(""))

const reasonOf = (outcome: { readonly _tag: "Left"; readonly left: unknown } | { readonly _tag: "Right" }) =>
  outcome._tag === "Left" && outcome.left instanceof LLMError ? outcome.left.reason : "none"

describe("LlmBudgeted", () => {
  it.effect("passes calls through where there is no budget", () =>
    Effect.gen(function* () {
      const llm = LlmBudgeted.make(scripted(Effect.succeed(answer), Stream.make("a", "b")).llm)
      assert.deepStrictEqual(yield* complete(llm), answer)
      assert.strictEqual(yield* text(llm), "ab")
    })
  )

  it.effect("charges what the provider reports, at the model's price, under the request's purpose", () =>
    Effect.gen(function* () {
      const { llm } = scripted(Effect.succeed(answer))
      const { ledger, remaining, spent } = yield* within(llm, { calls: 5, tokens: 1000, usd: 1 }, (llm) =>
        Effect.zipRight(complete(llm), llm.complete({ ...request, purpose: "judge" }))
      )
      assert.deepInclude(ledger.task, { calls: 1, tokens: 100, usd: 0.00028, estimated: 0 })
      assert.deepInclude(ledger.judge, { calls: 1, tokens: 100, usd: 0.00028 })
      assert.deepStrictEqual(spent.unknown, { tokens: 0, usd: 0 })
      assert.deepStrictEqual(remaining, { calls: 3, tokens: 800, usd: 1 - 0.00056 })
    })
  )

  it.effect("knows the prices of well-known models, and what cached tokens cost", () =>
    Effect.gen(function* () {
      const usage = { prompt: 1_000_000, completion: 0, cached: 400_000 }
      const { llm } = scripted(Effect.succeed({ ...answer, usage }))
      const known = (llm: LLMService) => llm.complete({ ...request, model: "openai/gpt-4o-mini" })
      assert.approximately((yield* within(llm, {}, known, {})).spent.usd, 0.6 * 0.15 + 0.4 * 0.075, 1e-9)
      assert.approximately((yield* within(llm, {}, complete)).spent.usd, 0.8, 1e-9)
    })
  )

  it.effect("believes the cost that comes with an answer rather than the price", () =>
    Effect.gen(function* () {
      const { llm } = scripted(Effect.succeed({ ...answer, cost: 0.001 }))
      assert.strictEqual((yield* within(llm, {}, complete)).spent.usd, 0.001)
    })
  )

  it.effect("refuses a call that may need more than is left, before it is made", () =>
    Effect.gen(function* () {
      for (const [limits, limit] of [
        [{ tokens: prompt + 99 }, "tokens"],
        [{ usd: 0.0011 }, "USD"],
        [{ calls: 0 }, "calls"]
      ] as const) {
        const { calls, llm } = scripted(Effect.succeed(answer))
        const { outcome } = yield* within(llm, limits, complete)
        assert.strictEqual(reasonOf(outcome), "BudgetExhausted")
        assert.include(String(outcome._tag === "Left" && outcome.left.message), limit)
        assert.strictEqual(calls(), 0)
        assert.strictEqual(reasonOf((yield* within(llm, limits, text)).outcome), "BudgetExhausted")
      }
      const { llm } = scripted(Effect.succeed(answer))
      assert.strictEqual(reasonOf((yield* within(llm, { tokens: prompt + 100 }, complete)).outcome), "none")
    })
  )

  it.effect("expects 4096 tokens, or as many as it is told, of a completion without bound", () =>
    Effect.gen(function* () {
      const { messages, model } = request
      const unbounded = (llm: LLMService) => llm.complete({ messages, model })
      const { llm } = scripted(Effect.succeed(answer))
      const outcome = (tokens: number, options?: LlmBudgeted.Options) =>
        Effect.map(within(llm, { tokens }, unbounded, options), ({ outcome }) => reasonOf(outcome))
      assert.strictEqual(yield* outcome(prompt + 4095), "BudgetExhausted")
      assert.strictEqual(yield* outcome(prompt + 4096), "none")
      assert.strictEqual(yield* outcome(prompt + 50, { maxTokens: 50 }), "none")
    })
  )

  it.effect("says which model has no price where money is limited, and counts its cost as unknown elsewhere", () =>
    Effect.gen(function* () {
      const { calls, llm } = scripted(Effect.succeed(answer))
      const { outcome } = yield* within(llm, { usd: 1 }, complete, {})
      assert.strictEqual(reasonOf(outcome), "Misconfigured")
      assert.include(String(outcome._tag === "Left" && outcome.left.message), "test/model")
      assert.include(String(outcome._tag === "Left" && outcome.left.message), "priceOf")
      assert.strictEqual(calls(), 0)
      const { spent } = yield* within(llm, { tokens: 1000 }, complete, {})
      assert.deepStrictEqual([spent.tokens, spent.usd, spent.unknown.usd], [100, 0, 1])
    })
  )

  it.effect("gives back what a failed or interrupted call had reserved", () =>
    Effect.gen(function* () {
      const limits = { calls: 2, tokens: 1000, usd: 1 }
      const failing = yield* within(scripted(error("Overloaded")).llm, limits, complete)
      assert.deepStrictEqual(failing.remaining, limits)
      const hanging = yield* within(scripted(Effect.never).llm, limits, (llm) =>
        Effect.gen(function* () {
          const fiber = yield* Effect.fork(complete(llm))
          yield* Effect.repeatN(Effect.yieldNow(), 20)
          const budget = yield* Effect.serviceOption(Budget)
          const during = budget._tag === "Some" ? yield* budget.value.remaining : {}
          yield* Fiber.interrupt(fiber)
          return during
        })
      )
      assert.deepStrictEqual(hanging.outcome._tag === "Right" && hanging.outcome.right.calls, 1)
      assert.deepStrictEqual(hanging.remaining, limits)
    })
  )

  it.effect("charges by estimate what was answered and cannot be used, or has no usage", () =>
    Effect.gen(function* () {
      for (const reason of [
        "Refusal",
        "ContentFilter",
        "Interrupted",
        "InvalidReply",
        "TooLarge",
        "Undecodable"
      ] as const) {
        const unmeasured = yield* within(scripted(error(reason)).llm, { tokens: 1000 }, complete)
        assert.deepInclude(unmeasured.spent, { calls: 1, tokens: prompt + 100, estimated: 1 }, reason)
      }
      const partly = yield* within(scripted(error("ContentFilter", "y".repeat(30))).llm, { tokens: 1000 }, complete)
      assert.deepInclude(partly.spent, { calls: 1, tokens: prompt + 10, estimated: 1 })
      const { usage: _, ...silent } = answer
      const answered = yield* within(scripted(Effect.succeed(silent)).llm, { tokens: 1000 }, complete)
      assert.deepInclude(answered.spent, { calls: 1, tokens: prompt + 10, estimated: 1 })
    })
  )

  it.effect("charges what the provider reports with an answer that cannot be used", () =>
    Effect.gen(function* () {
      for (const reason of ["Refusal", "InvalidReply", "Overloaded"] as const) {
        const spent = new LLMError({ ...error(reason), usage: { prompt: 80, completion: 20 } })
        const priced = yield* within(scripted(spent).llm, {}, complete)
        assert.deepInclude(priced.spent, { calls: 1, tokens: 100, usd: 0.00028, estimated: 0 }, reason)
        const told = yield* within(scripted(new LLMError({ ...spent, cost: 0.5 })).llm, {}, complete)
        assert.strictEqual(told.spent.usd, 0.5)
      }
    })
  )

  it.effect(
    "charges the prompt alone of a request that the provider's filter refused, and nothing of other refusals",
    () =>
      Effect.gen(function* () {
        const refused = (reason: LLMError["reason"]) =>
          within(scripted(new LLMError({ ...error(reason), status: 400 })).llm, { tokens: 1000 }, complete)
        assert.deepInclude((yield* refused("ContentFilter")).spent, { calls: 1, tokens: prompt, estimated: 1 })
        assert.deepInclude((yield* refused("BadRequest")).spent, { calls: 0, tokens: 0 })
      })
  )

  it.scopedLive("keeps to the limit where every answer is paid for and none can be used", () =>
    Effect.gen(function* () {
      const usage = { prompt_tokens: 10, completion_tokens: 3990 }
      const refusal = { choices: [{ message: { content: null, refusal: "no" } }], usage }
      for (const [reply, sent, tokens] of [
        [OpenAiServer.json(refusal), 2, 8000],
        [OpenAiServer.json({ choices: [], usage }), 2, 8000],
        [OpenAiServer.raw(JSON.stringify(refusal).slice(0, -5)), 2, 2 * (4096 + 5)]
      ] as const) {
        const server = yield* OpenAiServer.make({ script: reply })
        const openAi = yield* LlmOpenAi.make({ providers: { local: { baseUrl: server.baseUrl } } })
        const { outcome, spent } = yield* within(openAi, { tokens: 10_000 }, (llm) =>
          Effect.replicateEffect(
            Effect.map(Effect.either(llm.complete({ model: "local/any", messages: [] })), reasonOf),
            20
          )
        )
        const reasons = outcome._tag === "Right" ? outcome.right : []
        assert.deepStrictEqual(
          [reasons.length, reasons[19], (yield* server.requests).length],
          [20, "BudgetExhausted", sent]
        )
        assert.isAtLeast(spent.tokens, 8000)
        assert.isAtMost(spent.tokens, tokens)
      }
    })
  )

  it.effect("bounds completions by whole numbers of at least 1, and by its own bound where that is no number", () =>
    Effect.gen(function* () {
      const boundOf = (maxTokens: number, options: LlmBudgeted.Options = {}) =>
        Effect.gen(function* () {
          const asked: Array<Request> = []
          const llm: LLMService = {
            complete: (request) =>
              Effect.as(
                Effect.sync(() => asked.push(request)),
                answer
              ),
            stream: () => Stream.empty
          }
          const { outcome } = yield* within(
            llm,
            { tokens: 10_000 },
            (llm) => llm.complete({ ...request, settings: { maxTokens } }),
            options
          )
          return [reasonOf(outcome), asked[0]?.settings?.maxTokens]
        })
      assert.deepStrictEqual(yield* boundOf(NaN), ["none", 4096])
      assert.deepStrictEqual(yield* boundOf(Infinity, { maxTokens: 50 }), ["none", 50])
      assert.deepStrictEqual(yield* boundOf(Infinity, { maxTokens: NaN }), ["none", 4096])
      assert.deepStrictEqual(yield* boundOf(-5), ["none", 1])
      assert.deepStrictEqual(yield* boundOf(10.9), ["none", 10])
    })
  )

  it.effect("has what comes beyond the bound as overshoot", () =>
    Effect.gen(function* () {
      const { llm } = scripted(Effect.succeed({ ...answer, usage: { prompt: 100, completion: 200 } }))
      const { remaining, spent } = yield* within(llm, { tokens: 1000 }, complete)
      assert.strictEqual(spent.overshoot.tokens, 300 - (prompt + 100))
      assert.deepStrictEqual(remaining, { tokens: 700 })
    })
  )

  it.effect("lets as many calls be under way as could all be paid for, and the others wait for what comes back", () =>
    Effect.gen(function* () {
      let inFlight = 0
      let most = 0
      const call = Effect.gen(function* () {
        most = Math.max(most, (inFlight += 1))
        yield* Effect.sleep("1 second")
        inFlight -= 1
        return answer
      })
      const { llm } = scripted(call)
      const fiber = yield* Effect.fork(
        within(llm, { tokens: 2 * (prompt + 100) }, (llm) =>
          Effect.all([complete(llm), complete(llm), complete(llm)], { concurrency: "unbounded" })
        )
      )
      yield* TestClock.adjust("1 second")
      yield* TestClock.adjust("1 second")
      const { outcome, spent } = yield* Fiber.join(fiber)
      assert.strictEqual(reasonOf(outcome), "none")
      assert.deepStrictEqual([most, spent.tokens], [2, 300])
    })
  )

  it.effect("ends a call or a stream that is under way when the time is over", () =>
    Effect.gen(function* () {
      let interrupted = 0
      const noted = Effect.sync(() => (interrupted += 1))
      const { llm } = scripted(
        Effect.onInterrupt(Effect.never, () => noted),
        Stream.concat(Stream.make("yyy"), Stream.fromEffect(Effect.onInterrupt(Effect.never, () => noted)))
      )
      for (const [program, tokens] of [
        [complete, 0],
        [text, prompt + 1]
      ] as const) {
        const discarded = (llm: LLMService) => Effect.asVoid<string | Completion, LLMError, never>(program(llm))
        const fiber = yield* Effect.fork(within(llm, { name: "run", time: "5 seconds" }, discarded))
        yield* TestClock.adjust("5 seconds")
        const { outcome, spent } = yield* Fiber.join(fiber)
        assert.strictEqual(reasonOf(outcome), "BudgetExhausted")
        assert.include(String(outcome._tag === "Left" && outcome.left.message), "time of run")
        assert.strictEqual(spent.tokens, tokens)
      }
      assert.strictEqual(interrupted, 2)
    })
  )

  it.effect("looks up the budget when it is called, so one within another counts", () =>
    Effect.gen(function* () {
      const { llm } = scripted(Effect.succeed(answer))
      const { outcome, spent } = yield* within(llm, { calls: 10 }, (llm) =>
        Effect.zipRight(complete(llm), BudgetLayer.within(complete(llm), { name: "reflection", calls: 0 }))
      )
      assert.include(String(outcome._tag === "Left" && outcome.left.message), "reflection")
      assert.strictEqual(spent.calls, 1)
    })
  )

  it.effect("charges every attempt of a retried call that was answered, and none that was not", () =>
    Effect.gen(function* () {
      const outcomes: ReadonlyArray<Effect.Effect<Completion, LLMError>> = [
        error("Overloaded"),
        error("Network"),
        Effect.succeed(answer)
      ]
      let calls = 0
      const flaky: LLMService = { complete: () => outcomes[calls++], stream: () => Stream.empty }
      const fiber = yield* Effect.fork(
        within(flaky, { calls: 1 }, (llm) => LlmRetried.make(llm, { jitter: 0 }).complete(request))
      )
      yield* TestClock.adjust("500 millis")
      yield* TestClock.adjust("1 second")
      const { outcome, spent } = yield* Fiber.join(fiber)
      assert.strictEqual(reasonOf(outcome), "none")
      assert.deepStrictEqual([calls, spent.calls], [3, 1])
    })
  )

  describe("of a stream", () => {
    const stream = (pieces: Stream.Stream<string, LLMError>, program: typeof text = text) =>
      within(scripted(Effect.never, pieces).llm, { tokens: 1000 }, program)

    it.effect("charges the prompt and what came by estimate, at the end", () =>
      Effect.gen(function* () {
        const { outcome, remaining, spent } = yield* stream(Stream.make("y".repeat(20), "y".repeat(10)))
        assert.deepStrictEqual(outcome._tag === "Right" && outcome.right.length, 30)
        assert.deepInclude(spent, { calls: 1, tokens: prompt + 10, estimated: 1 })
        assert.deepStrictEqual(remaining, { tokens: 1000 - prompt - 10 })
      })
    )

    it.effect("charges nothing if it fails before the first piece, and what came if it breaks off", () =>
      Effect.gen(function* () {
        const failed = yield* stream(Stream.fail(error("Network")))
        assert.strictEqual(reasonOf(failed.outcome), "Network")
        assert.deepStrictEqual(failed.remaining, { tokens: 1000 })
        const broken = yield* stream(Stream.concat(Stream.make("y".repeat(30)), Stream.fail(error("Network"))))
        assert.deepInclude(broken.spent, { calls: 1, tokens: prompt + 10, estimated: 1 })
        const partial = yield* stream(Stream.fail(error("Interrupted", "y".repeat(60))))
        assert.deepInclude(partial.spent, { calls: 1, tokens: prompt + 20, estimated: 1 })
      })
    )

    it.effect("charges what came when the reader leaves or is interrupted, and gives back the rest", () =>
      Effect.gen(function* () {
        const hanging = Stream.concat(Stream.make("y".repeat(30)), Stream.never)
        const left = yield* stream(hanging, (llm) =>
          Effect.map(Stream.runCollect(Stream.take(llm.stream(request), 1)), (pieces) => [...pieces].join(""))
        )
        assert.deepInclude(left.spent, { calls: 1, tokens: prompt + 10 })
        assert.deepStrictEqual(left.remaining, { tokens: 1000 - prompt - 10 })
        const interrupted = yield* stream(hanging, (llm) =>
          Effect.gen(function* () {
            const fiber = yield* Effect.fork(text(llm))
            yield* Effect.repeatN(Effect.yieldNow(), 50)
            yield* Fiber.interrupt(fiber)
            return ""
          })
        )
        assert.deepStrictEqual(interrupted.remaining, { tokens: 1000 - prompt - 10 })
      })
    )
  })
})

describe("LlmDryRun", () => {
  const program = Effect.gen(function* () {
    const llm = yield* LLM
    const { content } = yield* llm.complete(request)
    const json = yield* llm.complete({ ...request, format: { name: "answer", schema: {} }, purpose: "judge" })
    return [content, yield* text(llm), json.content]
  })

  it.effect("tells what a program would cost without a call, with completions as long as they may be", () =>
    Effect.gen(function* () {
      const { exit, ledger, spent } = yield* LlmDryRun.dryRun(program, { priceOf: () => price })
      assert.deepStrictEqual(yield* exit, ["", "", "{}"])
      const each = Math.ceil(307 / 4)
      assert.deepInclude(spent, { calls: 3, tokens: 3 * (each + 100) })
      assert.strictEqual(ledger.judge.calls, 1)
      assert.approximately(spent.usd, (3 * (each + 1000)) / 1e6, 1e-9)
      const unpriced = yield* LlmDryRun.dryRun(program)
      assert.deepStrictEqual(unpriced.spent.unknown, { tokens: 0, usd: 3 })
    })
  )

  it.effect("answers what it is told to, and still tells the cost of a program that fails", () =>
    Effect.gen(function* () {
      const failing = Effect.flatMap(program, (contents) => Effect.fail(contents))
      const { exit, spent } = yield* LlmDryRun.dryRun(failing, { answer: ({ purpose = "task" }) => purpose })
      assert.deepStrictEqual(yield* Effect.flip(exit), ["task", "task", "judge"])
      assert.strictEqual(spent.calls, 3)
    })
  )

  it.effect("says when the program's own budget would be exhausted", () =>
    Effect.gen(function* () {
      const { exit } = yield* LlmDryRun.dryRun(BudgetLayer.within(program, { calls: 2 }))
      const failure = yield* Effect.flip(Effect.asVoid(exit))
      assert.strictEqual(failure._tag === "LLMError" && failure.reason, "BudgetExhausted")
    })
  )
})
