import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import { pipe } from "effect/Function"
import * as Schedule from "effect/Schedule"
import type * as Stream from "effect/Stream"
import * as OptimizerEvolution from "../../layers/OptimizerEvolution.js"
import type { Device, DeviceError } from "../../services/Device.js"
import type { GenerationReport, Optimizer, OptimizerError } from "../../services/Optimizer.js"
import type { Ablation, How } from "../../src/Ablation.js"
import * as Candidate from "../../src/Candidate.js"
import type { Evaluation, PopulationEvaluation } from "../../src/Evaluation.js"
import type { EvaluationError } from "../../src/EvaluationError.js"
import * as Example from "../../src/Example.js"
import * as Hyperfunction from "../../src/Hyperfunction.js"
import * as HyperSystem from "../../src/HyperSystem.js"
import { LMParams } from "../../src/LMParams.js"
import * as LoRAWeight from "../../src/LoRAWeight.js"
import * as Metric from "../../src/Metric.js"
import type { Optimized } from "../../src/Optimization.js"
import * as Params from "../../src/Params.js"
import type { PolicyError } from "../../src/Policy.js"
import * as Tensor from "../../src/Tensor.js"
import type { Text } from "../../src/Text.js"
import type { Trace } from "../../src/Trace.js"

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const holds = <_ extends true>(): void => {}
const refused = (_: unknown): void => {}

class Search extends Context.Tag("test/Search")<
  Search,
  { readonly find: (query: string) => Effect.Effect<string> }
>() {}
class Judge extends Context.Tag("test/Judge")<Judge, { readonly grade: (text: string) => Effect.Effect<number> }>() {}
class Missing {
  readonly _tag = "Missing"
}
class Unfair {
  readonly _tag = "Unfair"
}

// a hyperfunction infers its arguments, result, errors, requirements and parameters

const scoreAnswer = Hyperfunction.make("scoreAnswer", {
  params: LMParams.space,
  run: (params, x: number) => Effect.succeed(x - Math.abs(params.temperature - 0.5))
})
holds<Same<typeof scoreAnswer, Hyperfunction.Hyperfunction<[x: number], number, never, never, LMParams>>>()
holds<Same<ReturnType<typeof scoreAnswer>, Effect.Effect<number, never, never>>>()

const look = Hyperfunction.make("look", {
  params: Params.struct({
    threshold: Params.bounded({ min: 0, max: 1, default: 0.5 }),
    model: Params.category(["small", "large"]),
    prompt: Params.text("Find {topic}.")
  }),
  run: ({ model, prompt, threshold }, topic: string, limit: number) =>
    Effect.gen(function* () {
      holds<Same<typeof threshold, number>>()
      holds<Same<typeof model, "small" | "large">>()
      holds<Same<typeof prompt, Text<"topic">>>()
      const { find } = yield* Search
      const found = yield* find(prompt.render({ topic }))
      if (limit < threshold) return yield* Effect.fail(new Missing())
      return { found, model }
    })
})
holds<Same<Parameters<typeof look>, [topic: string, limit: number]>>()
holds<
  Same<
    ReturnType<typeof look>,
    Effect.Effect<{ readonly found: string; readonly model: "small" | "large" }, Missing, Search>
  > extends boolean
    ? true
    : false
>()
holds<Same<Hyperfunction.Hyperfunction.Success<typeof look>, { found: string; model: "small" | "large" }>>()
holds<Same<Hyperfunction.Hyperfunction.Error<typeof look>, Missing>>()
holds<Same<Hyperfunction.Hyperfunction.Context<typeof look>, Search>>()
holds<Same<Hyperfunction.Hyperfunction.ParamsOf<typeof scoreAnswer>, LMParams>>()
export const any: Hyperfunction.Hyperfunction.Any = look

const none = Hyperfunction.make("none", { params: Params.none, run: () => Effect.succeed("nothing") })
holds<Same<Parameters<typeof none>, []>>()

// @ts-expect-error the argument is of another type
refused(scoreAnswer("a"))
// @ts-expect-error an argument is missing
refused(look("topic"))
// @ts-expect-error there is one too many
refused(none(1))
// @ts-expect-error the result is no effect
Hyperfunction.make("plain", { params: Params.none, run: () => 1 })
// @ts-expect-error there is no such parameter
Hyperfunction.make("unknown", { params: LMParams.space, run: ({ heat }) => Effect.succeed(heat) })

