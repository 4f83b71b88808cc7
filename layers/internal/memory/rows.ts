import type { SqlClient } from "@effect/sql/SqlClient"
import type { Fragment } from "@effect/sql/Statement"
import * as DateTime from "effect/DateTime"
import { MemoryEntry, type MemoryType, type TenantId } from "../../../services/Memory.js"
import type { CheckedFilter } from "../../../src/internal/memory/checks.js"
import { digestOf } from "../../../src/internal/memory/similar.js"
import { wordsOf } from "./words.js"

/** What PostgreSQL gives as text, because it may be larger than a number of JavaScript. */
type Big = number | string

/**
 * An entry as it is read.
 *
 * @internal
 */
export interface Row {
  readonly key: Big
  readonly importance: number
  readonly created_at: Big
  readonly valid_from: Big
  readonly valid_to: Big | null
  readonly position: number | null
  readonly type: MemoryType
  readonly conversation: string | null
  readonly id: string
  readonly superseded_by: string | null
  readonly entities: string
  readonly content: string
  readonly metadata: string
}

/** @internal */
export const columns = (sql: SqlClient): Fragment =>
  sql.literal(
    `e.key, e.importance, e.created_at, e.valid_from, e.valid_to, e.position, e.type, e.conversation, e.id,
      e.superseded_by, e.entities, e.content, e.metadata`
  )

const time = (millis: Big): DateTime.Utc => DateTime.unsafeMake(Number(millis))

/** @internal */
export const entryOf = (tenant: TenantId, row: Row): MemoryEntry =>
  new MemoryEntry(
    {
      id: row.id,
      tenant,
      content: row.content,
      type: row.type,
      entities: JSON.parse(row.entities),
      importance: row.importance,
      createdAt: time(row.created_at),
      validFrom: time(row.valid_from),
      ...(row.valid_to === null ? {} : { validTo: time(row.valid_to) }),
      ...(row.superseded_by === null ? {} : { supersededBy: row.superseded_by }),
      ...(row.conversation === null ? {} : { conversation: row.conversation }),
      ...(row.position === null ? {} : { position: row.position }),
      metadata: JSON.parse(row.metadata)
    },
    true
  )

const millis = (time: DateTime.Utc): number => Math.floor(time.epochMillis)

/**
 * What is kept of the content and the entities, which changes with them.
 *
 * @internal
 */
export const indexed = ({ content, entities }: Pick<MemoryEntry, "content" | "entities">) => {
  const words = wordsOf(content, entities)
  return {
    content,
    entities: JSON.stringify(entities),
    digest: digestOf(content),
    length: words.length,
    words: words.join(" ")
  }
}

/**
 * An entry as it is written.
 *
 * @internal
 */
export const rowOf = (tenant: number, key: number, entry: MemoryEntry) => ({
  key,
  tenant,
  id: entry.id,
  type: entry.type,
  importance: entry.importance,
  created_at: millis(entry.createdAt),
  valid_from: millis(entry.validFrom),
  valid_to: null,
  superseded_by: null,
  conversation: entry.conversation ?? null,
  position: entry.position ?? null,
  metadata: JSON.stringify(entry.metadata),
  ...indexed(entry)
})

const isTrue = (sql: SqlClient, asOf: DateTime.Utc | undefined): Fragment =>
  asOf === undefined
    ? sql`e.valid_to IS NULL`
    : sql`e.valid_from <= ${millis(asOf)} AND (e.valid_to IS NULL OR e.valid_to > ${millis(asOf)})`

/**
 * Whether an entry passes, true or not.
 *
 * @internal
 */
export const fits = (sql: SqlClient, { conversation, minImportance, types, writtenBy }: CheckedFilter): Fragment =>
  sql.and([
    ...(writtenBy === undefined ? [] : [sql`e.created_at <= ${millis(writtenBy)}`]),
    ...(minImportance > 0 ? [sql`e.importance >= ${minImportance}`] : []),
    ...(types === undefined ? [] : [sql.in("e.type", types)]),
    ...(conversation === undefined ? [] : [sql`e.conversation = ${conversation}`])
  ])

/** @internal */
export const passes = (sql: SqlClient, filter: CheckedFilter): Fragment =>
  sql.and([isTrue(sql, filter.asOf), fits(sql, filter)])
