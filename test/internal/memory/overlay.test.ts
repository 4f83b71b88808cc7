import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FastCheck from "effect/FastCheck"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import {
  type Forget,
  type MemoryEntry,
  type MemoryError,
  type MemoryService,
  type Recalled,
  TenantId,
  type Turn
} from "../../../services/Memory.js"
import { inMemory, overlay } from "../../../src/internal/memory/overlay.js"

const ada = TenantId.make("ada")
const bob = TenantId.make("bob")
const eve = TenantId.make("eve")

const contents = (entries: ReadonlyArray<MemoryEntry>): ReadonlyArray<string> => entries.map(({ content }) => content)

const entriesOf = (found: ReadonlyArray<Recalled>): ReadonlyArray<MemoryEntry> => found.map(({ entry }) => entry)

const failure = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.flip(Effect.asVoid(effect))

/** Everything that can be seen of tenants, but scores: they change with the time. */
const seen = (memory: MemoryService, tenants: ReadonlyArray<TenantId> = [ada, bob, eve]) =>
  Effect.forEach(tenants, (tenant) =>
    Effect.all({
      recent: memory.recent(tenant, { limit: 1000 }),
      early: memory.recent(tenant, { limit: 1000, asOf: DateTime.unsafeMake(3000) }),
      found: Effect.map(memory.recall(tenant, "red green blue", { limit: 1000 }), entriesOf),
      about: memory.byEntity(tenant, "red", { limit: 1000 }),
      count: memory.count(tenant)
    })
  )

/** A base with something in it, and an overlay. */
const both = Effect.gen(function* () {
  const base = yield* inMemory()
  const tea = yield* base.remember(ada, { content: "Ada likes green tea", entities: ["Tea"], importance: 0.4 })
  yield* TestClock.adjust("1 second")
  const oslo = yield* base.remember(ada, { content: "Ada lives in Oslo", type: "EVENT", importance: 0.9 })
  yield* base.remember(bob, { content: "Bob likes green apples" })
  yield* TestClock.adjust("1 second")
  const over = yield* overlay(base)
  yield* TestClock.adjust("1 second")
  return { base, over, tea, oslo }
})

