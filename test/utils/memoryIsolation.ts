import { assert } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as TestClock from "effect/TestClock"
import * as fc from "fast-check"
import { type MemoryEntry, type MemoryError, type MemoryService, TenantId } from "../../services/Memory.js"

const words = ["tea", "rome", "vase", "class", "rain", "budget"]

const text = fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 4 }).map((chosen) => chosen.join(" "))

const memory = fc.record(
  {
    content: text,
    importance: fc.constantFrom(0, 0.1, 0.5, 1),
    entities: fc.constantFrom([], ["Ann"], ["ann", "Bo"]),
    conversation: fc.constantFrom("one", "two")
  },
  { requiredKeys: ["content"] }
)

const step = fc.oneof(
  {
    arbitrary: fc.record({ op: fc.constant("remember" as const), memories: fc.array(memory, { maxLength: 4 }) }),
    weight: 4
  },
  fc.record({ op: fc.constant("recall" as const), text, hoursAgo: fc.nat(20) }),
  fc.record({ op: fc.constant("recent" as const), hoursAgo: fc.nat(20) }),
  fc.record({ op: fc.constant("byEntity" as const), entity: fc.constantFrom("ANN", "Bo", "x") }),
  fc.record({ op: fc.constant("update" as const), pick: fc.nat(9), content: text }),
  fc.record({ op: fc.constant("supersede" as const), pick: fc.nat(9), content: text }),
  fc.record({ op: fc.constant("forgetId" as const), pick: fc.nat(9) }),
  fc.record({ op: fc.constant("forgetWhere" as const), entity: fc.constantFrom("Ann", "Bo") }),
  fc.record({ op: fc.constant("forgetAll" as const) }),
  fc.record({ op: fc.constant("prune" as const) }),
  fc.record({ op: fc.constant("count" as const) })
)

type Step = typeof step extends fc.Arbitrary<infer A> ? A : never

/** Steps of three tenants, one after another. */
export const story = fc.array(fc.record({ who: fc.constantFrom(0, 1, 2), step }), { minLength: 5, maxLength: 40 })

export type Story = typeof story extends fc.Arbitrary<infer A> ? A : never

/** What an entry says, without its id, which is another in every store. */
const said = ({ content, createdAt, entities, importance, position, validFrom, validTo }: MemoryEntry) => ({
  content,
  entities,
  importance,
  position,
  times: [createdAt, validFrom, validTo].map((time) => time?.epochMillis)
})

/** Rounded: ids break ties of scores, and the order of equal ones is another in every store. */
const ordered = <A>(found: ReadonlyArray<A>): ReadonlyArray<string> => found.map((one) => JSON.stringify(one)).sort()

/** A tenant in a store, and the ids that it has been given there. */
const user = (store: MemoryService, tenant: TenantId) => {
  const ids: Array<string> = []
  const idAt = (pick: number) => ids[pick % Math.max(1, ids.length)] ?? "none"
  const kept = (entry: MemoryEntry) => {
    if (!ids.includes(entry.id)) ids.push(entry.id)
    return said(entry)
  }
  const run = (step: Step, now: DateTime.Utc): Effect.Effect<unknown, MemoryError> => {
    switch (step.op) {
      case "remember":
        return Effect.map(store.rememberAll(tenant, step.memories), (all) => all.map(kept))
      case "recall":
        return Effect.map(
          store.recall(tenant, step.text, { limit: 50, asOf: DateTime.subtract(now, { hours: step.hoursAgo }) }),
          (found) => ordered(found.map(({ entry, score }) => [score.toFixed(9), said(entry)]))
        )
      case "recent":
        return Effect.map(
          store.recent(tenant, { limit: 50, asOf: DateTime.subtract(now, { hours: step.hoursAgo }) }),
          (all) => all.map(said)
        )
      case "byEntity":
        return Effect.map(store.byEntity(tenant, step.entity, { limit: 50 }), (all) => all.map(said))
      case "update":
        return Effect.map(store.update(tenant, idAt(step.pick), { content: step.content }), said)
      case "supersede":
        return Effect.map(store.supersede(tenant, idAt(step.pick), { content: step.content }), kept)
      case "forgetId":
        return store.forget(tenant, { id: idAt(step.pick) })
      case "forgetWhere":
        return store.forget(tenant, { where: { entity: step.entity } })
      case "forgetAll":
        return store.forget(tenant, { everything: true })
      case "prune":
        return store.prune(tenant, { olderThan: "5 hours" })
      case "count":
        return store.count(tenant)
    }
  }
  return {
    answer: (step: Step, now: DateTime.Utc) =>
      Effect.map(
        Effect.either(run(step, now)),
        Either.mapLeft(({ reason }) => reason)
      )
  }
}

/** Three tenants who share a store have every answer that each has in a store of its own. */
export const nothingCrosses = (
  stores: { readonly shared: MemoryService; readonly own: ReadonlyArray<MemoryService> },
  story: Story,
  run: number
) =>
  Effect.gen(function* () {
    const users = stores.own.map((own, k) => {
      const tenant = TenantId.make(`${run}-${k}`)
      return { shared: user(stores.shared, tenant), own: user(own, tenant) }
    })
    for (const { step, who } of story) {
      yield* TestClock.adjust("1 hour")
      const now = yield* DateTime.now
      const shared = yield* users[who]!.shared.answer(step, now)
      assert.deepStrictEqual(shared, yield* users[who]!.own.answer(step, now), JSON.stringify(step))
    }
  })
