/**
 * Tunes numbers, categories and weights by evolution strategies.
 *
 * A generation evaluates mirrored pairs of candidates around the current parameters and moves these towards the better
 * ones; see {@link EvolutionStrategy} for the formulas. The current parameters are evaluated on all examples after every
 * step, and the best that were ever seen are kept.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import {
  type GenerationReport,
  type Objective,
  Optimizer,
  OptimizerError,
  type OptimizerService,
  type Selection,
  type StopReason
} from "../services/Optimizer.js"
import type { Candidate } from "../src/Candidate.js"
import * as EvolutionStrategy from "../src/EvolutionStrategy.js"
import { type SearchSpace, searchSpace } from "../src/internal/candidates.js"
import { promptFields } from "../src/internal/promptFields.js"
import { summary } from "../src/internal/rewards.js"
import { restrictTo, unknownNames } from "../src/internal/selection.js"
import * as Verdict from "../src/internal/verdict.js"
import { sampleIndices } from "../src/Noise.js"

/**
 * The options of the strategy, and:
 *
 * - `generations`: how many at the most, ≥ 0
 * - `target`: stop when the score on all examples reaches this
 * - `plateau`: stop when the best score has not risen by more than `minDelta` (default 0) for `patience` generations
 * - `evaluations`: stop before more candidates than this are evaluated
 * - `batchSize`: examples of a generation, drawn without repetition until all had their turn; all candidates of a
 *   generation get the same. Default all
 * - `scoreEvery`: generations between evaluations of the current parameters on all examples, default 1
 * - `only`, `freeze`: what is tuned, beside what the call to `optimize` says
 *
 * A generation in which a candidate runs out of budget is the last, and changes nothing. One in which no candidate has a
 * reward ends the search with the first failure. One in which `"dropPair"` leaves no pair is skipped, and
 * {@link MAX_SKIPPED} of these in a row end the search with an `OptimizerError`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends EvolutionStrategy.Options, Selection {
  readonly generations: number
  readonly target?: number
  readonly plateau?: { readonly patience: number; readonly minDelta?: number }
  readonly evaluations?: number
  readonly batchSize?: number
  readonly scoreEvery?: number
}

/**
 * The skipped generations in a row that end a search.
 *
 * @since 0.1.0
 * @category constants
 */
export const MAX_SKIPPED = 3

const invalid = (detail: string, cure: string) => new OptimizerError({ reason: "InvalidOptions", detail, cure })

const check = (options: Options): Effect.Effect<void, OptimizerError> => {
  const whole = (name: string, value: number | undefined, least: number) =>
    value !== undefined && !(Number.isInteger(value) && value >= least)
      ? Option.some(invalid(`${name} is ${value}`, `Use a whole number of at least ${least}`))
      : Option.none()
  const faults = [
    whole("generations", options.generations, 0),
    whole("batchSize", options.batchSize, 1),
    whole("scoreEvery", options.scoreEvery, 1),
    whole("evaluations", options.evaluations, 1),
    whole("plateau.patience", options.plateau?.patience, 1),
    options.plateau?.minDelta !== undefined && !(options.plateau.minDelta >= 0 && options.plateau.minDelta < Infinity)
      ? Option.some(invalid(`plateau.minDelta is ${options.plateau.minDelta}`, "Use a finite number of at least 0"))
      : Option.none(),
    options.target !== undefined && Number.isNaN(options.target)
      ? Option.some(invalid("target is NaN", "Use a number, or leave it out"))
      : Option.none()
  ]
  return Option.match(Option.firstSomeOf(faults), { onNone: () => Effect.void, onSome: Effect.fail })
}

const asOptimizerError = (error: EvolutionStrategy.EvolutionError): OptimizerError => {
  const [detail, ...cures] = error.message.split("; ")
  const cure = cures.join("; ")
  return new OptimizerError({
    reason: error.reason === "AllCandidatesFailed" ? "AllCandidatesFailed" : "InvalidOptions",
    detail,
    cure: cure === "" ? "Correct the options of the strategy" : `${cure[0].toUpperCase()}${cure.slice(1)}`,
    cause: error
  })
}

