import * as Effect from "effect/Effect"
import { type MemoryService, type NewMemory, TenantId } from "../../../services/Memory.js"
import { pick } from "../prompt/random.js"
import { conversations } from "./conversations.js"
import type { Plain } from "./plain.js"
import { textOf } from "./quality.js"

const turns = conversations.flatMap(({ turns }) => turns)

export const questions: ReadonlyArray<string> = conversations.flatMap(({ questions }) =>
  questions.map(({ text }) => text)
)

/** Of an occasion. */
const TURNS = 25

/** Memories as like the labelled ones as can be had in any number: two turns of the set each, drawn from a key. */
export const memories = (key: string, count: number): ReadonlyArray<NewMemory> =>
  Array.from({ length: count }, (_, k) => ({
    content: `${textOf(pick(turns, `${key}/${k}/one`))} ${pick(turns, `${key}/${k}/other`).text}`,
    conversation: `session ${Math.floor(k / TURNS)}`
  }))

/** A store that is filled and asked, be it the plain one or ours. */
export interface Store {
  readonly write: (tenant: string, memory: NewMemory) => Effect.Effect<unknown, unknown>
  readonly writeAll: (tenant: string, memories: ReadonlyArray<NewMemory>) => Effect.Effect<unknown, unknown>
  readonly search: (tenant: string, question: string) => Effect.Effect<ReadonlyArray<unknown>, unknown>
}

const LIMIT = 10

export const plainStore = ({ search, write, writeAll }: Plain): Store => ({
  write: (tenant, { content }) => write(tenant, content),
  writeAll: (tenant, memories) =>
    writeAll(
      tenant,
      memories.map(({ content }) => content)
    ),
  search: (tenant, question) => search(tenant, question, LIMIT)
})

export const ourStore = ({ recall, remember, rememberAll }: MemoryService): Store => ({
  write: (tenant, memory) => remember(TenantId.make(tenant), memory),
  writeAll: (tenant, memories) => rememberAll(TenantId.make(tenant), memories),
  search: (tenant, question) => recall(TenantId.make(tenant), question, { limit: LIMIT })
})

/** Which tenant holds the k-th bulk of memories. */
export const tenantOf = (k: number): string => `tenant ${k}`

/** Fills a store with `tenants` of `count` memories each, a transaction a tenant; how many seconds it took. */
export const fill = ({ writeAll }: Store, tenants: number, count: number): Effect.Effect<number, unknown> =>
  Effect.gen(function* () {
    let millis = 0
    for (let k = 0; k < tenants; k++) {
      const all = memories(tenantOf(k), count)
      const begun = performance.now()
      yield* writeAll(tenantOf(k), all)
      millis += performance.now() - begun
    }
    return millis / 1000
  })
