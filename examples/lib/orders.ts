import { Example } from "../../src/index.js"
import { chance, pick, shuffled } from "./simulated.js"

const GOODS = [
  "bread maker",
  "coffee grinder",
  "copper kettle",
  "milk frother",
  "pasta machine",
  "salad bowl",
  "tea towel"
]

const CITIES = ["Lisbon", "Leeds", "Lagos", "Lyon", "Lima", "Ljubljana"]

const CUSTOMERS = ["Anna Keller", "Bilal Haddad", "Chiara Rossi", "Dmitri Novak", "Femi Adeyemi", "Hiro Tanaka"]

const OPENINGS = ["Hello, I would like", "Good morning! Please put me down for", "Could I have", "We need"]

/** A letter with an order of one to six kinds of goods. */
const letterOf = (key: string): string => {
  const kinds = 1 + Math.floor(chance(`${key}/kinds`) * 6)
  const items = shuffled(GOODS, `${key}/goods`)
    .slice(0, kinds)
    .map((good) => {
      const quantity = 1 + Math.floor(chance(`${key}/${good}/quantity`) * 9)
      const price = 5 + chance(`${key}/${good}/price`) * 90
      return `${quantity} × ${good} at $${price.toFixed(2)}`
    })
  const city = pick(CITIES, `${key}/city`)
  return `${pick(OPENINGS, `${key}/opening`)} ${items.join(", ")}. Please ship it to ${city}.\n${pick(CUSTOMERS, `${key}/customer`)}`
}

/** Letters to learn from, and as many held out. Nothing is expected of a reply but that it can be read. */
export const letters = (seed: number, count: number) => {
  const drawn = Array.from({ length: 2 * count }, (_, k) => letterOf(`orders/${seed}/${k}`))
  const examples = [...new Set(drawn)].slice(0, count).map((letter) => Example.make({ letter }, undefined))
  return { train: examples.slice(0, count / 2), test: examples.slice(count / 2) }
}
