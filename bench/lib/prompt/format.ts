import * as Schema from "effect/Schema"
import type { Message } from "../../../services/LLM.js"
import { Candidate, Example, HyperSystem, Predict, Scorer, Signature, Text } from "../../../src/index.js"
import { answering, type Family, hint, MODELS, read, without } from "./family.js"
import { believed, fillersOf, rulesIn, rulesOf, sentence } from "./knowledge.js"
import { chance, pick, shuffled } from "./random.js"

const STYLES = ["style-1", "style-2", "style-3", "style-4", "style-5"]

const TONES = ["formal", "casual", "terse", "warm"]

const AUDIENCES = ["child", "expert", "manager", "visitor"]

const KNOBS = {
  aspects: 8,
  fillers: 10,
  train: 40,
  heldOut: 120,
  noise: 0.02,
  misleading: 0.15,
  attention: 12,
  keeps: 0.9,
  invents: 0.2,
  drops: 0.3,
  confuses: 0.3
}

const INSTRUCTION = "Write the notice in a {tone} tone for a {audience}."

/**
 * Format with placeholders: every notice has aspects, each with the one right style, and two values that reach the model
 * through placeholders of the instruction only. Rewritten instructions tend to lose these.
 */
export const format: Family = {
  name: "format",
  knobs: KNOBS,
  task: (seed) => {
    const key = `format/${seed}`
    const aspects = rulesOf(KNOBS.aspects, shuffled(STYLES, `${key}/styles`), key)
    const fillers = fillersOf(KNOBS.fillers, aspects, key)
    const examples = Array.from({ length: KNOBS.train + KNOBS.heldOut }, (_, k) => {
      const id = String(3000 + k)
      const named = shuffled(aspects, `${key}/${id}/aspects`).slice(0, 3)
      const tone = pick(TONES, `${key}/${id}/tone`)
      const audience = pick(AUDIENCES, `${key}/${id}/audience`)
      const topic = `Notice ${id} has ${named.map(({ word }) => word).join(", ")}.`
      const notice = [
        ...named.map(({ label, word }) => `${word}=${label}`),
        `tone=${tone}`,
        `audience=${audience}`
      ].join(" ")
      return Example.make({ topic, tone, audience }, { notice })
    })
    const program = Predict.make(
      "notice",
      Signature.make({
        instruction: INSTRUCTION,
        inputs: { topic: Schema.String, tone: Schema.String, audience: Schema.String },
        outputs: { notice: Schema.String }
      }),
      { model: MODELS.task, settings: { maxTokens: 80 } }
    )
    const system = HyperSystem.make("format", {
      run: (input: { readonly topic: string; readonly tone: string; readonly audience: string }) => program(input),
      hyperfunctions: [program]
    })
    const partsOf = (notice: string): ReadonlyMap<string, string> =>
      new Map([...notice.matchAll(/([a-z]+)=([a-z0-9-]+)/g)].map(([, name, value]) => [name!, value!]))
    const scorer = Scorer.from((output: { readonly notice: string }, expected: { readonly notice: string }) => {
      const wanted = partsOf(expected.notice)
      const given = partsOf(output.notice)
      const wrong = [...wanted].filter(([name, value]) => given.get(name) !== value)
      const hints = wrong.map(([word, label]) =>
        word === "tone" || word === "audience"
          ? `The ${word} should be ${label}.`
          : hint(
              { word, label },
              [pick(fillers, `${key}/${word}/${output.notice}`)],
              KNOBS.misleading,
              `${key}/${word}/${expected.notice}`
            )
      )
      return { score: 1 - wrong.length / wanted.size, feedback: hints.slice(0, 2).join(" ") }
    })
    const oracle = Candidate.set(Candidate.defaults(), program, {
      ...Candidate.get(Candidate.defaults(), program),
      instruction: Text.make([INSTRUCTION, ...aspects.map(sentence)].join("\n"))
    })
    const write = (messages: ReadonlyArray<Message>, rollout: string): string => {
      const { item, orders } = read(messages)
      const rules = rulesIn(orders)
      const named = [...(/has ([a-z, ]+)\./.exec(item)?.[1] ?? "").matchAll(/[a-z]+/g)].map(([word]) => word)
      const told = (values: ReadonlyArray<string>, name: string): string =>
        values.find((value) => new RegExp(`\\b${value}\\b`).test(orders)) ?? pick(values, `${key}/${item}/${name}`)
      const styles = named.map((word) => {
        const slips = chance(`${key}/${orders}/${item}/${word}/${rollout}`) < KNOBS.noise
        const label = believed({ word, rules, shown: new Map(), learns: 0, labels: STYLES, key })
        return `${word}=${slips ? pick(STYLES, `${key}/${item}/${word}/slip`) : label}`
      })
      return `notice: ${[...styles, `tone=${told(TONES, "tone")}`, `audience=${told(AUDIENCES, "audience")}`].join(" ")}`
    }
    return {
      system,
      scorer,
      truth: scorer,
      train: examples.slice(0, KNOBS.train),
      heldOut: examples.slice(KNOBS.train),
      oracle,
      answer: answering(KNOBS, [{ instruction: INSTRUCTION, labels: STYLES }], key, { [MODELS.task]: write }),
      fault: without
    }
  }
}
