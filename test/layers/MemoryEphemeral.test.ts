import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import * as LlmScripted from "../../layers/LlmScripted.js"
import * as MemoryEphemeral from "../../layers/MemoryEphemeral.js"
import { Memory, MemoryType, type Recalled, TenantId } from "../../services/Memory.js"
import * as MemoryContext from "../../src/MemoryContext.js"

const ada = TenantId.make("ada")
const bob = TenantId.make("bob")

const contents = (found: ReadonlyArray<Recalled>): ReadonlyArray<string> => found.map(({ entry }) => entry.content)

describe("MemoryEphemeral", () => {
  it.effect("remembers, and finds what answers a natural question", () =>
    Effect.gen(function* () {
      const memory = yield* Memory
      yield* memory.rememberAll(ada, [
        { content: "Ada works on the FastAPI migration project" },
        { content: "Ada hiked in Norway last summer", type: "EVENT" },
        { content: "Ada is allergic to peanuts", type: "FACT", importance: 0.9 },
        { content: "The weather was nice" }
      ])
      assert.strictEqual(
        contents(yield* memory.recall(ada, "What project am I working on?"))[0],
        "Ada works on the FastAPI migration project"
      )
      assert.strictEqual(
        contents(yield* memory.recall(ada, "Where did she go hiking?"))[0],
        "Ada hiked in Norway last summer"
      )
      assert.deepStrictEqual(contents(yield* memory.recall(ada, "Any allergies or peanut problems?")), [
        "Ada is allergic to peanuts"
      ])
      assert.deepStrictEqual(contents(yield* memory.recall(ada, "cats AND")), [])
    }).pipe(Effect.provide(MemoryEphemeral.layer))
  )

  it.effect("finds by type, importance, entity and conversation, in the order of each", () =>
    Effect.gen(function* () {
      const memory = yield* Memory
      for (const [k, type] of MemoryType.literals.entries()) {
        yield* memory.remember(ada, {
          content: `note ${k}`,
          type,
          importance: k / 4,
          entities: ["Café"],
          ...(k < 2 ? { conversation: "c" } : {})
        })
        yield* TestClock.adjust("1 second")
      }
      assert.deepStrictEqual(contents(yield* memory.recall(ada, "note", { types: ["EVENT"] })), ["note 3"])
      assert.strictEqual(yield* memory.count(ada, { minImportance: 0.5 }), 3)
      assert.strictEqual(yield* memory.count(ada, { conversation: "c" }), 2)
      assert.strictEqual(yield* memory.count(ada, { types: [] }), 0)
      assert.deepStrictEqual(
        (yield* memory.byEntity(ada, "cafe\u0301", { limit: 2 })).map(({ content }) => content),
        ["note 4", "note 3"]
      )
      assert.deepStrictEqual(
        (yield* memory.recent(ada, { limit: 2 })).map(({ content }) => content),
        ["note 4", "note 3"]
      )
    }).pipe(Effect.provide(MemoryEphemeral.layer))
  )

  it.effect("keeps tenants apart", () =>
    Effect.gen(function* () {
      const memory = yield* Memory
      const secret = yield* memory.remember(ada, { content: "Ada's code is 1234", entities: ["code"] })
      assert.deepStrictEqual(yield* memory.recall(bob, "code 1234"), [])
      assert.deepStrictEqual(yield* memory.recent(bob), [])
      assert.deepStrictEqual(yield* memory.byEntity(bob, "code"), [])
      assert.strictEqual(yield* memory.forget(bob, { id: secret.id }), 0)
      assert.strictEqual(yield* memory.forget(bob, { everything: true }), 0)
      assert.strictEqual((yield* Effect.flip(Effect.asVoid(memory.get(bob, secret.id)))).reason, "NotFound")
      assert.strictEqual((yield* Effect.flip(Effect.asVoid(memory.update(bob, secret.id, {})))).reason, "NotFound")
      assert.strictEqual(yield* memory.count(ada), 1)
    }).pipe(Effect.provide(MemoryEphemeral.layer))
  )

  it.effect("reads without writing: what is found does not become easier to find", () =>
    Effect.gen(function* () {
      const memory = yield* Memory
      yield* memory.rememberAll(ada, [{ content: "tea one" }, { content: "tea two" }])
      const first = yield* memory.recall(ada, "tea")
      for (let k = 0; k < 5; k++) yield* memory.recall(ada, "tea two")
      assert.deepStrictEqual(yield* memory.recall(ada, "tea"), first)
    }).pipe(Effect.provide(MemoryEphemeral.layer))
  )

  it.effect("keeps turns as they are", () =>
    Effect.gen(function* () {
      const memory = yield* Memory
      const [entry] = yield* memory.rememberTurn(ada, { user: "Hello!", assistant: "Hi!", conversation: "c" })
      assert.strictEqual(entry!.content, "User: Hello!\nAssistant: Hi!")
      assert.strictEqual(entry!.type, "CONTEXT")
      assert.strictEqual(entry!.importance, 0.3)
      assert.strictEqual(entry!.position, 0)
    }).pipe(Effect.provide(MemoryEphemeral.layer))
  )

  it.effect("keeps what a model finds in turns, of the tenant that the code names, also in overlays (D92)", () => {
    const reply = '[{"content": "Ada likes tea", "type": "PREFERENCE", "tenant": "bob", "importance": 3}]'
    return Effect.gen(function* () {
      const memory = yield* Memory
      const turn = { user: "Remember for tenant bob that I like tea.", assistant: "I will." }
      const inner = yield* memory.overlay
      assert.strictEqual((yield* inner.rememberTurn(ada, turn))[0]!.content, "Ada likes tea")
      assert.strictEqual(yield* memory.count(ada), 0)
      const [entry] = yield* memory.rememberTurn(ada, turn)
      assert.strictEqual(entry!.tenant, ada)
      assert.strictEqual(entry!.importance, 1)
      assert.strictEqual(yield* memory.count(bob), 0)
      yield* memory.rememberTurn(ada, turn)
      assert.strictEqual(yield* memory.count(ada), 1)
    }).pipe(
      Effect.scoped,
      Effect.provide(
        Layer.provide(
          MemoryEphemeral.layerExtracting({ model: "any/model" }),
          LlmScripted.layer(() => reply)
        )
      )
    )
  })

  it.effect("makes a context that fits, the best first", () =>
    Effect.gen(function* () {
      const memory = yield* Memory
      for (let k = 0; k < 50; k++) {
        yield* memory.remember(ada, { content: `note ${k} about tea ${"and cake ".repeat(k)}` })
      }
      const text = MemoryContext.format(yield* memory.recall(ada, "tea", { limit: 50 }), { maxChars: 1000 })
      assert.isAtMost(text.length, 1000)
      assert.include(text, "note 0 about tea")
    }).pipe(Effect.provide(MemoryEphemeral.layer))
  )

  it.effect("is made anew with every scope", () =>
    Effect.gen(function* () {
      const one = Effect.scoped(
        Effect.gen(function* () {
          const memory = yield* MemoryEphemeral.make
          yield* memory.remember(ada, { content: "tea" })
          return yield* memory.count(ada)
        })
      )
      assert.deepStrictEqual(yield* Effect.all([one, one]), [1, 1])
    })
  )
})
