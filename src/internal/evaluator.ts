import type * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { BatcherService } from "../../services/Batcher.js"
import { Device, type DeviceService } from "../../services/Device.js"
import type * as Candidate from "../Candidate.js"
import { EvaluationError } from "../EvaluationError.js"
import type { Example } from "../Example.js"
import * as Metric from "../Metric.js"
import { mix } from "../Noise.js"
import { batched, unbatched } from "./batching.js"
import { breathe } from "./breathe.js"
import type { Budgets } from "./execution.js"
import { contextOf, type Programmed, type Run, runAll, runInOrder, type Surroundings } from "./fibers.js"
import { isolated } from "./isolation.js"
import { type LiftedGroup, launchGroup, type Outputs, prepare } from "./launch.js"
import { type Lifted, LiftedRun, lift } from "./lifted.js"
import type { Memo } from "./memo.js"
import { sizeOf } from "./node.js"
import { Registry } from "./registry.js"
import * as Score from "./score.js"
import { signatureOf, tensorsIn } from "./structure.js"
import * as Tracing from "./tracing.js"
import * as Verdict from "./verdict.js"

/** @internal */
type Mode = "auto" | "lifted" | "fibers" | "sequential"

/** @internal */
export interface Settings {
  readonly mode: Mode
  readonly concurrency: number
  readonly onFailure: "fail" | "missing"
  readonly seed: number
  readonly timeout: Duration.DurationInput | undefined
  readonly metricTimeout: Duration.DurationInput
}

/** @internal */
export interface Problem<I, O, E, R, X> {
  readonly name: string
  readonly program: (input: I) => Effect.Effect<O, E, R>
  readonly examples: ReadonlyArray<Example<I, X>>
  readonly metric: Metric.Metric<O, X>
  readonly settings: Settings
}

/**
 * What is learnt about a program: groups of examples that diverge, by their signature, and why.
 *
 * @internal
 */
export class Knowledge {
  readonly diverged = new Map<string, string>()
  private readonly identities = new WeakMap<object, number>()
  private identified = 0

  readonly identify = (object: object): number => {
    let identity = this.identities.get(object)
    if (identity === undefined) this.identities.set(object, (identity = ++this.identified))
    return identity
  }
}

/**
 * What is kept from one generation to the next.
 *
 * @internal
 */
export class Memory {
  readonly registry = new Registry()
  readonly knowledge: Knowledge
  memo: Memo | undefined

  constructor(knowledge: Knowledge, memo: Memo | undefined) {
    this.knowledge = knowledge
    this.memo = memo
  }
}

/**
 * How one candidate did.
 *
 * @internal
 */
interface Outcome<O, E> {
  readonly score: Exit.Exit<number, E | EvaluationError>
  /** One an example, when they were asked for. */
  readonly outputs: ReadonlyArray<Exit.Exit<O, E | EvaluationError>>
}

/** @internal */
export interface Evaluated<O, E> {
  readonly outcomes: ReadonlyArray<Outcome<O, E>>
  readonly modes: ReadonlySet<Exclude<Mode, "auto">>
  readonly launches: number
  readonly calls: number
  readonly divergences: ReadonlyArray<string>
}

/** @internal */
export interface Task {
  readonly candidates: ReadonlyArray<Candidate.Candidate>
  /** Candidates with equal streams draw the same random numbers. */
  readonly stream: (candidate: number) => number
  /** Positions of the examples to use. */
  readonly positions: ReadonlyArray<number>
  readonly keepOutputs: boolean
}

/** Groups of like-shaped examples that are lifted however small they are; of more, those of at least {@link MANY}. */
const FEW = 8

const MANY = 4

/** Candidate-rows of one launch: a few milliseconds, so that others get their turn and interruption is prompt. */
const ROWS_PER_LAUNCH = 65_536

/**
 * Scores candidates on examples, in whichever of the three forms each group of examples allows.
 *
 * @internal
 */
