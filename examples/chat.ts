/**
 * A support desk that remembers: customers write again and take for known what they told in earlier conversations. What was
 * said is kept in a memory on SQLite, each customer alone, and recalled for every message.
 *
 * The instruction is tuned with memory on customers of whom one half is held out. By default the model is a simulated one;
 * `--model openai/gpt-4o-mini` asks a real one.
 */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Budgets from "../layers/Budget.js"
import * as MemorySqlite from "../layers/MemorySqlite.js"
import * as OptimizerReflective from "../layers/OptimizerReflective.js"
import { Memory } from "../services/Memory.js"
import * as ChatSystem from "../src/ChatSystem.js"
import type { ConversationResult } from "../src/Conversation.js"
import { Budget, Candidate, HyperSystem, Predict, Signature } from "../src/index.js"
import { served } from "./lib/care.js"
import * as ChatReport from "./lib/chatReport.js"
import { type Customer, customers } from "./lib/customers.js"
import * as Model from "./lib/model.js"
import type { Program, Settings } from "./lib/program.js"
import * as Search from "./lib/search.js"
import { simulatedCare } from "./lib/simulatedCare.js"

const CUSTOMERS = 60

/** In US dollars. */
const BUDGET = 0.5

/** What is recalled for a message. */
const MEMORY = { limit: 3, maxChars: 1200 }

const REPORT = "out/chat/report.html"

const deskOf = (model: string) => {
  const answer = Predict.make(
    "answer",
    Signature.make({
      instruction: "Answer the customer in one or two friendly sentences.",
      inputs: {
        notes: Schema.String.annotations({ description: "from earlier conversations with this customer" }),
        message: Schema.String
      },
      outputs: { reply: Schema.String }
    }),
    { model, repair: true, settings: { maxTokens: 150 } }
  )
  const respond = ({ memoryContext, message }: ChatSystem.ChatTurn) =>
    Effect.map(answer({ notes: memoryContext, message }), ({ reply }) => reply)
  return {
    answer,
    remembering: ChatSystem.make("desk", { respond, hyperfunctions: [answer], memory: MEMORY }),
    forgetful: ChatSystem.make("desk", { respond, hyperfunctions: [answer] })
  }
}

type Desk = ReturnType<typeof deskOf>

const prompts = (model: string, seed: number) =>
  OptimizerReflective.layer({
    model,
    generations: 6,
    batch: 6,
    demonstrations: 0,
    settings: { temperature: 1, maxTokens: 600 },
    seed
  })

/** What customers said before today: the desk answers, and remembers. */
const past = ({ remembering }: Desk, all: ReadonlyArray<Customer>) =>
  Effect.forEach(
    all,
    ({ earlier, tenant }) =>
      Effect.forEach(earlier, (conversation, k) =>
        remembering.run({ tenant, id: `conversation ${k + 1}`, conversation })
      ),
    { discard: true }
  )

/** What customers get to see of others: recalled entries of other tenants, and those that name the order of another. */
const leaksOf = (all: ReadonlyArray<Customer>) =>
  Effect.gen(function* () {
    const memory = yield* Memory
    const recalled = yield* Effect.forEach(all, ({ example, order, tenant }) =>
      Effect.map(
        Effect.forEach(example.input.conversation, (message) => memory.recall(tenant, message, { limit: 50 })),
        (answers) => answers.flat().map(({ entry }) => ({ entry, order, tenant }))
      )
    )
    const leaks = recalled.flat().filter(({ entry, order, tenant }) => {
      const others = (entry.content.match(/NW-\d+/g) ?? []).filter((named) => named !== order)
      return entry.tenant !== tenant || others.length > 0
    })
    return { recalled: recalled.flat().length, leaks: leaks.length }
  })

/** What was said today with a customer, before and after, and what was remembered on it. */
const exchangesOf = (
  { example }: Customer,
  before: Exit.Exit<ConversationResult, unknown>,
  after: Exit.Exit<ConversationResult, unknown>
) =>
  Effect.gen(function* () {
    const memory = yield* Memory
    const [first, second] = yield* Effect.all([before, after])
    return yield* Effect.forEach(example.input.conversation, (message, k) =>
      Effect.map(memory.recall(example.input.tenant, message, { limit: MEMORY.limit }), (memories) => ({
        message,
        memories,
        before: first.history[2 * k + 1].content,
        after: second.history[2 * k + 1].content
      }))
    )
  })

