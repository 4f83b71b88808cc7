/**
 * FrozenLake-v1: from the start to the goal over ice with holes, where a step may slip to either side.
 *
 * Maps, rewards and probabilities are those of Gymnasium's `FrozenLake-v1`. Slips are drawn by {@link Noise} from the seed
 * of the episode and the number of the step, so equal seeds meet the same ice whoever walks on it.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Environment from "../Environment.js"
import { describe } from "../internal/describe.js"
import { uniforms } from "../internal/environments/draw.js"
import { columnOf, directions, type Grid, neighbour, reachable, rowOf } from "../internal/environments/grid.js"
import * as Svg from "../internal/environments/svg.js"
import { blockId } from "../Noise.js"

/**
 * Left, down, right, up.
 *
 * @since 0.1.0
 * @category models
 */
export const Action = Schema.Literal(0, 1, 2, 3)

/**
 * @since 0.1.0
 * @category models
 */
export type Action = typeof Action.Type

/**
 * A map that nobody can play on.
 *
 * @since 0.1.0
 * @category errors
 */
export class FrozenLakeError extends Schema.TaggedError<FrozenLakeError>("hyperfunc/FrozenLakeError")(
  "FrozenLakeError",
  {
    reason: Schema.Literal("Empty", "Ragged", "UnknownTile", "NoStart", "NoGoal", "Unreachable", "InvalidOptions"),
    detail: Schema.String,
    /** What to do about it. */
    cure: Schema.String
  }
) {
  override get message(): string {
    return `${this.detail}. ${this.cure}`
  }
}

/**
 * - `map`: rows of tiles, `S` start, `F` ice, `H` hole, `G` goal; of several starts, the seed takes one
 * - `slippery`: whether one step in three goes to the left of where it was meant to, and one in three to the right;
 *   default true
 * - `maxSteps`: default 100, as on Gymnasium's small map
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly map: ReadonlyArray<string>
  readonly slippery?: boolean
  readonly maxSteps?: number
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Transition {
  readonly probability: number
  readonly cell: number
  readonly reward: number
  readonly terminated: boolean
}

/**
 * A map that was checked.
 *
 * @since 0.1.0
 * @category models
 */
export interface Lake extends Grid {
  /** By cells, row by row. */
  readonly tiles: string
  readonly slippery: boolean
  readonly maxSteps: number
}

/**
 * @since 0.1.0
 * @category constants
 */
export const maps = {
  small: ["SFFF", "FHFH", "FFFH", "HFFG"],
  large: ["SFFFFFFF", "FFFFFFFF", "FFFHFFFF", "FFFFFHFF", "FFFHFFFF", "FHHFFFHF", "FHFFHFHF", "FFFHFFFG"]
} as const

const lakeOf = ({ map, maxSteps = 100, slippery = true }: Options): Lake => ({
  rows: map.length,
  columns: map[0]?.length ?? 0,
  tiles: map.join(""),
  slippery,
  maxSteps
})

const cellsOf = ({ tiles }: Lake, tile: string): ReadonlyArray<number> =>
  Array.from(tiles, (each, cell) => (each === tile ? cell : -1)).filter((cell) => cell >= 0)

const refuse = (reason: FrozenLakeError["reason"], detail: string, cure: string) =>
  new FrozenLakeError({ reason, detail, cure })

const isMap = (map: unknown): boolean => Array.isArray(map) && map.every((row) => typeof row === "string")

const faultOf = ({ map }: Options, lake: Lake): FrozenLakeError | undefined => {
  const { columns, maxSteps, tiles } = lake
  if (tiles === "") return refuse("Empty", "The map has no tiles", "Pass at least one row")
  const ragged = map.findIndex((row) => row.length !== columns)
  if (ragged >= 0) {
    return refuse("Ragged", `Row ${ragged} has ${map[ragged].length} tiles, row 0 has ${columns}`, "Make them equal")
  }
  const unknown = /[^SFHG]/.exec(tiles)
  if (unknown !== null) return refuse("UnknownTile", `"${unknown[0]}" is no tile`, "Use S, F, H and G")
  const starts = cellsOf(lake, "S")
  if (starts.length === 0) return refuse("NoStart", "The map has no start", "Put an S where episodes begin")
  if (!tiles.includes("G")) return refuse("NoGoal", "The map has no goal", "Put a G where they are to end")
  const isLost = (start: number) =>
    ![...reachable(lake, start, (cell) => tiles[cell] !== "H")].some((cell) => tiles[cell] === "G")
  const lost = starts.find(isLost)
  if (lost !== undefined) {
    const place = `row ${rowOf(lake, lost)}, column ${columnOf(lake, lost)}`
    return refuse("Unreachable", `No way leads from the start in ${place} to a goal`, "Take holes away")
  }
  return Number.isSafeInteger(maxSteps) && maxSteps > 0
    ? undefined
    : refuse("InvalidOptions", `maxSteps is ${maxSteps}`, "Use a whole number of at least 1")
}

/**
 * Checks a map.
 *
 * @since 0.1.0
 * @category constructors
 */
