/**
 * What a memory finds, and how fast: ours on SQLite, on PostgreSQL and with an embedder, against a plain full-text search.
 */
import { join } from "node:path"
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import * as Sentences from "../examples/lib/sentences.js"
import * as MemoryPg from "../layers/MemoryPg.js"
import * as MemorySqlite from "../layers/MemorySqlite.js"
import { Postgres, layer as postgres } from "../test/utils/postgres.js"
import * as Bulk from "./lib/memory/bulk.js"
import * as Contestants from "./lib/memory/contestants.js"
import { type Conversation, conversations } from "./lib/memory/conversations.js"
import * as Plain from "./lib/memory/plain.js"
import * as Quality from "./lib/memory/quality.js"
import * as Speed from "./lib/memory/speed.js"
import { temporaryFolder } from "./lib/python.js"
import type { Bench } from "./lib/report.js"

type Figures = Readonly<Record<string, number>>

type Print = (line: string) => void

/** Whether `--methods` has a name, or names nothing. */
type Wanted = (method: string) => boolean

/** Where new databases are to be had; or why not. */
const server = Effect.either(
  Layer.build(postgres).pipe(
    Effect.map((context) => Context.get(context, Postgres).database),
    Effect.catchAllCause((cause) => Effect.fail(String(Cause.squash(cause)).split("\n")[0]))
  )
)

/** What PostgreSQL does in the background after many writes is done before anything is measured. */
const settledAt = (url: Redacted.Redacted) =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    yield* sql`VACUUM ANALYZE`
    yield* sql`CHECKPOINT`
  }).pipe(Effect.provide(PgClient.layer({ url })), Effect.asVoid)

/** New stores of every wanted kind, with nothing in them. */
const storesOf = (wanted: Wanted, pg: Effect.Effect.Success<typeof server>) =>
  Effect.gen(function* () {
    const folder = yield* temporaryFolder
    const plain = yield* Plain.make(folder)
    const sqlite = yield* MemorySqlite.make({ filename: join(folder, "memory.db") })
    if (Either.isLeft(pg) || !wanted("pg")) return { folder, plain, sqlite, pg: undefined, settled: Effect.void }
    const url = yield* pg.right
    return { folder, plain, sqlite, pg: yield* MemoryPg.make({ url }), settled: settledAt(url) }
  })

type Stores = Effect.Effect.Success<ReturnType<typeof storesOf>>

/** How well the wanted find what `asked` ask for; keys of figures end in `family`. */
const quality =
  (asked: ReadonlyArray<Conversation>, family: string) =>
  (print: Print, wanted: Wanted, { folder, pg, plain, sqlite }: Stores) =>
    Effect.gen(function* () {
      const turns = asked.reduce((sum, { turns }) => sum + turns.length, 0)
      const questions = asked.reduce((sum, { questions }) => sum + questions.length, 0)
      print(`${turns} turns, ${questions} questions; tenants: ${asked.length}`)
      const embedding = wanted("embedder")
        ? yield* Effect.provide(MemorySqlite.make({ filename: join(folder, "vectors.db") }), Sentences.layer)
        : undefined
      const contestants = [
        Contestants.plain(plain),
        Contestants.ours("sqlite", sqlite),
        ...(pg === undefined ? [] : [Contestants.ours("pg", pg)]),
        ...(embedding === undefined ? [] : [Contestants.ours("embedder", embedding)])
      ].filter(({ name }) => wanted(name))
      const measured = new Map<string, Quality.Quality>()
      for (const contestant of contestants) {
        const quality = yield* Quality.measure(contestant, asked)
        print(Quality.show(contestant.name, quality))
        measured.set(contestant.name, quality)
      }
      const [onSqlite, onPg] = [measured.get("sqlite"), measured.get("pg")]
      const figures = Array.from(measured, ([name, quality]) => Quality.figuresOf(name, quality, family))
      return Object.assign(
        { [`turns${family}`]: turns, [`questions${family}`]: questions },
        ...figures,
        onSqlite === undefined || onPg === undefined
          ? {}
          : { [`pg_minus_sqlite${family}`]: 100 * (onPg.recall10 - onSqlite.recall10) }
      ) as Figures
    })

