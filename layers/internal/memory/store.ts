import * as SqlClient from "@effect/sql/SqlClient"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { Embedder } from "../../../services/Embedder.js"
import type { MemoryError, MemoryService } from "../../../services/Memory.js"
import * as Checks from "../../../src/internal/memory/checks.js"
import { missing } from "../../../src/internal/memory/errors.js"
import { overlay } from "../../../src/internal/memory/overlay.js"
import { traced } from "../../../src/internal/memory/traced.js"
import * as Extraction from "./extraction.js"
import { migrate } from "./migrations.js"
import { patiently } from "./patience.js"
import * as Reads from "./reads.js"
import * as Removals from "./removals.js"
import { entryOf } from "./rows.js"
import * as Session from "./session.js"
import type { Tenant } from "./tenants.js"
import * as Transaction from "./transaction.js"
import * as Vectors from "./vectors.js"
import * as Writes from "./writes.js"

/** @internal */
export interface Options {
  readonly extraction?: Extraction.Extraction
  readonly busyTimeout: Duration.DurationInput
  /** Transactions that write at once; the others wait for their turn here, and not for a connection. */
  readonly writers: number
}

const none = Effect.succeed([])

const zero = Effect.succeed(0)

/**
 * A memory in a database, of SQLite or PostgreSQL.
 *
 * @internal
 */
export const make = (options: Options): Effect.Effect<MemoryService, MemoryError, SqlClient.SqlClient | Scope.Scope> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const embedder = Option.getOrUndefined(yield* Effect.serviceOption(Embedder))
    const extract = yield* Extraction.make(options.extraction)
    const transaction = Transaction.make(sql)
    yield* patiently(migrate(transaction), options.busyTimeout)
    const { add, ask, change, read, run, whileOpen } = yield* Session.make(sql, transaction, options)

    const withVectors = (memories: ReadonlyArray<Checks.Checked>): Effect.Effect<ReadonlyArray<Writes.Addition>> =>
      Effect.map(
        Vectors.of(
          embedder,
          memories.map(({ content }) => content)
        ),
        (vectors) => memories.map((memory, k) => ({ memory, vector: vectors[k] }))
      )

    const rowIn = (tenant: Tenant, id: string) =>
      Effect.filterOrFail(
        Reads.rowOfId(sql, tenant, id),
        (row) => row !== undefined,
        () => missing
      )

    const service: MemoryService = {
      remember: (name, memory) => Effect.map(service.rememberAll(name, [memory]), ([entry]) => entry!),

      rememberAll: (name, memories) =>
        Effect.gen(function* () {
          const asked = yield* ask(name, (now) => Checks.checkedAll(now, memories))
          if (memories.length === 0) return []
          const additions = yield* withVectors(asked.question)
          return yield* add(asked, (site) => Writes.remember(site, additions))
        }),

      rememberTurn: (name, turn) =>
        Effect.gen(function* () {
          const { question } = yield* ask(name, () => Checks.checkedTurn(turn))
          return yield* service.rememberAll(name, yield* extract(question))
        }),

      recall: (name, text, query) =>
        Effect.gen(function* () {
          const asked = yield* ask(name, () =>
            Either.all({ text: Checks.checkedText(text), query: Checks.checkedQuery(query) })
          )
          return yield* run(Reads.recall(sql, asked, embedder))
        }),

      recent: (name, query) =>
        Effect.gen(function* () {
          const asked = yield* ask(name, () => Checks.checkedQuery(query))
          return yield* read(asked, none, (tenant) => Reads.recent(sql, name, tenant, asked.question))
        }),

      byEntity: (name, entity, query) =>
        Effect.gen(function* () {
          const asked = yield* ask(name, () =>
            Either.all({ entity: Checks.checkedEntity(entity), query: Checks.checkedQuery(query) })
          )
          return yield* read(asked, none, (tenant) => Reads.byEntity(sql, name, tenant, asked.question))
        }),

      get: (name, id) =>
        Effect.gen(function* () {
          const asked = yield* ask(name, () => Checks.checkedId(id))
          return yield* read(asked, missing, (tenant) =>
            Effect.map(rowIn(tenant, asked.question), (row) => entryOf(name, row))
          )
        }),

      update: (name, id, patch) =>
        Effect.gen(function* () {
          const asked = yield* ask(name, () =>
            Either.all({ id: Checks.checkedId(id), patch: Checks.checkedPatch(patch) })
          )
          const { content } = asked.question.patch
          const [vector] = yield* Vectors.of(embedder, content === undefined ? [] : [content])
          return yield* change(asked, missing, (site) =>
            Effect.flatMap(rowIn(site.tenant, asked.question.id), (row) =>
              Writes.change(site, row, asked.question.patch, vector)
            )
          )
        }),

      supersede: (name, id, memory) =>
        Effect.gen(function* () {
          const asked = yield* ask(name, (now) =>
            Either.all({ id: Checks.checkedId(id), memory: Checks.checkedNew(now, memory) })
          )
          const [addition] = yield* withVectors([asked.question.memory])
          return yield* change(asked, missing, (site) =>
            Effect.gen(function* () {
              const row = yield* rowIn(site.tenant, asked.question.id)
              const before = yield* Checks.supersedable(entryOf(name, row))
              return yield* Writes.supersede(site, before, addition!)
            })
          )
        }),

      forget: (name, what) =>
        Effect.gen(function* () {
          const asked = yield* ask(name, () => Checks.checkedForget(what))
          return yield* Effect.zipLeft(
            change(asked, zero, (site) => Removals.forget(site, asked.question)),
            Removals.erase(sql)
          )
        }),

      prune: (name, options) =>
        Effect.gen(function* () {
          const asked = yield* ask(name, (now) => Checks.checkedPrune(now, options))
          return yield* Effect.zipLeft(
            change(asked, zero, (site) => Removals.prune(site, asked.question)),
            Removals.erase(sql)
          )
        }),

      count: (name, filter) =>
        Effect.gen(function* () {
          const asked = yield* ask(name, () => Checks.checkedFilter(filter))
          return yield* read(asked, zero, (tenant) => Reads.count(sql, tenant, asked.question))
        }),

      overlay: Effect.zipRight(
        whileOpen,
        Effect.suspend(() => overlay(service, { extract }))
      )
    }
    return traced(service, sql.onDialectOrElse({ pg: () => "postgresql", orElse: () => "sqlite" }))
  })
