import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Candidate, Example, HyperSystem, Predict, Scorer, Signature, Text } from "../../../src/index.js"
import { answering, type Family, hint, MODELS, without } from "./family.js"
import { fillersOf, rulesOf, sentence } from "./knowledge.js"
import { chance, shuffled } from "./random.js"
import { labelling } from "./rules.js"

const DEPARTMENTS = ["sales", "support", "legal"]

const LETTERS = ["letter-1", "letter-2", "letter-3", "letter-4"]

const KNOBS = {
  rules: 6,
  fillers: 12,
  train: 60,
  heldOut: 120,
  noise: 0.03,
  misleading: 0.1,
  learns: 0.5,
  attention: 12,
  keeps: 0.9,
  invents: 0.2,
  drops: 0,
  confuses: 0.3
}

const DIRECT = "Direct the ticket to a department."

const WRITE = "Choose the letter for the ticket."

/**
 * Two-stage credit assignment: a ticket is directed to a department and answered by a letter; one of both counts for little. What
 * one step has to know is in the way in the other.
 */
export const pipeline: Family = {
  name: "pipeline",
  knobs: KNOBS,
  task: (seed) => {
    const key = `pipeline/${seed}`
    const all = rulesOf(2 * KNOBS.rules, ["x"], key)
    const directing = all.slice(0, KNOBS.rules).map(({ word }, k) => ({ word, label: DEPARTMENTS[k % 3]! }))
    const writing = all.slice(KNOBS.rules).map(({ word }, k) => ({ word, label: LETTERS[k % 4]! }))
    const fillers = fillersOf(KNOBS.fillers, all, key)
    const drawn = Array.from({ length: KNOBS.train + KNOBS.heldOut }, (_, k) => {
      const id = String(2000 + k)
      const department = directing[Math.floor(chance(`${key}/${id}/department`) * directing.length)]!
      const letter = writing[Math.floor(chance(`${key}/${id}/letter`) * writing.length)]!
      const others = shuffled(fillers, `${key}/${id}/fillers`).slice(0, 1)
      const [a, b, c] = shuffled([department.word, letter.word, ...others], `${key}/${id}/order`)
      return { department, letter, others, text: `Ticket ${id} mentions ${a}, ${b} and ${c}.` }
    })
    const byText = new Map(drawn.map((item) => [item.text, item]))
    const examples = drawn.map(({ department, letter, text }) =>
      Example.make({ ticket: text }, { department: department.label, letter: letter.label })
    )
    const inputs = { ticket: Schema.String }
    const direct = Predict.make(
      "direct",
      Signature.make({
        instruction: DIRECT,
        inputs,
        outputs: { department: Schema.Literal("sales", "support", "legal") }
      }),
      { model: MODELS.task, settings: { maxTokens: 20 } }
    )
    const write = Predict.make(
      "write",
      Signature.make({
        instruction: WRITE,
        inputs,
        outputs: { letter: Schema.Literal("letter-1", "letter-2", "letter-3", "letter-4") }
      }),
      { model: MODELS.task, settings: { maxTokens: 20 } }
    )
    const system = HyperSystem.make("pipeline", {
      run: (input: { readonly ticket: string }) =>
        Effect.map(
          Effect.all([direct(input), write(input)], { concurrency: "unbounded" }),
          ([{ department }, { letter }]) => ({ department, letter })
        ),
      hyperfunctions: [direct, write]
    })
    interface Answer {
      readonly department: string
      readonly letter: string
    }
    const scorer = Scorer.from((output: Answer, expected: Answer, input: unknown) => {
      const { department, letter, others } = byText.get((input as { readonly ticket: string }).ticket)!
      const isDirected = output.department === expected.department
      const isAnswered = output.letter === expected.letter
      const feedback = [
        ...(isDirected ? [] : [hint(department, others, KNOBS.misleading, `${key}/d/${department.word}/${others}`)]),
        ...(isAnswered ? [] : [hint(letter, others, KNOBS.misleading, `${key}/l/${letter.word}/${others}`)])
      ]
      return {
        score: isDirected && isAnswered ? 1 : isDirected || isAnswered ? 0.4 : 0,
        feedback: feedback.slice(0, 1).join("")
      }
    })
    const taught = (instruction: string, rules: typeof directing) =>
      Text.make([instruction, ...rules.map(sentence)].join("\n"))
    const defaults = Candidate.defaults()
    const oracle = Candidate.set(
      Candidate.set(defaults, direct, { ...Candidate.get(defaults, direct), instruction: taught(DIRECT, directing) }),
      write,
      { ...Candidate.get(defaults, write), instruction: taught(WRITE, writing) }
    )
    const common = { key, noise: KNOBS.noise, learns: KNOBS.learns }
    const directed = labelling({ ...common, labels: DEPARTMENTS, decisive: new Set(directing.map(({ word }) => word)) })
    const written = labelling({ ...common, labels: LETTERS, decisive: new Set(writing.map(({ word }) => word)) })
    return {
      system,
      scorer,
      truth: scorer,
      train: examples.slice(0, KNOBS.train),
      heldOut: examples.slice(KNOBS.train),
      oracle,
      answer: answering(
        KNOBS,
        [
          { instruction: DIRECT, labels: DEPARTMENTS },
          { instruction: WRITE, labels: LETTERS }
        ],
        key,
        {
          [MODELS.task]: (messages, rollout) =>
            messages.some(({ content }) => content.includes("Direct the ticket"))
              ? directed(messages, rollout, "department")
              : written(messages, rollout, "letter")
        }
      ),
      fault: without
    }
  }
}