// tensor hyperfunctions see numbers as tensors, and neither categories nor text

const hidden = Hyperfunction.tensor("hidden", {
  params: LoRAWeight.create({ outDim: 4, inDim: 2, noiseRank: 2 }),
  run: (weight, x: Tensor.Tensor) => Tensor.relu(Tensor.linear(x, weight))
})
holds<
  Same<
    typeof hidden,
    Hyperfunction.Hyperfunction<
      [x: Tensor.Tensor],
      Tensor.Tensor,
      Tensor.TensorError | DeviceError,
      Device,
      LoRAWeight.LoRAWeight
    >
  >
>()
const output = Hyperfunction.tensor("output", {
  params: Params.struct({
    weight: LoRAWeight.create({ outDim: 1, inDim: 4 }),
    scale: Params.unbounded({ default: 1 })
  }),
  run: ({ scale, weight }, x: Tensor.Tensor) => ({ value: Tensor.mul(Tensor.linear(x, weight), scale), count: 1 })
})
holds<Same<Hyperfunction.Hyperfunction.Success<typeof output>, { value: Tensor.Tensor; count: number }>>()

Hyperfunction.tensor("routed", {
  params: Params.struct({ route: Params.category(["a", "b"]), text: Params.text("hello") }),
  run: ({ route, text }, x: Tensor.Tensor) => {
    // @ts-expect-error a category cannot be compared in a tensor program
    if (route === "a") return x
    // @ts-expect-error nor can text be rendered
    return text.render()
  }
})
Hyperfunction.tensor("scaled", {
  params: Params.unbounded({ default: 1 }),
  // @ts-expect-error a number is a tensor there
  run: (scale, x: Tensor.Tensor) => Tensor.mul(x, Math.sqrt(scale))
})
// @ts-expect-error the argument is no tensor
refused(hidden([1, 2]))

// policies add what they can fail with, and what their schedules need

const retried = look.pipe(Hyperfunction.withRetry(Schedule.recurs(2)))
holds<Same<Hyperfunction.Hyperfunction.Error<typeof retried>, Missing>>()
const bounded = look.pipe(
  Hyperfunction.withRetry(Schedule.recurs(2)),
  Hyperfunction.withTimeout("20 seconds"),
  Hyperfunction.withMaxCalls(5)
)
holds<Same<Hyperfunction.Hyperfunction.Error<typeof bounded>, Missing | PolicyError>>()
holds<Same<Hyperfunction.Hyperfunction.Context<typeof bounded>, Search>>()
holds<Same<Parameters<typeof bounded>, [topic: string, limit: number]>>()
holds<Same<Hyperfunction.Hyperfunction.ParamsOf<typeof bounded>, Hyperfunction.Hyperfunction.ParamsOf<typeof look>>>()
const declared = Hyperfunction.make("declared", {
  params: Params.none,
  run: (_, n: number) => (n > 0 ? Effect.succeed(n) : Effect.fail(new Missing())),
  policy: { retry: Schedule.recurs(1), timeout: "1 second", maxCalls: 3 }
})
holds<Same<ReturnType<typeof declared>, Effect.Effect<number, Missing | PolicyError, never>>>()
declare const waiting: Schedule.Schedule<number, Missing | PolicyError, Judge>
const scheduled = Hyperfunction.make("scheduled", {
  params: Params.none,
  run: () => Effect.fail(new Missing()),
  policy: { retry: waiting }
})
holds<Same<Hyperfunction.Hyperfunction.Context<typeof scheduled>, Judge>>()
holds<Same<Hyperfunction.Hyperfunction.Context<ReturnType<typeof retriedWaiting>>, Search | Judge>>()
const retriedWaiting = () => Hyperfunction.withRetry(look, waiting)
declare const unfair: Schedule.Schedule<number, Unfair>
// @ts-expect-error the schedule is for errors that this does not fail with
Hyperfunction.withRetry(look, unfair)

// a system is what its program is

