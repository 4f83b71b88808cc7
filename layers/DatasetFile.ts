/**
 * Datasets as files: JSON lines (`.jsonl`, `.ndjson`) and CSV (`.csv`).
 *
 * A line of JSON is a row: `{ "id"?, "input", "expected", "tags"?, "group"? }`, in the encoded form of the schema.
 *
 * A table of CSV has these as columns. An object has one a field: `input.question`, `input.year`. A cell is text where the
 * schema takes text, else it is JSON; an empty cell of an optional field is an absent one. Tags are parted by `;`. Other
 * columns are passed over. CSV is read by `csv-parse` and written by `csv-stringify`, which are loaded when they are needed.
 *
 * @since 0.1.0
 */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Dataset from "../src/Dataset.js"
import { DatasetError } from "../src/DatasetError.js"
import { hashOf } from "../src/internal/hash.js"
import { cellsOf, linesOf, missingSides, reader } from "./internal/datasetCsv.js"
import * as Packages from "./internal/packages.js"
import * as WholeFile from "./internal/wholeFile.js"

/**
 * @since 0.1.0
 * @category models
 */
export type Format = "jsonl" | "csv"

/**
 * - `name`: default the file's, without its folder and ending
 * - `format`: default by the ending of the file
 * - `columns`: what columns of a table are called here, as in `{ question: "input", answer: "expected" }`
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<I, X> extends Dataset.Schemas<I, X> {
  readonly name?: string
  readonly format?: Format
  readonly columns?: Readonly<Record<string, string>>
}

interface Source {
  readonly name: string
  readonly file: string
}

interface Line {
  readonly row: unknown
  readonly file: string
  readonly line: number
}

const sourceOf = (file: string, name?: string): Source => ({
  file,
  name: name ?? /([^/\\]*?)(\.[^./\\]*)?$/.exec(file)![1]
})

const refuse = (
  { file, name }: Source,
  reason: DatasetError["reason"],
  detail: string,
  cure: string,
  more: { readonly line?: number; readonly row?: number; readonly path?: string; readonly cause?: unknown } = {}
): DatasetError => new DatasetError({ reason, dataset: name, file, detail, cure, ...more })

const formatOf = (source: Source, format: Format | undefined): Effect.Effect<Format, DatasetError> => {
  if (format !== undefined) return Effect.succeed(format)
  const [, ending = ""] = /\.([^./\\]*)$/.exec(source.file) ?? []
  if (["jsonl", "ndjson"].includes(ending.toLowerCase())) return Effect.succeed("jsonl")
  if (ending.toLowerCase() === "csv") return Effect.succeed("csv")
  return refuse(
    source,
    "UnknownFormat",
    `its ending is "${ending}"`,
    'Call it .jsonl or .csv, or say which it is with format: "jsonl" or "csv"'
  )
}

/**
 * The dataset of a file. Fails with `Unreadable`, `UnknownFormat`, `MissingPackage`, or as `Dataset.decode` does, with the
 * line that the row begins on.
 *
 * @since 0.1.0
 * @category decoding
 */
export const load = <I, X>(
  file: string,
  options: Options<I, X>
): Effect.Effect<Dataset.Dataset<I, X>, DatasetError, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const source = sourceOf(file, options.name)
    const format = yield* formatOf(source, options.format)
    const fs = yield* FileSystem.FileSystem
    const text = yield* Effect.mapError(fs.readFileString(file), (cause) => {
      const { cure, detail } = WholeFile.unreadable(cause)
      return refuse(source, "Unreadable", detail, cure, { cause })
    })
    const read = format === "jsonl" ? jsonLines : csvLines
    const lines = yield* read(source, text.replace(/^\uFEFF/, ""), options)
    return yield* Dataset.decodeLines(source.name, options, lines)
  })

const parseLine = Schema.decodeUnknown(Schema.parseJson())

const jsonLines = (source: Source, text: string): Effect.Effect<ReadonlyArray<Line>, DatasetError> =>
  Effect.forEach(
    text.split(/\r?\n/).flatMap((content, k) => (content.trim() === "" ? [] : [{ content, line: k + 1 }])),
    ({ content, line }) =>
      Effect.mapBoth(parseLine(content), {
        onFailure: (cause) =>
          refuse(source, "Unreadable", "the line is not JSON", "Write one JSON object a line", { line, cause }),
        onSuccess: (row): Line => ({ row, file: source.file, line })
      })
  )

const missing = (source: Source, name: string) => (cause: unknown) =>
  refuse(source, "MissingPackage", `CSV needs the package ${name}`, `npm install ${name}`, { cause })