const tune = (model: string, { say, seed }: Settings) =>
  Effect.gen(function* () {
    const budget = yield* Budget
    const memory = yield* Memory
    const desk = deskOf(model)
    const { all, test, train } = customers(seed, CUSTOMERS)
    const [learnt, heldOut] = [train, test].map((half) => half.map(({ example }) => example))
    yield* say(`${train.length} customers to learn from, ${test.length} held out; ${model}, seed ${seed}`)
    yield* past(desk, all)
    const memories = yield* Effect.reduce(all, 0, (sum, { tenant }) =>
      Effect.map(memory.count(tenant), (count) => sum + count)
    )
    yield* say(`${memories} memories of ${all.length} customers from earlier conversations`)

    const options = { seed, concurrency: 8 }
    const measure = (system: Desk["remembering"], name: string) =>
      Effect.tap(HyperSystem.evaluate(system, heldOut, served, options), ({ score }) =>
        say(`${name}: held-out score ${score.toFixed(3)}`)
      )
    const without = yield* measure(desk.forgetful, "without memory")
    const before = yield* measure(desk.remembering, "with memory")
    const best = yield* Search.last(HyperSystem.optimizeStream(desk.remembering, learnt, served, options), (report) =>
      Effect.flatMap(budget.spent, ({ usd }) => Effect.forEach(Search.lines(report, usd), say, { discard: true }))
    ).pipe(
      Effect.map(Option.match({ onNone: () => Candidate.defaults(), onSome: ({ best }) => best.candidate })),
      Effect.provide(prompts(model, seed))
    )
    const tuned = HyperSystem.withCandidate(desk.remembering, best)
    const withoutTuned = yield* measure(HyperSystem.withCandidate(desk.forgetful, best), "tuned, without memory")
    const after = yield* measure(tuned, "tuned, with memory")
    const { leaks, recalled } = yield* leaksOf(all)
    const seen = `${leaks} of ${recalled} recalled memories were another customer's`
    yield* say(seen)

    const instruction = yield* Predict.toMarkdown(desk.answer, HyperSystem.paramsOf(tuned, desk.answer))
    yield* say(instruction)
    const [first] = test
    const path = yield* ChatReport.write(REPORT, {
      scores: { "without memory": without.score, "with memory": before.score, tuned: after.score },
      earlier: first.earlier,
      exchanges: yield* exchangesOf(first, before.outputs[0], after.outputs[0]),
      instruction,
      leaks: seen
    })
    return { memories, without, withoutTuned, before, after, leaks, recalled, path }
  })

export const chat: Program = {
  name: "chat",
  run: (settings) => {
    const { model = Model.SIMULATED, say } = settings
    return Effect.gen(function* () {
      const fileSystem = yield* FileSystem.FileSystem
      const scratch = yield* fileSystem.makeTempDirectoryScoped({ prefix: "hyperfunc-chat-" })
      const [elapsed, measured] = yield* tune(model, settings).pipe(
        Effect.provide(MemorySqlite.layer({ filename: `${scratch}/memory.db` })),
        Effect.timed
      )
      const { calls, cost, costs } = yield* Effect.flatMap(Budget, Search.spendingOf)
      const { after, before, leaks, memories, path, recalled, without, withoutTuned } = measured
      const seconds = Duration.toSeconds(elapsed)
      yield* say(
        `held-out score ${without.score.toFixed(3)} without memory, ${before.score.toFixed(3)} with it, ${after.score.toFixed(3)} tuned, in ${seconds.toFixed(0)} s`
      )
      yield* say(
        `${calls} calls, ${Search.dollars(cost)}: ${Search.dollars(costs.task)} for customers, ${Search.dollars(costs.reflection)} for thinking about prompts`
      )
      yield* say(`report: ${path}`)
      return {
        model,
        without: without.score,
        before: before.score,
        after: after.score,
        tunedWithout: withoutTuned.score,
        memories,
        recalled,
        leaks,
        calls,
        cost,
        costs,
        seconds,
        report: path
      }
    }).pipe(
      Effect.scoped,
      Effect.provide(Layer.merge(Model.layer(model, simulatedCare), Budgets.layer({ name: "chat", usd: BUDGET })))
    )
  }
}