describe("an overlay", () => {
  it.scoped("sees what its base has", () =>
    Effect.gen(function* () {
      const { over, oslo, tea } = yield* both
      assert.deepStrictEqual(contents(yield* over.recent(ada)), ["Ada lives in Oslo", "Ada likes green tea"])
      assert.deepStrictEqual(yield* over.get(ada, tea.id), tea)
      assert.deepStrictEqual((yield* over.recall(ada, "Where does Ada live?"))[0]!.entry, oslo)
      assert.deepStrictEqual(yield* over.byEntity(ada, "TEA"), [tea])
      assert.strictEqual(yield* over.count(ada), 2)
      assert.strictEqual(yield* over.count(ada, { types: ["EVENT"] }), 1)
    })
  )

  it.scoped("does not see what its base is given later", () =>
    Effect.gen(function* () {
      const { base, over } = yield* both
      const late = yield* base.remember(ada, { content: "Ada plays chess" })
      assert.deepStrictEqual(yield* over.recall(ada, "chess"), [])
      assert.strictEqual(yield* over.count(ada), 2)
      assert.strictEqual((yield* failure(over.get(ada, late.id))).reason, "NotFound")
    })
  )

  it.scoped("keeps its writes from its base, and finds them among what the base has", () =>
    Effect.gen(function* () {
      const { base, over } = yield* both
      const before = yield* seen(base)
      yield* over.remember(ada, { content: "Ada likes black tea" })
      assert.deepStrictEqual(
        (yield* over.recall(ada, "black tea")).map(({ entry }) => entry.content),
        ["Ada likes black tea", "Ada likes green tea"]
      )
      assert.deepStrictEqual(
        (yield* over.recall(ada, "green tea")).map(({ entry }) => entry.content),
        ["Ada likes green tea", "Ada likes black tea"]
      )
      assert.strictEqual((yield* over.recall(ada, "tea", { limit: 1 })).length, 1)
      assert.deepStrictEqual(yield* seen(base), before)
    })
  )

  it.scoped("changes copies of what its base has", () =>
    Effect.gen(function* () {
      const { base, over, tea } = yield* both
      const before = yield* seen(base)
      const changed = yield* over.update(ada, tea.id, { content: "Ada likes mint", importance: 1 })
      assert.strictEqual(changed.id, tea.id)
      assert.deepStrictEqual(yield* over.get(ada, tea.id), changed)
      assert.deepStrictEqual(contents(yield* over.recent(ada)), ["Ada lives in Oslo", "Ada likes mint"])
      assert.deepStrictEqual(yield* over.recall(ada, "green"), [])
      assert.deepStrictEqual((yield* over.recall(ada, "mint"))[0]!.entry, changed)
      assert.deepStrictEqual(contents(yield* over.byEntity(ada, "tea")), ["Ada likes mint"])
      assert.strictEqual(yield* over.count(ada, { minImportance: 0.95 }), 1)
      assert.strictEqual(yield* over.count(ada), 2)
      assert.deepStrictEqual(yield* seen(base), before)
    })
  )

  it.scoped(
    "sees nothing of what its base gets later, whenever that is true, and what is superseded there as it was",
    () =>
      Effect.gen(function* () {
        const { base, over, oslo, tea } = yield* both
        const before = yield* seen(over)
        const born = { content: "Ada was born in green Rome", entities: ["Tea"], validFrom: DateTime.unsafeMake(0) }
        const rome = yield* base.remember(ada, born)
        const moved = yield* base.supersede(ada, oslo.id, { content: "Ada lives in Rome" })
        assert.deepStrictEqual(yield* seen(over), before)
        assert.deepStrictEqual(yield* over.get(ada, oslo.id), oslo)
        assert.deepStrictEqual(contents(yield* over.byEntity(ada, "tea")), [tea.content])
        for (const { id } of [rome, moved]) assert.strictEqual((yield* failure(over.get(ada, id))).reason, "NotFound")
        const bonn = yield* over.supersede(ada, oslo.id, { content: "Ada lives in Bonn" })
        assert.strictEqual((yield* over.get(ada, oslo.id)).supersededBy, bonn.id)
        assert.strictEqual((yield* base.get(ada, oslo.id)).supersededBy, moved.id)
      })
  )

  it.scoped("supersedes what its base has, and still tells what was true before", () =>
    Effect.gen(function* () {
      const { base, over, oslo } = yield* both
      const before = yield* seen(base)
      const then = yield* DateTime.now
      yield* TestClock.adjust("1 second")
      const rome = yield* over.supersede(ada, oslo.id, { content: "Ada lives in Rome" })
      assert.deepStrictEqual(
        (yield* over.recall(ada, "Ada lives")).map(({ entry }) => entry.content),
        ["Ada lives in Rome", "Ada likes green tea"]
      )
      assert.deepStrictEqual((yield* over.recall(ada, "lives", { asOf: then }))[0]!.entry.content, "Ada lives in Oslo")
      const old = yield* over.get(ada, oslo.id)
      assert.strictEqual(old.supersededBy, rome.id)
      assert.deepStrictEqual(old.validTo, rome.validFrom)
      const again = yield* failure(over.supersede(ada, oslo.id, { content: "Ada lives in Bonn" }))
      assert.strictEqual(again.reason, "Invalid")
      assert.include(again.cure, rome.id)
      assert.deepStrictEqual(yield* seen(base), before)
    })
  )

  it.scoped("forgets what it sees, one, some or all, and the base does not", () =>
    Effect.gen(function* () {
      const { base, over, oslo, tea } = yield* both
      const before = yield* seen(base)
      assert.strictEqual(yield* over.forget(ada, { id: tea.id }), 1)
      assert.strictEqual(yield* over.forget(ada, { id: tea.id }), 0)
      assert.strictEqual((yield* failure(over.get(ada, tea.id))).reason, "NotFound")
      assert.deepStrictEqual(yield* over.recall(ada, "green tea", { limit: 1 }), [])
      assert.strictEqual(yield* over.count(ada), 1)
      yield* over.remember(ada, { content: "Ada knows Bob", entities: ["Bob"] })
      assert.strictEqual(yield* over.forget(ada, { where: { entity: "BOB" } }), 1)
      assert.strictEqual(yield* over.forget(ada, { where: { types: ["EVENT"] } }), 1)
      assert.strictEqual(yield* over.count(ada), 0)
      yield* over.remember(ada, { content: "Ada is new here" })
      assert.strictEqual(yield* over.forget(ada, { everything: true }), 1)
      assert.strictEqual((yield* failure(over.get(ada, oslo.id))).reason, "NotFound")
      assert.strictEqual(yield* over.count(bob), 1)
      yield* over.remember(ada, { content: "Ada is here again" })
      assert.deepStrictEqual(contents(yield* over.recent(ada)), ["Ada is here again"])
      assert.deepStrictEqual(yield* seen(base), before)
    })
  )

  it.scoped("forgets also what is no longer true: it is not to be found in the past", () =>
    Effect.gen(function* () {
      const { base, over, oslo } = yield* both
      const then = yield* DateTime.now
      yield* TestClock.adjust("1 second")
      yield* base.supersede(ada, oslo.id, { content: "Ada lives in Rome", type: "EVENT" })
      yield* TestClock.adjust("1 second")
      const later = yield* overlay(base)
      const own = yield* later.remember(ada, { content: "Ada moved twice", type: "EVENT" })
      yield* later.supersede(ada, own.id, { content: "Ada moved thrice", type: "EVENT" })
      assert.strictEqual((yield* later.recall(ada, "Oslo", { asOf: then })).length, 1)
      const inner = yield* later.overlay
      assert.strictEqual(yield* inner.forget(ada, { where: { types: ["EVENT"], asOf: then } }), 1)
      assert.strictEqual(yield* inner.count(ada, { types: ["EVENT"] }), 2)
      assert.strictEqual(yield* later.forget(ada, { where: { types: ["EVENT"] } }), 3)
      assert.deepStrictEqual(yield* later.recall(ada, "Oslo", { asOf: then }), [])
      assert.strictEqual((yield* failure(later.get(ada, oslo.id))).reason, "NotFound")
      assert.strictEqual((yield* failure(later.get(ada, own.id))).reason, "NotFound")
      assert.deepStrictEqual(contents(yield* later.recent(ada)), ["Ada likes green tea"])
      assert.strictEqual(yield* later.count(ada, { asOf: then }), 1)
      assert.strictEqual(yield* over.count(ada, { types: ["EVENT"] }), 1)
    })
  )

  it.scoped("works on what it sees when its base forgets", () =>
    Effect.gen(function* () {
      const { base, over, oslo, tea } = yield* both
      yield* over.update(ada, tea.id, { importance: 1 })
      yield* over.forget(ada, { id: oslo.id })
      yield* base.forget(ada, { everything: true })
      assert.deepStrictEqual(contents(yield* over.recent(ada)), ["Ada likes green tea"])
      assert.strictEqual(yield* over.count(ada), 1)
      assert.strictEqual((yield* over.recall(ada, "tea")).length, 1)
    })
  )

  it.scoped("does not keep twice what its base has; the higher importance counts, in the overlay", () =>
    Effect.gen(function* () {
      const { base, over, oslo, tea } = yield* both
      assert.deepStrictEqual(yield* over.remember(ada, { content: "ada lives in  Oslo!" }), oslo)
      const raised = yield* over.remember(ada, { content: "Ada likes green tea.", importance: 0.8 })
      assert.strictEqual(raised.id, tea.id)
      assert.strictEqual(raised.importance, 0.8)
      assert.strictEqual((yield* base.get(ada, tea.id)).importance, 0.4)
      yield* over.remember(ada, { content: "Ada likes green tea", entities: ["Cups"] })
      assert.deepStrictEqual((yield* over.byEntity(ada, "cups"))[0]!.entities, ["Tea", "Cups"])
      assert.deepStrictEqual(yield* base.byEntity(ada, "cups"), [])
      assert.strictEqual(yield* over.count(ada), 2)
      yield* over.forget(ada, { id: tea.id })
      assert.notStrictEqual((yield* over.remember(ada, { content: "Ada likes green tea" })).id, tea.id)
    })
  )

  it.scoped("prunes what is old and matters little", () =>
    Effect.gen(function* () {
      const { base, over } = yield* both
      yield* over.remember(ada, { content: "Ada sneezed", importance: 0.1 })
      yield* TestClock.adjust("31 days")
      yield* over.remember(ada, { content: "Ada coughed", importance: 0.1 })
      assert.strictEqual(yield* over.prune(ada), 1)
      assert.strictEqual(yield* over.prune(ada, { maxImportance: 0.5 }), 1)
      assert.deepStrictEqual(contents(yield* over.recent(ada)), ["Ada coughed", "Ada lives in Oslo"])
      assert.strictEqual(yield* base.count(ada), 2)
    })
  )

  it.scoped("has overlays of its own", () =>
    Effect.gen(function* () {
      const { base, over, tea } = yield* both
      yield* over.remember(ada, { content: "Ada plays chess" })
      const inner = yield* over.overlay
      assert.strictEqual(yield* inner.count(ada), 3)
      yield* inner.update(ada, tea.id, { content: "Ada likes mint" })
      yield* inner.remember(ada, { content: "Ada plays go" })
      yield* inner.forget(ada, { where: { types: ["EVENT"] } })
      assert.sameMembers([...contents(yield* inner.recent(ada))], ["Ada likes mint", "Ada plays chess", "Ada plays go"])
      assert.strictEqual(yield* over.count(ada), 3)
      assert.strictEqual(yield* base.count(ada), 2)
    })
  )

  it.scoped("keeps the places of a conversation that its base began", () =>
    Effect.gen(function* () {
      const base = yield* inMemory()
      yield* base.rememberTurn(ada, { user: "one", assistant: "1", conversation: "c" })
      yield* TestClock.adjust("1 second")
      yield* base.rememberTurn(ada, { user: "two", assistant: "2", conversation: "c" })
      const over = yield* overlay(base)
      const [third] = yield* over.rememberTurn(ada, { user: "three", assistant: "3", conversation: "c" })
      const [fourth] = yield* over.rememberTurn(ada, { user: "four", assistant: "4", conversation: "c" })
      const [other] = yield* over.rememberTurn(ada, { user: "five", assistant: "5", conversation: "d" })
      assert.deepStrictEqual(
        [third, fourth, other].map((entry) => entry?.position),
        [2, 3, 0]
      )
    })
  )

  it.scoped("finds what is said next to what is asked for, after what is asked for", () =>
    Effect.gen(function* () {
      const memory = yield* inMemory()
      const say = (content: string) => memory.remember(ada, { content, conversation: "c" })
      yield* Effect.forEach(["Which dog did they take?", "A brown terrier.", "Lunch was late.", "It rained."], say)
      assert.deepStrictEqual(
        (yield* memory.recall(ada, "dog")).map(({ entry }) => entry.content),
        ["Which dog did they take?", "A brown terrier.", "Lunch was late."]
      )
    })
  )

  it.scoped("finds words in other forms, and without their diacritics", () =>
    Effect.gen(function* () {
      const memory = yield* inMemory()
      const said = ["Zoë hiked to the cities", "I am studying parties", "The dress was lovely"]
      yield* memory.rememberAll(
        ada,
        said.map((content) => ({ content }))
      )
      for (const [query, found] of [
        ["hiking zoe", 0],
        ["Which city?", 0],
        ["studies", 1],
        ["party", 1],
        ["dresses", 2]
      ] as const) {
        assert.deepStrictEqual(contents(entriesOf(yield* memory.recall(ada, query))), [said[found]], query)
      }
    })
  )

  it.scoped("gives the most recent where a query has no word", () =>
    Effect.gen(function* () {
      const { over } = yield* both
      const found = yield* over.recall(ada, " ?! ")
      assert.deepStrictEqual(
        found.map(({ entry }) => entry.content),
        ["Ada lives in Oslo", "Ada likes green tea"]
      )
      assert.isAbove(found[0]!.score, found[1]!.score)
    })
  )

  it.scoped("keeps all of several memories or none", () =>
    Effect.gen(function* () {
      const { over } = yield* both
      const error = yield* failure(over.rememberAll(ada, [{ content: "fine" }, { content: "" }]))
      assert.strictEqual(error.reason, "Invalid")
      assert.strictEqual(yield* over.count(ada), 2)
      assert.strictEqual(
        (yield* over.rememberAll(ada, [{ content: "a" }, { content: "b" }, { content: "A" }])).length,
        3
      )
      assert.strictEqual(yield* over.count(ada), 4)
    })
  )

  it.scoped("loses no write of many at once, and keeps equal ones once", () =>
    Effect.gen(function* () {
      const { over } = yield* both
      yield* Effect.forEach(
        Array.from({ length: 60 }, (_, k) => `note ${k % 50}`),
        (content) => Effect.zipRight(Effect.yieldNow(), over.remember(ada, { content })),
        { concurrency: "unbounded" }
      )
      const notes = yield* over.recent(ada, { limit: 100 })
      assert.strictEqual(notes.length, 52)
      assert.strictEqual(new Set(notes.map(({ id }) => id)).size, 52)
    })
  )

  it.scoped("refuses what cannot be, and changes nothing by it", () =>
    Effect.gen(function* () {
      const { over, tea } = yield* both
      const bad: ReadonlyArray<Effect.Effect<unknown, MemoryError>> = [
        over.remember(ada, { content: " " }),
        over.remember(ada, { content: "x", importance: Number.NaN }),
        over.remember(ada, { content: "x", validFrom: DateTime.unsafeMake(1e12) }),
        over.remember(" ada" as TenantId, { content: "x" }),
        over.rememberTurn(ada, { user: "x" } as Turn),
        over.update(ada, tea.id, { importance: 2 }),
        over.recall(ada, "x", { limit: 0 }),
        over.recall(ada, undefined as never),
        over.recent("" as TenantId),
        over.byEntity(ada, " "),
        over.get(ada, 5 as never),
        over.forget(ada, {} as Forget),
        over.forget(ada, { where: {} }),
        over.rememberAll(ada, null as never),
        over.count(ada, { types: ["OTHER" as never] }),
        over.prune(ada, { maxImportance: Number.NaN })
      ]
      for (const effect of bad) assert.strictEqual((yield* failure(effect)).reason, "Invalid")
      assert.strictEqual((yield* failure(over.update(ada, "none", {}))).reason, "NotFound")
      assert.strictEqual((yield* failure(over.supersede(bob, tea.id, { content: "x" }))).reason, "NotFound")
      assert.strictEqual(yield* over.count(ada), 2)
    })
  )

  it.effect("is closed with its scope", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const memory = yield* Scope.extend(inMemory(), scope)
      yield* memory.remember(ada, { content: "tea" })
      yield* Scope.close(scope, Exit.void)
      for (const effect of [
        memory.recall(ada, "tea"),
        memory.remember(ada, { content: "x" }),
        Effect.scoped(memory.overlay)
      ]) {
        assert.strictEqual((yield* failure<unknown, MemoryError, never>(effect)).reason, "Closed")
      }
    })
  )
})

