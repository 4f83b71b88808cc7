import type * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { Endpoint } from "./otlpEndpoint.js"
import { partialOf } from "./otlpReply.js"

/** @internal */
export interface Options {
  readonly endpoint: Endpoint
  readonly capacity: number
  readonly timeout: Duration.DurationInput
  readonly attempts: number
  readonly shutdownTimeout: Duration.DurationInput
}

/** @internal */
interface Counts {
  exported: number
  rejected: number
  dropped: number
  pending: number
}

/** @internal */
export interface Transport {
  /** Takes every request at once, whatever becomes of it. */
  readonly client: HttpClient.HttpClient
  /** Says how many spans a body holds. */
  readonly declare: (body: HttpBody.HttpBody, spans: number) => void
  readonly counts: Counts
}

interface Batch {
  readonly body: HttpBody.HttpBody
  readonly spans: number
}

interface Failure {
  readonly what: string
  readonly isRetryable: boolean
  /** In milliseconds. */
  readonly retryAfter: number | undefined
}

/** Between attempts, in milliseconds. */
const LONGEST_WAIT = 30_000

/**
 * Delivers what it is given, in order, from a queue of its own: nobody who gives it something waits for a collector, and
 * what has no room in the queue, or cannot be delivered, is counted.
 *
 * @internal
 */
export const make = (options: Options): Effect.Effect<Transport, never, HttpClient.HttpClient | Scope.Scope> =>
  Effect.gen(function* () {
    const http = yield* HttpClient.HttpClient
    const queue = yield* Queue.unbounded<Batch | Deferred.Deferred<void>>()
    const spansIn = new WeakMap<HttpBody.HttpBody, number>()
    const counts: Counts = { exported: 0, rejected: 0, dropped: 0, pending: 0 }
    const headers = Object.entries(options.endpoint.headers).map(
      ([name, value]) => [name, Redacted.value(value)] as const
    )
    const request = HttpClientRequest.post(options.endpoint.url).pipe(HttpClientRequest.setHeaders(headers))
    let complained = ""
    const complain = (what: string): Effect.Effect<void> =>
      Effect.suspend(() => {
        if (complained === what) return Effect.void
        complained = what
        return Effect.logWarning(`Traces are not delivered: ${what}`)
      })

    const send = ({ body, spans }: Batch): Effect.Effect<void, Failure> =>
      http.execute(HttpClientRequest.setBody(request, body)).pipe(
        Effect.mapError(() => unreachable),
        Effect.flatMap((response) =>
          response.status >= 200 && response.status < 300
            ? Effect.orElseSucceed(response.arrayBuffer, () => new ArrayBuffer(0)).pipe(
                Effect.map((bytes) => partialOf(response.headers["content-type"] ?? "", new Uint8Array(bytes)))
              )
            : Effect.fail(refused(response))
        ),
        Effect.timeoutFail({ duration: options.timeout, onTimeout: () => late }),
        Effect.flatMap((partial) => {
          const { message, rejected } = Option.getOrElse(partial, () => ({ rejected: 0, message: "" }))
          const lost = Math.min(spans, rejected)
          counts.exported += spans - lost
          counts.rejected += lost
          return Option.isNone(partial)
            ? Effect.void
            : complain(`the collector rejected ${lost} of ${spans} spans: ${message}`)
        })
      )

    const deliver = (batch: Batch): Effect.Effect<void> =>
      send(batch).pipe(
        Effect.retry(scheduleOf(options.attempts)),
        Effect.catchAll(({ what }) => {
          counts.dropped += batch.spans
          return complain(what)
        }),
        Effect.catchAllDefect(() => Effect.sync(() => (counts.dropped += batch.spans))),
        Effect.onInterrupt(() => Effect.sync(() => (counts.dropped += batch.spans))),
        Effect.ensuring(Effect.sync(() => (counts.pending -= batch.spans)))
      )

    const sender = yield* Queue.take(queue).pipe(
      Effect.flatMap((next) => ("spans" in next ? deliver(next) : Deferred.succeed(next, undefined))),
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
          yield* Effect.logWarning(
            `Of the traces, ${counts.exported} spans were delivered, ${counts.rejected} rejected and ${counts.dropped} dropped`
          )
        }
      })
    )

    const accept = (body: HttpBody.HttpBody): void => {
      const spans = spansIn.get(body) ?? 0
      if (counts.pending + spans > options.capacity) {
        counts.dropped += spans
        return
      }
      counts.pending += spans
      Queue.unsafeOffer(queue, { body, spans })
    }

    return {
      client: HttpClient.make((request) =>
        Effect.sync(() => {
          accept(request.body)
          return HttpClientResponse.fromWeb(request, new Response(null, { status: 204 }))
        })
      ),
      declare: (body, spans) => void spansIn.set(body, spans),
      counts
    }
  })

const unreachable: Failure = { what: "the collector cannot be reached", isRetryable: true, retryAfter: undefined }

const late: Failure = { what: "the collector does not answer in time", isRetryable: true, retryAfter: undefined }

/** Of the answer nothing is told that could echo a header or a span. */
const refused = ({ headers, status }: HttpClientResponse.HttpClientResponse): Failure => {
  const seconds = Number(headers["retry-after"])
  return {
    what: `the collector answers with status ${status}`,
    isRetryable: [429, 502, 503, 504].includes(status),
    retryAfter: seconds > 0 ? seconds * 1000 : undefined
  }
}

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
