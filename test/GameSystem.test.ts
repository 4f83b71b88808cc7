import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as OptimizerEvolution from "../layers/OptimizerEvolution.js"
import * as OptimizerReflective from "../layers/OptimizerReflective.js"
import * as Candidate from "../src/Candidate.js"
import * as Environment from "../src/Environment.js"
import * as Episode from "../src/Episode.js"
import { EpisodeError } from "../src/EpisodeError.js"
import * as Example from "../src/Example.js"
import * as GameSystem from "../src/GameSystem.js"
import * as Hyperfunction from "../src/Hyperfunction.js"
import * as HyperSystem from "../src/HyperSystem.js"
import * as Metric from "../src/Metric.js"
import * as Params from "../src/Params.js"
import * as Scorer from "../src/Scorer.js"
import { labeller, learning, model, words, world } from "./utils/prompting.js"
import { failure } from "./utils/scripted.js"

/** Walk from the seed up to a goal at 10; each step costs one point. */
const walk = Environment.fromTransitions({
  name: "walk",
  observations: Schema.Int,
  actions: Schema.Literal(-1, 1, 2),
  maxSteps: 20,
  start: (seed) => seed,
  observe: (place) => place,
  step: (place, by: -1 | 1 | 2) => ({ state: place + by, reward: -1, terminated: place + by >= 10 }),
  render: (place) => `<svg>${place}</svg>`
})

type Walk = Environment.Environment<number, -1 | 1 | 2>

type Instance = Environment.Instance<number, -1 | 1 | 2>

/** The same world with something else about its instances. */
const altered = (alter: (instance: Instance) => Partial<Instance>): Walk => ({
  ...walk,
  make: Effect.map(walk.make, (instance) => ({ ...instance, ...alter(instance) }))
})

const forwards = (environment: Walk = walk, options: { readonly maxSteps?: number; readonly record?: boolean } = {}) =>
  GameSystem.make("forwards", { environment, act: () => Effect.succeed(1 as const), ...options })

const refused = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.map(failure(self), (error) =>
    error instanceof EpisodeError ? error : assert.fail(`not an EpisodeError: ${error}`)
  )

const boom = (thrown: unknown) => () => {
  throw thrown
}

const seeds = (...of: ReadonlyArray<number>) => of.map((seed) => Example.make({ seed }, undefined))

