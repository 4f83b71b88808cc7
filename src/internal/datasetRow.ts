import * as Effect from "effect/Effect"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { DatasetError } from "../DatasetError.js"
import type { Example } from "../Example.js"
import { hashOf, notJson } from "./hash.js"

/**
 * What inputs and expectations are. Their encoded sides have to be JSON.
 *
 * @since 0.1.0
 * @category models
 */
export interface Schemas<I, X> {
  readonly input: Schema.Schema<I, any>
  readonly expected: Schema.Schema<X, any>
}

/**
 * - `id`: its name in reports, of which there is one; default its hash
 * - `group`: rows of one group stay together in a split: questions about one document, turns of one customer
 *
 * @since 0.1.0
 * @category models
 */
export interface Row<out I, out X> extends Example<I, X> {
  readonly id?: string | undefined
  readonly tags?: ReadonlyArray<string> | undefined
  readonly group?: string | undefined
}

/**
 * An example of a dataset.
 *
 * @since 0.1.0
 * @category models
 */
export interface Item<out I, out X> extends Example<I, X> {
  readonly id: string
  /** Of the input and what is expected. */
  readonly hash: string
  readonly tags: ReadonlyArray<string>
  readonly group: string | undefined
  /** Of the group or, without one, of the input: what stays together in a split has one. */
  readonly splitHash: string
}

/**
 * Where a row comes from.
 *
 * @internal
 */
export interface Place {
  readonly row: number
  readonly file?: string
  readonly line?: number
}

/** @internal */
export const rowSchema = <I, X>({ expected, input }: Schemas<I, X>) =>
  Schema.Struct({
    id: Schema.optional(Schema.String),
    input,
    expected,
    tags: Schema.optional(Schema.Array(Schema.String)),
    group: Schema.optional(Schema.String)
  }) as unknown as Schema.Schema<Row<I, X>, unknown>

const cut = (text: string): string => (text.length > 160 ? `${text.slice(0, 160)}…` : text)

/** @internal */
export const invalidRow = (dataset: string, place: Place, issue: ParseResult.ParseIssue): DatasetError => {
  const [first, ...others] = ParseResult.ArrayFormatter.formatIssueSync(issue)
  const more = others.length === 0 ? "" : ` (and ${others.length} more in this row)`
  return new DatasetError({
    reason: "InvalidRow",
    dataset,
    ...place,
    ...(first.path.length === 0 ? {} : { path: first.path.join(".") }),
    detail: `${cut(first.message)}${more}`,
    cure: "Correct the row, or the schema of the dataset"
  })
}

/** @internal */
export type Encoder<I, X> = (
  example: Example<I, X>,
  place: Place
) => Effect.Effect<Example<unknown, unknown>, DatasetError>

/**
 * Examples in their encoded form, which is JSON.
 *
 * @internal
 */
export const encoderOf = <I, X>(dataset: string, { expected, input }: Schemas<I, X>): Encoder<I, X> => {
  const encode = Schema.encodeUnknown(Schema.Struct({ input, expected }))
  return (example, place) =>
    Effect.flatMap(
      Effect.mapError(encode(example), ({ issue }) => invalidRow(dataset, place, issue)),
      (encoded) => {
        const fault = notJson(encoded)
        if (fault === undefined) return Effect.succeed(encoded as Example<unknown, unknown>)
        return new DatasetError({
          reason: "NotJson",
          dataset,
          ...place,
          path: fault.path,
          detail: `JSON cannot hold ${fault.actual}`,
          cure: "Use a schema that encodes it as JSON, such as Schema.Date for a Date"
        })
      }
    )
}

/**
 * An example before it has a name of its own.
 *
 * @internal
 */
export interface Entry<I, X> extends Omit<Item<I, X>, "id"> {
  readonly id: string | undefined
  readonly place: Place
}

/** @internal */
export const entryOf = <I, X>(
  encode: Encoder<I, X>,
  { expected, group, id, input, tags = [] }: Row<I, X>,
  place: Place
): Effect.Effect<Entry<I, X>, DatasetError> =>
  Effect.map(encode({ input, expected }, place), (encoded) => ({
    id,
    input,
    expected,
    tags: [...new Set(tags)],
    group,
    hash: hashOf([encoded.input, encoded.expected]),
    splitHash: hashOf(group === undefined ? ["input", encoded.input] : ["group", group]),
    place
  }))
