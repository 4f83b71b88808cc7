/**
 * Why a conversation broke off.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { ConversationTurn } from "./Conversation.js"

/**
 * - `InvalidOptions`: a cap below 1, or one that is no number; tokens that cannot be counted; an input that is none
 * - `InvalidReply`: the agent gave neither a text nor a reply with one, or metadata that is no JSON
 * - `InvalidMessage`: the user said what is no text
 * - `AgentFailed`: the agent threw
 * - `UserFailed`: the simulated user threw
 * - `MemoryFailed`: the memory could not be asked, or told a turn that is the last of the history; `cause` is its error
 *
 * What a model reports is a failure of its own.
 *
 * @since 0.1.0
 * @category errors
 */
export class ConversationError extends Schema.TaggedError<ConversationError>("hyperfunc/ConversationError")(
  "ConversationError",
  {
    reason: Schema.Literal(
      "InvalidOptions",
      "InvalidReply",
      "InvalidMessage",
      "AgentFailed",
      "UserFailed",
      "MemoryFailed"
    ),
    system: Schema.String,
    detail: Schema.String,
    /** What to do about it. */
    cure: Schema.String,
    /** What had been said. */
    history: Schema.Array(ConversationTurn),
    cause: Schema.optionalWith(Schema.Defect, { exact: true })
  }
) {
  override get message(): string {
    return `${this.system}, message ${this.history.length}: ${this.detail}. ${this.cure}`
  }
}
