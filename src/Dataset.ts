/**
 * Examples of one schema, each known by its content.
 *
 * An example has a hash of its input and of what is expected, and a dataset has one of all of them, which their order does
 * not change: what was measured on a dataset can be compared with what is measured later, or refused. Parts are drawn by
 * hash too, so that adding a row moves no other.
 *
 * Hashes are 64-bit FNV-1a of canonical JSON of the *encoded* values (keys in order, no white space), in hexadecimal digits.
 * They tell examples apart; they are no protection against who forges them.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import { type Pipeable, pipeArguments } from "effect/Pipeable"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { DatasetError } from "./DatasetError.js"
import {
  type Entry,
  encoderOf,
  entryOf,
  type Item,
  invalidRow,
  type Row,
  rowSchema,
  type Schemas
} from "./internal/datasetRow.js"
import { fnv1a64, hashOf, uniformOf } from "./internal/hash.js"
import { faultOf, partOf } from "./internal/split.js"
import { blockId } from "./Noise.js"

export type { Item, Row, Schemas } from "./internal/datasetRow.js"

/**
 * @since 0.1.0
 * @category type ids
 */
export const TypeId: TypeId = "~hyperfunc/Dataset"

/**
 * @since 0.1.0
 * @category type ids
 */
export type TypeId = "~hyperfunc/Dataset"

/**
 * @since 0.1.0
 * @category models
 */
export interface Dataset<in out I, in out X> extends Pipeable {
  readonly [TypeId]: TypeId
  readonly name: string
  readonly schemas: Schemas<I, X>
  /** In the order of the rows. */
  readonly examples: ReadonlyArray<Item<I, X>>
  /** Of the examples with their tags and groups, in any order. */
  readonly version: string
  /** Ids of rows that are the same in input and expectation; all of them are kept. */
  readonly duplicates: ReadonlyArray<ReadonlyArray<string>>
  /**
   * How many splits it is a part of, so that the parts of a part are drawn anew.
   *
   * @internal
   */
  readonly depth: number
}

/**
 * @since 0.1.0
 * @category guards
 */
export const isDataset = (u: unknown): u is Dataset<any, any> => Predicate.hasProperty(u, TypeId)

/**
 * A dataset of rows that a program has.
 *
 * @example
 * ```ts
 * import * as Schema from "effect/Schema"
 * import * as Dataset from "hyperfunc/Dataset"
 *
 * const tickets = Dataset.make("tickets", { input: Schema.String, expected: Schema.Literal("high", "low") }, [
 *   { input: "The site is down", expected: "high", tags: ["outage"] },
 *   { input: "Where is the manual?", expected: "low" }
 * ])
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <I, X>(
  name: string,
  schemas: Schemas<I, X>,
  rows: ReadonlyArray<Row<NoInfer<I>, NoInfer<X>>>
): Effect.Effect<Dataset<I, X>, DatasetError> => {
  const encode = encoderOf(name, schemas)
  return Effect.flatMap(
    Effect.forEach(rows, (row, k) => entryOf(encode, row, { row: k + 1 })),
    (entries) => ofEntries(name, schemas, entries)
  )
}

/**
 * A dataset of rows that come from elsewhere, in their encoded form.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decode = <I, X>(
  name: string,
  schemas: Schemas<I, X>,
  rows: ReadonlyArray<unknown>
): Effect.Effect<Dataset<I, X>, DatasetError> =>
  decodeLines(
    name,
    schemas,
    rows.map((row) => ({ row }))
  )

/**
 * The same for rows of a file.
 *
 * @internal
 */
