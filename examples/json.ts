/**
 * Replies that cannot be read, driven down by sampling settings: a program asks for JSON under settings that somebody chose
 * for stories, and evolution looks for better ones.
 *
 * A reply that does not decode is a value of this program, and the share of those that do is its score. A call that fails
 * is no reply and has none. By default the model is a simulated one; `--model openai/gpt-4o-mini` asks a real one.
 */
import * as Array from "effect/Array"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Budgets from "../layers/Budget.js"
import * as OptimizerEvolution from "../layers/OptimizerEvolution.js"
import { Budget, HyperSystem, Metric, Predict, type PredictError, Signature } from "../src/index.js"
import * as Model from "./lib/model.js"
import { letters } from "./lib/orders.js"
import type { Program, Settings } from "./lib/program.js"
import * as Search from "./lib/search.js"
import { simulatedClerk } from "./lib/simulatedClerk.js"

const LETTERS = 120

/** In US dollars: for everything, and for the search alone, so that there is something left to measure it with. */
const BUDGET = { all: 1, search: 0.9 }

const Item = Schema.Struct({ name: Schema.String, quantity: Schema.Int, price: Schema.Number })

type Reply = "decoded" | PredictError["reason"]

const clerkOf = (model: string) => {
  const takeDown = Predict.make(
    "takeDown",
    Signature.make({
      instruction: "Take down the order. Prices are in US dollars.",
      inputs: { letter: Schema.String },
      outputs: { customer: Schema.String, city: Schema.String, items: Schema.Array(Item) }
    }),
    {
      model,
      adapter: "json",
      repair: false,
      modelMaxTokens: 400,
      settings: { temperature: 1.2, presencePenalty: 1, maxTokensFraction: 0.15 }
    }
  )
  const system = HyperSystem.make("json", {
    run: (input: { readonly letter: string }) =>
      takeDown(input).pipe(
        Effect.map((): Reply => "decoded"),
        Effect.catchTag("PredictError", ({ reason }) => Effect.succeed<Reply>(reason))
      ),
    hyperfunctions: [takeDown]
  })
  return { takeDown, system }
}

type System = ReturnType<typeof clerkOf>["system"]

const decoded = Metric.perExample((reply: Reply) => (reply === "decoded" ? 1 : 0))

const optimizer = (seed: number) =>
  OptimizerEvolution.layer({
    generations: 15,
    population: 12,
    batchSize: 20,
    sigma: 0.2,
    learningRate: 0.4,
    scoreEvery: 3,
    only: ["takeDown.settings"],
    seed
  })

const tune = (model: string, { say, seed }: Settings) =>
  Effect.gen(function* () {
    const budget = yield* Budget
    const { system, takeDown } = clerkOf(model)
    const { test, train } = letters(seed, LETTERS)
    yield* say(`${train.length} letters to learn from, ${test.length} held out; ${model}, seed ${seed}`)
    const options = { seed, concurrency: 16 }
    const measure = (system: System, name: string) =>
      Effect.gen(function* () {
        const { outputs, score } = yield* HyperSystem.evaluate(system, test, decoded, options)
        const replies = Array.groupBy(yield* Effect.all(outputs), (reply) => reply)
        const counts = Object.entries(replies).map(([reply, { length }]) => `${length} ${reply}`)
        const { settings } = HyperSystem.paramsOf(system, takeDown)
        yield* say(`${name}: ${counts.join(", ")}, with\n${JSON.stringify(settings, undefined, 2)}`)
        return { score, settings }
      })
    const search = Search.last(HyperSystem.optimizeStream(system, train, decoded, options), (report) =>
      Effect.flatMap(budget.spent, ({ usd }) => Effect.forEach(Search.lines(report, usd), say, { discard: true }))
    )

    const before = yield* measure(system, "before")
    const tuned = yield* search.pipe(
      Effect.map(
        Option.match({
          onNone: () => system,
          onSome: ({ best }) => HyperSystem.withCandidate(system, best.candidate)
        })
      ),
      Effect.provide(optimizer(seed)),
      Budgets.within({ name: "search", usd: BUDGET.search })
    )
    const after = yield* measure(tuned, "after")
    return { before: before.score, after: after.score, settings: after.settings }
  })

export const json: Program = {
  name: "json",
  run: (settings) => {
    const { model = Model.SIMULATED, say } = settings
    return Effect.gen(function* () {
      const [elapsed, measured] = yield* Effect.timed(tune(model, settings))
      const { calls, cost } = yield* Effect.flatMap(Budget, Search.spendingOf)
      const { after, before } = measured
      yield* say(`held-out replies that decode: ${before.toFixed(3)} → ${after.toFixed(3)}`)
      yield* say(`${calls} calls, ${Search.dollars(cost)}`)
      return { model, ...measured, calls, cost, seconds: Duration.toSeconds(elapsed) }
    }).pipe(
      Effect.provide(Layer.merge(Model.layer(model, simulatedClerk), Budgets.layer({ name: "json", usd: BUDGET.all })))
    )
  }
}
