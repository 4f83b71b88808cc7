import type * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type { Completion, LLM, LLMError } from "../../services/LLM.js"
import * as BestOfN from "../../src/BestOfN.js"
import * as ChainOfThought from "../../src/ChainOfThought.js"
import * as Hyperfunction from "../../src/Hyperfunction.js"
import * as HyperSystem from "../../src/HyperSystem.js"
import * as Llm from "../../src/Llm.js"
import type { LMParams } from "../../src/LMParams.js"
import type { PolicyError } from "../../src/Policy.js"
import * as Predict from "../../src/Predict.js"
import * as Signature from "../../src/Signature.js"
import * as Structured from "../../src/Structured.js"

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const holds = <_ extends true>(): void => {}

const signature = Signature.make({
  instruction: "Classify the ticket.",
  inputs: { ticket: Schema.String, opened: Schema.DateFromString },
  outputs: { priority: Schema.Literal("high", "low"), sure: Schema.Boolean }
})

type Input = { readonly ticket: string; readonly opened: Date }
type Output = { readonly priority: "high" | "low"; readonly sure: boolean }
type Failure = LLMError | Predict.PredictError

holds<Same<typeof signature, Signature.Signature<Input, Output>>>()

const triage = Predict.make("triage", signature, { model: "m", settings: { temperature: 0 } })
declare const input: Input

holds<Same<ReturnType<typeof triage>, Effect.Effect<Output, Failure, LLM>>>()
holds<Same<Hyperfunction.Hyperfunction.ParamsOf<typeof triage>["settings"], LMParams>>()
holds<Same<Hyperfunction.Hyperfunction.ParamsOf<typeof triage>["demonstrations"][number]["output"], Output>>()

export const refused = [
  // @ts-expect-error an input is missing
  triage({ ticket: "x" }),
  // @ts-expect-error an input is of another type
  triage({ ticket: "x", opened: "today" }),
  // @ts-expect-error an input is unknown
  triage({ ...input, tikcet: "x" })
]
Predict.make("triage", signature, {
  model: "m",
  // @ts-expect-error a demonstration shows what is no output
  demonstrations: [{ input, output: { priority: "urgent", sure: true } }]
})

const assistant = triage.pipe(
  Hyperfunction.withRetry(Schedule.recurs(3)),
  Hyperfunction.withTimeout("20 seconds"),
  Hyperfunction.withMaxCalls(9)
)
holds<Same<ReturnType<typeof assistant>, Effect.Effect<Output, Failure | PolicyError, LLM>>>()

declare const params: Predict.Params<Input, Output>
Predict.render(assistant, params, input)
Predict.toMarkdown(assistant, params)
// @ts-expect-error the input is another's
Predict.render(assistant, params, { question: "x" })
const temperature = Hyperfunction.make("other", {
  params: triage.params,
  run: (_, x: number) => triage({ ...input, ticket: `${x}` })
})
// @ts-expect-error it takes other inputs
Predict.render(temperature, params, input)

const thought = ChainOfThought.make("thought", signature, { model: "m" })
holds<Same<ReturnType<typeof thought>, Effect.Effect<Output, Failure, LLM>>>()
const spoken = ChainOfThought.make("spoken", signature, { model: "m", reasoning: "keep" })
holds<Same<Effect.Effect.Success<ReturnType<typeof spoken>>["reasoning"], string>>()

const scored = BestOfN.make(assistant, { n: 3, scorer: ({ sure }, { ticket }) => ticket.length + Number(sure) })
holds<Same<ReturnType<typeof scored>, Effect.Effect<Output, Failure | PolicyError | BestOfN.BestOfNError, LLM>>>()
declare const judge: (output: Output) => Effect.Effect<number, "unsure", "judge">
const judged = BestOfN.make(triage, { n: 3, scorer: judge })
holds<
  Same<ReturnType<typeof judged>, Effect.Effect<Output, Failure | "unsure" | BestOfN.BestOfNError, LLM | "judge">>
>()

const completion = Llm.makeLlmCompletion("openai/gpt-4o")
holds<Same<ReturnType<typeof completion>, Effect.Effect<Completion, LLMError, LLM>>>()

const structured = Structured.complete({ model: "m", messages: [] }, Schema.Array(Schema.DateFromString))
holds<Same<typeof structured, Effect.Effect<ReadonlyArray<Date>, LLMError, LLM>>>()

const system = HyperSystem.make("system", { run: (given: Input) => assistant(given) })
holds<Same<ReturnType<typeof system.run>, Effect.Effect<Output, Failure | PolicyError, LLM>>>()
