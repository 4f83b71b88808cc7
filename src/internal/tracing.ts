import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { identity } from "effect/Function"
import * as Tracing from "../Tracing.js"
import type { Definition } from "./execution.js"
import * as Spans from "./spans.js"

/**
 * What models were asked for so far, and what it cost. What nobody knows is not in the sums.
 *
 * @internal
 */
export class Tally {
  calls = 0
  inputTokens = 0
  outputTokens = 0
  /** In US dollars. */
  cost = 0
  private readonly outer: Tally | undefined

  constructor(outer: Tally | undefined) {
    this.outer = outer
  }

  add(spent: { readonly inputTokens?: number; readonly outputTokens?: number; readonly cost?: number }): void {
    this.calls++
    this.inputTokens += spent.inputTokens ?? 0
    this.outputTokens += spent.outputTokens ?? 0
    this.cost += spent.cost ?? 0
    this.outer?.add(spent)
  }

  /** As attributes of a span; nothing where no model was asked. */
  attributes(since: Readonly<Record<"calls" | "inputTokens" | "outputTokens" | "cost", number>> = nothing) {
    return this.calls === since.calls
      ? {}
      : {
          "hyperfunc.llm.calls": this.calls - since.calls,
          "hyperfunc.llm.input_tokens": this.inputTokens - since.inputTokens,
          "hyperfunc.llm.output_tokens": this.outputTokens - since.outputTokens,
          "hyperfunc.cost_usd": this.cost - since.cost
        }
  }
}

const nothing = { calls: 0, inputTokens: 0, outputTokens: 0, cost: 0 }

/**
 * What goes on around: the sums of models' work, and in an evaluation whether its runs make spans.
 *
 * @internal
 */
export interface Surrounding {
  readonly tally: Tally
  /** Whether runs, and what goes on in them, make spans. */
  readonly sampled: boolean
  readonly generation: number | undefined
}

/** @internal */
export class Surroundings extends Context.Reference<Surroundings>()("hyperfunc/internal/Tracing", {
  defaultValue: (): Surrounding | undefined => undefined
}) {}

/** @internal */
export const isSampled = (environment: Context.Context<never>): boolean =>
  Context.get(environment, Surroundings)?.sampled === true

/** @internal */
export const annotate = (
  span: { readonly attribute: (key: string, value: unknown) => void },
  attributes: Readonly<Record<string, unknown>>
): void => {
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) span.attribute(key, value)
}

/**
 * The call of a hyperfunction as a span.
 *
 * @internal
 */
export const call = <A, E, R>(
  { kind, name }: Definition,
  args: ReadonlyArray<unknown>,
  run: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.flatMap(Tracing.Current, ({ content }) => {
    const attributes = { "hyperfunc.hyperfunction": name, "hyperfunc.kind": kind }
    if (content === undefined) return Spans.around(run, name, { attributes })
    const input = Tracing.written(content, "hyperfunc.input", args.length === 1 ? args[0] : args)
    return Spans.use(name, { attributes: { ...attributes, "hyperfunc.input": input } }, (span) =>
      Effect.tap(run, (output) =>
        Effect.sync(() => span.attribute("hyperfunc.output", Tracing.written(content, "hyperfunc.output", output)))
      )
    )
  })

/**
 * A run of a system as a span.
 *
 * @internal
 */
export const workflow = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  system: string,
  attributes?: Readonly<Record<string, unknown>>
): Effect.Effect<A, E, R> =>
  Spans.around(self, `invoke_workflow ${system}`, {
    attributes: { "gen_ai.operation.name": "invoke_workflow", "gen_ai.agent.name": system, ...attributes }
  })

/**
 * The run of a candidate on an example, as a span where those are asked for.
 *
 * @internal
 */