export const evaluate = <I, O, E, R, X>(
  problem: Problem<I, O, E, R, X>,
  memory: Memory,
  task: Task
): Effect.Effect<Evaluated<O, E>, EvaluationError, R> =>
  Effect.scoped(
    Effect.gen(function* () {
      yield* refuseDuplicate(problem.name, memory.registry)
      const device = Option.getOrUndefined(yield* Effect.serviceOption(Device))
      const { divergences, groups, rest } = yield* plan(problem, memory, task, device)
      const reasons = new Set(divergences)
      const outcomes: Array<Outcome<O, E>> = []
      const lifted = yield* Effect.try({
        try: () => groups.map((group) => prepare(group, task.candidates)),
        catch: (cause) => Score.ofParameters(problem.name, cause)
      })
      const budgets = task.candidates.map((): Budgets => new Map())
      const atOnce = problem.settings.mode === "sequential" ? 1 : problem.settings.concurrency
      const permits = yield* Effect.makeSemaphore(atOnce)
      let launches = 0
      let calls = 0
      const onLaunch = (launched: number): void => {
        launches++
        calls += launched
      }
      let batcher: BatcherService | undefined
      for (let start = 0; start < task.candidates.length; ) {
        const size = chunkSize(problem, task, lifted, rest.length, device)
        const end = Math.min(task.candidates.length, start + size)
        const byExample = Array.from({ length: end - start }, (): Outputs<O, E> => [])
        const scores = rowsOf(end - start, task.positions.length)
        const onFibers = [...rest]
        const onDevice = new Set<number>()
        for (const group of lifted) {
          const launched = yield* Effect.either(launchGroup(group, device!, start, end, byExample, scores, onLaunch))
          if (Either.isRight(launched)) {
            if (group.score !== undefined) for (const member of group.members) onDevice.add(member)
          } else if (problem.settings.mode === "lifted") {
            return yield* notLiftable(problem.name, launched.left.message, 'Use mode: "auto", or another Device')
          } else {
            reasons.add(launched.left.message)
            onFibers.push(...group.members)
          }
        }
        if (onFibers.length > 0) {
          batcher ??= problem.settings.mode === "sequential" ? unbatched() : yield* batched
          yield* runRest(problem, memory, task, batcher, onFibers, start, end, budgets, byExample)
        }
        yield* refuseDuplicate(problem.name, memory.registry)
        if (onDevice.size === task.positions.length && !task.keepOutputs) {
          for (const values of scores) {
            outcomes.push({ score: Score.finite(problem.name, Score.mean(values)), outputs: [] })
          }
        } else {
          outcomes.push(
            ...(yield* Effect.forEach(
              byExample,
              (outputs, k) => outcome(problem, task, start + k, outputs, scores[k]!, onDevice, device, permits),
              atOnce === 1 ? {} : { concurrency: "unbounded" }
            ))
          )
        }
        start = end
        yield* breathe
      }
      const forked = batcher === undefined ? { launches: 0, calls: 0 } : yield* batcher.statistics
      const fiberMode = problem.settings.mode === "sequential" ? ("sequential" as const) : ("fibers" as const)
      return {
        outcomes,
        modes: new Set([
          ...(groups.length > 0 ? ["lifted" as const] : []),
          ...(batcher === undefined ? [] : [fiberMode])
        ]),
        launches: launches + forked.launches,
        calls: calls + forked.calls,
        divergences: [...reasons]
      }
    })
  ).pipe(Tracing.evaluation(problem.name, task, Tracing.statisticsOf))

/** Rows of zeros, in one allocation. */
const rowsOf = (count: number, length: number): ReadonlyArray<Float64Array> => {
  const data = new Float64Array(count * length)
  return Array.from({ length: count }, (_, k) => data.subarray(k * length, (k + 1) * length))
}

const refuseDuplicate = (system: string, { duplicate }: Registry): Effect.Effect<void, EvaluationError> =>
  duplicate === undefined ? Effect.void : Effect.fail(EvaluationError.duplicateName(system, duplicate))

interface Plan<O> {
  readonly groups: ReadonlyArray<LiftedGroup<O>>
  /** Positions within the task of examples that go to the fibers. */
  readonly rest: ReadonlyArray<number>
  readonly divergences: ReadonlyArray<string>
}

