import * as Reactivity from "@effect/experimental/Reactivity"
import * as PgClient from "@effect/sql-pg/PgClient"
import { assert, layer, it as plain } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import * as fc from "fast-check"
import { OFTEN, often } from "../../layers/internal/memory/dialect.js"
import { fromDriver } from "../../layers/internal/memory/errors.js"
import * as Pool from "../../layers/internal/memory/pool.js"
import * as MemoryPg from "../../layers/MemoryPg.js"
import * as MemorySqlite from "../../layers/MemorySqlite.js"
import { Memory, TenantId } from "../../services/Memory.js"
import { nothingCrosses, story } from "../utils/memoryIsolation.js"
import { alice, bob, memorySuite, texts } from "../utils/memorySuite.js"
import * as Pg from "../utils/postgres.js"
import { statementsOf } from "../utils/statements.js"

const database = Effect.flatMap(Pg.Postgres, ({ database }) => database)

const failed = (url: Redacted.Redacted) => Effect.flip(Effect.asVoid(MemoryPg.make({ url, busyTimeout: "1 second" })))

layer(Pg.layer, { timeout: "5 minutes" })("MemoryPg", (it) => {
  memorySuite<Pg.Postgres>(it, (options) => Effect.flatMap(database, (url) => MemoryPg.make({ url, ...options })))

  it.scoped("provides a memory as a layer, in a database that keeps it", () =>
    Effect.gen(function* () {
      const url = yield* database
      const remember = Effect.flatMap(Memory, (memory) => memory.remember(alice, { content: "x" }))
      const count = Effect.flatMap(Memory, (memory) => memory.count(alice))
      yield* Effect.provide(remember, MemoryPg.layer({ url }))
      assert.strictEqual(yield* Effect.provide(count, MemoryPg.layer({ url })), 1)
    })
  )

  it.scoped(
    "lets nothing cross between three tenants, whatever they do",
    () =>
      Effect.gen(function* () {
        const memory = Effect.flatMap(database, (url) => MemoryPg.make({ url, maxConnections: 2 }))
        const own = [yield* memory, yield* memory, yield* memory]
        const shared = yield* memory
        let run = 0
        const runPromise = Runtime.runPromise(yield* Effect.runtime<never>())
        const property = fc.asyncProperty(story, (story) => runPromise(nothingCrosses({ shared, own }, story, ++run)))
        yield* Effect.promise(() => fc.assert(property, { numRuns: 8 }))
      }),
    300_000
  )

  it.scoped("finds what the memory on SQLite finds, in the same order", () =>
    Effect.gen(function* () {
      const pg = yield* MemoryPg.make({ url: yield* database })
      const sqlite = yield* MemorySqlite.make({ filename: ":memory:" })
      const things = ["kettle", "violin", "garden", "passport", "bicycle"]
      const deeds = ["repaired", "sold", "painted", "lost", "remembered", "was running to fetch"]
      const said = things.flatMap((thing, i) =>
        deeds.map((deed, k) => ({
          content: `Yesterday somebody ${deed} the ${thing}${k % 2 === 0 ? " again, café-style" : "s"}`,
          conversation: `c${(i + k) % 4}`
        }))
      )
      yield* pg.rememberAll(alice, said)
      yield* sqlite.rememberAll(alice, said)
      const questions = [
        ...things.map((thing) => `Who repairs ${thing}s?`),
        ...deeds.map((deed) => `What has ${deed} cafes?`)
      ]
      for (const question of questions) {
        const scores = (found: ReadonlyArray<{ readonly score: number }>) => found.map(({ score }) => score.toFixed(6))
        const [here, there] = [yield* pg.recall(alice, question), yield* sqlite.recall(alice, question)]
        assert.deepStrictEqual(scores(here), scores(there), question)
        assert.strictEqual(texts(here).length, 10)
      }
    })
  )

  it.scoped("prepares on a connection what is asked all the time, and nothing without leave", () =>
    Effect.gen(function* () {
      const url = yield* database
      const options = { url, maxConnections: 1, connectTimeout: "5 seconds", busyTimeout: "5 seconds" } as const
      const preparedBy = (prepare: boolean) =>
        Effect.gen(function* () {
          const sql = yield* PgClient.fromPool({ acquire: Pool.acquire({ ...options, prepare }) })
          for (const one of [1, 2, 2]) yield* sql`${often(sql)} SELECT ${one}::int AS one`
          yield* sql`SELECT 3 AS three`
          const known = yield* sql<{ statement: string }>`SELECT statement FROM pg_prepared_statements`
          yield* sql`DEALLOCATE ALL`
          const lost = yield* Effect.either(sql<{ one: number }>`${often(sql)} SELECT ${4}::int AS one`)
          return { known: known.map(({ statement }) => statement), lost }
        })
      const prepared = yield* preparedBy(true)
      assert.deepStrictEqual(prepared.known, [`${OFTEN} SELECT $1::int AS one`])
      // As a pooler does that gives every transaction another connection.
      const error = fromDriver(Option.getOrThrow(Either.getLeft(prepared.lost)))
      assert.strictEqual(error.reason, "Unavailable")
      assert.include(error.cure, "prepare: false")
      const unprepared = yield* preparedBy(false)
      assert.deepStrictEqual(unprepared.known, [])
      assert.deepStrictEqual(Either.getOrThrow(unprepared.lost), [{ one: 4 }])
    }).pipe(Effect.provide(Reactivity.layer))
  )

  it.scoped("never looks through what a tenant has from the latest on, even where nothing else seems cheap", () =>
    Effect.gen(function* () {
      const url = yield* database
      const memory = yield* MemoryPg.make({ url })
      yield* memory.remember(alice, { content: "The violin is old", conversation: "c" })
      const statements = yield* statementsOf(memory.recall(alice, "Where is the old violin?"))
      const searching = statements.filter((statement) => statement.includes("to_tsquery"))
      assert.lengthOf(searching, 1)
      const sql = yield* PgClient.fromPool({
        acquire: Pool.acquire({
          url,
          maxConnections: 1,
          connectTimeout: "5 seconds",
          busyTimeout: "5 seconds",
          prepare: false
        })
      })
      for (const setting of [
        "plan_cache_mode = force_generic_plan",
        "enable_bitmapscan = off",
        "enable_seqscan = off"
      ]) {
        yield* sql.unsafe(`SET ${setting}`)
      }
      yield* sql.unsafe(`PREPARE searching AS ${searching[0]}`)
      const nulls = Array.from(new Set(searching[0]!.match(/\$\d+/g)), () => "NULL")
      const plan = yield* sql.unsafe<{ "QUERY PLAN": string }>(`EXPLAIN EXECUTE searching(${nulls.join()})`)
      const scans = plan.map((line) => line["QUERY PLAN"]).filter((line) => line.includes("hyperfunc_entries"))
      assert.isAtLeast(scans.length, 2)
      for (const scan of scans) assert.notInclude(scan, "Backward")
    }).pipe(Effect.provide(Reactivity.layer))
  )

  it.scoped("finds the same whether it prepares or not", () =>
    Effect.gen(function* () {
      const url = yield* database
      const [one, other] = [yield* MemoryPg.make({ url }), yield* MemoryPg.make({ url, prepare: false })]
      yield* one.remember(alice, { content: "The violin is repaired" })
      const ask = (memory: typeof one) => Effect.map(memory.recall(alice, "Who repairs violins?"), texts)
      for (let k = 0; k < 8; k++) assert.deepStrictEqual(yield* ask(one), yield* ask(other))
      assert.deepStrictEqual(yield* ask(one), ["The violin is repaired"])
    })
  )

  it.scoped("tells nobody a URL that cannot be read, nor the password in it", () =>
    Effect.gen(function* () {
      const error = yield* failed(Redacted.make("postgres://user:hunter2@[nowhere/app"))
      assert.strictEqual(error.reason, "Unavailable")
      assert.notInclude(JSON.stringify(error), "hunter2")
    })
  )

  it.scoped("refuses a number of connections that is none", () =>
    Effect.gen(function* () {
      const url = yield* database
      for (const maxConnections of [0, -1, 1.5, Number.NaN]) {
        const error = yield* Effect.flip(Effect.asVoid(MemoryPg.make({ url, maxConnections })))
        assert.strictEqual(error.reason, "Invalid")
        assert.include(error.message, "maxConnections")
      }
    })
  )

  it.scoped("is prepared once when many open a new database at once", () =>
    Effect.gen(function* () {
      const url = yield* database
      const all = yield* Effect.forEach(Array.from({ length: 6 }), () => MemoryPg.make({ url, maxConnections: 2 }), {
        concurrency: "unbounded"
      })
      yield* Effect.forEach(all, (memory, k) => memory.remember(alice, { content: `From ${k}` }), {
        concurrency: "unbounded"
      })
      assert.strictEqual(yield* all[0]!.count(alice), 6)
    })
  )

  it.scoped(
    "loses nothing of what many write at once, for the same and for other tenants",
    () =>
      Effect.gen(function* () {
        const url = yield* database
        const writers = [yield* MemoryPg.make({ url }), yield* MemoryPg.make({ url })]
        const batches = writers.flatMap((memory, w) =>
          [alice, bob].flatMap((tenant) =>
            Array.from({ length: 10 }, (_, b) =>
              memory.rememberAll(
                tenant,
                Array.from({ length: 500 }, (_, k) => ({
                  content: `Note ${k} of batch ${b} of ${w}`,
                  conversation: "c"
                }))
              )
            )
          )
        )
        yield* Effect.all(batches, { concurrency: "unbounded", discard: true })
        for (const tenant of [alice, bob]) {
          assert.strictEqual(yield* writers[0]!.count(tenant), 10_000)
          const positions = (yield* writers[1]!.recent(tenant, { limit: 10_000 })).map(({ position }) => position)
          assert.strictEqual(new Set(positions).size, 10_000)
        }
      }),
    300_000
  )

  it.scoped("finds what is a hundred thousand entries apart, and of what many have the latest", () =>
    Effect.gen(function* () {
      const url = yield* database
      const memory = yield* MemoryPg.make({ url })
      const later = Effect.flatMap(
        PgClient.PgClient,
        (sql) => sql`UPDATE hyperfunc_tenants SET next = next + 100000 WHERE name = ${alice}`
      ).pipe(Effect.provide(PgClient.layer({ url })))
      const notes = (name: string, count: number) =>
        memory.rememberAll(
          alice,
          Array.from({ length: count }, (_, k) => ({ content: `Coffee with sugar, ${name} ${k}` }))
        )
      yield* memory.remember(alice, { content: "A violin stood beside the coffee" })
      yield* notes("early", 600)
      yield* later
      yield* memory.remember(alice, { content: "Coffee, sugar and milk at the harbour" })
      yield* notes("middle", 400)
      yield* later
      yield* notes("late", 300)

      const found = (question: string, limit: number) =>
        Effect.map(memory.recall(alice, question, { limit }), (answer) => texts(answer))
      const latest = yield* found("coffee", 500)
      assert.lengthOf(latest, 500)
      assert.lengthOf(
        latest.filter((text) => text.includes("late")),
        300
      )
      assert.lengthOf(
        latest.filter((text) => text.includes("early")),
        0
      )
      assert.deepEqual(yield* found("Which coffee was beside a violin?", 1), ["A violin stood beside the coffee"])
      assert.deepEqual(yield* found("coffee and sugar at the harbour", 1), ["Coffee, sugar and milk at the harbour"])
      assert.deepEqual(yield* found("sugar in the coffee", 2), [
        "Coffee with sugar, late 299",
        "Coffee with sugar, late 298"
      ])
    })
  )

  it.scoped("says Newer for a database of a later version", () =>
    Effect.gen(function* () {
      const url = yield* database
      yield* Effect.scoped(MemoryPg.make({ url }))
      yield* Effect.flatMap(
        PgClient.PgClient,
        (sql) => sql`INSERT INTO hyperfunc_migrations (migration_id, name) VALUES (99, 'later')`
      ).pipe(Effect.provide(PgClient.layer({ url })))
      assert.strictEqual((yield* failed(url)).reason, "Newer")
    })
  )

  it.scoped("says Unavailable where there is no database or no server, and never the password", () =>
    Effect.gen(function* () {
      const url = new URL(Redacted.value(yield* database))
      url.pathname = "no_such_database"
      const elsewhere = Redacted.make("postgres://somebody:secret@127.0.0.1:1/nowhere")
      for (const wrong of [Redacted.make(url.href), elsewhere]) {
        const error = yield* failed(wrong)
        assert.strictEqual(error.reason, "Unavailable")
        assert.notInclude(`${error.message} ${JSON.stringify(error)}`, "secret")
      }
    })
  )

  it.scoped("says Busy in time when another holds what it needs", () =>
    Effect.gen(function* () {
      const url = yield* database
      const memory = yield* MemoryPg.make({ url, busyTimeout: "300 millis" })
      yield* memory.remember(alice, { content: "x" })
      const holding = (statement: string) =>
        Effect.gen(function* () {
          const held = yield* Deferred.make<void>()
          const sql = yield* PgClient.PgClient
          const hold = sql.withTransaction(
            Effect.zipRight(sql.unsafe(statement), Effect.zipRight(Deferred.succeed(held, undefined), Effect.never))
          )
          const fiber = yield* Effect.fork(hold)
          yield* Deferred.await(held)
          return fiber
        })
      yield* Effect.gen(function* () {
        const row = yield* holding("UPDATE hyperfunc_tenants SET next = next WHERE name = 'alice'")
        assert.strictEqual((yield* Effect.flip(memory.remember(alice, { content: "y" }))).reason, "Busy")
        yield* memory.remember(bob, { content: "z" })
        yield* Fiber.interrupt(row)
        yield* memory.remember(alice, { content: "y" })
        const table = yield* holding("LOCK TABLE hyperfunc_entries IN ACCESS EXCLUSIVE MODE")
        assert.strictEqual((yield* Effect.flip(Effect.asVoid(memory.recall(alice, "x")))).reason, "Busy")
        yield* Fiber.interrupt(table)
        assert.lengthOf(yield* memory.recall(alice, "x"), 1)
      }).pipe(Effect.provide(PgClient.layer({ url })))
    })
  )

  it.scoped("tries again when two change the same in each other's way", () =>
    Effect.gen(function* () {
      const url = yield* database
      const memory = yield* MemoryPg.make({ url })
      yield* memory.remember(alice, { content: "x" })
      yield* Effect.gen(function* () {
        const sql = yield* PgClient.PgClient
        yield* sql.unsafe(`
          CREATE SEQUENCE attempts;
          CREATE FUNCTION conflict() RETURNS trigger AS $$ BEGIN
            IF nextval('attempts') < 4 THEN RAISE EXCEPTION 'conflict' USING ERRCODE = '40001'; END IF;
            RETURN NEW;
          END $$ LANGUAGE plpgsql;
          CREATE TRIGGER conflicts BEFORE INSERT ON hyperfunc_entries FOR EACH ROW EXECUTE FUNCTION conflict();
        `)
      }).pipe(Effect.provide(PgClient.layer({ url })))
      yield* memory.remember(alice, { content: "Written at the fourth attempt" })
      assert.strictEqual(yield* memory.count(alice), 2)
    })
  )
})