describe("GameSystem", () => {
  describe("episodes", () => {
    it.effect("sums rewards and counts steps until the world ends them (test_game_simple, test_episode_result)", () =>
      Effect.gen(function* () {
        const { finalObservation, info, seed, steps, terminated, totalReward, truncated, truncatedBy } =
          yield* forwards().run({ seed: 3 })
        assert.deepStrictEqual(
          { finalObservation, info, seed, steps, terminated, totalReward, truncated },
          { finalObservation: 10, info: {}, seed: 3, steps: 7, terminated: true, totalReward: -7, truncated: false }
        )
        assert.isUndefined(truncatedBy)
      })
    )

    it.effect("are truncated at the step cap, and say so (F110)", () =>
      Effect.gen(function* () {
        const endless = altered(({ step }) => ({
          step: (action) => Effect.map(step(action), (next) => ({ ...next, terminated: false }))
        }))
        const result = yield* forwards(endless).run({ seed: 0 })
        assert.deepStrictEqual(
          [result.steps, result.terminated, result.truncated, result.truncatedBy],
          [20, false, true, "maxSteps"]
        )
        assert.strictEqual((yield* forwards(endless, { maxSteps: 3 }).run({ seed: 0 })).steps, 3)
        assert.isFalse((yield* forwards(walk, { maxSteps: 7 }).run({ seed: 3 })).truncated)
      })
    )

    it.effect("say when the environment cut them short", () =>
      Effect.gen(function* () {
        const cut = altered(({ step }) => ({
          step: (action) => Effect.map(step(action), (next) => ({ ...next, truncated: next.observation === 4 }))
        }))
        const result = yield* forwards(cut).run({ seed: 2 })
        assert.deepStrictEqual(
          [result.steps, result.terminated, result.truncated, result.truncatedBy],
          [2, false, true, "environment"]
        )
      })
    )

    it.effect("begin as their seeds say, and 0 is one", () =>
      Effect.gen(function* () {
        const asked: Array<number> = []
        const watched = altered(({ reset }) => ({
          reset: (seed) => {
            asked.push(seed)
            return reset(seed)
          }
        }))
        const steps = yield* Effect.forEach([0, 5, -2], (seed) =>
          Effect.map(forwards(watched).run({ seed }), ({ steps }) => steps)
        )
        assert.deepStrictEqual(
          [asked, steps],
          [
            [0, 5, -2],
            [10, 5, 12]
          ]
        )
      })
    )

    it.effect("tell the agent where they are", () =>
      Effect.gen(function* () {
        const told: Array<unknown> = []
        const system = GameSystem.make("told", {
          environment: walk,
          act: (observation, context) => {
            told.push({ observation, ...context })
            return Effect.succeed({ action: 2 as const, value: -1, metadata: { why: "fast" } })
          }
        })
        yield* system.run({ seed: 7 })
        assert.deepStrictEqual(told, [
          { observation: 7, step: 0, seed: 7 },
          { observation: 9, step: 1, seed: 7 }
        ])
      })
    )

    it.effect("are recorded when asked for, with frames of a world that can be looked at", () =>
      Effect.gen(function* () {
        const system = GameSystem.make("recorded", {
          environment: walk,
          act: () => Effect.succeed({ action: 2 as const, value: 0.5 }),
          record: true
        })
        const { recording } = yield* system.run({ seed: 7 })
        assert.deepStrictEqual(recording, {
          steps: [
            { observation: 7, action: 2, reward: -1, value: 0.5 },
            { observation: 9, action: 2, reward: -1, value: 0.5 }
          ],
          frames: ["<svg>7</svg>", "<svg>9</svg>", "<svg>11</svg>"]
        })
        assert.notProperty(yield* forwards().run({ seed: 7 }), "recording")
      })
    )

    it.effect("can be played again from one and the same effect", () =>
      Effect.gen(function* () {
        const playing = forwards().run({ seed: 3 })
        assert.deepStrictEqual(yield* playing, yield* playing)
      })
    )
  })

  describe("environments", () => {
    it.effect("are made for each run and released with it, however it ends", () =>
      Effect.gen(function* () {
        let [open, made] = [0, 0]
        const counted: Walk = {
          ...walk,
          make: Effect.acquireRelease(
            Effect.tap(walk.make, () => {
              open++
              made++
              return Effect.void
            }),
            () => Effect.sync(() => open--)
          ) as Walk["make"]
        }
        yield* forwards(counted).run({ seed: 0 })
        yield* failure(
          GameSystem.make("failing", { environment: counted, act: () => Effect.fail("no") }).run({ seed: 0 })
        )
        yield* Effect.timeoutOption(
          GameSystem.make("stuck", { environment: counted, act: () => Effect.never }).run({ seed: 0 }),
          0
        )
        assert.deepStrictEqual([made, open], [3, 0])
      })
    )

    it.effect("are not shared between examples and candidates (F111)", () =>
      Effect.gen(function* () {
        const pace = Hyperfunction.make("pace", {
          params: Params.category(["slow", "fast"]),
          run: (pace, _: number) => Effect.as(Effect.yieldNow(), pace === "slow" ? (1 as const) : (2 as const))
        })
        const system = GameSystem.make("paced", { environment: walk, act: (place) => pace(place) })
        const candidates = (["slow", "fast", "slow"] as const).map((by) =>
          Candidate.set(Candidate.defaults(), pace, by)
        )
        const { rewards } = yield* HyperSystem.evaluatePopulation(
          system,
          candidates,
          seeds(0, 2, 4, 6, 8),
          Episode.meanLength
        )
        assert.deepStrictEqual(rewards, [6, 3, 6])
      })
    )

    it.effect("that give one instance to two episodes at a time are refused", () =>
      Effect.gen(function* () {
        const only = yield* Effect.scoped(walk.make)
        const shared: Walk = { ...walk, make: Effect.succeed(only) }
        const system = GameSystem.make("shared", {
          environment: shared,
          act: () => Effect.as(Effect.yieldNow(), 1 as const)
        })
        assert.strictEqual((yield* system.run({ seed: 8 })).steps, 2)
        assert.strictEqual((yield* system.run({ seed: 8 })).steps, 2)
        const error = yield* refused(
          Effect.forEach([0, 1], (seed) => system.run({ seed }), { concurrency: "unbounded" })
        )
        assert.strictEqual(error.reason, "EnvironmentShared")
      })
    )

    it.effect("that throw are typed failures, wherever and whatever they throw (F110, F114)", () =>
      Effect.gen(function* () {
        for (const thrown of [new Error("boom"), "boom", undefined, 7]) {
          const broken: ReadonlyArray<readonly [number, Walk]> = [
            [0, { ...walk, make: Effect.suspend(boom(thrown)) }],
            [0, altered(() => ({ reset: boom(thrown) }))],
            [0, altered(() => ({ step: boom(thrown) }))],
            [0, altered(() => ({ step: () => Effect.die(thrown) }))],
            [
              2,
              altered(({ step }) => ({
                step: (by) =>
                  Effect.tap(step(by), ({ observation }) => (observation > 2 ? Effect.die(thrown) : Effect.void))
              }))
            ]
          ]
          for (const [step, environment] of broken) {
            const error = yield* refused(forwards(environment).run({ seed: 0 }))
            assert.deepStrictEqual([error.reason, error.step], ["EnvironmentFailed", step])
            assert.notStrictEqual(error.cure, "")
          }
        }
      })
    )

    it.effect("that give a reward which is not finite are typed failures (F110)", () =>
      Effect.gen(function* () {
        for (const reward of [Number.NaN, Infinity, "1" as never]) {
          const environment = altered(({ step }) => ({
            step: (by) => Effect.map(step(by), (next) => (next.observation === 3 ? { ...next, reward } : next))
          }))
          const error = yield* refused(forwards(environment).run({ seed: 0 }))
          assert.deepStrictEqual([error.reason, error.step], ["BadReward", 2])
        }
      })
    )

    it.effect("whose rewards add up to more than a number are typed failures", () =>
      Effect.gen(function* () {
        const environment = altered(({ step }) => ({
          step: (by) => Effect.map(step(by), (next) => ({ ...next, reward: -Number.MAX_VALUE }))
        }))
        const error = yield* refused(forwards(environment).run({ seed: 0 }))
        assert.deepStrictEqual([error.reason, error.step], ["BadReward", 1])
      })
    )

    it.effect("that leave out what a step has to say are typed failures", () =>
      Effect.gen(function* () {
        for (const part of ["info", "terminated", "truncated"]) {
          const environment = altered(({ step }) => ({
            step: (by) =>
              Effect.map(step(by), (next) => (next.observation === 3 ? { ...next, [part]: undefined } : next))
          }))
          const error = yield* refused(forwards(environment).run({ seed: 0 }))
          assert.deepStrictEqual([error.reason, error.step], ["EnvironmentFailed", 2])
          assert.include(error.detail, part)
        }
        const uninformed = altered(({ reset }) => ({
          reset: (seed) => Effect.map(reset(seed), (start) => ({ ...start, info: null as never }))
        }))
        assert.strictEqual((yield* refused(forwards(uninformed).run({ seed: 0 }))).reason, "EnvironmentFailed")
      })
    )

    it.effect("that show what they should not are typed failures", () =>
      Effect.gen(function* () {
        const environment = altered(({ reset }) => ({
          reset: (seed) => Effect.map(reset(seed), (start) => ({ ...start, observation: 0.5 }))
        }))
        assert.strictEqual((yield* refused(forwards(environment).run({ seed: 0 }))).reason, "IllegalObservation")
      })
    )

    it.effect("may fail with errors of their own", () =>
      Effect.gen(function* () {
        const failing: Environment.Environment<number, 1, "offline"> = Environment.make({
          name: "failing",
          observations: Schema.Number,
          actions: Schema.Literal(1),
          maxSteps: 3,
          make: Effect.succeed({
            reset: () => Effect.succeed({ observation: 0, info: {} }),
            step: () => Effect.fail("offline" as const)
          })
        })
        const system = GameSystem.make("offline", { environment: failing, act: () => Effect.succeed(1 as const) })
        assert.strictEqual(yield* failure(system.run({ seed: 0 })), "offline")
      })
    )
  })

  describe("agents", () => {
    it.effect("that choose what is not in the space of actions are typed failures (F110)", () =>
      Effect.gen(function* () {
        for (const action of [0, 3, "1", undefined, { action: 5 }, Number.NaN]) {
          const system = GameSystem.make("illegal", { environment: walk, act: () => Effect.succeed(action as never) })
          const error = yield* refused(system.run({ seed: 0 }))
          assert.deepStrictEqual([error.reason, error.step], ["IllegalAction", 0])
        }
      })
    )

    it.effect("that throw are typed failures, and those that fail keep their errors", () =>
      Effect.gen(function* () {
        const throwing = GameSystem.make("throwing", { environment: walk, act: boom("boom") })
        const error = yield* refused(throwing.run({ seed: 0 }))
        assert.deepStrictEqual([error.reason, error.detail], ["AgentFailed", "the agent threw: boom"])
        const failing = GameSystem.make("failing", { environment: walk, act: () => Effect.fail("no") })
        assert.strictEqual(yield* failure(failing.run({ seed: 0 })), "no")
      })
    )

    it.effect("that crash in one episode leave the others their scores, under onFailure: missing", () =>
      Effect.gen(function* () {
        const system = GameSystem.make("fragile", {
          environment: walk,
          act: (place, { seed }) => (seed === 4 && place === 6 ? boom("boom")() : Effect.succeed(1 as const))
        })
        const { missing, score } = yield* HyperSystem.evaluate(system, seeds(0, 4, 8), Episode.meanLength, {
          onFailure: "missing"
        })
        assert.deepStrictEqual([missing.map(({ example }) => example), score], [[1], 6])
      })
    )

    it.live("that never pause can be interrupted", () =>
      Effect.gen(function* () {
        const system = GameSystem.make("endless", {
          environment: altered(({ step }) => ({
            step: (by) => Effect.map(step(by), (next) => ({ ...next, observation: 0, terminated: false }))
          })),
          act: () => Effect.succeed(1 as const),
          maxSteps: Number.MAX_SAFE_INTEGER
        })
        assert.isTrue(Option.isNone(yield* Effect.timeoutOption(system.run({ seed: 0 }), "20 millis")))
      })
    )
  })

  describe("options", () => {
    for (const seed of [0.5, Number.NaN, Infinity, "1" as never]) {
      it.effect(`refuses the seed ${String(seed)}`, () =>
        Effect.gen(function* () {
          assert.strictEqual((yield* refused(forwards().run({ seed }))).reason, "InvalidOptions")
        })
      )
    }

    for (const maxSteps of [0, -1, 1.5, Number.NaN, Infinity]) {
      it.effect(`refuses ${maxSteps} steps`, () =>
        Effect.gen(function* () {
          assert.strictEqual((yield* refused(forwards(walk, { maxSteps }).run({ seed: 0 }))).reason, "InvalidOptions")
        })
      )
    }
  })

  describe("tuning", () => {
    it.effect("evolution finds the parameters that a game is won with", () =>
      Effect.gen(function* () {
        const stride = Hyperfunction.make("stride", {
          params: Params.unbounded({ default: 0 }),
          run: (weight, _: number) => Effect.as(Effect.yieldNow(), weight > 0.5 ? (2 as const) : (1 as const))
        })
        const system = GameSystem.make("strider", {
          environment: walk,
          hyperfunctions: [stride],
          act: (place) => stride(place)
        })
        const { after, before } = yield* Effect.provide(
          HyperSystem.optimize(system, seeds(0, 2, 4), Episode.meanReturn),
          OptimizerEvolution.layer({ generations: 30, population: 16, sigma: 0.4, learningRate: 0.5, seed: 3 })
        )
        assert.deepStrictEqual([before, after], [-8, -4])
      })
    )

    it.effect("prompt optimizers learn the text that an agent plays by", () =>
      Effect.gen(function* () {
        const [training, held] = [words(48), words(24, 1000)]
        const wordOf = (seed: number) => [...training, ...held][seed]
        const naming = Environment.fromTransitions({
          name: "naming",
          observations: Schema.String,
          actions: Schema.String,
          maxSteps: 1,
          start: wordOf,
          observe: ({ input }) => input,
          step: (state, label: string) => ({ state, reward: Number(label === state.expected), terminated: true })
        })
        const step = labeller()
        const system = GameSystem.make("naming", { environment: naming, act: (word) => step(word) })
        const episodes = (count: number, first: number) =>
          Array.from({ length: count }, (_, k) => Example.make({ seed: first + k }, wordOf(first + k).expected))
        const won = Scorer.make("won", ({ totalReward }: Episode.EpisodeResult, expected: string) => ({
          score: totalReward,
          feedback: totalReward === 1 ? "" : `Expected ${expected}`
        }))
        const { layer } = world(learning(1))
        const { before, test } = yield* HyperSystem.optimize(system, episodes(48, 0), won, {
          test: episodes(24, 48)
        }).pipe(
          Effect.provide(Layer.provide(OptimizerReflective.layer({ model, generations: 6, demonstrations: 0 }), layer))
        )
        assert.strictEqual(before, 0)
        assert.isAbove(test!.after, 0.7)
      })
    )

    it.effect("success is a share of episodes (test_agent_types_evaluate_differently)", () =>
      Effect.gen(function* () {
        const flow = HyperSystem.make("flow", { run: (x: number) => Effect.succeed(2 * x) })
        const isRight = Metric.perExample((output: number, expected: number) => Number(output === expected))
        assert.strictEqual((yield* HyperSystem.evaluate(flow, [Example.make(2, 4)], isRight)).score, 1)
        const quick = Episode.successRate(({ steps, terminated }) => terminated && steps <= 5)
        assert.strictEqual((yield* HyperSystem.evaluate(forwards(), seeds(1, 5, 6, 9), quick)).score, 0.75)
      })
    )
  })
})
