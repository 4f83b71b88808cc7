/** @internal */
export type Attributes = ReadonlyMap<string, unknown>

type Kind = "model" | "agent" | "tool" | "memory" | "embedding" | "evaluation" | "workflow" | "call" | "other"

const operations: Readonly<Record<string, Kind>> = {
  chat: "model",
  embeddings: "embedding",
  invoke_agent: "agent",
  invoke_workflow: "workflow",
  execute_tool: "tool",
  retrieval: "memory",
  search_memory: "memory"
}

/**
 * What a span is of, for back ends that draw kinds differently.
 *
 * @internal
 */
export const kindOf = (attributes: Attributes): Kind => {
  const operation = attributes.get("gen_ai.operation.name")
  if (typeof operation === "string") return operations[operation] ?? "other"
  if (attributes.has("hyperfunc.hyperfunction")) return "call"
  return attributes.has("hyperfunc.candidates") ? "evaluation" : "other"
}

/** @internal */
export const present = (attributes: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined))

/**
 * The media type of a text that is JSON if it begins like it.
 *
 * @internal
 */
export const asJson = (text: unknown): string => (/^[[{"]/.test(String(text)) ? "application/json" : "text/plain")