const csvLines = <I, X>(
  source: Source,
  text: string,
  options: Options<I, X>
): Effect.Effect<ReadonlyArray<Line>, DatasetError> =>
  Effect.gen(function* () {
    const { parse } = yield* Packages.optional(() => import("csv-parse/sync"), missing(source, "csv-parse"))
    const records = yield* Effect.try({
      try: () => parse(text, { info: true, relax_column_count: true, skip_empty_lines: true }) as unknown as Records,
      catch: (cause) =>
        refuse(
          source,
          "Unreadable",
          `it is not CSV: ${cause instanceof Error ? cause.message : cause}`,
          "Put quotes around a cell that holds a comma, a quote or a line break, and double the quotes inside",
          { cause }
        )
    })
    if (records.length === 0) return []
    const lines = linesOf(
      text,
      records.map(({ info }) => info.bytes)
    )
    const [{ record: header }, ...rest] = records
    const columns = header.map((column) => options.columns?.[column.trim()] ?? column.trim())
    const twice = columns.find((column, k) => columns.indexOf(column) !== k)
    if (twice !== undefined) {
      const cure = "Give each column a name of its own"
      return yield* refuse(source, "Unreadable", `two columns are called "${twice}"`, cure, { line: lines[0] })
    }
    const absent = missingSides(columns)
    if (absent.length > 0) {
      return yield* refuse(
        source,
        "Unreadable",
        `there is no column for ${absent.join(" and ")}; columns are ${header.join(", ")}`,
        `Say which it is: columns: { ${JSON.stringify(header[0])}: "${absent[0]}" }`,
        { line: lines[0] }
      )
    }
    const read = reader(options)
    return yield* Effect.forEach(rest, ({ record }, k) => {
      const line = lines[k + 1]
      if (record.length === columns.length) {
        const row = read(new Map(columns.map((column, at) => [column, record[at]])))
        return Effect.succeed<Line>({ row, file: source.file, line })
      }
      const detail = `there are ${record.length} cells in the row, and ${columns.length} columns`
      return refuse(source, "Unreadable", detail, "Put quotes around a cell that holds a comma", { line })
    })
  })

type Records = ReadonlyArray<{ readonly record: ReadonlyArray<string>; readonly info: { readonly bytes: number } }>

/**
 * Saves a dataset. What was there before is replaced as a whole, or not at all.
 *
 * Fails with `UnknownFormat`, `WriteFailed`, `MissingPackage`, and with `NotRepresentable` where a table would not give a
 * row back as it is: JSON lines always do.
 *
 * @since 0.1.0
 * @category encoding
 */
export const save = <I, X>(
  self: Dataset.Dataset<I, X>,
  file: string,
  options?: { readonly format?: Format }
): Effect.Effect<void, DatasetError, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const source = sourceOf(file, self.name)
    const format = yield* formatOf(source, options?.format)
    const rows = yield* Dataset.encode(self)
    const text =
      format === "jsonl" ? rows.map((row) => `${JSON.stringify(row)}\n`).join("") : yield* csvText(source, self, rows)
    yield* Effect.mapError(WholeFile.write(file, text), (cause) =>
      refuse(source, "WriteFailed", WholeFile.unwritable.detail, WholeFile.unwritable.cure, { cause })
    )
  })

const csvText = <I, X>(
  source: Source,
  { schemas }: Dataset.Dataset<I, X>,
  rows: ReadonlyArray<Dataset.Row<unknown, unknown>>
): Effect.Effect<string, DatasetError> =>
  Effect.gen(function* () {
    const { stringify } = yield* Packages.optional(() => import("csv-stringify/sync"), missing(source, "csv-stringify"))
    const plain = rows.map((row): Readonly<Record<string, unknown>> => ({ ...row }))
    const cells = cellsOf(plain)
    const read = reader(schemas)
    for (const [k, row] of plain.entries()) {
      const back = read(cells[k])
      const path = ["id", "input", "expected", "tags", "group"].find((key) => !isSame(row[key], back[key]))
      if (path !== undefined) {
        const detail = "a table would give another value back"
        return yield* refuse(source, "NotRepresentable", detail, "Save it as .jsonl", { row: k + 1, path })
      }
    }
    const columns = cells.length === 0 ? ["input", "expected"] : [...cells[0].keys()]
    return stringify(
      cells.map((row) => [...row.values()]),
      { header: true, columns }
    )
  })

const isSame = (a: unknown, b: unknown): boolean => hashOf(a ?? null) === hashOf(b ?? null)