export const lake = (options: Options): Effect.Effect<Lake, FrozenLakeError> =>
  Effect.suspend(() => {
    if (!isMap(options?.map)) {
      return Effect.fail(refuse("InvalidOptions", `The map is ${describe(options?.map)}`, "Pass an array of texts"))
    }
    const checked = lakeOf(options)
    const fault = faultOf(options, checked)
    return fault === undefined ? Effect.succeed(checked) : Effect.fail(fault)
  })

const isEnd = ({ tiles }: Lake, cell: number): boolean => tiles[cell] === "G" || tiles[cell] === "H"

const arrive = (lake: Lake, from: number, action: number): number =>
  neighbour(lake, from, directions[action % 4]) ?? from

/**
 * What an action may lead to, in Gymnasium's order: to the left of it, ahead, to the right. Goals and holes are not left.
 *
 * @since 0.1.0
 * @category dynamics
 */
export const transitions = (lake: Lake, cell: number, action: Action): ReadonlyArray<Transition> => {
  if (isEnd(lake, cell)) return [{ probability: 1, cell, reward: 0, terminated: true }]
  const ways = lake.slippery ? [action + 3, action + 4, action + 5] : [action]
  return ways.map((way) => {
    const next = arrive(lake, cell, way)
    const reward = lake.tiles[next] === "G" ? 1 : 0
    return { probability: 1 / ways.length, cell: next, reward, terminated: isEnd(lake, next) }
  })
}

const fills: Readonly<Record<string, string>> = { S: "#a5d8ff", F: "#d0ebff", H: "#1864ab", G: "#8ce99a" }

/**
 * The lake, and who walks on it, as SVG.
 *
 * @since 0.1.0
 * @category rendering
 */
export const render = (lake: Lake, cell: number): string => {
  const place = [columnOf(lake, cell), rowOf(lake, cell)] as const
  return Svg.picture(lake.columns, lake.rows, `at row ${place[1]}, column ${place[0]}`, [
    ...Array.from(lake.tiles, (tile, k) => Svg.square(columnOf(lake, k), rowOf(lake, k), fills[tile])),
    Svg.disc(...place, 0.3, lake.tiles[cell] === "H" ? "#868e96" : "#e8590c")
  ])
}

const streams = {
  start: blockId("hyperfunc/environments/FrozenLake/start"),
  slip: blockId("hyperfunc/environments/FrozenLake/slip")
}

/**
 * The cell that an episode begins in.
 *
 * @since 0.1.0
 * @category dynamics
 */
export const start = (lake: Lake, seed: number): number => {
  const cells = cellsOf(lake, "S")
  const [drawn] = uniforms(seed, streams.start, 1)
  return cells[Math.floor(drawn * cells.length)]
}

/**
 * Where the first `steps` steps of an episode go: 0 to the left of where they were meant to, 1 ahead, 2 to the right.
 *
 * @since 0.1.0
 * @category dynamics
 */
export const slips = (lake: Lake, seed: number, steps: number, from = 0): Float32Array =>
  lake.slippery
    ? uniforms(seed, streams.slip, steps, from).map((share) => Math.floor(share * 3))
    : new Float32Array(steps).fill(1)

interface State {
  readonly seed: number
  readonly steps: number
  readonly cell: number
}

/**
 * The environment of a lake. Observations are cells, counted row by row.
 *
 * @since 0.1.0
 * @category environments
 */
export const fromLake = (lake: Lake): Environment.Environment<number, Action> =>
  Environment.fromTransitions({
    name: `FrozenLake-v1 ${lake.rows}x${lake.columns}`,
    observations: Schema.Int.pipe(Schema.between(0, lake.tiles.length - 1)),
    actions: Action,
    maxSteps: lake.maxSteps,
    start: (seed): State => ({ seed, steps: 0, cell: start(lake, seed) }),
    observe: ({ cell }: State) => cell,
    step: ({ cell, seed, steps }: State, action: Action) => {
      const possible = transitions(lake, cell, action)
      const [slip] = slips(lake, seed, 1, steps)
      const next = possible[possible.length === 1 ? 0 : slip]
      return {
        state: { seed, steps: steps + 1, cell: next.cell },
        reward: next.reward,
        terminated: next.terminated
      }
    },
    render: ({ cell }: State) => render(lake, cell)
  })

/**
 * A lake of one's own.
 *
 * @since 0.1.0
 * @category environments
 */
export const make = (options: Options): Effect.Effect<Environment.Environment<number, Action>, FrozenLakeError> =>
  Effect.map(lake(options), fromLake)

/**
 * Gymnasium's slippery lakes: 4 × 4 with 100 steps, 8 × 8 with 200.
 *
 * @since 0.1.0
 * @category constants
 */
export const lakes: { readonly small: Lake; readonly large: Lake } = {
  small: lakeOf({ map: maps.small }),
  large: lakeOf({ map: maps.large, maxSteps: 200 })
}

/**
 * The slippery 4 × 4 lake.
 *
 * @since 0.1.0
 * @category environments
 */
export const small: Environment.Environment<number, Action> = fromLake(lakes.small)

/**
 * The slippery 8 × 8 lake.
 *
 * @since 0.1.0
 * @category environments
 */
export const large: Environment.Environment<number, Action> = fromLake(lakes.large)
