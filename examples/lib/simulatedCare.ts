import type { Request } from "../../services/LLM.js"
import { type Rule, rules, topics } from "./care.js"
import { chance, pick, read, type Simulation } from "./simulated.js"

/** How often notes are used by one whom nobody told to. */
const READS_NOTES = 0.4

/** How often a rule that is known is forgotten: the hotter, the more often. */
const slipRate = ({ settings }: Request): number => 0.01 + 0.06 * (settings?.temperature ?? 1) ** 2

/** Answers from the notes what it finds there, and asks back for the rest. */
const work = (request: Request): string => {
  const { orders, question } = read(request)
  const at = question.lastIndexOf("message: ")
  const [notes, message] = [question.slice(0, at), question.slice(at + "message: ".length)]
  const follows = (rule: Rule): boolean =>
    orders.includes(rules[rule]) && chance(`${orders}/${question}/${rule}`) >= slipRate(request)
  const topic = topics.find(({ asked }) => asked.some((words) => message.includes(words)))
  const value = topic?.found.exec(notes)?.[1]
  const isRead = follows("notes") || chance(`${question}/reads`) < READS_NOTES
  const answer =
    topic === undefined
      ? pick(["we are happy to help", "thank you for writing to us"], question)
      : value !== undefined && isRead
        ? topic.answer(value)
        : topic.unknown
  return [
    `reply: Hello, ${answer}.`,
    ...(follows("promise") ? ["We are done within 2 working days."] : []),
    ...(follows("closing") ? ["Northwind Care"] : [])
  ].join(" ")
}

/** How likely a remark gets into the instruction. */
const KEEPS = 0.9

/** Adds to the instruction the rules that it finds in the conversations it is shown. */
const reflect = ({ messages, rollout }: Request): string => {
  const text = messages.map(({ content }) => content).join("\n")
  const [, instruction = ""] = /current instruction:\n<[^>]*>\n([\s\S]*?)\n<\//.exec(text) ?? []
  const added = Object.values(rules).filter(
    (rule) => text.includes(rule) && !instruction.includes(rule) && chance(`${text}/${rollout}/${rule}`) < KEEPS
  )
  return [instruction, ...added.map((rule) => `- ${rule}`)].join("\n")
}

/** A model that answers customers, and thinks about its instruction. */
export const simulatedCare: Simulation = (request) =>
  request.purpose === "reflection" ? reflect(request) : work(request)
