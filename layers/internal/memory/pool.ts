import { SqlError } from "@effect/sql/SqlError"
import type { PgClientFromPoolOptions } from "@effect/sql-pg/PgClient"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Pg from "pg"
import { OFTEN } from "./dialect.js"

/** @internal */
export interface Options {
  readonly url: Redacted.Redacted
  readonly maxConnections: number
  readonly connectTimeout: Duration.DurationInput
  readonly busyTimeout: Duration.DurationInput
  readonly prepare: boolean
}

/** Statements by their texts, which are few, under the names that a server knows them by. */
const names = new Map<string, string>()

const nameOf = (text: string): string => {
  const name = names.get(text) ?? `hyperfunc_${names.size}`
  names.set(text, name)
  return name
}

class PreparingClient extends Pg.Client {
  /** Gives what each of the many forms of `query` gives. */
  override query(query: unknown, ...rest: ReadonlyArray<unknown>): never {
    const isOften = typeof query === "string" && query.startsWith(OFTEN)
    return Reflect.apply(super.query, this, [isOften ? { name: nameOf(query), text: query } : query, ...rest]) as never
  }
}

/** To compile a plan takes longer than any of ours does, and the planner guesses otherwise where there is much. */
const UNCOMPILED = "SET jit = off"

const timesOut = (url: string): boolean => URL.canParse(url) && new URL(url).searchParams.has("lock_timeout")

/**
 * Connections to a server, each of which waits no longer for a lock than is said: without that, for ever.
 *
 * @internal
 */
export const acquire = (options: Options): PgClientFromPoolOptions["acquire"] => {
  const url = Redacted.value(options.url)
  const patience = Math.max(1, Math.ceil(Duration.toMillis(options.busyTimeout)))
  const settings = [UNCOMPILED, ...(timesOut(url) ? [] : [`SET lock_timeout = ${patience}`])].join("; ")
  return Effect.acquireRelease(
    Effect.sync(() => {
      const pool = new Pg.Pool({
        connectionString: url,
        max: options.maxConnections,
        connectionTimeoutMillis: Duration.toMillis(options.connectTimeout),
        application_name: "hyperfunc",
        ...(options.prepare ? { Client: PreparingClient } : {}),
        onConnect: (client) => client.query(settings)
      })
      // What is lost while it idles is replaced; without a listener it would end the process.
      pool.on("error", () => {})
      return pool
    }),
    (pool) => Effect.promise(() => pool.end()).pipe(Effect.interruptible, Effect.timeoutOption("1 second"))
  ).pipe(
    Effect.tap((pool) =>
      Effect.tryPromise({
        try: () => pool.query("SELECT 1"),
        catch: (cause) => new SqlError({ cause, message: "Failed to connect" })
      }).pipe(
        Effect.timeoutFail({
          duration: options.connectTimeout,
          onTimeout: () => new SqlError({ cause: undefined, message: "Timed out" })
        })
      )
    )
  )
}