const plain = HyperSystem.make("plain", { run: (input: { readonly x: number }) => scoreAnswer(input.x) })
holds<Same<typeof plain, HyperSystem.HyperSystem<{ readonly x: number }, number, never, never>>>()
const searching = HyperSystem.make("searching", {
  run: (topic: string) => Effect.map(bounded(topic, 3), ({ found }) => found)
})
holds<Same<typeof searching, HyperSystem.HyperSystem<string, string, Missing | PolicyError, Search>>>()
const xor = HyperSystem.make("xor", {
  run: (x: Tensor.Tensor) => Effect.map(Effect.flatMap(hidden(x), output), ({ value }) => value)
})
holds<
  Same<typeof xor, HyperSystem.HyperSystem<Tensor.Tensor, Tensor.Tensor, Tensor.TensorError | DeviceError, Device>>
>()
const given = HyperSystem.withCandidate(searching, Candidate.defaults())
holds<Same<typeof given, typeof searching>>()
const piped = searching.pipe(HyperSystem.withCandidate(Candidate.defaults()))
holds<Same<typeof piped, typeof searching>>()
// @ts-expect-error the input is of another type
refused(plain.run({ y: 1 }))

// an evaluation fails with what the system fails with, and needs what it needs; a metric that is an effect adds its own

const numbers = [Example.make({ x: 0 }, 0)]
const topics = [Example.make("tea", "leaves")]
const points = [Example.make(Tensor.from([0, 1]), Tensor.from([1]))]
const mean = (outputs: ReadonlyArray<number>) => outputs.reduce((a, b) => a + b, 0) / outputs.length

const evaluated = HyperSystem.evaluate(plain, numbers, mean)
holds<Same<typeof evaluated, Effect.Effect<Evaluation<number, EvaluationError>, EvaluationError, never>>>()
const graded = HyperSystem.evaluate(searching, topics, (outputs, expected) =>
  Effect.gen(function* () {
    holds<Same<typeof outputs, ReadonlyArray<string>>>()
    holds<Same<typeof expected, ReadonlyArray<string>>>()
    const { grade } = yield* Judge
    return outputs.length === 0 ? yield* Effect.fail(new Unfair()) : yield* grade(outputs[0])
  })
)
holds<Same<Effect.Effect.Error<typeof graded>, Missing | PolicyError | EvaluationError | Unfair>>()
holds<Same<Effect.Effect.Context<typeof graded>, Search | Judge>>()

type OfXor = Tensor.TensorError | DeviceError | EvaluationError
const perExample = HyperSystem.evaluate(
  xor,
  points,
  Metric.perExample((value: Tensor.Tensor, expected: Tensor.Tensor) => Tensor.sum(Tensor.sub(value, expected)))
)
holds<Same<Effect.Effect.Error<typeof perExample>, OfXor>>()
holds<Same<Effect.Effect.Context<typeof perExample>, Device>>()
const inline = HyperSystem.evaluate(
  xor,
  points,
  Metric.perExample((value, expected) => Tensor.sum(Tensor.sub(value, expected)))
)
holds<Same<Effect.Effect.Error<typeof inline>, OfXor>>()
const judged = HyperSystem.evaluate(
  xor,
  points,
  Metric.perExample((value: Tensor.Tensor, _: Tensor.Tensor) =>
    Effect.flatMap(Judge, ({ grade }) => grade(String(value)))
  )
)
holds<Same<Effect.Effect.Error<typeof judged>, OfXor>>()
holds<Same<Effect.Effect.Context<typeof judged>, Device | Judge>>()
for (const metric of [Metric.accuracy, Metric.logLikelihood, Metric.negativeSquaredError]) {
  const measured = HyperSystem.evaluate(xor, points, metric, { mode: "lifted" })
  holds<Same<Effect.Effect.Error<typeof measured>, OfXor>>()
  holds<Same<Effect.Effect.Context<typeof measured>, Device>>()
}
const population = HyperSystem.evaluatePopulation(xor, [Candidate.defaults()], points, Metric.accuracy)
holds<Same<typeof population, Effect.Effect<PopulationEvaluation<OfXor>, OfXor, Device>>>()

// @ts-expect-error the metric is for other outputs
refused(HyperSystem.evaluate(plain, numbers, (outputs: ReadonlyArray<string>) => outputs.length))
// @ts-expect-error the metric gives no number
refused(HyperSystem.evaluate(plain, numbers, () => "good"))
// @ts-expect-error the examples are for another system
refused(HyperSystem.evaluate(plain, topics, mean))
// @ts-expect-error there is no such mode
refused(HyperSystem.evaluate(plain, numbers, mean, { mode: "fast" }))

