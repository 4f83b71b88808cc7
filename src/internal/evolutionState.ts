import * as Effect from "effect/Effect"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { blockId } from "../Noise.js"
import { SolverState } from "../Solver.js"
import type { Shape } from "./lowRank.js"
import { size } from "./lowRank.js"
import { Bytes, Float32ArrayFromBase64 } from "./typedArrays.js"

/**
 * Why an evolution strategy refused. `message` names what is wrong and the cure; the state it was given is unchanged.
 *
 * - `InvalidConfig`: an option or a schedule is out of its range
 * - `InvalidBlock`: a search block contradicts itself or another one
 * - `InvalidRewards`: not one reward per member
 * - `InvalidShaping`: the shaping function threw, or gave a wrong number of weights or one that is not finite
 * - `CandidateFailed`: a reward is not finite and the failure policy is `"fail"`
 * - `AllCandidatesFailed`: the failure policy left no candidate to learn from
 * - `NonFiniteUpdate`: the step would have made a weight NaN or infinite
 * - `InvalidState`: an encoded state cannot be read
 *
 * @since 0.1.0
 * @category errors
 */
export class EvolutionError extends Schema.TaggedError<EvolutionError>("hyperfunc/EvolutionError")("EvolutionError", {
  reason: Schema.Literal(
    "InvalidConfig",
    "InvalidBlock",
    "InvalidRewards",
    "InvalidShaping",
    "CandidateFailed",
    "AllCandidatesFailed",
    "NonFiniteUpdate",
    "InvalidState"
  ),
  message: Schema.String
}) {}

/** Fails with an `EvolutionError`. */
export const refuse = (reason: EvolutionError["reason"], message: string): Effect.Effect<never, EvolutionError> =>
  Effect.fail(new EvolutionError({ reason, message }))

/**
 * A block of parameters to search: a vector of n numbers, or a matrix of (out, in) in row-major order.
 *
 * `rank` asks for low-rank noise of a matrix (capped at out and in); undefined means independent Gaussian noise for
 * every number. `scale` multiplies sigma and the step of each coordinate, so that a box of width 4 and one of width 1
 * can share a sigma; positive, 1 by default. The mean is put back into the box of `min` and `max` after every step
 * (±Infinity for an open side). Coordinates where `frozen` is true (or not 0) get no noise and never move. Low-rank
 * noise has no coordinates of its own, so such a block takes no `scale` and is frozen as a whole or not at all.
 *
 * @since 0.1.0
 * @category models
 */
export interface SearchBlock {
  readonly path: string
  readonly shape: Shape
  readonly rank: number | undefined
  readonly initial: Float32Array
  readonly scale?: Float32Array
  readonly min?: Float32Array
  readonly max?: Float32Array
  readonly frozen?: Uint8Array | boolean
}

const PositiveInt = Schema.Int.pipe(Schema.positive())

/**
 * One block on its way: what it is, its mean now, and what the solver remembers of it.
 *
 * @since 0.1.0
 * @category schemas
 */
export const BlockState = Schema.Struct({
  path: Schema.String,
  shape: Schema.Union(Schema.Tuple(PositiveInt), Schema.Tuple(PositiveInt, PositiveInt)),
  rank: Schema.optionalWith(PositiveInt, { exact: true }),
  mean: Float32ArrayFromBase64,
  scale: Schema.optionalWith(Float32ArrayFromBase64, { exact: true }),
  min: Schema.optionalWith(Float32ArrayFromBase64, { exact: true }),
  max: Schema.optionalWith(Float32ArrayFromBase64, { exact: true }),
  frozen: Schema.optionalWith(Schema.Union(Schema.Boolean, Bytes), { exact: true }),
  solver: SolverState
})

/**
 * @since 0.1.0
 * @category models
 */
export type BlockState = typeof BlockState.Type

/**
 * A run between two generations, complete with its blocks: with the same config it goes on as if never interrupted.
 * `generation` is the next to be asked for, `evaluations` counts the members told so far, failed ones included.
 * Encodes to JSON; vectors are base64 of little-endian float32, so that encoding and decoding keep every bit.
 *
 * @since 0.1.0
 * @category schemas
 */
export const State = Schema.Struct({
  version: Schema.Literal(1),
  generation: Schema.NonNegativeInt,
  evaluations: Schema.NonNegativeInt,
  blocks: Schema.Array(BlockState)
})

/**
 * @since 0.1.0
 * @category models
 */
export type State = typeof State.Type

const lengths = ["initial", "scale", "min", "max", "frozen"] as const