const nothingLearnt = (generation: number, cause: Cause.Cause<unknown>): OptimizerError =>
  new OptimizerError({
    reason: "AllCandidatesFailed",
    detail: `In each of the ${MAX_SKIPPED} generations up to ${generation} every pair had a candidate without a reward`,
    cure:
      'Look at the cause, use the failurePolicy "worstRank", which learns from one of a pair, or a smaller sigma, or ' +
      "start from parameters that work",
    cause: Cause.squash(cause)
  })

const spaceOf = <E>(objective: Objective<E>, options: Options): Effect.Effect<SearchSpace, OptimizerError> => {
  const whole = searchSpace(objective.tunables, objective.start, (block) => block)
  const selections = [options, objective.selection]
  const prompts = promptFields(objective.tunables).map(({ path }) => path)
  const unknown = selections
    .flatMap((selection) => unknownNames(selection, whole.blocks))
    .filter((name) => !prompts.includes(name))
  if (unknown.length === 0)
    return Effect.succeed(searchSpace(objective.tunables, objective.start, restrictTo(selections)))
  const known = [...new Set(whole.blocks.flatMap(({ coordinates, path }) => [path, ...coordinates]))]
  return Effect.fail(
    new OptimizerError({
      reason: "UnknownBlock",
      detail: `${objective.system} has no block called ${unknown.map((name) => `"${name}"`).join(", ")}`,
      cure: known.length === 0 ? "It calls nothing that can be tuned" : `Its blocks are ${known.join(", ")}`
    })
  )
}

interface Progress {
  readonly state: EvolutionStrategy.State
  readonly best: GenerationReport["best"]
  readonly score: number
  readonly evaluations: number
  readonly runs: number
  /** The score that must be surpassed for there to be no plateau, and the generations since it last was. */
  readonly reference: number
  readonly stale: number
  /** Generations skipped in a row. */
  readonly skipped: number
  readonly isOutOfBudget: boolean
}

const isOutOfBudget = (exit: Exit.Exit<unknown, unknown>): boolean =>
  Exit.isFailure(exit) && Verdict.ofCause(exit.cause) === "budget"

const isScored = (options: Options, generation: number): boolean =>
  generation % (options.scoreEvery ?? 1) === 0 || generation >= options.generations

