import type { ConversationResult } from "../../src/Conversation.js"
import { Scorer } from "../../src/index.js"

/** Something that a customer tells once, and later takes for known. */
interface Topic {
  readonly values: ReadonlyArray<string>
  readonly told: ReadonlyArray<(value: string, order: string) => string>
  readonly asked: ReadonlyArray<string>
  /** How one who reads what was told finds the value. */
  readonly found: RegExp
  readonly answer: (value: string) => string
  /** What one says who does not know it. */
  readonly unknown: string
}

export const topics: ReadonlyArray<Topic> = [
  {
    values: ["copper kettle", "bread maker", "coffee grinder", "milk frother", "kitchen scale", "pasta machine"],
    told: [
      (value, order) => `I bought a ${value} from you, order ${order}, and it makes a strange noise.`,
      (value, order) => `The order ${order} is here: I bought a ${value}. How do I clean it?`
    ],
    asked: [
      "The noise is back in what I bought from you. What now?",
      "May I return the thing that I bought and ordered?"
    ],
    found: /\bI bought a ([a-z]+ [a-z]+)/,
    answer: (value) => `we are sorry about your ${value} and take care of it`,
    unknown: "which of our products is it about?"
  },
  {
    values: ["the bakery downstairs", "Mrs Okafor next door", "the porter", "my sister on the first floor"],
    told: [
      (value) => `Parcels are best left with ${value}, because I am at work all day.`,
      (value) => `Please leave my parcels with ${value}, because nobody is at home.`
    ],
    asked: [
      "Please send a replacement, and leave the parcel where you always leave it.",
      "Send the spare part to the usual place for my parcels."
    ],
    found: /\b(?:left|leave my parcels) with ([^,]+), because/,
    answer: (value) => `your parcel will be left with ${value.replace(/^my /, "your ")}`,
    unknown: "where should we leave the parcel?"
  },
  {
    values: ["by e-mail", "by text message", "by telephone", "by letter"],
    told: [
      (value) => `If there is news, tell me ${value}, because I work at night.`,
      (value) => `You reach me best ${value}, because I am on the road a lot.`
    ],
    asked: ["Tell me the news the way that I like best.", "How will you reach me when it is on its way?"],
    found: /\b(?:tell me|reach me best) (by [a-z-]+(?: message)?), because/,
    answer: (value) => `we will let you know ${value}`,
    unknown: "how would you like to hear from us?"
  },
  {
    values: ["nickel", "aluminium", "gluten", "latex"],
    told: [
      (value) => `I am allergic to ${value}, so I have to be careful what I choose.`,
      (value) => `My son is allergic to ${value}. Is that a problem with your goods?`
    ],
    asked: [
      "Which pan should I choose, given the allergy?",
      "Could you recommend a pan that none of us is allergic to?"
    ],
    found: /\b(?:I am|My son is) allergic to ([a-z]+)/,
    answer: (value) => `the blue pan is free of ${value}`,
    unknown: "is there anything that you are allergic to?"
  }
]

/** What the house wants of every reply, and nobody has written into the prompt yet. */
export const rules = {
  notes: "Use what the notes say, and never ask again for what a customer has told us.",
  promise: "Say in every reply that we are done within 2 working days.",
  closing: "Close every reply with the words: Northwind Care"
}

export type Rule = keyof typeof rules

/** What each message of a conversation should be answered with: the value that was told earlier. */
export type Expected = ReadonlyArray<string>

/** An answer is worth this for being right; the rest is for its manners. */
const RIGHT = 0.7

const faultsOf = (reply: string, value: string): Readonly<Record<Rule, boolean>> => ({
  notes: !reply.includes(value.replace(/^my /, "")),
  promise: !reply.includes("within 2 working days"),
  closing: !/Northwind Care\W*$/.test(reply)
})

/** How well the customers were served: the share of what is right in the replies, and remarks on what is not. */
export const served = Scorer.make("served", ({ history }: ConversationResult, expected: Expected) => {
  const replies = history.filter(({ role }) => role === "assistant")
  const faults = expected.map((value, k) => faultsOf(replies[k]?.content ?? "", value))
  const lost = faults.map(
    ({ closing, notes, promise }) => RIGHT * Number(notes) + ((1 - RIGHT) * (Number(promise) + Number(closing))) / 2
  )
  const broken = (Object.keys(rules) as Array<Rule>).filter((rule) => faults.some((fault) => fault[rule]))
  return {
    score: 1 - lost.reduce((sum, share) => sum + share, 0) / expected.length,
    feedback: broken.map((rule) => rules[rule]).join(" ")
  }
})