/** What is wrong with a block, or undefined. */
const blockProblem = (block: SearchBlock): string | undefined => {
  const { frozen, initial, max, min, rank, scale, shape } = block
  const text = `[${shape.join(", ")}]`
  if (![1, 2].includes(shape.length) || !shape.every((n) => Number.isInteger(n) && n > 0)) {
    return `its shape is ${text}; a shape is [n] or [out, in] of positive integers`
  }
  const n = size(shape)
  for (const field of lengths) {
    const values = block[field]
    if (values !== undefined && typeof values !== "boolean" && values.length !== n) {
      return `${field} holds ${values.length} numbers, but the shape ${text} needs ${n}`
    }
  }
  if (rank !== undefined && (!Number.isInteger(rank) || rank < 1)) {
    return `its rank is ${rank}; use an integer of at least 1, or undefined for dense noise`
  }
  if (rank !== undefined && shape.length === 1) {
    return "a vector has no rank; leave it undefined"
  }
  if (rank !== undefined && (scale !== undefined || typeof frozen === "object")) {
    return `low-rank noise takes no ${scale ? "scale" : "frozen"} per coordinate; leave rank undefined for dense noise`
  }
  for (let i = 0; i < n; i++) {
    const value = initial[i]
    if (!Number.isFinite(value)) {
      return `its value at ${i} is ${value}; give finite numbers`
    }
    if (scale !== undefined && !(scale[i] > 0 && scale[i] < Infinity)) {
      return `its scale at ${i} is ${scale[i]}; use a positive number, and frozen to hold a coordinate`
    }
    const low = min?.[i] ?? -Infinity
    const high = max?.[i] ?? Infinity
    const held = frozen === true || (typeof frozen === "object" && frozen[i] !== 0)
    if (!(low <= high) || (!held && (value < low || value > high))) {
      return `its value at ${i} is ${value}, not in its box [${low}, ${high}]; widen the box or move the value`
    }
  }
  return undefined
}

/** What is wrong among blocks, or undefined. */
export const blocksProblem = (blocks: ReadonlyArray<SearchBlock>): string | undefined => {
  const seen = new Map<number, string>()
  for (const block of blocks) {
    const problem = blockProblem(block)
    if (problem !== undefined) {
      return `Block "${block.path}" cannot be searched: ${problem}`
    }
    const id = blockId(block.path)
    const other = seen.get(id)
    if (other !== undefined) {
      return other === block.path
        ? `Two blocks have the path "${other}"; give each its own`
        : `The paths "${other}" and "${block.path}" hash to the same noise; rename one of them`
    }
    seen.set(id, block.path)
  }
  return undefined
}

const solverProblem = ({ mean, path, solver }: BlockState): string | undefined => {
  const first = solver.solver === "Sgd" ? 0 : mean.length
  const second = solver.solver === "Adam" ? mean.length : 0
  return solver.first.length !== first ||
    solver.second.length !== second ||
    !solver.first.every(Number.isFinite) ||
    !solver.second.every((value) => value >= 0 && value < Infinity)
    ? `Block "${path}" has solver moments of another length or that are not finite`
    : undefined
}

/** The block that a block state goes on searching. */
const toSearchBlock = ({ mean, rank, solver: _, ...block }: BlockState): SearchBlock => ({
  ...block,
  rank,
  initial: mean
})

const unreadable = (problem: string): EvolutionError =>
  new EvolutionError({
    reason: "InvalidState",
    message:
      `The state of an evolution strategy cannot be read: ${problem}. ` +
      "Load an intact copy written by this version, or start anew with init"
  })

/**
 * The state as plain JSON.
 *
 * @since 0.1.0
 * @category codecs
 */
export const encode: (state: State) => typeof State.Encoded = Schema.encodeSync(State)

/**
 * The state from plain JSON, checked as `init` checks its blocks. The error names the place, never the data.
 *
 * @since 0.1.0
 * @category codecs
 */
export const decode = (input: unknown): Effect.Effect<State, EvolutionError> => {
  if (Predicate.hasProperty(input, "version") && typeof input.version === "number" && input.version > 1) {
    return Effect.fail(unreadable(`it has version ${input.version} and this library reads version 1`))
  }
  return Schema.decodeUnknown(State)(input).pipe(
    Effect.mapError((error) => {
      const path = ParseResult.ArrayFormatter.formatErrorSync(error)[0]?.path.join(".")
      return unreadable(path ? `what is at ${path} is missing or of another form` : "it is not an encoded state")
    }),
    Effect.filterOrElse(
      (state) => problemOf(state) === undefined,
      (state) => Effect.fail(unreadable(problemOf(state) ?? ""))
    )
  )
}

const problemOf = (state: State): string | undefined =>
  blocksProblem(state.blocks.map(toSearchBlock)) ??
  state.blocks.map(solverProblem).find((problem) => problem !== undefined)
