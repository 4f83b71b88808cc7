import * as SqlClient from "@effect/sql/SqlClient"
import type { Connection } from "@effect/sql/SqlConnection"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"

/** @internal */
export type Transaction = <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E | SqlError, R>

/**
 * Transactions that take SQLite's lock for writing before they read: one that has read first cannot wait for it. SQLite ends
 * some of those that fail by itself, so that there may be nothing to roll back.
 *
 * @internal
 */
export const make = (sql: SqlClient.SqlClient): Transaction => {
  const begin = sql.onDialectOrElse({ sqlite: () => "BEGIN IMMEDIATE", orElse: () => "BEGIN" })
  const run = (statement: string) => (connection: Connection) =>
    Effect.asVoid(Effect.suspend(() => connection.executeUnprepared(statement, [], undefined)))
  const rollback = (connection: Connection) => Effect.ignore(run("ROLLBACK")(connection))
  return SqlClient.makeWithTransaction({
    transactionTag: SqlClient.TransactionConnection,
    spanAttributes: [],
    acquireConnection: Effect.flatMap(Scope.make(), (scope) =>
      Effect.map(Scope.extend(sql.reserve, scope), (connection) => [scope, connection] as const)
    ),
    begin: run(begin),
    savepoint: (connection, id) => run(`SAVEPOINT memory_${id}`)(connection),
    commit: (connection) => Effect.tapError(run("COMMIT")(connection), () => rollback(connection)),
    rollback,
    rollbackSavepoint: (connection, id) => Effect.ignore(run(`ROLLBACK TO SAVEPOINT memory_${id}`)(connection))
  })
}