plain.scopedLive(
  "MemoryPg says Unavailable when its server is killed, in the middle of writing too, and goes on when it is back",
  () =>
    Effect.gen(function* () {
      const server = yield* Pg.killable
      const memory = yield* MemoryPg.make({ url: yield* server.database })
      yield* memory.remember(alice, { content: "Before" })
      const tenant = TenantId.make("many")
      const batch = (b: number) =>
        memory.rememberAll(
          tenant,
          Array.from({ length: 2000 }, (_, k) => ({ content: `Note ${k} of batch ${b}` }))
        )
      let written = 0
      const writing = Effect.forEach(Array.from({ length: 500 }), (_, b) =>
        Effect.tap(batch(b), () => Effect.sync(() => written++))
      )
      const [error] = yield* Effect.all(
        [Effect.flip(Effect.asVoid(writing)), Effect.delay(server.kill, "300 millis")] as const,
        { concurrency: 2 }
      )
      assert.strictEqual(error.reason, "Unavailable")
      assert.isTrue(error.isRetryable)
      assert.strictEqual((yield* Effect.flip(Effect.asVoid(memory.recall(alice, "before")))).reason, "Unavailable")
      yield* server.start
      assert.deepStrictEqual(texts(yield* memory.recall(alice, "before")), ["Before"])
      const kept = yield* memory.count(tenant)
      assert.strictEqual(kept % 2000, 0)
      assert.isAtLeast(kept, 2000 * written)
    }),
  300_000
)
