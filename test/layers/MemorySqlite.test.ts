import { type ChildProcess, spawn } from "node:child_process"
import { readdir, readFile, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import * as FileSystem from "@effect/platform/FileSystem"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import type { SqlClient } from "@effect/sql/SqlClient"
import * as Sql from "@effect/sql/SqlClient"
import * as SqliteClient from "@effect/sql-sqlite-node/SqliteClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Runtime from "effect/Runtime"
import * as fc from "fast-check"
import * as Store from "../../layers/internal/memory/store.js"
import * as MemorySqlite from "../../layers/MemorySqlite.js"
import { Memory, TenantId } from "../../services/Memory.js"
import { compiled } from "../utils/compiled.js"
import { nothingCrosses, story } from "../utils/memoryIsolation.js"
import { alice, contents, memorySuite, oddQueries, texts } from "../utils/memorySuite.js"
import { statementsOf } from "../utils/statements.js"

const folder = Effect.flatMap(FileSystem.FileSystem, (fs) =>
  fs.makeTempDirectoryScoped({ prefix: "hyperfunc-memory-" })
).pipe(Effect.provide(NodeFileSystem.layer), Effect.orDie)

const file = Effect.map(folder, (path) => join(path, "memory.db"))

const client = (filename: string, options: Partial<SqliteClient.SqliteClientConfig> = {}) =>
  SqliteClient.layer({ filename, ...options })

/** What the database itself thinks of the index and of its pages. */
const check = (filename: string) =>
  Effect.gen(function* () {
    const sql = yield* Sql.SqlClient
    yield* sql`INSERT INTO hyperfunc_index (hyperfunc_index, rank) VALUES ('integrity-check', 1)`
    const [row] = yield* sql<{ readonly integrity_check: string }>`PRAGMA integrity_check`
    return row?.integrity_check
  }).pipe(Effect.provide(client(filename)))

const failed = (filename: string) =>
  Effect.flip(Effect.asVoid(MemorySqlite.make({ filename, busyTimeout: "200 millis" })))

/** A process that writes, and the batches that it has told of. */
const writer = (program: string, filename: string, tenant: string, count: number, batch: number) => {
  const child = spawn(process.execPath, [program, filename, tenant, String(count), String(batch)])
  const told = { last: 0, errors: "" }
  child.stdout.setEncoding("utf8").on("data", (lines: string) => {
    told.last = Number(lines.trim().split("\n").at(-1))
  })
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    told.errors += text
  })
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve))
  return { child, told, ended }
}

const firstWord = (child: ChildProcess) => new Promise<void>((resolve) => child.stdout?.once("data", () => resolve()))

const pause = (millis: number) => new Promise<void>((resolve) => setTimeout(resolve, millis))