/** The stores that are measured, the plain one among them: figures are to be read beside its own. */
const timed = (wanted: Wanted, { pg, plain, sqlite }: Stores): Readonly<Record<string, Bulk.Store>> => ({
  plain: Bulk.plainStore(plain),
  ...(wanted("sqlite") ? { sqlite: Bulk.ourStore(sqlite) } : {}),
  ...(pg === undefined ? {} : { pg: Bulk.ourStore(pg) })
})

const latency = (name: string, tenants: number, count: number) => (print: Print, wanted: Wanted, stores: Stores) =>
  Effect.gen(function* () {
    const all = timed(wanted, stores)
    const figures: Record<string, number> = {}
    for (const [store, filled] of Object.entries(all)) {
      const seconds = yield* Bulk.fill(filled, tenants, count)
      print(`${store}: ${tenants} × ${count} memories written in ${seconds.toFixed(1)} s`)
    }
    yield* stores.settled
    const taken = yield* Speed.latencies(all, tenants)
    for (const [store, { p50, p95, p95ByQuestion }] of Object.entries(taken)) {
      const times = `p50 ${p50.toFixed(2)} ms, p95 ${p95.toFixed(2)} ms, by question ${p95ByQuestion.toFixed(2)} ms`
      print(`  ${store.padEnd(8)} recall ${times}`)
      Object.assign(figures, {
        [`${store}_p50_ms_${name}`]: p50,
        [`${store}_p95_ms_${name}`]: p95,
        [`${store}_p95_by_question_ms_${name}`]: p95ByQuestion,
        ...(store === "plain" ? {} : { [`${store}_p95_over_plain_${name}`]: p95 / taken.plain.p95 })
      })
    }
    return figures as Figures
  })

const writes = (print: Print, wanted: Wanted, stores: Stores) =>
  Effect.gen(function* () {
    const rates = yield* Speed.throughputs(timed(wanted, stores))
    const figures: Record<string, number> = {}
    for (const [store, { batched, single }] of Object.entries(rates)) {
      print(`  ${store.padEnd(8)} writes/s: ${single.toFixed(0)} one by one, ${batched.toFixed(0)} in batches of 1000`)
      Object.assign(figures, {
        [`${store}_writes_per_second`]: single,
        [`${store}_batched_writes_per_second`]: batched,
        ...(store === "plain"
          ? {}
          : {
              [`${store}_writes_over_plain`]: single / rates.plain.single,
              [`${store}_batched_writes_over_plain`]: batched / rates.plain.batched
            })
      })
    }
    return figures as Figures
  })

/** What is measured, each on new stores. */
const families = {
  quality: quality(conversations, ""),
  together: quality([Quality.together(conversations)], "_together"),
  thousands: latency("6k", 1, 6000),
  million: latency("1m", 200, 5000),
  writes
}

/**
 * @since 0.1.0
 */
export const memory: Bench = {
  name: "memory",
  run: (print, options) =>
    Effect.gen(function* () {
      const wanted: Wanted = (method) => options.methods?.includes(method) ?? true
      const pg = yield* wanted("pg") ? server : Effect.succeed(Either.left("it was not asked for"))
      const figures: Record<string, number> = {}
      for (const [family, measure] of Object.entries(families)) {
        if (options.families?.includes(family) === false) continue
        const measured = Effect.flatMap(storesOf(wanted, pg), (stores) => measure(print, wanted, stores))
        Object.assign(figures, yield* Effect.scoped(measured))
      }
      return {
        figures,
        skipped: Either.isLeft(pg) ? [`pg: there is no PostgreSQL server to be had (${pg.left})`] : []
      }
    }).pipe(Effect.scoped)
}
