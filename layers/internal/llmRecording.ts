import * as Effect from "effect/Effect"
import type { ParseError } from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import { Completion, LLMError } from "../../services/LLM.js"

/** Causes stay out of files: they hold whatever a driver put into them. */
const Failure = Schema.Struct(Struct.omit(LLMError.fields, "cause"))

const asked = {
  /** What a replay looks for. */
  key: Schema.String,
  /** For people to read. */
  request: Schema.Unknown
}

/** @internal */
export const Entry = Schema.Union(
  Schema.Struct({ kind: Schema.Literal("completion"), ...asked, completion: Completion }),
  Schema.Struct({ kind: Schema.Literal("failure"), ...asked, failure: Failure }),
  Schema.Struct({
    kind: Schema.Literal("stream"),
    ...asked,
    pieces: Schema.Array(Schema.String),
    /** How it ended, if not as it should: its reader left, or it failed. */
    cut: Schema.optionalWith(Schema.Literal(true), { exact: true }),
    failure: Schema.optionalWith(Failure, { exact: true })
  })
)

/** @internal */
export type Entry = typeof Entry.Type

const Line = Schema.parseJson(Entry)

/** @internal */
export const encode: (entry: Entry) => Effect.Effect<string, ParseError> = Schema.encode(Line)

const decode: (line: string) => Effect.Effect<Entry, ParseError> = Schema.decode(Line)

/** @internal */
export interface Recording {
  readonly entries: ReadonlyArray<Entry>
  /** How many bytes of the file hold them; what comes after is half a line. */
  readonly bytes: number
}

/**
 * The entries of a file. A last line without an end that is no entry was being written when a program died, and is left
 * out.
 *
 * @internal
 */
export const read = (data: Uint8Array, path: string): Effect.Effect<Recording, LLMError> =>
  Effect.gen(function* () {
    const entries: Array<Entry> = []
    const lines = new TextDecoder().decode(data).split("\n")
    for (const [k, line] of lines.entries()) {
      if (line.trim() === "") continue
      const last = k === lines.length - 1
      const entry = yield* Effect.option(decode(line))
      if (entry._tag === "Some") entries.push(entry.value)
      else if (last) return { entries, bytes: data.lastIndexOf(newline) + 1 }
      else return yield* corrupt(path, k + 1)
    }
    return { entries, bytes: data.length }
  })

const newline = 10

const corrupt = (path: string, line: number): LLMError =>
  new LLMError({
    reason: "Misconfigured",
    model: "recording",
    detail: `Line ${line} of ${path} is not a recorded answer`,
    cure: "Restore the file, or delete that line and record what it answered again"
  })

/** @internal */
export const unusable =
  (path: string) =>
  (cause: unknown): LLMError =>
    new LLMError({
      reason: "Misconfigured",
      model: "recording",
      detail: `The recording ${path} cannot be opened`,
      cure: "See that it is a file in a folder that exists, and that it may be read and written",
      cause
    })
