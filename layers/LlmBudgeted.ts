/**
 * Makes calls of a model count against the {@link Budget} around them; without one they pass through.
 *
 * Before a call, the most that it may need is reserved: a third of the prompt's bytes as tokens (more than prose and code
 * have), and the completion at its longest. After it, what the provider reports is charged and the rest given back. A call
 * that fails or is interrupted costs nothing, unless an answer had come, in part or not usable. Where the provider does
 * not tell the usage of an answer, it is charged by estimate: for the text that came, or for all that was reserved where
 * what came cannot be measured. A request that the provider's filter refuses costs its prompt.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type Actual, Budget, type BudgetError, type BudgetService, type Reservation } from "../services/Budget.js"
import { type Completion, LLM, LLMError, type LLMService, type Request, type Usage } from "../services/LLM.js"
import * as ModelTable from "../src/ModelTable.js"
import { completionTokens, defaultMaxTokens, promptTokens, tokensOf } from "./internal/requestTokens.js"

/**
 * - `priceOf`: what a model costs, `undefined` where that is not known; default the table of {@link ModelTable}. Calls of a
 *   model without a price are refused where US dollars are limited, and counted as of unknown cost elsewhere.
 * - `maxTokens`: the bound of completions that is sent with a request that has none; default 4096. A provider that does not
 *   keep to it is charged all the same: the ledger has it as overshoot. Bounds are whole numbers of at least 1; what is not
 *   finite is none.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly priceOf?: (model: string) => ModelTable.Price | undefined
  readonly maxTokens?: number
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (llm: LLMService, options: Options = {}): LLMService => ({
  complete: (request) =>
    Effect.flatMap(
      Effect.serviceOption(Budget),
      Option.match({
        onNone: () => llm.complete(request),
        onSome: (budget) => complete(llm, quoteOf(request, options), budget)
      })
    ),
  stream: (request) =>
    Stream.unwrapScoped(
      Effect.flatMap(
        Effect.serviceOption(Budget),
        Option.match({
          onNone: () => Effect.succeed(llm.stream(request)),
          onSome: (budget) => stream(llm, quoteOf(request, options), budget)
        })
      )
    )
})

/**
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options = {}): Layer.Layer<LLM, never, LLM> =>
  Layer.effect(
    LLM,
    Effect.map(LLM, (llm) => make(llm, options))
  )

/** A request and what it may cost. */
interface Quote {
  readonly request: Request
  readonly prompt: number
  readonly completion: number
  readonly price: ModelTable.Price | undefined
}

const boundOf = (request: Request, options: Options): number =>
  Math.max(1, Math.trunc([request.settings?.maxTokens, options.maxTokens].find(Number.isFinite) ?? defaultMaxTokens))

const quoteOf = (request: Request, options: Options): Quote => {
  const completion = boundOf(request, options)
  return {
    request: { ...request, settings: { ...request.settings, maxTokens: completion } },
    prompt: promptTokens(request),
    completion,
    price: (options.priceOf ?? listPrice)(request.model)
  }
}

const listPrice = (model: string): ModelTable.Price | undefined => {
  const { name, provider } = ModelTable.parse(model)
  return ModelTable.prices[`${provider}/${name}`]
}

const usdOf = ({ price }: Quote, { cached = 0, completion, prompt }: Usage): { readonly usd?: number } => {
  if (price === undefined) return {}
  const saved = Math.min(cached, prompt) * (price.prompt - (price.cached ?? price.prompt))
  return { usd: (prompt * price.prompt - saved + completion * price.completion) / 1e6 }
}

const reserve = (budget: BudgetService, quote: Quote): Effect.Effect<Reservation, LLMError, Scope.Scope> => {
  const { completion, prompt, request } = quote
  return Effect.mapError(
    budget.reserve(
      { calls: 1, tokens: prompt + completion, ...usdOf(quote, { prompt, completion }) },
      request.purpose ?? "task"
    ),
    toLLMError(request)
  )
}

