/**
 * A reply without the block `<think>…</think>` that reasoning models may open it with. One that never ends leaves nothing:
 * the model has thought, and not answered.
 *
 * @internal
 */
export const withoutThinking = (reply: string): string => reply.replace(/^\s*<think>[\s\S]*?(?:<\/think>|$)/, "")
