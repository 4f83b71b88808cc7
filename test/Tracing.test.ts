import { assert, describe, it } from "@effect/vitest"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as LlmRateLimited from "../layers/LlmRateLimited.js"
import * as LlmScripted from "../layers/LlmScripted.js"
import * as LlmTraced from "../layers/LlmTraced.js"
import * as OptimizerEvolution from "../layers/OptimizerEvolution.js"
import { LLM } from "../services/LLM.js"
import * as Candidate from "../src/Candidate.js"
import * as Hyperfunction from "../src/Hyperfunction.js"
import * as HyperSystem from "../src/HyperSystem.js"
import { LMParams } from "../src/LMParams.js"
import * as Scorer from "../src/Scorer.js"
import * as Tracing from "../src/Tracing.js"
import { collect, tree } from "./utils/spans.js"

const draft = Hyperfunction.make("draft", {
  params: LMParams.space,
  run: (params, text: string) =>
    Effect.flatMap(LLM, (llm) =>
      Effect.map(
        llm.complete({
          model: "openai/m",
          messages: [{ role: "user", content: text }],
          settings: { temperature: params.temperature }
        }),
        ({ content }) => content
      )
    )
})

const polish = Hyperfunction.make("polish", {
  params: LMParams.space,
  run: (_, text: string) => Effect.succeed(`${text}!`)
})

const system = HyperSystem.make("writer", { run: (text: string) => Effect.flatMap(draft(text), polish) })

const examples = ["a", "b", "c"].map((input) => ({ input, expected: input }))

const metric = Scorer.make("short", (output: string) => ({ score: 1 / (1 + output.length), feedback: "too long" }))

const llm = Layer.provide(
  LlmTraced.layer,
  LlmScripted.layer(() => ({ content: "x", usage: { prompt: 10, completion: 5 }, cost: 0.5 }))
)

const candidates = Array.from({ length: 4 }, (_, k) => {
  const start = Candidate.defaults()
  return Candidate.set(start, draft, new LMParams({ ...Candidate.get(start, draft), temperature: k / 10 }))
})

class Busy extends Data.TaggedError("Busy") {}