export const runOf = <A, E, R>(
  environment: Context.Context<never>,
  system: string,
  run: { readonly position: number; readonly example: number },
  self: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> => {
  const surrounding = Context.get(environment, Surroundings)
  return surrounding?.sampled !== true
    ? self
    : workflow(self, system, {
        "hyperfunc.candidate": run.position,
        "hyperfunc.example": run.example,
        ...(surrounding.generation === undefined ? {} : { "hyperfunc.generation": surrounding.generation })
      })
}

/** @internal */
export interface Work {
  readonly outcomes: ReadonlyArray<{ readonly score: Exit.Exit<number, unknown> }>
  readonly modes: ReadonlySet<string>
  readonly launches: number
  readonly calls: number
}

/**
 * The evaluation of candidates on examples as one span with statistics. Where its runs are not to make spans of their own,
 * nothing inside it makes any.
 *
 * @internal
 */
export const evaluation =
  <B>(
    system: string,
    task: { readonly candidates: ReadonlyArray<unknown>; readonly positions: ReadonlyArray<number> },
    statisticsOf: (done: B) => Readonly<Record<string, unknown>>
  ) =>
  <A extends B, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.flatMap(Effect.zip(Tracing.Current, Surroundings), ([{ runs = "single" }, outer]) => {
      const tally = new Tally(outer?.tally)
      const isAsked = runs === "all" || (runs === "single" && task.candidates.length === 1)
      const sampled = isAsked && outer?.sampled !== false
      const attributes = {
        "hyperfunc.system": system,
        "hyperfunc.candidates": task.candidates.length,
        "hyperfunc.examples": task.positions.length,
        "hyperfunc.runs": task.candidates.length * task.positions.length,
        ...(outer?.generation === undefined ? {} : { "hyperfunc.generation": outer.generation })
      }
      return Spans.use(`evaluate ${system}`, { attributes }, (span) =>
        Effect.provideService(self, Surroundings, { tally, sampled, generation: outer?.generation }).pipe(
          sampled ? identity : Effect.withTracerEnabled(false),
          Effect.tap((done) => Effect.sync(() => annotate(span, { ...statisticsOf(done), ...tally.attributes() })))
        )
      )
    })

/** @internal */
export const statisticsOf = ({ calls, launches, modes, outcomes }: Work): Readonly<Record<string, unknown>> => {
  const rewards = outcomes.flatMap(({ score }) => (Exit.isSuccess(score) ? [score.value] : []))
  return {
    ...rewardsOf(rewards),
    "hyperfunc.failures": outcomes.length - rewards.length,
    "hyperfunc.modes": [...modes],
    "hyperfunc.launches": launches,
    "hyperfunc.tensor_calls": calls
  }
}

/** @internal */
export const rewardsOf = (rewards: ReadonlyArray<number>): Readonly<Record<string, unknown>> =>
  rewards.length === 0
    ? {}
    : {
        "hyperfunc.reward.mean": rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length,
        "hyperfunc.reward.max": rewards.reduce((most, reward) => Math.max(most, reward), -Infinity)
      }

/**
 * A grade as an event of the span in which it was given.
 *
 * @internal
 */
export const graded = (
  scorer: string,
  grade: { readonly score: number; readonly feedback: string }
): Effect.Effect<void> =>
  Effect.withFiberRuntime((fiber) => {
    const span = fiber.currentSpan
    const isSampled = Context.get(fiber.currentContext as Context.Context<never>, Surroundings)?.sampled !== false
    if (span?._tag !== "Span" || !isSampled) return Effect.void
    const { content } = Context.get(fiber.currentContext as Context.Context<never>, Tracing.Current)
    return Effect.map(Clock.currentTimeNanos, (now) =>
      span.event("gen_ai.evaluation.result", now, {
        "gen_ai.evaluation.name": scorer,
        "gen_ai.evaluation.score.value": grade.score,
        ...(content === undefined || grade.feedback === ""
          ? {}
          : {
              "gen_ai.evaluation.explanation": Tracing.written(content, "gen_ai.evaluation.explanation", grade.feedback)
            })
      })
    )
  })
