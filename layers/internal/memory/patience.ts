import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { MemoryError } from "../../../services/Memory.js"

const pauses = Schedule.jittered(Schedule.spaced("20 millis"))

/**
 * The time that others take is that of the world, whatever clock a program has.
 *
 * @internal
 */
export const inRealTime: <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R> = Effect.withClock(
  Clock.make()
)

/**
 * Tries again while others hold the database.
 *
 * @internal
 */
export const patiently = <A, R>(
  self: Effect.Effect<A, MemoryError, R>,
  timeout: Duration.DurationInput
): Effect.Effect<A, MemoryError, R> =>
  self.pipe(
    Effect.retry({ while: ({ reason }) => reason === "Busy", schedule: Schedule.upTo(pauses, timeout) }),
    inRealTime
  )
