import * as Effect from "effect/Effect"
import { methods } from "./methods.js"
import type { Job, Outcome } from "./runs.js"

/** Methods that cost nothing: the first prompts, and the best there are. */
const FREE = ["seed", "oracle"]

/** What is spent at the most where no more than ours cost: a tenth above it, for what is reserved and not spent. */
const equalCost = ({ budget, usd }: Outcome): number => Math.min(budget, 1.1 * usd)

/** What the methods found on a family, seed by seed. */
export interface Contest {
  readonly ours: ReadonlyArray<Outcome>
  /** All methods, for no more than ours cost on the same seed. */
  readonly equal: ReadonlyArray<Outcome>
  /** The baselines, for the whole budget: ours ends when it sees nothing left to mend. */
  readonly whole: ReadonlyArray<Outcome>
}

/**
 * Ours first, for its cost is what the others may spend. `python` is one that has GEPA.
 */
export const contest = (
  work: (jobs: ReadonlyArray<Job>) => Effect.Effect<ReadonlyArray<Outcome>, string>,
  task: { readonly family: string; readonly budget: number; readonly seeds: ReadonlyArray<number> },
  wanted: (method: string) => boolean,
  python?: string
): Effect.Effect<Contest, string> =>
  Effect.gen(function* () {
    const { budget, family, seeds } = task
    const ours = yield* work(seeds.map((seed) => ({ family, method: "ours", seed, budget })))
    const names = [...(python === undefined ? [] : ["gepa"]), ...methods.map(({ name }) => name).filter(wanted)]
    const found = (methods: ReadonlyArray<string>, budgetOf: (ours: Outcome) => number) =>
      work(
        methods.flatMap((method) =>
          ours.map((own) => ({
            family,
            method,
            seed: own.seed,
            budget: budgetOf(own),
            ...(method === "gepa" ? { python: python! } : {})
          }))
        )
      )
    const baselines = names.filter((name) => name !== "ours" && !FREE.includes(name))
    const [free, equal] = [
      yield* found(
        names.filter((name) => FREE.includes(name)),
        () => budget
      ),
      yield* found(baselines, equalCost)
    ]
    const all = [...free, ...equal, ...ours]
    return {
      ours,
      equal: names.flatMap((name) => all.filter(({ method }) => method === name)),
      whole: yield* found(baselines, () => budget)
    }
  })