export const decodeLines = <I, X>(
  name: string,
  schemas: Schemas<I, X>,
  rows: ReadonlyArray<{ readonly row: unknown; readonly file?: string; readonly line?: number }>
): Effect.Effect<Dataset<I, X>, DatasetError> => {
  const decodeRow = Schema.decodeUnknown(rowSchema(schemas))
  const encode = encoderOf(name, schemas)
  return Effect.forEach(rows, ({ row, ...source }, k) => {
    const place = { ...source, row: k + 1 }
    return Effect.flatMap(
      Effect.mapError(decodeRow(row), ({ issue }) => invalidRow(name, place, issue)),
      (row) => entryOf(encode, row, place)
    )
  }).pipe(Effect.flatMap((entries) => ofEntries(name, schemas, entries)))
}

/**
 * The rows in their encoded form: plain JSON.
 *
 * @since 0.1.0
 * @category encoding
 */
export const encode = <I, X>(
  self: Dataset<I, X>
): Effect.Effect<ReadonlyArray<Row<unknown, unknown>>, DatasetError> => {
  const encodeExample = encoderOf(self.name, self.schemas)
  return Effect.forEach(self.examples, ({ expected, group, hash, id, input, tags }, k) =>
    Effect.map(encodeExample({ input, expected }, { row: k + 1 }), (encoded) => ({
      ...(id === hash ? {} : { id }),
      ...encoded,
      ...(tags.length === 0 ? {} : { tags }),
      ...(group === undefined ? {} : { group })
    }))
  )
}

const ofEntries = <I, X>(
  name: string,
  schemas: Schemas<I, X>,
  entries: ReadonlyArray<Entry<I, X>>
): Effect.Effect<Dataset<I, X>, DatasetError> =>
  Effect.gen(function* () {
    const copies = new Map<string, number>()
    const ids = new Map<string, number>()
    const examples: Array<Item<I, X>> = []
    for (const { place, ...entry } of entries) {
      const copy = (copies.get(entry.hash) ?? 0) + 1
      copies.set(entry.hash, copy)
      const id = entry.id ?? (copy === 1 ? entry.hash : `${entry.hash}#${copy}`)
      const other = ids.get(id)
      if (other !== undefined) {
        return yield* new DatasetError({
          reason: "DuplicateId",
          dataset: name,
          ...place,
          path: "id",
          detail: `row ${other} is called "${id}" too`,
          cure: "Give each row an id of its own, or none"
        })
      }
      ids.set(id, place.row)
      examples.push({ ...entry, id })
    }
    return ofItems({ name, schemas, depth: 0 }, examples)
  })

const ofItems = <I, X>(
  { depth, name, schemas }: Pick<Dataset<I, X>, "name" | "schemas" | "depth">,
  examples: ReadonlyArray<Item<I, X>>
): Dataset<I, X> => {
  const byHash = new Map<string, Array<string>>()
  for (const { hash, id } of examples) {
    const same = byHash.get(hash)
    if (same === undefined) byHash.set(hash, [id])
    else same.push(id)
  }
  return {
    [TypeId]: TypeId,
    name,
    schemas,
    depth,
    examples,
    version: fnv1a64(
      examples
        .map(({ group, hash, tags }) => hashOf([hash, [...tags].sort(), group ?? null]))
        .sort()
        .join()
    ),
    duplicates: [...byHash.values()].filter((ids) => ids.length > 1),
    pipe() {
      return pipeArguments(this, arguments)
    }
  }
}

/**
 * The examples for which a predicate holds.
 *
 * @since 0.1.0
 * @category combinators
 */
export const filter: {
  <I, X>(predicate: (example: Item<I, X>) => boolean): (self: Dataset<I, X>) => Dataset<I, X>
  <I, X>(self: Dataset<I, X>, predicate: (example: Item<I, X>) => boolean): Dataset<I, X>
} = dual(
  2,
  <I, X>(self: Dataset<I, X>, predicate: (example: Item<I, X>) => boolean): Dataset<I, X> =>
    ofItems(self, self.examples.filter(predicate))
)

