/**
 * Records calls in memory, over whatever tracer of Effect is current: what is exported goes on being exported.
 *
 * ```ts
 * const tracing = Layer.provideMerge(TracerRecording.layer(), TracerOtlp.layer({ endpoint: "http://localhost:4318" }))
 * ```
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as EffectTracer from "effect/Tracer"
import { type CallRecord, type Recording, Tracer, type TracerService } from "../services/Tracer.js"
import * as Record from "./internal/callRecord.js"
import { Ring } from "./internal/ring.js"
import * as TracerLayer from "./internal/tracerLayer.js"
import * as Over from "./internal/tracerOver.js"

/**
 * - `capacity`: how many calls are kept, of every session and of the history; default 10 000, also for what is no number,
 *   and otherwise the whole number below, at least 0. The oldest are forgotten first, and counted
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly capacity?: number
}

/**
 * The service, and the tracer to run under so that it has something to tell.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options = {}
): Effect.Effect<{
  readonly service: TracerService
  readonly tracer: EffectTracer.Tracer
}> =>
  Effect.gen(function* () {
    const started = yield* Clock.currentTimeMillis
    const capacity = capacityOf(options)
    const everything = new Ring<CallRecord>(capacity)
    const sessions = new WeakMap<EffectTracer.Span, Ring<CallRecord>>()

    const keep = (span: Over.Over, record: CallRecord): void => {
      everything.push(record)
      for (let at: Over.Over | undefined = span; at !== undefined; at = at.around) {
        const session = sessions.get(at)
        if (session !== undefined) {
          session.push(record)
          return
        }
      }
    }

    const tracer = Over.make(yield* Effect.tracer, {
      end: (span, endTime, exit) => {
        const record = Record.make(span, endTime, exit)
        if (record !== undefined) keep(span, record)
        return exit
      }
    })

    const trace: TracerService["trace"] = (name) =>
      Effect.gen(function* () {
        const id = name ?? (yield* randomId)
        const started = yield* Clock.currentTimeMillis
        let ended: number | undefined
        yield* Effect.addFinalizer(() => Effect.map(Clock.currentTimeMillis, (now) => (ended = now)))
        const span = yield* Effect.makeSpanScoped("session", {
          attributes: { "session.id": id },
          captureStackTrace: false
        })
        const calls = new Ring<CallRecord>(capacity)
        sessions.set(span, calls)
        return {
          id,
          within: <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
            Effect.provideService(self, EffectTracer.ParentSpan, span) as Effect.Effect<A, E, R>,
          recording: Effect.sync(
            (): Recording => ({
              session: id,
              started,
              ...(ended === undefined ? {} : { ended }),
              calls: calls.toArray(),
              dropped: calls.dropped
            })
          ),
          clear: Effect.sync(() => calls.clear())
        }
      }).pipe(Effect.withTracer(tracer))

    const history = Effect.sync(
      (): Recording => ({ started, calls: everything.toArray(), dropped: everything.dropped })
    )

    return {
      tracer,
      service: {
        trace,
        history,
        export: (exporter) => Effect.flatMap(history, exporter),
        clear: Effect.sync(() => everything.clear())
      }
    }
  })

/**
 * @since 0.1.0
 * @category layers
 */
export const layer = (options?: Options): Layer.Layer<Tracer> => TracerLayer.make(Tracer, make(options))

const capacityOf = ({ capacity = Number.NaN }: Options): number =>
  Number.isNaN(capacity) ? 10_000 : Math.max(0, Math.trunc(capacity))

const letters = "abcdefghijklmnopqrstuvwxyz0123456789"

const randomId: Effect.Effect<string> = Effect.map(
  Effect.replicateEffect(Random.nextIntBetween(0, letters.length), 8),
  (positions) => positions.map((position) => letters[position]).join("")
)
