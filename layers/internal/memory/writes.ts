import type { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Arr from "effect/Array"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { MemoryEntry, type Patch, type TenantId } from "../../../services/Memory.js"
import { type Checked, normalisedEntity, saidAgain } from "../../../src/internal/memory/checks.js"
import { digestOf, isNearDuplicate } from "../../../src/internal/memory/similar.js"
import { among, items } from "./dialect.js"
import { columns, entryOf, indexed, type Row, rowOf } from "./rows.js"
import { type Tenant, takeKeys } from "./tenants.js"
import { blobOf, type Vector } from "./vectors.js"

type Answer<A> = Effect.Effect<A, SqlError>

/**
 * Where a write takes place: in a transaction, with the tenant locked.
 *
 * @internal
 */
export interface Site {
  readonly sql: SqlClient
  readonly name: TenantId
  readonly tenant: Tenant
  readonly now: DateTime.Utc
}

/**
 * What is to be kept.
 *
 * @internal
 */
export interface Addition {
  readonly memory: Checked
  readonly vector: Vector | undefined
}

/** Rows of a statement: PostgreSQL takes 65,535 parameters, SQLite 32,766. */
const ROWS = 1000

const insertAll = (sql: SqlClient, table: string, rows: ReadonlyArray<Record<string, unknown>>): Answer<void> =>
  Effect.forEach(Arr.chunksOf(rows, ROWS), (rows) => sql`INSERT INTO ${sql(table)} ${sql.insert(rows)}`, {
    discard: true
  })

const entitiesOf = (tenant: Tenant, key: number, entities: ReadonlyArray<string>) =>
  entities.map((name) => ({ tenant: tenant.id, name: normalisedEntity(name), entry: key }))

const vectorsOf = (key: number, vector: Vector | undefined) =>
  vector === undefined ? [] : [{ entry: key, model: vector.model, vector: blobOf(vector) }]

/** The next place in each of some conversations. */
const nextPlaces = ({ sql, tenant }: Site, conversations: ReadonlyArray<string>): Answer<Map<string, number>> =>
  conversations.length === 0
    ? Effect.succeed(new Map())
    : Effect.map(
        sql<{ readonly conversation: string; readonly last: number | null }>`
          SELECT item.value ->> 0 AS conversation, (
            SELECT max(e.position) FROM hyperfunc_entries AS e
            WHERE e.tenant = ${tenant.id} AND e.conversation = (item.value ->> 0)
          ) AS last FROM ${items(sql, conversations)}`,
        (rows) => new Map(rows.map(({ conversation, last }) => [conversation, last === null ? 0 : last + 1]))
      )

/**
 * Keeps entries whose content the tenant does not have.
 *
 * @internal
 */
const add = (site: Site, additions: ReadonlyArray<Addition>): Answer<ReadonlyArray<MemoryEntry>> =>
  Effect.gen(function* () {
    const { name, sql, tenant } = site
    const keys = yield* takeKeys(sql, tenant, additions.length)
    const conversations = additions.flatMap(({ memory }) => memory.conversation ?? [])
    const next = yield* nextPlaces(site, Arr.dedupe(conversations))
    const entries = additions.map(({ memory }) => {
      const { conversation } = memory
      const position = conversation === undefined ? undefined : next.get(conversation)
      if (conversation !== undefined && position !== undefined) next.set(conversation, position + 1)
      const place = position === undefined ? {} : { position }
      return new MemoryEntry({ ...memory, ...place, id: crypto.randomUUID(), tenant: name }, true)
    })
    const each = <A>(rows: (entry: MemoryEntry, key: number, k: number) => ReadonlyArray<A>): ReadonlyArray<A> =>
      entries.flatMap((entry, k) => rows(entry, keys[k]!, k))
    yield* insertAll(
      sql,
      "hyperfunc_entries",
      each((entry, key) => [rowOf(tenant.id, key, entry)])
    )
    yield* insertAll(
      sql,
      "hyperfunc_entities",
      each(({ entities }, key) => entitiesOf(tenant, key, entities))
    )
    yield* insertAll(
      sql,
      "hyperfunc_vectors",
      each((_, key, k) => vectorsOf(key, additions[k]!.vector))
    )
    return entries
  })

/** What the tenant has that is still true, by its digest; `+` keeps SQLite from reading the whole tenant in order. */
const twins = ({ sql, tenant }: Site, digests: ReadonlyArray<string>): Answer<Map<string, Row>> =>
  Effect.map(
    sql<Row & { readonly digest: string }>`SELECT ${columns(sql)}, e.digest FROM hyperfunc_entries AS e
      WHERE e.tenant = ${tenant.id} AND e.digest ${among(sql, "TEXT", digests)} AND e.valid_to IS NULL
      ORDER BY +e.key DESC`,
    (rows) => new Map(rows.map((row) => [row.digest, row]))
  )

/** @internal */
export const change = (
  { name, sql, tenant }: Site,
  row: Row,
  patch: Patch,
  vector: Vector | undefined
): Answer<MemoryEntry> =>
  Effect.gen(function* () {
    const key = Number(row.key)
    const entry = new MemoryEntry({ ...entryOf(name, row), ...patch }, true)
    const values = {
      type: entry.type,
      importance: entry.importance,
      metadata: JSON.stringify(entry.metadata),
      ...(patch.content === undefined && patch.entities === undefined ? {} : indexed(entry))
    }
    yield* sql`UPDATE hyperfunc_entries SET ${sql.update(values)} WHERE tenant = ${tenant.id} AND key = ${key}`
    if (patch.entities !== undefined) {
      yield* sql`DELETE FROM hyperfunc_entities WHERE tenant = ${tenant.id} AND entry = ${key}`
      yield* insertAll(sql, "hyperfunc_entities", entitiesOf(tenant, key, entry.entities))
    }
    if (patch.content !== undefined) {
      yield* sql`DELETE FROM hyperfunc_vectors WHERE entry = ${key}`
      yield* insertAll(sql, "hyperfunc_vectors", vectorsOf(key, vector))
    }
    return entry
  })

/**
 * Keeps what the tenant does not have, and gives back what it has, with what is new.
 *
 * @internal
 */
export const remember = (site: Site, additions: ReadonlyArray<Addition>): Answer<ReadonlyArray<MemoryEntry>> =>
  Effect.gen(function* () {
    const digests = additions.map(({ memory }) => digestOf(memory.content))
    const rows = yield* twins(site, Arr.dedupe(digests))
    const kept = new Map(Array.from(rows, ([digest, row]) => [digest, entryOf(site.name, row)]))
    const fresh = new Map<string, Addition>()
    const mended = new Map<string, Patch>()
    additions.forEach((addition, k) => {
      const digest = digests[k]!
      const { memory } = addition
      const twin = kept.get(digest)
      const before = fresh.get(digest)
      if (twin !== undefined && isNearDuplicate(twin.content, memory.content)) {
        const patch = saidAgain(twin, memory)
        if (Object.keys(patch).length === 0) return
        kept.set(digest, new MemoryEntry({ ...twin, ...patch }, true))
        mended.set(digest, { ...mended.get(digest), ...patch })
      } else if (before === undefined) fresh.set(digest, addition)
      else fresh.set(digest, { ...before, memory: { ...before.memory, ...saidAgain(before.memory, memory) } })
    })
    yield* Effect.forEach(mended, ([digest, patch]) => change(site, rows.get(digest)!, patch, undefined), {
      discard: true
    })
    const added = yield* add(site, Array.from(fresh.values()))
    Array.from(fresh.keys()).forEach((digest, k) => {
      kept.set(digest, added[k]!)
    })
    return digests.map((digest) => kept.get(digest)!)
  })

/** @internal */
export const supersede = (site: Site, { id }: MemoryEntry, addition: Addition): Answer<MemoryEntry> =>
  Effect.gen(function* () {
    const { now, sql, tenant } = site
    const [entry] = yield* add(site, [addition])
    yield* sql`UPDATE hyperfunc_entries SET valid_to = ${now.epochMillis}, superseded_by = ${entry!.id}
      WHERE tenant = ${tenant.id} AND id = ${id}`
    return entry!
  })
