import { TenantId } from "../../services/Memory.js"
import { Example } from "../../src/index.js"
import { topics } from "./care.js"
import { pick, shuffled } from "./simulated.js"

/** What else they write: some of it is about the same things, and of no use. */
const CHATTER = [
  "Hello, when do you open on Saturdays?",
  "Do you also sell gift cards?",
  "A friend bought a toaster from you and loves it.",
  "My neighbour says your parcels come in lovely paper.",
  "The new catalogue is beautiful, thank you.",
  "Is there any news on the summer sale?",
  "Does somebody in the shop speak Portuguese?",
  "I was told to choose the express service. What does it cost?",
  "My aunt is allergic to advertising, please take her off your list.",
  "You are always so quick, thank you.",
  "Can I pay in two instalments?",
  "I nearly ordered the same lamp twice, how silly.",
  "Do the scissors come in a version for the left hand?",
  "What is the best way to sharpen a bread knife?"
]

const EARLIER = 3

/** Messages of an earlier conversation. */
const MESSAGES = 4

/** Somebody who has written before, and writes again. */
export interface Customer {
  readonly tenant: TenantId
  /** The number of an order: nobody else has it. */
  readonly order: string
  /** Conversations of the past, each with its messages. */
  readonly earlier: ReadonlyArray<ReadonlyArray<string>>
  /** The one at hand, and what it takes for known. */
  readonly example: Example<
    { readonly tenant: TenantId; readonly id: string; readonly conversation: ReadonlyArray<string> },
    ReadonlyArray<string>
  >
}

const customerOf = (key: string, k: number): Customer => {
  const tenant = TenantId.make(`customer ${k + 1}`)
  const order = `NW-${10_000 + k * 37}`
  const asked = shuffled(topics, `${key}/asked`).map((topic, at) => ({
    topic,
    value: pick(topic.values, `${key}/${at}/value`)
  }))
  const told = asked.map(({ topic, value }, at) => pick(topic.told, `${key}/${at}/told`)(value, order))
  const chatter = shuffled(CHATTER, `${key}/chatter`).slice(0, EARLIER * MESSAGES - told.length)
  const messages = shuffled([...told, ...chatter], `${key}/messages`)
  return {
    tenant,
    order,
    earlier: Array.from({ length: EARLIER }, (_, c) => messages.slice(c * MESSAGES, (c + 1) * MESSAGES)),
    example: Example.make(
      {
        tenant,
        id: "today",
        conversation: asked.map(({ topic }, at) => pick(topic.asked, `${key}/${at}/asked`))
      },
      asked.map(({ value }) => value)
    )
  }
}

/** `count` customers, the first half to learn from and the rest held out. */
export const customers = (seed: number, count: number) => {
  const all = Array.from({ length: count }, (_, k) => customerOf(`customers/${seed}/${k}`, k))
  return { all, train: all.slice(0, count / 2), test: all.slice(count / 2) }
}
