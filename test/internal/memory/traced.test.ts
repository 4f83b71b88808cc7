import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as MemoryEphemeral from "../../../layers/MemoryEphemeral.js"
import * as MemorySqlite from "../../../layers/MemorySqlite.js"
import { type MemoryService, TenantId } from "../../../services/Memory.js"
import * as Tracing from "../../../src/Tracing.js"
import { collect, type Ended, tree } from "../../utils/spans.js"

const ada = TenantId.make("ada")

/** Every operation there is, once. */
const everything = (memory: MemoryService) =>
  Effect.gen(function* () {
    const tea = yield* memory.remember(ada, { content: "Ada drinks green tea", entities: ["tea"] })
    yield* memory.rememberAll(ada, [{ content: "Ada rows" }, { content: "Ada sings in a choir" }])
    yield* memory.rememberTurn(ada, { user: "I moved to Oslo", assistant: "How is it?" })
    yield* memory.recall(ada, "What does she drink, tea?")
    yield* memory.recent(ada)
    yield* memory.byEntity(ada, "tea")
    yield* memory.get(ada, tea.id)
    yield* memory.update(ada, tea.id, { importance: 1 })
    yield* memory.supersede(ada, tea.id, { content: "Ada drinks coffee" })
    yield* memory.count(ada)
    yield* memory.forget(ada, { id: tea.id })
    yield* memory.prune(ada)
    yield* Effect.exit(memory.get(ada, tea.id))
  }).pipe(Effect.orDie)

const operations = [
  ...Array.from({ length: 3 }, () => "create_memory"),
  ...Array.from({ length: 4 }, () => "search_memory"),
  ...Array.from({ length: 2 }, () => "update_memory"),
  "search_memory",
  ...Array.from({ length: 2 }, () => "delete_memory"),
  "search_memory"
]

const text = (spans: ReadonlyArray<Ended>): string => JSON.stringify(spans.map(({ attributes }) => attributes))

describe("spans of memories", () => {
  for (const [store, make] of [
    ["ephemeral", MemoryEphemeral.make],
    ["sqlite", MemorySqlite.make({ filename: ":memory:" })]
  ] as const) {
    it.scoped(`are one for each operation, of ${store}, with counts that are numbers and no content`, () =>
      Effect.gen(function* () {
        const { spans } = yield* collect(everything(yield* make))
        const own = spans.filter(({ name }) => !name.startsWith("sql."))
        assert.deepStrictEqual(
          own.map(({ name }) => name),
          operations.map((operation) => `${operation} ${store}`)
        )
        assert.deepStrictEqual(new Set(own.map(({ kind }) => kind)), new Set(["client"]))
        assert.deepStrictEqual(own[1].attributes, {
          "gen_ai.operation.name": "create_memory",
          "gen_ai.memory.store.id": store,
          "gen_ai.memory.record.count": 2
        })
        assert.property(own[6].attributes, "gen_ai.memory.record.id")
        assert.strictEqual(own[9].attributes["gen_ai.memory.record.count"], 4)
        assert.strictEqual(own[12].attributes["error.type"], "MemoryError.NotFound")
        for (const said of ["tea", "rows", "Oslo"]) assert.notInclude(text(own), said)
      })
    )
  }

  it.scoped("hold what is asked and found where content is asked for, redacted", () =>
    Effect.gen(function* () {
      const memory = yield* MemoryEphemeral.make
      const redact = (text: string) => text.replaceAll("Oslo", "<city>")
      const { spans } = yield* collect(Tracing.provide(everything(memory), { content: { redact } }))
      const [, , turn, recalled] = spans
      assert.include(String(turn.attributes["gen_ai.memory.records"]), "<city>")
      assert.strictEqual(recalled.attributes["gen_ai.memory.query.text"], "What does she drink, tea?")
      const [record] = JSON.parse(String(recalled.attributes["gen_ai.memory.records"]))
      assert.hasAllKeys(record, ["id", "content", "score", "metadata"])
      assert.strictEqual(record.content, "Ada drinks green tea")
      assert.notInclude(text(spans), "Oslo")
    })
  )

  it.scoped("of an overlay are those of the overlay, around what it reads below without spans", () =>
    Effect.gen(function* () {
      const memory = yield* MemoryEphemeral.make
      const overlay = yield* memory.overlay
      const { spans } = yield* collect(overlay.recall(ada, "tea"))
      assert.deepStrictEqual(tree(spans), ["search_memory overlay"])
    })
  )
})
