/**
 * A walk through a room with walls, from a start to a goal; all of them drawn from the seed.
 *
 * Every world can be solved: a wall is put up only where it leaves a way from the start to the goal.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Environment from "../Environment.js"
import { shuffled } from "../internal/environments/draw.js"
import { columnOf, type Grid, neighbour, reachable, rowOf } from "../internal/environments/grid.js"
import * as Svg from "../internal/environments/svg.js"
import { blockId } from "../Noise.js"

const Place = Schema.Struct({ row: Schema.Int, column: Schema.Int })

const Neighbour = Schema.Struct({
  /** A wall, or the edge. */
  blocked: Schema.Boolean,
  /** How often one has been where a step would end: in place, where it is blocked. */
  visits: Schema.NonNegativeInt
})

/**
 * Where one is, where one wants to go, and the four neighbours: left, down, right, up.
 *
 * @since 0.1.0
 * @category models
 */
export const Observation = Schema.Struct({
  place: Place,
  goal: Place,
  around: Schema.Tuple(Neighbour, Neighbour, Neighbour, Neighbour)
})

/**
 * @since 0.1.0
 * @category models
 */
export type Observation = typeof Observation.Type

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
 * @since 0.1.0
 * @category errors
 */
export class GridWorldError extends Schema.TaggedError<GridWorldError>("hyperfunc/GridWorldError")("GridWorldError", {
  reason: Schema.Literal("InvalidOptions"),
  detail: Schema.String,
  /** What to do about it. */
  cure: Schema.String
}) {
  override get message(): string {
    return `${this.detail}. ${this.cure}`
  }
}

/**
 * - `size`: cells of a side, 2 to 64, default 6
 * - `walls`: the share of cells to put walls on, in [0, 1), default 0.25; fewer where more would shut the way
 * - `maxSteps`: default four for every cell
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly size?: number
  readonly walls?: number
  readonly maxSteps?: number
}

/**
 * The goal gives 10, every step takes 0.1, and one against a wall 0.2.
 *
 * @since 0.1.0
 * @category constants
 */
export const rewards = { goal: 10, step: -0.1, bump: -0.2 } as const

/**
 * @since 0.1.0
 * @category models
 */
export interface World extends Grid {
  readonly start: number
  readonly goal: number
  readonly walls: ReadonlySet<number>
}

const settingsOf = ({ size = 6, walls = 0.25, ...options }: Options = {}) => ({
  size,
  walls,
  maxSteps: options.maxSteps ?? 4 * size ** 2
})

type Settings = ReturnType<typeof settingsOf>

const ends = blockId("hyperfunc/environments/GridWorld/ends")
const walls = blockId("hyperfunc/environments/GridWorld/walls")

const worldOf = (seed: number, { size, walls: share }: Settings): World => {
  const grid = { rows: size, columns: size }
  const cells = size ** 2
  const [start, goal] = shuffled(seed, ends, cells) as [number, number]
  const built = new Set<number>()
  for (const cell of shuffled(seed, walls, cells)) {
    if (built.size >= Math.floor(share * cells)) break
    if (cell === start || cell === goal) continue
    built.add(cell)
    if (!reachable(grid, start, (each) => !built.has(each)).has(goal)) built.delete(cell)
  }
  return { ...grid, start, goal, walls: built }
}

interface State {
  readonly world: World
  readonly cell: number
  readonly visits: ReadonlyMap<number, number>
}

const ahead = (world: World, cell: number, action: Action): number | undefined => {
  const next = neighbour(world, cell, action)
  return next === undefined || world.walls.has(next) ? undefined : next
}

const placeOf = (world: World, cell: number) => ({ row: rowOf(world, cell), column: columnOf(world, cell) })

const observe = ({ cell, visits, world }: State): Observation => {
  const around = (direction: Action) => {
    const next = ahead(world, cell, direction)
    return { blocked: next === undefined, visits: visits.get(next ?? cell) ?? 0 }
  }
  return {
    place: placeOf(world, cell),
    goal: placeOf(world, world.goal),
    around: [around(0), around(1), around(2), around(3)]
  }
}

const step = ({ cell, visits, world }: State, action: Action) => {
  const next = ahead(world, cell, action)
  const arrived = next ?? cell
  const terminated = arrived === world.goal
  return {
    state: { world, cell: arrived, visits: new Map(visits).set(arrived, (visits.get(arrived) ?? 0) + 1) },
    reward: (terminated ? rewards.goal : 0) + (next === undefined ? rewards.bump : rewards.step),
    terminated
  }
}

const render = ({ cell, visits, world }: State): string => {
  const place = placeOf(world, cell)
  const fillOf = (each: number): string => {
    if (world.walls.has(each)) return "#495057"
    if (each === world.goal) return "#8ce99a"
    return visits.has(each) ? "#ffe8cc" : "#e9ecef"
  }
  return Svg.picture(world.columns, world.rows, `at row ${place.row}, column ${place.column}`, [
    ...Array.from({ length: world.rows * world.columns }, (_, each) =>
      Svg.square(columnOf(world, each), rowOf(world, each), fillOf(each))
    ),
    Svg.disc(place.column, place.row, 0.3, "#e8590c")
  ])
}

const environmentOf = (settings: Settings): Environment.Environment<Observation, Action> =>
  Environment.fromTransitions({
    name: `GridWorld ${settings.size}x${settings.size}`,
    observations: Observation,
    actions: Action,
    maxSteps: settings.maxSteps,
    start: (seed): State => {
      const world = worldOf(seed, settings)
      return { world, cell: world.start, visits: new Map([[world.start, 1]]) }
    },
    observe,
    step,
    render
  })

const faultOf = ({ maxSteps, size, walls }: Settings): GridWorldError | undefined => {
  const refuse = (detail: string, cure: string) => new GridWorldError({ reason: "InvalidOptions", detail, cure })
  if (!(Number.isInteger(size) && size >= 2 && size <= 64)) {
    return refuse(`size is ${size}`, "Use a whole number from 2 to 64")
  }
  if (!(walls >= 0 && walls < 1)) return refuse(`walls is ${walls}`, "Use a share of at least 0 and below 1")
  if (!(Number.isSafeInteger(maxSteps) && maxSteps > 0)) {
    return refuse(`maxSteps is ${maxSteps}`, "Use a whole number of at least 1")
  }
  return undefined
}

const checked = (options: Options | undefined): Effect.Effect<Settings, GridWorldError> =>
  Effect.suspend(() => {
    const settings = settingsOf(options)
    const fault = faultOf(settings)
    return fault === undefined ? Effect.succeed(settings) : Effect.fail(fault)
  })

/**
 * The world of a seed.
 *
 * @since 0.1.0
 * @category constructors
 */
export const world = (seed: number, options?: Options): Effect.Effect<World, GridWorldError> =>
  Effect.map(checked(options), (settings) => worldOf(seed, settings))

/**
 * Worlds of one's own kind.
 *
 * @since 0.1.0
 * @category environments
 */
export const make = (options?: Options): Effect.Effect<Environment.Environment<Observation, Action>, GridWorldError> =>
  Effect.map(checked(options), environmentOf)

/**
 * Worlds of 6 × 6 cells with walls on a quarter of them.
 *
 * @since 0.1.0
 * @category environments
 */
export const environment: Environment.Environment<Observation, Action> = environmentOf(settingsOf())
