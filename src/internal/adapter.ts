import type { Request } from "../../services/LLM.js"
import type { Asked, Reading } from "./reply.js"
import type { Field } from "./signature.js"

/**
 * A form of replies: how it is asked for, what it looks like, and how it is read.
 *
 * @internal
 */
export interface Adapter {
  /** Ends the system message, and the question for outputs that were wrong. */
  readonly ask: (outputs: ReadonlyArray<Field>) => string
  /** The reply that has these encoded values; what is absent is left out. */
  readonly write: (outputs: ReadonlyArray<Field>, encoded: Readonly<Record<string, unknown>>) => string
  readonly read: (outputs: ReadonlyArray<Field>, reply: string, asked: Asked) => Reading
  readonly format: (name: string, outputs: ReadonlyArray<Field>) => Pick<Request, "format">
}

/** @internal */
export const presentOf = (
  fields: ReadonlyArray<Field>,
  encoded: Readonly<Record<string, unknown>>
): ReadonlyArray<Field> => fields.filter(({ name }) => encoded[name] !== undefined)
