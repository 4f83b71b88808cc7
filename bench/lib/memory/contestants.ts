import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { type MemoryService, type NewMemory, TenantId } from "../../../services/Memory.js"
import type { Conversation } from "./conversations.js"
import type { Plain } from "./plain.js"
import { type Contestant, textOf } from "./quality.js"

export const plain = ({ search, writeAll }: Plain): Contestant => ({
  name: "plain",
  remember: ({ name, turns }) => writeAll(name, turns.map(textOf)),
  find: search
})

/** Turns as memories: an occasion is a conversation of the memory. */
const memoriesOf = ({ turns }: Conversation): ReadonlyArray<NewMemory> =>
  turns.map((turn) => ({
    content: textOf(turn),
    type: "EVENT",
    conversation: `session ${turn.session}`,
    validFrom: DateTime.unsafeMake(turn.at)
  }))

export const ours = (name: string, { recall, rememberAll }: MemoryService): Contestant => ({
  name,
  remember: (conversation) => rememberAll(TenantId.make(conversation.name), memoriesOf(conversation)),
  find: (tenant, question, limit) =>
    Effect.map(recall(TenantId.make(tenant), question, { limit }), (found) => found.map(({ entry }) => entry.content))
})
