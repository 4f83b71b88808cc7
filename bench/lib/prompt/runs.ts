import * as Effect from "effect/Effect"
import * as BudgetLayer from "../../../layers/Budget.js"
import { Budget } from "../../../services/Budget.js"
import { LLM } from "../../../services/LLM.js"
import { families } from "./families.js"
import type { Family } from "./family.js"
import { gepa } from "./gepa.js"
import { methods } from "./methods.js"
import type { Method } from "./workshop.js"
import * as World from "./world.js"

/**
 * What a run may cost, in US dollars: about 350 calls of a task with its first prompt, and a dozen reflections.
 */
export const BUDGETS: Readonly<Record<string, number>> = { rules: 0.02, pipeline: 0.03, format: 0.02, judge: 0.03 }

/**
 * A method on a task: plain data, so that another process can do it.
 */
export interface Job {
  readonly family: string
  readonly method: string
  readonly seed: number
  /** In US dollars. */
  readonly budget: number
  /** A Python that has GEPA, for the method that needs it. */
  readonly python?: string
}

export interface Outcome extends Job {
  /** Of what was found, on held-out examples. */
  readonly score: number
  /** What the server asked for. */
  readonly usd: number
}

export const familyOf = (name: string): Family => families.find((family) => family.name === name)!

const methodOf = ({ method, python }: Job): Method =>
  python === undefined ? methods.find(({ name }) => name === method)! : gepa(python)

export const perform = (job: Job): Effect.Effect<Outcome, unknown> =>
  Effect.gen(function* () {
    const { find, world = (task) => task } = methodOf(job)
    const task = familyOf(job.family).task(job.seed)
    const { billed, llm } = yield* World.make(world(task))
    const candidate = yield* find(task, job.seed).pipe(
      Effect.provideService(LLM, llm),
      Effect.provideServiceEffect(Budget, BudgetLayer.make({ name: "run", usd: job.budget }))
    )
    return { ...job, score: yield* World.truth(task, candidate), usd: yield* billed }
  }).pipe(Effect.scoped)
