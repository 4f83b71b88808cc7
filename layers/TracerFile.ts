/**
 * Recordings as files: JSON with their summary, or JSON Lines with one call a line.
 *
 * @since 0.1.0
 */
import type * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import { type Recording, TracerError } from "../services/Tracer.js"
import { toJson, toLine } from "../src/internal/recordJson.js"
import * as TraceSummary from "../src/TraceSummary.js"
import * as WholeFile from "./internal/wholeFile.js"

/**
 * - `format`: `"json"` (default), `{ observations, summary }`; or `"jsonl"`, one observation a line and `{ _summary }` last
 * - `summary`: whether it is written, default true
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly format?: "json" | "jsonl"
  readonly summary?: boolean
}

/**
 * The text of such a file, whatever is in the recording: dates and big integers become text, what contains itself is cut,
 * absent fields stay absent.
 *
 * @since 0.1.0
 * @category encoding
 */
export const encode = (recording: Recording, { format = "json", summary = true }: Options = {}): string => {
  const counted = summary ? { summary: TraceSummary.make(recording) } : {}
  if (format === "json") {
    return `${JSON.stringify(toJson({ observations: recording.calls, ...counted }), undefined, 2)}\n`
  }
  const last = summary ? [toLine({ _summary: counted.summary })] : []
  return [...recording.calls.map(toLine), ...last].map((line) => `${line}\n`).join("")
}

/**
 * Writes a recording. What was there before is replaced as a whole, or not at all. Fails with `WriteFailed`.
 *
 * @since 0.1.0
 * @category encoding
 */
export const save = (
  recording: Recording,
  file: string,
  options?: Options
): Effect.Effect<void, TracerError, FileSystem.FileSystem> =>
  Effect.mapError(
    WholeFile.write(file, encode(recording, options)),
    (cause) =>
      new TracerError({
        reason: "WriteFailed",
        detail: `${file}: ${WholeFile.unwritable.detail}`,
        cure: WholeFile.unwritable.cure,
        cause
      })
  )

/**
 * Saves a recording, as an exporter: `tracer.export(TracerFile.exporter("run.jsonl", { format: "jsonl" }))`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const exporter =
  (file: string, options?: Options) =>
  (recording: Recording): Effect.Effect<void, TracerError, FileSystem.FileSystem> =>
    save(recording, file, options)
