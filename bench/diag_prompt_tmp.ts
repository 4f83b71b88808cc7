import * as Effect from "effect/Effect"
import { LLM } from "../services/LLM.js"
import * as Budget from "../layers/Budget.js"
import { Budget as B } from "../services/Budget.js"
import * as World from "./lib/prompt/world.js"
import { reflective } from "./lib/prompt/methods.js"
import { families } from "./lib/prompt/families.js"
import { HyperSystem, Candidate } from "../src/index.js"
const [,, fam, seed, usd] = process.argv
const task = families.find(f => f.name === fam)!.task(Number(seed))
await Effect.runPromise(Effect.scoped(Effect.gen(function* () {
  const w = yield* World.make(task)
  const b = yield* Budget.make({ usd: Number(usd) })
  const done = yield* HyperSystem.optimize(task.system, task.train, task.scorer, { onFailure: "missing" }).pipe(Effect.provide(reflective(Number(seed))), Effect.provideService(LLM, w.llm), Effect.provideService(B, b))
  for (const r of done.history) {
    const t = yield* World.truth(task, r.best.candidate)
    console.log(`round ${r.generation} runs ${r.runs} score ${r.score.toFixed(3)} truth ${t.toFixed(3)} ${r.stopped ?? ""}`)
    for (const p of r.proposals ?? []) console.log("   ", p.outcome, p.changed.join(), "|", p.reason, `+${p.won.length} -${p.lost.length}`, "lines", p.before.split("\n").length, "->", p.after.split("\n").length)
  }
  console.log((yield* b.spent))
})) as any)
