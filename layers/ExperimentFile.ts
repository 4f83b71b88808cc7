/**
 * Experiments as JSON files, to be kept, reviewed and compared with.
 *
 * @since 0.1.0
 */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Experiment from "../src/Experiment.js"
import { ExperimentError } from "../src/ExperimentError.js"
import * as WholeFile from "./internal/wholeFile.js"

/**
 * Saves an experiment. What was there before is replaced as a whole, or not at all. Fails with `WriteFailed`.
 *
 * @since 0.1.0
 * @category encoding
 */
export const save = (
  self: Experiment.Experiment,
  file: string
): Effect.Effect<void, ExperimentError, FileSystem.FileSystem> =>
  Effect.mapError(
    WholeFile.write(file, `${JSON.stringify(self, undefined, 2)}\n`),
    (cause) =>
      new ExperimentError({ reason: "WriteFailed", experiment: self.name, file, ...WholeFile.unwritable, cause })
  )

/**
 * The experiment of a file. Fails with `Unreadable` or `NewerVersion`.
 *
 * @since 0.1.0
 * @category decoding
 */
export const load = (file: string): Effect.Effect<Experiment.Experiment, ExperimentError, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const refuse = (what: { readonly detail: string; readonly cure: string }, cause: unknown) =>
      new ExperimentError({ reason: "Unreadable", experiment: file, file, ...what, cause })
    const text = yield* Effect.mapError(fs.readFileString(file), (cause) => refuse(WholeFile.unreadable(cause), cause))
    const json = yield* Effect.mapError(Schema.decodeUnknown(Schema.parseJson())(text), (cause) =>
      refuse({ detail: "it is not JSON", cure: "Pass a file that was saved by ExperimentFile.save" }, cause)
    )
    return yield* Experiment.decode(json, file)
  })
