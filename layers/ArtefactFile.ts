/**
 * Tuned systems on disk: `model.json` beside `model.safetensors`.
 *
 * Both are written whole to a folder beside them and moved from there, the weights first. While they are, and after a crash
 * until the next save, the weights that the old JSON belongs to are `model.safetensors.previous`; {@link load} finds them.
 * So there is the old artefact or the new one at every moment, and never a mixture.
 *
 * @since 0.1.0
 */
import type { PlatformError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import { ArtefactError, decode, encode, isPair } from "../src/Artefact.js"
import type { HyperSystem } from "../src/HyperSystem.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Paths {
  readonly json: string
  readonly weights: string
}

interface Places extends Paths {
  readonly folder: string
  readonly name: string
  readonly previous: string
}

const placesOf = (path: string): Places => {
  const base = path.replace(/\.json$/, "")
  const [folder] = /^(.*[/\\])?/.exec(base)!
  const weights = `${base}.safetensors`
  return {
    json: `${base}.json`,
    weights,
    previous: `${weights}.previous`,
    folder: folder === "" ? "." : folder,
    name: base.slice(folder.length)
  }
}

const unreadable =
  (system: string, path: string) =>
  (cause: PlatformError): ArtefactError =>
    cause._tag === "SystemError" && cause.reason === "NotFound"
      ? new ArtefactError({
          reason: "Unreadable",
          system,
          detail: "there is no such file",
          cure: "Save the system first, and keep its two files together",
          path,
          cause
        })
      : new ArtefactError({
          reason: "Unreadable",
          system,
          detail: "the file cannot be read",
          cure: "See that it is a file, and one that may be read",
          path,
          cause
        })

/** Writes a file and waits until it is on the disk. */
const write = (fs: FileSystem.FileSystem, path: string, data: Uint8Array) =>
  Effect.scoped(
    Effect.gen(function* () {
      const file = yield* fs.open(path, { flag: "w" })
      yield* file.writeAll(data)
      yield* file.sync
    })
  )

/** Waits until a folder knows of what was moved; not every system can. */
const settle = (fs: FileSystem.FileSystem, folder: string) =>
  Effect.ignore(Effect.scoped(Effect.flatMap(fs.open(folder, { flag: "r" }), ({ sync }) => sync)))

/** Undoes what a crash left half done, so that the weights beside the JSON are its own. */
const recover = (fs: FileSystem.FileSystem, { json, previous, weights }: Places) =>
  Effect.gen(function* () {
    if (!((yield* fs.exists(previous)) && (yield* fs.exists(json)))) return
    if (yield* isPair(yield* fs.readFileString(json), yield* fs.readFile(previous))) yield* fs.rename(previous, weights)
  })

const replace = (fs: FileSystem.FileSystem, places: Places, fresh: Paths) =>
  Effect.gen(function* () {
    const { folder, json, previous, weights } = places
    yield* recover(fs, places)
    const replaces = yield* fs.exists(weights)
    if (replaces) yield* fs.rename(weights, previous)
    yield* fs.rename(fresh.weights, weights).pipe(
      Effect.zipRight(settle(fs, folder)),
      Effect.zipRight(fs.rename(fresh.json, json)),
      Effect.tapError(() => (replaces ? Effect.ignore(fs.rename(previous, weights)) : Effect.void))
    )
    yield* settle(fs, folder)
    yield* Effect.ignore(fs.remove(previous, { force: true }))
  })

/**
 * Saves the parameters of a tuned system as `path`, which ends in `.json` or gets that ending, and its weights beside it.
 * Folders are made where there are none. A failure leaves what was there before.
 *
 * @since 0.1.0
 * @category encoding
 */
export const save = (
  system: HyperSystem<never, unknown, unknown, unknown>,
  path: string
): Effect.Effect<Paths, ArtefactError, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const artefact = yield* encode(system)
    const places = placesOf(path)
    const { folder, json, name, weights } = places
    yield* Effect.gen(function* () {
      yield* fs.makeDirectory(folder, { recursive: true })
      const aside = yield* Effect.acquireRelease(
        fs.makeTempDirectory({ directory: folder, prefix: `.${name}-` }),
        (aside) => Effect.ignore(fs.remove(aside, { recursive: true }))
      )
      const fresh = { json: `${aside}/json`, weights: `${aside}/weights` }
      yield* write(fs, fresh.weights, artefact.weights)
      yield* write(fs, fresh.json, new TextEncoder().encode(artefact.json))
      yield* Effect.uninterruptible(replace(fs, places, fresh))
    }).pipe(
      Effect.scoped,
      Effect.mapError(
        (cause) =>
          new ArtefactError({
            reason: "WriteFailed",
            system: system.name,
            detail: "it was not saved, and what was there before still is",
            cure: "See that there is room on the disk and that the folder can be written to",
            path: json,
            cause
          })
      )
    )
    return { json, weights }
  })

/**
 * The same system with the parameters that were saved as `path`. All or nothing.
 *
 * @since 0.1.0
 * @category decoding
 */
export const load = <I, O, E, R>(
  system: HyperSystem<I, O, E, R>,
  path: string
): Effect.Effect<HyperSystem<I, O, E, R>, ArtefactError, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const places = placesOf(path)
    const json = yield* Effect.mapError(fs.readFileString(places.json), unreadable(system.name, places.json))
    const withWeights = (path: string) =>
      fs.readFile(path).pipe(
        Effect.mapError(unreadable(system.name, path)),
        Effect.flatMap((weights) => decode(system, { json, weights })),
        Effect.mapError((error) => (error.path === undefined ? located(error, places.json) : error))
      )
    return yield* Effect.catchIf(
      withWeights(places.weights),
      ({ reason }) => reason === "Unreadable" || reason === "Corrupt" || reason === "Mismatch",
      (error) => Effect.orElseFail(withWeights(places.previous), () => error)
    )
  })

const located = (error: ArtefactError, path: string): ArtefactError =>
  new ArtefactError({
    reason: error.reason,
    system: error.system,
    detail: error.detail,
    cure: error.cure,
    path,
    ...(error.cause === undefined ? {} : { cause: error.cause })
  })
