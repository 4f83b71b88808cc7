import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { MemoryEntry, TenantId } from "../../../services/Memory.js"
import * as MemoryContext from "../../../src/MemoryContext.js"
import type { Conversation, Turn } from "./conversations.js"

/** What is to find turns: it is given conversations, each as a tenant of its own, and then asked about them. */
export interface Contestant {
  readonly name: string
  readonly remember: (conversation: Conversation) => Effect.Effect<void, unknown>
  /** Texts, the best first. */
  readonly find: (tenant: string, question: string, limit: number) => Effect.Effect<ReadonlyArray<string>, unknown>
}

/** As a turn is remembered: who says it belongs to it. */
export const textOf = ({ speaker, text }: Turn): string => `${speaker}: ${text}`

/** Means over all questions, each in [0, 1]. */
export interface Quality {
  /** The share of a question's evidence among the first 5, and the first 10. */
  readonly recall5: number
  readonly recall10: number
  /** One by the place of the first evidence, 0 if it is not among those that were asked for. */
  readonly mrr: number
  /** The share of the evidence that stands in a context of 2,000 characters. */
  readonly inside2000: number
}

const KEYS: ReadonlyArray<keyof Quality> = ["recall5", "recall10", "mrr", "inside2000"]

/** As many as one would ask for; and more than fit into the context. */
const FEW = 10
const MANY = 40

const contextOf = (texts: ReadonlyArray<string>): string => {
  const now = DateTime.unsafeMake(0)
  const entries = texts.map((content) =>
    MemoryEntry.make(
      {
        id: content,
        tenant: TenantId.make("context"),
        content,
        type: "FACT",
        entities: [],
        importance: 0.5,
        createdAt: now,
        validFrom: now,
        metadata: {}
      },
      true
    )
  )
  return MemoryContext.format(entries, { maxChars: 2000 })
}

/** What is found for a question, asked for few and asked for many. */
interface Found {
  readonly few: ReadonlyArray<string>
  readonly many: ReadonlyArray<string>
}

const placesIn = (evidence: ReadonlyArray<string>, found: ReadonlyArray<string>): ReadonlyArray<number> =>
  evidence.map((text) => found.indexOf(text)).filter((place) => place !== -1)

const qualityOf = (evidence: ReadonlyArray<string>, { few, many }: Found): Quality => {
  const context = contextOf(many)
  const places = placesIn(evidence, few)
  const within = (first: number): number => places.filter((place) => place < first).length / evidence.length
  return {
    recall5: within(5),
    recall10: within(10),
    mrr: 1 / (1 + Math.min(...placesIn(evidence, many))),
    inside2000: evidence.filter((text) => context.includes(text)).length / evidence.length
  }
}

const meanOf = (all: ReadonlyArray<Quality>): Quality =>
  Object.fromEntries(
    KEYS.map((key) => [key, all.reduce((sum, quality) => sum + quality[key], 0) / all.length])
  ) as unknown as Quality

/** How well a contestant answers all questions. */
export const measure = (
  { find, remember }: Contestant,
  conversations: ReadonlyArray<Conversation>
): Effect.Effect<Quality, unknown> =>
  Effect.gen(function* () {
    yield* Effect.forEach(conversations, remember, { discard: true })
    const all = yield* Effect.forEach(conversations, ({ name, questions, turns }) =>
      Effect.forEach(questions, ({ evidence, text }) =>
        Effect.map(Effect.all({ few: find(name, text, FEW), many: find(name, text, MANY) }), (found) =>
          qualityOf(
            evidence.map((turn) => textOf(turns[turn])),
            found
          )
        )
      )
    )
    return meanOf(all.flat())
  })

/** All conversations as one, one after the other. */
export const together = (conversations: ReadonlyArray<Conversation>): Conversation =>
  conversations.reduce(
    ({ name, questions, turns }, other) => {
      const sessions = 1 + (turns.at(-1)?.session ?? -1)
      return {
        name,
        turns: [...turns, ...other.turns.map((turn) => ({ ...turn, session: sessions + turn.session }))],
        questions: [
          ...questions,
          ...other.questions.map(({ evidence, text }) => ({
            text,
            evidence: evidence.map((turn) => turns.length + turn)
          }))
        ]
      }
    },
    { name: "together", turns: [], questions: [] }
  )

/** Keys of a report, and a line of a table. */
export const figuresOf = (name: string, quality: Quality, family: string): Readonly<Record<string, number>> => ({
  [`${name}_recall_5${family}`]: quality.recall5,
  [`${name}_recall_10${family}`]: quality.recall10,
  [`${name}_mrr${family}`]: quality.mrr,
  [`${name}_inside_2000${family}`]: quality.inside2000
})

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`

export const show = (name: string, { inside2000, mrr, recall5, recall10 }: Quality): string =>
  `  ${name.padEnd(16)} recall@5 ${percent(recall5)}  recall@10 ${percent(recall10)}  MRR ${mrr.toFixed(3)}  ` +
  `in 2,000 characters ${percent(inside2000)}`
