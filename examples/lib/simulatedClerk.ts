import type { Request, Settings } from "../../services/LLM.js"
import { chance, pick, read, type Simulation } from "./simulated.js"

/** The order in a letter, as one who reads it would write it down. */
const orderIn = (letter: string) => ({
  customer: /\n(\p{L}+ \p{L}+)$/u.exec(letter)?.[1] ?? "",
  city: /ship it to (.+?)\./.exec(letter)?.[1] ?? "",
  items: Array.from(letter.matchAll(/(\d+) × ([a-z ]+?) at \$(\d+\.\d{2})/g), ([, quantity, name, price]) => ({
    name,
    quantity: Number(quantity),
    price: Number(price)
  }))
})

/** How often the form of an answer suffers: from heat, and from a penalty on marks that were used before. */
const breakRate = ({ presencePenalty = 0, temperature = 1 }: Settings): number =>
  Math.min(1, 0.01 + 0.25 * temperature ** 2 + 0.2 * Math.max(0, presencePenalty) ** 2)

/** What becomes of JSON in such an answer. */
const ACCIDENTS: ReadonlyArray<(json: string) => string> = [
  (json) => json.replace(/"(\w+)":/, "$1:"),
  (json) => json.replace(/,"/, '"'),
  (json) => json.replace(/"quantity":\d+/, '"quantity":"a few"'),
  (json) => json.slice(0, -2),
  (json) => json.replace(/"/g, "'"),
  () => "Sure! Here is the order that you asked me for."
]

/** Takes down orders as JSON, and breaks it now and then: the hotter and the more penalised, the more often. */
export const simulatedClerk: Simulation = (request: Request): string => {
  const { question } = read(request)
  const json = JSON.stringify(orderIn(question))
  const breaks = chance(`${question}/breaks`) < breakRate(request.settings ?? {})
  return breaks ? pick(ACCIDENTS, `${question}/accident`)(json) : json
}
