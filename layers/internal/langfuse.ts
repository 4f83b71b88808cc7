import { type Attributes, kindOf, present } from "./observationKind.js"

const types = {
  model: "generation",
  agent: "agent",
  tool: "tool",
  memory: "retriever",
  embedding: "embedding",
  evaluation: "evaluator",
  workflow: "chain",
  call: "span",
  other: "span"
} as const

const json = (record: Readonly<Record<string, unknown>>): string | undefined =>
  Object.keys(record).length === 0 ? undefined : JSON.stringify(record)

const less = (whole: unknown, part: unknown): unknown =>
  typeof whole === "number" && typeof part === "number" ? whole - part : whole

/** Langfuse adds up what it is given, so no token stands in two places. */
const usageOf = (attributes: Attributes): Readonly<Record<string, unknown>> => {
  const [input, output, cached, reasoning] = [
    "input_tokens",
    "output_tokens",
    "cache_read.input_tokens",
    "reasoning.output_tokens"
  ].map((name) => attributes.get(`gen_ai.usage.${name}`))
  return present({
    input: less(input, cached),
    input_cached_tokens: cached,
    output: less(output, reasoning),
    output_reasoning_tokens: reasoning
  })
}

/**
 * The attributes of a span as Langfuse names them. `inherited` finds those that it wants on every span of a trace.
 *
 * @internal
 */
export const attributesOf = (
  attributes: Attributes,
  failure: { readonly message: string } | undefined,
  inherited: (key: string) => unknown
): Readonly<Record<string, unknown>> => {
  const at = (key: string): unknown => attributes.get(key)
  const kind = kindOf(attributes)
  const cost = at("hyperfunc.cost_usd")
  return present({
    "langfuse.observation.type": types[kind],
    "langfuse.observation.input": at("hyperfunc.input") ?? at("gen_ai.input.messages"),
    "langfuse.observation.output": at("hyperfunc.output") ?? at("gen_ai.output.messages"),
    "langfuse.observation.level": failure === undefined ? undefined : "ERROR",
    "langfuse.observation.status_message": failure?.message,
    ...(kind !== "model" && kind !== "embedding"
      ? {}
      : {
          "langfuse.observation.model.name": at("gen_ai.response.model") ?? at("gen_ai.request.model"),
          "langfuse.observation.model.parameters": json(
            present({
              temperature: at("gen_ai.request.temperature"),
              top_p: at("gen_ai.request.top_p"),
              max_tokens: at("gen_ai.request.max_tokens")
            })
          ),
          "langfuse.observation.usage_details": json(usageOf(attributes)),
          "langfuse.observation.cost_details": cost === undefined ? undefined : json({ total: cost })
        }),
    "session.id": inherited("session.id") ?? inherited("gen_ai.conversation.id"),
    "user.id": inherited("user.id")
  })
}
