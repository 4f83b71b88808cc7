import { join } from "node:path"
import * as SqlClient from "@effect/sql/SqlClient"
import type * as SqlError from "@effect/sql/SqlError"
import * as SqliteClient from "@effect/sql-sqlite-node/SqliteClient"
import type { ConfigError } from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"

const STOP_WORDS = new Set(
  (
    "a about above after again against all am an and any are as at be because been before being below between both but by " +
    "can did do does doing down during each few for from further had has have having he her here hers herself him himself " +
    "his how i if in into is it its itself just me more most my myself no nor not now of off on once only or other our ours " +
    "ourselves out over own s same she should so some such t than that the their theirs them themselves then there these " +
    "they this those through to too under until up very was we were what when where which while who whom why will with you " +
    "your yours yourself yourselves"
  ).split(" ")
)

/** The words of a question, but for those that say nothing: any of them may be there. */
const matchOf = (question: string): string => {
  const words = question.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
  return words
    .filter((word) => !STOP_WORDS.has(word))
    .map((word) => `"${word}"`)
    .join(" OR ")
}

export interface Plain {
  /** Texts of a tenant, each in a transaction of its own. */
  readonly write: (tenant: string, text: string) => Effect.Effect<void, SqlError.SqlError>
  /** Many in one transaction. */
  readonly writeAll: (tenant: string, texts: ReadonlyArray<string>) => Effect.Effect<void, SqlError.SqlError>
  /** Texts that a question finds, the best first. */
  readonly search: (
    tenant: string,
    question: string,
    limit: number
  ) => Effect.Effect<ReadonlyArray<string>, SqlError.SqlError>
}

/**
 * The search that one would write in an afternoon: FTS5 with the Porter stemmer, the words of the question but for stop
 * words joined by OR, bm25. What is written is as lasting as with our memory.
 */
export const make = (folder: string): Effect.Effect<Plain, ConfigError | SqlError.SqlError, Scope.Scope> =>
  Effect.gen(function* () {
    const client = yield* Layer.build(SqliteClient.layer({ filename: join(folder, "plain.db") }))
    const sql = Context.get(client, SqlClient.SqlClient)
    yield* sql`PRAGMA synchronous = NORMAL`
    yield* sql`CREATE VIRTUAL TABLE memory USING fts5(tenant UNINDEXED, content, tokenize = 'porter unicode61')`
    const write: Plain["write"] = (tenant, text) =>
      Effect.asVoid(sql`INSERT INTO memory (tenant, content) VALUES (${tenant}, ${text})`)
    return {
      write,
      writeAll: (tenant, texts) =>
        sql.withTransaction(Effect.forEach(texts, (text) => write(tenant, text), { discard: true })),
      search: (tenant, question, limit) =>
        Effect.map(
          sql<{ readonly content: string }>`
            SELECT content FROM memory WHERE memory MATCH ${matchOf(question)} AND tenant = ${tenant}
            ORDER BY bm25(memory) LIMIT ${limit}`,
          (rows) => rows.map(({ content }) => content)
        )
    }
  })
