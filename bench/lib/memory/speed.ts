import * as Effect from "effect/Effect"
import { inTurn } from "../measure.js"
import { pick } from "../prompt/random.js"
import { memories, questions, type Store, tenantOf } from "./bulk.js"

/** In milliseconds. */
export interface Latency {
  readonly p50: number
  readonly p95: number
  /** Each question by the median of its rounds, without what interrupts a single recall. */
  readonly p95ByQuestion: number
}

const QUESTIONS = 300

/** That are counted, after one that is not; and those of writing. */
const READ_ROUNDS = 3
const WRITE_ROUNDS = 5

const millisOf = (effect: Effect.Effect<unknown, unknown>): Effect.Effect<number, unknown> =>
  Effect.suspend(() => {
    const begun = performance.now()
    return Effect.map(effect, () => performance.now() - begun)
  })

const quantile = (values: ReadonlyArray<number>, share: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
}

const latencyOf = (questions: ReadonlyArray<ReadonlyArray<number>>): Latency => ({
  p50: quantile(questions.flat(), 0.5),
  p95: quantile(questions.flat(), 0.95),
  p95ByQuestion: quantile(
    questions.map((times) => quantile(times, 0.5)),
    0.95
  )
})

/**
 * How long one question takes to answer in each store. A store is asked all questions in a row, every question of some
 * tenant, the same for all; the stores take turns, each round beginning with another.
 */
export const latencies = <K extends string>(
  stores: Readonly<Record<K, Store>>,
  tenants: number
): Effect.Effect<Readonly<Record<K, Latency>>, unknown> =>
  Effect.gen(function* () {
    const names = Object.keys(stores) as Array<K>
    const taken = new Map(names.map((name) => [name, Array.from({ length: QUESTIONS }, (): Array<number> => [])]))
    for (let round = 0; round <= READ_ROUNDS; round++) {
      for (const name of inTurn(names, round)) {
        for (const [k, times] of taken.get(name)!.entries()) {
          const search = stores[name].search(tenantOf(k % tenants), pick(questions, `asked/${k}`))
          const millis = yield* millisOf(search)
          if (round > 0) times.push(millis)
        }
      }
    }
    return Object.fromEntries(names.map((name) => [name, latencyOf(taken.get(name)!)])) as Record<K, Latency>
  })

/** Memories a second, written one by one and in one go. */
export interface Throughput {
  readonly single: number
  readonly batched: number
}

const SINGLE = 200
const BATCH = 1000

/** The stores write in turn, round after round, after one that is not counted; medians. */
export const throughputs = <K extends string>(
  stores: Readonly<Record<K, Store>>
): Effect.Effect<Readonly<Record<K, Throughput>>, unknown> =>
  Effect.gen(function* () {
    const names = Object.keys(stores) as Array<K>
    const rates = new Map(names.map((name) => [name, { single: [] as Array<number>, batched: [] as Array<number> }]))
    for (let round = 0; round <= WRITE_ROUNDS; round++) {
      for (const name of names) {
        const { write, writeAll } = stores[name]
        const one = memories(`single/${round}`, SINGLE)
        const single = yield* millisOf(Effect.forEach(one, (memory) => write("writer", memory), { discard: true }))
        const batched = yield* millisOf(writeAll("writer", memories(`batched/${round}`, BATCH)))
        if (round === 0) continue
        rates.get(name)!.single.push((1000 * SINGLE) / single)
        rates.get(name)!.batched.push((1000 * BATCH) / batched)
      }
    }
    return Object.fromEntries(
      names.map((name) => {
        const { batched, single } = rates.get(name)!
        return [name, { single: quantile(single, 0.5), batched: quantile(batched, 0.5) }]
      })
    ) as Record<K, Throughput>
  })
