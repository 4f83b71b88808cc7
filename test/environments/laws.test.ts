import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import type * as Environment from "../../src/Environment.js"
import * as CartPole from "../../src/environments/CartPole.js"
import * as FrozenLake from "../../src/environments/FrozenLake.js"
import * as GridWorld from "../../src/environments/GridWorld.js"
import { interleave, play } from "../utils/episodes.js"

const seeds = FastCheck.maxSafeInteger()

const laws = <O, A extends string | number>(
  environment: Environment.Environment<O, A>,
  policy: (observation: O, step: number) => A
) =>
  describe(environment.name, () => {
    it.effect.prop("plays equal episodes for equal seeds", [seeds], ([seed]) =>
      Effect.gen(function* () {
        const first = yield* play(environment, seed, policy)
        const second = yield* play(environment, seed, policy)
        assert.deepStrictEqual(first, second)
      })
    )

    it.effect("plays different episodes for different seeds, 0 and negative ones included", () =>
      Effect.gen(function* () {
        const episodes = yield* Effect.forEach([-2, -1, 0, 1, 2, 2 ** 40], (seed) => play(environment, seed, policy))
        assert.strictEqual(new Set(episodes.map((episode) => JSON.stringify(episode))).size, episodes.length)
      })
    )

    it.effect.prop("keeps instances apart", [seeds, seeds], ([a, b]) =>
      Effect.gen(function* () {
        const alone = yield* Effect.forEach([a, b], (seed) => play(environment, seed, policy))
        const together = yield* interleave(environment, [a, b], policy, environment.maxSteps)
        assert.deepStrictEqual(
          together,
          alone.map(({ steps }) => steps)
        )
      })
    )

    it.effect.prop("shows nothing but what its spaces allow, and finite rewards", [seeds], ([seed]) =>
      Effect.gen(function* () {
        const isObservation = Schema.is(environment.observations)
        const { start, steps } = yield* play(environment, seed, policy)
        assert.isTrue(isObservation(start))
        assert.isTrue(steps.every(({ observation, reward }) => isObservation(observation) && Number.isFinite(reward)))
        assert.isTrue(Schema.is(environment.actions)(policy(start, 0)))
      })
    )

    it.effect("begins anew when it is reset, whatever happened before", () =>
      Effect.gen(function* () {
        const instance = yield* environment.make
        const before = yield* instance.reset(7)
        yield* instance.step(policy(before.observation, 0))
        assert.deepStrictEqual(yield* instance.reset(7), before)
      }).pipe(Effect.scoped)
    )

    it.effect("draws a frame as one SVG", () =>
      Effect.gen(function* () {
        const instance = yield* environment.make
        yield* instance.reset(3)
        const frame = yield* instance.render ?? Effect.succeed("")
        assert.match(frame, /^<svg [^>]*viewBox="0 0 [\d.]+ [\d.]+"[^>]*aria-label="[^"]+">.*<\/svg>$/)
        assert.notMatch(frame, /NaN|undefined/)
      }).pipe(Effect.scoped)
    )
  })

describe("Environments", () => {
  laws(CartPole.environment, ([, , angle]) => (angle > 0 ? 1 : 0))
  laws(FrozenLake.small, (cell, step) => ((cell + step) % 4) as FrozenLake.Action)
  laws(FrozenLake.large, (cell, step) => ((cell + step) % 4) as FrozenLake.Action)
  laws(GridWorld.environment, ({ place }, step) => ((place.row + place.column + step) % 4) as GridWorld.Action)
})
