import { Example } from "../../src/index.js"
import { caseOf, departments, type Expected, urgencies } from "./playbook.js"
import { chance, pick } from "./simulated.js"

const PRODUCTS = ["copper kettle", "bread maker", "coffee grinder", "milk frother", "kitchen scale", "pasta machine"]

const FIRST_NAMES = [
  "Anna",
  "Bilal",
  "Chiara",
  "Dmitri",
  "Ewa",
  "Femi",
  "Grace",
  "Hiro",
  "Ines",
  "Jonas",
  "Kofi",
  "Leila"
]

const LAST_NAMES = ["Keller", "Haddad", "Rossi", "Novak", "Adeyemi", "Tanaka", "Silva", "Berg", "Mensah", "Okafor"]

/** Two ways to say it for every case that the playbook routes. */
const PROBLEMS: ReadonlyArray<(product: string) => string> = [
  (product) => `My card was charged twice for the same ${product}.`,
  (product) => `I bought one ${product} and see two payments on my statement.`,
  (product) => `The ${product} I ordered is more than a week late.`,
  (product) => `My ${product} is still not here, and the tracking page has not moved for days.`,
  (product) => `The ${product} came in the wrong colour.`,
  (product) => `I ordered a ${product} and something else was in the box.`,
  (product) => `I have moved, so please use my new address for the ${product} and for whatever I order next.`,
  () => "I would like to change my email, the old one belongs to my former employer.",
  (product) => `Your app crashes whenever I open the page of my ${product}.`,
  (product) => `The ${product} will not pair with my phone.`,
  (product) => `I sent the ${product} back three weeks ago and the refund has not reached my bank.`,
  (product) => `You confirmed a refund for my ${product}, but I have not seen any of it.`,
  (product) => `The ${product} arrived cracked from top to bottom.`,
  (product) => `I opened the parcel and found the ${product} in pieces.`,
  () => "I cannot log in, the page tells me that my password is wrong although I have just reset it.",
  () => "I am locked out of the shop since the last update.",
  () => "Please end my coffee subscription, I drink tea now.",
  () => "I want to stop the monthly beans, so how do I get out of the subscription?",
  (product) => `The gift card from my aunt was refused when I tried to buy a ${product}.`,
  () => "My gift card shows nothing on it, although I have never used it."
]

const CIRCUMSTANCES = [
  "By the way, there is a faint burning smell when it runs.",
  "I think I have also seen sparks near the plug.",
  "I need this settled before Saturday, because we have guests.",
  "Could you do it before Friday? I am away after that.",
  "This is my second message about it.",
  "This is URGENT.",
  "There is no hurry on my side.",
  "Thank you for looking into it.",
  "I have been a customer for years and this has never happened."
]

const OPENINGS = ["Hello,", "Hi there,", "Good morning,", "Dear team,"]

const CLOSINGS = ["Best wishes,", "Thanks,", "Regards,", "Kind regards,"]

const ORDERS = [
  (digits: string) => `The order number is NW-${digits}.`,
  (digits: string) => `It is order nw${digits}.`,
  (digits: string) => `Order NW ${digits}, if that helps.`,
  (digits: string) => `My order: #${digits}`
]

/** A customer's letter and what the house makes of it, drawn from a key. */
const ticketOf = (key: string) => {
  const draw = <A>(items: ReadonlyArray<A>, what: string): A => pick(items, `${key}/${what}`)
  const firstName = draw(FIRST_NAMES, "first name")
  const digits = String(10_000 + Math.floor(chance(`${key}/digits`) * 90_000))
  const hasOrder = chance(`${key}/has order`) < 0.8
  const ticket = [
    draw(OPENINGS, "opening"),
    [
      draw(PROBLEMS, "problem")(draw(PRODUCTS, "product")),
      hasOrder ? draw(ORDERS, "order")(digits) : "I do not have the order number at hand.",
      draw(CIRCUMSTANCES, "circumstance")
    ].join(" "),
    `${draw(CLOSINGS, "closing")}\n${firstName} ${draw(LAST_NAMES, "last name")}`
  ].join("\n\n")
  const expected: Expected = {
    department: caseOf(departments, ticket).ours,
    order: hasOrder ? `NW-${digits}` : "none",
    urgency: caseOf(urgencies, ticket).ours,
    firstName
  }
  return Example.make({ ticket }, expected)
}

/** `count` letters, no two of them alike, the first half to learn from and the rest held out. */
export const tickets = (seed: number, count: number) => {
  const drawn = Array.from({ length: 2 * count }, (_, k) => ticketOf(`tickets/${seed}/${k}`))
  const distinct = [...new Map(drawn.map((example) => [example.input.ticket, example])).values()].slice(0, count)
  return { train: distinct.slice(0, count / 2), test: distinct.slice(count / 2) }
}
