/**
 * FrozenLake-v1 in tensors: the same world as {@link FrozenLake}, step by step the same, for a whole population at once.
 *
 * @since 0.1.0
 */
import { type Direction, neighbour } from "../internal/environments/grid.js"
import * as Tensor from "../Tensor.js"
import * as VectorEnvironment from "../VectorEnvironment.js"
import * as FrozenLake from "./FrozenLake.js"

/** Digits of base 3 that a number holds without loss in single precision: 3¹⁵ < 2²⁴. */
const DIGITS = 15

const FIRST = 3 ** (DIGITS - 1)

/** The slips of an episode as digits of base 3, {@link DIGITS} to a number. */
const pack = (slips: Float32Array): ReadonlyArray<number> =>
  Array.from({ length: Math.ceil(slips.length / DIGITS) }, (_, word) =>
    Array.from({ length: DIGITS }, (_, k) => slips[word * DIGITS + k] ?? 1).reduce((packed, slip) => packed * 3 + slip)
  )

const countTo = (count: number): Tensor.Tensor => Tensor.from(Array.from({ length: count }, (_, k) => k))

const at = (tensor: Tensor.Tensor, start: number, length: number) => Tensor.slice(tensor, { start, length })

/** One where `x ≥ limit`. */
const isAtLeast = (x: Tensor.Tensor, limit: number): Tensor.Tensor => Tensor.equal(Tensor.maximum(x, limit), x)

/** The first digit of every number, and the numbers when each has moved up by one, the first out of the first. */
const shift = (packed: Tensor.Tensor) => {
  const digits = Tensor.add(isAtLeast(packed, FIRST), isAtLeast(packed, 2 * FIRST))
  const words = packed.shape[0]
  const moved = Tensor.mul(Tensor.sub(packed, Tensor.mul(digits, FIRST)), 3)
  const entering = Tensor.combine([at(digits, 1, words - 1), Tensor.from([1])])
  return { digit: at(digits, 0, 1), rest: Tensor.add(moved, entering) }
}

/**
 * The state is the cell and, packed, where each step yet to come slips to. A policy sees as many numbers as there are
 * cells, of which one is 1; actions are scalars, those of {@link FrozenLake.Action}.
 *
 * @since 0.1.0
 * @category environments
 */
export const fromLake = (lake: FrozenLake.Lake): VectorEnvironment.VectorEnvironment => {
  const { columns, maxSteps, rows, tiles } = lake
  const words = Math.ceil(maxSteps / DIGITS)
  const [cells, turns] = [countTo(tiles.length), countTo(6)]
  const marked = (wanted: string) => Tensor.from(Array.from(tiles, (tile) => (wanted.includes(tile) ? 1 : 0)))
  const [goals, ends] = [marked("G"), marked("GH")]
  const oneHot = (cell: Tensor.Tensor): Tensor.Tensor => Tensor.equal(cells, cell)
  /** Where a turn leads from a cell: an action and its slip add up to 0 … 5, a turn more than the direction. */
  const arrivals = Tensor.from(
    Array.from({ length: 6 }, (_, turn) =>
      Array.from(tiles, (_, cell) => neighbour(lake, cell, ((turn + 3) % 4) as Direction) ?? cell)
    )
  )
  return VectorEnvironment.make({
    name: `FrozenLake-v1 ${rows}x${columns}`,
    observationSize: tiles.length,
    maxSteps,
    start: (seed) => Float32Array.from([FrozenLake.start(lake, seed), ...pack(FrozenLake.slips(lake, seed, maxSteps))]),
    observe: (state) => oneHot(at(state, 0, 1)),
    step: (state, action) => {
      const { digit, rest } = shift(at(state, 1, words))
      const turn = Tensor.equal(turns, Tensor.add(digit, action))
      const arrived = Tensor.sum(Tensor.mul(Tensor.linear(oneHot(at(state, 0, 1)), arrivals), turn))
      const there = oneHot(arrived)
      return {
        state: Tensor.combine([Tensor.reshape(arrived, [1]), rest]),
        reward: Tensor.sum(Tensor.mul(there, goals)),
        alive: Tensor.sub(1, Tensor.sum(Tensor.mul(there, ends)))
      }
    }
  })
}

/**
 * The slippery 4 × 4 lake.
 *
 * @since 0.1.0
 * @category environments
 */
export const small: VectorEnvironment.VectorEnvironment = fromLake(FrozenLake.lakes.small)
