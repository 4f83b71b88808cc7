import * as Schema from "effect/Schema"
import type { Message } from "../../../services/LLM.js"
import { Candidate, Example, HyperSystem, Judge, Predict, Scorer, Signature, Text } from "../../../src/index.js"
import { answering, type Family, MODELS } from "./family.js"
import { fillersOf, rulesOf, sentence } from "./knowledge.js"
import { chance, shuffled } from "./random.js"
import { labelling } from "./rules.js"

const LABELS = ["approve", "reject", "escalate"]

const KNOBS = {
  rules: 9,
  fillers: 15,
  train: 60,
  heldOut: 120,
  noise: 0.03,
  mistakes: 0.12,
  misleading: 0.15,
  faults: 0.04,
  garbled: 0.02,
  learns: 0.5,
  attention: 12,
  keeps: 0.9,
  invents: 0.2,
  drops: 0,
  confuses: 0.3
}

const INSTRUCTION = "Decide about the claim."

/**
 * A noisy judge with faults: what is right is known only through a model that is wrong now and then, fails now and then, and
 * sometimes answers with something that is no grade. Held-out examples are graded by the truth.
 */
export const judged: Family = {
  name: "judge",
  knobs: KNOBS,
  task: (seed) => {
    const key = `judge/${seed}`
    const known = rulesOf(KNOBS.rules, LABELS, key)
    const fillers = fillersOf(KNOBS.fillers, known, key)
    const drawn = Array.from({ length: KNOBS.train + KNOBS.heldOut }, (_, k) => {
      const id = String(4000 + k)
      const truth = known[Math.floor(chance(`${key}/${id}/rule`) * known.length)]!
      const others = shuffled(fillers, `${key}/${id}/fillers`).slice(0, 2)
      const [a, b, c] = shuffled([truth.word, ...others], `${key}/${id}/order`)
      return { truth, others, text: `Claim ${id} mentions ${a}, ${b} and ${c}.` }
    })
    const byId = new Map(drawn.map((item) => [/Claim (\d+)/.exec(item.text)![1]!, item]))
    const examples = drawn.map(({ text, truth }) => Example.make({ claim: text }, { decision: truth.label }))
    const program = Predict.make(
      "decide",
      Signature.make({
        instruction: INSTRUCTION,
        inputs: { claim: Schema.String },
        outputs: { decision: Schema.Literal("approve", "reject", "escalate") }
      }),
      { model: MODELS.task, settings: { maxTokens: 20 } }
    )
    const system = HyperSystem.make("judge", {
      run: (input: { readonly claim: string }) => program(input),
      hyperfunctions: [program]
    })
    const grade = (messages: ReadonlyArray<Message>, rollout: string): string => {
      const request = messages.map(({ content }) => content).join("\n")
      const item = byId.get(/Claim (\d+)/.exec(request)?.[1] ?? "")
      if (item === undefined || chance(`${key}/garbled/${request}/${rollout}`) < KNOBS.garbled) return "Hard to say."
      const decisions = [...request.matchAll(/"?decision"?\s*[:=]\s*"?(approve|reject|escalate)/g)].map(
        ([, label]) => label
      )
      const isRight = decisions[decisions.length - 1] === item.truth.label
      const isMistaken = chance(`${key}/mistake/${request}/${rollout}`) < KNOBS.mistakes
      const word =
        chance(`${key}/misled/${item.truth.word}/${item.others}`) < KNOBS.misleading ? item.others[0]! : item.truth.word
      return JSON.stringify({
        feedback: isRight ? "Right." : sentence({ word, label: item.truth.label }),
        score: isRight === isMistaken ? 1 : 5
      })
    }
    const oracle = Candidate.set(Candidate.defaults(), program, {
      ...Candidate.get(Candidate.defaults(), program),
      instruction: Text.make([INSTRUCTION, ...known.map(sentence)].join("\n"))
    })
    const decide = labelling({
      key,
      labels: LABELS,
      decisive: new Set(known.map(({ word }) => word)),
      noise: KNOBS.noise,
      learns: KNOBS.learns
    })
    return {
      system,
      scorer: Judge.make({ model: MODELS.judge, criteria: "The decision is the right one for the claim." }),
      truth: Scorer.from(
        (output: { readonly decision: string }, expected: { readonly decision: string }) =>
          output.decision === expected.decision
      ),
      train: examples.slice(0, KNOBS.train),
      heldOut: examples.slice(KNOBS.train),
      oracle,
      answer: answering(KNOBS, [{ instruction: INSTRUCTION, labels: LABELS }], key, {
        [MODELS.task]: (messages, rollout) => decide(messages, rollout, "decision"),
        [MODELS.judge]: grade
      }),
      fault: (_, count) => (chance(`${key}/fault/${count}`) < KNOBS.faults ? 503 : undefined)
    }
  }
}
