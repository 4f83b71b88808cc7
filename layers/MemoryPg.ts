/**
 * A memory in a database of PostgreSQL 13 or later, searched through a stored `tsvector` with a GIN index.
 *
 * ```ts
 * const memory = MemoryPg.layer({ url: Redacted.make("postgres://app@localhost/app") })
 * ```
 *
 * Any number of processes may use the database at once. Its tables begin with `hyperfunc_`. An `Embedder` that the layer is given
 * helps to find what is said in other words, and an `LLM` with `extraction` finds what is worth keeping of a turn.
 *
 * @since 0.1.0
 */
import * as Reactivity from "@effect/experimental/Reactivity"
import * as SqlClient from "@effect/sql/SqlClient"
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Config from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { Memory, type MemoryError, type MemoryService } from "../services/Memory.js"
import { typed } from "./internal/memory/errors.js"
import { inRealTime } from "./internal/memory/patience.js"
import * as Store from "./internal/memory/store.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** As in `postgres://user:password@host:5432/database`. */
  readonly url: Redacted.Redacted
  /** Default 10. */
  readonly maxConnections?: number
  /** How long to wait for a connection, before it is an `Unavailable`; default 5 seconds. */
  readonly connectTimeout?: Duration.DurationInput
  /**
   * How long to wait for what others have locked, and to try again, before it is a `Busy`; default 5 seconds. The server is
   * told by its setting `lock_timeout`, unless the URL has one.
   */
  readonly busyTimeout?: Duration.DurationInput
  /** The model, as in `openai/gpt-4o-mini`, that finds what is worth keeping of a turn, at most `maxMemories`, default 5. */
  readonly extraction?: { readonly model: string; readonly maxMemories?: number }
}

/** The server waits as long for a lock: without it, for ever. */
const patient = (url: Redacted.Redacted, busyTimeout: Duration.DurationInput): Redacted.Redacted => {
  const parsed = Redacted.value(url)
  if (!URL.canParse(parsed)) return url
  const patient = new URL(parsed)
  if (!patient.searchParams.has("lock_timeout")) {
    patient.searchParams.set("lock_timeout", String(Math.max(1, Math.ceil(Duration.toMillis(busyTimeout)))))
  }
  return Redacted.make(patient.href)
}

const open = (
  options: Required<Pick<Options, "url" | "maxConnections" | "connectTimeout">>
): Effect.Effect<SqlClient.SqlClient, MemoryError, Scope.Scope> =>
  PgClient.make({ ...options, applicationName: "hyperfunc" }).pipe(
    Effect.provideServiceEffect(Reactivity.Reactivity, Reactivity.make),
    typed,
    inRealTime
  )

/**
 * Fails with `Unavailable` where there is no server or no database of this name, `Newer` for one of a later version, `Full`
 * where tables may not be made, or `Busy`. With `extraction` and no `LLM` it is an `Invalid`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<MemoryService, MemoryError, Scope.Scope> => {
  const { busyTimeout = "5 seconds", connectTimeout = "5 seconds", maxConnections = 10, url, ...rest } = options
  return Effect.flatMap(open({ url: patient(url, busyTimeout), maxConnections, connectTimeout }), (sql) =>
    Effect.provideService(
      Store.make({ ...rest, busyTimeout, writers: Math.max(1, maxConnections - 1) }),
      SqlClient.SqlClient,
      sql
    )
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
