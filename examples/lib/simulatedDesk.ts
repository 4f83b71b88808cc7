import type { Request } from "../../services/LLM.js"
import {
  caseOf,
  departments,
  manners,
  orderRule,
  type Part,
  promiseFor,
  rules,
  type Step,
  urgencies
} from "./playbook.js"
import { chance, pick, read, type Simulation } from "./simulated.js"

const STEPS: ReadonlyArray<Step> = ["route", "extract", "write"]

/** How often a model errs that knows better: the hotter it is, the same slips and more of them. */
const slipRate = ({ settings }: Request): number => 0.01 + 0.12 * (settings?.temperature ?? 1) ** 2

/** How likely a case that was demonstrated is understood as a rule. */
const LEARNS = 0.5

/** What a reader of the prompt knows, and where it slips. */
const readerOf = (request: Request) => {
  const { demonstrated, orders, question } = read(request)
  const isShown = (cue: RegExp, what: string): boolean =>
    demonstrated.some((example) => cue.test(example)) && chance(`${what}/learns`) < LEARNS
  return {
    question,
    knows: (rule: string | undefined, cue: RegExp): boolean =>
      rule === undefined || orders.includes(rule) || isShown(cue, rule),
    slips: (what: string): boolean => chance(`${orders}/${question}/${what}`) < slipRate(request)
  }
}

type Reader = ReturnType<typeof readerOf>

const decide = <A>({ knows, question, slips }: Reader, cases: Parameters<typeof caseOf<A>>[0], what: string): A => {
  const { cue, ours, rule, usual } = caseOf(cases, question)
  if (slips(what)) return pick(cases, `${question}/${what}/slip`).usual
  return knows(rule, cue) ? ours : usual
}

const orderIn = ({ knows, question, slips }: Reader): string => {
  const written = /nw[- ]?\d{5}|#\d{5}/i.exec(question)?.[0]
  if (written === undefined) return "none"
  return knows(orderRule, /order/) && !slips("order") ? `NW-${written.slice(-5)}` : written
}

const given = (question: string, name: string): string => new RegExp(`^${name}: (.*)$`, "m").exec(question)?.[1] ?? ""

const replyTo = ({ knows, question, slips }: Reader): string => {
  const has = Object.fromEntries(
    manners.map(({ part, rule }) => [part, knows(rule, /(?:)/) && !slips(part)])
  ) as Readonly<Record<Part, boolean>>
  const name = /\n(\p{L}+) \p{L}+$/mu.exec(question)?.[1] ?? ""
  const order = given(question, "order")
  const promise = promiseFor(given(question, "urgency") === "high" ? "high" : "normal")
  const subject = has.order && order !== "none" ? `order ${order}` : "this"
  return [
    has.greeting ? `Hello ${name},` : "Hello,",
    `thank you for writing to us about ${subject}. Our ${given(question, "department")} team answers ${has.promise ? promise : "as soon as possible"}.`,
    has.closing ? "Northwind Care" : "Your support team"
  ].join("\n")
}

/** Does what is asked, and knows of the rules of the house what it was told. */
const work = (request: Request): string => {
  const reader = readerOf(request)
  const isAskedFor = (output: string): boolean => read(request).orders.includes(`\n${output}: <`)
  if (isAskedFor("department")) return `department: ${decide(reader, departments, "department")}`
  if (isAskedFor("reply")) return `reply: ${replyTo(reader)}`
  return `order: ${orderIn(reader)}\nurgency: ${decide(reader, urgencies, "urgency")}`
}

/** Likelihoods that a rule for this step, or for another one, gets from remarks into an instruction. */
const KEEPS = { own: 0.9, other: 0.1 }

/** Adds to the instruction of a step the rules that it finds in the runs it is shown. */
const reflect = ({ messages, rollout }: Request): string => {
  const text = messages.map(({ content }) => content).join("\n")
  const step = STEPS.find((step) => text.includes(`The step is called ${step}.`)) ?? "route"
  const [, instruction = ""] = /current instruction:\n<[^>]*>\n([\s\S]*?)\n<\//.exec(text) ?? []
  const added = STEPS.flatMap((owner) =>
    rules[owner].filter((rule) => {
      const likely = owner === step ? KEEPS.own : KEEPS.other
      return text.includes(rule) && !instruction.includes(rule) && chance(`${text}/${rollout}/${rule}`) < likely
    })
  )
  return [instruction, ...added.map((rule) => `- ${rule}`)].join("\n")
}

/** A support desk of a model: handles tickets, and thinks about its instructions. */
export const simulatedDesk: Simulation = (request) =>
  request.purpose === "reflection" ? reflect(request) : work(request)
