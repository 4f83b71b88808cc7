/**
 * What was said in a conversation, and how it ended.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * One message.
 *
 * @since 0.1.0
 * @category models
 */
export class ConversationTurn extends Schema.Class<ConversationTurn>("hyperfunc/ConversationTurn")({
  role: Schema.Literal("user", "assistant"),
  content: Schema.String,
  /** What an agent said of its reply; JSON. */
  metadata: Schema.optionalWith(Schema.Record({ key: Schema.String, value: Schema.Unknown }), { exact: true })
}) {}

/**
 * - `done`: the agent said that there is no more to do
 * - `userEnded`: the user had no more to say
 * - `maxTurns`, `maxTokens`, `timeout`: a cap of the system was reached
 *
 * @since 0.1.0
 * @category models
 */
export const Ending = Schema.Literal("done", "userEnded", "maxTurns", "maxTokens", "timeout")

/**
 * @since 0.1.0
 * @category models
 */
export type Ending = typeof Ending.Type

/**
 * A conversation that has ended. A message that a cap left without an answer is the last of the history.
 *
 * @since 0.1.0
 * @category models
 */
export class ConversationResult extends Schema.Class<ConversationResult>("hyperfunc/ConversationResult")({
  history: Schema.Array(ConversationTurn),
  /** Messages of the user that were answered. */
  turns: Schema.NonNegativeInt,
  /** Whether the agent ended it. */
  done: Schema.Boolean,
  ending: Ending
}) {
  /** The agent's last message; nothing if it never answered. */
  get finalResponse(): string | undefined {
    return this.history.findLast(({ role }) => role === "assistant")?.content
  }
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const user = (content: string): ConversationTurn =>
  new ConversationTurn({ role: "user", content }, { disableValidation: true })

/**
 * @since 0.1.0
 * @category constructors
 */
export const assistant = (content: string, metadata?: Readonly<Record<string, unknown>>): ConversationTurn =>
  new ConversationTurn({ role: "assistant", content, ...(metadata === undefined ? {} : { metadata }) }, true)

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (history: ReadonlyArray<ConversationTurn>, ending: Ending): ConversationResult =>
  new ConversationResult(
    { history, turns: history.filter(({ role }) => role === "assistant").length, done: ending === "done", ending },
    true
  )

/**
 * What of a history is shown: its last `turns` exchanges, and of these as many of the last messages as have at most
 * `characters` together. It never begins with an answer.
 *
 * @since 0.1.0
 * @category models
 */
export interface Window {
  readonly turns?: number
  readonly characters?: number
}

/**
 * @since 0.1.0
 * @category accessors
 */
export const last = (
  history: ReadonlyArray<ConversationTurn>,
  { characters = Infinity, turns = Infinity }: Window
): ReadonlyArray<ConversationTurn> => {
  let [from, room, exchanges] = [history.length, characters, turns]
  for (let k = history.length - 1; k >= 0 && exchanges > 0; k--) {
    const { content, role } = history[k]
    room -= content.length
    if (room < 0) break
    if (role === "user") {
      from = k
      exchanges--
    }
  }
  return history.slice(from)
}
