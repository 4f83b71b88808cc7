import type { Vitest } from "@effect/vitest"
import { assert } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as LlmScripted from "../../layers/LlmScripted.js"
import { Embedder, type EmbedderService } from "../../services/Embedder.js"
import { LLMError } from "../../services/LLM.js"
import {
  type MemoryEntry,
  type MemoryError,
  type MemoryService,
  type NewMemory,
  type Recalled,
  TenantId
} from "../../services/Memory.js"

/** What a memory on any database does. */
interface Options {
  readonly extraction?: { readonly model: string; readonly maxMemories?: number }
}

/** A memory with nothing in it. */
export type Fresh<R> = (options?: Options) => Effect.Effect<MemoryService, MemoryError, R | Scope.Scope>

export const alice = TenantId.make("alice")
export const bob = TenantId.make("bob")

export const contents = (entries: ReadonlyArray<MemoryEntry>): ReadonlyArray<string> =>
  entries.map(({ content }) => content)

export const texts = (found: ReadonlyArray<Recalled>): ReadonlyArray<string> =>
  contents(found.map(({ entry }) => entry))

const reasonOf = <A, R>(effect: Effect.Effect<A, MemoryError, R>) =>
  Effect.map(Effect.flip(Effect.asVoid(effect)), ({ reason }) => reason)

/** What questions are made of that trip up parsers of queries. */
export const oddQueries: ReadonlyArray<string> = [
  "",
  " \t\n",
  "?!… -- ()",
  '"',
  "'",
  "*",
  "^",
  "a-b",
  "NEAR(",
  "user:x",
  "pottery AND",
  "NOT pottery OR",
  "pottery'; DROP TABLE hyperfunc_entries; --",
  "{words} : pottery",
  "pottery | & ! <-> vase:*",
  "\0",
  "\uD800",
  "مرحبا بالعالم",
  "🏺🏺",
  "陶芸はどうですか",
  "हिन्दी",
  "!".repeat(1_000_000),
  "pottery ".repeat(125_000),
  Array.from({ length: 5000 }, (_, k) => `word${k}`).join(" ")
]

/** The direction in which a text points: the first letter of what it says. */
const lettersEmbedder = (over: Partial<EmbedderService> = {}): EmbedderService => ({
  model: "letters",
  dimensions: 26,
  embed: (texts) =>
    Effect.succeed(
      texts.map((text) => {
        const vector = new Float32Array(26)
        vector[(text.toLowerCase().codePointAt(0)! - 97 + 26) % 26] = 1
        return vector
      })
    ),
  ...over
})

const withEmbedder = (embedder: EmbedderService) => Effect.provideService(Embedder, embedder)

