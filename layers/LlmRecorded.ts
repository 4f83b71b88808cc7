/**
 * Writes down what models answer, for {@link LlmReplayed} to answer from.
 *
 * Every answer, and every failure, becomes a line of JSON at the moment it is known, before anybody can use it, so that
 * nothing that was paid for is lost however the program ends. Half a line that a crash left behind is taken away when the
 * file is opened again.
 *
 * A line has the request and the answer word by word, so that a replay says the same. Keys are no part of a request, and
 * causes of failures are left out; but a secret that stands in a prompt, or that a model says, stands in the file.
 *
 * @since 0.1.0
 */
import { dirname } from "node:path"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { LLM, type LLMError, type LLMService, type Request } from "../services/LLM.js"
import { hashOf } from "./internal/llmKey.js"
import { type Entry, encode, read, unusable } from "./internal/llmRecording.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The file to append to. It, and its folder, are made where there are none. */
  readonly path: string
}

/** Opens a file to append lines to it, whole ones or none. */
const open = ({ path }: Options) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    yield* fs.makeDirectory(dirname(path), { recursive: true })
    const before = (yield* fs.exists(path)) ? yield* fs.readFile(path) : new Uint8Array()
    const { bytes } = yield* read(before, path)
    if (bytes < before.length) yield* fs.truncate(path, bytes)
    const file = yield* fs.open(path, { flag: "a" })
    const lock = yield* Effect.makeSemaphore(1)
    const append = (line: string) => lock.withPermits(1)(file.writeAll(new TextEncoder().encode(line)))
    const isWhole = bytes === 0 || before[bytes - 1] === "\n".charCodeAt(0)
    if (!isWhole) yield* append("\n")
    return append
  })

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options
): Effect.Effect<LLMService, LLMError, LLM | FileSystem.FileSystem | Scope.Scope> =>
  Effect.gen(function* () {
    const llm = yield* LLM
    const append = yield* Effect.catchTags(open(options), {
      BadArgument: (cause) => Effect.fail(unusable(options.path)(cause)),
      SystemError: (cause) => Effect.fail(unusable(options.path)(cause))
    })

    const write = (entry: Entry) =>
      encode(entry).pipe(
        Effect.flatMap((line) => append(`${line}\n`)),
        Effect.catchAll(() =>
          Effect.logError(
            `An answer could not be recorded in ${options.path}. See that there is room, and leave to write`
          )
        )
      )

    const complete = (request: Request) =>
      Effect.uninterruptibleMask((restore) => {
        const asked = { key: hashOf(request), request }
        return Effect.tapBoth(restore(llm.complete(request)), {
          onSuccess: (completion) => write({ kind: "completion", ...asked, completion }),
          onFailure: (failure) => write({ kind: "failure", ...asked, failure })
        })
      })

    const stream = (request: Request) =>
      Stream.suspend(() => {
        const pieces: Array<string> = []
        let end: { readonly cut?: true; readonly failure?: LLMError } = { cut: true }
        return llm.stream(request).pipe(
          Stream.tap((piece) => Effect.sync(() => pieces.push(piece))),
          Stream.onEnd(
            Effect.sync(() => {
              end = {}
            })
          ),
          Stream.tapError((failure) =>
            Effect.sync(() => {
              end = { failure }
            })
          ),
          Stream.ensuring(
            Effect.suspend(() => write({ kind: "stream", key: hashOf(request), request, pieces, ...end }))
          )
        )
      })

    return { complete, stream }
  })

/**
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<LLM, LLMError, LLM | FileSystem.FileSystem> =>
  Layer.scoped(LLM, make(options))
