/**
 * Prompts found for equal cost: ours against baselines, `@ax-llm/ax` and GEPA, on simulated models behind HTTP.
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { families } from "./lib/prompt/families.js"
import { install } from "./lib/prompt/gepa.js"
import { methods } from "./lib/prompt/methods.js"
import { DECLARED, nullControl } from "./lib/prompt/nullControl.js"
import { BUDGETS } from "./lib/prompt/runs.js"
import { speedup } from "./lib/prompt/speedup.js"
import { type Row, rowsOf, show } from "./lib/prompt/table.js"
import * as Workers from "./lib/prompt/workers.js"
import type { Bench } from "./lib/report.js"

/** Not those that anything was tried on before. */
const FIRST_SEED = 2000

const SEEDS = 20

const isBaseline = ({ method }: Row): boolean => method !== "ours" && method !== "oracle"

const figuresOf = (family: string, budget: number, rows: ReadonlyArray<Row>): Readonly<Record<string, number>> => ({
  [`${family}_budget_usd`]: budget,
  ...Object.fromEntries(rows.map(({ method, score }) => [`${family}_${method}`, score])),
  ...Object.fromEntries(
    rows.filter(isBaseline).map(({ margin, method }) => [`${family}_over_${method}_low`, margin.lower])
  )
})

/**
 * @since 0.1.0
 */
export const prompt: Bench = {
  name: "prompt",
  run: (print, options) =>
    Effect.gen(function* () {
      const work = yield* Workers.make
      const wanted = (name: string): boolean => name === "ours" || (options.methods?.includes(name) ?? true)
      const python = yield* Effect.either(wanted("gepa") ? install : Effect.fail("it was not asked for"))
      const seeds = Array.from({ length: options.seeds ?? SEEDS }, (_, k) => FIRST_SEED + k)
      const control = yield* Effect.fork(nullControl(FIRST_SEED))
      const budgetOf = (family: string): number => BUDGETS[family] * (options.budget ?? 1)
      const figures: Record<string, number> = {}
      const skipped = new Set<string>()
      let worst = Number.POSITIVE_INFINITY
      let overshoot = 0

      const reference = (family: string) =>
        Effect.flatMap(python, (python) =>
          work(seeds.map((seed) => ({ family, method: "gepa", seed, python, budget: budgetOf(family) })))
        ).pipe(
          Effect.catchAll((reason) => {
            skipped.add(`gepa: it could not be installed or run (${reason})`)
            return Effect.succeed([])
          })
        )

      for (const { knobs, name } of families.filter(({ name }) => options.families?.includes(name) ?? true)) {
        const others = methods.map(({ name }) => name).filter(wanted)
        const outcomes = [
          ...(yield* reference(name)),
          ...(yield* work(
            others.flatMap((method) => seeds.map((seed) => ({ family: name, method, seed, budget: budgetOf(name) })))
          ))
        ]
        const rows = rowsOf(outcomes)
        const described = Object.entries(knobs).map(([knob, value]) => `${knob} ${value}`)
        print(`${name}: ${seeds.length} seeds, ${budgetOf(name)} USD a run; ${described.join(", ")}`)
        for (const line of show(rows)) print(line)
        Object.assign(figures, figuresOf(name, budgetOf(name), rows))
        worst = Math.min(worst, ...rows.filter(isBaseline).map(({ margin }) => margin.lower))
        const own = outcomes.filter(({ method }) => method === "ours")
        overshoot = Math.max(overshoot, ...own.map(({ usd }) => usd - budgetOf(name)))
      }
      print(`least lower bound of all margins: ${worst.toFixed(3)}`)
      const { accepted, made, mistaken } = yield* Fiber.join(control)
      print(
        `null control: ${made} proposals, ${accepted} accepted, ${mistaken} of them no better; declared ${DECLARED}`
      )
      return {
        figures: {
          ...figures,
          worst_margin_low: worst,
          budget_overshoot_usd: overshoot,
          null_accept_rate: mistaken / made,
          null_declared: DECLARED,
          null_proposals: made,
          ...(yield* speedup(print, FIRST_SEED))
        },
        skipped: [...skipped]
      }
    }).pipe(Effect.scoped)
}
