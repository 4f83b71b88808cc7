import type { LLM, LLMError, Message } from "../../../services/LLM.js"
import type { Candidate } from "../../../src/Candidate.js"
import type { Example } from "../../../src/Example.js"
import type { HyperSystem } from "../../../src/HyperSystem.js"
import type { PredictError } from "../../../src/Predict.js"
import type { Scorer } from "../../../src/Scorer.js"
import { chance } from "./random.js"
import { type Reflector, reflect } from "./reflector.js"

/**
 * One task of a family: a program, examples, how outputs are graded, and the models that it talks to.
 */
export interface Task<E = LLMError | PredictError> {
  readonly system: HyperSystem<any, any, E, LLM>
  readonly scorer: Scorer<any, any, any, LLM>
  /** How held-out examples are graded: without a model. */
  readonly truth: Scorer<any, any>
  readonly train: ReadonlyArray<Example<any, any>>
  readonly heldOut: ReadonlyArray<Example<any, any>>
  /** The best prompts there are. */
  readonly oracle: Candidate
  /** Answers of the models by their names, from the messages alone. */
  readonly answer: (model: string, messages: ReadonlyArray<Message>, rollout: string) => string
  /** Status of an answer that fails, if it does. */
  readonly fault: (model: string, count: number) => number | undefined
}

export interface Family {
  readonly name: string
  /** The knobs, for the report. */
  readonly knobs: Readonly<Record<string, number>>
  readonly task: (seed: number) => Task
}

/** What a task model is told: its standing orders, what was demonstrated, and the case at hand. */
export const read = (messages: ReadonlyArray<Message>) => ({
  orders: messages.flatMap(({ content, role }) => (role === "system" ? [content] : [])).join("\n"),
  demonstrations: messages.slice(0, -1).filter(({ role }) => role !== "system"),
  item: messages[messages.length - 1]?.content ?? ""
})

export const without = (): undefined => undefined

/** Names of models. */
export const MODELS = { task: "vllm/task", judge: "vllm/judge", reflection: "vllm/reflection" } as const

/** Hints as people give them: of the word that it was about or, now and then, of another one in the text. */
export const hint = (
  truth: { readonly word: string; readonly label: string },
  others: ReadonlyArray<string>,
  misleading: number,
  key: string
): string => {
  const word = chance(`${key}/misled`) < misleading ? others[0] : truth.word
  return `Mentions of "${word}" mean ${truth.label}.`
}

export const answering =
  (
    reflector: Reflector,
    steps: ReadonlyArray<{ readonly instruction: string; readonly labels: ReadonlyArray<string> }>,
    key: string,
    others: Readonly<Record<string, (messages: ReadonlyArray<Message>, rollout: string) => string>>
  ): Task["answer"] =>
  (model, messages, rollout) => {
    const other = others[model]
    if (other !== undefined) return other(messages, rollout)
    const request = messages.map(({ content }) => content).join("\n")
    const step = steps.find(({ instruction }) => request.includes(instruction.split(".")[0]!)) ?? steps[0]!
    return reflect(reflector, { ...step, key: `${key}/${rollout}` }, request)
  }
