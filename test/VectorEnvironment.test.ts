import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as DeviceCpu from "../layers/DeviceCpu.js"
import * as DeviceWasm from "../layers/DeviceWasm.js"
import * as OptimizerEvolution from "../layers/OptimizerEvolution.js"
import { Device, type DeviceService } from "../services/Device.js"
import * as Candidate from "../src/Candidate.js"
import { EpisodeError } from "../src/EpisodeError.js"
import { EvaluationError } from "../src/EvaluationError.js"
import * as GameSystem from "../src/GameSystem.js"
import * as Hyperfunction from "../src/Hyperfunction.js"
import * as HyperSystem from "../src/HyperSystem.js"
import * as LoRAWeight from "../src/LoRAWeight.js"
import * as Metric from "../src/Metric.js"
import * as Tensor from "../src/Tensor.js"
import * as VectorEnvironment from "../src/VectorEnvironment.js"
import { failure } from "./utils/scripted.js"

/** One where `x ≤ limit`. */
const atMost = (x: Tensor.Tensor, limit: number) => Tensor.equal(Tensor.maximum(x, limit), limit)

const at = (x: Tensor.Tensor, start: number) => Tensor.slice(x, { start, length: 1 })

/** A ball on a slope, `[place, speed]`, that is pushed, and falls at the ends, 1 from the middle. */
const slope = VectorEnvironment.make({
  name: "slope",
  observationSize: 2,
  maxSteps: 40,
  start: (seed) => Float32Array.of(Math.sin(seed) / 3, Math.cos(seed) / 10),
  step: (state, action) => {
    const [place, speed] = [at(state, 0), at(state, 1)]
    const next = Tensor.add(place, speed)
    const push = Tensor.mul(Tensor.tanh(action), 0.1)
    return {
      state: Tensor.combine([next, Tensor.add(Tensor.add(speed, Tensor.mul(place, 0.05)), push)]),
      reward: Tensor.sub(1, Tensor.mul(Tensor.sum(action), 0.01)),
      alive: atMost(Tensor.abs(next), 1)
    }
  }
})

const push = Hyperfunction.tensor("push", {
  params: LoRAWeight.create({ outDim: 1, inDim: 2, noiseRank: 1 }),
  run: (weight, state: Tensor.Tensor) => Tensor.linear(state, weight)
})

const player = (environment = slope) =>
  GameSystem.vectorised("player", { environment, policy: push, hyperfunctions: [push] })

const candidates = Array.from({ length: 6 }, (_, seed) => Candidate.defaults({ seed }))

const seeds = [0, 1, 2, 3, 4]

const everything = Metric.perExample(
  ({ finalState, steps, terminated, totalReward, truncated }: VectorEnvironment.VectorEpisode, _: unknown) =>
    [totalReward, steps, terminated, truncated, Tensor.sum(finalState)].reduce(
      (sum, part, k) => Tensor.add(sum, Tensor.mul(part, k + 1)),
      Tensor.from(0)
    )
)

const play = (mode: "auto" | "lifted" | "fibers" | "sequential", environment = slope, metric = everything) =>
  HyperSystem.evaluatePopulation(
    player(environment),
    candidates,
    VectorEnvironment.episodes(environment, seeds),
    metric,
    { mode }
  )

const isOver = (episode: VectorEnvironment.VectorEpisode) => ({
  steps: Tensor.toNumber(episode.steps),
  terminated: Tensor.toNumber(episode.terminated),
  truncated: Tensor.toNumber(episode.truncated)
})

const counted = (device: DeviceService) => {
  const launches: Array<readonly [candidates: number, rows: number]> = []
  return {
    launches,
    device: {
      ...device,
      launch: (launch: Parameters<DeviceService["launch"]>[0]) => {
        launches.push([launch.candidates, launch.rows])
        return device.launch(launch)
      }
    }
  }
}

