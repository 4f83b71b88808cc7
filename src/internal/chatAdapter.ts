import { type Adapter, presentOf } from "./adapter.js"
import { entryOf, textOf } from "./fieldText.js"
import { headerOf, readReply } from "./reply.js"

/**
 * Replies in lines `name: value`.
 *
 * @internal
 */
export const chatAdapter: Adapter = {
  ask: (outputs) =>
    [
      "Reply in this form, and with nothing else. A value may go on over several lines.",
      "",
      ...outputs.map(({ name, type }) => `${name}: <${type}>`)
    ].join("\n"),
  write: (outputs, encoded) => {
    const opens = headerOf(outputs.map(({ name }) => name))
    return presentOf(outputs, encoded)
      .map((field) => entryOf(field, textOf(field, encoded[field.name]), (line) => opens(line) !== undefined))
      .join("\n")
  },
  read: (outputs, reply, asked) => readReply(outputs, reply, "lines", asked),
  format: () => ({})
}
