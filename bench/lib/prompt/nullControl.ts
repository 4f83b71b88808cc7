import * as Effect from "effect/Effect"
import * as BudgetLayer from "../../../layers/Budget.js"
import { Budget } from "../../../services/Budget.js"
import { LLM } from "../../../services/LLM.js"
import type { Proposal } from "../../../services/Optimizer.js"
import { Candidate, HyperSystem, Scorer } from "../../../src/index.js"
import { partsOf } from "../../../src/internal/textParts.js"
import type { Task } from "./family.js"
import { reflective } from "./methods.js"
import { pick } from "./random.js"
import { familyOf } from "./runs.js"
import * as Workshop from "./workshop.js"
import * as World from "./world.js"

/** How often a change that is no better may be accepted: the default of ours. */
export const DECLARED = 0.35

const PROPOSALS = 200

/** In US dollars. */
const BUDGET = 0.04

const labelOf = ({ expected }: Task["train"][number]): string => String(Object.values(expected)[0])

/** Feedback names the label of another example that has another one: there is nothing true to learn from it. */
const misled = (task: Task, seed: number): Task => ({
  ...task,
  scorer: Scorer.make("misled", (output, expected, input) =>
    Effect.map(task.scorer.grade(output, expected, input), ({ feedback, score }) => {
      const [, label] = /mean ([a-z0-9-]+)\./.exec(feedback) ?? []
      const others = task.train.map(labelOf).filter((other) => other !== label)
      const wrong = pick(others, `${seed}/${JSON.stringify(input)}/misled`)
      return { score, feedback: feedback.replace(`mean ${label}.`, `mean ${wrong}.`) }
    })
  )
})

/** Taking a part away is accepted where nothing is lost by it, which is another promise. */
const isAddition = ({ after, before }: Proposal): boolean =>
  partsOf(after).some((part) => !partsOf(before).includes(part))

/**
 * How many proposals were made, accepted, and accepted though no better on held-out examples, in one run.
 */
const count = (seed: number) =>
  Effect.gen(function* () {
    const task = familyOf("judge").task(seed)
    const workshop = yield* Workshop.make(task)
    const { llm } = yield* World.make(misled(task, seed))
    const { history } = yield* HyperSystem.optimize(task.system, task.train, misled(task, seed).scorer, {
      onFailure: "missing"
    }).pipe(
      Effect.provide(reflective({ seed, demonstrations: 0, falseAccept: DECLARED })),
      Effect.provideService(LLM, llm),
      Effect.provideServiceEffect(Budget, BudgetLayer.make({ usd: BUDGET }))
    )
    const proposals = history.flatMap(({ proposals = [] }) => proposals).filter(isAddition)
    const truthOf = (text: string) =>
      World.truth(task, Workshop.withTexts(workshop, { [workshop.texts[0].path]: text }) ?? Candidate.defaults())
    const accepted = proposals.filter(({ outcome }) => outcome === "accepted")
    const gains = yield* Effect.forEach(accepted, ({ after, before }) =>
      Effect.zipWith(truthOf(after), truthOf(before), (after, before) => after - before)
    )
    return {
      made: proposals.length,
      accepted: accepted.length,
      mistaken: gains.filter((gain) => gain <= 0).length
    }
  }).pipe(Effect.scoped)

/**
 * The counts of as many runs as it takes to have enough proposals.
 */
export const nullControl = (firstSeed: number) =>
  Effect.gen(function* () {
    const total = { made: 0, accepted: 0, mistaken: 0 }
    for (let seed = firstSeed; total.made < PROPOSALS; seed++) {
      const { accepted, made, mistaken } = yield* count(seed)
      total.made += made
      total.accepted += accepted
      total.mistaken += mistaken
    }
    return total
  })
