import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Observation } from "../../../services/Optimizer.js"
import { Candidate } from "../../../src/index.js"
import type { Definition } from "../../../src/internal/execution.js"
import { shuffledBy } from "../../../src/internal/keyed.js"
import { predictions } from "../../../src/internal/prediction.js"
import { type PromptField, withFieldValue } from "../../../src/internal/promptFields.js"
import * as Workshop from "./workshop.js"

/** Runs that a rewrite is made from, as in GEPA. */
const BATCH = 3

const withoutFeedback = (seen: Observation<unknown>): Observation<unknown> => ({
  ...seen,
  grade: Exit.map(seen.grade, ({ score }) => ({ score, feedback: "" }))
})

/**
 * Rewrites from random runs without a word of feedback, kept where they do not do worse on these runs.
 */
export const random: Workshop.Method = {
  name: "random",
  find: (task, seed) =>
    Effect.gen(function* () {
      const workshop = yield* Workshop.make(task)
      const { texts } = workshop
      let best = Candidate.defaults()
      yield* Workshop.whileMoneyLasts((rollout) =>
        Effect.gen(function* () {
          const items = Workshop.itemsOf(task, seed, "random", rollout).slice(0, BATCH)
          const old = yield* workshop.observe(best, items)
          const field = texts[rollout % texts.length]
          const seen = old.map(withoutFeedback)
          const next = yield* workshop.rewrite({ candidate: best, field, seen, rollout })
          if (next !== undefined && Workshop.gain(yield* workshop.observe(next, items), old) >= 0) best = next
        })
      )
      return best
    })
}

/**
 * One lineage: a rewrite stays where it does better on its minibatch, and then on the validation items.
 */
export const greedy: Workshop.Method = {
  name: "greedy",
  find: (task, seed) =>
    Effect.gen(function* () {
      const workshop = yield* Workshop.make(task)
      const { texts } = workshop
      const { choosing, learning } = Workshop.halves(task, seed)
      const minibatch = (round: number): ReadonlyArray<number> => {
        const [epoch, at] = [Math.floor((round * BATCH) / learning.length), (round * BATCH) % learning.length]
        return shuffledBy(learning, seed, epoch).slice(at, at + BATCH)
      }
      let best = { candidate: Candidate.defaults(), mean: Number.NaN }
      yield* Workshop.whileMoneyLasts((rollout) =>
        Effect.gen(function* () {
          const { candidate } = best
          if (rollout === 0) best = { candidate, mean: Workshop.mean(yield* workshop.observe(candidate, choosing)) }
          const items = minibatch(rollout)
          const seen = yield* workshop.observe(candidate, items)
          if (Workshop.mean(seen) === 1) return
          const field = texts[rollout % texts.length]
          const next = yield* workshop.rewrite({ candidate, field, seen, rollout })
          if (next === undefined || Workshop.gain(yield* workshop.observe(next, items), seen) <= 0) return
          const mean = Workshop.mean(yield* workshop.observe(next, choosing))
          if (mean > best.mean) best = { candidate: next, mean }
        })
      )
      return best.candidate
    })
}

const SHOTS = 4

const SETS = 8

/** The parts of an expected output that a step gives. */
const labelOf = ({ tunable }: PromptField, expected: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    predictions.get(tunable as Definition)!.signature.outputs.map(({ name }) => [name, expected[name]])
  )

/**
 * Random sets of labelled examples as demonstrations of every step, and the set that does best on the validation items.
 */
export const demonstrations: Workshop.Method = {
  name: "demos",
  find: (task, seed) =>
    Effect.gen(function* () {
      const workshop = yield* Workshop.make(task)
      const { choosing, learning } = Workshop.halves(task, seed)
      let best = { candidate: Candidate.defaults(), mean: 0 }
      yield* Workshop.whileMoneyLasts(
        (set) =>
          Effect.gen(function* () {
            const shots = shuffledBy(learning, seed, "shots", set)
              .slice(0, SHOTS)
              .map((item) => task.train[item])
            const candidate = workshop.demonstrations.reduce(
              (candidate, field) =>
                withFieldValue(
                  candidate,
                  field,
                  shots.map(({ expected, input }) => ({ input, output: labelOf(field, expected) }))
                ),
              Candidate.defaults()
            )
            const mean = Workshop.mean(yield* workshop.observe(candidate, choosing))
            if (mean > best.mean) best = { candidate, mean }
          }),
        SETS
      )
      return best.candidate
    })
}
