/**
 * Prompts found for equal cost: ours against baselines, `@ax-llm/ax` and GEPA, on simulated models behind HTTP.
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { contest } from "./lib/prompt/contest.js"
import { families } from "./lib/prompt/families.js"
import { install } from "./lib/prompt/gepa.js"
import { DECLARED, nullControl } from "./lib/prompt/nullControl.js"
import { BUDGETS } from "./lib/prompt/runs.js"
import { speedup } from "./lib/prompt/speedup.js"
import { type Row, rowsOf, show } from "./lib/prompt/table.js"
import * as Workers from "./lib/prompt/workers.js"
import type { Bench } from "./lib/report.js"

/** Not those that anything was tried on before. */
const FIRST_SEED = 3000

const SEEDS = 20

const isBaseline = ({ method }: Row): boolean => method !== "ours" && method !== "oracle"

const lowest = (rows: ReadonlyArray<Row>): number =>
  Math.min(...rows.filter(isBaseline).map(({ margin }) => margin.lower))

const figuresOf = (prefix: string, rows: ReadonlyArray<Row>): Readonly<Record<string, number>> => ({
  ...Object.fromEntries(rows.map(({ method, score }) => [`${prefix}_${method}`, score])),
  ...Object.fromEntries(
    rows.filter(isBaseline).map(({ margin, method }) => [`${prefix}_over_${method}_low`, margin.lower])
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
      const figures: Record<string, number> = {}
      const skipped = new Set<string>()
      let worst = Number.POSITIVE_INFINITY
      let worstWhole = Number.POSITIVE_INFINITY
      let overshoot = 0

      const contestIn = (task: Parameters<typeof contest>[1]) =>
        Effect.flatMap(python, (python) => contest(work, task, wanted, python)).pipe(
          Effect.catchAll((reason) => {
            skipped.add(`gepa: it could not be installed or run (${reason})`)
            return contest(work, task, wanted)
          })
        )

      for (const { knobs, name } of families.filter(({ name }) => options.families?.includes(name) ?? true)) {
        const budget = BUDGETS[name] * (options.budget ?? 1)
        const { ours, ...others } = yield* contestIn({ family: name, budget, seeds })
        const [equal, whole] = [rowsOf(ours, others.equal), rowsOf(ours, others.whole)]
        const described = Object.entries(knobs).map(([knob, value]) => `${knob} ${value}`)
        print(`${name}: ${seeds.length} seeds, ${budget} USD a run; ${described.join(", ")}`)
        print("  for no more than ours cost on the same seed:")
        for (const line of show(equal)) print(line)
        print("  for the whole budget, where ours may have ended sooner:")
        for (const line of show(whole)) print(line)
        Object.assign(
          figures,
          { [`${name}_budget_usd`]: budget },
          figuresOf(name, equal),
          figuresOf(`${name}_whole`, whole)
        )
        worst = Math.min(worst, lowest(equal))
        worstWhole = Math.min(worstWhole, lowest(whole))
        overshoot = Math.max(overshoot, ...ours.map(({ usd }) => usd - budget))
      }
      print(
        `least lower bound of all margins: ${worst.toFixed(3)} for equal cost, ${worstWhole.toFixed(3)} for whole budgets`
      )
      const { accepted, made, mistaken } = yield* Fiber.join(control)
      print(
        `null control: ${made} proposals, ${accepted} accepted, ${mistaken} of them no better; declared ${DECLARED}`
      )
      return {
        figures: {
          ...figures,
          worst_margin_low: worst,
          worst_margin_whole_low: worstWhole,
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
