import type { PlatformError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"

const EVERY = Duration.millis(250)

const CHUNK = 64 * 1024

/** Opens a file, and waits for one that is not there yet. */
const open = (
  file: string,
  wait: Duration.DurationInput
): Effect.Effect<FileSystem.File, PlatformError, FileSystem.FileSystem | Scope.Scope> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const isThere = Effect.repeat(fs.exists(file), { until: (isThere) => isThere, schedule: Schedule.spaced(EVERY) })
    yield* Effect.timeoutOption(isThere, wait)
    return yield* fs.open(file)
  })

/** What a file has more than was read of it, or nothing for a while. */
const more = (handle: FileSystem.File): Effect.Effect<Uint8Array, PlatformError> =>
  Effect.flatMap(
    handle.readAlloc(CHUNK),
    Option.match({
      onNone: () => Effect.as(Effect.sleep(EVERY), new Uint8Array()),
      onSome: Effect.succeed
    })
  )

/**
 * The lines of a file as they are completed, without an end.
 *
 * @internal
 */
export const lines = (
  file: string,
  wait: Duration.DurationInput
): Stream.Stream<string, PlatformError, FileSystem.FileSystem> =>
  Stream.unwrapScoped(
    Effect.map(open(file, wait), (handle) =>
      Stream.repeatEffect(more(handle)).pipe(Stream.decodeText("utf-8"), Stream.splitLines)
    )
  )
