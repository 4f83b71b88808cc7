import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import type { GenerationReport } from "../../services/Optimizer.js"
import { errorType } from "./errorType.js"
import { annotate, type Surrounding, Surroundings, Tally } from "./tracing.js"

/**
 * An optimization as a span, and in it one for every generation: from its first evaluation to its report, which gives it
 * statistics.
 *
 * @internal
 */
export class Generations {
  /** Begins the span; it ends with the scope. */
  static readonly open = (system: string): Effect.Effect<Generations, never, Scope.Scope> =>
    Effect.gen(function* () {
      const outer = yield* Surroundings
      const span = yield* Effect.makeSpanScoped(`optimize ${system}`, {
        attributes: { "hyperfunc.system": system },
        captureStackTrace: false
      })
      const self = new Generations(span, new Tally(outer?.tally), outer?.sampled !== false)
      yield* Effect.addFinalizer((exit) => self.close(exit))
      return self
    })

  private readonly span: Tracer.Span
  private readonly tally: Tally
  private readonly sampled: boolean
  private reported = 0
  private runs = 0
  private spent = { calls: 0, inputTokens: 0, outputTokens: 0, cost: 0 }
  private current: Tracer.Span | undefined

  private constructor(span: Tracer.Span, tally: Tally, sampled: boolean) {
    this.span = span
    this.tally = tally
    this.sampled = sampled
  }

  private get surrounding(): Surrounding {
    return { tally: this.tally, sampled: this.sampled, generation: undefined }
  }

  /** Everything that an optimization does. */
  readonly provide = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    self.pipe(
      Effect.provideService(Surroundings, this.surrounding),
      Effect.provideService(Tracer.ParentSpan, this.span)
    ) as Effect.Effect<A, E, R>

  /** Reports, each of which ends the generation that it is about. */
  readonly reports = <E, R>(self: Stream.Stream<GenerationReport, E, R>): Stream.Stream<GenerationReport, E, R> =>
    self.pipe(
      Stream.tap((report) => this.report(report)),
      Stream.provideService(Surroundings, this.surrounding),
      Stream.provideService(Tracer.ParentSpan, this.span)
    ) as Stream.Stream<GenerationReport, E, R>

  /** An evaluation of the generation that is under way. */
  readonly within = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.flatMap(this.begun, (span) =>
      self.pipe(
        Effect.provideService(Surroundings, { ...this.surrounding, generation: this.reported + 1 }),
        Effect.withParentSpan(span)
      )
    ) as Effect.Effect<A, E, R>

  private readonly begun: Effect.Effect<Tracer.Span> = Effect.suspend(() =>
    this.current === undefined
      ? Effect.map(
          Effect.makeSpan("generation", { parent: this.span, captureStackTrace: false }),
          (span) => (this.current = span)
        )
      : Effect.succeed(this.current)
  )

  private report(report: GenerationReport): Effect.Effect<void> {
    this.reported = report.generation
    if (report.generation === 0) return Effect.void
    if (this.current !== undefined) {
      annotate(this.current, {
        "hyperfunc.generation": report.generation,
        "hyperfunc.reward.mean": report.reward.mean,
        "hyperfunc.reward.max": report.reward.max,
        "hyperfunc.failures": report.failures,
        "hyperfunc.runs": report.runs - this.runs,
        "hyperfunc.score": report.score,
        "hyperfunc.best": report.best.score,
        ...this.tally.attributes(this.spent)
      })
    }
    this.runs = report.runs
    const { calls, cost, inputTokens, outputTokens } = this.tally
    this.spent = { calls, cost, inputTokens, outputTokens }
    if (report.stopped !== undefined) this.span.attribute("hyperfunc.stopped", report.stopped)
    return this.end(Exit.void)
  }

  private end(exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> {
    const { current } = this
    this.current = undefined
    return current === undefined ? Effect.void : Effect.map(Clock.currentTimeNanos, (now) => current.end(now, exit))
  }

  private close(exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> {
    annotate(this.span, {
      "hyperfunc.generations": this.reported,
      ...this.tally.attributes(),
      ...(Exit.isFailure(exit) ? { "error.type": errorType(exit.cause) } : {})
    })
    return this.end(exit)
  }
}
