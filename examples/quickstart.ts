/**
 * The first program of the README: tune the temperature of a (pretended) model call.
 */
import * as Effect from "effect/Effect"
import * as OptimizerEvolution from "../layers/OptimizerEvolution.js"
import { Example, Hyperfunction, HyperSystem, LMParams } from "../src/index.js"
import type { Program } from "./lib/program.js"

const scoreAnswer = Hyperfunction.make("scoreAnswer", {
  params: LMParams.space,
  run: (params, x: number) => Effect.succeed(x - Math.abs(params.temperature - 0.5))
})

const system = HyperSystem.make("score", {
  run: (input: { readonly x: number }) => scoreAnswer(input.x)
})

const examples = [Example.make({ x: 0 }, 0)]

const mean = (outputs: ReadonlyArray<number>) => outputs.reduce((a, b) => a + b, 0) / outputs.length

const tune = (seed: number) =>
  Effect.gen(function* () {
    const before = yield* HyperSystem.evaluate(system, examples, mean)
    const tuned = yield* HyperSystem.optimize(system, examples, mean)
    const after = yield* HyperSystem.evaluate(tuned.system, examples, mean)
    const { temperature } = HyperSystem.paramsOf(tuned.system, scoreAnswer)
    return { before: before.score, after: after.score, temperature }
  }).pipe(
    Effect.provide(OptimizerEvolution.layer({ generations: 20, population: 20, sigma: 0.1, learningRate: 0.4, seed }))
  )

export const quickstart: Program = {
  name: "quickstart",
  run: ({ say, seed }) =>
    Effect.tap(tune(seed), ({ after, before, temperature }) =>
      say(`score ${before.toFixed(4)} → ${after.toFixed(4)}, temperature 0.7 → ${temperature.toFixed(4)}`)
    )
}
