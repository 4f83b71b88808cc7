import type { Message } from "../../services/LLM.js"

/**
 * The same conversation, going on with what was wrong with its last reply.
 *
 * @internal
 */
export const askAgain = (
  messages: ReadonlyArray<Message>,
  reply: string,
  faults: ReadonlyArray<string>,
  ask: string
): ReadonlyArray<Message> => [
  ...messages,
  ...(reply.trim() === "" ? [] : [{ role: "assistant" as const, content: reply }]),
  {
    role: "user",
    content: [
      "This is wrong with the reply:",
      ...faults.map((fault) => `- ${fault}`),
      "",
      `Correct that alone. ${ask}`
    ].join("\n")
  }
]