describe("MemorySqlite", () => {
  it.scoped("reads no tenant whole to find, remember, change or forget one memory", () =>
    Effect.gen(function* () {
      const filename = yield* file
      const memory = yield* MemorySqlite.make({ filename })
      const statements = yield* statementsOf(
        Effect.gen(function* () {
          const { id } = yield* memory.remember(alice, {
            content: "The violin is old",
            conversation: "c",
            entities: ["V"]
          })
          yield* memory.remember(alice, { content: "The violin is old", importance: 1 })
          yield* memory.recall(alice, "violin")
          yield* memory.byEntity(alice, "V")
          yield* memory.update(alice, id, { content: "The viola is old", entities: ["W"] })
          const newer = yield* memory.supersede(alice, id, { content: "The cello is old" })
          yield* memory.forget(alice, { id: newer.id })
        })
      )
      const looksUp = statements.filter((statement) =>
        /FROM hyperfunc_entries|UPDATE hyperfunc_entries/.test(statement)
      )
      assert.isAtLeast(looksUp.length, 8)
      const planOf = (statement: string) =>
        Effect.flatMap(Sql.SqlClient, (sql) =>
          sql.unsafe<{ readonly detail: string }>(
            `EXPLAIN QUERY PLAN ${statement}`,
            Array.from(statement.matchAll(/\?/g), () => null)
          )
        ).pipe(Effect.provide(client(filename)))
      for (const statement of looksUp) {
        const plan = yield* planOf(statement)
        const scans = plan.filter(({ detail }) => /^SCAN e|^SEARCH e\b.*\(tenant=\?\)/.test(detail))
        assert.deepStrictEqual(scans, [], statement)
      }
    })
  )

  memorySuite(it, (options) => Effect.flatMap(file, (filename) => MemorySqlite.make({ filename, ...options })))

  it.scoped("provides a memory as a layer, in a file that keeps it and in none that does", () =>
    Effect.gen(function* () {
      const filename = yield* file
      const use = <A, E>(effect: Effect.Effect<A, E, Memory>, filename: string) =>
        Effect.provide(effect, MemorySqlite.layer({ filename }))
      const remember = Effect.flatMap(Memory, (memory) => memory.remember(alice, { content: "x" }))
      const count = Effect.flatMap(Memory, (memory) => memory.count(alice))
      yield* use(remember, filename)
      assert.strictEqual(yield* use(count, filename), 1)
      yield* use(remember, ":memory:")
      assert.strictEqual(yield* use(count, ":memory:"), 0)
    })
  )

  it.scoped(
    "lets nothing cross between three tenants, whatever they do",
    () =>
      Effect.gen(function* () {
        let run = 0
        const runPromise = Runtime.runPromise(yield* Effect.runtime<never>())
        const property = fc.asyncProperty(story, (story) => {
          const memory = MemorySqlite.make({ filename: ":memory:" })
          const program = Effect.gen(function* () {
            const own = [yield* memory, yield* memory, yield* memory]
            yield* nothingCrosses({ shared: yield* memory, own }, story, ++run)
          })
          return runPromise(Effect.scoped(program))
        })
        yield* Effect.promise(() => fc.assert(property, { numRuns: 40 }))
      }),
    300_000
  )

  it.scoped("writes nothing when it reads", () =>
    Effect.gen(function* () {
      const filename = yield* file
      const memory = yield* MemorySqlite.make({ filename })
      const { id } = yield* memory.remember(alice, { content: "The pottery class", entities: ["Ann"] })
      const observed = yield* Sql.SqlClient.pipe(
        Effect.flatMap((sql: SqlClient) =>
          Effect.gen(function* () {
            const version = Effect.map(sql<{ readonly data_version: number }>`PRAGMA data_version`, ([row]) => row)
            const before = yield* version
            for (const query of oddQueries.slice(0, 12)) yield* memory.recall(alice, query)
            yield* memory.recall(TenantId.make("nobody"), "pottery")
            yield* memory.byEntity(alice, "Ann")
            yield* memory.recent(alice)
            yield* memory.get(alice, id)
            yield* memory.count(alice)
            assert.deepStrictEqual(yield* version, before)
            yield* memory.remember(alice, { content: "Another" })
            return [before, yield* version]
          })
        ),
        Effect.provide(client(filename))
      )
      assert.notDeepEqual(observed[0], observed[1])
    })
  )

  it.scoped("leaves nothing of what is forgotten in the file, not even in the index", () =>
    Effect.gen(function* () {
      const filename = yield* file
      const memory = yield* MemorySqlite.make({ filename })
      yield* memory.rememberAll(
        alice,
        Array.from({ length: 300 }, (_, k) => ({ content: `The zeppelinesque number ${k}`, entities: ["Quetzal"] }))
      )
      const everything = Effect.gen(function* () {
        const sql = yield* Sql.SqlClient
        yield* sql`CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab(main, hyperfunc_index, row)`
        const terms = yield* sql<{
          readonly term: string
        }>`SELECT term FROM temp.vocabulary WHERE term LIKE '%zeppelin%'`
        const counts = yield* Effect.forEach(
          ["entries", "entities", "vectors", "tenants"],
          (table) => sql<{ readonly n: number }>`SELECT count(*) AS n FROM ${sql(`hyperfunc_${table}`)}`
        )
        return { terms: terms.length, rows: counts.flat().map(({ n }) => n) }
      }).pipe(Effect.provide(client(filename)))
      assert.deepStrictEqual(yield* everything, { terms: 1, rows: [300, 300, 0, 1] })
      const bytes = Effect.promise(async () => {
        const files = (await readdir(dirname(filename))).map((name) =>
          readFile(join(dirname(filename), name), "latin1")
        )
        return (await Promise.all(files)).join("")
      })
      assert.include((yield* bytes).toLowerCase(), "zeppelinesque")
      yield* memory.forget(alice, { everything: true })
      const left = (yield* bytes).toLowerCase()
      for (const word of ["zeppelin", "quetzal"]) assert.notInclude(left, word)
      assert.deepStrictEqual(yield* everything, { terms: 0, rows: [0, 0, 0, 0] })
      assert.strictEqual(yield* check(filename), "ok")
    })
  )

  it.scoped("keeps rows and index together through changes and removals", () =>
    Effect.gen(function* () {
      const filename = yield* file
      const memory = yield* MemorySqlite.make({ filename })
      const all = yield* memory.rememberAll(
        alice,
        Array.from({ length: 200 }, (_, k) => ({ content: `Number ${k} of many`, conversation: `c${k % 7}` }))
      )
      for (const { id } of all.slice(0, 50)) yield* memory.update(alice, id, { content: `Now ${id}` })
      for (const { id } of all.slice(40, 80)) yield* memory.forget(alice, { id })
      for (const { id } of all.slice(80, 90)) yield* memory.supersede(alice, id, { content: `Later ${id}` })
      assert.strictEqual(yield* check(filename), "ok")
      assert.strictEqual(yield* memory.count(alice), 160)
    })
  )

  it.scoped("waits for another that writes, and says Busy when it takes too long", () =>
    Effect.gen(function* () {
      const filename = yield* file
      const memory = yield* MemorySqlite.make({ filename, busyTimeout: "300 millis" })
      const patient = yield* MemorySqlite.make({ filename, busyTimeout: "20 seconds" })
      yield* memory.remember(alice, { content: "before" })
      yield* Effect.gen(function* () {
        const sql = yield* Sql.SqlClient
        yield* sql`BEGIN IMMEDIATE`
        const busy = yield* Effect.flip(Effect.asVoid(memory.remember(alice, { content: "refused" })))
        assert.strictEqual(busy.reason, "Busy")
        assert.isTrue(busy.isRetryable)
        assert.deepStrictEqual(texts(yield* memory.recall(alice, "before")), ["before"])
        const waiting = yield* Effect.fork(patient.remember(alice, { content: "waited for" }))
        yield* Effect.promise(() => pause(200))
        yield* sql`COMMIT`
        assert.strictEqual((yield* Fiber.join(waiting)).content, "waited for")
      }).pipe(Effect.provide(client(filename)))
      assert.strictEqual(yield* memory.count(alice), 2)
    })
  )

  it.scoped("says Full when there is no room, keeps what there was, and goes on when there is", () =>
    Effect.gen(function* () {
      const filename = yield* file
      yield* Effect.gen(function* () {
        const sql = yield* Sql.SqlClient
        const memory = yield* Store.make({ busyTimeout: "1 second", writers: 1 })
        yield* memory.remember(alice, { content: "There before" })
        yield* sql`PRAGMA max_page_count = 60`
        const many = Array.from({ length: 2000 }, (_, k) => ({ content: `Number ${k} ${"x".repeat(200)}` }))
        const full = yield* Effect.flip(Effect.asVoid(memory.rememberAll(alice, many)))
        assert.strictEqual(full.reason, "Full")
        assert.strictEqual(yield* memory.count(alice), 1)
        assert.lengthOf(yield* memory.recall(alice, "before"), 1)
        yield* sql`PRAGMA max_page_count = 100000`
        yield* memory.rememberAll(alice, many)
        assert.strictEqual(yield* memory.count(alice), 2001)
      }).pipe(Effect.scoped, Effect.provide(client(filename)))
      assert.strictEqual(yield* check(filename), "ok")
    })
  )

  it.scoped("says Full where it may not write, and reads what is there", () =>
    Effect.gen(function* () {
      const filename = yield* file
      yield* Effect.scoped(
        Effect.flatMap(MemorySqlite.make({ filename }), (memory) => memory.remember(alice, { content: "There before" }))
      )
      yield* Effect.gen(function* () {
        const memory = yield* Store.make({ busyTimeout: "1 second", writers: 1 })
        assert.lengthOf(yield* memory.recall(alice, "before"), 1)
        const refused = yield* Effect.flip(Effect.asVoid(memory.remember(alice, { content: "More" })))
        assert.strictEqual(refused.reason, "Full")
      }).pipe(Effect.scoped, Effect.provide(client(filename, { readonly: true, disableWAL: true })))
    })
  )

  it.scoped("says Unavailable for a folder that is not there, and for one in the place of the file", () =>
    Effect.gen(function* () {
      const path = yield* folder
      for (const filename of [join(path, "missing", "memory.db"), path]) {
        const error = yield* failed(filename)
        assert.strictEqual(error.reason, "Unavailable")
        assert.notStrictEqual(error.cure, "")
      }
    })
  )

  it.scoped("says Corrupt for a file with a broken header or that is none of SQLite's, and leaves it as it is", () =>
    Effect.gen(function* () {
      const filename = yield* file
      yield* Effect.scoped(
        Effect.flatMap(MemorySqlite.make({ filename }), (memory) => memory.remember(alice, { content: "x" }))
      )
      const bytes = yield* Effect.promise(() => readFile(filename))
      bytes.write("Not a db header", 0)
      for (const content of [bytes, Buffer.from("Once upon a time there was a text file. ".repeat(100))]) {
        yield* Effect.promise(() => writeFile(filename, content))
        assert.strictEqual((yield* failed(filename)).reason, "Corrupt")
        assert.deepStrictEqual(yield* Effect.promise(() => readFile(filename)), content)
      }
    })
  )

  it.scoped("says Newer for a database of a later version, and leaves its tables as they are", () =>
    Effect.gen(function* () {
      const filename = yield* file
      yield* Effect.scoped(MemorySqlite.make({ filename }))
      const tables = Effect.flatMap(Sql.SqlClient, (sql) => sql`SELECT * FROM sqlite_schema ORDER BY name`)
      const before = yield* Effect.gen(function* () {
        const sql = yield* Sql.SqlClient
        yield* sql`INSERT INTO hyperfunc_migrations (migration_id, name) VALUES (99, 'later')`
        return yield* tables
      }).pipe(Effect.provide(client(filename)))
      assert.strictEqual((yield* failed(filename)).reason, "Newer")
      assert.deepStrictEqual(yield* Effect.provide(tables, client(filename)), before)
    })
  )

  it.scoped("is prepared once when many open a new file at once", () =>
    Effect.gen(function* () {
      const filename = yield* file
      const all = yield* Effect.forEach(Array.from({ length: 8 }), () => MemorySqlite.make({ filename }), {
        concurrency: "unbounded"
      })
      yield* Effect.forEach(all, (memory, k) => memory.remember(alice, { content: `From ${k}` }), {
        concurrency: "unbounded"
      })
      assert.strictEqual(yield* all[0]!.count(alice), 8)
    })
  )

  it.scopedLive(
    "loses nothing of what two processes write at once, 10,000 entries each, into a file that neither has made",
    () =>
      Effect.gen(function* () {
        const filename = yield* file
        const program = yield* compiled("test/utils/memoryWorker.ts")
        const writers = ["one", "two"].map((tenant) => writer(program, filename, tenant, 10_000, 500))
        for (const { ended, told } of writers) {
          assert.strictEqual(yield* Effect.promise(() => ended), 0, told.errors)
        }
        const memory = yield* MemorySqlite.make({ filename })
        for (const name of ["one", "two"]) {
          const tenant = TenantId.make(name)
          assert.strictEqual(yield* memory.count(tenant), 10_000)
          assert.deepStrictEqual(texts(yield* memory.recall(tenant, "note 7777", { limit: 1 })), [
            `Note 7777 of ${name}`
          ])
        }
        assert.strictEqual(yield* check(filename), "ok")
      }),
    300_000
  )

  it.scopedLive(
    "has every batch wholly or not at all, and every one that it told of, after being killed at 50 points",
    () =>
      Effect.gen(function* () {
        const batch = 40
        const program = yield* compiled("test/utils/memoryWorker.ts")
        const killed = (filename: string, kills: number) =>
          Effect.gen(function* () {
            for (let kill = 0; kill < kills; kill++) {
              const { child, ended, told } = writer(program, filename, "alice", 1_000_000, batch)
              yield* Effect.promise(async () => {
                await firstWord(child)
                await pause(Math.random() * 60)
                child.kill("SIGKILL")
                await ended
              })
              const kept = yield* Effect.scoped(
                Effect.flatMap(MemorySqlite.make({ filename }), (memory) => memory.count(alice))
              )
              assert.isAtLeast(kept, told.last)
              assert.strictEqual(kept % batch, 0)
            }
            assert.strictEqual(yield* check(filename), "ok")
            const memory = yield* MemorySqlite.make({ filename })
            assert.deepStrictEqual(contents(yield* memory.recent(alice, { conversation: "none" })), [])
          })
        const files = yield* Effect.forEach(Array.from({ length: 5 }), () => file)
        yield* Effect.forEach(files, (filename) => killed(filename, 10), { concurrency: 5, discard: true })
      }),
    300_000
  )
})