/** Lifts what can be lifted, by groups of like-shaped examples. */
const plan = <I, O, E, R, X>(
  problem: Problem<I, O, E, R, X>,
  memory: Memory,
  task: Task,
  device: DeviceService | undefined
): Effect.Effect<Plan<O>, EvaluationError, R> =>
  Effect.gen(function* () {
    const { mode, timeout } = problem.settings
    const everything = task.positions.map((_, k) => k)
    if (mode === "fibers" || mode === "sequential" || device === undefined) {
      if (mode === "lifted") return yield* notLiftable(problem.name, "there is no Device", "Provide a Device layer")
      return { groups: [], rest: everything, divergences: [] }
    }
    const { diverged, identify } = memory.knowledge
    const examples = task.positions.map((position) => problem.examples[position]!)
    const signatures = examples.map(({ input }) => (tensorsIn(input).length > 0 ? signatureOf(input, identify) : ""))
    const byInput = alike(signatures)
    const byBoth = Metric.isPerExample(problem.metric)
      ? alike(
          signatures.map((signature, k) =>
            signature === "" ? "" : `${signature}>${signatureOf(examples[k]!.expected, identify)}`
          )
        )
      : undefined
    const onDevice = byBoth !== undefined && byBoth.length <= Math.max(FEW, byInput.length, examples.length / MANY)
    const alikes = onDevice ? byBoth : byInput
    const groups: Array<LiftedGroup<O>> = []
    const rest: Array<number> = []
    const reasons = new Set<string>()
    for (const members of alikes) {
      const signature = signatures[members[0]!]!
      const known = signature === "" ? "its input holds no tensor" : diverged.get(signature)
      const tooFew = mode === "auto" && alikes.length > FEW && members.length < MANY
      if (known !== undefined || tooFew) {
        reasons.add(known ?? "too few of its examples are alike")
        rest.push(...members)
        continue
      }
      const run = new LiftedRun()
      const lifting = lift(
        problem.program,
        members.map((k) => examples[k]!),
        memory.registry,
        run
      )
      const lifted: Option.Option<Lifted<O>> =
        timeout === undefined ? yield* lifting : Option.flatten(yield* Effect.timeoutOption(lifting, timeout))
      if (Option.isSome(lifted)) {
        const score = onDevice ? liftedScore(problem.metric, lifted.value) : undefined
        groups.push({
          lifted: lifted.value,
          members,
          rows: members.length,
          score,
          keepOutputs: task.keepOutputs || score === undefined
        })
      } else {
        const reason = run.divergence ?? "it could not be lifted"
        diverged.set(signature, reason)
        reasons.add(reason)
        rest.push(...members)
      }
    }
    const divergences = [...reasons]
    if (mode === "lifted" && rest.length > 0) {
      return yield* notLiftable(
        problem.name,
        divergences.join("; "),
        'Use mode: "auto", which takes such examples one by one'
      )
    }
    return { groups, rest: rest.sort((a, b) => a - b), divergences }
  })

const notLiftable = (system: string, detail: string, cure: string): EvaluationError =>
  new EvaluationError({ reason: "NotLiftable", system, detail: `a lifted run is not possible: ${detail}`, cure })

/** Positions of equal signatures together, in order. */
const alike = (signatures: ReadonlyArray<string>): ReadonlyArray<ReadonlyArray<number>> => {
  const groups = new Map<string, Array<number>>()
  signatures.forEach((signature, k) => {
    const same = groups.get(signature)
    if (same === undefined) groups.set(signature, [k])
    else same.push(k)
  })
  return [...groups.values()]
}

/** The score of any example as a tensor, when the metric is made of tensor operations alone. */
const liftedScore = <O, X>(metric: Metric.Metric<O, X>, lifted: Lifted<O>) => {
  if (!Metric.isPerExample(metric)) return undefined
  try {
    const score = metric.score(lifted.output, lifted.expected as X)
    const [tensor] = tensorsIn(score)
    return tensor !== undefined && sizeOf(tensor.shape) === 1 ? tensor : undefined
  } catch {
    return undefined
  }
}

const chunkSize = (
  problem: { readonly settings: Settings },
  task: Task,
  lifted: ReadonlyArray<{ readonly bytesPerCandidate: number; readonly rows: number }>,
  rest: number,
  device: DeviceService | undefined
): number => {
  const bytes = lifted.reduce((total, group) => total + group.bytesPerCandidate, 0)
  const rows = lifted.reduce((total, group) => Math.max(total, group.rows), 0)
  const limit = Math.min(
    ...(rows > 0 ? [ROWS_PER_LAUNCH / rows, (device?.memoryBudget ?? Infinity) / 2 / Math.max(1, bytes)] : []),
    ...(rest > 0 ? [problem.settings.concurrency / rest] : [])
  )
  return limit >= task.candidates.length ? task.candidates.length : Math.max(2, Math.floor(limit / 2) * 2)
}

const runRest = <I, O, E, R, X>(
  problem: Problem<I, O, E, R, X>,
  memory: Memory,
  task: Task,
  batcher: BatcherService,
  rest: ReadonlyArray<number>,
  start: number,
  end: number,
  budgets: ReadonlyArray<Budgets>,
  byExample: ReadonlyArray<Outputs<O, E>>
): Effect.Effect<void, never, R | Scope.Scope> => {
  const { concurrency, mode } = problem.settings
  const pairs: Array<{ readonly candidate: number; readonly member: number }> = []
  for (let candidate = start; candidate < end; candidate++) {
    for (const member of rest) pairs.push({ candidate, member })
  }
  return Effect.flatMap(Effect.context<R>(), (environment) => {
    const surroundings = { registry: memory.registry, memo: memory.memo, batcher }
    const programs = pairs.map(({ candidate, member }) =>
      programmed(problem, environment, surroundings, {
        candidate: task.candidates[candidate]!,
        position: candidate,
        example: task.positions[member]!,
        budget: budgets[candidate]!,
        seed: mix(problem.settings.seed, task.stream(candidate), task.positions[member]!)
      })
    )
    return Effect.map(mode === "sequential" ? runInOrder(programs) : runAll(programs, concurrency), (results) =>
      results.forEach((exit, k) => {
        byExample[pairs[k]!.candidate - start]![pairs[k]!.member] = exit
      })
    )
  })
}