const stopOf = (options: Options, progress: Progress, generation: number): StopReason | undefined => {
  if (progress.isOutOfBudget) return "budget"
  if (options.target !== undefined && progress.best.score >= options.target) return "target"
  if (generation >= options.generations) return "generations"
  if (options.plateau !== undefined && isScored(options, generation) && progress.stale >= options.plateau.patience) {
    return "plateau"
  }
  if (options.evaluations !== undefined && progress.evaluations + options.population + 1 > options.evaluations) {
    return "evaluations"
  }
  return undefined
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): OptimizerService => ({
  check: Effect.zipRight(
    check(options),
    Effect.asVoid(Effect.mapError(EvolutionStrategy.make(options), asOptimizerError))
  ),
  optimize: <E>(objective: Objective<E>): Stream.Stream<GenerationReport, E | OptimizerError> =>
    Stream.unwrap(
      Effect.gen(function* () {
        const config = yield* Effect.mapError(EvolutionStrategy.make(options), asOptimizerError)
        const space = yield* spaceOf(objective, options)
        const begun = yield* Clock.currentTimeMillis
        const state = yield* Effect.mapError(EvolutionStrategy.init(config, space.blocks), asOptimizerError)
        const tuned = new Set(
          objective.tunables
            .map(({ name }) => name)
            .filter((name) => space.blocks.some(({ path }) => path === name || path.startsWith(`${name}.`)))
        )
        const report = (
          progress: Progress,
          generation: number,
          rewards: ReadonlyArray<number>,
          nothingToTune = false
        ): Effect.Effect<GenerationReport> =>
          Effect.map(Clock.currentTimeMillis, (now) => ({
            generation,
            generations: options.generations,
            evaluations: progress.evaluations,
            runs: progress.runs,
            reward: rewards.some(Number.isFinite)
              ? summary(rewards)
              : { mean: NaN, min: NaN, max: NaN, deviation: NaN },
            failures: rewards.filter((reward) => !Number.isFinite(reward)).length,
            ...(progress.skipped > 0 ? { skipped: true } : {}),
            score: progress.score,
            best: progress.best,
            elapsed: Duration.millis(now - begun),
            stopped: nothingToTune ? "nothingToTune" : stopOf(options, progress, generation)
          }))
        const start: Progress = {
          state,
          best: { generation: 0, score: objective.startScore, candidate: objective.start },
          score: objective.startScore,
          evaluations: 1,
          runs: objective.examples,
          reference: objective.startScore,
          stale: 0,
          skipped: 0,
          isOutOfBudget: false
        }
        const first = yield* report(start, 0, [], space.blocks.length === 0)
        if (first.stopped !== undefined) return Stream.make(first)

        const advance = (progress: Progress) =>
          Effect.gen(function* () {
            const generation = progress.state.generation + 1
            const population = yield* Effect.mapError(EvolutionStrategy.ask(config, progress.state), asOptimizerError)
            const candidates = Array.from({ length: population.size }, (_, k) => space.member(population, k))
            const positions =
              options.batchSize === undefined
                ? Array.from({ length: objective.examples }, (_, k) => k)
                : Array.from(
                    sampleIndices(
                      { seed: config.seed, generation: progress.state.generation },
                      objective.examples,
                      Math.min(options.batchSize, objective.examples)
                    )
                  )
            const exits = yield* objective.evaluate(candidates, { tuned, positions, stream: () => generation })
            const rewards = exits.map((exit) => (Exit.isSuccess(exit) ? exit.value : NaN))
            const run: Progress = {
              ...progress,
              evaluations: progress.evaluations + candidates.length,
              runs: progress.runs + candidates.length * positions.length,
              isOutOfBudget: exits.some(isOutOfBudget)
            }
            if (run.isOutOfBudget) return [yield* report(run, generation, rewards), run] as const
            const next = yield* EvolutionStrategy.tell(config, progress.state, rewards).pipe(
              Effect.catchAll((error): Effect.Effect<EvolutionStrategy.State, E | OptimizerError> => {
                const failure = exits.find(Exit.isFailure)
                if (error.reason !== "AllCandidatesFailed" || failure === undefined)
                  return Effect.fail(asOptimizerError(error))
                if (!rewards.some(Number.isFinite)) return Effect.failCause(failure.cause)
                if (progress.skipped + 1 >= MAX_SKIPPED) return Effect.fail(nothingLearnt(generation, failure.cause))
                const { blocks, evaluations, version } = progress.state
                return Effect.succeed({ version, generation, evaluations: evaluations + config.population, blocks })
              })
            )
            const mean = space.mean(new Map(next.blocks.map(({ mean, path }) => [path, mean])))
            const evaluated: Progress = {
              ...run,
              state: next,
              stale: progress.stale + 1,
              skipped: next.blocks === progress.state.blocks ? progress.skipped + 1 : 0
            }
            const after = isScored(options, generation) ? yield* score(evaluated, mean, generation) : evaluated
            return [yield* report(after, generation, rewards), after] as const
          })

        const score = (progress: Progress, candidate: Candidate, generation: number) =>
          Effect.map(objective.evaluate([candidate], { tuned }), ([exit]): Progress => {
            const score = Exit.isSuccess(exit) ? exit.value : NaN
            const { best, reference } = progress
            const rises = score > reference + (options.plateau?.minDelta ?? 0)
            return {
              ...progress,
              score,
              isOutOfBudget: isOutOfBudget(exit),
              evaluations: progress.evaluations + 1,
              runs: progress.runs + objective.examples,
              best: score > best.score ? { generation, score, candidate } : best,
              reference: rises ? score : reference,
              stale: rises ? 0 : progress.stale
            }
          })

        const generations = Stream.unfoldEffect(Option.some(start), (state: Option.Option<Progress>) =>
          Option.match(state, {
            onNone: () => Effect.succeedNone,
            onSome: (progress) =>
              Effect.map(advance(progress), ([report, after]) =>
                Option.some([report, report.stopped === undefined ? Option.some(after) : Option.none()] as const)
              )
          })
        )
        return Stream.concat(Stream.make(first), generations)
      })
    )
})

/**
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<Optimizer> => Layer.succeed(Optimizer, make(options))