describe("VectorEnvironment", () => {
  it.effect("gives the same bits together, on fibers and one by one, on either device", () =>
    Effect.gen(function* () {
      const expected = yield* Effect.provide(play("sequential"), DeviceCpu.layer)
      assert.isAbove(new Set(expected.rewards).size, 3)
      for (const device of [DeviceCpu.layer, DeviceWasm.layer]) {
        for (const mode of ["lifted", "fibers", "sequential", "auto"] as const) {
          assert.deepStrictEqual((yield* Effect.provide(play(mode), device)).rewards, expected.rewards, mode)
        }
      }
    })
  )

  it.effect("gives the outputs that running an episode by hand gives", () =>
    Effect.gen(function* () {
      const examples = VectorEnvironment.episodes(slope, seeds)
      const { outputs } = yield* HyperSystem.evaluate(player(), examples, VectorEnvironment.meanReturn, {
        mode: "lifted"
      })
      for (const [k, { input }] of examples.entries()) {
        const byHand = yield* Candidate.provide(player().program(input), Candidate.defaults({ seed: 0 }))
        const output = yield* outputs[k]
        for (const part of Object.keys(byHand) as ReadonlyArray<keyof VectorEnvironment.VectorEpisode>) {
          assert.isTrue(Tensor.equals(output[part], byHand[part]), part)
        }
      }
    }).pipe(Effect.provide(DeviceWasm.layer))
  )

  it.effect("advances all episodes of a population in two launches a step, until the last is over", () =>
    Effect.gen(function* () {
      const { device, launches } = counted(yield* Device)
      const { rewards, work } = yield* Effect.provideService(
        play("auto", slope, VectorEnvironment.meanLength),
        Device,
        device
      )
      const lengths = yield* Effect.forEach(candidates, (candidate) =>
        Effect.forEach(VectorEnvironment.episodes(slope, seeds), ({ input }) =>
          Effect.map(Candidate.provide(player().program(input), candidate), ({ steps }) => Tensor.toNumber(steps))
        )
      )
      const longest = Math.max(...lengths.flat())
      assert.isBelow(Math.min(...lengths.flat()), longest)
      assert.deepStrictEqual([...work.modes], ["lifted"])
      assert.strictEqual(launches.length, 2 + 2 * longest)
      assert.strictEqual(work.launches, launches.length)
      assert.strictEqual(work.calls, candidates.length * seeds.length * longest)
      assert.deepStrictEqual(launches.slice(1, 3), [
        [candidates.length, seeds.length],
        [1, candidates.length * seeds.length]
      ])
      assert.deepStrictEqual(
        rewards,
        lengths.map((each) => each.reduce((a, b) => a + b, 0) / seeds.length)
      )
    }).pipe(Effect.provide(DeviceWasm.layer))
  )

  it.effect("says whether the world or the cap ended an episode, and stops counting there", () =>
    Effect.gen(function* () {
      const run = (environment: VectorEnvironment.VectorEnvironment, seed: number) =>
        Effect.map(
          Candidate.provide(player(environment).program(Tensor.fromTypedArray(environment.start(seed))), candidates[1]),
          isOver
        )
      const short = { ...slope, maxSteps: 2 }
      assert.deepStrictEqual(yield* run(short, 0), { steps: 2, terminated: 0, truncated: 1 })
      const falling = { ...slope, start: () => Float32Array.of(0.95, 0.1) }
      assert.deepStrictEqual(yield* run(falling, 0), { steps: 1, terminated: 1, truncated: 0 })
    }).pipe(Effect.provide(DeviceWasm.layer))
  )

  it.effect("needs nothing finite after an episode is over", () =>
    Effect.gen(function* () {
      const wild = VectorEnvironment.make({
        ...slope,
        step: (state, action) => {
          const step = slope.step(state, action)
          return { ...step, state: Tensor.div(step.state, step.alive) }
        }
      })
      const length = VectorEnvironment.meanLength
      const { rewards } = yield* play("lifted", wild, length)
      assert.deepStrictEqual(rewards, (yield* play("sequential", wild, length)).rewards)
      assert.isTrue(rewards.every(Number.isFinite))
    }).pipe(Effect.provide(DeviceWasm.layer))
  )

  it.effect("shows a policy what the environment lets it see", () =>
    Effect.gen(function* () {
      const mirrored = VectorEnvironment.make({ ...slope, observe: (state) => Tensor.neg(state) })
      const { rewards } = yield* play("lifted", mirrored)
      assert.deepStrictEqual(rewards, (yield* play("sequential", mirrored)).rewards)
      assert.notDeepEqual(rewards, (yield* play("lifted")).rewards)
    }).pipe(Effect.provide(DeviceWasm.layer))
  )

  it.effect("plays policies that look at numbers on fibers, as it must", () =>
    Effect.gen(function* () {
      const looking = GameSystem.vectorised("looking", {
        environment: slope,
        policy: (state) => Effect.map(push(state), (force) => Tensor.from([Math.sign(Tensor.toNumber(force))]))
      })
      const { work } = yield* HyperSystem.evaluatePopulation(
        looking,
        candidates,
        VectorEnvironment.episodes(slope, seeds),
        VectorEnvironment.meanReturn
      )
      assert.deepStrictEqual([...work.modes], ["fibers"])
    }).pipe(Effect.provide(DeviceWasm.layer))
  )

  it.effect("may be a part of a larger program, and be played twice in it", () =>
    Effect.gen(function* () {
      const once = player()
      const twice = HyperSystem.make("twice", {
        run: (state: Tensor.Tensor) =>
          Effect.gen(function* () {
            const first = yield* once.run(state)
            const second = yield* once.run(Tensor.mul(first.finalState, 0.25))
            return Tensor.add(first.totalReward, Tensor.mul(second.totalReward, 2))
          })
      })
      const metric = Metric.perExample((total: Tensor.Tensor, _: unknown) => total)
      const rewards = (mode: "lifted" | "sequential") =>
        Effect.map(
          HyperSystem.evaluatePopulation(twice, candidates, VectorEnvironment.episodes(slope, seeds), metric, { mode }),
          ({ rewards }) => rewards
        )
      assert.deepStrictEqual(yield* rewards("lifted"), yield* rewards("sequential"))
    }).pipe(Effect.provide(DeviceWasm.layer))
  )

  it.effect("fails with a typed error when its step throws, or does not keep its shape", () =>
    Effect.gen(function* () {
      const wrong: ReadonlyArray<VectorEnvironment.VectorEnvironment> = [
        {
          ...slope,
          step: () => {
            throw new Error("boom")
          }
        },
        { ...slope, step: (state, action) => ({ ...slope.step(state, action), state: at(state, 0) }) },
        { ...slope, step: (state, action) => ({ ...slope.step(state, action), reward: state }) },
        { ...slope, observationSize: 3 }
      ]
      for (const environment of wrong) {
        for (const mode of ["auto", "sequential"] as const) {
          const error = yield* failure(play(mode, environment))
          assert.isTrue(error instanceof EpisodeError && error.reason === "EnvironmentFailed", String(error))
        }
      }
    }).pipe(Effect.provide(DeviceWasm.layer))
  )

  const NaNs = Tensor.from(Number.NaN)
  const spoilt = (spoil: (step: VectorEnvironment.VectorStep) => Partial<VectorEnvironment.VectorStep>) =>
    VectorEnvironment.make({
      ...slope,
      step: (state, action) => {
        const step = slope.step(state, action)
        return { ...step, ...spoil(step) }
      }
    })
  const notNumbers: ReadonlyArray<readonly [EpisodeError["reason"], VectorEnvironment.VectorEnvironment]> = [
    ["BadReward", spoilt(() => ({ reward: NaNs }))],
    ["BadReward", spoilt(() => ({ reward: Tensor.from(Infinity) }))],
    ["BadReward", spoilt(() => ({ reward: Tensor.from(3e38) }))],
    ["EnvironmentFailed", spoilt(() => ({ alive: NaNs }))],
    ["EnvironmentFailed", spoilt(({ state }) => ({ state: Tensor.add(state, NaNs) }))]
  ]

  it.effect("fails with a typed error when its step gives what is no number", () =>
    Effect.gen(function* () {
      for (const [reason, environment] of notNumbers) {
        const alone = player(environment).run(Tensor.fromTypedArray(environment.start(0)))
        const error = yield* failure(alone)
        assert.isTrue(error instanceof EpisodeError && error.reason === reason, String(error))
      }
    }).pipe(Effect.provide(DeviceWasm.layer))
  )

  it.effect("gives no score for what is no number, whatever the metric looks at", () =>
    Effect.gen(function* () {
      for (const [, environment] of notNumbers) {
        for (const metric of [VectorEnvironment.meanReturn, VectorEnvironment.meanLength, everything]) {
          const error = yield* failure(
            HyperSystem.evaluate(player(environment), VectorEnvironment.episodes(environment, seeds), metric, {
              mode: "lifted"
            })
          )
          assert.isTrue(error instanceof EvaluationError && error.reason === "MetricNotFinite", String(error))
        }
      }
      const lost = GameSystem.vectorised("lost", {
        environment: { ...slope, step: (state) => slope.step(state, Tensor.from([0])) },
        policy: () => Effect.succeed(Tensor.from([Number.NaN]))
      })
      const error = yield* failure(
        HyperSystem.evaluate(lost, VectorEnvironment.episodes(slope, seeds), VectorEnvironment.meanReturn, {
          mode: "lifted"
        })
      )
      assert.isTrue(error instanceof EvaluationError && error.reason === "MetricNotFinite", String(error))
    }).pipe(Effect.provide(DeviceWasm.layer))
  )

  it.effect("blames the policy for what the policy does", () =>
    Effect.gen(function* () {
      const policies: ReadonlyArray<readonly [EpisodeError["reason"], () => Effect.Effect<Tensor.Tensor>]> = [
        ["IllegalAction", () => Effect.void as never],
        ["IllegalAction", () => Effect.succeed([0] as never)],
        ["IllegalAction", () => Effect.succeed(Tensor.from([Number.NaN]))],
        ["AgentFailed", () => Effect.die("boom")],
        [
          "AgentFailed",
          () => {
            throw new Error("boom")
          }
        ]
      ]
      for (const [reason, policy] of policies) {
        const system = GameSystem.vectorised("astray", { environment: slope, policy })
        const [{ input }] = VectorEnvironment.episodes(slope, [0])
        const error = yield* failure(system.run(input))
        assert.isTrue(error instanceof EpisodeError && error.reason === reason, String(error))
      }
    }).pipe(Effect.provide(DeviceWasm.layer))
  )

  it.effect("refuses caps that are none, and what no episode begins in", () =>
    Effect.gen(function* () {
      const refused = function* (environment: VectorEnvironment.VectorEnvironment, initial: unknown) {
        const error = yield* failure(player(environment).run(initial as never))
        assert.isTrue(error instanceof EpisodeError && error.reason === "InvalidOptions", String(error))
      }
      for (const maxSteps of [0, -1, 1.5, Number.NaN, Infinity]) {
        const environment = { ...slope, maxSteps }
        yield* refused(environment, Tensor.from([0, 0]))
        for (const mode of ["auto", "sequential"] as const) {
          const error = yield* failure(play(mode, environment))
          assert.isTrue(error instanceof EpisodeError && error.reason === "InvalidOptions", String(error))
        }
      }
      for (const initial of [null, undefined, 0, Float32Array.of(0, 0), Tensor.from([0, Number.NaN])]) {
        yield* refused(slope, initial)
      }
    }).pipe(Effect.provide(DeviceWasm.layer))
  )

  it.effect("evolution learns to keep the ball up", () =>
    Effect.gen(function* () {
      const { after, before } = yield* HyperSystem.optimize(
        player(),
        VectorEnvironment.episodes(slope, seeds),
        VectorEnvironment.meanLength
      )
      assert.isBelow(before, 30)
      assert.strictEqual(after, 40)
    }).pipe(
      Effect.provide([
        DeviceWasm.layer,
        OptimizerEvolution.layer({ generations: 60, population: 16, sigma: 0.3, learningRate: 0.3, seed: 0 })
      ])
    )
  )
})