export const memorySuite = <R>(it: Vitest.MethodsNonLive<R>, fresh: Fresh<R>): void => {
  const turns = (conversation: string, ...said: ReadonlyArray<string>): ReadonlyArray<NewMemory> =>
    said.map((content) => ({ content, conversation }))

  it.scoped("gives back what is remembered, with everything that was left out", () =>
    Effect.gen(function* () {
      const memory = yield* fresh()
      yield* TestClock.adjust("1 day")
      const now = yield* DateTime.now
      const entry = yield* memory.remember(alice, { content: "Alice builds an API with FastAPI" })
      assert.deepInclude(entry, {
        tenant: alice,
        content: "Alice builds an API with FastAPI",
        type: "FACT",
        entities: [],
        importance: 0.5,
        metadata: {}
      })
      assert.strictEqual(entry.createdAt.epochMillis, now.epochMillis)
      assert.strictEqual(entry.validFrom.epochMillis, now.epochMillis)
      assert.deepStrictEqual(yield* memory.get(alice, entry.id), entry)
    })
  )

  it.scoped("keeps every field as it was given", () =>
    Effect.gen(function* () {
      const memory = yield* fresh()
      yield* TestClock.adjust("10 days")
      const given = {
        content: "Sie trafen sich im Café — 'so' \"sagt\" man; 100 % 東京 🏺",
        type: "EVENT" as const,
        entities: ["Café Müller", "O'Brien"],
        importance: 0.75,
        validFrom: DateTime.unsafeMake(123_456_789),
        conversation: "c'1",
        metadata: { nested: { list: [1, null, "x\0y"] }, flag: true }
      }
      const entry = yield* memory.remember(alice, given)
      const [kept] = yield* memory.recent(alice)
      assert.deepStrictEqual(kept, entry)
      assert.deepInclude({ ...kept }, { ...given, position: 0 })
    })
  )

  it.scoped("answers natural questions, the best first, and finds other forms of words", () =>
    Effect.gen(function* () {
      const memory = yield* fresh()
      yield* memory.rememberAll(
        alice,
        [
          "Alice's project is a web service written with FastAPI",
          "Bob paints landscapes on Sundays",
          "The cat is called Minou",
          "Alice has paid the rent for the project room"
        ].map((content) => ({ content }))
      )
      const project = yield* memory.recall(alice, "What web services project am I working on?")
      assert.strictEqual(texts(project)[0], "Alice's project is a web service written with FastAPI")
      assert.notInclude(texts(project), "The cat is called Minou")
      assert.deepStrictEqual(texts(yield* memory.recall(alice, "painting a landscape")), [
        "Bob paints landscapes on Sundays"
      ])
      assert.isTrue(project.every(({ score }) => score >= 0 && score <= 1))
      assert.deepStrictEqual(yield* memory.recall(alice, "submarine"), [])
    })
  )

  it.scoped("finds words without their accents, and entities that the text does not name", () =>
    Effect.gen(function* () {
      const memory = yield* fresh()
      yield* memory.remember(alice, { content: "They met at the café", entities: ["Zoë Brandt"] })
      for (const query of ["cafe", "CAFÉ", "zoe", "Brandt"]) {
        assert.lengthOf(yield* memory.recall(alice, query), 1, query)
      }
    })
  )

  it.scoped("prefers rare words to common ones, and goes by these where the others find little", () =>
    Effect.gen(function* () {
      const memory = yield* fresh()
      const common = Array.from({ length: 600 }, (_, k) => ({ content: `Meeting number ${k} was about the budget` }))
      yield* memory.rememberAll(alice, [{ content: "The budget for the zeppelin meeting" }, ...common])
      const found = texts(yield* memory.recall(alice, "budget meeting zeppelin"))
      assert.strictEqual(found[0], "The budget for the zeppelin meeting")
      assert.lengthOf(found, 10)
      assert.lengthOf(yield* memory.recall(alice, "budget meeting unheard-of"), 10)
      assert.lengthOf(yield* memory.recall(alice, "budget meeting", { limit: 7 }), 7)
    })
  )

  it.scoped("finds what stands beside what was asked for, in the same conversation only", () =>
    Effect.gen(function* () {
      const memory = yield* fresh()
      yield* memory.rememberAll(alice, [
        ...turns(
          "one",
          "Hello there",
          "Did you go to the pottery class?",
          "Yes, my vase broke",
          "Such a pity",
          "Bye now"
        ),
        ...turns("two", "It rained", "We stayed inside")
      ])
      const found = texts(yield* memory.recall(alice, "pottery"))
      assert.strictEqual(found[0], "Did you go to the pottery class?")
      assert.sameMembers(found.slice(1, 3) as Array<string>, ["Hello there", "Yes, my vase broke"])
      assert.deepStrictEqual(found.slice(3), ["Such a pity"])
    })
  )

  it.scoped("no longer finds what stood beside what is forgotten or says something else", () =>
    Effect.gen(function* () {
      const memory = yield* fresh()
      const [asked, , vase] = yield* memory.rememberAll(
        alice,
        turns("one", "Did you go to the pottery class?", "Yes, I did", "My vase broke")
      )
      yield* memory.update(alice, vase!.id, { content: "My jug broke" })
      assert.deepStrictEqual(yield* memory.recall(alice, "vase"), [])
      assert.lengthOf(yield* memory.recall(alice, "jug"), 3)
      yield* memory.forget(alice, { id: asked!.id })
      assert.deepStrictEqual(yield* memory.recall(alice, "pottery"), [])
    })
  )

  it.scoped("numbers the turns of a conversation on", () =>
    Effect.gen(function* () {
      const memory = yield* fresh()
      yield* memory.rememberAll(alice, turns("one", "a first", "a second"))
      yield* memory.remember(alice, { content: "a third", conversation: "one" })
      yield* memory.remember(alice, { content: "another", conversation: "two" })
      const positions = (yield* memory.recent(alice)).map(({ content, position }) => [content, position])
      assert.deepStrictEqual(
        new Map(positions as Array<[string, number]>),
        new Map([
          ["a first", 0],
          ["a second", 1],
          ["a third", 2],
          ["another", 0]
        ])
      )
    })
  )

  it.scoped("keeps what the tenant has only once, with the higher importance", () =>
    Effect.gen(function* () {
      const memory = yield* fresh()
      const first = yield* memory.remember(alice, { content: "Alice likes tea.", importance: 0.4 })
      const again = yield* memory.remember(alice, { content: "alice  LIKES tea", importance: 0.9 })
      assert.strictEqual(again.id, first.id)
      assert.strictEqual(again.importance, 0.9)
      assert.strictEqual(
        (yield* memory.remember(alice, { content: "Alice likes tea", importance: 0.1 })).importance,
        0.9
      )
      assert.strictEqual((yield* memory.get(alice, first.id)).importance, 0.9)
      const other = yield* memory.remember(alice, { content: "Alice does not like tea" })
      assert.notStrictEqual(other.id, first.id)
      assert.strictEqual(yield* memory.count(alice), 2)
      yield* memory.remember(bob, { content: "Alice likes tea." })
      assert.strictEqual(yield* memory.count(bob), 1)
    })
  )

  it.scoped("finds what the tenant has once by all the entities that it was said to be about", () =>
    Effect.gen(function* () {
      const memory = yield* fresh()
      const tea = { content: "They drank tea" }
      const first = yield* memory.remember(alice, { ...tea, entities: ["Ann"] })
      const again = yield* memory.rememberAll(alice, [
        { ...tea, entities: ["ann", "Ben"], importance: 0.9 },
        { ...tea, entities: ["Cid"], importance: 0.1 },
        { content: "They drank coffee", entities: ["Ann"] },
        { content: "They drank coffee", entities: ["Dan"] }
      ])
      assert.deepStrictEqual(again[1], yield* memory.get(alice, first.id))
      assert.deepStrictEqual(again[1]!.entities, ["Ann", "Ben", "Cid"])
      assert.strictEqual(again[1]!.importance, 0.9)
      assert.deepStrictEqual(contents(yield* memory.byEntity(alice, "Cid")), [tea.content])
      assert.deepStrictEqual(texts(yield* memory.recall(alice, "What did Ben do?")), [tea.content])
      assert.deepStrictEqual(contents(yield* memory.byEntity(alice, "Dan")), ["They drank coffee"])
      assert.strictEqual(yield* memory.count(alice), 2)
    })
  )

  it.scoped("keeps one of the same text ten thousand times over, and of the same text said at once", () =>
    Effect.gen(function* () {
      const memory = yield* fresh()
      const many = yield* memory.rememberAll(
        alice,
        Array.from({ length: 10_000 }, () => ({ content: "The same" }))
      )
      assert.lengthOf(many, 10_000)
      assert.strictEqual(new Set(many.map(({ id }) => id)).size, 1)
      const atOnce = yield* Effect.forEach(
        Array.from({ length: 20 }),
        () => memory.remember(alice, { content: "Said at once" }),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(new Set(atOnce.map(({ id }) => id)).size, 1)
      assert.strictEqual(yield* memory.count(alice), 2)
    })
  )

  it.scoped("remembers many in their order, or none of them", () =>
    Effect.gen(function* () {
      const memory = yield* fresh()
      const many = Array.from({ length: 2500 }, (_, k) => ({ content: `Fact ${k}`, entities: [`thing ${k}`] }))
      assert.deepStrictEqual(
        contents(yield* memory.rememberAll(alice, many)),
        many.map(({ content }) => content)
      )
      assert.strictEqual(yield* memory.count(alice), 2500)
      const bad = [{ content: "Good" }, { content: "Bad", importance: Number.NaN }]
      assert.strictEqual(yield* reasonOf(memory.rememberAll(alice, bad)), "Invalid")
      assert.strictEqual(yield* memory.count(alice), 2500)
      assert.deepStrictEqual(yield* memory.rememberAll(alice, []), [])
    })
  )

  it.scoped("filters by type, importance and conversation, and gives no more than were asked for", () =>
    Effect.gen(function* () {
      const memory = yield* fresh()
      yield* memory.rememberAll(alice, [
        { content: "tea one", type: "PREFERENCE", importance: 0.9 },
        { content: "tea two", type: "FACT", importance: 0.2 },
        { content: "tea three", type: "EVENT", importance: 0.6, conversation: "c" }
      ])
      const find = (options: Parameters<MemoryService["recall"]>[2]) =>
        Effect.map(memory.recall(alice, "tea", options), (found) => [...texts(found)].sort())
      assert.deepStrictEqual(yield* find({ types: ["PREFERENCE", "FACT"] }), ["tea one", "tea two"])
      assert.deepStrictEqual(yield* find({ types: [] }), [])
      assert.deepStrictEqual(yield* find({ minImportance: 0.6 }), ["tea one", "tea three"])
      assert.deepStrictEqual(yield* find({ conversation: "c" }), ["tea three"])
      assert.lengthOf(yield* find({ limit: 2 }), 2)
      assert.strictEqual(yield* memory.count(alice, { minImportance: 0.5 }), 2)
      assert.deepStrictEqual(contents(yield* memory.recent(alice, { types: ["EVENT"] })), ["tea three"])
    })
  )

  it.scoped("gives the most recent when the question has no word in it", () =>
    Effect.gen(function* () {
      const memory = yield* fresh()
      for (const content of ["first", "second", "third"]) {
        yield* memory.remember(alice, { content })
        yield* TestClock.adjust("1 minute")
      }
      assert.deepStrictEqual(texts(yield* memory.recall(alice, "?!", { limit: 2 })), ["third", "second"])
      assert.deepStrictEqual(contents(yield* memory.recent(alice, { limit: 1 })), ["third"])
    })
  )

  it.scoped("finds what is made of stop words only", () =>
    Effect.gen(function* () {
      const memory = yield* fresh()
      yield* memory.rememberAll(alice, [{ content: "To be or not to be" }, { content: "Cats sleep" }])
      assert.deepStrictEqual(texts(yield* memory.recall(alice, "to be or not to be")), ["To be or not to be"])
    })
  )

  it.scoped("takes operators, quotes, other scripts and a megabyte for nothing but words", () =>
    Effect.gen(function* () {
      const memory = yield* fresh()
      yield* memory.rememberAll(alice, [
        { content: "The pottery class" },
        { content: "陶芸はどうですか" },
        { content: "हिन्दी में" }
      ])
      for (const query of oddQueries) {
        const found = yield* memory.recall(alice, query)
        if (/pottery/.test(query)) assert.deepStrictEqual(texts(found), ["The pottery class"], query.slice(0, 40))
      }
      assert.deepStrictEqual(texts(yield* memory.recall(alice, "陶芸はどうですか")), ["陶芸はどうですか"])
      assert.deepStrictEqual(texts(yield* memory.recall(alice, "हिन्दी")), ["हिन्दी में"])
      assert.deepStrictEqual(yield* memory.recall(alice, "user:x"), [])
      assert.strictEqual(yield* memory.count(alice), 3)
    })
  )

  it.scoped("takes SQL in names and texts for what it is: text", () =>
    Effect.gen(function* () {
      const memory = yield* fresh()
      const evil = "x'); DROP TABLE hyperfunc_entries; --"
      const tenant = TenantId.make(evil)
      yield* memory.remember(alice, { content: "Something of Alice" })
      yield* memory.remember(tenant, { content: evil, entities: [evil, "100%", "a_b"], conversation: evil })
      assert.lengthOf(yield* memory.byEntity(tenant, evil), 1)
      assert.lengthOf(yield* memory.byEntity(tenant, "%"), 0)
      assert.lengthOf(yield* memory.byEntity(tenant, "axb"), 0)
      assert.lengthOf(yield* memory.recent(tenant, { conversation: evil }), 1)
      assert.lengthOf(yield* memory.recent(TenantId.make("x' OR '1'='1")), 0)
      assert.strictEqual(yield* memory.forget(tenant, { where: { entity: evil } }), 1)
      assert.strictEqual(yield* memory.count(alice), 1)
    })
  )

  it.scoped("finds entities whatever their case and blanks, the most important first", () =>
    Effect.gen(function* () {
      const memory = yield* fresh()
      yield* memory.rememberAll(alice, [
        { content: "Lunch there", entities: ["Café Müller"], importance: 0.3 },
        { content: "Dinner there", entities: ["café  müller", "John"], importance: 0.8 },
        { content: "The Café Müller, unnamed" }
      ])
      assert.deepStrictEqual(contents(yield* memory.byEntity(alice, " CAFÉ MÜLLER ")), ["Dinner there", "Lunch there"])
      assert.deepStrictEqual(contents(yield* memory.byEntity(alice, "John")), ["Dinner there"])
      assert.deepStrictEqual(contents(yield* memory.byEntity(alice, "Café Müller", { minImportance: 0.9 })), [])
    })
  )

  it.scoped("has what one wrote whose clock is ahead, and not what one superseded whose clock is behind", () =>
    Effect.gen(function* () {
      const memory = yield* fresh()
      yield* TestClock.setTime(3_600_000)
      const rome = yield* memory.remember(alice, { content: "Alice lives in Rome", entities: ["Alice"] })
      yield* TestClock.setTime(1000)
      assert.deepStrictEqual(texts(yield* memory.recall(alice, "Where does Alice live?")), ["Alice lives in Rome"])
      assert.deepStrictEqual(contents(yield* memory.recent(alice)), ["Alice lives in Rome"])
      assert.strictEqual(yield* memory.count(alice), 1)
      yield* memory.supersede(alice, rome.id, { content: "Alice lives in Oslo", entities: ["Alice"] })
      yield* TestClock.setTime(0)
      assert.deepStrictEqual(texts(yield* memory.recall(alice, "Where does Alice live?")), ["Alice lives in Oslo"])
      assert.deepStrictEqual(contents(yield* memory.byEntity(alice, "Alice")), ["Alice lives in Oslo"])
      const again = yield* memory.remember(alice, { content: "Alice lives in Oslo" })
      assert.strictEqual(again.content, "Alice lives in Oslo")
      assert.strictEqual(yield* memory.count(alice), 1)
    })
  )

  it.scoped("knows what had been written by a time, whenever it was true", () =>
    Effect.gen(function* () {
      const memory = yield* fresh()
      const early = yield* DateTime.now
      yield* TestClock.adjust("1 day")
      yield* memory.remember(alice, { content: "Alice was born in Rome", entities: ["Alice"] })
      const before = yield* DateTime.now
      yield* TestClock.adjust("1 day")
      yield* memory.remember(alice, { content: "Alice was christened in Bonn", entities: ["Alice"], validFrom: early })
      const first = ["Alice was born in Rome"]
      const options = { writtenBy: before }
      assert.deepStrictEqual(texts(yield* memory.recall(alice, "Where was Alice?", options)), first)
      assert.deepStrictEqual(texts(yield* memory.recall(alice, "", options)), first)
      assert.deepStrictEqual(contents(yield* memory.recent(alice, options)), first)
      assert.deepStrictEqual(contents(yield* memory.byEntity(alice, "Alice", options)), first)
      assert.strictEqual(yield* memory.count(alice, options), 1)
      assert.deepStrictEqual(contents(yield* memory.recent(alice, { asOf: early })), ["Alice was christened in Bonn"])
      assert.strictEqual(yield* memory.count(alice, { asOf: early, ...options }), 0)
      assert.strictEqual(yield* memory.forget(alice, { where: options }), 1)
      assert.deepStrictEqual(contents(yield* memory.recent(alice)), ["Alice was christened in Bonn"])
    })
  )

  it.scoped("knows what was true when", () =>
    Effect.gen(function* () {
      const memory = yield* fresh()
      yield* TestClock.adjust("1 day")
      const lives = yield* memory.remember(alice, { content: "Alice lives in Rome", entities: ["Alice"] })
      const before = yield* DateTime.now
      yield* TestClock.adjust("1 day")
      const moved = yield* memory.supersede(alice, lives.id, { content: "Alice lives in Oslo", entities: ["Alice"] })
      assert.deepStrictEqual(texts(yield* memory.recall(alice, "where does Alice live")), ["Alice lives in Oslo"])
      assert.deepStrictEqual(texts(yield* memory.recall(alice, "Alice lives", { asOf: before })), [
        "Alice lives in Rome"
      ])
      assert.deepStrictEqual(contents(yield* memory.byEntity(alice, "alice")), ["Alice lives in Oslo"])
      assert.deepStrictEqual(contents(yield* memory.recent(alice, { asOf: before })), ["Alice lives in Rome"])
      assert.strictEqual(yield* memory.count(alice), 1)
      const old = yield* memory.get(alice, lives.id)
      assert.strictEqual(old.supersededBy, moved.id)
      assert.strictEqual(old.validTo?.epochMillis, moved.validFrom.epochMillis)
      assert.strictEqual(
        yield* reasonOf(memory.supersede(alice, lives.id, { content: "Alice lives in Bern" })),
        "Invalid"
      )
      const again = yield* memory.remember(alice, { content: "Alice lives in Rome" })
      assert.notStrictEqual(again.id, lives.id)
    })
  )

  it.scoped("changes what an entry says, and what it is found by", () =>
    Effect.gen(function* () {
      const memory = yield* fresh()
      const { id } = yield* memory.remember(alice, { content: "Likes tea", entities: ["Tea"], metadata: { a: 1 } })
      const changed = yield* memory.update(alice, id, {
        content: "Likes coffee",
        type: "PREFERENCE",
        entities: ["Coffee"],
        importance: 1,
        metadata: { b: 2 }
      })
      assert.deepStrictEqual(yield* memory.get(alice, id), changed)
      assert.deepInclude(changed, { type: "PREFERENCE", importance: 1, metadata: { b: 2 } })
      assert.deepStrictEqual(yield* memory.recall(alice, "tea"), [])
      assert.deepStrictEqual(yield* memory.byEntity(alice, "Tea"), [])
      assert.lengthOf(yield* memory.recall(alice, "coffee"), 1)
      assert.lengthOf(yield* memory.byEntity(alice, "Coffee"), 1)
      yield* memory.update(alice, id, { importance: 0 })
      assert.lengthOf(yield* memory.byEntity(alice, "Coffee"), 1)
      assert.strictEqual((yield* memory.remember(alice, { content: "likes coffee" })).id, id)
    })
  )

  it.scoped("forgets an entry, what a filter names, or everything, and says how many", () =>
    Effect.gen(function* () {
      const memory = yield* fresh()
      const [one] = yield* memory.rememberAll(alice, [
        { content: "tea one", entities: ["Ann"] },
        { content: "tea two", entities: ["Ann"], type: "EVENT" },
        { content: "tea three", conversation: "c" },
        { content: "tea four" }
      ])
      yield* memory.supersede(alice, one!.id, { content: "tea five", entities: ["Ann"] })
      yield* memory.remember(bob, { content: "tea of Bob", entities: ["Ann"] })
      assert.strictEqual(yield* memory.forget(alice, { id: "nothing" }), 0)
      assert.strictEqual(yield* memory.forget(alice, { where: { conversation: "c" } }), 1)
      assert.strictEqual(yield* memory.forget(alice, { where: { entity: "ann", types: ["FACT"] } }), 2)
      assert.strictEqual(yield* reasonOf(memory.get(alice, one!.id)), "NotFound")
      assert.deepStrictEqual([...texts(yield* memory.recall(alice, "tea"))].sort(), ["tea four", "tea two"])
      assert.strictEqual(yield* memory.forget(alice, { everything: true }), 2)
      assert.strictEqual(yield* memory.forget(alice, { everything: true }), 0)
      assert.deepStrictEqual(yield* memory.recall(alice, "tea"), [])
      assert.deepStrictEqual(yield* memory.byEntity(alice, "Ann"), [])
      assert.deepStrictEqual(texts(yield* memory.recall(bob, "tea")), ["tea of Bob"])
    })
  )

  it.scoped("prunes what is old and matters little, of one tenant", () =>
    Effect.gen(function* () {
      const memory = yield* fresh()
      const old = [
        { content: "old and small", importance: 0.1 },
        { content: "old and great", importance: 0.9 }
      ]
      yield* memory.rememberAll(alice, old)
      yield* memory.rememberAll(bob, old)
      yield* TestClock.adjust("60 days")
      yield* memory.remember(alice, { content: "new and small", importance: 0.1 })
      assert.strictEqual(yield* memory.prune(alice), 1)
      assert.sameMembers(contents(yield* memory.recent(alice)) as Array<string>, ["new and small", "old and great"])
      assert.strictEqual(yield* memory.count(bob), 2)
      assert.strictEqual(yield* memory.prune(alice, { olderThan: "50 days", maxImportance: 1 }), 1)
      assert.deepStrictEqual(contents(yield* memory.recent(alice)), ["new and small"])
    })
  )

  it.scoped("lets no tenant get at an entry of another, even by its id", () =>
    Effect.gen(function* () {
      const memory = yield* fresh()
      const { id } = yield* memory.remember(alice, { content: "A secret of Alice", conversation: "c" })
      yield* memory.remember(bob, { content: "Something of Bob", conversation: "c" })
      assert.strictEqual(yield* reasonOf(memory.get(bob, id)), "NotFound")
      assert.strictEqual(yield* reasonOf(memory.update(bob, id, { importance: 1 })), "NotFound")
      assert.strictEqual(yield* reasonOf(memory.supersede(bob, id, { content: "x" })), "NotFound")
      assert.strictEqual(yield* memory.forget(bob, { id }), 0)
      assert.deepStrictEqual(yield* memory.recall(bob, "secret Alice"), [])
      for (const name of ["Alice", "alice\u0301", "alic"]) {
        assert.strictEqual(yield* memory.count(TenantId.make(name)), 0)
      }
      assert.strictEqual((yield* memory.get(alice, id)).content, "A secret of Alice")
    })
  )

  it.scoped("refuses what cannot be, and keeps nothing of it", () =>
    Effect.gen(function* () {
      const memory = yield* fresh()
      const future = DateTime.add(yield* DateTime.now, { millis: 1 })
      const wrong: ReadonlyArray<unknown> = [
        { content: "" },
        { content: " \n" },
        { content: "x".repeat(100_001) },
        { content: "x", importance: Number.NaN },
        { content: "x", importance: -1 },
        { content: "x", importance: 1e9 },
        { content: "x", type: "RUMOUR" },
        { content: "x", validFrom: future },
        { content: "x", entities: [""] },
        { content: "x", metadata: { fn: () => 1 } }
      ]
      for (const bad of wrong) {
        assert.strictEqual(yield* reasonOf(memory.remember(alice, bad as NewMemory)), "Invalid", JSON.stringify(bad))
      }
      for (const tenant of ["", " a", undefined, "\uD800", "a\0"]) {
        assert.strictEqual(yield* reasonOf(memory.count(tenant as TenantId)), "Invalid")
        assert.strictEqual(yield* reasonOf(memory.remember(tenant as TenantId, { content: "x" })), "Invalid")
      }
      assert.strictEqual(yield* reasonOf(memory.recall(alice, "x", { limit: 0 })), "Invalid")
      assert.strictEqual(yield* memory.count(alice), 0)
      const kept = yield* memory.remember(alice, { content: "Kept", importance: 0.1 })
      for (const what of [{}, null, { where: {} }, { where: { conversation: undefined } }, { where: { typo: "x" } }]) {
        assert.strictEqual(yield* reasonOf(memory.forget(alice, what as never)), "Invalid", JSON.stringify(what))
      }
      for (const olderThan of [Number.NaN, -5, "-1 days", "soon"]) {
        assert.strictEqual(yield* reasonOf(memory.prune(alice, { olderThan: olderThan as never })), "Invalid")
      }
      assert.strictEqual(yield* reasonOf(memory.rememberAll(alice, null as never)), "Invalid")
      assert.strictEqual(yield* reasonOf(memory.get(alice, "\0")), "NotFound")
      assert.deepStrictEqual(yield* memory.recent(alice), [kept])
    })
  )

  it.scoped("keeps both ends of a turn that is too long to be kept whole", () =>
    Effect.gen(function* () {
      const memory = yield* fresh()
      const [kept] = yield* memory.rememberTurn(alice, { user: `first ${"x ".repeat(100_000)}last`, assistant: "Oh" })
      assert.isAtMost(kept!.content.length, 100_000)
      assert.match(kept!.content, /^User: first .* … .* last\nAssistant: Oh$/)
    })
  )

  it.scoped("finds what has several common words, however old it is", () =>
    Effect.gen(function* () {
      const memory = yield* fresh()
      const pick = (all: ReadonlyArray<string>, k: number) => all[k % all.length]
      const later = Array.from({ length: 3000 }, (_, k) => ({
        content:
          k % 2 === 0
            ? `${pick(["Maya", "Tom"], k / 2)} was in ${pick(["Rome", "Oslo"], k >> 2)}, note ${k}`
            : `${pick(["Ann", "Maya"], k >> 1)} enjoyed the ${pick(["tea", "coffee"], k >> 2)}, day ${k}`
      }))
      yield* memory.rememberAll(alice, [
        { content: "Maya enjoyed the coffee in Rome" },
        { content: "Zoltan rang" },
        ...later
      ])
      for (const question of ["Did Maya enjoy the coffee in Rome?", "Did Maya enjoy coffee in Rome, Zoltan?"]) {
        assert.include(texts(yield* memory.recall(alice, question)).slice(0, 2), "Maya enjoyed the coffee in Rome")
      }
    })
  )

  it.scoped("keeps a turn itself without a model, and with one what the model finds in it", () =>
    Effect.gen(function* () {
      const plain = yield* fresh()
      const turn = { user: "I moved to Oslo", assistant: "How nice!", conversation: "c" }
      const [kept] = yield* plain.rememberTurn(alice, turn)
      assert.deepInclude(kept, { type: "CONTEXT", tenant: alice, conversation: "c" })
      assert.include(kept!.content, "I moved to Oslo")
      assert.include(kept!.content, "How nice!")

      const reply = {
        memories: [{ content: "The user lives in Oslo", type: "fact", entities: ["Oslo"], importance: 7 }]
      }
      const extracting = yield* Effect.provide(
        fresh({ extraction: { model: "test/model" } }),
        LlmScripted.layer(() => JSON.stringify(reply))
      )
      const [found] = yield* extracting.rememberTurn(bob, turn)
      assert.deepInclude(found, { content: "The user lives in Oslo", type: "FACT", importance: 1, tenant: bob })
      assert.strictEqual(yield* extracting.count(bob), 1)
      assert.strictEqual(yield* reasonOf(fresh({ extraction: { model: "test/model" } })), "Invalid")
    })
  )

  it.scoped("finds by meaning what has no word in common, with an embedder", () =>
    Effect.gen(function* () {
      const memory = yield* withEmbedder(lettersEmbedder())(fresh())
      const [zebra] = yield* memory.rememberAll(alice, [
        { content: "zebra" },
        { content: "apple" },
        { content: "horse" }
      ])
      assert.strictEqual(texts(yield* memory.recall(alice, "zoo"))[0], "zebra")
      yield* memory.update(alice, zebra!.id, { content: "quagga" })
      assert.strictEqual(texts(yield* memory.recall(alice, "quiet"))[0], "quagga")
      yield* memory.forget(alice, { id: zebra!.id })
      assert.notInclude(texts(yield* memory.recall(alice, "quiet")), "quagga")
      assert.deepStrictEqual(yield* memory.recall(bob, "zoo"), [])
    })
  )

  it.scoped("finds by words when the embedder fails, throws, or gives what is no vector", () =>
    Effect.gen(function* () {
      const broken: ReadonlyArray<EmbedderService["embed"]> = [
        () => new LLMError({ reason: "Overloaded", model: "m", detail: "busy", cure: "Wait" }),
        () => Effect.die("no"),
        () => {
          throw new Error("no")
        },
        (texts) => Effect.succeed(texts.map(() => new Float32Array(3))),
        (texts) => Effect.succeed(texts.map(() => new Float32Array(26).fill(Number.NaN))),
        () => Effect.succeed([])
      ]
      let embed = broken[0]!
      const memory = yield* withEmbedder(lettersEmbedder({ embed: (texts) => embed(texts) }))(fresh())
      for (const [k, next] of broken.entries()) {
        embed = next
        yield* memory.remember(alice, { content: `zebra crossing ${k}` })
        assert.deepStrictEqual(texts(yield* memory.recall(alice, `the zebra ${k}`, { limit: 1 })), [
          `zebra crossing ${k}`
        ])
      }
    })
  )

  it.scoped("finds by words when the embedder takes too long for a question", () =>
    Effect.gen(function* () {
      const asked = yield* Deferred.make<void>()
      const slow = lettersEmbedder()
      const embed: EmbedderService["embed"] = (texts) =>
        texts.includes("the zebra")
          ? Effect.zipRight(Deferred.succeed(asked, undefined), Effect.never)
          : slow.embed(texts)
      const memory = yield* withEmbedder({ ...slow, embed })(fresh())
      yield* memory.rememberAll(alice, [{ content: "zebra crossing" }, { content: "the zoo" }])
      const found = yield* Effect.fork(memory.recall(alice, "the zebra"))
      yield* Deferred.await(asked)
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(texts(yield* Fiber.join(found)), ["zebra crossing"])
      assert.strictEqual((yield* memory.recall(alice, "the zoo")).length, 2)
    })
  )

  it.scoped("has overlays that see what is there and keep what they write", () =>
    Effect.gen(function* () {
      const memory = yield* fresh()
      const { id } = yield* memory.remember(alice, { content: "Alice likes tea" })
      const [one, other] = [yield* memory.overlay, yield* memory.overlay]
      yield* one.remember(alice, { content: "Alice likes pottery" })
      yield* one.forget(alice, { id })
      assert.deepStrictEqual(texts(yield* one.recall(alice, "likes")), ["Alice likes pottery"])
      assert.deepStrictEqual(texts(yield* other.recall(alice, "likes")), ["Alice likes tea"])
      assert.deepStrictEqual(texts(yield* memory.recall(alice, "likes")), ["Alice likes tea"])
    })
  )

  it.scoped("says that it is closed, whatever is asked of it then", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const memory = yield* Scope.extend(fresh(), scope)
      const { id } = yield* memory.remember(alice, { content: "x" })
      yield* Scope.close(scope, Exit.void)
      yield* Scope.close(scope, Exit.void)
      const calls: ReadonlyArray<Effect.Effect<unknown, MemoryError, Scope.Scope>> = [
        memory.remember(alice, { content: "y" }),
        memory.rememberAll(alice, []),
        memory.rememberTurn(alice, { user: "a", assistant: "b" }),
        memory.recall(alice, "x"),
        memory.recent(alice),
        memory.byEntity(alice, "x"),
        memory.get(alice, id),
        memory.update(alice, id, { importance: 1 }),
        memory.supersede(alice, id, { content: "z" }),
        memory.forget(alice, { id }),
        memory.prune(alice),
        memory.count(alice),
        memory.overlay
      ]
      for (const call of calls) assert.strictEqual(yield* reasonOf(call), "Closed")
    })
  )

  it.scoped("stays apart from another memory that is open at the same time", () =>
    Effect.gen(function* () {
      const [one, other] = [yield* fresh(), yield* fresh()]
      yield* one.remember(alice, { content: "in the first" })
      yield* other.remember(alice, { content: "in the second" })
      assert.deepStrictEqual(contents(yield* one.recent(alice)), ["in the first"])
      assert.deepStrictEqual(contents(yield* other.recent(alice)), ["in the second"])
    })
  )
}