/**
 * One run and what surrounds it.
 *
 * @internal
 */
export const programmed = <I, O, E, R, X>(
  problem: Problem<I, O, E, R, X>,
  environment: Context.Context<R>,
  surroundings: Surroundings,
  run: Run
): Programmed<O, E, R> => {
  const { timeout } = problem.settings
  const context = contextOf(environment, run, surroundings)
  const program = isolated(
    problem.name,
    run.example,
    environment,
    Effect.suspend(() => problem.program(problem.examples[run.example]!.input))
  )
  const timed =
    timeout === undefined
      ? program
      : Effect.timeoutFail(program, {
          duration: timeout,
          onTimeout: () => exampleTimedOut(problem.name, run.example, timeout) as never
        })
  return { program: Tracing.runOf(environment, problem.name, run, timed), context }
}

const exampleTimedOut = (system: string, example: number, timeout: Duration.DurationInput): EvaluationError =>
  new EvaluationError({
    reason: "ExampleTimedOut",
    system,
    detail: `example ${example} took longer than ${Duration.format(timeout)}`,
    cure: "Raise timeout, or bound the calls inside with Hyperfunction.withTimeout",
    example
  })

/** One candidate's score from its examples. */
const outcome = <I, O, E, R, X>(
  problem: Problem<I, O, E, R, X>,
  task: Task,
  candidate: number,
  outputs: Outputs<O, E>,
  scores: Float64Array,
  onDevice: ReadonlySet<number>,
  device: DeviceService | undefined,
  permits: Effect.Semaphore
): Effect.Effect<Outcome<O, E>, never, R> => {
  const named = task.positions.map((position, k) => {
    const exit = outputs[k]
    return exit === undefined || Exit.isSuccess(exit)
      ? exit
      : Exit.failCause(Score.ofExample(problem.name, position, exit.cause))
  }) as ReadonlyArray<Exit.Exit<O, E | EvaluationError>>
  const failures = named.filter((exit) => exit !== undefined && Exit.isFailure(exit))
  const unpaid = failures.find((exit) => Exit.isFailure(exit) && Verdict.ofCause(exit.cause) === "budget")
  const first = problem.settings.onFailure === "fail" ? failures[0] : unpaid
  if (first !== undefined) {
    return Effect.succeed({ score: first as Exit.Exit<never, E | EvaluationError>, outputs: named })
  }
  if (failures.length === task.positions.length) {
    const reason = new EvaluationError({
      reason: "NothingToScore",
      system: problem.name,
      detail: "every example failed",
      cure: 'Evaluate with onFailure: "fail" to see the first failure'
    })
    return Effect.succeed({ score: Exit.fail(reason), outputs: named })
  }
  const { metric, settings } = problem
  const scoring: Score.Scoring = {
    system: problem.name,
    device,
    timeout: settings.metricTimeout,
    seedOf: (example) => mix(settings.seed, task.stream(candidate), example, 1),
    permits
  }
  const scored = named.flatMap((exit, k) => (exit !== undefined && Exit.isFailure(exit) ? [] : [k]))
  const onHost = scored.filter((k) => !onDevice.has(k))
  const outputsOf = onHost.map((k) => (named[k] as Exit.Success<O, never>).value)
  const positions = onHost.map((k) => task.positions[k]!)
  const expected = positions.map((position) => problem.examples[position]!.expected)
  const inputs = positions.map((position) => problem.examples[position]!.input)
  const score = Metric.isPerExample(metric)
    ? Effect.flatMap(Score.ofEach<O, X, E, R>(scoring, metric, outputsOf, expected, positions, inputs), (values) => {
        onHost.forEach((k, position) => {
          scores[k] = values[position]!
        })
        return Score.finite(problem.name, Score.mean(scored.map((k) => scores[k]!)))
      })
    : Score.ofAll<O, X, E, R>(scoring, metric, outputsOf, expected)
  return Effect.map(Effect.exit(score), (exit) => ({ score: exit, outputs: named }))
}
