import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as OptimizerReflective from "../../../layers/OptimizerReflective.js"
import type { Budget } from "../../../services/Budget.js"
import { LLM } from "../../../services/LLM.js"
import type { Observation } from "../../../services/Optimizer.js"
import * as Exit from "effect/Exit"
import { Candidate, HyperSystem } from "../../../src/index.js"
import { predictions } from "../../../src/internal/prediction.js"
import { shuffledBy } from "../../../src/internal/keyed.js"
import { type PromptField, withFieldValue } from "../../../src/internal/promptFields.js"
import type { Definition } from "../../../src/internal/execution.js"
import { MODELS, type Task } from "./family.js"
import * as Workshop from "./workshop.js"
import { REFLECTION_TOKENS } from "./world.js"

/**
 * A way to better prompts. It spends what the budget around it allows.
 */
export interface Method {
  readonly name: string
  readonly find: (task: Task, seed: number) => Effect.Effect<Candidate.Candidate, unknown, LLM | Budget>
  /** What the models have to know besides, to answer what the method asks. */
  readonly world?: (task: Task) => Task
}

const seedPrompt: Method = { name: "seed", find: () => Effect.succeed(Candidate.defaults()) }

const oracle: Method = { name: "oracle", find: ({ oracle }) => Effect.succeed(oracle) }

const BATCH = 3

const itemsOf = (task: Task, ...key: ReadonlyArray<string | number>): ReadonlyArray<number> =>
  shuffledBy(task.train.map((_, k) => k), ...key)

/** Half of the examples to learn from, half to choose by. */
const halves = (task: Task, seed: number) => {
  const items = itemsOf(task, seed, "halves")
  const half = Math.floor(items.length / 2)
  return { learning: items.slice(half), choosing: items.slice(0, half) }
}

const textsOf = (fields: ReadonlyArray<PromptField>) => fields.filter(({ field }) => field._tag === "Text")

const withoutFeedback = (seen: Observation<unknown>): Observation<unknown> => ({
  ...seen,
  grade: Exit.map(seen.grade, ({ score }) => ({ score, feedback: "" }))
})

/** Rewrites from random runs that nobody commented on, kept while a minibatch does not get worse. */
const random: Method = {
  name: "random",
  find: (task, seed) =>
    Effect.gen(function* () {
      const shop = yield* Workshop.make(task)
      const texts = textsOf(shop.fields)
      let best = Candidate.defaults()
      yield* Workshop.whileMoneyLasts((round) =>
        Effect.gen(function* () {
          const items = itemsOf(task, seed, "random", round).slice(0, BATCH)
          const old = yield* shop.observe(best, items)
          const next = yield* shop.rewrite(best, texts[round % texts.length]!, old.map(withoutFeedback), round)
          if (next === best) return
          if (Workshop.gain(yield* shop.observe(next, items), old) >= 0) best = next
        })
      )
      return best
    })
}

/** One lineage: a rewrite is kept when the sum of its minibatch rises, and then the mean of the validation items. */
const greedy: Method = {
  name: "greedy",
  find: (task, seed) =>
    Effect.gen(function* () {
      const shop = yield* Workshop.make(task)
      const texts = textsOf(shop.fields)
      const { choosing, learning } = halves(task, seed)
      let best = { candidate: Candidate.defaults(), mean: -1 }
      yield* Workshop.whileMoneyLasts((round) =>
        Effect.gen(function* () {
          if (best.mean < 0) best = { ...best, mean: Workshop.mean(yield* shop.observe(best.candidate, choosing)) }
          const at = (round * BATCH) % learning.length
          const items = shuffledBy(learning, seed, Math.floor((round * BATCH) / learning.length)).slice(at, at + BATCH)
          const old = yield* shop.observe(best.candidate, items)
          if (Workshop.mean(old) === 1) return
          const candidate = yield* shop.rewrite(best.candidate, texts[round % texts.length]!, old, round)
          if (candidate === best.candidate) return
          if (Workshop.gain(yield* shop.observe(candidate, items), old) <= 0) return
          const mean = Workshop.mean(yield* shop.observe(candidate, choosing))
          if (mean > best.mean) best = { candidate, mean }
        })
      )
      return best.candidate
    })
}

const SHOTS = 4

/** The parts of an expected output that a step gives. */
const labelOf = (field: PromptField, expected: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    predictions
      .get(field.tunable as Definition)!
      .signature.outputs.map(({ name }) => [name, expected[name]])
  )

/** Random sets of labelled examples as demonstrations of every step, the best on validation items. */
const demonstrations: Method = {
  name: "demos",
  find: (task, seed) =>
    Effect.gen(function* () {
      const shop = yield* Workshop.make(task)
      const fields = shop.fields.filter(({ field }) => field._tag === "Demonstrations")
      const { choosing, learning } = halves(task, seed)
      let best = { candidate: Candidate.defaults(), mean: -1 }
      yield* Workshop.whileMoneyLasts((round) =>
        Effect.gen(function* () {
          const shots = shuffledBy(learning, seed, "shots", round).slice(0, round === 0 ? 0 : SHOTS)
          const candidate = fields.reduce(
            (candidate, field) =>
              withFieldValue(
                candidate,
                field,
                shots.map((item) => ({ input: task.train[item]!.input, output: labelOf(field, task.train[item]!.expected) }))
              ),
            Candidate.defaults()
          )
          const mean = Workshop.mean(yield* shop.observe(candidate, choosing))
          if (mean > best.mean) best = { candidate, mean }
        })
      )
      return best.candidate
    })
}

/** How ours is set up: its defaults, with answers bounded as everyone's. */
export const reflective = (seed: number, options: Partial<OptimizerReflective.Options> = {}) =>
  OptimizerReflective.layer({
    model: MODELS.reflection,
    settings: { temperature: 1, maxTokens: REFLECTION_TOKENS },
    seed,
    ...options
  })

const ours: Method = {
  name: "ours",
  find: (task, seed) =>
    HyperSystem.optimize(task.system, task.train, task.scorer, { onFailure: "missing" }).pipe(
      Effect.map(({ system }) => system.candidate ?? Candidate.defaults()),
      Effect.provide(reflective(seed))
    )
}

export const methods: ReadonlyArray<Method> = [seedPrompt, oracle, random, greedy, demonstrations, ours]
