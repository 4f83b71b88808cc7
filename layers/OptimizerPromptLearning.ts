/**
 * Learns prompts one after the other: a model reads what went wrong with one and writes it anew, and the new one stays if
 * the score on all examples is strictly higher.
 *
 * This is the simple loop, a baseline for {@link OptimizerReflective}: it learns from the examples that it accepts on, and a
 * single run decides. Keep examples out of `optimize`, as its `test`, to see what its scores are worth.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { LLM, LLMError, LLMService, Settings } from "../services/LLM.js"
import {
  type GenerationReport,
  type Objective,
  type Observation,
  Optimizer,
  OptimizerError,
  type OptimizerService,
  type Proposal,
  type Selection,
  type StopReason
} from "../services/Optimizer.js"
import type { Candidate } from "../src/Candidate.js"
import { entriesOf } from "../src/internal/learning/feedback.js"
import { type Gain, gainOf, meanOf } from "../src/internal/learning/gain.js"
import {
  joined,
  type Lesson,
  learningMessages,
  promptIn,
  promptRefusal
} from "../src/internal/learning/learningPrompt.js"
import { type PromptField, textOf, withFieldValue } from "../src/internal/promptFields.js"
import { checked, isOutOfBudget, OutOfBudget, observing } from "../src/internal/reflective/world.js"
import { summary } from "../src/internal/rewards.js"
import { promptOptimizer } from "./internal/promptOptimizer.js"

/**
 * - `model`: writes the prompts
 * - `iterations`: proposals for a prompt at the most, default 3. The first that is rejected is its last
 * - `contextTokens`: of what went wrong, as the model is told, default 8000
 * - `feedback`: what is wrong with an output; `""` if nothing. Default: what the scorer said of a run that scored less than
 *   1, or else how the output differs from what was expected
 * - `maxLength`: of a prompt, in characters, default 4000
 * - `settings`: of the model, default a temperature of 0.7 and 2000 tokens
 *
 * A reply is refused, which counts as a rejection, when it is empty, cut off or too long, changes nothing, has a code fence
 * inside, or has not exactly the placeholders of the prompt.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends Selection {
  readonly model: string
  readonly iterations?: number
  readonly contextTokens?: number
  readonly feedback?: (output: unknown, expected: unknown, input: unknown) => string
  readonly maxLength?: number
  readonly settings?: Settings
}

const settled = (options: Options) => ({
  iterations: 3,
  contextTokens: 8000,
  maxLength: 4000,
  feedback: undefined,
  ...options,
  settings: { temperature: 0.7, maxTokens: 2000, ...options.settings }
})

type Settled = ReturnType<typeof settled>

const check = (options: Options): Effect.Effect<void, OptimizerError> => {
  const settings = settled(options)
  const least = [
    ["iterations", 0],
    ["contextTokens", 1],
    ["maxLength", 1]
  ] as const
  const fault = least.find(([name, least]) => !(Number.isInteger(settings[name]) && settings[name] >= least))
  if (fault === undefined) return Effect.void
  const [name, bound] = fault
  const cure = `Use a whole number of at least ${bound}`
  return new OptimizerError({ reason: "InvalidOptions", detail: `${name} is ${settings[name]}`, cure })
}

/** A candidate and what it did with each example. */
interface Member<E> {
  readonly generation: number
  readonly candidate: Candidate
  readonly score: number
  readonly seen: ReadonlyMap<number, Observation<E>>
}

interface Progress<E> {
  readonly best: Member<E>
  readonly generation: number
  readonly evaluations: number
  /** The prompt whose turn it is, and the proposals for it so far. */
  readonly position: number
  readonly iteration: number
  /** How it went with the prompt before. */
  readonly ended: StopReason
}

/** A prompt to be written anew, and what is wrong with it. */
interface Turn<E> {
  readonly progress: Progress<E>
  readonly field: PromptField
  readonly lesson: Lesson
}

/** What came of a generation. */
interface Outcome<E> {
  readonly progress: Progress<E>
  readonly proposal: Proposal
  /** Of the new candidate, if it was run. */
  readonly score?: number
}

const asFailure = (error: LLMError): OptimizerError | OutOfBudget =>
  error.reason === "BudgetExhausted"
    ? new OutOfBudget()
    : new OptimizerError({
        reason: "ModelFailed",
        detail: `The model that writes prompts failed: ${error.detail}`,
        cure: error.cure,
        cause: error
      })

