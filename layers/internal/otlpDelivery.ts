import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { Partial } from "./otlpReply.js"

/**
 * - `signal`: what is delivered, and of what pieces it is made, as in "traces" of "spans"
 * - `send`: one delivery; gives what the collector did not take of it
 *
 * @internal
 */
export interface Options<in Body> {
  readonly signal: { readonly name: string; readonly pieces: string }
  readonly send: (body: Body) => Effect.Effect<Option.Option<Partial>, Failure>
  readonly capacity: number
  readonly timeout: Duration.DurationInput
  readonly attempts: number
  readonly shutdownTimeout: Duration.DurationInput
}

/** @internal */
export interface Failure {
  readonly what: string
  readonly isRetryable: boolean
  /** In milliseconds. */
  readonly retryAfter?: number
}

interface Counts {
  exported: number
  rejected: number
  dropped: number
  pending: number
}

/** @internal */
export interface Delivery<in Body> {
  /** Takes a body of so many pieces at once, whatever becomes of it. */
  readonly offer: (body: Body, pieces: number) => void
  readonly counts: Counts
}

interface Batch<out Body> {
  readonly body: Body
  readonly pieces: number
}

/** Between attempts, in milliseconds. */
const LONGEST_WAIT = 30_000

/**
 * Delivers what it is given, in order, from a queue of its own: nobody who gives it something waits for a collector, and
 * what has no room in the queue, or cannot be delivered, is counted.
 *
 * @internal
 */
export const make = <Body>(options: Options<Body>): Effect.Effect<Delivery<Body>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { name, pieces: unit } = options.signal
    const queue = yield* Queue.unbounded<Batch<Body> | Deferred.Deferred<void>>()
    const counts: Counts = { exported: 0, rejected: 0, dropped: 0, pending: 0 }
    let complained = ""
    const complain = (what: string): Effect.Effect<void> =>
      Effect.suspend(() => {
        if (complained === what) return Effect.void
        complained = what
        return Effect.logWarning(`${capitalised(name)} are not delivered: ${what}`)
      })

    const send = ({ body, pieces }: Batch<Body>): Effect.Effect<void, Failure> =>
      options.send(body).pipe(
        Effect.timeoutFail({ duration: options.timeout, onTimeout: () => late }),
        Effect.flatMap((partial) => {
          const { message, rejected } = Option.getOrElse(partial, () => ({ rejected: 0, message: "" }))
          const lost = Math.min(pieces, rejected)
          counts.exported += pieces - lost
          counts.rejected += lost
          return Option.isNone(partial)
            ? Effect.void
            : complain(`the collector rejected ${lost} of ${pieces} ${unit}: ${message}`)
        })
      )

    const deliver = (batch: Batch<Body>): Effect.Effect<void> =>
      send(batch).pipe(
        Effect.retry(scheduleOf(options.attempts)),
        Effect.catchAll(({ what }) => {
          counts.dropped += batch.pieces
          return complain(what)
        }),
        Effect.catchAllDefect(() => Effect.sync(() => (counts.dropped += batch.pieces))),
        Effect.onInterrupt(() => Effect.sync(() => (counts.dropped += batch.pieces))),
        Effect.ensuring(Effect.sync(() => (counts.pending -= batch.pieces)))
      )

    const sender = yield* Queue.take(queue).pipe(
      Effect.flatMap((next) => ("pieces" in next ? deliver(next) : Deferred.succeed(next, undefined))),
      Effect.forever,
      Effect.withTracerEnabled(false),
      Effect.interruptible,
      Effect.forkDaemon
    )

    yield* Effect.addFinalizer(() =>
      Effect.gen(function* () {
        const delivered = yield* Deferred.make<void>()
        yield* Queue.offer(queue, delivered)
        yield* Effect.timeoutOption(Effect.interruptible(Deferred.await(delivered)), options.shutdownTimeout)
        yield* Fiber.interrupt(sender)
        counts.dropped += counts.pending
        counts.pending = 0
        if (counts.dropped + counts.rejected > 0) {
          const { dropped, exported, rejected } = counts
          yield* Effect.logWarning(
            `Of the ${name}, ${exported} ${unit} were delivered, ${rejected} rejected and ${dropped} dropped`
          )
        }
      })
    )

    return {
      offer: (body, pieces) => {
        if (counts.pending + pieces > options.capacity) {
          counts.dropped += pieces
          return
        }
        counts.pending += pieces
        Queue.unsafeOffer(queue, { body, pieces })
      },
      counts
    }
  })

/** @internal */
export const unreachable: Failure = { what: "the collector cannot be reached", isRetryable: true }

/** @internal */
export const late: Failure = { what: "the collector does not answer in time", isRetryable: true }

const capitalised = (name: string): string => `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`

const scheduleOf = (attempts: number): Schedule.Schedule<unknown, Failure> =>
  Schedule.exponential("1 second").pipe(
    Schedule.jittered,
    Schedule.intersect(Schedule.recurs(Math.max(0, attempts - 1))),
    Schedule.intersect(Schedule.identity<Failure>()),
    Schedule.modifyDelay(([, { retryAfter }], delay) =>
      Duration.min(retryAfter === undefined ? delay : Duration.millis(retryAfter), Duration.millis(LONGEST_WAIT))
    ),
    Schedule.whileInput(({ isRetryable }: Failure) => isRetryable)
  )
