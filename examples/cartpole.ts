/**
 * A pole on a cart, balanced by a matrix of eight numbers that evolution strategies find.
 *
 * It practises in tensors, where the episodes of a whole population advance together, and under harder conditions: for
 * twice as long, from starts three times as far off. What counts is played in the plain environment.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as DeviceBest from "../layers/Device.js"
import * as OptimizerEvolution from "../layers/OptimizerEvolution.js"
import * as Episode from "../src/Episode.js"
import * as CartPole from "../src/environments/CartPole.js"
import * as VectorCartPole from "../src/environments/VectorCartPole.js"
import * as GameSystem from "../src/GameSystem.js"
import { Hyperfunction, HyperSystem, LoRAWeight, Tensor } from "../src/index.js"
import * as VectorEnvironment from "../src/VectorEnvironment.js"
import * as Game from "./lib/game.js"
import * as GameReport from "./lib/gameReport.js"
import type { Program, Settings } from "./lib/program.js"

/** Pushes to the side that has more. */
export const policy = Hyperfunction.tensor("policy", {
  params: LoRAWeight.create({ outDim: 2, inDim: 4, initial: new Float32Array(8) }),
  run: (weight, state: Tensor) => Tensor.argMax(Tensor.linear(state, weight))
})

const practice = VectorEnvironment.make({
  ...VectorCartPole.environment,
  maxSteps: 2 * CartPole.MAX_STEPS,
  start: (seed) => VectorCartPole.environment.start(seed).map((number) => 3 * number)
})

/** How it practises. */
export const practised = GameSystem.vectorised("cartpole", {
  environment: practice,
  policy,
  hyperfunctions: [policy]
})

/** How it plays. */
export const game = (options?: { readonly record: boolean }) =>
  GameSystem.make("cartpole", {
    environment: CartPole.environment,
    act: (state) => Effect.map(policy(Tensor.from([...state])), (side) => (Tensor.toNumber(side) === 1 ? 1 : 0)),
    hyperfunctions: [policy],
    ...options
  })

export const strategy = {
  generations: 80,
  population: 32,
  sigma: 0.5,
  learningRate: 0.2,
  target: practice.maxSteps
} as const

export const practiceEpisodes = (seed: number) => VectorEnvironment.episodes(practice, Game.seeds(seed, "practice", 32))

const folder = "out/cartpole"

/** Every second frame will do. */
const frames = (all: ReadonlyArray<string>): ReadonlyArray<string> => all.filter((_, k) => k % 2 === 0)

const play = (settings: Settings) =>
  Effect.gen(function* () {
    const { say, seed } = settings
    const trained = yield* Game.practise(settings, {
      system: practised,
      examples: practiceEpisodes(seed),
      metric: VectorEnvironment.meanReturn,
      generations: strategy.generations,
      folder
    })
    const fresh = Game.episodes(seed, "fresh", 100)
    const tuned = HyperSystem.withCandidate(game(), trained.candidate)
    const before = yield* HyperSystem.evaluate(game(), fresh, Episode.meanReturn)
    const after = yield* HyperSystem.evaluate(tuned, fresh, Episode.meanReturn)
    yield* say(`mean of ${fresh.length} fresh episodes: ${before.score} → ${after.score} of ${CartPole.MAX_STEPS}`)

    const shown = (system: ReturnType<typeof game>, what: string) =>
      Effect.map(system.run(fresh[0].input), ({ recording, steps }) => ({
        caption: `${what}: ${steps} steps`,
        frames: frames(recording?.frames ?? [])
      }))
    const recorded = game({ record: true })
    const path = yield* GameReport.write(`${folder}/report.html`, {
      title: "A pole on a cart, balanced without gradients",
      lead: `${before.score} → <strong>${after.score}</strong> of ${CartPole.MAX_STEPS} steps, the mean of ${fresh.length} episodes that were never practised on.`,
      facts: `Seed ${seed}, ${trained.report.generation} generations of ${strategy.population} candidates, ${Duration.format(trained.report.elapsed)}. It practised for ${practice.maxSteps} steps, from starts three times as far off.`,
      curve: trained.curve,
      episodes: [
        yield* shown(recorded, "before"),
        yield* shown(HyperSystem.withCandidate(recorded, trained.candidate), "after")
      ],
      interval: 2 * CartPole.physics.interval
    })
    yield* say(`report: ${path}`)
    return {
      before: before.score,
      after: after.score,
      episodes: fresh.length,
      ...trained.figures,
      report: path
    }
  })

export const cartpole: Program = {
  name: "cartpole",
  run: (settings) =>
    Effect.provide(
      play(settings),
      Layer.merge(OptimizerEvolution.layer({ ...strategy, seed: settings.seed }), DeviceBest.layer)
    )
}