const search = <E>(
  llm: LLMService,
  options: Settled,
  objective: Objective<E>,
  fields: ReadonlyArray<PromptField>
): Stream.Stream<GenerationReport, E | OptimizerError> => {
  const { contextTokens, feedback, iterations, maxLength, model, settings } = options
  const everything = Array.from({ length: objective.examples }, (_, k) => k)
  const observe = observing(objective, new Set(fields.map(({ tunable }) => tunable.name)), () => {})

  const start: Progress<E> = {
    best: {
      generation: 0,
      candidate: objective.start,
      score: objective.startScore,
      seen: new Map(objective.startObservations.map((observation) => [observation.example, observation]))
    },
    generation: 0,
    evaluations: 1,
    position: 0,
    iteration: 0,
    ended: "nothingToTune"
  }

  /** The next prompt with something to learn from; or how it went with the last one. */
  const turnOf = (progress: Progress<E>): Effect.Effect<Turn<E> | StopReason, OptimizerError> =>
    Effect.try({
      try: () => {
        let { ended, iteration, position } = progress
        for (; position < fields.length; position++, iteration = 0) {
          const field = fields[position]
          const step = field.tunable.name
          const entries = entriesOf(step, progress.best.seen.values(), feedback)
          if (entries.length > 0 && iteration < iterations) {
            const lesson: Lesson = {
              step,
              prompt: textOf(progress.best.candidate, field),
              placeholders: field.field._tag === "Text" ? field.field.placeholders : [],
              feedback: joined(entries, contextTokens),
              maxLength
            }
            return { progress: { ...progress, position, iteration }, field, lesson }
          }
          ended = entries.length === 0 ? "converged" : "generations"
        }
        return ended
      },
      catch: (cause) =>
        new OptimizerError({
          reason: "InvalidOptions",
          detail: `The feedback function threw: ${cause}`,
          cure: "Make it return a text for every output",
          cause
        })
    })

  const rejected = (progress: Progress<E>): Progress<E> => ({
    ...progress,
    generation: progress.generation + 1,
    position: progress.position + 1,
    iteration: 0,
    ended: "plateau"
  })

  const learn = ({ field, lesson, progress }: Turn<E>): Effect.Effect<Outcome<E>, E | OptimizerError | OutOfBudget> =>
    Effect.gen(function* () {
      const { best, evaluations, iteration } = progress
      const generation = progress.generation + 1
      const answer = yield* Effect.mapError(
        llm.complete({
          model,
          purpose: "reflection",
          settings,
          rollout: generation,
          messages: learningMessages(lesson)
        }),
        asFailure
      )
      const prompt = promptIn(answer.content)
      const proposal = (outcome: Proposal["outcome"], reason: string, gain?: Gain): Proposal => ({
        changed: [field.path],
        before: lesson.prompt,
        after: prompt,
        outcome,
        reason,
        won: gain?.won ?? [],
        lost: gain?.lost ?? []
      })
      const refused =
        answer.finishReason === "length" ? "it was cut off at the token limit" : promptRefusal(lesson, prompt)
      if (refused !== undefined) {
        return { progress: rejected(progress), proposal: proposal("rejected", `refused: ${refused}`) }
      }
      const candidate = withFieldValue(best.candidate, field, prompt)
      const seen = yield* observe(candidate, everything)
      const run = { ...progress, evaluations: evaluations + 1 }
      const gain = gainOf(seen, best.seen)
      const score = meanOf(seen.values())
      return gain.isBetter
        ? {
            progress: { ...run, generation, iteration: iteration + 1, best: { generation, candidate, score, seen } },
            proposal: proposal("accepted", gain.reason, gain),
            score
          }
        : { progress: rejected(run), proposal: proposal("rejected", gain.reason, gain), score }
    })

  const reporting =
    (begun: number) =>
    (
      { best: { candidate, generation: at, score }, evaluations, generation }: Progress<E>,
      stopped: StopReason | undefined,
      outcome?: Outcome<E>
    ): Effect.Effect<GenerationReport> =>
      Effect.map(Clock.currentTimeMillis, (now) => ({
        generation,
        generations: fields.length * iterations,
        evaluations,
        runs: evaluations * objective.examples,
        reward:
          outcome?.score === undefined ? { mean: NaN, min: NaN, max: NaN, deviation: NaN } : summary([outcome.score]),
        failures: Number.isNaN(outcome?.score) ? 1 : 0,
        score,
        best: { generation: at, score, candidate },
        elapsed: Duration.millis(now - begun),
        ...(outcome === undefined ? {} : { proposals: [outcome.proposal] }),
        stopped
      }))

  return Stream.unwrap(
    Effect.gen(function* () {
      const report = reporting(yield* Clock.currentTimeMillis)
      const paused = (progress: Progress<E>, outcome?: Outcome<E>) =>
        Effect.gen(function* () {
          const turn = yield* turnOf(progress)
          return typeof turn === "string"
            ? ([yield* report(progress, turn, outcome), Option.none<Turn<E>>()] as const)
            : ([yield* report(progress, undefined, outcome), Option.some(turn)] as const)
        })
      const over = (progress: Progress<E>) =>
        Effect.map(report(progress, "budget"), (last) => [last, Option.none<Turn<E>>()] as const)
      const [first, turn] = yield* Effect.catchIf(
        Effect.zipRight(checked(objective.startObservations), paused(start)),
        isOutOfBudget,
        () => over(start)
      )
      const generations = Option.match(turn, {
        onNone: () => Stream.empty,
        onSome: (turn) =>
          Stream.paginateEffect(turn, (turn) =>
            Effect.catchIf(
              Effect.flatMap(learn(turn), (outcome) => paused(outcome.progress, outcome)),
              isOutOfBudget,
              () => over({ ...turn.progress, generation: turn.progress.generation + 1 })
            )
          )
      })
      return Stream.concat(Stream.make(first), generations)
    })
  )
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<OptimizerService, never, LLM> =>
  promptOptimizer(options, check(options), (llm, objective, fields) =>
    search(
      llm,
      settled(options),
      objective,
      fields.filter(({ field }) => field._tag === "Text")
    )
  )

/**
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<Optimizer, never, LLM> => Layer.effect(Optimizer, make(options))
