import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Observation, ObservedCall } from "../../services/Optimizer.js"
import type { Candidate } from "../../src/Candidate.js"
import * as Candidates from "../../src/Candidate.js"
import * as HyperSystem from "../../src/HyperSystem.js"
import { type PromptField, promptFields, textOf, withFieldValue } from "../../src/internal/promptFields.js"
import type { Observe } from "../../src/internal/reflective/world.js"
import { labeller } from "./prompting.js"

/** A run with a score, and a word on it. */
export const observation = (
  example: number,
  score: number,
  more: { readonly feedback?: string; readonly calls?: ReadonlyArray<ObservedCall>; readonly expected?: unknown } = {}
): Observation<never> => ({
  example,
  input: `input ${example}`,
  expected: more.expected ?? "right",
  output: Exit.succeed(score === 1 ? "right" : "wrong"),
  grade: Exit.succeed({ score, feedback: more.feedback ?? "" }),
  calls: more.calls ?? []
})

/** Runs that score as a function of the text says, and a count of them. */
export const observing = (
  field: PromptField,
  scoreOf: (text: string, item: number) => number
): { readonly observe: Observe<never>; readonly runs: () => number } => {
  let runs = 0
  return {
    runs: () => runs,
    observe: (candidate, items) =>
      Effect.sync(() => {
        runs += items.length
        return new Map(items.map((item) => [item, observation(item, scoreOf(textOf(candidate, field), item))]))
      })
  }
}

export const fieldsOf = <I, O, E, R>(system: HyperSystem.HyperSystem<I, O, E, R>): ReadonlyArray<PromptField> =>
  promptFields(system.definitions)

/** The instruction of a labeller. */
export const labelText = (): PromptField => {
  const step = labeller()
  const system = HyperSystem.make("labelling", { run: (word: string) => step(word), hyperfunctions: [step] })
  return fieldsOf(system).find(({ field }) => field._tag === "Text")!
}

export const candidateWith = (field: PromptField, text: string): Candidate =>
  withFieldValue(Candidates.defaults(), field, text)
