import * as Schema from "effect/Schema"
import { Scorer } from "../../src/index.js"

export const Department = Schema.Literal("billing", "delivery", "returns", "accounts", "technical")

export type Department = typeof Department.Type

export const Urgency = Schema.Literal("high", "normal", "low")

export type Urgency = typeof Urgency.Type

export type Step = "route" | "extract" | "write"

/** What the house does in a case, what an outsider would do, and the rule that nobody has written into a prompt yet. */
interface Case<A> {
  readonly cue: RegExp
  readonly ours: A
  readonly usual: A
  readonly rule?: string
}

export const departments: ReadonlyArray<Case<Department>> = [
  { cue: /charged twice|two payments/, ours: "billing", usual: "billing" },
  { cue: /late|still not here/, ours: "delivery", usual: "delivery" },
  { cue: /wrong colour|something else/, ours: "returns", usual: "returns" },
  { cue: /new address|change my email/, ours: "accounts", usual: "accounts" },
  { cue: /app crashes|will not pair/, ours: "technical", usual: "technical" },
  {
    cue: /refund/,
    ours: "returns",
    usual: "billing",
    rule: "Refunds that have not arrived go to returns, where they are paid out."
  },
  {
    cue: /cracked|in pieces/,
    ours: "delivery",
    usual: "returns",
    rule: "Goods that arrive broken go to delivery, where the carrier is held to account."
  },
  {
    cue: /log in|locked out/,
    ours: "technical",
    usual: "accounts",
    rule: "Trouble with logging in goes to technical, not to accounts."
  },
  {
    cue: /subscription/,
    ours: "billing",
    usual: "accounts",
    rule: "Subscriptions that are to end go to billing, where payments are stopped."
  },
  {
    cue: /gift card/,
    ours: "accounts",
    usual: "billing",
    rule: "Gift cards go to accounts, where balances are kept."
  }
]

export const urgencies: ReadonlyArray<Case<Urgency>> = [
  {
    cue: /burning|sparks/,
    ours: "high",
    usual: "normal",
    rule: "Smoke, sparks or a burning smell is of high urgency, however calmly it is told."
  },
  {
    cue: /before (Monday|Friday|Saturday)/,
    ours: "high",
    usual: "normal",
    rule: "A day by which something is needed makes a ticket one of high urgency."
  },
  {
    cue: /second message/,
    ours: "high",
    usual: "normal",
    rule: "Customers who have to write again are of high urgency."
  },
  {
    cue: /URGENT/,
    ours: "normal",
    usual: "high",
    rule: "The word urgent alone makes a ticket no more than normal."
  },
  { cue: /no hurry/, ours: "low", usual: "low" },
  { cue: /(?:)/, ours: "normal", usual: "normal" }
]

export const orderRule = "Order numbers are written as NW, a hyphen and five digits, however the customer writes them."

/** What a reply has to have. */
export const manners = [
  { part: "greeting", rule: "Greet customers by their first name." },
  { part: "order", rule: "Name the order number in the reply, if there is one." },
  {
    part: "promise",
    rule: "Promise an answer within 4 hours if the urgency is high, otherwise within 2 working days."
  },
  { part: "closing", rule: "Close with the words: Northwind Care" }
] as const

export type Part = (typeof manners)[number]["part"]

const rulesIn = (cases: ReadonlyArray<Case<unknown>>): ReadonlyArray<string> =>
  cases.flatMap(({ rule }) => (rule === undefined ? [] : [rule]))

/** The rules of the house, by the step of the program that needs them. */
export const rules: Readonly<Record<Step, ReadonlyArray<string>>> = {
  route: rulesIn(departments),
  extract: [...rulesIn(urgencies), orderRule],
  write: manners.map(({ rule }) => rule)
}

export const caseOf = <A>(cases: ReadonlyArray<Case<A>>, ticket: string): Case<A> =>
  cases.find(({ cue }) => cue.test(ticket)) ?? cases[0]

/** What the program makes of a ticket. */
export interface Handled {
  readonly department: Department
  readonly order: string
  readonly urgency: Urgency
  readonly reply: string
}

/** What it should have made of it; the reply is free but for the manners. */
export interface Expected {
  readonly department: Department
  readonly order: string
  readonly urgency: Urgency
  readonly firstName: string
}

export const promiseFor = (urgency: Urgency): string =>
  urgency === "high" ? "within 4 hours" : "within 2 working days"

const lacks = (reply: string, { firstName, order, urgency }: Expected): Readonly<Record<Part, boolean>> => ({
  greeting: !reply.includes(firstName),
  order: order !== "none" && !reply.includes(order),
  promise: !reply.includes(promiseFor(urgency)),
  closing: !/Northwind Care\W*$/.test(reply)
})

/** What a department leader says about a handled ticket: the share of what is right, and remarks on what is wrong. */
export const review = Scorer.make("review", (output: Handled, expected: Expected, input) => {
  const { ticket } = input as { readonly ticket: string }
  const lacking = lacks(output.reply, expected)
  const missing = manners.filter(({ part }) => lacking[part])
  const faults = [
    { isWrong: output.department !== expected.department, weight: 0.3, rule: caseOf(departments, ticket).rule },
    { isWrong: output.urgency !== expected.urgency, weight: 0.2, rule: caseOf(urgencies, ticket).rule },
    { isWrong: output.order !== expected.order, weight: 0.2, rule: orderRule }
  ].filter(({ isWrong }) => isWrong)
  const lost = faults.reduce((sum, { weight }) => sum + weight, (0.3 * missing.length) / manners.length)
  const remarks = [...faults, ...missing].flatMap(({ rule }) => (rule === undefined ? [] : [rule]))
  return { score: 1 - lost, feedback: remarks.join(" ") }
})
