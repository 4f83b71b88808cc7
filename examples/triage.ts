/**
 * A support desk of three prompts: one directs a ticket, one reads its facts, one writes the reply. Nobody told them the
 * rules of the house; a reviewer's remarks do.
 *
 * Prompts, demonstrations and temperatures are tuned within a budget in US dollars, and measured on tickets that were never
 * seen. By default the model is a simulated one; `--model openai/gpt-4o-mini` asks a real one.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Budgets from "../layers/Budget.js"
import * as LlmDryRun from "../layers/LlmDryRun.js"
import * as OptimizerEvolution from "../layers/OptimizerEvolution.js"
import * as OptimizerHybrid from "../layers/OptimizerHybrid.js"
import * as OptimizerReflective from "../layers/OptimizerReflective.js"
import * as Report from "../layers/Report.js"
import * as RunLogFile from "../layers/RunLogFile.js"
import * as TracerRecording from "../layers/TracerRecording.js"
import { RunLogger } from "../services/RunLogger.js"
import { Tracer } from "../services/Tracer.js"
import { Budget, HyperSystem, Predict, Signature } from "../src/index.js"
import * as RunLog from "../src/RunLog.js"
import * as Model from "./lib/model.js"
import { Department, review, Urgency } from "./lib/playbook.js"
import type { Program, Settings } from "./lib/program.js"
import * as Search from "./lib/search.js"
import { simulatedDesk } from "./lib/simulatedDesk.js"
import { tickets } from "./lib/tickets.js"

const TICKETS = 120

/** How tickets are run, whatever for. */
const CARE = { concurrency: 16, onFailure: "missing" } as const

/** In US dollars: for everything, and for the search alone, so that there is something left to measure it with. */
const BUDGET = { all: 1, search: 0.9 }

/** Runs of the program that the search for prompts may take. */
const PROMPT_RUNS = 1500

const LOG = "out/triage/run.jsonl"
const REPORT = "out/triage/report.html"

const EVOLUTION = { generations: 6, population: 6, batchSize: 24, scoreEvery: 2 }

const deskOf = (model: string) => {
  const ticket = Schema.String.annotations({ description: "in the customer's words" })
  const order = Schema.String.annotations({ description: 'the order number, or "none"' })
  const route = Predict.make(
    "route",
    Signature.make({
      instruction: "Choose the department that handles the ticket.",
      inputs: { ticket },
      outputs: { department: Department }
    }),
    { model, repair: true, settings: { maxTokens: 20 } }
  )
  const extract = Predict.make(
    "extract",
    Signature.make({
      instruction: "Find the facts of the ticket.",
      inputs: { ticket },
      outputs: { order, urgency: Urgency }
    }),
    { model, repair: true, settings: { maxTokens: 40 } }
  )
  const write = Predict.make(
    "write",
    Signature.make({
      instruction: "Write a short reply to the customer.",
      inputs: { ticket, department: Department, order, urgency: Urgency },
      outputs: { reply: Schema.String }
    }),
    { model, repair: true, settings: { maxTokens: 200 } }
  )
  const system = HyperSystem.make("triage", {
    run: ({ ticket }: { readonly ticket: string }) =>
      Effect.gen(function* () {
        const [{ department }, facts] = yield* Effect.all([route({ ticket }), extract({ ticket })], {
          concurrency: "unbounded"
        })
        const { reply } = yield* write({ ticket, department, ...facts })
        return { department, ...facts, reply }
      }),
    hyperfunctions: [route, extract, write]
  })
  return { system, route, extract, write }
}

type Desk = ReturnType<typeof deskOf>

type Tickets = ReturnType<typeof tickets>["train"]

const prompts = (model: string, seed: number) =>
  OptimizerReflective.layer({
    model,
    generations: 40,
    batch: 6,
    demonstrations: 2,
    evaluations: PROMPT_RUNS,
    settings: { temperature: 1, maxTokens: 1000 },
    seed
  })

const temperatures = (seed: number) =>
  OptimizerEvolution.layer({
    ...EVOLUTION,
    sigma: 0.25,
    learningRate: 0.8,
    failurePolicy: "worstRank",
    only: ["route", "extract", "write"].map((step) => `${step}.settings.temperature`),
    seed
  })

/** Prompts first, then temperatures for these prompts. */
const optimizer = (model: string, seed: number) =>
  OptimizerHybrid.layer({ stages: [prompts(model, seed), temperatures(seed)] })

/** Prompts that are put back to what they were, to see what they are worth. */
const BLOCKS = ["route", "extract", "write"]

/** Runs of the program that all of it takes at the most. */
const runsOf = (train: Tickets, heldOut: Tickets): number => {
  const { batchSize, generations, population, scoreEvery } = EVOLUTION
  const scored = (1 + generations / scoreEvery) * train.length
  return (2 + BLOCKS.length) * heldOut.length + PROMPT_RUNS + generations * population * batchSize + scored
}

