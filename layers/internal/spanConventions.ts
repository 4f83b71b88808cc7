import * as Exit from "effect/Exit"
import * as Langfuse from "./langfuse.js"
import * as OpenInference from "./openInference.js"
import * as Failure from "./spanFailure.js"
import type { Over } from "./tracerOver.js"

/** @internal */
export type Convention = "openinference" | "langfuse"

/**
 * What conventions add to a span that ends, in the names that their back ends read.
 *
 * @internal
 */
export const attributesOf = (
  span: Over,
  exit: Exit.Exit<unknown, unknown>,
  conventions: ReadonlyArray<Convention> = []
): ReadonlyArray<readonly [string, unknown]> => {
  const { attributes } = span
  const failure = Exit.isFailure(exit) ? Failure.failureOf(exit.cause) : undefined
  const inherited = (key: string): unknown => {
    for (let at: Over | undefined = span; at !== undefined; at = at.around) {
      if (at.attributes.has(key)) return at.attributes.get(key)
    }
    return undefined
  }
  return Object.entries({
    ...(conventions.includes("openinference") ? OpenInference.attributesOf(attributes) : {}),
    ...(conventions.includes("langfuse") ? Langfuse.attributesOf(attributes, failure, inherited) : {})
  })
}
