import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { LLM, LLMError } from "../../services/LLM.js"
import * as HyperSystem from "../../src/HyperSystem.js"
import * as Judge from "../../src/Judge.js"
import * as Metric from "../../src/Metric.js"
import * as Scorer from "../../src/Scorer.js"
import type * as Tensor from "../../src/Tensor.js"

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const holds = <_ extends true>(): void => {}

class Broken {
  readonly _tag = "Broken"
}
class Dictionary extends Context.Tag("test/Dictionary")<Dictionary, ReadonlySet<string>>() {}

const plain = Scorer.from((output: string, limit: number) => output.length < limit)
holds<Same<typeof plain, Scorer.Scorer<string, number>>>()

const effectful = Scorer.make("known", (output: string, _: { readonly id: number }) =>
  output === "" ? Effect.fail(new Broken()) : Effect.map(Dictionary, (words) => words.has(output))
)
holds<Same<typeof effectful, Scorer.Scorer<string, { readonly id: number }, Broken, Dictionary>>>()
holds<Same<ReturnType<typeof again>, typeof effectful>>()
const again = () => Scorer.from(effectful)

const failing = Scorer.from((output: string, _: number) =>
  output === "" ? Effect.fail(new Scorer.ScorerError({ reason: "Threw", scorer: "", detail: "", cure: "" })) : 1
)
holds<Same<Effect.Effect.Error<ReturnType<typeof failing.grade>>, Scorer.ScorerError>>()

const tensors = Scorer.from(Metric.accuracy)
holds<Same<typeof tensors, Scorer.Scorer<Tensor.Tensor, Tensor.Tensor>>>()

const parts = Scorer.composite([
  [effectful, 1],
  [Scorer.exactMatch(), 2],
  [(output: string, expected: { readonly name: string }) => output === expected.name, 1]
])
holds<
  Same<typeof parts, Scorer.Scorer<string, { readonly id: number } & { readonly name: string }, Broken, Dictionary>>
>()

const person = Schema.Struct({ name: Schema.String })
holds<Same<ReturnType<typeof json>, Scorer.Scorer<unknown, { readonly name: string }>>>()
const json = () => Scorer.jsonMatch(person)

const judged = Scorer.composite([[Judge.factualAccuracy({ model: "test/judge" }), 1]])
holds<Same<typeof judged, Scorer.Scorer<unknown, unknown, LLMError, LLM>>>()

const found = Scorer.contramap(effectful, (output: { readonly text: string }) => output.text)
holds<Same<typeof found, Scorer.Scorer<{ readonly text: string }, { readonly id: number }, Broken, Dictionary>>>()

const system = HyperSystem.make("echo", { run: (text: string) => Effect.succeed(text) })
const evaluated = HyperSystem.evaluate(system, [{ input: "a", expected: { id: 1 } }], effectful)
holds<Same<Effect.Effect.Context<typeof evaluated>, Dictionary>>()
export const error: Extract<Effect.Effect.Error<typeof evaluated>, Broken | Scorer.ScorerError> = new Broken()

// @ts-expect-error the scorer grades text, and the system gives text, but expects no number
export const mismatched = HyperSystem.evaluate(system, [{ input: "a", expected: 1 }], effectful)
// @ts-expect-error text is no verdict
Scorer.make("text", () => "good")
// @ts-expect-error a weight is missing
Scorer.composite([[plain]])
