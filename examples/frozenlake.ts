/**
 * A walk over slippery ice, by a table of which way to take from where.
 *
 * No policy reaches the goal more than 744 times in a thousand. The table practises in tensors, where thousands of episodes
 * advance together; what is shown is played in the plain environment.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as DeviceBest from "../layers/Device.js"
import * as OptimizerEvolution from "../layers/OptimizerEvolution.js"
import * as Episode from "../src/Episode.js"
import * as FrozenLake from "../src/environments/FrozenLake.js"
import * as VectorFrozenLake from "../src/environments/VectorFrozenLake.js"
import * as GameSystem from "../src/GameSystem.js"
import { Hyperfunction, HyperSystem, Params, Solver, Tensor } from "../src/index.js"
import * as VectorEnvironment from "../src/VectorEnvironment.js"
import * as Game from "./lib/game.js"
import * as GameReport from "./lib/gameReport.js"
import type { Program, Settings } from "./lib/program.js"

const lake = FrozenLake.lakes.small
const CELLS = lake.tiles.length
const WAYS = 4

const table = Hyperfunction.tensor("table", {
  params: Params.vector(WAYS * CELLS, { initial: new Float32Array(WAYS * CELLS) }),
  run: (numbers, cell: Tensor) => Tensor.argMax(Tensor.linear(cell, Tensor.reshape(numbers, [WAYS, CELLS])))
})

/** How it practises. */
export const practised = GameSystem.vectorised("frozenlake", {
  environment: VectorFrozenLake.small,
  policy: table,
  hyperfunctions: [table]
})

const isAction = (way: number): way is FrozenLake.Action => way >= 0 && way < WAYS

/** How it plays. */
export const game = (options?: { readonly record: boolean }) =>
  GameSystem.make("frozenlake", {
    environment: FrozenLake.small,
    act: (cell) =>
      Effect.map(table(Tensor.oneHot(cell, CELLS)), (way) => Tensor.toNumber(way)).pipe(Effect.filterOrFail(isAction)),
    hyperfunctions: [table],
    ...options
  })

export const strategy = {
  generations: 60,
  population: 64,
  sigma: 1,
  learningRate: 0.2,
  solver: Solver.adam(),
  weightDecay: 0.2,
  batchSize: 50,
  scoreEvery: 10
} as const

export const practiceEpisodes = (seed: number) =>
  VectorEnvironment.episodes(VectorFrozenLake.small, Game.seeds(seed, "practice", 500))

/** The share of episodes that reach the goal. */
export const success = Episode.successRate<number, FrozenLake.Action>(({ totalReward }) => totalReward === 1)

const folder = "out/frozenlake"

const arrows = ["←", "↓", "→", "↑"]

/** The table as arrows, row by row. */
const picture = (numbers: Tensor): string => {
  const logits = Tensor.toTypedArray(numbers)
  const best = (cell: number): number =>
    arrows.reduce((best, _, way) => (logits[way * CELLS + cell] > logits[best * CELLS + cell] ? way : best), 0)
  const cells = Array.from(lake.tiles, (tile, cell) => (tile === "H" || tile === "G" ? tile : arrows[best(cell)]))
  return Array.from({ length: lake.rows }, (_, row) =>
    cells.slice(row * lake.columns, (row + 1) * lake.columns).join(" ")
  ).join("\n")
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`

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
    const fresh = VectorEnvironment.episodes(VectorFrozenLake.small, Game.seeds(seed, "fresh", 4000))
    const share = (system: typeof practised) => HyperSystem.evaluate(system, fresh, VectorEnvironment.meanReturn)
    const before = yield* share(practised)
    const after = yield* share(HyperSystem.withCandidate(practised, trained.candidate))
    yield* say(`goal reached in ${fresh.length} fresh episodes: ${percent(before.score)} → ${percent(after.score)}`)
    const tuned = HyperSystem.withCandidate(game(), trained.candidate)
    yield* say(picture(HyperSystem.paramsOf(tuned, table)))
    const replayed = Game.episodes(seed, "fresh", 200)
    const { score: again } = yield* HyperSystem.evaluate(tuned, replayed, success)
    yield* say(`the first ${replayed.length} of them step by step in the plain environment: ${percent(again)}`)

    const recorded = HyperSystem.withCandidate(game({ record: true }), trained.candidate)
    const some = yield* Effect.forEach(replayed.slice(0, 40), ({ input }) => recorded.run(input))
    const shown = (episode: (typeof some)[number] | undefined, what: string) =>
      episode === undefined
        ? []
        : [{ caption: `${what} after ${episode.steps} steps`, frames: episode.recording?.frames ?? [] }]
    const path = yield* GameReport.write(`${folder}/report.html`, {
      title: "Over slippery ice, learnt without gradients",
      lead: `${percent(before.score)} → <strong>${percent(after.score)}</strong> of ${fresh.length} episodes that were never practised on reach the goal. No policy reaches it more often than 74.4 % of times.`,
      facts: `Seed ${seed}, ${trained.report.generation} generations of ${strategy.population} candidates, ${Duration.format(trained.report.elapsed)}.`,
      curve: trained.curve,
      episodes: [
        ...shown(
          some.find(({ totalReward }) => totalReward === 1),
          "at the goal"
        ),
        ...shown(
          some.find(({ terminated, totalReward }) => terminated && totalReward === 0),
          "in a hole"
        )
      ],
      interval: 0.4
    })
    yield* say(`report: ${path}`)
    return {
      before: before.score,
      after: after.score,
      replayed: again,
      episodes: fresh.length,
      ...trained.figures,
      report: path
    }
  })

export const frozenlake: Program = {
  name: "frozenlake",
  run: (settings) =>
    Effect.provide(
      play(settings),
      Layer.merge(OptimizerEvolution.layer({ ...strategy, seed: settings.seed }), DeviceBest.layer)
    )
}
