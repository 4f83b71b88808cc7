import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { LLMError, Message, Request } from "../../services/LLM.js"
import type { GenerationReport, Proposal } from "../../services/Optimizer.js"
import * as Example from "../../src/Example.js"
import * as Hyperfunction from "../../src/Hyperfunction.js"
import * as HyperSystem from "../../src/HyperSystem.js"
import * as Params from "../../src/Params.js"
import * as Predict from "../../src/Predict.js"
import * as Signature from "../../src/Signature.js"
import type * as Text from "../../src/Text.js"
import { scripted } from "./scripted.js"

export const model = "test/reflection"

const taskModel = "test/task"

/** What is to be learnt: the label of a word is that of its family. */
export const families: Readonly<Record<string, string>> = {
  ash: "tree",
  crow: "bird",
  mint: "herb",
  opal: "gem"
}

export const ruleOf = (family: string, label = families[family]): string => `- ${family} means ${label}.`

/** The rules that a text states, the last one of a family in force. */
const rulesIn = (text: string): ReadonlyMap<string, string> =>
  new Map([...text.matchAll(/(\w+) means (\w+)\./g)].map(([, family, label]) => [family, label]))

const familyOf = (word: string): string => word.split("-")[0]

/** `count` words from `first` on, all different, families in turn. */
export const words = (count: number, first = 0) =>
  Array.from({ length: count }, (_, k) => {
    const family = Object.keys(families)[k % 4]
    return Example.make(`${family}-${first + k}`, families[family])
  })

export const instruction = "Label the word."

/** A step without a model: it knows what its text states, and then what its demonstrations show. */
export const labeller = (text = instruction, name = "label") =>
  Hyperfunction.make(name, {
    params: Params.struct({
      instruction: Params.text<string>(text),
      demonstrations: Params.demonstrations({ input: Schema.String, output: Schema.String })
    }),
    run: ({ demonstrations, instruction }, word: string) =>
      Effect.as(
        Effect.yieldNow(),
        rulesIn(instruction.template).get(familyOf(word)) ??
          demonstrations.find(({ input }) => familyOf(input) === familyOf(word))?.output ??
          "unknown"
      )
  })

export const labelling = (text?: string) => {
  const step = labeller(text)
  return { step, system: HyperSystem.make("labelling", { run: (word: string) => step(word) }) }
}

/** The same with a model, which {@link answering} plays. */
export const predicting = (text = instruction) => {
  const step = Predict.make(
    "label",
    Signature.make({ instruction: text, inputs: { word: Schema.String }, outputs: { label: Schema.String } }),
    { model: taskModel }
  )
  const system = HyperSystem.make("predicting", {
    run: (word: string) => Effect.map(step({ word }), ({ label }) => label)
  })
  return { step, system }
}

const systemOf = (messages: ReadonlyArray<Message>): string =>
  messages.flatMap(({ content, role }) => (role === "system" ? [content] : [])).join("\n")

/** What a task model answers: as the rules of its instruction say. */
export const answering = ({ messages }: Request): string => {
  const word = /word: (\S+)/.exec(messages[messages.length - 1].content)?.[1] ?? ""
  return `label: ${rulesIn(systemOf(messages)).get(familyOf(word)) ?? "unknown"}`
}

/** Words in runs that a request shows. */
export const wordsShown = ({ messages }: Request): ReadonlyArray<string> => [
  ...new Set(messages.flatMap(({ content }) => content.match(/\b(?:ash|crow|mint|opal)-\d+\b/g) ?? []))
]

/** The instruction in a request for a better one: what stands between the first marks of the user's turn. */
export const instructionShown = ({ messages }: Request): string =>
  /<(data-\w+)>\n([\s\S]*?)\n<\/\1>/.exec(messages[1].content)![2]

/** An instruction with the rules of the first so many families that a request shows, beside those it has. */
export const learning =
  (count = 1) =>
  (request: Request): string => {
    const known = rulesIn(instructionShown(request))
    const fresh = [...new Set(wordsShown(request).map(familyOf))].filter((family) => !known.has(family))
    return [instructionShown(request), ...fresh.slice(0, count).map((family) => ruleOf(family))].join("\n")
  }

export const isReflection = ({ purpose }: Request): boolean => purpose === "reflection"

/** A model that labels as it is told, and writes prompts as a function says. */
export const world = (reflect: (request: Request, call: number) => string | LLMError) => {
  let calls = 0
  const played = scripted((request) => (isReflection(request) ? reflect(request, calls++) : answering(request)))
  return { ...played, reflections: () => played.requests.filter(isReflection) }
}

/** A step with an instruction, whatever its other parameters. */
type Step<
  Args extends ReadonlyArray<unknown>,
  A,
  E,
  R,
  P extends { readonly instruction: Text.Text }
> = Hyperfunction.Hyperfunction<Args, A, E, R, P>

export const textOf = <
  I,
  O,
  E,
  R,
  Args extends ReadonlyArray<unknown>,
  A,
  E2,
  R2,
  P extends { readonly instruction: Text.Text }
>(
  system: HyperSystem.HyperSystem<I, O, E, R>,
  step: Step<Args, A, E2, R2, P>
): string => HyperSystem.paramsOf(system, step).instruction.template

export const proposalsOf = (history: ReadonlyArray<GenerationReport>): ReadonlyArray<Proposal> =>
  history.flatMap(({ proposals }) => proposals ?? [])

export const outcomes = (history: ReadonlyArray<GenerationReport>) => proposalsOf(history).map(({ outcome }) => outcome)
