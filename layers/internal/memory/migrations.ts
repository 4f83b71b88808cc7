import * as Migrator from "@effect/sql/Migrator"
import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import type { MemoryError } from "../../../services/Memory.js"
import { newer, typed, unprepared } from "./errors.js"
import { BLOCK_BITS, marked } from "./marks.js"
import { TENANT_BITS } from "./tenants.js"
import type { Transaction } from "./transaction.js"

/** The index is kept by triggers, so that nothing is in one and not in the other. Deleted words leave its pages at once. */
const indexSqlite = [
  // Whether an entry counts and where it stands, without its text: a search looks at hundreds, and many share a page.
  `CREATE INDEX hyperfunc_entries_state ON hyperfunc_entries
    (tenant, key, created_at, valid_from, valid_to, importance, type, conversation, position, length)`,
  `CREATE VIEW hyperfunc_words AS SELECT key, ${marked("hyperfunc_entries", TENANT_BITS)} AS words FROM hyperfunc_entries`,
  `CREATE VIRTUAL TABLE hyperfunc_index USING fts5(
    words, content = 'hyperfunc_words', content_rowid = 'key', tokenize = 'porter unicode61'
  )`,
  `INSERT INTO hyperfunc_index (hyperfunc_index, rank) VALUES ('secure-delete', 1)`,
  `CREATE TRIGGER hyperfunc_inserted AFTER INSERT ON hyperfunc_entries BEGIN
    INSERT INTO hyperfunc_index (rowid, words) VALUES (new.key, ${marked("new", TENANT_BITS)});
  END`,
  `CREATE TRIGGER hyperfunc_deleted AFTER DELETE ON hyperfunc_entries BEGIN
    INSERT INTO hyperfunc_index (hyperfunc_index, rowid, words) VALUES ('delete', old.key, ${marked("old", TENANT_BITS)});
  END`,
  `CREATE TRIGGER hyperfunc_updated AFTER UPDATE OF words ON hyperfunc_entries BEGIN
    INSERT INTO hyperfunc_index (hyperfunc_index, rowid, words) VALUES ('delete', old.key, ${marked("old", TENANT_BITS)});
    INSERT INTO hyperfunc_index (rowid, words) VALUES (new.key, ${marked("new", TENANT_BITS)});
  END`
]

/** English stems, and every word, whose places nobody asks for: stop words are what some queries are made of. */
const indexPg = [
  "CREATE TEXT SEARCH DICTIONARY hyperfunc_stem (TEMPLATE = snowball, LANGUAGE = english)",
  "CREATE TEXT SEARCH CONFIGURATION hyperfunc_words (COPY = pg_catalog.simple)",
  "ALTER TEXT SEARCH CONFIGURATION hyperfunc_words ALTER MAPPING FOR asciiword, word, numword WITH hyperfunc_stem",
  `ALTER TABLE hyperfunc_entries ADD COLUMN search TSVECTOR
    GENERATED ALWAYS AS (strip(to_tsvector('hyperfunc_words', ${marked("hyperfunc_entries", BLOCK_BITS)}))) STORED`,
  "CREATE INDEX hyperfunc_search ON hyperfunc_entries USING gin (search) WITH (fastupdate = off)"
]

const tables = (sql: SqlClient.SqlClient): ReadonlyArray<string> => {
  const { blob, index, key, serial } = sql.onDialectOrElse({
    pg: () => ({
      serial: "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
      key: "BIGINT",
      blob: "BYTEA",
      index: indexPg
    }),
    orElse: () => ({
      serial: "INTEGER PRIMARY KEY AUTOINCREMENT",
      key: "INTEGER",
      blob: "BLOB",
      index: indexSqlite
    })
  })
  return [
    `CREATE TABLE hyperfunc_tenants (id ${serial}, name TEXT NOT NULL UNIQUE, next ${key} NOT NULL DEFAULT 0)`,
    `CREATE TABLE hyperfunc_entries (
      key ${key} PRIMARY KEY,
      tenant ${key} NOT NULL REFERENCES hyperfunc_tenants (id),
      importance DOUBLE PRECISION NOT NULL,
      created_at BIGINT NOT NULL,
      valid_from BIGINT NOT NULL,
      valid_to BIGINT,
      position INTEGER,
      length INTEGER NOT NULL,
      type TEXT NOT NULL,
      conversation TEXT,
      id TEXT NOT NULL,
      digest TEXT NOT NULL,
      superseded_by TEXT,
      entities TEXT NOT NULL,
      content TEXT NOT NULL,
      metadata TEXT NOT NULL,
      words TEXT NOT NULL
    )`,
    "CREATE UNIQUE INDEX hyperfunc_entries_id ON hyperfunc_entries (tenant, id)",
    "CREATE INDEX hyperfunc_entries_digest ON hyperfunc_entries (tenant, digest)",
    "CREATE INDEX hyperfunc_entries_recent ON hyperfunc_entries (tenant, created_at, key)",
    `CREATE INDEX hyperfunc_entries_place ON hyperfunc_entries (tenant, conversation, position, length)
      WHERE conversation IS NOT NULL`,
    `CREATE TABLE hyperfunc_entities (
      tenant ${key} NOT NULL,
      name TEXT NOT NULL,
      entry ${key} NOT NULL REFERENCES hyperfunc_entries (key) ON DELETE CASCADE,
      PRIMARY KEY (tenant, name, entry)
    )`,
    "CREATE INDEX hyperfunc_entities_entry ON hyperfunc_entities (entry)",
    `CREATE TABLE hyperfunc_vectors (
      entry ${key} NOT NULL REFERENCES hyperfunc_entries (key) ON DELETE CASCADE,
      model TEXT NOT NULL,
      vector ${blob} NOT NULL,
      PRIMARY KEY (entry, model)
    )`,
    ...index
  ]
}

const migrations = {
  "1_memory": Effect.flatMap(SqlClient.SqlClient, (sql) =>
    Effect.forEach(tables(sql), (statement) => sql.unsafe(statement), { discard: true })
  )
}

const VERSION = Object.keys(migrations).length

const table = "hyperfunc_migrations"

/**
 * Makes the tables, or brings them up to date; `Busy` while another process does. SQLite's lock is held from the start;
 * PostgreSQL has the migrator lock its table.
 *
 * @internal
 */
export const migrate = (transaction: Transaction): Effect.Effect<void, MemoryError, SqlClient.SqlClient> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const run = Migrator.make({})({ loader: Migrator.fromRecord(migrations), table })
    yield* sql.onDialectOrElse({ sqlite: () => Effect.asVoid(transaction(run)), orElse: () => Effect.asVoid(run) })
    const [latest] = yield* sql<{ version: number }>`SELECT max(migration_id) AS version FROM ${sql(table)}`
    const version = latest?.version ?? 0
    if (version > VERSION) return yield* newer(version)
    if (version < VERSION) return yield* unprepared
  }).pipe(typed)
