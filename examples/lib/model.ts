import * as Layer from "effect/Layer"
import * as Llm from "../../layers/Llm.js"
import * as LlmBudgeted from "../../layers/LlmBudgeted.js"
import * as LlmCached from "../../layers/LlmCached.js"
import * as LlmTraced from "../../layers/LlmTraced.js"
import type { LLM } from "../../services/LLM.js"
import { ModelTable } from "../../src/index.js"
import * as Simulated from "./simulated.js"

/** What examples ask when `--model` names no other: a program in the place of a model, charged like a small one. */
export const SIMULATED = "simulated/small"

const providers: ModelTable.Providers = ModelTable.providers

/** The list price. A provider that wants no key serves on this machine, for nothing. */
export const priceOf = (model: string): ModelTable.Price | undefined => {
  if (model === SIMULATED) return ModelTable.prices["openai/gpt-4o-mini"]
  const { name, provider } = ModelTable.parse(model)
  return providers[provider]?.apiKey === undefined
    ? { prompt: 0, completion: 0 }
    : ModelTable.prices[`${provider}/${name}`]
}

/** A live program and a simulated one differ by this layer. */
export const layer = (model: string, simulation: Simulated.Simulation): Layer.Layer<LLM> =>
  model === SIMULATED
    ? LlmTraced.layer.pipe(
        Layer.provide(LlmCached.layer()),
        Layer.provide(LlmBudgeted.layer({ priceOf })),
        Layer.provide(Simulated.layer(simulation))
      )
    : Llm.layer({ budgeted: { priceOf } })
