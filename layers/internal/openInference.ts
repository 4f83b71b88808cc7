import { type Attributes, asJson, kindOf, present } from "./observationKind.js"

const kinds = {
  model: "LLM",
  agent: "AGENT",
  tool: "TOOL",
  memory: "RETRIEVER",
  embedding: "EMBEDDING",
  evaluation: "EVALUATOR",
  workflow: "CHAIN",
  call: "CHAIN",
  other: "CHAIN"
} as const

const tokens = (a: unknown, b: unknown): number | undefined =>
  typeof a === "number" && typeof b === "number" ? a + b : undefined

/**
 * The attributes of a span as OpenInference names them, which Phoenix reads.
 *
 * @internal
 */
export const attributesOf = (attributes: Attributes): Readonly<Record<string, unknown>> => {
  const at = (key: string): unknown => attributes.get(key)
  const kind = kindOf(attributes)
  const input = at("hyperfunc.input") ?? at("gen_ai.input.messages")
  const output = at("hyperfunc.output") ?? at("gen_ai.output.messages")
  const parameters = present({
    temperature: at("gen_ai.request.temperature"),
    top_p: at("gen_ai.request.top_p"),
    max_tokens: at("gen_ai.request.max_tokens"),
    stop: at("gen_ai.request.stop_sequences"),
    seed: at("gen_ai.request.seed")
  })
  return present({
    "openinference.span.kind": kinds[kind],
    "input.value": input,
    "input.mime_type": input === undefined ? undefined : asJson(input),
    "output.value": output,
    "output.mime_type": output === undefined ? undefined : asJson(output),
    "session.id": at("session.id") ?? at("gen_ai.conversation.id"),
    ...(kind !== "model"
      ? {}
      : {
          "llm.model_name": at("gen_ai.response.model") ?? at("gen_ai.request.model"),
          "llm.provider": at("gen_ai.provider.name"),
          "llm.invocation_parameters": JSON.stringify(parameters),
          "llm.token_count.prompt": at("gen_ai.usage.input_tokens"),
          "llm.token_count.completion": at("gen_ai.usage.output_tokens"),
          "llm.token_count.total": tokens(at("gen_ai.usage.input_tokens"), at("gen_ai.usage.output_tokens")),
          "llm.token_count.prompt_details.cache_read": at("gen_ai.usage.cache_read.input_tokens"),
          "llm.token_count.completion_details.reasoning": at("gen_ai.usage.reasoning.output_tokens"),
          "llm.cost.total": at("hyperfunc.cost_usd")
        }),
    ...(kind !== "embedding"
      ? {}
      : {
          "embedding.model_name": at("gen_ai.response.model") ?? at("gen_ai.request.model"),
          "llm.token_count.prompt": at("gen_ai.usage.input_tokens")
        }),
    "tool.name": at("gen_ai.tool.name")
  })
}
