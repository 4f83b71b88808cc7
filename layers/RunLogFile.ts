/**
 * Logs of optimizations as files, written event by event while they go on.
 *
 * ```ts
 * const optimizer = RunLogFile.layer("out/run.jsonl").pipe(Layer.provide(OptimizerReflective.layer({ model })))
 * ```
 *
 * Whatever is tuned under this layer is logged. A line is in the file as soon as its event is over, so a log can be followed,
 * and what a killed process had found is not lost. A log that can be written no more costs a warning and nothing else.
 *
 * @since 0.1.0
 */
import type { PlatformError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Record from "effect/Record"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { Budget } from "../services/Budget.js"
import { type GenerationReport, Optimizer, type OptimizerService } from "../services/Optimizer.js"
import { RunLogger, type RunLoggerService } from "../services/RunLogger.js"
import { Tracer } from "../services/Tracer.js"
import * as LoggedRun from "../src/LoggedRun.js"
import type * as Event from "../src/RunEvent.js"
import * as RunLog from "../src/RunLog.js"
import { RunLogError } from "../src/RunLogError.js"
import * as Tail from "./internal/logTail.js"
import { failureOf } from "./internal/spanFailure.js"
import * as WholeFile from "./internal/wholeFile.js"

/**
 * - `calls`: how many of the calls that a `Tracer` recorded during the run are written at its end, default 2000
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly calls?: number
}

/**
 * Opens a log; what was in the file before is replaced. Fails with `WriteFailed` when that cannot be done. From then on
 * nothing fails: the first line that cannot be written is the last one, and is warned of.
 *
 * @since 0.1.0
 * @category constructors
 */
export const open = (file: string): Effect.Effect<RunLoggerService, RunLogError, FileSystem.FileSystem | Scope.Scope> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const folder = /^(.*)[/\\]/.exec(file)?.[1]
    if (folder !== undefined && folder !== "") yield* fs.makeDirectory(folder, { recursive: true })
    const handle = yield* fs.open(file, { flag: "w" })
    const permit = yield* Effect.makeSemaphore(1)
    const bytes = new TextEncoder()
    let isEmpty = true
    let isBroken = false
    const write = (event: Event.RunEvent) =>
      Effect.suspend(() => {
        isEmpty = false
        return isBroken ? Effect.void : handle.writeAll(bytes.encode(`${RunLog.encode(event)}\n`))
      }).pipe(
        Effect.catchAllCause((cause) => {
          isBroken = true
          return Effect.logWarning(`${file}: the log of the run ends here, for it cannot be written`, cause)
        })
      )
    const append = (event: Event.RunEvent) => Effect.uninterruptible(permit.withPermits(1)(write(event)))
    yield* Effect.addFinalizer((exit) =>
      isEmpty && Exit.isFailure(exit)
        ? Effect.flatMap(Clock.currentTimeMillis, (at) => append({ _tag: "Failed", at, error: failureOf(exit.cause) }))
        : Effect.void
    )
    return { append }
  }).pipe(
    Effect.mapError(
      (cause) =>
        new RunLogError({
          reason: "WriteFailed",
          source: file,
          detail: "the log cannot be written",
          cure: "See that the folder can be written to",
          cause
        })
    )
  )

/** What has changed, of values that a log has. */
const changed = (before: Event.Values, after: Event.Values): Event.Values | undefined => {
  const values = Record.filter(after, (value, name) => !Object.is(value, before[name]))
  return Record.isEmptyRecord(values) ? undefined : values
}

/** What was spent by purpose, where there is a budget. */
const spend: Effect.Effect<Pick<Event.Generation, "spend">> = Effect.flatMap(
  Effect.serviceOption(Budget),
  Option.match({
    onNone: () => Effect.succeed({}),
    onSome: ({ ledger }) =>
      Effect.map(ledger, (ledger) => ({
        spend: Record.map(ledger, ({ calls, tokens, unknown, usd }) => ({ calls, tokens, usd, unknown }))
      }))
  })
)

