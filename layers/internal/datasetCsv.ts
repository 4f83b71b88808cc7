import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type * as AST from "effect/SchemaAST"
import type { Schemas } from "../../src/Dataset.js"

/** @internal */
export type Cells = ReadonlyMap<string, string>

const TAGS = ";"

const SIDES = ["input", "expected"] as const

/** What a cell may hold: that of a column `input.field` is the field's, that of `input` the whole. */
interface Kind {
  readonly isText: (cell: string) => boolean
  readonly isOptional: boolean
}

const kindOf = (ast: AST.AST, field: string | undefined): Kind => {
  const members = ast._tag === "TypeLiteral" ? ast.propertySignatures : []
  const member = members.find(({ name }) => name === field)
  const type = field === undefined ? Schema.make(ast) : member === undefined ? Schema.Unknown : Schema.make(member.type)
  return { isText: Schema.is(type), isOptional: member?.isOptional ?? false }
}

const parseJson = Schema.decodeUnknownEither(Schema.parseJson())

/** Text where the schema takes it, else JSON; an empty cell of an optional field is an absent one. */
const read = ({ isOptional, isText }: Kind, cell: string): unknown => {
  if (cell === "" && isOptional) return undefined
  return isText(cell) ? cell : Either.getOrElse(parseJson(cell), () => cell)
}

const fieldsOf = (side: string, columns: Iterable<string>): ReadonlyArray<string> =>
  [...columns].flatMap((column) => (column.startsWith(`${side}.`) ? [column.slice(side.length + 1)] : []))

/**
 * Rows from the cells of a table, by what a schema takes.
 *
 * @internal
 */
export const reader = <I, X>({
  expected,
  input
}: Schemas<I, X>): ((cells: Cells) => Readonly<Record<string, unknown>>) => {
  const asts = { input: Schema.encodedSchema(input).ast, expected: Schema.encodedSchema(expected).ast }
  return (cells) => {
    const sides = SIDES.map((side) => {
      const whole = cells.get(side)
      if (whole !== undefined) return [side, read(kindOf(asts[side], undefined), whole)]
      const fields = fieldsOf(side, cells.keys()).map((field) => [
        field,
        read(kindOf(asts[side], field), cells.get(`${side}.${field}`)!)
      ])
      return [side, Object.fromEntries(fields.filter(([, value]) => value !== undefined))]
    })
    const { id = "", group = "", tags = "" } = Object.fromEntries(cells)
    return {
      ...(id === "" ? {} : { id }),
      ...Object.fromEntries(sides),
      ...(tags === "" ? {} : { tags: tags.split(TAGS).map((tag) => tag.trim()) }),
      ...(group === "" ? {} : { group })
    }
  }
}

/**
 * The sides that a table has no column for.
 *
 * @internal
 */
export const missingSides = (columns: ReadonlyArray<string>): ReadonlyArray<string> =>
  SIDES.filter((side) => !columns.includes(side) && fieldsOf(side, columns).length === 0)

const isRecord = (u: unknown): u is Readonly<Record<string, unknown>> => Predicate.isRecord(u) && !Array.isArray(u)

const cell = (value: unknown): string => {
  if (value === undefined) return ""
  return typeof value === "string" ? value : JSON.stringify(value)
}

/**
 * The cells of encoded rows, all with the same columns: one a field where a side is always an object.
 *
 * @internal
 */
export const cellsOf = (rows: ReadonlyArray<Readonly<Record<string, unknown>>>): ReadonlyArray<Cells> => {
  const sides = SIDES.map((side) => ({
    side,
    fields: rows.every((row) => isRecord(row[side]))
      ? [...new Set(rows.flatMap((row) => Object.keys(row[side] as object)))]
      : undefined
  }))
  const has = (key: string) => rows.some((row) => row[key] !== undefined)
  return rows.map((row) => {
    const cells = new Map<string, string>()
    if (has("id")) cells.set("id", cell(row.id))
    for (const { fields, side } of sides) {
      if (fields === undefined) cells.set(side, cell(row[side]))
      else
        for (const field of fields) cells.set(`${side}.${field}`, cell((row[side] as Record<string, unknown>)[field]))
    }
    if (has("tags")) cells.set("tags", ((row.tags ?? []) as ReadonlyArray<string>).join(TAGS))
    if (has("group")) cells.set("group", cell(row.group))
    return cells
  })
}

/**
 * The lines that records begin on, from the offsets at which they end.
 *
 * @internal
 */
export const linesOf = (text: string, ends: ReadonlyArray<number>): ReadonlyArray<number> => {
  const bytes = new TextEncoder().encode(text)
  let line = 1
  let at = 0
  const pass = (end: number) => {
    for (; at < end; at++) if (bytes[at] === 0x0a) line++
  }
  return ends.map((end) => {
    while (bytes[at] === 0x0a || bytes[at] === 0x0d) pass(at + 1)
    const begin = line
    pass(end)
    return begin
  })
}