const complete = (llm: LLMService, quote: Quote, budget: BudgetService): Effect.Effect<Completion, LLMError> =>
  Effect.scoped(
    Effect.flatMap(reserve(budget, quote), (reservation) =>
      llm.complete(quote.request).pipe(
        Effect.raceFirst(Effect.mapError(budget.expired, toLLMError(quote.request))),
        Effect.onExit(
          Exit.match({
            onSuccess: (completion) => reservation.commit(actualOf(quote, completion, completionTokens(completion))),
            onFailure: (cause) => commitFailure(reservation, quote, cause)
          })
        )
      )
    )
  )

const stream = (
  llm: LLMService,
  quote: Quote,
  budget: BudgetService
): Effect.Effect<Stream.Stream<string, LLMError>, LLMError, Scope.Scope> =>
  Effect.gen(function* () {
    const reservation = yield* reserve(budget, quote)
    const pieces: Array<string> = []
    yield* Effect.addFinalizer((exit) =>
      Exit.isSuccess(exit) || pieces.length > 0
        ? reservation.commit(estimateOf(quote, tokensOf(pieces.join(""))))
        : Effect.void
    )
    return llm.stream(quote.request).pipe(
      Stream.tap((piece) => Effect.sync(() => pieces.push(piece))),
      Stream.tapErrorCause((cause) => commitFailure(reservation, quote, cause, pieces.join(""))),
      Stream.interruptWhen(Effect.mapError(budget.expired, toLLMError(quote.request)))
    )
  })

/** What the provider reports, and where it does not, an estimate by the tokens that came. */
const actualOf = (quote: Quote, { cost, usage }: Pick<Completion, "cost" | "usage">, came: number): Actual => {
  const actual =
    usage === undefined ? estimateOf(quote, came) : { tokens: usage.prompt + usage.completion, ...usdOf(quote, usage) }
  return cost === undefined ? actual : { ...actual, usd: cost }
}

const estimateOf = (quote: Quote, tokens: number): Actual => {
  const usage = { prompt: quote.prompt, completion: Math.min(tokens, quote.completion) }
  return { tokens: usage.prompt + usage.completion, ...usdOf(quote, usage), estimated: true }
}

/** `text` is what a stream had given. */
const commitFailure = (
  reservation: Reservation,
  quote: Quote,
  cause: Cause.Cause<LLMError>,
  text = ""
): Effect.Effect<void> => {
  const error = Option.getOrUndefined(Cause.failureOption(cause))
  return error !== undefined && isAnswered(error)
    ? reservation.commit(actualOf(quote, error, cameWith(error, text, quote)))
    : Effect.void
}

const answered: ReadonlySet<LLMError["reason"]> = new Set([
  "ContentFilter",
  "Interrupted",
  "InvalidReply",
  "Refusal",
  "TooLarge",
  "Undecodable"
])

/** Whether the model has worked, though for nothing. */
const isAnswered = ({ reason, usage }: LLMError): boolean => usage !== undefined || answered.has(reason)

/**
 * The tokens of an answer that is of no use: of the text that came; without one as many as it may have, or none where the
 * provider told an error, with a status, in its place.
 */
const cameWith = ({ partial, status }: LLMError, text: string, { completion }: Quote): number => {
  const said = partial || text
  return said === "" && status === undefined ? completion : tokensOf(said)
}

const toLLMError =
  ({ model }: Request) =>
  (error: BudgetError): LLMError =>
    error.reason === "Exhausted"
      ? new LLMError({ reason: "BudgetExhausted", model, detail: error.detail, cure: error.cure })
      : new LLMError({
          reason: "Misconfigured",
          model,
          detail: error.reason === "UnknownPrice" ? `US dollars are limited, and ${model} has no price` : error.detail,
          cure:
            error.reason === "UnknownPrice"
              ? `Give LlmBudgeted a priceOf that knows ${model}, or limit tokens instead`
              : error.cure
        })