// only what tunes needs an optimizer

const tuned = HyperSystem.optimize(plain, numbers, mean)
holds<
  Same<
    typeof tuned,
    Effect.Effect<Optimized<{ readonly x: number }, number, never, never>, EvaluationError | OptimizerError, Optimizer>
  >
>()
const tunedBy = HyperSystem.optimize(searching, topics, () => Effect.flatMap(Judge, ({ grade }) => grade("")))
holds<Same<Effect.Effect.Error<typeof tunedBy>, Missing | PolicyError | EvaluationError | OptimizerError>>()
holds<Same<Effect.Effect.Context<typeof tunedBy>, Search | Judge | Optimizer>>()
const optional = HyperSystem.make("optional", {
  run: ({ x = 1 }: { readonly x?: number }) => Effect.succeed(x)
})
const fewer = Effect.map(HyperSystem.optimize(optional, [Example.make({}, 0)], mean), ({ system }) => system)
holds<Same<Effect.Effect.Success<typeof fewer>, typeof optional>>()
const stream = HyperSystem.optimizeStream(plain, numbers, mean)
holds<Same<typeof stream, Stream.Stream<GenerationReport, EvaluationError | OptimizerError, Optimizer>>>()

const program = Effect.gen(function* () {
  const before = yield* HyperSystem.evaluate(plain, numbers, mean)
  const { system } = yield* HyperSystem.optimize(plain, numbers, mean)
  const after = yield* HyperSystem.evaluate(system, numbers, mean)
  return { before: before.score, after: after.score }
}).pipe(
  Effect.provide(OptimizerEvolution.layer({ generations: 20, population: 20, sigma: 0.1, learningRate: 0.1, seed: 1 }))
)
holds<Same<typeof program, Effect.Effect<{ before: number; after: number }, EvaluationError | OptimizerError, never>>>()

const kept = HyperSystem.ablate(plain, numbers, mean, { block: "scoreAnswer", how: "default" })
holds<Same<typeof kept, Effect.Effect<Ablation, EvaluationError, never>>>()
const zeroed = HyperSystem.ablate(xor, points, Metric.accuracy, { block: "hidden", how: "zero", seed: 1 })
holds<Same<typeof zeroed, Effect.Effect<Ablation, OfXor, Device>>>()
const frozen = HyperSystem.ablate(plain, numbers, mean, { block: "scoreAnswer", how: "freeze" })
holds<Same<typeof frozen, Effect.Effect<Ablation, EvaluationError | OptimizerError, Optimizer>>>()
declare const how: How
const either = HyperSystem.ablate(plain, numbers, mean, { block: "scoreAnswer", how })
holds<Same<Effect.Effect.Context<typeof either>, Optimizer>>()
// @ts-expect-error there is no such way
refused(HyperSystem.ablate(plain, numbers, mean, { block: "scoreAnswer", how: "remove" }))

// a trace keeps the failures of its run

const traced = HyperSystem.trace(searching, "tea")
holds<Same<typeof traced, Effect.Effect<Trace<string, Missing | PolicyError>, EvaluationError, Search>>>()
holds<Same<Trace<string, Missing>["exit"], Exit.Exit<string, Missing>>>()

// a candidate takes the parameters of a hyperfunction, and gives them

const candidate = pipe(
  Candidate.defaults(),
  Candidate.set(scoreAnswer, new LMParams({ temperature: 1 })),
  Candidate.set(bounded, { ...Candidate.get(Candidate.defaults(), look), threshold: 0.25, model: "large" })
)
holds<Same<typeof candidate, Candidate.Candidate>>()
holds<Same<ReturnType<typeof read>, number>>()
const read = () => Candidate.get(candidate, look).threshold
const provided = Candidate.provide(look("tea", 1), candidate)
holds<Same<Effect.Effect.Context<typeof provided>, Search>>()
// @ts-expect-error the parameters are of another space
Candidate.set(candidate, scoreAnswer, { temperature: 1 })
Candidate.set(candidate, look, {
  ...Candidate.get(candidate, look),
  // @ts-expect-error there is no such choice
  model: "medium"
})
