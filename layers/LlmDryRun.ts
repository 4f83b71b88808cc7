/**
 * What a program would cost, without a call: requests are counted and priced, and answered with canned text.
 *
 * It is a guess, and rather a high one: prompts have a token per four characters, and completions are as long as they may
 * be. A program that does other things with real answers than with canned ones makes other calls.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { Budget, type Spending } from "../services/Budget.js"
import { type Completion, LLM, type LLMService, type Purpose, type Request } from "../services/LLM.js"
import * as BudgetLayer from "./Budget.js"
import { defaultMaxTokens, roughPromptTokens } from "./internal/requestTokens.js"
import * as LlmBudgeted from "./LlmBudgeted.js"

/**
 * Those of {@link LlmBudgeted}, and:
 *
 * - `answer`: what to answer; default an empty object where JSON is asked for, and else nothing
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends LlmBudgeted.Options {
  readonly answer?: (request: Request) => string
}

/**
 * @since 0.1.0
 * @category models
 */
export interface DryRun<A, E> {
  /** How the program ended with canned answers. */
  readonly exit: Exit.Exit<A, E>
  readonly spent: Spending
  readonly ledger: Readonly<Record<Purpose, Spending>>
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): LLMService => {
  const { answer = ({ format }: Request) => (format === undefined ? "" : "{}") } = options
  const complete = (request: Request): Completion => ({
    content: answer(request),
    toolCalls: [],
    finishReason: "stop",
    model: request.model,
    usage: {
      prompt: roughPromptTokens(request),
      completion: request.settings?.maxTokens ?? options.maxTokens ?? defaultMaxTokens
    }
  })
  const llm = LlmBudgeted.make(
    { complete: (request) => Effect.sync(() => complete(request)), stream: () => Stream.empty },
    options
  )
  return { ...llm, stream: (request) => Stream.map(Stream.fromEffect(llm.complete(request)), ({ content }) => content) }
}

/**
 * Charges the budget in the environment.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options = {}): Layer.Layer<LLM> => Layer.sync(LLM, () => make(options))

/**
 * Runs a program with canned answers and a budget without limits.
 *
 * @since 0.1.0
 * @category combinators
 */
export const dryRun = <A, E, R>(
  program: Effect.Effect<A, E, R>,
  options: Options = {}
): Effect.Effect<DryRun<A, E>, never, Exclude<R, Budget | LLM>> =>
  Effect.gen(function* () {
    const budget = yield* Effect.orDie(BudgetLayer.make({}))
    const context = Context.add(Context.make(Budget, budget), LLM, make(options))
    const exit = yield* Effect.exit(Effect.provide(program, context))
    return { exit, spent: yield* budget.spent, ledger: yield* budget.ledger }
  })
