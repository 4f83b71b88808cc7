/**
 * `npm run bench -- NAME [--json]`
 */
import { parseArgs } from "node:util"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Effect from "effect/Effect"
import type { Bench } from "./lib/report.js"
import { population } from "./population.js"

const benches: ReadonlyArray<Bench> = [population]

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean", default: false } }
})

const chosen = benches.find(({ name }) => name === positionals[0])

const program = Effect.gen(function* () {
  if (chosen === undefined) {
    console.error(`Say which: ${benches.map(({ name }) => `npm run bench -- ${name}`).join(", ")}`)
    return yield* Effect.sync(() => {
      process.exitCode = 1
    })
  }
  const print = (line: string): void => console.log(line)
  const { figures, skipped } = yield* chosen.run(print)
  for (const reason of skipped) print(`skipped: ${reason}`)
  if (values.json) console.log(JSON.stringify({ bench: chosen.name, figures, skipped }))
})

NodeRuntime.runMain(program)