const word = FastCheck.constantFrom("red", "green", "blue", "red 1", "green 2", "blue green", "red blue 3")
const tenant = FastCheck.constantFrom(ada, bob, eve)
const pick = FastCheck.nat({ max: 20 })
const importance = FastCheck.constantFrom(0, 0.1, 0.5, 1)

const operation = FastCheck.oneof(
  FastCheck.record({ _tag: FastCheck.constant("remember" as const), tenant, content: word, importance }),
  FastCheck.record({ _tag: FastCheck.constant("turn" as const), tenant, content: word }),
  FastCheck.record({ _tag: FastCheck.constant("update" as const), tenant, pick, content: word }),
  FastCheck.record({ _tag: FastCheck.constant("supersede" as const), tenant, pick, content: word }),
  FastCheck.record({ _tag: FastCheck.constant("forget" as const), tenant, pick }),
  FastCheck.record({ _tag: FastCheck.constant("forgetEntity" as const), tenant }),
  FastCheck.record({ _tag: FastCheck.constant("everything" as const), tenant }),
  FastCheck.record({ _tag: FastCheck.constant("prune" as const), tenant })
)
type Operation = typeof operation extends FastCheck.Arbitrary<infer A> ? A : never

const operations = FastCheck.array(operation, { maxLength: 10 })

