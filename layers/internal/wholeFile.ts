import type { PlatformError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"

/**
 * Writes a file beside its place and moves it there, so that there is the old one or the new one and never a part. Folders
 * are made where there are none.
 *
 * @internal
 */
export const write = (file: string, text: string): Effect.Effect<void, PlatformError, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const [folder] = /^(.*[/\\])?/.exec(file)!
    const directory = folder === "" ? "." : folder
    yield* fs.makeDirectory(directory, { recursive: true })
    const aside = yield* fs.makeTempDirectoryScoped({ directory, prefix: ".hyperfunc-" })
    yield* fs.writeFileString(`${aside}/fresh`, text)
    yield* fs.rename(`${aside}/fresh`, file)
  }).pipe(Effect.scoped)

/**
 * What is wrong when a file cannot be read, and the cure.
 *
 * @internal
 */
export const unreadable = (cause: PlatformError): { readonly detail: string; readonly cure: string } =>
  cause._tag === "SystemError" && cause.reason === "NotFound"
    ? { detail: "there is no such file", cure: "See where it was saved; paths are relative to the working directory" }
    : { detail: "the file cannot be read", cure: "See that it is a file, and one that may be read" }

/** @internal */
export const unwritable = {
  detail: "it was not saved, and what was there before still is",
  cure: "See that there is room on the disk and that the folder can be written to"
}
