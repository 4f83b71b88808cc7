/**
 * Language models the way one wants them: called over the network, within the limits of their providers and of the
 * {@link Budget} around them, tried again where that may help, and not asked the same thing twice.
 *
 * ```
 * traced( cached( retried( budgeted( rateLimited( attempts( openAi ))))))
 * ```
 *
 * Each is a layer of its own, for other orders or some of them. Needs the packages `openai`, `@effect/experimental` and
 * `@effect/platform`.
 *
 * @since 0.1.0
 */
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import * as Layer from "effect/Layer"
import type { LLM, LLMError } from "../services/LLM.js"
import * as ModelTable from "../src/ModelTable.js"
import * as LlmBudgeted from "./LlmBudgeted.js"
import * as LlmCached from "./LlmCached.js"
import * as LlmOpenAi from "./LlmOpenAi.js"
import * as LlmRateLimited from "./LlmRateLimited.js"
import * as LlmRetried from "./LlmRetried.js"
import * as LlmTraced from "./LlmTraced.js"

/**
 * Those of the layers. Budgets know the prices that `openAi` has.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly openAi?: LlmOpenAi.Options
  readonly rateLimited?: LlmRateLimited.Options
  readonly budgeted?: LlmBudgeted.Options
  readonly retried?: LlmRetried.Options
  readonly cached?: LlmCached.Options
}

const priceIn =
  (prices: ModelTable.Prices) =>
  (model: string): ModelTable.Price | undefined => {
    const { name, provider } = ModelTable.parse(model)
    return prices[`${provider}/${name}`]
  }

/**
 * Every request is a call of its own.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerUncached = (options: Options = {}): Layer.Layer<LLM> =>
  Layer.provide(LlmTraced.layer, layerUntraced(options))

const layerUntraced = ({ budgeted, openAi, rateLimited, retried }: Options): Layer.Layer<LLM> =>
  LlmRetried.layer(retried).pipe(
    Layer.provide(LlmBudgeted.layer({ priceOf: priceIn(openAi?.prices ?? ModelTable.prices), ...budgeted })),
    Layer.provide(LlmRateLimited.layer(rateLimited)),
    Layer.provide(LlmTraced.layerAttempts),
    Layer.provide(LlmOpenAi.layer(openAi))
  )

/**
 * Keeps answers in memory, as long as the layer lives.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options = {}): Layer.Layer<LLM | LlmCached.Statistics> =>
  traced(Layer.provide(LlmCached.layer(options.cached), layerUntraced(options)))

/**
 * Keeps answers as files in a folder.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerFile = (
  options: Options & { readonly directory: string }
): Layer.Layer<LLM | LlmCached.Statistics, LLMError, FileSystem.FileSystem | Path.Path> =>
  traced(
    Layer.provide(LlmCached.layerFile({ ...options.cached, directory: options.directory }), layerUntraced(options))
  )

/** Calls as spans, over layers that have more to give than the model. */
const traced = <A, E, R>(layer: Layer.Layer<A | LLM, E, R>): Layer.Layer<A | LLM, E, R> =>
  Layer.provideMerge(LlmTraced.layer, layer)
