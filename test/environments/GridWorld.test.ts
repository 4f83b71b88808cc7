import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as GridWorld from "../../src/environments/GridWorld.js"

/** Steps of a shortest way through a world, found without the library; none is `undefined`. */
const shortest = ({
  columns,
  goal,
  rows,
  start,
  walls
}: GridWorld.World): ReadonlyArray<GridWorld.Action> | undefined => {
  const ways = new Map<number, ReadonlyArray<GridWorld.Action>>([[start, []]])
  for (const [cell, way] of ways) {
    if (cell === goal) return way
    const [row, column] = [Math.floor(cell / columns), cell % columns]
    const next: ReadonlyArray<readonly [boolean, number]> = [
      [column > 0, cell - 1],
      [row < rows - 1, cell + columns],
      [column < columns - 1, cell + 1],
      [row > 0, cell - columns]
    ]
    next.forEach(([isInside, other], action) => {
      if (isInside && !walls.has(other) && !ways.has(other)) ways.set(other, [...way, action as GridWorld.Action])
    })
  }
  return undefined
}

describe("GridWorld", () => {
  it.effect.prop(
    "can be solved, whatever the seed, the size and the walls",
    [
      FastCheck.maxSafeInteger(),
      FastCheck.integer({ min: 2, max: 9 }),
      FastCheck.double({ min: 0, max: 0.99, noNaN: true })
    ],
    ([seed, size, walls]) =>
      Effect.gen(function* () {
        const world = yield* GridWorld.world(seed, { size, walls })
        assert.isDefined(shortest(world))
        assert.notStrictEqual(world.start, world.goal)
      })
  )

  it.effect("draws starts, goals and walls anew for every seed", () =>
    Effect.gen(function* () {
      const worlds = yield* Effect.forEach(
        Array.from({ length: 50 }, (_, seed) => seed),
        (seed) => GridWorld.world(seed)
      )
      const distinct = (of: (world: GridWorld.World) => unknown) =>
        new Set(worlds.map((world) => String(of(world)))).size
      assert.isAtLeast(
        distinct(({ start }) => start),
        20
      )
      assert.isAtLeast(
        distinct(({ goal }) => goal),
        20
      )
      assert.strictEqual(
        distinct(({ walls }) => [...walls]),
        50
      )
      assert.isTrue(worlds.every(({ walls }) => walls.size === 9))
    })
  )

  it.effect("pays 10 at the goal less 0.1 a step, on a shortest way", () =>
    Effect.gen(function* () {
      const seed = 4
      const way = shortest(yield* GridWorld.world(seed)) ?? []
      const instance = yield* GridWorld.environment.make
      yield* instance.reset(seed)
      const steps = yield* Effect.forEach(way, (action) => instance.step(action))
      const last = steps[steps.length - 1]
      assert.isTrue(last.terminated)
      assert.isTrue(steps.slice(0, -1).every(({ reward, terminated }) => reward === -0.1 && !terminated))
      assert.strictEqual(last.reward, 9.9)
      assert.deepStrictEqual(last.observation.place, last.observation.goal)
    }).pipe(Effect.scoped)
  )

  it.effect("stays in place at a wall, takes 0.2 for it, and counts it as a visit", () =>
    Effect.gen(function* () {
      const instance = yield* GridWorld.environment.make
      for (let seed = 0; seed < 20; seed++) {
        const { observation } = yield* instance.reset(seed)
        const action = observation.around.findIndex(({ blocked }) => blocked)
        if (action < 0) continue
        const step = yield* instance.step(action as GridWorld.Action)
        assert.deepStrictEqual(step.observation.place, observation.place)
        assert.strictEqual(step.reward, -0.2)
        assert.strictEqual(observation.around[action].visits, 1)
        assert.strictEqual(step.observation.around[action].visits, 2)
      }
    }).pipe(Effect.scoped)
  )

  it.effect("shows where one has been", () =>
    Effect.gen(function* () {
      const world = yield* GridWorld.make({ size: 2, walls: 0 })
      const instance = yield* world.make
      const { observation } = yield* instance.reset(1)
      const action = observation.around.findIndex(({ blocked }) => !blocked)
      const { around } = (yield* instance.step(action as GridWorld.Action)).observation
      assert.strictEqual(around[(action + 2) % 4].visits, 1)
    }).pipe(Effect.scoped)
  )

  it.effect("refuses options that cannot be", () =>
    Effect.gen(function* () {
      const impossible: ReadonlyArray<GridWorld.Options> = [
        { size: 1 },
        { size: 2.5 },
        { size: 65 },
        { size: NaN },
        { walls: 1 },
        { walls: -0.1 },
        { walls: NaN },
        { maxSteps: 0 },
        { maxSteps: Infinity }
      ]
      for (const options of impossible) {
        const { reason } = yield* Effect.flip(Effect.asVoid(GridWorld.make(options)))
        assert.strictEqual(reason, "InvalidOptions")
      }
    })
  )
})
