import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as Solver from "../src/Solver.js"

const run = (
  solver: Solver.Solver,
  directions: ReadonlyArray<ReadonlyArray<number>>,
  options: Solver.StepOptions,
  start: ReadonlyArray<number> = [1, -2]
): { readonly mean: Float32Array; readonly state: Solver.SolverState } =>
  directions.reduce<{ readonly mean: Float32Array; readonly state: Solver.SolverState }>(
    ({ mean, state }, direction) => Solver.update(solver, state, mean, Float64Array.from(direction), options),
    { mean: Float32Array.from(start), state: Solver.init(solver, start.length) }
  )

const near = (actual: Float32Array, expected: ReadonlyArray<number>) =>
  assert.deepStrictEqual(actual, Float32Array.from(expected))

describe("Solver", () => {
  it("SGD goes learningRate times the direction", () => {
    near(run(Solver.sgd, [[4, 1]], { learningRate: 0.5 }).mean, [3, -1.5])
  })

  it("momentum adds up its directions with the decay", () => {
    const { mean, state } = run(
      Solver.momentum({ decay: 0.5 }),
      [
        [4, 0],
        [4, 0],
        [0, 8]
      ],
      { learningRate: 0.25 }
    )
    near(state.first, [3, 8])
    near(mean, [1 + 0.25 * (4 + 6 + 3), -2 + 0.25 * 8])
    assert.strictEqual(state.step, 3)
  })

  it("Adam's first step is the learning rate whatever the size of the direction", () => {
    for (const size of [1e-3, 1, 1e6]) {
      const { mean } = run(Solver.adam(), [[size, -size]], { learningRate: 0.1 }, [0, 0])
      assert.closeTo(mean[0], 0.1, 1e-5)
      assert.closeTo(mean[1], -0.1, 1e-5)
    }
  })

  it("Adam's second step follows the paper's algorithm", () => {
    const { mean, state } = run(Solver.adam(), [[1], [3]], { learningRate: 0.1 }, [0])
    const m = (0.9 * 0.1 + 0.1 * 3) / (1 - 0.9 ** 2)
    const v = (0.999 * 0.001 + 0.001 * 9) / (1 - 0.999 ** 2)
    assert.closeTo(mean[0], 0.1 + (0.1 * m) / (Math.sqrt(v) + 1e-8), 1e-6)
    assert.closeTo(state.first[0], 0.39, 1e-6)
    assert.closeTo(state.second[0], 0.009999, 1e-8)
  })

  it("weight decay is decoupled: it shrinks the weights alike under every solver", () => {
    for (const solver of [Solver.sgd, Solver.momentum(), Solver.adam()]) {
      near(run(solver, [[0, 0]], { learningRate: 0.5, weightDecay: 0.5 }).mean, [0.75, -1.5])
    }
  })

  it("the scale multiplies the step of each coordinate under every solver", () => {
    const scale = Float32Array.from([2, 0.5])
    for (const solver of [Solver.sgd, Solver.momentum(), Solver.adam()]) {
      const { mean } = run(solver, [[1, 1]], { learningRate: 0.5, scale }, [0, 0])
      assert.closeTo(mean[0] / mean[1], 4, 1e-6)
    }
  })

  it("a frozen coordinate keeps its value and its moments, weight decay or not", () => {
    const frozen = Uint8Array.from([1, 0])
    for (const solver of [Solver.sgd, Solver.momentum(), Solver.adam()]) {
      const { mean, state } = run(
        solver,
        [
          [5, 5],
          [5, 5]
        ],
        { learningRate: 0.5, weightDecay: 0.1, frozen }
      )
      assert.strictEqual(mean[0], 1)
      assert.notStrictEqual(mean[1], -2)
      assert.strictEqual(state.first[0] ?? 0, 0)
      assert.strictEqual(state.second[0] ?? 0, 0)
    }
  })

  it("a step leaves what it was given as it was", () => {
    const state = Solver.init(Solver.adam(), 1)
    const mean = Float32Array.from([1])
    Solver.update(Solver.adam(), state, mean, Float64Array.from([1]), { learningRate: 1 })
    assert.deepStrictEqual(state, Solver.init(Solver.adam(), 1))
    near(mean, [1])
  })

  it("the state of another solver starts anew", () => {
    const options = { learningRate: 0.1 }
    const taken = run(Solver.momentum(), [[1, 1]], options)
    const fresh = { mean: taken.mean, state: Solver.init(Solver.adam(), 2) }
    const direction = Float64Array.from([1, 2])
    assert.deepStrictEqual(
      Solver.update(Solver.adam(), taken.state, taken.mean, direction, options),
      Solver.update(Solver.adam(), fresh.state, fresh.mean, direction, options)
    )
  })

  it("a solver and its state survive JSON to the bit", () => {
    const { state } = run(
      Solver.adam(),
      [
        [0.1, 1e-30],
        [0.3, -7]
      ],
      { learningRate: 0.1 }
    )
    const json: unknown = JSON.parse(JSON.stringify(Schema.encodeSync(Solver.SolverState)(state)))
    assert.deepStrictEqual(Schema.decodeUnknownSync(Solver.SolverState)(json), state)
    assert.deepStrictEqual(Schema.decodeUnknownSync(Solver.Solver)({ _tag: "Sgd" }), Solver.sgd)
    assert.isFalse(Schema.is(Solver.Solver)(Solver.momentum({ decay: 1 })))
    assert.isFalse(Schema.is(Solver.Solver)(Solver.adam({ epsilon: 0 })))
  })
})