describe("Tracing", () => {
  it.effect("makes a tree of a run: the system, its hyperfunctions, their models", () =>
    Effect.gen(function* () {
      const { spans } = yield* collect(system.run("a"))
      assert.deepStrictEqual(tree(spans), ["invoke_workflow writer", "  draft", "    chat m", "  polish"])
      assert.strictEqual(new Set(spans.map(({ trace }) => trace)).size, 1)
      const root = spans.find(({ name }) => name === "invoke_workflow writer")!
      assert.deepStrictEqual(root.attributes, {
        "gen_ai.operation.name": "invoke_workflow",
        "gen_ai.agent.name": "writer"
      })
    }).pipe(Effect.provide(llm))
  )

  it.effect("makes spans of the runs of a single candidate, under one with statistics", () =>
    Effect.gen(function* () {
      const { spans } = yield* collect(HyperSystem.evaluate(system, examples, metric))
      assert.deepStrictEqual(tree(spans), [
        "evaluate writer",
        ...examples.flatMap(() => ["  invoke_workflow writer", "    draft", "      chat m", "    polish"])
      ])
      const runs = spans.filter(({ name }) => name === "invoke_workflow writer")
      assert.deepStrictEqual(runs.map(({ attributes }) => attributes["hyperfunc.example"]).sort(), [0, 1, 2])
      assert.deepInclude(spans.at(-1)!.attributes, {
        "hyperfunc.candidates": 1,
        "hyperfunc.runs": 3,
        "hyperfunc.failures": 0,
        "hyperfunc.reward.mean": 1 / 3,
        "hyperfunc.llm.calls": 3,
        "hyperfunc.llm.input_tokens": 30,
        "hyperfunc.cost_usd": 1.5
      })
    }).pipe(Effect.provide(llm))
  )

  it.effect("writes scores as events, and feedback only where content is asked for", () =>
    Effect.gen(function* () {
      const scored = (settings: Tracing.Settings) =>
        Effect.map(collect(Tracing.provide(HyperSystem.evaluate(system, examples, metric), settings)), ({ spans }) =>
          spans.at(-1)!.events.map(({ attributes, name }) => ({ name, ...attributes }))
        )
      const event = {
        name: "gen_ai.evaluation.result",
        "gen_ai.evaluation.name": "short",
        "gen_ai.evaluation.score.value": 1 / 3
      }
      assert.deepStrictEqual(yield* scored({}), [event, event, event])
      assert.propertyVal((yield* scored({ content: {} }))[0], "gen_ai.evaluation.explanation", "too long")
    }).pipe(Effect.provide(llm))
  )

  it.effect("E108: makes one span of a population, and none of what its runs do, user's own included", () =>
    Effect.gen(function* () {
      const own = HyperSystem.make("own", {
        run: (text: string) => Effect.withSpan(Effect.flatMap(draft(text), polish), "mine")
      })
      const { spans } = yield* collect(HyperSystem.evaluatePopulation(own, candidates, examples, metric))
      assert.deepStrictEqual(tree(spans), ["evaluate own"])
      assert.deepStrictEqual(spans[0].events, [])
      assert.deepInclude(spans[0].attributes, {
        "hyperfunc.candidates": 4,
        "hyperfunc.runs": 12,
        "hyperfunc.failures": 0,
        "hyperfunc.llm.calls": 12,
        "hyperfunc.cost_usd": 6
      })
    }).pipe(Effect.provide(llm))
  )

  it.effect("makes spans of all runs, or of none, where that is asked for", () =>
    Effect.gen(function* () {
      const all = HyperSystem.evaluatePopulation(system, candidates, examples, metric).pipe(
        Tracing.provide({ runs: "all" })
      )
      const { spans } = yield* collect(all)
      const runs = spans.filter(({ name }) => name === "invoke_workflow writer")
      assert.strictEqual(runs.length, 12)
      assert.deepStrictEqual(
        [...new Set(runs.map(({ attributes }) => attributes["hyperfunc.candidate"]))].sort(),
        [0, 1, 2, 3]
      )
      const none = yield* collect(Tracing.provide(HyperSystem.evaluate(system, examples, metric), { runs: "none" }))
      assert.deepStrictEqual(tree(none.spans), ["evaluate writer"])
    }).pipe(Effect.provide(llm))
  )

  it.effect("makes a span of every generation, with its rewards, in that of the optimization", () =>
    Effect.gen(function* () {
      const optimized = HyperSystem.optimize(system, examples, metric)
      const { spans } = yield* collect(Tracing.provide(optimized, { runs: "none" }))
      const top = spans.find(({ name }) => name === "optimize writer")!
      const generations = spans.filter(({ name }) => name === "generation")
      assert.deepStrictEqual(
        generations.map(({ attributes, parent }) => [attributes["hyperfunc.generation"], parent]),
        [
          [1, top.id],
          [2, top.id]
        ]
      )
      const reports = yield* Stream.runCollect(HyperSystem.optimizeStream(system, examples, metric))
      const [, first, second] = [...reports]
      for (const [k, report] of [first, second].entries()) {
        assert.deepInclude(generations[k].attributes, {
          "hyperfunc.reward.mean": report.reward.mean,
          "hyperfunc.reward.max": report.reward.max,
          "hyperfunc.failures": 0,
          "hyperfunc.score": report.score
        })
        assert.isTrue(spans.some(({ name, parent }) => name === "evaluate writer" && parent === generations[k].id))
      }
      assert.strictEqual(top.attributes["hyperfunc.generations"], 2)
      const costs = generations.map(({ attributes }) => Number(attributes["hyperfunc.cost_usd"]))
      assert.isAbove(Math.min(...costs), 0)
    }).pipe(
      Effect.provide(
        Layer.merge(
          llm,
          OptimizerEvolution.layer({ generations: 2, population: 4, sigma: 0.1, learningRate: 0.1, seed: 1 })
        )
      )
    )
  )

  it.effect("ends the spans of an optimization that fails or is interrupted", () =>
    Effect.gen(function* () {
      const broken = HyperSystem.make("broken", { run: () => Effect.zipRight(polish("a"), Effect.fail("no" as const)) })
      const { exit, spans } = yield* collect(
        Effect.asVoid(HyperSystem.optimize(broken, [{ input: 1, expected: "a" }], metric))
      )
      assert.isTrue(Exit.isFailure(exit))
      assert.strictEqual(spans.at(-1)!.name, "optimize broken")
      assert.property(spans.at(-1)!.attributes, "error.type")
    }).pipe(
      Effect.provide(
        OptimizerEvolution.layer({ generations: 2, population: 4, sigma: 0.1, learningRate: 0.1, seed: 1 })
      )
    )
  )

  it.effect("makes a span of every attempt of a policy", () =>
    Effect.gen(function* () {
      let calls = 0
      const flaky = Hyperfunction.make("flaky", {
        params: LMParams.space,
        run: () => Effect.suspend(() => (++calls < 3 ? Effect.fail(new Busy()) : Effect.succeed(calls)))
      }).pipe(Hyperfunction.withRetry(Schedule.recurs(5)))
      const { spans } = yield* collect(Effect.withSpan(flaky(), "outer"))
      assert.deepStrictEqual(tree(spans), ["outer", "  flaky", "  flaky", "  flaky"])
      assert.deepStrictEqual(
        spans.slice(0, 3).map(({ attributes }) => attributes["error.type"]),
        ["Busy", "Busy", undefined]
      )
    })
  )

  it.live("E107: keeps calls under who made them, through fibers, queues of work and waiting for a limit", () =>
    Effect.gen(function* () {
      const limited = LlmTraced.layer.pipe(
        Layer.provide(LlmRateLimited.layer({})),
        Layer.provide(LlmScripted.layer(() => Effect.as(Effect.sleep("1 millis"), "x")))
      )
      const jobs = yield* Queue.unbounded<Effect.Effect<unknown, unknown, LLM>>()
      const program = Effect.gen(function* () {
        const worker = yield* Effect.fork(Effect.forever(Effect.flatMap(Queue.take(jobs), Effect.ignore)))
        yield* Effect.forEach(
          ["a", "b", "c"],
          (job) =>
            Effect.gen(function* () {
              const span = yield* Effect.currentSpan
              yield* Queue.offer(jobs, Effect.withParentSpan(system.run(job), span))
              yield* Effect.fork(system.run(job)).pipe(Effect.flatMap(Fiber.join))
            }).pipe(Effect.withSpan(`job ${job}`)),
          { concurrency: "unbounded" }
        )
        while ((yield* Queue.size(jobs)) > 0) yield* Effect.sleep("1 millis")
        yield* Effect.sleep("20 millis")
        yield* Fiber.interrupt(worker)
      }).pipe(Effect.provide(limited))
      const { spans } = yield* collect(program)
      const under = ["  invoke_workflow writer", "    draft", "      chat m", "    polish"]
      const byTrace = (job: string) => {
        const { trace } = spans.find(({ name }) => name === `job ${job}`)!
        return tree(spans.filter((span) => span.trace === trace))
      }
      for (const job of ["a", "b", "c"]) assert.deepStrictEqual(byTrace(job), [`job ${job}`, ...under, ...under])
    })
  )

  it.effect("names the turns of agents, tools and memories as the conventions do", () =>
    Effect.gen(function* () {
      const turn = Effect.void.pipe(
        Tracing.tool("weather", { callId: "c1" }),
        Tracing.memory("search_memory", "notes"),
        Effect.tap(() => Tracing.metric("hits", 3)),
        Tracing.agent("helper", { conversation: "c-7" })
      )
      const { spans } = yield* collect(turn)
      assert.deepStrictEqual(tree(spans), ["invoke_agent helper", "  search_memory notes", "    execute_tool weather"])
      assert.deepInclude(spans[2].attributes, { "gen_ai.conversation.id": "c-7", "hyperfunc.metric.hits": 3 })
    })
  )

  it.effect("E101: writes down inputs and outputs of hyperfunctions only where that is asked for", () =>
    Effect.gen(function* () {
      const plain = yield* collect(polish("classified"))
      assert.notInclude(JSON.stringify(plain.spans.map(({ attributes }) => attributes)), "classified")
      const { spans } = yield* collect(Tracing.provide(polish("classified"), { content: { maxLength: 5 } }))
      assert.deepInclude(spans[0].attributes, {
        "hyperfunc.input": "class… (5 more characters)",
        "hyperfunc.output": "class… (6 more characters)"
      })
    })
  )
})