/**
 * The examples that have a tag.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withTag: {
  (tag: string): <I, X>(self: Dataset<I, X>) => Dataset<I, X>
  <I, X>(self: Dataset<I, X>, tag: string): Dataset<I, X>
} = dual(2, <I, X>(self: Dataset<I, X>, tag: string): Dataset<I, X> => filter(self, ({ tags }) => tags.includes(tag)))

const SPLIT = 0

const SAMPLE = 1

/**
 * `count` examples drawn without replacement, in the order of the dataset; all of them if there are no more. The draw is
 * by hash: adding a row changes at most one example of a sample.
 *
 * @since 0.1.0
 * @category combinators
 */
export const sample: {
  (count: number, seed: number): <I, X>(self: Dataset<I, X>) => Effect.Effect<Dataset<I, X>, DatasetError>
  <I, X>(self: Dataset<I, X>, count: number, seed: number): Effect.Effect<Dataset<I, X>, DatasetError>
} = dual(3, <I, X>(self: Dataset<I, X>, count: number, seed: number): Effect.Effect<Dataset<I, X>, DatasetError> => {
  if (!(Number.isInteger(count) && count >= 0)) return invalidOptions(self, `count is ${count}`, "Use a whole number")
  if (!Number.isSafeInteger(seed)) return invalidOptions(self, `seed is ${seed}`, "Use a whole number")
  const drawn = self.examples
    .map(({ hash }, k) => ({ k, draw: uniformOf(hash, SAMPLE, seed) }))
    .sort((a, b) => a.draw - b.draw || a.k - b.k)
    .slice(0, count)
  const kept = new Set(drawn.map(({ k }) => k))
  return Effect.succeed(
    ofItems(
      self,
      self.examples.filter((_, k) => kept.has(k))
    )
  )
})

/**
 * Parts of a dataset, each of about its share, which add up to 1.
 *
 * The part of an example is a function of the seed, of the names of the parts, and of its group or, without one, of its
 * input. So a group is never in two parts, nor is an input that has two expectations, and adding rows moves none. It also
 * means that the parts of few examples, or of few groups, differ from their shares by chance.
 *
 * @since 0.1.0
 * @category combinators
 */
export const split: {
  <const Parts extends Readonly<Record<string, number>>>(
    shares: Parts,
    options?: { readonly seed?: number }
  ): <I, X>(self: Dataset<I, X>) => Effect.Effect<{ readonly [Part in keyof Parts]: Dataset<I, X> }, DatasetError>
  <I, X, const Parts extends Readonly<Record<string, number>>>(
    self: Dataset<I, X>,
    shares: Parts,
    options?: { readonly seed?: number }
  ): Effect.Effect<{ readonly [Part in keyof Parts]: Dataset<I, X> }, DatasetError>
} = dual(
  (args) => isDataset(args[0]),
  <I, X>(self: Dataset<I, X>, shares: Readonly<Record<string, number>>, options?: { readonly seed?: number }) => {
    const seed = options?.seed ?? 0
    const fault = faultOf(shares)
    if (fault !== undefined) return invalidOptions(self, fault, "Use shares from 0 to 1 that add up to 1")
    if (!Number.isSafeInteger(seed)) return invalidOptions(self, `seed is ${seed}`, "Use a whole number")
    const names = Object.keys(shares)
    const salt = blockId(JSON.stringify(names))
    const parts = new Map<string, Array<Item<I, X>>>(names.map((part) => [part, []]))
    for (const example of self.examples) {
      parts.get(partOf(shares, uniformOf(example.splitHash, SPLIT, seed, salt, self.depth)))!.push(example)
    }
    const like = { schemas: self.schemas, depth: self.depth + 1 }
    return Effect.succeed(
      Object.fromEntries(
        Array.from(parts, ([part, examples]) => [part, ofItems({ ...like, name: `${self.name}/${part}` }, examples)])
      )
    )
  }
)

const invalidOptions = (
  { name }: { readonly name: string },
  detail: string,
  cure: string
): Effect.Effect<never, DatasetError> => new DatasetError({ reason: "InvalidOptions", dataset: name, detail, cure })
