import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import type { MemoryError, NewMemory, Prune, Query } from "../../../services/Memory.js"
import * as Checks from "../../../src/internal/memory/checks.js"

const now = DateTime.unsafeMake("2024-05-01T12:00:00Z")

/** What callers without types may write. */
const untyped = <A>(value: unknown): A => value as A

const refused = (result: Either.Either<unknown, MemoryError>): MemoryError => {
  if (Either.isRight(result)) return assert.fail("it was taken")
  assert.strictEqual(result.left.reason, "Invalid")
  assert.notStrictEqual(result.left.cure, "")
  assert.isBelow(result.left.detail.length, 200)
  return result.left
}

const taken = <A>(result: Either.Either<A, MemoryError>): A => Either.getOrThrowWith(result, (error) => error)

const cyclic: Record<string, unknown> = {}
cyclic.self = cyclic

const deep = Array.from({ length: 100_000 }).reduce((inner: unknown) => [inner], 0)

describe("a new memory", () => {
  it("has defaults for what is left out", () => {
    assert.deepStrictEqual(taken(Checks.checkedNew(now, { content: "tea" })), {
      content: "tea",
      type: "FACT",
      entities: [],
      importance: 0.5,
      createdAt: now,
      validFrom: now,
      metadata: {}
    })
  })

  it("keeps what is given, each entity once", () => {
    const validFrom = DateTime.unsafeMake("2020-01-01T00:00:00Z")
    const memory = taken(
      Checks.checkedNew(now, {
        content: "tea",
        type: "PREFERENCE",
        entities: ["  Café  Central", "Ada", "cafe\u0301 central"],
        importance: 0,
        validFrom,
        conversation: "c1",
        metadata: { source: "chat", at: [1, null, true] }
      })
    )
    assert.deepStrictEqual(memory.entities, ["Café Central", "Ada"])
    assert.strictEqual(memory.importance, 0)
    assert.strictEqual(memory.validFrom, validFrom)
    assert.strictEqual(memory.conversation, "c1")
    assert.deepStrictEqual(memory.metadata, { source: "chat", at: [1, null, true] })
  })

  it("holds no character that a database refuses", () => {
    assert.strictEqual(taken(Checks.checkedNew(now, { content: "a\0b\ud800c😀" })).content, "a\uFFFDb\uFFFDc😀")
  })

  const bad: Readonly<Record<string, unknown>> = {
    "no memory": null,
    "no content": {},
    "empty content": { content: "" },
    "blank content": { content: " \n\t" },
    "content that is no text": { content: 7 },
    "huge content": { content: "x".repeat(100_001) },
    "an unknown type": { content: "x", type: "fact" },
    "an importance of NaN": { content: "x", importance: Number.NaN },
    "an importance above 1": { content: "x", importance: 1.01 },
    "an importance below 0": { content: "x", importance: -0.01 },
    "an importance in words": { content: "x", importance: "high" },
    "entities that are no array": { content: "x", entities: "Ada" },
    "a blank entity": { content: "x", entities: ["Ada", " "] },
    "an entity that is none": { content: "x", entities: [undefined] },
    "an endless entity": { content: "x", entities: ["x".repeat(256)] },
    "a time in the future": { content: "x", validFrom: DateTime.add(now, { millis: 1 }) },
    "a time that is none": { content: "x", validFrom: "2020-01-01" },
    "an empty conversation": { content: "x", conversation: "" },
    "an endless conversation": { content: "x", conversation: "x".repeat(256) },
    "metadata that is no object": { content: "x", metadata: [1] },
    "metadata with a function": { content: "x", metadata: { f: () => 1 } },
    "metadata with NaN": { content: "x", metadata: { deep: { n: Number.NaN } } },
    "metadata that holds itself": { content: "x", metadata: cyclic },
    "metadata without a bottom": { content: "x", metadata: { deep } }
  }

  for (const [name, memory] of Object.entries(bad)) {
    it(`is refused for ${name}`, () => {
      refused(Checks.checkedNew(now, untyped<NewMemory>(memory)))
    })
  }

  it("is refused without quoting a long content", () => {
    assert.notInclude(refused(Checks.checkedNew(now, { content: "secret ".repeat(20_000) })).message, "secret")
  })

  it.prop("is taken or refused, whatever it is, and never thrown at", [FastCheck.anything()], ([memory]) => {
    Checks.checkedNew(now, untyped<NewMemory>(memory))
    Checks.checkedPatch(untyped(memory))
    Checks.checkedQuery(untyped<Query>(memory))
    Checks.checkedForget(untyped(memory))
    Checks.checkedPrune(now, untyped<Prune>(memory))
    Checks.checkedTenant(untyped(memory))
  })
})

describe("a patch", () => {
  it("changes what it names, and nothing else", () => {
    assert.deepStrictEqual(taken(Checks.checkedPatch({})), {})
    assert.deepStrictEqual(taken(Checks.checkedPatch({ importance: 1, entities: [] })), { importance: 1, entities: [] })
  })

  it("is refused for what a new memory is refused for", () => {
    refused(Checks.checkedPatch({ content: " " }))
    refused(Checks.checkedPatch({ importance: Number.NaN }))
    refused(Checks.checkedPatch(untyped({ type: "OTHER" })))
  })
})

describe("a query", () => {
  it("is of ten entries that are true", () => {
    assert.deepStrictEqual(taken(Checks.checkedQuery()), { limit: 10, minImportance: 0 })
  })

  it("is refused for limits, types, importances and times that are none", () => {
    for (const limit of [0, -1, 1.5, Number.NaN, Infinity, "5"]) refused(Checks.checkedQuery(untyped({ limit })))
    refused(Checks.checkedQuery({ minImportance: 2 }))
    refused(Checks.checkedQuery({ minImportance: Number.NaN }))
    refused(Checks.checkedQuery(untyped({ types: ["FACT", "RUMOUR"] })))
    refused(Checks.checkedQuery(untyped({ types: "FACT" })))
    refused(Checks.checkedQuery(untyped({ asOf: 0 })))
    refused(Checks.checkedQuery(untyped({ writtenBy: "yesterday" })))
  })
})

describe("what is to be forgotten", () => {
  it("has to be said", () => {
    refused(Checks.checkedForget(untyped({})))
    refused(Checks.checkedForget(untyped({ everything: false })))
    refused(Checks.checkedForget(untyped({ id: undefined })))
    refused(Checks.checkedForget({ where: { entity: " " } }))
    assert.deepStrictEqual(taken(Checks.checkedForget({ where: { entity: "CAFÉ" } })), {
      _tag: "Where",
      filter: { minImportance: 0 },
      entity: "café"
    })
  })
})

describe("what is pruned", () => {
  it("is older than 30 days and of an importance below 0.2", () => {
    const before = DateTime.toEpochMillis(DateTime.subtract(now, { days: 30 }))
    assert.deepStrictEqual(taken(Checks.checkedPrune(now)), { before, maxImportance: 0.2 })
  })

  it("is nothing for ever", () => {
    assert.isTrue(Number.isFinite(taken(Checks.checkedPrune(now, { olderThan: Duration.infinity })).before))
    refused(Checks.checkedPrune(now, untyped({ olderThan: "a while" })))
    refused(Checks.checkedPrune(now, { maxImportance: Number.NaN }))
  })
})

describe("the name of an entity", () => {
  it("is one however it is written", () => {
    assert.strictEqual(Checks.normalisedEntity(" CAFE\u0301  Central\n"), "café central")
    assert.strictEqual(Checks.normalisedEntity("Café Central"), "café central")
  })
})