/** The calls that are known of the trace that this is part of. */
const recorded = (capacity: number | undefined): Effect.Effect<Option.Option<Event.Calls>> =>
  Effect.gen(function* () {
    const tracer = yield* Effect.serviceOption(Tracer)
    const span = yield* Effect.option(Effect.currentSpan)
    if (Option.isNone(tracer) || Option.isNone(span)) return Option.none()
    const { calls, dropped } = yield* tracer.value.history
    const own = calls.filter(({ trace }) => trace === span.value.traceId)
    return own.length === 0 ? Option.none() : Option.some(RunLog.calls({ calls: own, dropped }, capacity))
  })

/**
 * An optimizer that does what another does and has it written down.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  optimizer: OptimizerService,
  { append }: RunLoggerService,
  { calls: capacity }: Options = {}
): OptimizerService => ({
  ...optimizer,
  optimize: (objective) =>
    Stream.unwrapScoped(
      Effect.gen(function* () {
        const start = RunLog.started(objective, yield* Clock.currentTimeMillis)
        let values = start.values
        let last: GenerationReport | undefined
        const end = (exit: Exit.Exit<unknown, unknown>) =>
          Effect.gen(function* () {
            const at = yield* Clock.currentTimeMillis
            const calls = yield* recorded(capacity)
            if (Option.isSome(calls)) yield* append(calls.value)
            yield* append(
              Exit.isFailure(exit)
                ? { _tag: "Failed", at, error: failureOf(exit.cause) }
                : {
                    _tag: "Ended",
                    at,
                    before: objective.startScore,
                    after: last?.best.score ?? objective.startScore,
                    ...(last?.stopped === undefined ? {} : { stopped: last.stopped })
                  }
            )
          })
        yield* append(start)
        yield* Effect.addFinalizer(end)
        return Stream.tap(optimizer.optimize(objective), (report) =>
          Effect.gen(function* () {
            last = report
            const best = RunLog.valuesOf(report.best.candidate, objective.tunables)
            const fresh = changed(values, best)
            values = best
            yield* append(
              RunLog.generation(report, {
                ...(fresh === undefined ? {} : { values: fresh }),
                ...(yield* spend)
              })
            )
          })
        )
      })
    )
})

/**
 * Logs what the {@link Optimizer} in context does, and lets others append to the log.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  file: string,
  options?: Options
): Layer.Layer<Optimizer | RunLogger, RunLogError, Optimizer | FileSystem.FileSystem> =>
  Layer.scopedContext(
    Effect.gen(function* () {
      const optimizer = yield* Optimizer
      const logger = yield* open(file)
      return Context.make(RunLogger, logger).pipe(Context.add(Optimizer, make(optimizer, logger, options)))
    })
  )

const unreadable = (file: string, cause: PlatformError): RunLogError =>
  new RunLogError({ reason: "Unreadable", source: file, ...WholeFile.unreadable(cause), cause })

/**
 * The optimization that a log tells of. Fails with `Unreadable`, `NotALog`, `Damaged`, `NewerVersion` or `NothingStarted`.
 *
 * @since 0.1.0
 * @category decoding
 */
export const load = (file: string): Effect.Effect<LoggedRun.LoggedRun, RunLogError, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const text = yield* Effect.mapError(fs.readFileString(file), (cause) => unreadable(file, cause))
    return yield* LoggedRun.make(yield* RunLog.parse(text, file), file)
  })

/**
 * The events of a log as they are written, up to the end of its first optimization. A file that is not there yet is waited
 * for, by default not at all. Fails with `Unreadable`, `NotALog`, `Damaged` or `NewerVersion`; a run whose process was
 * killed says nothing more, and is waited for.
 *
 * @since 0.1.0
 * @category decoding
 */
export const follow = (
  file: string,
  { wait = 0 }: { readonly wait?: Duration.DurationInput } = {}
): Stream.Stream<Event.RunEvent, RunLogError, FileSystem.FileSystem> =>
  Tail.lines(file, wait).pipe(
    Stream.mapError((cause) => unreadable(file, cause)),
    Stream.zipWithIndex,
    Stream.mapEffect(([text, k]) => RunLog.decode(text, { line: k + 1, source: file })),
    Stream.takeUntil(({ _tag }) => _tag === "Ended" || _tag === "Failed")
  )
