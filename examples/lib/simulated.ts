import type * as Layer from "effect/Layer"
import * as LlmScripted from "../../layers/LlmScripted.js"
import type { Completion, LLM, Request } from "../../services/LLM.js"
import { Noise } from "../../src/index.js"

/** A model that runs in this process: what it says to a request. */
export type Simulation = (request: Request) => string

/** A uniform number in [0, 1) that is a function of a key: what happens by chance happens again to an equal request. */
export const chance = (key: string): number => {
  const draw = new Float32Array(1)
  Noise.uniforms({ seed: Noise.blockId(key), generation: 0, pair: 0, block: 0 }, draw)
  return draw[0]
}

export const pick = <A>(items: ReadonlyArray<A>, key: string): A => items[Math.floor(chance(key) * items.length)]

/** The items in an order of their own for every key. */
export const shuffled = <A>(items: ReadonlyArray<A>, key: string): ReadonlyArray<A> =>
  items
    .map((item, k) => ({ item, at: chance(`${key}/${k}`) }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)

/** What a prompt says: standing orders, questions that it answers as examples, and the question at hand. */
export const read = ({ messages }: Request) => {
  const turns = messages.filter(({ role }) => role !== "system").map(({ content }) => content)
  return {
    orders: messages.flatMap(({ content, role }) => (role === "system" ? [content] : [])).join("\n"),
    demonstrated: turns.slice(0, -1).filter((_, k) => k % 2 === 0),
    question: turns[turns.length - 1] ?? ""
  }
}

/** Of a token, as a rule of thumb. */
const CHARACTERS = 4

const tokensOf = (length: number): number => Math.ceil(length / CHARACTERS)

/** The answer as a provider gives it: cut off where the request says so, and with what it used. */
const completionOf = (request: Request, answer: string): Partial<Completion> => {
  const limit = (request.settings?.maxTokens ?? Infinity) * CHARACTERS
  const content = answer.slice(0, limit)
  const length = request.messages.reduce((sum, { content }) => sum + content.length, 0)
  return {
    content,
    finishReason: answer.length > limit ? "length" : "stop",
    usage: { prompt: tokensOf(length), completion: tokensOf(content.length) }
  }
}

export const layer = (simulation: Simulation): Layer.Layer<LLM> =>
  LlmScripted.layer((request) => completionOf(request, simulation(request)))
