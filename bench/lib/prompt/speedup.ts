import * as Effect from "effect/Effect"
import { LLM } from "../../../services/LLM.js"
import { HyperSystem } from "../../../src/index.js"
import { reflective } from "./methods.js"
import { familyOf } from "./runs.js"
import * as World from "./world.js"

const LATENCY_MILLIS = 100

/** One optimization with so many calls in flight: how long it took, and what it found. */
const timed = (seed: number, inFlight: number) =>
  Effect.gen(function* () {
    const task = familyOf("pipeline").task(seed)
    const { llm } = yield* World.make(task, { latencyMillis: LATENCY_MILLIS, inFlight })
    const begun = performance.now()
    const { history } = yield* HyperSystem.optimize(task.system, task.train, task.scorer, {
      onFailure: "missing"
    }).pipe(Effect.provide(reflective({ seed, evaluations: 250 })), Effect.provideService(LLM, llm))
    const found = history.map(({ best, proposals = [], runs, score }) => ({
      proposals,
      runs,
      score,
      best: [...best.candidate.assignments].map(([name, { values }]) => [name, values])
    }))
    return { millis: performance.now() - begun, found: JSON.stringify(found) }
  }).pipe(Effect.scoped)

/**
 * How much faster the same optimization is with 16 calls in flight than with one, and whether it is the same.
 */
export const speedup = (print: (line: string) => void, seed: number) =>
  Effect.gen(function* () {
    const one = yield* timed(seed, 1)
    const many = yield* timed(seed, 16)
    const ratio = one.millis / many.millis
    const isSame = one.found === many.found
    print(`16 in flight: ${ratio.toFixed(1)}× as fast as 1, ${isSame ? "the same result" : "ANOTHER RESULT"}`)
    return { speedup_16: ratio, speedup_same: isSame ? 1 : 0 }
  })
