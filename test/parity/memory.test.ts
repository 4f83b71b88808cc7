/**
 * Mirrors `tests/test_memory.py` of the Python library. There a read counts as an access and is written; here reads write
 * nothing, and the test says so. Users are tenants, and there is no reading of all of them.
 */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import * as MemorySqlite from "../../layers/MemorySqlite.js"
import { MemoryEntry, MemoryType, TenantId } from "../../services/Memory.js"
import * as MemoryContext from "../../src/MemoryContext.js"
import { contents, texts } from "../utils/memorySuite.js"

const [ann, bob] = [TenantId.make("ann"), TenantId.make("bob")]

const store = MemorySqlite.make({ filename: ":memory:" })

const temporary = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "hyperfunc-parity-"))),
  (folder) => Effect.promise(() => rm(folder, { recursive: true, force: true }))
)

describe("test_memory", () => {
  describe("MemoryEntry", () => {
    it.scoped("defaults: a fact of middling importance, about nobody", () =>
      Effect.gen(function* () {
        const { entities, importance, metadata, type } = yield* (yield* store).remember(ann, { content: "Test" })
        assert.deepStrictEqual([type, importance, entities, metadata], ["FACT", 0.5, [], {}])
      })
    )

    it.scoped("custom values are kept, and to_dict is JSON and back", () =>
      Effect.gen(function* () {
        const entry = yield* (yield* store).remember(ann, {
          content: "Test",
          type: "CONTEXT",
          importance: 0.9,
          entities: ["John", "Ada"],
          metadata: { source: "chat" }
        })
        const json = JSON.parse(JSON.stringify(yield* Schema.encode(MemoryEntry)(entry)))
        assert.deepInclude(json, {
          content: "Test",
          tenant: "ann",
          type: "CONTEXT",
          importance: 0.9,
          entities: ["John", "Ada"],
          metadata: { source: "chat" }
        })
        assert.deepStrictEqual(yield* Schema.decodeUnknown(MemoryEntry)(json), entry)
      })
    )

    it("has five types", () => {
      assert.deepStrictEqual(MemoryType.literals, ["FACT", "PREFERENCE", "CONTEXT", "EVENT", "ENTITY"])
    })
  })

  describe("SQLiteMemoryStore", () => {
    it.scoped("is empty, adds one and many, gives all of them, and is cleared", () =>
      Effect.gen(function* () {
        const memory = yield* store
        assert.strictEqual(yield* memory.count(ann), 0)
        yield* memory.remember(ann, { content: "The first" })
        assert.strictEqual(yield* memory.count(ann), 1)
        const many = yield* memory.rememberAll(ann, [{ content: "A pottery class" }, { content: "A trip to Rome" }])
        assert.strictEqual(many.length, 2)
        assert.strictEqual((yield* memory.recent(ann)).length, 3)
        assert.strictEqual(yield* memory.forget(ann, { everything: true }), 3)
        assert.strictEqual(yield* memory.count(ann), 0)
      })
    )

    it.scoped("retrieves what a query names, and not what it doesn't", () =>
      Effect.gen(function* () {
        const memory = yield* store
        yield* memory.rememberAll(ann, [
          { content: "Alice is building an API with FastAPI" },
          { content: "Bob likes Django" },
          { content: "The weather is fine" }
        ])
        assert.deepStrictEqual(texts(yield* memory.recall(ann, "FastAPI")), ["Alice is building an API with FastAPI"])
      })
    )

    it.scoped("does not count accesses: a second retrieval finds the entry as it was", () =>
      Effect.gen(function* () {
        const memory = yield* store
        yield* memory.remember(ann, { content: "Python is a language" })
        const first = yield* memory.recall(ann, "Python")
        assert.deepStrictEqual(yield* memory.recall(ann, "Python"), first)
      })
    )

    it.scoped("get_recent gives the newest", () =>
      Effect.gen(function* () {
        const memory = yield* store
        for (const content of ["First", "Second", "Third"]) {
          yield* memory.remember(ann, { content })
          yield* TestClock.adjust("1 second")
        }
        assert.deepStrictEqual(contents(yield* memory.recent(ann, { limit: 1 })), ["Third"])
      })
    )

    it.scoped("finds by entity, by importance and by type", () =>
      Effect.gen(function* () {
        const memory = yield* store
        yield* memory.rememberAll(ann, [
          { content: "John likes coffee", entities: ["John"], type: "PREFERENCE", importance: 0.9 },
          { content: "Mary likes tea", entities: ["Mary"], type: "FACT", importance: 0.1 }
        ])
        assert.deepStrictEqual(contents(yield* memory.byEntity(ann, "John")), ["John likes coffee"])
        assert.deepStrictEqual(texts(yield* memory.recall(ann, "likes", { minImportance: 0.5 })), ["John likes coffee"])
        assert.deepStrictEqual(texts(yield* memory.recall(ann, "likes", { types: ["FACT"] })), ["Mary likes tea"])
      })
    )

    it.scoped("keeps users apart: what one has, another neither reads, counts nor clears", () =>
      Effect.gen(function* () {
        const memory = yield* store
        yield* memory.remember(ann, { content: "Ann likes Python" })
        yield* memory.rememberAll(bob, [{ content: "Bob likes Python" }, { content: "Bob has a dog" }])
        assert.deepStrictEqual([yield* memory.count(ann), yield* memory.count(bob)], [1, 2])
        assert.deepStrictEqual(texts(yield* memory.recall(ann, "Python")), ["Ann likes Python"])
        yield* memory.forget(ann, { everything: true })
        assert.deepStrictEqual([yield* memory.count(ann), yield* memory.count(bob)], [0, 2])
      })
    )

    it.scoped("prunes what is old and unimportant, and keeps what is old and important", () =>
      Effect.gen(function* () {
        const memory = yield* store
        yield* memory.remember(ann, { content: "Old and unimportant", importance: 0.1 })
        yield* memory.remember(ann, { content: "Old, but it matters", importance: 0.9 })
        yield* TestClock.adjust("60 days")
        yield* memory.remember(ann, { content: "Fresh and unimportant", importance: 0.1 })
        assert.strictEqual(yield* memory.prune(ann, { olderThan: "30 days", maxImportance: 0.3 }), 1)
        assert.deepStrictEqual(contents(yield* memory.recent(ann)), ["Fresh and unimportant", "Old, but it matters"])
      })
    )

    it.scoped("is in a file, where it is kept, or in none", () =>
      Effect.gen(function* () {
        const filename = join(yield* temporary, "memory.db")
        yield* Effect.scoped(
          Effect.flatMap(MemorySqlite.make({ filename }), (memory) => memory.remember(ann, { content: "Kept" }))
        )
        assert.strictEqual(yield* (yield* MemorySqlite.make({ filename })).count(ann), 1)
        assert.strictEqual(yield* (yield* store).count(ann), 0)
      })
    )
  })

  describe("store_turn", () => {
    it.scoped("keeps the turn itself, of its user, where there is no model", () =>
      Effect.gen(function* () {
        const memory = yield* store
        const [entry] = yield* memory.rememberTurn(ann, { user: "I live in Rome", assistant: "A lovely city!" })
        assert.deepStrictEqual([entry.type, entry.tenant], ["CONTEXT", ann])
        assert.include(entry.content, "I live in Rome")
        assert.include(entry.content, "A lovely city!")
        assert.deepStrictEqual([yield* memory.count(ann), yield* memory.count(bob)], [1, 0])
      })
    )
  })

  describe("format_for_context", () => {
    const entries = (...all: ReadonlyArray<string>) =>
      all.map((content) =>
        MemoryEntry.make({
          id: content,
          tenant: ann,
          content,
          type: "FACT",
          entities: [],
          importance: 0.5,
          createdAt: DateTime.unsafeMake(0),
          validFrom: DateTime.unsafeMake(0),
          metadata: {}
        })
      )

    it("is nothing for no memories, and has a heading and the content of some", () => {
      assert.strictEqual(MemoryContext.format([]), "")
      const text = MemoryContext.format(entries("Likes tea", "Has a dog"))
      assert.match(text, /^.+\n/)
      assert.include(text, "Likes tea")
      assert.include(text, "Has a dog")
    })

    it("is never longer than it may be, where the original went 50 beyond, and holds whole entries", () => {
      const all = entries(...Array.from({ length: 20 }, (_, k) => `A fact of some length ${k}`))
      for (const maxChars of [0, 150, 300, 600]) {
        assert.isAtMost(MemoryContext.format(all, { maxChars }).length, maxChars)
      }
      assert.include(MemoryContext.format(all, { maxChars: 300 }), ": A fact of some length 0\n")
    })
  })
})
