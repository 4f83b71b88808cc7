/**
 * `npm run bench -- NAME [--json] [--seeds N] [--families a,b] [--methods a,b] [--budget FACTOR]`
 */
import { parseArgs } from "node:util"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Effect from "effect/Effect"
import type { Bench } from "./lib/report.js"
import { population } from "./population.js"
import { prompt } from "./prompt.js"

const benches: ReadonlyArray<Bench> = [population, prompt]

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    seeds: { type: "string" },
    families: { type: "string" },
    methods: { type: "string" },
    budget: { type: "string" }
  }
})

const options = {
  seeds: values.seeds === undefined ? undefined : Number(values.seeds),
  families: values.families?.split(","),
  methods: values.methods?.split(","),
  budget: values.budget === undefined ? undefined : Number(values.budget)
}

const chosen = benches.find(({ name }) => name === positionals[0])

const program = Effect.gen(function* () {
  if (chosen === undefined) {
    console.error(`Say which: ${benches.map(({ name }) => `npm run bench -- ${name}`).join(", ")}`)
    return yield* Effect.sync(() => {
      process.exitCode = 1
    })
  }
  const print = (line: string): void => console.log(line)
  const { figures, skipped } = yield* chosen.run(print, options)
  for (const reason of skipped) print(`skipped: ${reason}`)
  if (values.json) console.log(JSON.stringify({ bench: chosen.name, figures, skipped }))
})

NodeRuntime.runMain(program)
