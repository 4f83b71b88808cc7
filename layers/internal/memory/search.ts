import type { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import type { Fragment } from "@effect/sql/Statement"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import type { TenantId } from "../../../services/Memory.js"
import { allOf, ask, quoted, WINDOW } from "./ask.js"
import { placesOf } from "./places.js"
import { likeliest, rarityOf, relevances, type Term } from "./relevance.js"
import type { Tenant } from "./tenants.js"

/** Entries that are weighed with what stands beside them: no more than that find more, of 700 or of 7,000. */
const WEIGHED = 20

const isCommon = (entries: ReadonlyArray<number>): boolean => entries.length === WINDOW

/** How many entries have a term, judged by how far back one has to look for a window full of them. */
const having = ({ written }: Tenant, entries: ReadonlyArray<number>): number => {
  if (!isCommon(entries)) return entries.length
  return Math.max(WINDOW, (WINDOW * written) / Math.max(1, written - Math.min(...entries)))
}

/** Entries that are looked at for several common terms together, the latest ones; more find no more. */
const GROUPED = 64

/** Common terms, the rarest of them, that are looked for together. */
const TOGETHER = 4

/** All choices of so many of some. */
const choices = <A>(from: ReadonlyArray<A>, size: number): ReadonlyArray<ReadonlyArray<A>> =>
  size === 0
    ? [[]]
    : from.flatMap((first, k) => choices(from.slice(k + 1), size - 1).map((others) => [first, ...others]))

/** What several of some terms say, that says little in each. */
const groupsOf = (terms: ReadonlyArray<string>): ReadonlyArray<ReadonlyArray<string>> =>
  Arr.range(2, Math.max(2, terms.length)).flatMap((size) => choices(terms, size))

const latestFirst = (entries: ReadonlyArray<number>): ReadonlyArray<number> =>
  Array.from(new Set(entries)).sort((a, b) => b - a)

/** What is found of a tenant, and how relevant it is: entries by their numbers. */
interface Found {
  readonly tenant: Tenant
  readonly relevance: ReadonlyMap<number, number>
}

/**
 * The entries that terms find, with their relevance; nothing where there is no such tenant. Rare terms find, and common ones
 * weigh what those found. Where that is little, the entries are there, too, that have several of the common terms, and the
 * latest that have one.
 *
 * @internal
 */
export const search = (
  sql: SqlClient,
  name: TenantId,
  filter: Fragment,
  options: { readonly terms: ReadonlyArray<string>; readonly limit: number }
): Effect.Effect<Found | undefined, SqlError> =>
  Effect.gen(function* () {
    const weighed = Math.max(WEIGHED, 2 * options.limit)
    const questions = options.terms.map((term) => quoted(sql, term))
    const alone = yield* ask(sql, name, { filter, questions, window: WINDOW, withRarer: true })
    if (alone === undefined) return undefined
    const { answers, tenant } = alone
    const all = answers.map(({ entries, withRarer }, k) => ({
      term: questions[k]!,
      entries,
      withRarer,
      isCommon: isCommon(entries),
      having: having(tenant, entries)
    }))
    const common = all.filter(({ isCommon }) => isCommon)
    const rare = all.flatMap(({ entries, isCommon }) => (isCommon ? [] : [entries]))
    const isEnough = rare.some(({ length }) => length >= weighed) || new Set(rare.flat()).size >= weighed
    const rarest = common.toSorted((a, b) => a.having - b.having).slice(0, TOGETHER)
    const groups = isEnough || common.length < 2 ? [] : groupsOf(rarest.map(({ term }) => term))
    const grouped = groups.map((group) => allOf(sql, group))
    const window = Math.max(GROUPED, weighed)
    const together =
      groups.length === 0 ? undefined : yield* ask(sql, name, { filter, questions: grouped, window, withRarer: false })
    const terms = all.map(({ entries, having, isCommon, term, withRarer }): Term => {
      const rarity = rarityOf(tenant.written, having)
      if (!isCommon) return { entries, rarity }
      const found = (together?.answers ?? []).flatMap((answer, k) => (groups[k]!.includes(term) ? answer.entries : []))
      return { entries: latestFirst([...(isEnough ? [] : entries), ...withRarer, ...found]), rarity }
    })
    const entries = likeliest(terms, weighed)
    const places = entries.length === 0 ? [] : yield* placesOf(sql, tenant, entries)
    return { tenant, relevance: relevances(places, terms) }
  })
