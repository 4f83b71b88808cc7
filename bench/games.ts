/**
 * What it takes to learn a game: generations and seconds, with the settings of the examples; and what it is worth that the
 * episodes of a population advance together.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as CartPoleGame from "../examples/cartpole.js"
import * as FrozenLakeGame from "../examples/frozenlake.js"
import * as GridWorldGame from "../examples/gridworld.js"
import * as Game from "../examples/lib/game.js"
import * as DeviceWasm from "../layers/DeviceWasm.js"
import * as OptimizerEvolution from "../layers/OptimizerEvolution.js"
import type { Device } from "../services/Device.js"
import type { GenerationReport, Optimizer } from "../services/Optimizer.js"
import * as Episode from "../src/Episode.js"
import * as VectorCartPole from "../src/environments/VectorCartPole.js"
import * as GameSystem from "../src/GameSystem.js"
import { Candidate, EvolutionStrategy, HyperSystem } from "../src/index.js"
import { searchSpace } from "../src/internal/candidates.js"
import * as VectorEnvironment from "../src/VectorEnvironment.js"
import { interleaved, ratio, show } from "./lib/measure.js"
import type { Bench } from "./lib/report.js"

/** What solves a game, by the mean return of its practice episodes. */
const solved = { cartpole: CartPoleGame.strategy.target, frozenlake: 0.7, gridworld: 9 }

const middle = (numbers: ReadonlyArray<number>): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]

const mean = (numbers: ReadonlyArray<number>): number => numbers.reduce((sum, number) => sum + number) / numbers.length

/** Generations and seconds until a search reached its target; nothing where it ended before. */
const learnt = <E, R>(reports: Stream.Stream<GenerationReport, E, R | Optimizer>, optimizer: Layer.Layer<Optimizer>) =>
  Effect.map(
    Effect.provide(Stream.runLast(reports), optimizer),
    Option.flatMap(({ elapsed, generation, stopped }) =>
      stopped === "target" ? Option.some({ generation, seconds: Duration.toSeconds(elapsed) }) : Option.none()
    )
  )

const searches = {
  cartpole: (seed: number) =>
    learnt(
      HyperSystem.optimizeStream(
        CartPoleGame.practised,
        CartPoleGame.practiceEpisodes(seed),
        VectorEnvironment.meanReturn
      ),
      OptimizerEvolution.layer({ ...CartPoleGame.strategy, seed })
    ),
  frozenlake: (seed: number) =>
    learnt(
      HyperSystem.optimizeStream(
        FrozenLakeGame.practised,
        FrozenLakeGame.practiceEpisodes(seed),
        VectorEnvironment.meanReturn
      ),
      OptimizerEvolution.layer({ ...FrozenLakeGame.strategy, scoreEvery: 1, target: solved.frozenlake, seed })
    ),
  gridworld: (seed: number) =>
    learnt(
      HyperSystem.optimizeStream(GridWorldGame.game(), GridWorldGame.practiceEpisodes(seed), Episode.meanReturn),
      OptimizerEvolution.layer({ ...GridWorldGame.strategy, target: solved.gridworld, seed })
    )
}

const learning = (print: (line: string) => void, name: keyof typeof searches, seeds: number) =>
  Effect.gen(function* () {
    const runs = yield* Effect.forEach(
      Array.from({ length: seeds }, (_, k) => k + 1),
      searches[name]
    )
    const reached = runs.flatMap((run) => Option.toArray(run))
    const share = reached.length / runs.length
    if (reached.length === 0) return { [`${name}_solved`]: share }
    const generations = middle(reached.map(({ generation }) => generation))
    const seconds = middle(reached.map((run) => run.seconds))
    print(
      `${name}: ${reached.length} of ${runs.length} seeds in ${generations} generations, ${seconds.toFixed(1)} s (medians)`
    )
    return { [`${name}_solved`]: share, [`${name}_generations`]: generations, [`${name}_seconds`]: seconds }
  })

/** The first generation of a search. */
const population = ({ definition }: typeof CartPoleGame.policy, sigma: number, size: number) =>
  Effect.gen(function* () {
    const config = yield* EvolutionStrategy.make({ population: size, sigma, learningRate: 0.1, seed: 1 })
    const space = searchSpace([definition], Candidate.defaults(), (block) => block)
    const members = yield* EvolutionStrategy.ask(config, yield* EvolutionStrategy.init(config, space.blocks))
    return Array.from({ length: size }, (_, k) => space.member(members, k))
  })

/** The same candidates on the same episodes, in tensors and in the plain environment. */
const forms = (print: (line: string) => void, rounds: number) =>
  Effect.gen(function* () {
    const [size, count] = [32, 32]
    const candidates = yield* population(CartPoleGame.policy, CartPoleGame.strategy.sigma, size)
    const { environment } = VectorCartPole
    const tensors = GameSystem.vectorised("cartpole", { environment, policy: CartPoleGame.policy })
    const together = VectorEnvironment.episodes(environment, Game.seeds(1, "fresh", count))
    const plain = CartPoleGame.game()
    const single = Game.episodes(1, "fresh", count)
    const evaluate = {
      vectorised: HyperSystem.evaluatePopulation(tensors, candidates, together, VectorEnvironment.meanReturn),
      fibers: HyperSystem.evaluatePopulation(plain, candidates, single, Episode.meanReturn),
      sequential: HyperSystem.evaluatePopulation(plain, candidates, single, Episode.meanReturn, { mode: "sequential" })
    }
    const inTensors = mean((yield* evaluate.vectorised).rewards)
    const inNumbers = mean((yield* evaluate.fibers).rewards)
    const steps = inTensors * size * count
    const { fibers, sequential, vectorised } = yield* interleaved<keyof typeof evaluate, unknown, Device>(
      evaluate,
      rounds
    )
    print(`CartPole, ${size} candidates × ${count} episodes, ${steps} steps; best (median)`)
    print(`  vectorised  ${show(vectorised)}\n  fibers      ${show(fibers)}\n  sequential  ${show(sequential)}`)
    const overFibers = ratio(fibers, vectorised)
    const overSequential = ratio(sequential, vectorised)
    print(`  vectorised is ${overSequential.best.toFixed(1)}× (${overSequential.median.toFixed(1)}×) one at a time`)
    print(`  vectorised is ${overFibers.best.toFixed(1)}× (${overFibers.median.toFixed(1)}×) fibers`)
    return {
      vectorised_over_single: overSequential.best,
      vectorised_over_single_median: overSequential.median,
      vectorised_over_fibers: overFibers.best,
      vectorised_over_fibers_median: overFibers.median,
      vectorised_us_per_step: (vectorised.best.wall * 1000) / steps,
      vectorised_return: inTensors,
      single_return: inNumbers
    }
  })

/**
 * @since 0.1.0
 */
export const games: Bench = {
  name: "games",
  run: (print, { seeds = 5 }) =>
    Effect.gen(function* () {
      const ratios = yield* forms(print, 5)
      const names = ["cartpole", "frozenlake", "gridworld"] as const
      const figures = yield* Effect.forEach(names, (name) => learning(print, name, seeds))
      return { figures: Object.assign({}, ratios, ...figures), skipped: [] }
    }).pipe(Effect.provide(DeviceWasm.layer))
}
