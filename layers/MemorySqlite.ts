/**
 * A memory in a file of SQLite, searched through its FTS5 index.
 *
 * ```ts
 * const memory = MemorySqlite.layer({ filename: "memory.db" })
 * ```
 *
 * Any number of processes may use the file at once. An `Embedder` that the layer is given helps to find what is said in other
 * words, and an `LLM` with `extraction` finds what is worth keeping of a turn.
 *
 * @since 0.1.0
 */
import * as Reactivity from "@effect/experimental/Reactivity"
import * as SqlClient from "@effect/sql/SqlClient"
import * as SqliteClient from "@effect/sql-sqlite-node/SqliteClient"
import * as Config from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { Memory, type MemoryError, type MemoryService } from "../services/Memory.js"
import { fromDriver, typed } from "./internal/memory/errors.js"
import { patiently } from "./internal/memory/patience.js"
import * as Store from "./internal/memory/store.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The file, in a folder that there is; `":memory:"` for one that lives as long as the layer. */
  readonly filename: string
  /** How long to wait for another process that writes, before it is a `Busy`; default 5 seconds. */
  readonly busyTimeout?: Duration.DurationInput
  /** The model, as in `openai/gpt-4o-mini`, that finds what is worth keeping of a turn, at most `maxMemories`, default 5. */
  readonly extraction?: { readonly model: string; readonly maxMemories?: number }
}

/**
 * Other fibers get their turn in between, so that waiting for a fiber of this process ends. 64 MiB of the file are held in
 * memory. What is committed outlives the process; with the power it may go, and nothing else with it. What is deleted is
 * overwritten.
 */
const pragmas = [
  "busy_timeout = 50",
  "synchronous = NORMAL",
  "foreign_keys = ON",
  "cache_size = -65536",
  "secure_delete = ON"
]

const open = (filename: string): Effect.Effect<SqlClient.SqlClient, MemoryError, Scope.Scope> =>
  Effect.gen(function* () {
    const sql = yield* SqliteClient.make({ filename }).pipe(
      Effect.provideServiceEffect(Reactivity.Reactivity, Reactivity.make),
      Effect.catchAllDefect((defect) => Effect.fail(fromDriver(defect)))
    )
    yield* Effect.forEach(pragmas, (pragma) => sql.unsafe(`PRAGMA ${pragma}`), { discard: true })
    return sql
  }).pipe(typed)

/**
 * Fails with `Corrupt` for a file that is no database, `Newer` for one of a later version, `Full` where none can be made,
 * `Busy`, or `Unavailable`; a file that is refused stays as it is. With `extraction` and no `LLM` it is an `Invalid`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<MemoryService, MemoryError, Scope.Scope> => {
  const { busyTimeout = "5 seconds", filename, ...rest } = options
  return Effect.flatMap(patiently(open(filename), busyTimeout), (sql) =>
    Effect.provideService(Store.make({ ...rest, busyTimeout, writers: 1 }), SqlClient.SqlClient, sql)
  )
}

/**
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<Memory, MemoryError> => Layer.scoped(Memory, make(options))

/**
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (options: Config.Config.Wrap<Options>): Layer.Layer<Memory, ConfigError | MemoryError> =>
  Layer.scoped(Memory, Effect.flatMap(Config.unwrap(options), make))
