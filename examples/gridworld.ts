/**
 * Ways through rooms that are never twice the same: starts, goals and walls come from the seed of an episode.
 *
 * A way is rated by whether it leads nearer to the goal, whether it is blocked, and how often one has been where it ends;
 * the three weights are found by evolution strategies, anew for each of twenty seeds.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as OptimizerEvolution from "../layers/OptimizerEvolution.js"
import * as Episode from "../src/Episode.js"
import * as GridWorld from "../src/environments/GridWorld.js"
import * as GameSystem from "../src/GameSystem.js"
import { Hyperfunction, HyperSystem, Params } from "../src/index.js"
import * as Game from "./lib/game.js"
import * as GameReport from "./lib/gameReport.js"
import type { Program, Settings } from "./lib/program.js"

const weight = Params.bounded({ min: -1, max: 1, default: 0 })

const ways: ReadonlyArray<GridWorld.Action> = [0, 1, 2, 3]

/** Steps that each direction brings one nearer to the goal. */
const gains = ({ around, goal, place }: GridWorld.Observation): ReadonlyArray<number> => {
  const [down, right] = [Math.sign(goal.row - place.row), Math.sign(goal.column - place.column)]
  return [-right, down, right, -down].map((gain, way) => (around[way].blocked ? 0 : gain))
}

const choose = Hyperfunction.make("choose", {
  params: Params.struct({ nearer: weight, blocked: weight, visits: weight }),
  run: (weights, observation: GridWorld.Observation) =>
    Effect.sync(() => {
      const nearer = gains(observation)
      const worth = (way: GridWorld.Action): number => {
        const { blocked, visits } = observation.around[way]
        return weights.nearer * nearer[way] + weights.blocked * Number(blocked) + weights.visits * visits
      }
      return ways.reduce((best, way) => (worth(way) > worth(best) ? way : best))
    })
})

/** How it plays. */
export const game = (options?: { readonly record: boolean }) =>
  GameSystem.make("gridworld", {
    environment: GridWorld.environment,
    act: (observation) => choose(observation),
    hyperfunctions: [choose],
    ...options
  })

export const strategy = { generations: 8, population: 12, sigma: 0.5, learningRate: 0.7 } as const

export const practiceEpisodes = (seed: number) => Game.episodes(seed, "practice", 12)

/** The share of episodes that reach the goal. */
export const success = Episode.successRate<GridWorld.Observation, GridWorld.Action>(({ terminated }) => terminated)

const SEEDS = 20

/** A seed is solved when its policy reaches the goal in so many of the worlds that it never saw. */
const SOLVED = 0.95

const folder = "out/gridworld"

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`

/** Practises from one seed, and plays in worlds that it did not see. */
const one = (settings: Settings, seed: number) =>
  Effect.gen(function* () {
    const trained = yield* Game.practise(
      { ...settings, seed, quiet: true },
      {
        system: game(),
        examples: practiceEpisodes(seed),
        metric: Episode.meanReturn,
        generations: strategy.generations,
        folder: `${folder}/${seed}`
      }
    )
    const tuned = HyperSystem.withCandidate(game(), trained.candidate)
    const { score } = yield* HyperSystem.evaluate(tuned, Game.episodes(seed, "fresh", 100), success)
    const { blocked, nearer, visits } = HyperSystem.paramsOf(tuned, choose)
    const weights = [nearer, blocked, visits].map((number) => number.toFixed(2)).join(", ")
    yield* settings.say(`seed ${seed}: ${percent(score)} of 100 unseen worlds; nearer, blocked, visits: ${weights}`)
    return { ...trained, seed, success: score }
  }).pipe(Effect.provide(OptimizerEvolution.layer({ ...strategy, seed })))

const play = (settings: Settings) =>
  Effect.gen(function* () {
    const { say, seed } = settings
    const begun = performance.now()
    const fresh = Game.episodes(seed, "fresh", 100)
    const before = yield* HyperSystem.evaluate(game(), fresh, success)
    const runs = yield* Effect.forEach(
      Array.from({ length: SEEDS }, (_, k) => seed + k),
      (each) => one(settings, each)
    )
    const solved = runs.filter((run) => run.success >= SOLVED).length
    const after = runs.reduce((sum, run) => sum + run.success, 0) / runs.length
    const seconds = (performance.now() - begun) / 1000
    yield* say(`${solved} of ${SEEDS} seeds solved; ${percent(before.score)} → ${percent(after)} of unseen worlds`)

    const [first] = runs
    const recorded = HyperSystem.withCandidate(game({ record: true }), first.candidate)
    const episodes = yield* Effect.forEach(fresh.slice(0, 4), ({ input }) =>
      Effect.map(recorded.run(input), ({ recording, steps, terminated }) => ({
        caption: `world ${input.seed}: ${terminated ? "at the goal" : "lost"} after ${steps} steps`,
        frames: recording?.frames ?? []
      }))
    )
    const path = yield* GameReport.write(`${folder}/report.html`, {
      title: "Ways through unseen worlds, learnt without gradients",
      lead: `${solved} of ${SEEDS} seeds solved: ${percent(before.score)} → <strong>${percent(after)}</strong> of the worlds that were never practised in.`,
      facts: `Seeds ${seed} to ${seed + SEEDS - 1}, each ${strategy.generations} generations of ${strategy.population} candidates on 12 worlds; ${Duration.format(Duration.seconds(Math.round(seconds)))} in all. Shown is seed ${seed}.`,
      curve: first.curve,
      episodes,
      interval: 0.25
    })
    yield* say(`report: ${path}`)
    return { before: before.score, after, solved: solved / SEEDS, seeds: SEEDS, seconds, report: path }
  })

export const gridworld: Program = { name: "gridworld", run: play }
