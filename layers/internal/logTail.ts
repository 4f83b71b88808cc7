import * as FileSystem from "@effect/platform/FileSystem"
import * as Chunk from "effect/Chunk"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { RunEvent } from "../../src/RunEvent.js"
import * as RunLog from "../../src/RunLog.js"
import { RunLogError } from "../../src/RunLogError.js"
import * as WholeFile from "./wholeFile.js"

const EVERY = Duration.millis(250)

const CHUNK = 64 * 1024

/** Opens a file, and waits for one that is not there yet. */
const opened = (file: string, wait: Duration.Duration) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const there = Effect.repeat(fs.exists(file), {
      until: (isThere) => isThere,
      schedule: Schedule.spaced(EVERY)
    })
    yield* Effect.timeoutOption(there, wait)
    return yield* fs.open(file)
  }).pipe(
    Effect.mapError(
      (cause) => new RunLogError({ reason: "Unreadable", source: file, ...WholeFile.unreadable(cause), cause })
    )
  )
