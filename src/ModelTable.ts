/**
 * Where models are served, and what they cost: plain data, to be spread and overridden.
 *
 * ```ts
 * const prices = { ...ModelTable.prices, "vllm/my-model": { prompt: 0.02, completion: 0.08 } }
 * ```
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import * as Record from "effect/Record"
import type { Usage } from "../services/LLM.js"

/**
 * A server that speaks the protocol of OpenAI's chat completions.
 *
 * @since 0.1.0
 * @category models
 */
export interface Provider {
  /** What comes before `/chat/completions`. */
  readonly baseUrl: string
  /** The name of the `Config` that holds the API key. Without one no key is sent. */
  readonly apiKey?: string | undefined
  /** Whether it holds answers to a JSON Schema (`response_format` of type `json_schema`). Default false. */
  readonly jsonSchema?: boolean
  /** What it calls the limit of tokens to generate. Default `"max_tokens"`. */
  readonly tokenLimit?: "max_tokens" | "max_completion_tokens"
  /** Sent with every request. Not for secrets: `apiKey` is. */
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * By the name that stands before the first slash of a model.
 *
 * @since 0.1.0
 * @category models
 */
export type Providers = Readonly<Record<string, Provider>>

/**
 * In US dollars per million tokens.
 *
 * @since 0.1.0
 * @category models
 */
export interface Price {
  readonly prompt: number
  /** Of prompt tokens that the provider had cached. Without one they cost what the others do, which is an upper bound. */
  readonly cached?: number
  readonly completion: number
}

/**
 * By `provider/name`. A model that is not in the table has an unknown price, not none.
 *
 * @since 0.1.0
 * @category models
 */
export type Prices = Readonly<Record<string, Price>>

/**
 * A model, taken apart.
 *
 * @since 0.1.0
 * @category models
 */
export interface ModelName {
  readonly provider: string
  readonly name: string
}

/**
 * The providers that can be called by name. `response_format` is ignored by Anthropic, and refused by DeepSeek and for
 * many models by Groq: their callers say in the prompt what they want.
 *
 * @since 0.1.0
 * @category tables
 */
export const providers = {
  openai: {
    baseUrl: "https://api.openai.com/v1",
    apiKey: "OPENAI_API_KEY",
    jsonSchema: true,
    tokenLimit: "max_completion_tokens"
  },
  anthropic: { baseUrl: "https://api.anthropic.com/v1/", apiKey: "ANTHROPIC_API_KEY" },
  gemini: {
    baseUrl: "https://generativelanguage.googleapis.com/v1beta/openai/",
    apiKey: "GEMINI_API_KEY",
    jsonSchema: true
  },
  groq: { baseUrl: "https://api.groq.com/openai/v1", apiKey: "GROQ_API_KEY", tokenLimit: "max_completion_tokens" },
  mistral: { baseUrl: "https://api.mistral.ai/v1", apiKey: "MISTRAL_API_KEY", jsonSchema: true },
  deepseek: { baseUrl: "https://api.deepseek.com/v1", apiKey: "DEEPSEEK_API_KEY" },
  together: { baseUrl: "https://api.together.xyz/v1", apiKey: "TOGETHER_API_KEY", jsonSchema: true },
  openrouter: { baseUrl: "https://openrouter.ai/api/v1", apiKey: "OPENROUTER_API_KEY", jsonSchema: true },
  ollama: { baseUrl: "http://localhost:11434/v1", jsonSchema: true },
  vllm: { baseUrl: "http://localhost:8000/v1", jsonSchema: true }
} as const satisfies Providers

/**
 * The day on which {@link prices} were right.
 *
 * @since 0.1.0
 * @category tables
 */
export const pricesAsOf = "2025-12-01"

/**
 * List prices of some well-known models, without discounts for batches and surcharges for priority. Models whose price
 * depends on the length of the prompt are left out.
 *
 * @since 0.1.0
 * @category tables
 */
export const prices: Prices = {
  "openai/gpt-4o": { prompt: 2.5, cached: 1.25, completion: 10 },
  "openai/gpt-4o-mini": { prompt: 0.15, cached: 0.075, completion: 0.6 },
  "openai/gpt-4.1": { prompt: 2, cached: 0.5, completion: 8 },
  "openai/gpt-4.1-mini": { prompt: 0.4, cached: 0.1, completion: 1.6 },
  "openai/gpt-4.1-nano": { prompt: 0.1, cached: 0.025, completion: 0.4 },
  "openai/gpt-5": { prompt: 1.25, cached: 0.125, completion: 10 },
  "openai/gpt-5-mini": { prompt: 0.25, cached: 0.025, completion: 2 },
  "openai/gpt-5-nano": { prompt: 0.05, cached: 0.005, completion: 0.4 },
  "openai/gpt-5.1": { prompt: 1.25, cached: 0.125, completion: 10 },
  "anthropic/claude-opus-4-5": { prompt: 5, cached: 0.5, completion: 25 },
  "anthropic/claude-sonnet-4-5": { prompt: 3, cached: 0.3, completion: 15 },
  "anthropic/claude-haiku-4-5": { prompt: 1, cached: 0.1, completion: 5 },
  "gemini/gemini-2.5-flash": { prompt: 0.3, cached: 0.03, completion: 2.5 },
  "gemini/gemini-2.5-flash-lite": { prompt: 0.1, cached: 0.01, completion: 0.4 },
  "groq/llama-3.3-70b-versatile": { prompt: 0.59, completion: 0.79 },
  "groq/llama-3.1-8b-instant": { prompt: 0.05, completion: 0.08 },
  "mistral/mistral-small-latest": { prompt: 0.1, completion: 0.3 }
}

/**
 * The provider is what stands before the first slash, and `openai` where there is none. Names may contain slashes:
 * `openrouter/meta-llama/llama-3.3-70b-instruct`.
 *
 * @since 0.1.0
 * @category combinators
 */
export const parse = (model: string): ModelName => {
  const slash = model.indexOf("/")
  return slash === -1
    ? { provider: "openai", name: model }
    : { provider: model.slice(0, slash), name: model.slice(slash + 1) }
}

/**
 * What a call cost, in US dollars: `((prompt − cached) · p + cached · c + completion · q) / 10⁶`. None if the table does
 * not have the model.
 *
 * @since 0.1.0
 * @category combinators
 */
export const costOf = (prices: Prices, model: string, usage: Usage): Option.Option<number> => {
  const { name, provider } = parse(model)
  return Option.map(Record.get(prices, `${provider}/${name}`), (price) => {
    const cached = Math.min(usage.cached ?? 0, usage.prompt)
    const fresh = usage.prompt - cached
    return (fresh * price.prompt + cached * (price.cached ?? price.prompt) + usage.completion * price.completion) / 1e6
  })
}
