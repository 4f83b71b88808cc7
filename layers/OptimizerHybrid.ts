/**
 * Prompts and numbers of one system: optimizers in turn, each starting from the best of the one before.
 *
 * With `rounds` above 1 they take turns that often: prompts are written for the numbers that were found, and numbers found
 * for the prompts. A round that found nothing better is the last.
 *
 * ```ts
 * OptimizerHybrid.layer({
 *   stages: [OptimizerReflective.layer({ model }), OptimizerEvolution.layer(strategy)],
 *   rounds: 2
 * })
 * ```
 *
 * Generations are counted through, and the beginning of a later turn is one of its own: it has the score of the best so far
 * on all examples. `generations` is how many there will be by the end of the turn.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import {
  type GenerationReport,
  type Objective,
  Optimizer,
  OptimizerError,
  type OptimizerService,
  type StopReason
} from "../services/Optimizer.js"
import type { Candidate } from "../src/Candidate.js"
import { meanOf } from "../src/internal/learning/gain.js"
import { checked, isOutOfBudget, OutOfBudget } from "../src/internal/reflective/world.js"
import * as Verdict from "../src/internal/verdict.js"

/**
 * - `stages`: the optimizers in the order of their turns, at least one
 * - `rounds`: turns of each at the most, default 1
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<out Stage> {
  readonly stages: ReadonlyArray<Stage>
  readonly rounds?: number
}

const check = ({ rounds = 1, stages }: Options<OptimizerService>): Effect.Effect<void, OptimizerError> => {
  const invalid = (detail: string, cure: string) => new OptimizerError({ reason: "InvalidOptions", detail, cure })
  if (stages.length === 0) return invalid("there are no stages", "Give at least one optimizer")
  if (!(Number.isInteger(rounds) && rounds >= 1)) {
    return invalid(`rounds is ${rounds}`, "Use a whole number of at least 1")
  }
  return Effect.forEach(stages, (stage) => stage.check, { discard: true })
}

const observes = (stages: ReadonlyArray<OptimizerService>): boolean => stages.some(({ observes }) => observes === true)

type Counts = Pick<GenerationReport, "generation" | "evaluations" | "runs">

interface Turn<E> {
  readonly number: number
  readonly start: Pick<Objective<E>, "start" | "startScore" | "startObservations">
  /** The generation that found the start. */
  readonly found: number
  /** At its first report. */
  readonly counts: Counts
  /** Whether its round has found anything. */
  readonly isBetter: boolean
  /** Why the last turn that had something to tune was over. */
  readonly stopped: StopReason | undefined
}

/** A report of a turn, whose first is `first`, as one of the whole. */
const counted = <E>(
  { counts, found, start }: Turn<E>,
  first: GenerationReport,
  { best, evaluations, generation, generations, runs, ...report }: GenerationReport,
  elapsed: Duration.Duration
): GenerationReport => ({
  ...report,
  generation: counts.generation + generation,
  generations: counts.generation + generations,
  evaluations: counts.evaluations + evaluations - first.evaluations,
  runs: counts.runs + runs - first.runs,
  best: { ...best, generation: best.candidate === start.start ? found : counts.generation + best.generation },
  elapsed
})

const search = <E>(
  stages: ReadonlyArray<OptimizerService>,
  rounds: number,
  objective: Objective<E>,
  begun: number
): Stream.Stream<GenerationReport, E | OptimizerError> => {
  const tuned = new Set(objective.tunables.map(({ name }) => name))

  /** Scores a candidate on all examples, whatever the optimizer that found it has scored it on. */
  const scored = (start: Candidate): Effect.Effect<Turn<E>["start"], E | OutOfBudget> =>
    Effect.gen(function* () {
      if (observes(stages)) {
        const [startObservations] = yield* objective.observe([start], { tuned })
        yield* checked(startObservations)
        return { start, startObservations, startScore: meanOf(startObservations) }
      }
      const [exit] = yield* objective.evaluate([start], { tuned })
      if (Exit.isSuccess(exit)) return { start, startObservations: [], startScore: exit.value }
      return yield* Verdict.ofCause(exit.cause) === "budget" ? new OutOfBudget() : Effect.failCause(exit.cause)
    })

  const isLast = ({ isBetter, number }: Turn<E>): boolean =>
    number + 1 === stages.length * rounds || ((number + 1) % stages.length === 0 && !isBetter)

  const take = (turn: Turn<E>): Stream.Stream<GenerationReport, E | OptimizerError> =>
    Stream.suspend(() => {
      let after = turn
      let first: GenerationReport | undefined
      let last: GenerationReport | undefined
      const tell = (report: GenerationReport, now: number): GenerationReport => {
        first ??= report
        after = { ...after, isBetter: after.isBetter || report.best.candidate !== turn.start.start }
        last = counted(turn, first, report, Duration.millis(now - begun))
        if (report.stopped === undefined) return last
        const isIdle = report.stopped === "nothingToTune" && turn.stopped !== undefined
        after = { ...after, stopped: isIdle ? turn.stopped : report.stopped }
        const isOver = report.stopped === "budget" || report.stopped === "target" || isLast(after)
        return (last = { ...last, stopped: isOver ? after.stopped : undefined })
      }
      const reports = stages[turn.number % stages.length].optimize({ ...objective, ...turn.start })
      return Stream.concat(
        Stream.mapEffect(reports, (report) => Effect.map(Clock.currentTimeMillis, (now) => tell(report, now))),
        Stream.suspend(() => (last === undefined || last.stopped !== undefined ? Stream.empty : next(after, last)))
      )
    })

  const next = (turn: Turn<E>, last: GenerationReport): Stream.Stream<GenerationReport, E | OptimizerError> => {
    const { candidate, generation: found } = last.best
    const isScored = candidate === turn.start.start
    const number = turn.number + 1
    const counts: Counts = {
      generation: last.generation + 1,
      evaluations: last.evaluations + (isScored ? 0 : 1),
      runs: last.runs + (isScored ? 0 : objective.examples)
    }
    const isBetter = number % stages.length !== 0 && turn.isBetter
    return Stream.unwrap(
      (isScored ? Effect.succeed(turn.start) : scored(candidate)).pipe(
        Effect.map((start) => take({ ...turn, number, start, found, counts, isBetter })),
        Effect.catchIf(isOutOfBudget, () =>
          Effect.succeed(Stream.make<[GenerationReport]>({ ...last, ...counts, proposals: [], stopped: "budget" }))
        )
      )
    )
  }

  return take({
    number: 0,
    start: objective,
    found: 0,
    counts: { generation: 0, evaluations: 1, runs: objective.examples },
    isBetter: false,
    stopped: undefined
  })
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options<OptimizerService>): OptimizerService => ({
  check: check(options),
  observes: observes(options.stages),
  optimize: (objective) =>
    Stream.unwrap(
      Effect.map(Clock.currentTimeMillis, (now) => search(options.stages, options.rounds ?? 1, objective, now))
    )
})

/**
 * @since 0.1.0
 * @category layers
 */
export const layer = <Stage extends Layer.Layer<Optimizer, unknown, unknown>>({
  stages,
  ...options
}: Options<Stage>): Layer.Layer<Optimizer, Layer.Layer.Error<Stage>, Layer.Layer.Context<Stage>> =>
  Layer.scoped(
    Optimizer,
    Effect.map(
      Effect.forEach(stages, (stage) => Effect.map(Layer.build(stage), Context.get(Optimizer))),
      (stages) => make({ ...options, stages })
    )
  ) as Layer.Layer<Optimizer, Layer.Layer.Error<Stage>, Layer.Layer.Context<Stage>>
