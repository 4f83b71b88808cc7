import type { Request } from "../../services/LLM.js"

/**
 * JSON whose keys are in order, so that equal values are equal texts. Numbers that JSON has no word for keep their own.
 *
 * @internal
 */
export const canonical = (value: unknown, path: ReadonlyArray<unknown> = []): string => {
  if (typeof value === "number" || typeof value === "bigint") return String(value)
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null"
  if (path.includes(value)) return "cycle"
  const within = [...path, value]
  if (Array.isArray(value)) return `[${value.map((element) => canonical(element, within)).join()}]`
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member, within)}`)
  return `{${members.join()}}`
}

/**
 * Everything that the answer to a request depends on, and so not whose money it is.
 *
 * @internal
 */
export const requestKey = ({ format, messages, model, rollout, settings, toolChoice, tools }: Request): string =>
  canonical({
    model,
    messages,
    settings: settings ?? {},
    format,
    tools: tools ?? [],
    toolChoice,
    rollout: rollout ?? 0
  })
