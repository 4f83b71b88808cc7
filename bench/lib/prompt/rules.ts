import * as Schema from "effect/Schema"
import type { Message } from "../../../services/LLM.js"
import { Candidate, Example, HyperSystem, Predict, Scorer, Signature, Text } from "../../../src/index.js"
import { answering, type Family, hint, MODELS, read, without } from "./family.js"
import { believed, fillersOf, rulesIn, rulesOf, sentence } from "./knowledge.js"
import { chance, pick, shuffled } from "./random.js"

const LABELS = ["billing", "technical", "shipping", "account"]

const KNOBS = {
  rules: 12,
  fillers: 20,
  train: 60,
  heldOut: 120,
  noise: 0.03,
  misleading: 0.15,
  learns: 0.5,
  attention: 12,
  keeps: 0.9,
  invents: 0.2,
  drops: 0,
  confuses: 0.3
}

/** The words that a text names, in order. */
const wordsIn = (text: string): ReadonlyArray<string> =>
  [...(/mentions ([a-z, ]+)\./.exec(text)?.[1] ?? "").matchAll(/[a-z]+/g)]
    .map(([word]) => word)
    .filter((word) => word !== "and")

export const labelling =
  (options: {
    readonly key: string
    readonly labels: ReadonlyArray<string>
    readonly decisive: ReadonlySet<string>
    readonly noise: number
    readonly learns: number
  }) =>
  (messages: ReadonlyArray<Message>, rollout: string, field = "label"): string => {
    const { decisive, key, labels, learns, noise } = options
    const { demonstrations, item, orders } = read(messages)
    const rules = rulesIn(orders)
    const shown = new Map<string, string>()
    for (let k = 0; k + 1 < demonstrations.length; k += 2) {
      const label = new RegExp(`${field}"?\\s*[:=]\\s*"?([a-z0-9-]+)`, "i").exec(demonstrations[k + 1]!.content)?.[1]
      if (label !== undefined) for (const word of wordsIn(demonstrations[k]!.content)) shown.set(word, label)
    }
    const words = wordsIn(item)
    const taught = words.filter((word) => rules.has(word))
    const word =
      taught.length > 0
        ? pick(taught, `${key}/${item}/which`)
        : (words.find((word) => decisive.has(word)) ?? words[0] ?? "")
    const label = believed({ word, rules, shown, learns, labels, key })
    const slips = chance(`${key}/${orders}/${item}/${rollout}/slip`) < noise
    return `${field}: ${slips ? pick(labels, `${key}/${item}/${rollout}/other`) : label}`
  }

/**
 * Rule discovery: tickets are labelled by rules that nobody tells; feedback on a wrong label names the rule, or a wrong one.
 */
export const rules: Family = {
  name: "rules",
  knobs: KNOBS,
  task: (seed) => {
    const key = `rules/${seed}`
    const known = rulesOf(KNOBS.rules, LABELS, key)
    const fillers = fillersOf(KNOBS.fillers, known, key)
    const labelOf = new Map(known.map(({ label, word }) => [word, label]))
    const example = (id: string) => {
      const truth = known[Math.floor(chance(`${key}/${id}/rule`) * known.length)]!
      const others = shuffled(fillers, `${key}/${id}/fillers`).slice(0, 2)
      const [a, b, c] = shuffled([truth.word, ...others], `${key}/${id}/order`)
      return { truth, others, text: `Ticket ${id} mentions ${a}, ${b} and ${c}.` }
    }
    const drawn = Array.from({ length: KNOBS.train + KNOBS.heldOut }, (_, k) => example(String(1000 + k)))
    const byText = new Map(drawn.map((item) => [item.text, item]))
    const examples = drawn.map(({ text, truth }) => Example.make({ ticket: text }, { label: truth.label }))
    const instruction = "Label the support ticket."
    const program = Predict.make(
      "label",
      Signature.make({
        instruction,
        inputs: { ticket: Schema.String },
        outputs: { label: Schema.Literal("billing", "technical", "shipping", "account") }
      }),
      { model: MODELS.task, settings: { maxTokens: 20 } }
    )
    const system = HyperSystem.make("rules", {
      run: (input: { readonly ticket: string }) => program(input),
      hyperfunctions: [program]
    })
    const scorer = Scorer.from(
      (output: { readonly label: string }, expected: { readonly label: string }, input: unknown) => {
        if (output.label === expected.label) return { score: 1, feedback: "" }
        const { others, truth } = byText.get((input as { readonly ticket: string }).ticket)!
        return { score: 0, feedback: `${hint(truth, others, KNOBS.misleading, `${key}/${truth.word}/${others}`)}` }
      }
    )
    const base = Candidate.get(Candidate.defaults(), program)
    const oracle = Candidate.set(Candidate.defaults(), program, {
      ...base,
      instruction: Text.make([instruction, ...known.map(sentence)].join("\n"))
    })
    const task = labelling({
      key,
      labels: LABELS,
      decisive: new Set(labelOf.keys()),
      noise: KNOBS.noise,
      learns: KNOBS.learns
    })
    return {
      system,
      scorer,
      truth: scorer,
      train: examples.slice(0, KNOBS.train),
      heldOut: examples.slice(KNOBS.train),
      oracle,
      answer: answering(KNOBS, [{ instruction, labels: LABELS }], key, {
        [MODELS.task]: (messages, rollout) => task(messages, rollout)
      }),
      fault: without
    }
  }
}
