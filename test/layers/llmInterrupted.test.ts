import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import * as BudgetLayer from "../../layers/Budget.js"
import * as Llm from "../../layers/Llm.js"
import * as OptimizerReflective from "../../layers/OptimizerReflective.js"
import { Budget } from "../../services/Budget.js"
import type { LLM } from "../../services/LLM.js"
import * as Example from "../../src/Example.js"
import * as HyperSystem from "../../src/HyperSystem.js"
import * as Llms from "../../src/Llm.js"
import * as Scorer from "../../src/Scorer.js"
import * as OpenAiServer from "../utils/OpenAiServer.js"

const answered = 5

const examples = Array.from({ length: 12 }, (_, k) => Example.make(`question ${k}`, "right"))

/** A server that answers the first few, and then leaves everyone waiting. */
const world = Effect.gen(function* () {
  const server = yield* OpenAiServer.make({
    script: (request, index) => (index < answered ? OpenAiServer.completion("right")(request) : OpenAiServer.silence)
  })
  const llm = Llm.layer({
    openAi: {
      providers: { local: { baseUrl: server.baseUrl } },
      prices: { "local/m": { prompt: 1, completion: 1 }, "local/r": { prompt: 1, completion: 1 } }
    }
  })
  return { server, llm }
})

const ask = Llms.makeLlmCompletion("local/m", { name: "ask", settings: { maxTokens: 10 } })

const system = HyperSystem.make("asking", { run: (question: string) => ask(question), hyperfunctions: [ask] })

/** Runs until all requests of a moment have arrived, interrupts, and looks at the server and at the budget. */
const interrupted = <A, E>(run: Effect.Effect<A, E, LLM>) =>
  Effect.gen(function* () {
    const { llm, server } = yield* world
    const budget = yield* BudgetLayer.make({ usd: 1, calls: 100 })
    const fiber = yield* Effect.fork(run.pipe(Effect.provide(llm), Effect.provideService(Budget, budget)))
    yield* Effect.repeat(server.requests, {
      until: ({ length }) => length === examples.length,
      schedule: Schedule.spaced("1 millis")
    })
    const during = yield* budget.remaining
    const exit = yield* Fiber.interrupt(fiber)
    const outcomes = yield* Effect.flatMap(
      server.requests,
      Effect.forEach(({ outcome }) => outcome)
    )
    return { exit, outcomes, during, after: yield* budget.remaining, spent: yield* budget.spent }
  }).pipe(Effect.scoped)

describe("a run that is interrupted", () => {
  const evaluated = HyperSystem.evaluate(system, examples, Scorer.exactMatch(), { concurrency: 100 })
  const optimized = HyperSystem.optimize(system, examples, Scorer.exactMatch(), { concurrency: 100 })
  const runs = {
    evaluate: Effect.asVoid(evaluated),
    optimize: Effect.asVoid(Effect.provide(optimized, OptimizerReflective.layer({ model: "local/r" })))
  }
  for (const [name, run] of Object.entries(runs)) {
    it.live(`closes its connections and gives back what it had reserved (${name})`, () =>
      Effect.gen(function* () {
        const { after, during, exit, outcomes, spent } = yield* interrupted(run)
        assert.isTrue(Exit.isInterrupted(exit))
        assert.strictEqual(outcomes.filter((outcome) => outcome === "answered").length, answered)
        assert.strictEqual(outcomes.filter((outcome) => outcome === "aborted").length, examples.length - answered)
        assert.strictEqual(during.calls, 100 - examples.length)
        assert.strictEqual(after.calls, 100 - answered)
        assert.strictEqual(spent.calls, answered)
        assert.isAbove(after.usd!, during.usd!)
      })
    )
  }
})