/** Does an operation to one of the entries that are there. What cannot be done is left. */
const perform = (memory: MemoryService, op: Operation): Effect.Effect<void> =>
  Effect.gen(function* () {
    yield* TestClock.adjust("1 second")
    const { tenant } = op
    const entries = yield* memory.recent(tenant, { limit: 100 })
    const id = "pick" in op ? (entries[op.pick % Math.max(1, entries.length)]?.id ?? "none") : "none"
    const marked = (content: string): string => `${content} of ${tenant}`
    if (op._tag === "remember") {
      const entities = [op.content.split(" ")[0]!]
      yield* memory.remember(tenant, { content: marked(op.content), importance: op.importance, entities })
    } else if (op._tag === "turn") {
      yield* memory.rememberTurn(tenant, { user: marked(op.content), assistant: "ok", conversation: "c" })
    } else if (op._tag === "update") yield* memory.update(tenant, id, { content: marked(op.content) })
    else if (op._tag === "supersede") yield* memory.supersede(tenant, id, { content: marked(op.content) })
    else if (op._tag === "forget") yield* memory.forget(tenant, { id })
    else if (op._tag === "forgetEntity") yield* memory.forget(tenant, { where: { entity: "RED" } })
    else if (op._tag === "everything") yield* memory.forget(tenant, { everything: true })
    else yield* memory.prune(tenant, { olderThan: "2 seconds", maxImportance: 0.3 })
  }).pipe(
    Effect.catchAll(() => Effect.void),
    Effect.asVoid
  )

