import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Episode from "../src/Episode.js"
import * as Example from "../src/Example.js"
import * as HyperSystem from "../src/HyperSystem.js"
import type * as Metric from "../src/Metric.js"

const episode = (totalReward: number, steps: number): Episode.EpisodeResult<ReadonlyArray<number>> => ({
  totalReward,
  steps,
  terminated: true,
  truncated: false,
  seed: 0,
  info: { won: true },
  finalObservation: [1, 2]
})

describe("Episode", () => {
  it("is JSON without what was last seen (test_episode_result_to_dict)", () => {
    assert.deepStrictEqual(Schema.encodeSync(Episode.EpisodeSummary)({ ...episode(20, 2), truncatedBy: "maxSteps" }), {
      totalReward: 20,
      steps: 2,
      terminated: true,
      truncated: false,
      truncatedBy: "maxSteps",
      seed: 0,
      info: { won: true }
    })
  })

  it.effect("is JSON with what was last seen, where that has a schema", () =>
    Effect.gen(function* () {
      const schema = Episode.schema(Schema.Array(Schema.NumberFromString))
      const encoded = yield* Schema.encode(schema)(episode(1, 1))
      assert.deepStrictEqual(encoded.finalObservation, ["1", "2"])
      assert.deepStrictEqual(yield* Schema.decodeUnknown(schema)(JSON.parse(JSON.stringify(encoded))), episode(1, 1))
    })
  )

  it.effect("refuses sums that are not finite and steps that are not whole", () =>
    Effect.gen(function* () {
      const decode = Schema.decodeUnknown(Episode.EpisodeSummary)
      yield* Effect.flip(Effect.asVoid(decode(episode(Number.NaN, 1))))
      yield* Effect.flip(Effect.asVoid(decode(episode(0, 1.5))))
    })
  )

  it.effect("has its return, its length and its success as metrics", () =>
    Effect.gen(function* () {
      const system = HyperSystem.make("replay", { run: (steps: number) => Effect.succeed(episode(10 * steps, steps)) })
      const examples = [1, 2, 6].map((steps) => Example.make(steps, "anything"))
      const score = (metric: Metric.PerExample<Episode.EpisodeResult, unknown, number>) =>
        Effect.map(HyperSystem.evaluate(system, examples, metric), ({ score }) => score)
      assert.strictEqual(yield* score(Episode.meanReturn), 30)
      assert.strictEqual(yield* score(Episode.meanLength), 3)
      assert.strictEqual(yield* score(Episode.successRate(({ steps }) => steps > 5)), 1 / 3)
    })
  )
})