/** What the tickets to learn from would cost, found without a call. */
const dryRun = ({ system }: Desk, train: Tickets) =>
  Effect.map(
    LlmDryRun.dryRun(HyperSystem.evaluate(system, train, review), {
      priceOf: Model.priceOf,
      answer: () => JSON.stringify({ department: "billing", order: "none", urgency: "normal", reply: "Thank you." })
    }),
    ({ spent }) => spent
  )

/** Adds to the log what the search does not know: held-out scores, what each prompt is worth, and a run that is watched. */
const enrich = (tuned: Desk["system"], test: Tickets, scores: { readonly before: number; readonly after: number }) =>
  Effect.gen(function* () {
    const { append } = yield* RunLogger
    const tracer = yield* Tracer
    yield* append(RunLog.tested(scores, test.length))
    for (const block of BLOCKS) {
      const ablation = HyperSystem.ablate(tuned, test, review, { ...CARE, block, how: "default" })
      yield* append(RunLog.ablated(yield* ablation))
    }
    const session = yield* tracer.trace("one ticket")
    yield* session.within(HyperSystem.evaluate(tuned, test.slice(0, 1), review, CARE))
    yield* append(RunLog.calls(yield* session.recording))
    const { graph } = yield* HyperSystem.trace(tuned, test[0].input)
    yield* append(RunLog.traced(graph))
  }).pipe(Effect.scoped)

const tune = (model: string, { say, seed }: Settings) =>
  Effect.gen(function* () {
    const budget = yield* Budget
    const desk = deskOf(model)
    const { test, train } = tickets(seed, TICKETS)
    const dry = yield* dryRun(desk, train)
    const runs = runsOf(train, test)
    const forecast = (dry.usd / train.length) * runs
    yield* say(`${train.length} tickets to learn from, ${test.length} held out; ${model}, seed ${seed}`)
    yield* say(
      `dry run: ${dry.calls} calls for ${train.length} tickets, so ${runs} runs are ${Search.dollars(forecast)}; the budget is ${Search.dollars(BUDGET.all)}`
    )
    const measure = (system: Desk["system"]) =>
      HyperSystem.evaluate(system, test, review, { ...CARE, seed }).pipe(
        Effect.catchTag("EvaluationError", () => HyperSystem.evaluate(system, test, review, { seed }))
      )
    const before = yield* measure(desk.system)
    yield* say(`watch it in another terminal: npx hyperfunc watch ${LOG}`)
    const search = Search.last(HyperSystem.optimizeStream(desk.system, train, review, { ...CARE, seed }), (report) =>
      Effect.flatMap(budget.spent, ({ usd }) => Effect.forEach(Search.lines(report, usd), say, { discard: true }))
    ).pipe(
      Effect.map(
        Option.match({
          onNone: () => desk.system,
          onSome: ({ best }) => HyperSystem.withCandidate(desk.system, best.candidate)
        })
      ),
      Budgets.within({ name: "search", usd: BUDGET.search })
    )
    const { after, tuned } = yield* Effect.gen(function* () {
      const tuned = yield* search
      const after = yield* measure(tuned)
      yield* enrich(tuned, test, { before: before.score, after: after.score }).pipe(
        Effect.catchAll(({ message }) => say(`the report lacks some of its sections: ${message}`))
      )
      return { after, tuned }
    }).pipe(Effect.provide(Layer.provide(RunLogFile.layer(LOG), optimizer(model, seed))))
    yield* Effect.flatMap(RunLogFile.load(LOG), (run) => Report.write(run, REPORT))

    const { extract, route, write } = desk
    const texts = yield* Effect.all([
      Predict.toMarkdown(route, HyperSystem.paramsOf(tuned, route)),
      Predict.toMarkdown(extract, HyperSystem.paramsOf(tuned, extract)),
      Predict.toMarkdown(write, HyperSystem.paramsOf(tuned, write))
    ])
    yield* Effect.forEach(texts, say, { discard: true })
    return { forecast, before, after }
  })

export const triage: Program = {
  name: "triage",
  run: (settings) => {
    const { model = Model.SIMULATED, say } = settings
    return Effect.gen(function* () {
      const [elapsed, { after, before, forecast }] = yield* Effect.timed(tune(model, settings))
      const { calls, cost, costs } = yield* Effect.flatMap(Budget, Search.spendingOf)
      const seconds = Duration.toSeconds(elapsed)
      yield* say(`held-out score ${before.score.toFixed(3)} → ${after.score.toFixed(3)} in ${seconds.toFixed(0)} s`)
      yield* say(
        `${calls} calls, ${Search.dollars(cost)}: ${Search.dollars(costs.task)} for tickets, ${Search.dollars(costs.reflection)} for thinking about prompts`
      )
      yield* say(`report: ${REPORT}, made of ${LOG}`)
      return {
        model,
        before: before.score,
        after: after.score,
        unanswered: after.missing.length,
        forecast,
        calls,
        cost,
        costs,
        seconds
      }
    }).pipe(
      Effect.provide(
        Model.layer(model, simulatedDesk).pipe(
          Layer.provideMerge(TracerRecording.layer()),
          Layer.provideMerge(Budgets.layer({ name: "triage", usd: BUDGET.all }))
        )
      )
    )
  }
}
