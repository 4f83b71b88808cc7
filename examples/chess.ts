/**
 * King and queen against a king: a policy that rates moves by what they lead to learns to mate. It starts with what the rules
 * say of the end of a game, and learns how to get there.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as ChessEndgame from "../layers/environments/ChessEndgame.js"
import * as OptimizerEvolution from "../layers/OptimizerEvolution.js"
import * as Episode from "../src/Episode.js"
import * as GameSystem from "../src/GameSystem.js"
import { Hyperfunction, HyperSystem, Params } from "../src/index.js"
import * as Game from "./lib/game.js"
import * as GameReport from "./lib/gameReport.js"
import type { Program, Settings } from "./lib/program.js"

const weight = (start: number) => Params.bounded({ min: -1, max: 1, default: start })

const rate = Hyperfunction.make("rate", {
  params: Params.struct({
    mate: weight(1),
    stalemate: weight(-1),
    hangs: weight(-1),
    check: weight(0),
    freedom: weight(0),
    room: weight(0),
    apart: weight(0),
    edge: weight(0),
    repeats: weight(0)
  }),
  run: (weights, moves: ReadonlyArray<ChessEndgame.Move>) =>
    Effect.sync(() => {
      const worth = (move: ChessEndgame.Move): number =>
        weights.mate * Number(move.mate) +
        weights.stalemate * Number(move.stalemate) +
        weights.hangs * Number(move.hangs) +
        weights.check * Number(move.check) +
        (weights.freedom * move.freedom) / 8 +
        (weights.room * move.room) / 64 +
        (weights.apart * move.apart) / 7 +
        (weights.edge * move.edge) / 3 +
        weights.repeats * move.repeats
      return moves.reduce((best, move) => (worth(move) > worth(best) ? move : best)).move
    })
})

const gameOf = (options?: { readonly record: boolean }) =>
  Effect.map(ChessEndgame.make({ piece: "queen", maxSteps: 30 }), (environment) =>
    GameSystem.make("chess", { environment, act: ({ moves }) => rate(moves), hyperfunctions: [rate], ...options })
  )

const strategy = { generations: 10, population: 16, sigma: 0.7, learningRate: 0.7, target: 0.9 } as const

const wins = Episode.successRate<ChessEndgame.Observation, string>(({ totalReward }) => totalReward > 0)

const folder = "out/chess"

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`

const play = (settings: Settings) =>
  Effect.gen(function* () {
    const { say, seed } = settings
    const game = yield* gameOf()
    const trained = yield* Game.practise(settings, {
      system: game,
      examples: Game.episodes(seed, "practice", 8),
      metric: Episode.meanReturn,
      generations: strategy.generations,
      folder
    })
    const fresh = Game.episodes(seed, "fresh", 60)
    const tuned = HyperSystem.withCandidate(game, trained.candidate)
    const before = yield* HyperSystem.evaluate(game, fresh, wins)
    const after = yield* HyperSystem.evaluate(tuned, fresh, wins)
    const weights = Object.entries(HyperSystem.paramsOf(tuned, rate)).map(
      ([name, number]) => `${name} ${number.toFixed(2)}`
    )
    yield* say(`mate in ${fresh.length} fresh games: ${percent(before.score)} → ${percent(after.score)}`)
    yield* say(weights.join(", "))

    const recorded = HyperSystem.withCandidate(yield* gameOf({ record: true }), trained.candidate)
    const episodes = yield* Effect.forEach(fresh.slice(0, 2), ({ input }) =>
      Effect.map(recorded.run(input), ({ info, recording }) => ({
        caption: Array.isArray(info.moves) ? info.moves.join(" ") : "",
        frames: recording?.frames ?? []
      }))
    )
    const path = yield* GameReport.write(`${folder}/report.html`, {
      title: "King and queen against a king, learnt without gradients",
      lead: `${percent(before.score)} → <strong>${percent(after.score)}</strong> of ${fresh.length} games that were never practised on are won.`,
      facts: `Seed ${seed}, ${trained.report.generation} generations of ${strategy.population} candidates, ${Duration.format(trained.report.elapsed)}. Weights: ${weights.join(", ")}.`,
      curve: trained.curve,
      episodes,
      interval: 1
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

export const chess: Program = {
  name: "chess",
  run: (settings) => Effect.provide(play(settings), OptimizerEvolution.layer({ ...strategy, seed: settings.seed }))
}
