import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import type { MemoryEntry, MemoryError, MemoryService, Recalled } from "../../../services/Memory.js"
import * as Tracing from "../../Tracing.js"

interface Asked {
  readonly id?: string
  readonly query?: string
}

type Records = ReadonlyArray<MemoryEntry | Recalled>

const recordOf = (record: MemoryEntry | Recalled) => {
  const { entry, ...score } = "entry" in record ? record : { entry: record }
  return { id: entry.id, content: entry.content, ...score, metadata: entry.metadata }
}

const attributesOf = (content: Tracing.Content | undefined, records: Records | number): Record<string, unknown> =>
  typeof records === "number"
    ? { "gen_ai.memory.record.count": records }
    : {
        "gen_ai.memory.record.count": records.length,
        ...(content === undefined
          ? {}
          : {
              "gen_ai.memory.records": Tracing.written(content, "gen_ai.memory.records", records.map(recordOf))
            })
      }

/**
 * A memory whose operations are spans. Of what is remembered they tell how much it is, and what it says only where content
 * is asked for.
 *
 * @internal
 */
export const traced = (memory: MemoryService, store: string): MemoryService => {
  const span = <A>(
    operation: Tracing.MemoryOperation,
    self: Effect.Effect<A, MemoryError>,
    found: (answer: A) => Records | number,
    { id, query }: Asked = {}
  ): Effect.Effect<A, MemoryError> =>
    Effect.flatMap(Tracing.Current, ({ content }) => {
      const asked = {
        ...(id === undefined ? {} : { "gen_ai.memory.record.id": id }),
        ...(query === undefined || content === undefined
          ? {}
          : { "gen_ai.memory.query.text": Tracing.written(content, "gen_ai.memory.query.text", query) })
      }
      return Effect.annotateCurrentSpan(asked).pipe(
        Effect.zipRight(self),
        Effect.tap((answer) => Effect.annotateCurrentSpan(attributesOf(content, found(answer)))),
        Tracing.memory(operation, store)
      )
    })
  const one = (entry: MemoryEntry): Records => [entry]
  const all = (records: Records): Records => records
  const count = (entries: number): number => entries
  return {
    remember: (tenant, entry) => span("create_memory", memory.remember(tenant, entry), one),
    rememberAll: (tenant, entries) => span("create_memory", memory.rememberAll(tenant, entries), all),
    rememberTurn: (tenant, turn) => span("create_memory", memory.rememberTurn(tenant, turn), all),
    recall: (tenant, query, options) => span("search_memory", memory.recall(tenant, query, options), all, { query }),
    recent: (tenant, options) => span("search_memory", memory.recent(tenant, options), all),
    byEntity: (tenant, entity, options) =>
      span("search_memory", memory.byEntity(tenant, entity, options), all, { query: entity }),
    get: (tenant, id) => span("search_memory", memory.get(tenant, id), one, { id }),
    update: (tenant, id, patch) => span("update_memory", memory.update(tenant, id, patch), one, { id }),
    supersede: (tenant, id, entry) => span("update_memory", memory.supersede(tenant, id, entry), one, { id }),
    forget: (tenant, what) =>
      span(
        "delete_memory",
        memory.forget(tenant, what),
        count,
        Predicate.hasProperty(what, "id") && typeof what.id === "string" ? { id: what.id } : {}
      ),
    prune: (tenant, options) => span("delete_memory", memory.prune(tenant, options), count),
    count: (tenant, options) => span("search_memory", memory.count(tenant, options), count),
    overlay: memory.overlay
  }
}
