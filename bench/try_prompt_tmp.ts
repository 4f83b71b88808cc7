import * as Effect from "effect/Effect"
import { LLM } from "/work/main/services/LLM.js"
import * as Budget from "/work/main/layers/Budget.js"
import { Budget as B } from "/work/main/services/Budget.js"
import * as World from "/work/main/bench/lib/prompt/world.js"
import { methods } from "/work/main/bench/lib/prompt/methods.js"
import { families } from "/work/main/bench/lib/prompt/families.js"
const [,, fam, names, seeds, usd] = process.argv
const family = families.find(f => f.name === fam)!
const sums: Record<string, number[]> = {}
for (const s of seeds.split(",").map(Number)) for (const m of methods.filter(m => names === "all" || names.split(",").includes(m.name))) {
  const task = family.task(s)
  const t0 = Date.now()
  const r = await Effect.runPromise(Effect.scoped(Effect.gen(function* () {
    const w = yield* World.make((m.world ?? ((x:any) => x))(task))
    const b = yield* Budget.make({ usd: Number(usd) })
    const c = yield* m.find(task, s).pipe(Effect.provideService(LLM, w.llm), Effect.provideService(B, b))
    const t = yield* World.truth(task, c)
    const l = yield* b.ledger
    return { t, billed: yield* w.billed, task: l.task.calls, judge: l.judge.calls, refl: l.reflection.calls, taskUsd: l.task.usd, reflUsd: l.reflection.usd }
  })) as any) as any
  ;(sums[m.name] ??= []).push(r.t)
  console.log(s, m.name.padEnd(8), r.t.toFixed(3), "$" + r.billed.toFixed(5), `task ${r.task} $${r.taskUsd.toFixed(5)} judge ${r.judge} refl ${r.refl} $${r.reflUsd.toFixed(5)}`, Date.now() - t0, "ms")
}
for (const k in sums) console.log(k.padEnd(8), (sums[k].reduce((a,b)=>a+b,0)/sums[k].length).toFixed(3))
