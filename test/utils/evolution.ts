import * as Effect from "effect/Effect"
import * as EvolutionStrategy from "../../src/EvolutionStrategy.js"

/** Runs a strategy for some generations on the host; `reward` reads one member's blocks by path. */
export const maximise = Effect.fnUntraced(function* (
  options: EvolutionStrategy.Options,
  blocks: ReadonlyArray<EvolutionStrategy.SearchBlock>,
  generations: number,
  reward: (read: (path: string) => Float32Array) => number
) {
  const config = yield* EvolutionStrategy.make(options)
  let state = yield* EvolutionStrategy.init(config, blocks)
  for (let generation = 0; generation < generations; generation++) {
    const population = yield* EvolutionStrategy.ask(config, state)
    const rewards = Array.from({ length: population.size }, (_, member) =>
      reward((path) => EvolutionStrategy.materialise(population, member, path))
    )
    state = yield* EvolutionStrategy.tell(config, state, rewards)
  }
  return state
})

export const squaredError = (values: Float32Array, target: ReadonlyArray<number>): number =>
  target.reduce((sum, value, i) => sum + (values[i] - value) ** 2, 0)

export const negativeSquaredError = (values: Float32Array, target: ReadonlyArray<number>): number =>
  -squaredError(values, target)

/** The rank of a row-major matrix, by elimination with full pivoting. */
export const rankOf = (values: Float32Array, rows: number, columns: number): number => {
  const rest = Float64Array.from(values)
  const largest = rest.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  for (let rank = 0; rank < Math.min(rows, columns); rank++) {
    let pivot = 0
    rest.forEach((value, at) => {
      pivot = Math.abs(value) > Math.abs(rest[pivot]) ? at : pivot
    })
    if (Math.abs(rest[pivot]) <= 1e-5 * largest) {
      return rank
    }
    const [row, column] = [Math.floor(pivot / columns), pivot % columns]
    const before = rest.slice()
    rest.forEach((value, at) => {
      rest[at] =
        value -
        (before[Math.floor(at / columns) * columns + column] * before[row * columns + (at % columns)]) / before[pivot]
    })
  }
  return Math.min(rows, columns)
}
