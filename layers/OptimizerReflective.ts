/**
 * Learns prompts from runs that went wrong: instructions and demonstrations, of all steps of a program together.
 *
 * A model is shown half of a prompt's failures, each step those that it may have caused, and writes its instruction anew;
 * demonstrations are taken from runs. What helps on the runs it was written for, without the lines that stand in the way
 * there, is compared with what it came from on examples that it was not written from and that it is about, by a test that may
 * stop at any time and accepts what is no better at no more than a declared rate. Every failure of what was accepted is tried
 * again without each line that it is about. So all examples teach and all test, but none of them both for one change. See
 * {@link PromptSearch} and {@link SequentialTest}.
 *
 * Scores in its reports are those on the examples that it learns from. What was not seen at all are examples kept out of
 * `optimize`: pass them as its `test`.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { LLM, LLMService, Settings } from "../services/LLM.js"
import {
  type GenerationReport,
  type Objective,
  Optimizer,
  OptimizerError,
  type OptimizerService,
  type Proposal,
  type Selection,
  type StopReason
} from "../services/Optimizer.js"
import { runsOf } from "../src/internal/guards.js"
import { toText } from "../src/internal/plain.js"
import type { PromptField } from "../src/internal/promptFields.js"
import { inputWords } from "../src/internal/reflective/parts.js"
import { startEntry } from "../src/internal/reflective/pool.js"
import { type Progress, round, type Search } from "../src/internal/reflective/round.js"
import { checked, isOutOfBudget, observing } from "../src/internal/reflective/world.js"
import { summary } from "../src/internal/rewards.js"
import { verdictsOf } from "../src/internal/verdict.js"
import * as PromptSearch from "../src/PromptSearch.js"
import { promptOptimizer } from "./internal/promptOptimizer.js"

/**
 * - `model`: writes the proposals
 * - `generations`: rounds at the most, default 20
 * - `proposals`: in a round, default 1; more are written at the same time, of other failures
 * - `batch`: runs that a proposal is written from, default 12
 * - `falseAccept`: how often at the most an addition that is no better is accepted, in (0, 1), default 0.35: what comes in by
 *   chance is tried without later
 * - `demonstrations`: at most so many a step, default 4; 0 for none
 * - `maxLength`: of an instruction, in characters, default 4000
 * - `feedbackTokens`: of the runs shown to the model, together, default 4000
 * - `leakWords`: a proposal must not copy so many words in a row from an example, default 8
 * - `guidance`: what else the model is told
 * - `settings`: of the model, default a temperature of 1
 * - `evaluations`: stop before more example runs than this
 * - `seed`: default 0
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends Selection {
  readonly model: string
  readonly generations?: number
  readonly proposals?: number
  readonly batch?: number
  readonly falseAccept?: number
  readonly demonstrations?: number
  readonly maxLength?: number
  readonly feedbackTokens?: number
  readonly leakWords?: number
  readonly guidance?: string
  readonly settings?: Settings
  readonly evaluations?: number
  readonly seed?: number
}

const settled = (options: Options) => ({
  generations: 20,
  proposals: 1,
  batch: 12,
  falseAccept: 0.35,
  demonstrations: 4,
  maxLength: 4000,
  feedbackTokens: 4000,
  leakWords: 8,
  settings: { temperature: 1 },
  evaluations: Infinity,
  seed: 0,
  ...options
})

type Settled = ReturnType<typeof settled>

const check = (options: Options): Effect.Effect<void, OptimizerError> => {
  const settings = settled(options)
  const fault = (
    [
      ["generations", 0],
      ["proposals", 1],
      ["batch", 1],
      ["demonstrations", 0],
      ["maxLength", 1],
      ["feedbackTokens", 1],
      ["leakWords", 2]
    ] as const
  ).find(([name, least]) => !(Number.isInteger(settings[name]) && settings[name] >= least))
  const share = (["falseAccept"] as const).find((name) => !(settings[name] > 0 && settings[name] < 1))
  const invalid = (name: string, value: unknown, cure: string) =>
    Effect.fail(new OptimizerError({ reason: "InvalidOptions", detail: `${name} is ${value}`, cure }))
  if (fault !== undefined) {
    return invalid(fault[0], settings[fault[0]], `Use a whole number of at least ${fault[1]}`)
  }
  if (share !== undefined) return invalid(share, settings[share], "Use a number between 0 and 1")
  return settings.evaluations >= 1 ? Effect.void : invalid("evaluations", settings.evaluations, "Use at least 1")
}

const armsOf = (fields: ReadonlyArray<PromptField>, { demonstrations }: Settled): ReadonlyArray<PromptSearch.Arm> =>
  fields.flatMap(({ field, path }): ReadonlyArray<PromptSearch.Arm> => {
    if (field._tag === "Text") return [{ path, kind: "reflect" }]
    return demonstrations === 0 ? [] : [{ path, kind: "demonstrate" }]
  })

const search = <E>(
  llm: LLMService,
  options: Settled,
  objective: Objective<E>,
  fields: ReadonlyArray<PromptField>
): Stream.Stream<GenerationReport, E | OptimizerError> => {
  const { generations, seed } = options
  const { startObservations } = objective
  const items = Array.from({ length: objective.examples }, (_, k) => k)
  const texts = startObservations.flatMap(({ expected, input }) => [toText(input), toText(expected)])
  const tuned = new Set(fields.map(({ tunable }) => tunable.name))
  let runs = objective.examples
  const reflective: Search<E> = {
    ...options,
    llm,
    fields,
    guidance: options.guidance,
    copies: runsOf(texts, options.leakWords),
    maxTokens: options.feedbackTokens,
    maxDemonstrations: options.demonstrations,
    words: inputWords(objective),
    observe: observing(objective, tuned, (more) => {
      runs += more
    })
  }
  const start: Progress<E> = {
    state: PromptSearch.init({
      seed,
      proposals: options.proposals,
      items,
      start: verdictsOf(startObservations, new Set(items)),
      arms: armsOf(fields, options)
    }),
    entries: [startEntry(objective.start, startObservations, seed)],
    pending: new Map(),
    evaluations: 1
  }

  const reporting =
    (begun: number) =>
    (
      { entries, evaluations, state }: Progress<E>,
      proposals: ReadonlyArray<Proposal>,
      stopped: StopReason | undefined
    ): Effect.Effect<GenerationReport> =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const top = PromptSearch.best(state)
        const score = PromptSearch.scoreOf(state, top)
        return {
          generation: state.round,
          generations,
          evaluations,
          runs,
          reward: summary(state.members.map((_, k) => PromptSearch.scoreOf(state, k))),
          failures: 0,
          score,
          best: { generation: state.round, score, candidate: entries[top]!.candidate },
          elapsed: Duration.millis(now - begun),
          ...(proposals.length === 0 ? {} : { proposals }),
          stopped
        }
      })

  const stopOf = ({ state }: Progress<E>, isStuck: boolean): StopReason | undefined => {
    if (isStuck) return "converged"
    if (state.round >= generations) return "generations"
    return runs + options.batch > options.evaluations ? "evaluations" : undefined
  }

  /** The best member, run where its parent's verdicts stood in. */
  const completed = (progress: Progress<E>): Effect.Effect<Progress<E>, E> => {
    const { entries, state } = progress
    const top = PromptSearch.best(state)
    const unknown = items.filter((item) => state.members[top]!.verdicts[item] === undefined)
    if (runs + unknown.length > options.evaluations) return Effect.succeed(progress)
    return reflective.observe(entries[top]!.candidate, unknown).pipe(
      Effect.map((seen) => ({
        ...progress,
        state: PromptSearch.refine(state, top, verdictsOf([...seen.values()], new Set(unknown)))
      })),
      Effect.catchIf(isOutOfBudget, () => Effect.succeed(progress))
    )
  }

  return Stream.unwrap(
    Effect.gen(function* () {
      const report = reporting(yield* Clock.currentTimeMillis)
      const isPaid = yield* Effect.as(checked(startObservations), true).pipe(
        Effect.catchIf(isOutOfBudget, () => Effect.succeed(false))
      )
      const stopped = start.state.arms.length === 0 ? "nothingToTune" : stopOf(start, false)
      const first = yield* report(start, [], isPaid ? stopped : "budget")
      if (first.stopped !== undefined) return Stream.make(first)
      const advance = (progress: Progress<E>) =>
        round(reflective, progress).pipe(
          Effect.flatMap(({ isStuck, progress, proposals }) => {
            const stopped = stopOf(progress, isStuck)
            if (stopped === undefined) {
              return Effect.map(
                report(progress, proposals, stopped),
                (report) => [report, Option.some(progress)] as const
              )
            }
            return Effect.flatMap(completed(progress), (last) =>
              Effect.map(report(last, proposals, stopped), (report) => [report, Option.none<Progress<E>>()] as const)
            )
          }),
          Effect.catchIf(isOutOfBudget, () => {
            const last = { ...progress, state: { ...progress.state, round: progress.state.round + 1 } }
            return Effect.map(report(last, [], "budget"), (report) => [report, Option.none<Progress<E>>()] as const)
          })
        )
      const rounds = Stream.unfoldEffect(
        Option.some(start),
        Option.match({ onNone: () => Effect.succeedNone, onSome: (progress) => Effect.asSome(advance(progress)) })
      )
      return Stream.concat(Stream.make(first), rounds)
    })
  )
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<OptimizerService, never, LLM> =>
  promptOptimizer(options, check(options), (llm, objective, fields) => search(llm, settled(options), objective, fields))

/**
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<Optimizer, never, LLM> => Layer.effect(Optimizer, make(options))