const performAll = (memory: MemoryService, ops: ReadonlyArray<Operation>) =>
  Effect.forEach(ops, (op) => perform(memory, op), { discard: true })

/** Of what can be seen, all but scores and names, which say how it was come by. */
const said = (memory: MemoryService) =>
  Effect.map(seen(memory), (tenants) =>
    tenants.map(({ about, count, early, found, recent }) => ({
      recent: contents(recent),
      importances: recent.map(({ importance }) => importance),
      early: contents(early),
      about: contents(about),
      found: contents(found).toSorted(),
      count
    }))
  )

const runs = { fastCheck: { numRuns: 25 } }

describe("any operations", () => {
  it.effect.prop(
    "on an overlay never change its base",
    [operations, operations, operations],
    ([before, first, second]) =>
      Effect.gen(function* () {
        const base = yield* inMemory()
        yield* performAll(base, before)
        yield* TestClock.adjust("1 second")
        const was = yield* seen(base)
        const over = yield* overlay(base)
        yield* performAll(over, first)
        const between = yield* seen(over)
        yield* performAll(yield* over.overlay, second)
        assert.deepStrictEqual(yield* seen(over), between)
        assert.deepStrictEqual(yield* seen(base), was)
      }).pipe(Effect.scoped),
    runs
  )

  it.effect.prop(
    "give on an overlay what they would have given on its base",
    [operations, operations],
    ([before, after]) =>
      Effect.gen(function* () {
        const plain = yield* inMemory()
        yield* performAll(plain, before)
        const over = yield* overlay(plain)
        yield* performAll(over, after)
        const layered = yield* said(over)
        yield* TestClock.setTime(0)
        const alone = yield* inMemory()
        yield* performAll(alone, before)
        yield* performAll(alone, after)
        assert.deepStrictEqual(layered, yield* said(alone))
      }).pipe(Effect.scoped),
    runs
  )

  it.effect.prop(
    "of tenants never cross",
    [operations],
    ([ops]) =>
      Effect.gen(function* () {
        const shared = yield* Effect.flatMap(inMemory(), overlay)
        yield* performAll(shared, ops)
        const together = yield* said(shared)
        for (const [k, own] of [ada, bob, eve].entries()) {
          for (const { content, tenant } of yield* shared.recent(own, { limit: 1000 })) {
            assert.strictEqual(tenant, own)
            assert.include(content, `of ${own}`)
          }
          const alone = yield* inMemory()
          yield* TestClock.setTime(0)
          for (const op of ops) yield* op.tenant === own ? perform(alone, op) : TestClock.adjust("1 second")
          assert.deepStrictEqual((yield* said(alone))[k], together[k])
        }
      }).pipe(Effect.scoped),
    runs
  )
})
