import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Environment from "../src/Environment.js"

const counter = Environment.fromTransitions({
  name: "counter",
  observations: Schema.Struct({ count: Schema.Int }),
  actions: Schema.Int,
  maxSteps: 10,
  start: (seed) => ({ count: seed, hidden: true }),
  observe: ({ count }) => ({ count }),
  step: (state, by: number) => ({
    state: { ...state, count: state.count + by },
    reward: by,
    terminated: state.count + by > 5
  }),
  render: ({ count }) => `<svg>${count}</svg>`
})

describe("Environment", () => {
  describe("fromTransitions", () => {
    it.scoped("follows its transitions from the state of a seed", () =>
      Effect.gen(function* () {
        const { render, reset, step } = yield* counter.make
        assert.deepStrictEqual(yield* reset(3), { observation: { count: 3 }, info: {} })
        assert.deepStrictEqual(yield* step(2), {
          observation: { count: 5 },
          reward: 2,
          terminated: false,
          truncated: false,
          info: {}
        })
        assert.strictEqual(yield* render!, "<svg>5</svg>")
        assert.isTrue((yield* step(1)).terminated)
        assert.deepStrictEqual(yield* reset(0), { observation: { count: 0 }, info: {} })
      })
    )

    it.scoped("makes instances that know nothing of each other", () =>
      Effect.gen(function* () {
        const [a, b] = [yield* counter.make, yield* counter.make]
        yield* a.reset(0)
        yield* b.reset(0)
        yield* a.step(4)
        assert.deepStrictEqual((yield* b.step(1)).observation, { count: 1 })
      })
    )

    it.scoped("computes nothing before it is run", () =>
      Effect.gen(function* () {
        const { reset, step } = yield* counter.make
        yield* reset(0)
        const add = step(1)
        assert.isTrue(Effect.isEffect(step(100)))
        assert.deepStrictEqual((yield* add).observation, { count: 1 })
        assert.deepStrictEqual((yield* add).observation, { count: 2 })
      })
    )

    it.scoped("cannot be looked at unless it says how", () =>
      Effect.gen(function* () {
        const { name: _, ...rest } = counter
        const blind = Environment.fromTransitions({
          ...rest,
          name: "blind",
          start: (seed) => seed,
          observe: (count) => ({ count }),
          step: (count, by: number) => ({ state: count + by, reward: 0, terminated: false })
        })
        assert.notProperty(yield* blind.make, "render")
      })
    )
  })
})
