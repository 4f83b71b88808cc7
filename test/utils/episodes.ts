import * as Effect from "effect/Effect"
import type * as Environment from "../../src/Environment.js"

/** Everything that is seen of an episode, played on an instance of its own until its end or `maxSteps`. */
export const play = <O, A extends string | number>(
  environment: Environment.Environment<O, A>,
  seed: number,
  policy: (observation: O, step: number) => NoInfer<A>
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const instance = yield* environment.make
      const start = yield* instance.reset(seed)
      const seen: Array<Environment.Step<O>> = []
      let { observation } = start
      for (let step = 0; step < environment.maxSteps; step++) {
        const next = yield* instance.step(policy(observation, step))
        seen.push(next)
        if (next.terminated) break
        observation = next.observation
      }
      return { start: start.observation, steps: seen }
    })
  )

/** Plays two episodes of one environment at once, a step of each in turn. */
export const interleave = <O, A extends string | number>(
  environment: Environment.Environment<O, A>,
  seeds: readonly [number, number],
  policy: (observation: O, step: number) => NoInfer<A>,
  steps: number
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const instances = [yield* environment.make, yield* environment.make] as const
      const observations = [
        (yield* instances[0].reset(seeds[0])).observation,
        (yield* instances[1].reset(seeds[1])).observation
      ]
      const seen: [Array<Environment.Step<O>>, Array<Environment.Step<O>>] = [[], []]
      for (let step = 0; step < steps; step++) {
        for (const k of [0, 1] as const) {
          if (seen[k].at(-1)?.terminated === true) continue
          const next = yield* instances[k].step(policy(observations[k], step))
          seen[k].push(next)
          observations[k] = next.observation
        }
      }
      return seen
    })
  )
