/**
 * Learns prompts from runs that went wrong: instructions and demonstrations, of all steps of a program together.
 *
 * A part of the examples is for training: a model is shown runs that failed on them and writes instructions anew, several
 * at once, each from other failures; demonstrations are taken from runs; parts that stand in the way are tried without. What
 * helps on the runs it was written for is joined, and compared with what it came from on the other part, the validation
 * items, by a test that may stop at any time and accepts what is no better at no more than a declared rate. See
 * {@link PromptSearch} and {@link SequentialTest}.
 *
 * Scores in its reports are those on validation items. What was not seen at all are examples kept out of `optimize`: pass
 * them as its `test`.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { LLM, type LLMService, type Settings } from "../services/LLM.js"
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
import { shuffledBy } from "../src/internal/keyed.js"
import { fieldValue, type PromptField, promptFields, textOf } from "../src/internal/promptFields.js"
import * as Drafts from "../src/internal/reflective/drafts.js"
import * as Pool from "../src/internal/reflective/pool.js"
import * as Trials from "../src/internal/reflective/trials.js"
import { type Observe, type OutOfBudget, observing } from "../src/internal/reflective/world.js"
import { selectedFields } from "../src/internal/selection.js"
import { partsOf } from "../src/internal/textParts.js"
import * as Verdict from "../src/internal/verdict.js"
import * as PromptSearch from "../src/PromptSearch.js"

/**
 * - `model`: writes the proposals
 * - `generations`: rounds at the most, default 10
 * - `proposals`: in a round, default 3
 * - `batch`: runs that a proposal is written from, default 6
 * - `validation`: share of the examples that proposals are compared on, in (0, 1), default 0.5
 * - `falseAccept`: how often at the most a change that is no better is accepted, in (0, 1), default 0.1
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
  readonly validation?: number
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
  generations: 10,
  proposals: 3,
  batch: 6,
  validation: 0.5,
  falseAccept: 0.1,
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
  const share = (["validation", "falseAccept"] as const).find((name) => !(settings[name] > 0 && settings[name] < 1))
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
    if (field._tag === "Demonstrations") return demonstrations === 0 ? [] : [{ path, kind: "demonstrate" }]
    return [
      { path, kind: "reflect" },
      { path, kind: "unlearn" }
    ]
  })

interface Progress<E> {
  readonly state: PromptSearch.State
  readonly entries: ReadonlyArray<Pool.Entry<E>>
  readonly evaluations: number
}

const search = <E>(
  llm: LLMService,
  options: Settled,
  objective: Objective<E>,
  fields: ReadonlyArray<PromptField>
): Stream.Stream<GenerationReport, E | OptimizerError> => {
  const { falseAccept, generations, seed } = options
  const order = shuffledBy(
    Array.from({ length: objective.examples }, (_, k) => k),
    seed,
    "split"
  )
  const held = Math.max(1, Math.min(objective.examples - 1, Math.round(objective.examples * options.validation)))
  const [validation, train] = [order.slice(0, held), order.slice(held)]
  const isHeld = new Set(validation)
  const fieldAt = new Map(fields.map((field) => [field.path, field]))
  const texts = objective.startObservations.flatMap(({ expected, input }) =>
    [input, expected].map((value) => (typeof value === "string" ? value : (JSON.stringify(value) ?? "")))
  )
  const copies = runsOf(texts, options.leakWords)
  let runs = objective.examples
  const observe: Observe<E> = observing(objective, new Set(fields.map(({ tunable }) => tunable.name)), (more) => {
    runs += more
  })

  const begin = (): Progress<E> => {
    const start: Record<number, number | "lost"> = {}
    for (const observation of objective.startObservations) {
      const verdict = Verdict.of(observation)
      if (isHeld.has(observation.example) && (typeof verdict === "number" || verdict === "lost")) {
        start[observation.example] = verdict
      }
    }
    return {
      state: PromptSearch.init({
        seed,
        proposals: options.proposals,
        validation,
        start,
        arms: armsOf(fields, options)
      }),
      entries: [Pool.startEntry(objective.start, train, objective.startObservations, seed)],
      evaluations: 1
    }
  }

  const isOpen = (entry: Pool.Entry<E>, { kind, path }: PromptSearch.Arm, failures: number): boolean => {
    if (kind === "unlearn") return partsOf(textOf(entry.candidate, fieldAt.get(path)!)).length > 1
    return kind === "demonstrate" || failures > 0
  }

  const draftOf = (
    drafting: Drafts.Drafting,
    ask: PromptSearch.Ask,
    entry: Pool.Entry<E>,
    failures: Parameters<typeof Drafts.reflected<E>>[4]
  ) => {
    const field = fieldAt.get(ask.path)!
    switch (ask.kind) {
      case "reflect":
        return Drafts.reflected(drafting, ask, field, entry, failures)
      case "demonstrate":
        return Effect.succeed(Drafts.demonstrated(drafting, ask, field, entry))
      case "unlearn":
        return Effect.succeed(Drafts.unlearned(drafting, ask, field, entry))
    }
  }

  const round = (progress: Progress<E>) =>
    Effect.gen(function* () {
      const { entries, state } = progress
      const parentOf = PromptSearch.ask({ ...state, proposals: 1 })[0]!.parent
      const parent = entries[parentOf]!
      const member = state.members[parentOf]!
      const failures = yield* Pool.failuresOf(parent, options.batch * options.proposals, observe)
      const asks = PromptSearch.ask(state, (_, arm) => isOpen(parent, arm, failures.length))
      const drafting: Drafts.Drafting = {
        ...options,
        llm,
        round: state.round,
        copies,
        guidance: options.guidance,
        maxTokens: options.feedbackTokens,
        maxDemonstrations: options.demonstrations
      }
      const drafted = yield* Effect.forEach(asks, (ask) => draftOf(drafting, ask, parent, failures), {
        concurrency: "unbounded"
      })
      const proposals: Array<Proposal> = drafted.flatMap((draft) =>
        Either.isLeft(draft) ? [Trials.proposalOf(parent.candidate, [draft.left], "rejected", draft.left.reason)] : []
      )
      const isNew = (draft: Drafts.Draft): boolean =>
        JSON.stringify(draft.value) !== JSON.stringify(fieldValue(parent.candidate, draft.field))
      const drafts = drafted.flatMap((draft) => (Either.isRight(draft) && isNew(draft.right) ? [draft.right] : []))
      const trials = yield* Effect.forEach(drafts, (draft) => Trials.screened(draft, parent, observe), {
        concurrency: "unbounded"
      })
      const accepted: Array<{ readonly trial: Trials.Trial<E>; readonly judged: Trials.Judged }> = []
      const isShorter = ({ drafts }: Trials.Trial<E>): boolean => drafts[0]!.ask.kind === "unlearn"
      const hopeful = trials
        .filter((trial) => !isShorter(trial) && trial.gain > 0)
        .sort((a, b) => b.gain - a.gain || a.drafts[0]!.ask.turn - b.drafts[0]!.ask.turn)
      for (const trial of trials) {
        if (isShorter(trial) ? trial.gain < 0 : trial.gain <= 0) {
          const reason = isShorter(trial)
            ? "it earns its place: runs it is about go wrong without it"
            : "no gain on the runs it was written for"
          proposals.push(Trials.proposalOf(parent.candidate, trial.drafts, "rejected", reason))
        }
      }
      const queue = hopeful.length > 1 ? [Trials.joined(hopeful, parent), ...hopeful] : hopeful
      for (const trial of queue) {
        if (accepted.length > 0) break
        const judged = yield* Trials.judged(trial, member, state.validation, falseAccept, observe)
        const outcome = judged.accepted ? "accepted" : "rejected"
        proposals.push(Trials.proposalOf(parent.candidate, trial.drafts, outcome, judged.reason, judged.comparison))
        if (judged.accepted) accepted.push({ trial, judged })
      }
      for (const trial of trials.filter((trial) => isShorter(trial) && trial.gain >= 0)) {
        if (accepted.length > 0) break
        const judged = yield* Trials.judgedWithout(trial, member, state.validation, observe)
        const outcome = judged.accepted ? "accepted" : "rejected"
        proposals.push(Trials.proposalOf(parent.candidate, trial.drafts, outcome, judged.reason, judged.comparison))
        if (judged.accepted) accepted.push({ trial, judged })
      }
      const outcomes = asks.map((ask): PromptSearch.Outcome => {
        const found = accepted.find(({ trial }) => trial.drafts.some((draft) => draft.ask === ask))
        const isFirst = found?.trial.drafts[0]?.ask === ask
        return found !== undefined && isFirst
          ? { ask, member: { parent: parentOf, verdicts: found.judged.verdicts } }
          : { ask }
      })
      return {
        proposals,
        isStuck: asks.length === 0,
        progress: {
          state: PromptSearch.tell(state, outcomes),
          entries: [...entries, ...accepted.map(({ trial }) => Pool.childEntry(parent, trial.candidate, trial.seen))],
          evaluations: progress.evaluations + trials.length
        } satisfies Progress<E>
      }
    })

  const reporting =
    (begun: number) =>
    (
      { entries, evaluations, state }: Progress<E>,
      proposals: ReadonlyArray<Proposal>,
      stopped: StopReason | undefined
    ): Effect.Effect<GenerationReport> =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const top = PromptSearch.best(state)
        const score = PromptSearch.scoreOf(state.members[top]!)
        const scores = state.members.map(PromptSearch.scoreOf).filter(Number.isFinite)
        const mean = scores.reduce((total, value) => total + value, 0) / scores.length
        return {
          generation: state.round,
          generations,
          evaluations,
          runs,
          reward: { mean, min: Math.min(...scores), max: Math.max(...scores), deviation: 0 },
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

  return Stream.unwrap(
    Effect.gen(function* () {
      const report = reporting(yield* Clock.currentTimeMillis)
      const start = begin()
      const stopped = fields.length === 0 ? "nothingToTune" : stopOf(start, false)
      const first = yield* report(start, [], stopped)
      if (stopped !== undefined) return Stream.make(first)
      const outOfBudget = (progress: Progress<E>) => (_: OutOfBudget) =>
        Effect.map(report(progress, [], "budget"), (last) => [last, Option.none<Progress<E>>()] as const)
      const advance = (progress: Progress<E>) =>
        round(progress).pipe(
          Effect.flatMap(({ isStuck, progress, proposals }) => {
            const stopped = stopOf(progress, isStuck)
            return Effect.map(
              report(progress, proposals, stopped),
              (report) => [report, stopped === undefined ? Option.some(progress) : Option.none()] as const
            )
          }),
          Effect.catchIf(
            (error): error is OutOfBudget => (error as { readonly _tag?: string } | null)?._tag === "OutOfBudget",
            outOfBudget(progress)
          )
        )
      const rounds = Stream.unfoldEffect(
        Option.some(start),
        Option.match({ onNone: () => Effect.succeedNone, onSome: (progress) => Effect.asSome(advance(progress)) })
      )
      return Stream.concat(Stream.make(first), rounds)
    })
  ) as Stream.Stream<GenerationReport, E | OptimizerError>
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<OptimizerService, never, LLM> =>
  Effect.map(LLM, (llm) => ({
    check: check(options),
    observes: true,
    optimize: <E>(objective: Objective<E>): Stream.Stream<GenerationReport, E | OptimizerError> =>
      Stream.unwrap(
        Effect.map(selectedFields(promptFields(objective.tunables), objective, options), (fields) =>
          search(llm, settled(options), objective, fields)
        )
      )
  }))

/**
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<Optimizer, never, LLM> => Layer.effect(Optimizer, make(options))
