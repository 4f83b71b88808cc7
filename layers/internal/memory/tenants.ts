import type { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { TenantId } from "../../../services/Memory.js"

/**
 * A tenant as the tables have it.
 *
 * @internal
 */
export interface Tenant {
  readonly id: number
  /** Of so many entries that it has had. */
  readonly written: number
}

/** @internal */
export interface TenantRow {
  readonly id: number | string
  readonly next: number | string
}

/**
 * Of a key, those that say which entry of a tenant it is; there is room for 2²⁵ tenants among the whole numbers of JavaScript.
 *
 * @internal
 */
export const TENANT_BITS = 28

const SPAN = 2 ** TENANT_BITS

/**
 * The highest number of an entry in its tenant, which are the lower bits of its key.
 *
 * @internal
 */
export const LAST = SPAN - 1

/** @internal */
export const firstKey = ({ id }: Tenant): number => id * SPAN

/** @internal */
export const lastKey = ({ id }: Tenant): number => id * SPAN + LAST

/** @internal */
export const tenantOf = ({ id, next }: TenantRow): Tenant => ({ id: Number(id), written: Number(next) })

const first = (rows: ReadonlyArray<TenantRow>): Option.Option<Tenant> =>
  Option.map(Option.fromNullable(rows[0]), tenantOf)

/** @internal */
export const find = (sql: SqlClient, name: TenantId): Effect.Effect<Option.Option<Tenant>, SqlError> =>
  Effect.map(sql<TenantRow>`SELECT id, next FROM hyperfunc_tenants WHERE name = ${name}`, first)

/**
 * In a transaction: from here on no other writes what the tenant has.
 *
 * @internal
 */
export const lock = (sql: SqlClient, name: TenantId): Effect.Effect<Option.Option<Tenant>, SqlError> =>
  Effect.map(sql<TenantRow>`UPDATE hyperfunc_tenants SET next = next WHERE name = ${name} RETURNING id, next`, first)

/**
 * As {@link lock}, with a new one where there is none.
 *
 * @internal
 */
export const lockOrAdd = (sql: SqlClient, name: TenantId): Effect.Effect<Tenant, SqlError> =>
  Effect.flatMap(
    lock(sql, name),
    Option.match({
      onSome: Effect.succeed,
      onNone: () =>
        Effect.map(
          sql<TenantRow>`INSERT INTO hyperfunc_tenants (name) VALUES (${name})
            ON CONFLICT (name) DO UPDATE SET next = hyperfunc_tenants.next RETURNING id, next`,
          (rows) => Option.getOrThrow(first(rows))
        )
    })
  )

/**
 * The keys of so many new entries.
 *
 * @internal
 */
export const takeKeys = (
  sql: SqlClient,
  tenant: Tenant,
  count: number
): Effect.Effect<ReadonlyArray<number>, SqlError> =>
  Effect.as(
    sql`UPDATE hyperfunc_tenants SET next = next + ${count} WHERE id = ${tenant.id}`,
    Array.from({ length: count }, (_, k) => firstKey(tenant) + tenant.written + k)
  )
