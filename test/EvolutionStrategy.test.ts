import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as EvolutionStrategy from "../src/EvolutionStrategy.js"
import * as FitnessShaping from "../src/FitnessShaping.js"
import type { PairFill } from "../src/internal/lowRank.js"
import { contractDense, contractLowRank } from "../src/internal/lowRank.js"
import * as Noise from "../src/Noise.js"
import * as Solver from "../src/Solver.js"
import { maximise, negativeSquaredError, rankOf, squaredError } from "./utils/evolution.js"

const parity = { sigma: 0.1, learningRate: 0.1, shaping: "zScore" } as const

const options = { population: 8, seed: 1, sigma: 0.1, learningRate: 0.5 } as const

const vector = (
  values: ReadonlyArray<number>,
  rest: Partial<EvolutionStrategy.SearchBlock> = {}
): EvolutionStrategy.SearchBlock => ({
  path: "x",
  shape: [values.length],
  rank: undefined,
  initial: Float32Array.from(values),
  ...rest
})

const matrix = (
  out: number,
  inputs: number,
  rank: number | undefined,
  rest: Partial<EvolutionStrategy.SearchBlock> = {}
): EvolutionStrategy.SearchBlock => ({
  path: "w",
  shape: [out, inputs],
  rank,
  initial: new Float32Array(out * inputs),
  ...rest
})

const start = (overrides: Partial<EvolutionStrategy.Options>, blocks: ReadonlyArray<EvolutionStrategy.SearchBlock>) =>
  Effect.gen(function* () {
    const config = yield* EvolutionStrategy.make({ ...options, ...overrides })
    return { config, state: yield* EvolutionStrategy.init(config, blocks) }
  })

const ask = (overrides: Partial<EvolutionStrategy.Options>, ...blocks: ReadonlyArray<EvolutionStrategy.SearchBlock>) =>
  Effect.flatMap(start(overrides, blocks), ({ config, state }) => EvolutionStrategy.ask(config, state))

const tell = (
  overrides: Partial<EvolutionStrategy.Options>,
  blocks: ReadonlyArray<EvolutionStrategy.SearchBlock>,
  rewards: ReadonlyArray<number>
) => Effect.flatMap(start(overrides, blocks), ({ config, state }) => EvolutionStrategy.tell(config, state, rewards))

const refused = <A>(effect: Effect.Effect<A, EvolutionStrategy.EvolutionError>) => Effect.flip(effect)

const explicit =
  (noise: ReadonlyArray<ReadonlyArray<number>>): PairFill =>
  (pair, out, offset, count, first) =>
    out.set(noise[pair].slice(first, first + count), offset)

describe("EvolutionStrategy", () => {
  describe("make", () => {
    it.effect.each([
      [{ population: 0 }, "population is 0"],
      [{ population: 1 }, "even"],
      [{ population: 31 }, "even"],
      [{ population: 2.5, antithetic: false }, "integer"],
      [{ population: 1, antithetic: false }, "at least 2"],
      [{ sigma: 0 }, "sigma is 0"],
      [{ sigma: -1 }, "sigma is -1"],
      [{ sigma: NaN }, "sigma is NaN"],
      [{ sigma: () => Infinity }, "sigma is Infinity in generation 0"],
      [{ learningRate: NaN }, "learningRate is NaN"],
      [{ learningRate: -0.1 }, "learningRate is -0.1"],
      [{ seed: 0.5 }, "seed is 0.5"],
      [{ rank: 0 }, "rank is 0"],
      [{ weightDecay: -1 }, "weightDecay is -1"],
      [{ solver: Solver.momentum({ decay: 1 }) }, "solver"]
    ] as ReadonlyArray<[Partial<EvolutionStrategy.Options>, string]>)("refuses %o and says why", ([overrides, text]) =>
      Effect.gen(function* () {
        const error = yield* refused(EvolutionStrategy.make({ ...options, ...overrides }))
        assert.strictEqual(error._tag, "EvolutionError")
        assert.strictEqual(error.reason, "InvalidConfig")
        assert.include(error.message, text)
      })
    )

    it.effect("takes an odd population that is not mirrored", () =>
      Effect.map(ask({ population: 7, antithetic: false }, vector([0])), (population) =>
        assert.strictEqual(population.size, 7)
      )
    )
  })

  describe("init", () => {
    it.effect.each([
      [[vector([1], { shape: [2] })], '"x"'],
      [[vector([1], { shape: [2] })], "initial holds 1 numbers, but the shape [2] needs 2"],
      [[vector([], { shape: [0] })], "shape is [0]"],
      [[vector([0, NaN])], "value at 1 is NaN"],
      [[vector([1], { rank: 1 })], "a vector has no rank"],
      [[matrix(2, 2, 0)], "rank is 0"],
      [[matrix(2, 2, 1, { scale: new Float32Array(4).fill(1) })], "takes no scale"],
      [[matrix(2, 2, 1, { frozen: new Uint8Array(4) })], "takes no frozen"],
      [[vector([1], { scale: new Float32Array(1) })], "scale at 0 is 0"],
      [[vector([1], { min: Float32Array.of(2) })], "not in its box [2, Infinity]"],
      [[vector([1], { min: Float32Array.of(1), max: Float32Array.of(0) })], "box [1, 0]"],
      [[vector([1], { max: new Float32Array(2) })], "max holds 2 numbers"],
      [[vector([1]), vector([2])], 'Two blocks have the path "x"']
    ] as ReadonlyArray<[ReadonlyArray<EvolutionStrategy.SearchBlock>, string]>)(
      "refuses %# and names the block",
      ([blocks, text]) =>
        Effect.gen(function* () {
          const error = yield* refused(start({}, blocks))
          assert.strictEqual(error.reason, "InvalidBlock")
          assert.include(error.message, text)
        })
    )

    it.effect("copies the initial values", () =>
      Effect.gen(function* () {
        const initial = Float32Array.of(1, 2)
        const { state } = yield* start({}, [vector([1, 2], { initial })])
        initial[0] = 9
        assert.deepStrictEqual(state.blocks[0].mean, Float32Array.of(1, 2))
      })
    )

    it.effect("nothing to search is a search that changes nothing", () =>
      Effect.map(tell({}, [], [1, 2, 3, 4, 5, 6, 7, 8]), (state) => {
        assert.deepStrictEqual(state.blocks, [])
        assert.strictEqual(state.generation, 1)
      })
    )

    it.effect("caps the rank at the matrix and at the config", () =>
      Effect.gen(function* () {
        const { state } = yield* start({ rank: 3 }, [
          matrix(2, 8, 4, { path: "wide" }),
          matrix(8, 8, 4, { path: "square" }),
          matrix(8, 8, undefined, { path: "dense" })
        ])
        assert.deepStrictEqual(
          state.blocks.map((block) => block.rank),
          [2, 3, undefined]
        )
      })
    )
  })

  describe("ask", () => {
    it.effect("the members of a pair share their noise and mirror each other", () =>
      Effect.gen(function* () {
        const population = yield* ask({}, matrix(3, 5, 2), vector([1, 2], { scale: Float32Array.of(3, 1) }))
        for (const path of ["w", "x"]) {
          const [plus, minus] = [population.perturbation(4, path), population.perturbation(5, path)]
          assert.strictEqual(plus?.noise, minus?.noise)
          assert.strictEqual(plus?.scale, -(minus?.scale ?? 0))
          assert.notStrictEqual(plus?.noise, population.perturbation(6, path)?.noise)
        }
        assert.closeTo(population.perturbation(0, "w")?.scale ?? 0, 0.1 / Math.SQRT2, 1e-12)
        assert.strictEqual(population.perturbation(0, "x")?.scale, 0.1)
        assert.isUndefined(population.perturbation(0, "unknown"))
      })
    )

    it.effect("without mirroring every member has its own noise", () =>
      Effect.gen(function* () {
        const population = yield* ask({ antithetic: false, population: 3 }, vector([0, 0]))
        const members = [0, 1, 2].map((member) => EvolutionStrategy.materialise(population, member, "x").join())
        assert.strictEqual(new Set(members).size, 3)
        assert.strictEqual(population.perturbation(1, "x")?.scale, 0.1)
      })
    )

    it.effect("the factors are B by rows and then A by rows, exactly the normals of the key", () =>
      Effect.gen(function* () {
        const population = yield* ask({}, matrix(2, 3, 2))
        const noise = population.perturbation(3, "w")?.noise
        const factors = new Float32Array(11).fill(7)
        noise?.fill(factors, 1)
        const normals = new Float32Array(10)
        Noise.normals({ seed: 1, generation: 0, pair: 1, block: Noise.blockId("w") }, normals)
        assert.strictEqual(noise?.length, 10)
        assert.deepStrictEqual(Array.from(factors), [7, ...normals])
        const [b00, b01, b02, b10, b11, b12, a00, a01, a10, a11] = normals
        const expected = [
          a00 * b00 + a01 * b10,
          a00 * b01 + a01 * b11,
          a00 * b02 + a01 * b12,
          a10 * b00 + a11 * b10,
          a10 * b01 + a11 * b11,
          a10 * b02 + a11 * b12
        ]
        EvolutionStrategy.materialise(population, 3, "w").forEach((value, i) =>
          assert.closeTo(value, (-0.1 / Math.SQRT2) * expected[i], 1e-6)
        )
      })
    )

    it.effect("the same generation has the same noise, another generation or seed another", () =>
      Effect.gen(function* () {
        const { config, state } = yield* start({}, [vector([0, 0])])
        const draw = (seed: number, generation: number) =>
          Effect.map(EvolutionStrategy.ask({ ...config, seed }, { ...state, generation }), (population) =>
            EvolutionStrategy.materialise(population, 2, "x").join()
          )
        const draws = yield* Effect.all([draw(1, 0), draw(1, 0), draw(1, 1), draw(2, 0), draw(0, 0)])
        assert.strictEqual(draws[0], draws[1])
        assert.strictEqual(new Set(draws).size, 4)
      })
    )

    it.effect("another block, or another order of blocks, leaves a block's noise alone", () =>
      Effect.gen(function* () {
        const alone = yield* ask({}, vector([0, 0]))
        const among = yield* ask({}, matrix(2, 2, 1), vector([0, 0]))
        assert.deepStrictEqual(
          EvolutionStrategy.materialise(alone, 1, "x"),
          EvolutionStrategy.materialise(among, 1, "x")
        )
      })
    )

    it.effect.each([1, 2, 3, 4])("noise of rank %d has entries of variance sigma² and exactly that rank", (rank) =>
      Effect.gen(function* () {
        const population = yield* ask({ population: 4000, sigma: 0.5 }, matrix(4, 6, rank))
        let squares = 0
        for (let member = 0; member < 4000; member += 2) {
          const values = EvolutionStrategy.materialise(population, member, "w")
          squares += values.reduce((sum, value) => sum + value * value, 0)
          if (member < 40) {
            assert.strictEqual(rankOf(values, 4, 6), rank)
          }
        }
        assert.closeTo(squares / (2000 * 24), 0.25, 0.02)
      })
    )

    it.effect("dense noise has variance (sigma · scale)² per coordinate", () =>
      Effect.gen(function* () {
        const population = yield* ask(
          { population: 4000, sigma: 0.5 },
          vector([0, 0], { scale: Float32Array.of(1, 4) })
        )
        const squares = [0, 0]
        for (let member = 0; member < 4000; member += 2) {
          EvolutionStrategy.materialise(population, member, "x").forEach((value, i) => (squares[i] += value * value))
        }
        assert.closeTo(squares[0] / 2000, 0.25, 0.03)
        assert.closeTo(squares[1] / 2000, 4, 0.5)
      })
    )

    it.effect("a schedule without a usable sigma or learning rate is refused before anything is evaluated", () =>
      Effect.gen(function* () {
        const { config, state } = yield* start({ sigma: (generation) => 1 - generation }, [vector([0])])
        const error = yield* refused(EvolutionStrategy.ask(config, { ...state, generation: 1 }))
        assert.strictEqual(error.reason, "InvalidConfig")
        assert.include(error.message, "sigma is 0 in generation 1")
      })
    )
  })

  describe("tell", () => {
    it.each([
      {
        shaping: "raw",
        rewards: [1, -1, 0, 0],
        noise: [
          [1, 0],
          [0, 1]
        ],
        expected: [1, 0]
      },
      {
        shaping: "zScore",
        rewards: [1, -1, 0, 0],
        noise: [
          [1, 0],
          [0, 1]
        ],
        expected: [1.2247448, 0]
      },
      { shaping: "zScore", rewards: [3, 1, 5, -1], noise: [[1], [2]], expected: [2.7110884] },
      { shaping: "raw", rewards: [3, 1, 5, -1], noise: [[1], [2]], expected: [7] }
    ] as const)("the gradient of the Python library: $shaping of $rewards", ({ expected, noise, rewards, shaping }) => {
      const z = FitnessShaping.shape(shaping, rewards)
      const weights = [z[0] - z[1], z[2] - z[3]].map((weight) => (weight * Math.sqrt(4)) / 4)
      const sum = contractDense(expected.length, weights, explicit(noise))
      expected.forEach((value, i) => assert.closeTo(sum[i], value, 1e-7))
    })

    it.prop(
      "the factored contraction is the sum of the weighted products, whatever the shape, rank and number of pairs",
      [
        FastCheck.integer({ min: 1, max: 9 }),
        FastCheck.integer({ min: 1, max: 9 }),
        FastCheck.integer({ min: 1, max: 5 }),
        FastCheck.integer({ min: 1, max: 70 })
      ],
      ([out, inputs, rank, pairs]) => {
        const fill: PairFill = (pair, target, offset, count, first) =>
          Noise.normals({ seed: 3, generation: 0, pair, block: 0 }, target, offset, count, first)
        const weights = Array.from({ length: pairs }, (_, pair) => (pair % 3 === 0 ? 0 : Math.sin(pair)))
        const sum = contractLowRank([out, inputs], rank, weights, fill)
        const expected = new Float64Array(out * inputs)
        weights.forEach((weight, pair) => {
          const factors = new Float32Array((out + inputs) * rank)
          fill(pair, factors, 0, factors.length, 0)
          expected.forEach((_, at) => {
            const [o, i] = [Math.floor(at / inputs), at % inputs]
            for (let k = 0; k < rank; k++) {
              expected[at] += weight * factors[rank * inputs + o * rank + k] * factors[k * inputs + i]
            }
          })
        })
        sum.forEach((value, at) => assert.closeTo(value, expected[at], 1e-9))
      }
    )

    it.effect.each([
      { name: "vector", block: vector([1, 2, 3]), antithetic: true },
      { name: "scaled vector", block: vector([1, 2], { scale: Float32Array.of(3, 0.5) }), antithetic: true },
      { name: "low-rank matrix", block: matrix(3, 4, 2), antithetic: true },
      { name: "low-rank matrix without mirroring", block: matrix(3, 4, 2), antithetic: false },
      { name: "dense matrix", block: matrix(3, 4, undefined), antithetic: true }
    ])("a step is learningRate · √N/N · Σ z E of the members: $name", ({ antithetic, block }) =>
      Effect.gen(function* () {
        const rewards = [3, -1, 4, 1, -5, 9, 2, 6]
        const { config, state } = yield* start({ antithetic }, [block])
        const population = yield* EvolutionStrategy.ask(config, state)
        const next = yield* EvolutionStrategy.tell(config, state, rewards)
        const z = FitnessShaping.centredRanks(rewards)
        next.blocks[0].mean.forEach((value, i) => {
          const scale = block.scale?.[i] ?? 1
          const sum = z.reduce(
            (total, weight, member) =>
              total + weight * (EvolutionStrategy.materialise(population, member, block.path)[i] - block.initial[i]),
            0
          )
          assert.closeTo(value - block.initial[i], (0.5 * sum) / Math.sqrt(8), 2e-6 * scale)
        })
        assert.strictEqual(next.generation, 1)
        assert.strictEqual(next.evaluations, 8)
        assert.deepStrictEqual(state.blocks[0].mean, block.initial)
      })
    )

    it.effect.each(["centredRanks", "zScore", "raw"] as const)("equal rewards move nothing under %s", (shaping) =>
      Effect.gen(function* () {
        for (const antithetic of [true, false]) {
          const next = yield* tell({ shaping, antithetic }, [vector([1, 2]), matrix(2, 2, 1)], new Array(8).fill(0.1))
          assert.deepStrictEqual(
            next.blocks.map((block) => Array.from(block.mean)),
            [
              [1, 2],
              [0, 0, 0, 0]
            ]
          )
        }
      })
    )

    it.effect("a reward that grows along an axis moves the mean along it", () =>
      Effect.gen(function* () {
        const { config, state } = yield* start({ population: 256 }, [vector([0, 0, 0])])
        const population = yield* EvolutionStrategy.ask(config, state)
        const rewards = Array.from({ length: 256 }, (_, m) => EvolutionStrategy.materialise(population, m, "x")[1])
        const [x, y, z] = (yield* EvolutionStrategy.tell(config, state, rewards)).blocks[0].mean
        assert.isAbove(y, 5 * Math.max(Math.abs(x), Math.abs(z)))
      })
    )

    it.effect("a step along a linear reward is about learningRate · sigma · √N whatever the reward's unit", () =>
      Effect.gen(function* () {
        const { config, state } = yield* start({ ...parity, population: 128 }, [vector([0])])
        const population = yield* EvolutionStrategy.ask(config, state)
        for (const unit of [1e-6, 1, 1e12]) {
          const rewards = Array.from(
            { length: 128 },
            (_, m) => unit * EvolutionStrategy.materialise(population, m, "x")[0]
          )
          const next = yield* EvolutionStrategy.tell(config, state, rewards)
          assert.closeTo(next.blocks[0].mean[0], 0.1 * 0.1 * Math.sqrt(128), 0.02)
        }
      })
    )

    it.effect("Float32Array rewards are taken as they are", () =>
      Effect.gen(function* () {
        const { config, state } = yield* start({}, [vector([1])])
        const rewards = [1, 2, 3, 4, 5, 6, 7, 9]
        assert.deepStrictEqual(
          yield* EvolutionStrategy.tell(config, state, Float32Array.from(rewards)),
          yield* EvolutionStrategy.tell(config, state, rewards)
        )
      })
    )

    it.effect("frozen coordinates get no noise and never move; frozen blocks have none", () =>
      Effect.gen(function* () {
        const blocks = [
          vector([1, 2, 3], { frozen: Uint8Array.of(0, 1, 0) }),
          matrix(2, 2, 1, { frozen: true, path: "held", initial: Float32Array.of(1, 2, 3, 4) })
        ]
        for (const solver of [Solver.sgd, Solver.momentum(), Solver.adam()]) {
          const { config, state } = yield* start({ solver, weightDecay: 0.1 }, blocks)
          const population = yield* EvolutionStrategy.ask(config, state)
          const member = EvolutionStrategy.materialise(population, 3, "x")
          assert.isTrue(member[1] === 2 && member[0] !== 1 && member[2] !== 3)
          assert.isUndefined(population.perturbation(3, "held"))
          assert.deepStrictEqual(EvolutionStrategy.materialise(population, 3, "held"), Float32Array.of(1, 2, 3, 4))
          const next = yield* EvolutionStrategy.tell(config, state, [1, 2, 3, 4, 5, 6, 7, 9])
          assert.strictEqual(next.blocks[0].mean[1], 2)
          assert.notStrictEqual(next.blocks[0].mean[0], 1)
          assert.deepStrictEqual(next.blocks[1], state.blocks[1])
        }
      })
    )

    it.effect("the mean is put back into its box, and moves away from the wall again", () =>
      Effect.gen(function* () {
        const box = { min: Float32Array.of(0, -Infinity), max: Float32Array.of(0.3, 2) }
        const climb = (direction: number) =>
          maximise(
            { ...options, population: 32, learningRate: 1 },
            [vector([0.1, 0], box)],
            40,
            (read) => direction * (read("x")[0] + read("x")[1])
          )
        const up = yield* climb(1)
        const down = yield* climb(-1)
        assert.deepStrictEqual(up.blocks[0].mean, Float32Array.of(0.3, 2))
        assert.strictEqual(down.blocks[0].mean[0], 0)
        assert.isBelow(down.blocks[0].mean[1], -2)
      })
    )

    it.effect("rewards of another number than members are refused", () =>
      Effect.gen(function* () {
        const error = yield* refused(tell({}, [vector([1])], [1, 2]))
        assert.strictEqual(error.reason, "InvalidRewards")
        assert.include(error.message, "2 rewards for a population of 8")
      })
    )

    it.effect("a step that would overflow is refused", () =>
      Effect.gen(function* () {
        const error = yield* refused(tell({ shaping: "raw" }, [vector([1])], [1e300, -1e300, 0, 1, 2, 3, 4, 5]))
        assert.strictEqual(error.reason, "NonFiniteUpdate")
        assert.include(error.message, '"x"')
        const walled = vector([1], { max: Float32Array.of(2) })
        assert.strictEqual(
          (yield* refused(tell({ shaping: "raw" }, [walled], [1e300, -1e300, 0, 1, 2, 3, 4, 5]))).reason,
          "NonFiniteUpdate"
        )
      })
    )

    it.effect("a shaping that throws, or returns a wrong number or NaN, is refused", () =>
      Effect.gen(function* () {
        const shapings: ReadonlyArray<FitnessShaping.FitnessShaping> = [
          () => {
            throw new Error("boom")
          },
          () => [1],
          (rewards) => rewards.map(() => NaN)
        ]
        for (const shaping of shapings) {
          const error = yield* refused(tell({ shaping }, [vector([1])], [1, 2, 3, 4, 5, 6, 7, 8]))
          assert.strictEqual(error.reason, "InvalidShaping")
        }
      })
    )
  })

  describe("failurePolicy", () => {
    const rewards = [3, -1, NaN, 1, -5, 9, 2, Infinity]
    const blocks = [vector([1, 2]), matrix(3, 2, 2)]

    it.effect("dropPair leaves both members out and renormalises, as if the pair had not been there", () =>
      Effect.gen(function* () {
        const next = yield* tell({}, blocks, rewards)
        const { config, state } = yield* start({}, blocks)
        const population = yield* EvolutionStrategy.ask(config, state)
        const members = [0, 1, 4, 5]
        const z = FitnessShaping.centredRanks(members.map((member) => rewards[member]))
        blocks.forEach((block, b) =>
          next.blocks[b].mean.forEach((value, i) => {
            const sum = members.reduce(
              (total, member, j) =>
                total + z[j] * (EvolutionStrategy.materialise(population, member, block.path)[i] - block.initial[i]),
              0
            )
            assert.closeTo(value - block.initial[i], (0.5 * sum) / Math.sqrt(4), 2e-6)
          })
        )
        assert.strictEqual(next.evaluations, 8)
      })
    )

    it.effect("worstRank ranks the failed ones below all others", () =>
      Effect.gen(function* () {
        const failed = yield* tell({ failurePolicy: "worstRank" }, blocks, rewards)
        const lowest = yield* tell({}, blocks, [3, -1, -1e9, 1, -5, 9, 2, -1e9])
        assert.deepStrictEqual(failed, lowest)
      })
    )

    it.effect("worstRank gives them the worst finite reward where the shaping knows no ranks", () =>
      Effect.gen(function* () {
        const failed = yield* tell({ failurePolicy: "worstRank", shaping: "zScore" }, blocks, rewards)
        const lowest = yield* tell({ shaping: "zScore" }, blocks, [3, -1, -5, 1, -5, 9, 2, -5])
        assert.deepStrictEqual(failed, lowest)
      })
    )

    it.effect("fail names the first failed member", () =>
      Effect.gen(function* () {
        const error = yield* refused(tell({ failurePolicy: "fail" }, blocks, rewards))
        assert.strictEqual(error.reason, "CandidateFailed")
        assert.include(error.message, "Member 2 has the reward NaN (2 of 8")
      })
    )

    it.effect("without mirroring dropPair drops the member alone", () =>
      Effect.gen(function* () {
        const next = yield* tell({ antithetic: false, population: 3 }, [vector([0])], [1, NaN, 2])
        const population = yield* ask({ antithetic: false, population: 3 }, vector([0]))
        const [first, , third] = [0, 1, 2].map((member) => EvolutionStrategy.materialise(population, member, "x")[0])
        assert.closeTo(next.blocks[0].mean[0], (0.5 * (third - first)) / 2 / Math.SQRT2, 1e-6)
      })
    )

    it.effect("a generation in which no candidate is left is refused with a cure", () =>
      Effect.gen(function* () {
        const none = new Array<number>(8).fill(NaN)
        const onePerPair = none.map((value, member) => (member % 2 === 0 ? 1 : value))
        const errors = yield* Effect.all([
          refused(tell({}, blocks, none)),
          refused(tell({}, blocks, onePerPair)),
          refused(tell({ failurePolicy: "worstRank" }, blocks, none))
        ])
        errors.forEach((error) => assert.strictEqual(error.reason, "AllCandidatesFailed"))
        assert.include(errors[0].message, "smaller sigma")
      })
    )

    it.effect.prop(
      "no reward, however odd, puts a number that is not finite into the state",
      [FastCheck.array(FastCheck.double(), { minLength: 8, maxLength: 8 })],
      ([odd]) =>
        Effect.gen(function* () {
          for (const shaping of ["centredRanks", "zScore", "raw"] as const) {
            for (const solver of [Solver.sgd, Solver.adam()]) {
              const result = yield* Effect.either(tell({ shaping, solver }, blocks, odd))
              if (result._tag === "Right") {
                assert.isTrue(
                  result.right.blocks.every(
                    (block) => block.mean.every(Number.isFinite) && block.solver.first.every(Number.isFinite)
                  )
                )
              } else {
                assert.include(["AllCandidatesFailed", "NonFiniteUpdate"], result.left.reason)
              }
            }
          }
        })
    )
  })

  describe("schedules", () => {
    it("exponential decay falls geometrically down to its minimum", () => {
      const sigma = EvolutionStrategy.exponentialDecay({ initial: 0.8, decay: 0.5, minimum: 0.15 })
      assert.deepStrictEqual([0, 1, 2, 3].map(sigma), [0.8, 0.4, 0.2, 0.15])
    })

    it("cosine falls from the initial value to the minimum and stays", () => {
      const rate = EvolutionStrategy.cosine({ initial: 1, minimum: 0.2, generations: 10 })
      assert.strictEqual(rate(0), 1)
      assert.closeTo(rate(5), 0.6, 1e-12)
      assert.closeTo(rate(10), 0.2, 1e-12)
      assert.closeTo(rate(99), 0.2, 1e-12)
    })

    it.effect("each generation uses its own sigma and learning rate", () =>
      Effect.gen(function* () {
        const { config, state } = yield* start(
          {
            sigma: (generation) => 0.1 * (generation + 1),
            learningRate: (generation) => 1 - generation
          },
          [vector([0])]
        )
        const population = yield* EvolutionStrategy.ask(config, { ...state, generation: 1 })
        assert.strictEqual(population.perturbation(0, "x")?.scale, 0.2)
        const next = yield* EvolutionStrategy.tell(config, { ...state, generation: 1 }, [1, 2, 3, 4, 5, 6, 7, 9])
        assert.strictEqual(next.blocks[0].mean[0], 0)
      })
    )
  })

  describe("state", () => {
    const blocks = [
      vector([1, -0.1], {
        scale: Float32Array.of(2, 1),
        min: Float32Array.of(-Infinity, -1),
        max: Float32Array.of(3, Infinity),
        frozen: Uint8Array.of(0, 1)
      }),
      matrix(3, 2, 2),
      matrix(2, 2, undefined, { path: "held", frozen: true })
    ]

    it.effect.prop(
      "encode and decode through JSON keep every bit, and the run goes on as if never interrupted",
      [FastCheck.array(FastCheck.double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 8, maxLength: 8 })],
      ([rewards]) =>
        Effect.gen(function* () {
          for (const solver of [Solver.sgd, Solver.momentum(), Solver.adam()]) {
            const { config, state } = yield* start({ solver }, blocks)
            const told = yield* EvolutionStrategy.tell(config, state, rewards)
            const back = yield* EvolutionStrategy.decode(JSON.parse(JSON.stringify(EvolutionStrategy.encode(told))))
            assert.deepStrictEqual(back, told)
            assert.deepStrictEqual(
              yield* EvolutionStrategy.tell(config, back, rewards),
              yield* EvolutionStrategy.tell(config, told, rewards)
            )
          }
        })
    )

    it.effect("an encoded state that is corrupt is refused by place, without its data", () =>
      Effect.gen(function* () {
        const { state } = yield* start({ solver: Solver.adam() }, [matrix(100, 100, 2)])
        const encoded = EvolutionStrategy.encode(state)
        const [block] = encoded.blocks
        const withBlock = (change: object): unknown => ({ ...encoded, blocks: [{ ...block, ...change }] })
        const nan = Buffer.from(new Float32Array(10_000).fill(NaN).buffer).toString("base64")
        const cases: ReadonlyArray<readonly [unknown, string]> = [
          [undefined, "not an encoded state"],
          ["text", "not an encoded state"],
          [{ ...encoded, version: 2 }, "version 2"],
          [{ ...encoded, version: "x" }, "version"],
          [{ ...encoded, generation: -1 }, "generation"],
          [withBlock({ mean: block.mean.slice(0, -8) }), '"w"'],
          [withBlock({ mean: `#${block.mean.slice(1)}` }), "blocks.0.mean"],
          [withBlock({ mean: block.mean.slice(0, -4) }), "blocks.0.mean"],
          [withBlock({ mean: nan }), "value at 0 is NaN"],
          [withBlock({ mean: undefined }), "blocks.0.mean"],
          [withBlock({ shape: [100] }), '"w"'],
          [withBlock({ rank: 0 }), "blocks.0.rank"],
          [withBlock({ solver: { ...block.solver, first: "" } }), "moments"],
          [withBlock({ solver: { ...block.solver, second: nan } }), "moments"]
        ]
        for (const [input, text] of cases) {
          const error = yield* refused(EvolutionStrategy.decode(input))
          assert.strictEqual(error.reason, "InvalidState")
          assert.include(error.message, text)
          assert.isBelow(error.message.length, 300)
        }
      })
    )
  })

  describe("searches", () => {
    const seeds = Array.from({ length: 20 }, (_, seed) => seed)

    it.effect("temperature: from 0 to 0.5 within 0.01 in 20 generations of 20, for each of 100 seeds", () =>
      Effect.forEach(
        Array.from({ length: 100 }, (_, seed) => seed),
        (seed) =>
          Effect.gen(function* () {
            const state = yield* maximise(
              { ...parity, population: 20, seed },
              [vector([0])],
              20,
              (read) => -Math.abs(read("x")[0] - 0.5)
            )
            assert.closeTo(state.blocks[0].mean[0], 0.5, 0.01)
          }),
        { discard: true }
      )
    )

    it.effect("centred ranks get there as well at √12 times the learning rate", () =>
      Effect.forEach(
        seeds,
        (seed) =>
          Effect.gen(function* () {
            const config = { population: 20, sigma: 0.1, learningRate: 0.1 * Math.sqrt(12), seed }
            const state = yield* maximise(config, [vector([0])], 20, (read) => -Math.abs(read("x")[0] - 0.5))
            assert.closeTo(state.blocks[0].mean[0], 0.5, 0.01)
          }),
        { discard: true }
      )
    )

    it.effect("1d_param: a vector of three comes nearer to its target than 0.1, for 20 seeds", () =>
      Effect.forEach(
        seeds,
        (seed) =>
          Effect.gen(function* () {
            const target = [0.5, -0.3, 0.8]
            const state = yield* maximise({ ...parity, population: 32, seed }, [vector([0, 0, 0])], 20, (read) =>
              negativeSquaredError(read("x"), target)
            )
            assert.isBelow(squaredError(state.blocks[0].mean, target), 0.1)
          }),
        { discard: true }
      )
    )

    it.effect("2d_lowrank: 30 generations of 32 cut the loss of a 4×8 matrix below 0.3 of it, for 20 seeds", () =>
      Effect.forEach(
        seeds,
        (seed) =>
          Effect.gen(function* () {
            const target = new Float32Array(32)
            Noise.normals({ seed, generation: 0, pair: 0, block: 99 }, target)
            const scaled = Array.from(target, (value) => value * 0.3)
            const state = yield* maximise({ ...parity, population: 32, seed }, [matrix(4, 8, 2)], 30, (read) =>
              negativeSquaredError(read("w"), scaled)
            )
            assert.isBelow(squaredError(state.blocks[0].mean, scaled) / squaredError(new Float32Array(32), scaled), 0.3)
          }),
        { discard: true }
      )
    )

    it.effect("torcheggroll end to end: 20 generations bring the loss of (1, 2, 3) below 10 %, for 20 seeds", () =>
      Effect.forEach(
        seeds,
        (seed) =>
          Effect.gen(function* () {
            const config = { population: 64, sigma: 0.1, learningRate: 0.5, shaping: "zScore", seed } as const
            const state = yield* maximise(config, [vector([0, 0, 0])], 20, (read) =>
              negativeSquaredError(read("x"), [1, 2, 3])
            )
            assert.isBelow(squaredError(state.blocks[0].mean, [1, 2, 3]), 1.4)
          }),
        { discard: true }
      )
    )

    it.effect("a search without normalised rewards still improves", () =>
      Effect.gen(function* () {
        const state = yield* maximise(
          { ...parity, shaping: "raw", learningRate: 2, population: 32, seed: 1 },
          [vector([0, 0, 0])],
          40,
          (read) => negativeSquaredError(read("x"), [1, 2, 3])
        )
        assert.isBelow(squaredError(state.blocks[0].mean, [1, 2, 3]), 7)
      })
    )

    it.effect.each([Solver.momentum({ decay: 0.5 }), Solver.adam()])("$_tag finds the target too", (solver) =>
      Effect.gen(function* () {
        const learningRate = EvolutionStrategy.cosine({ initial: 0.2, generations: 60 })
        const state = yield* maximise(
          { ...options, population: 32, solver, learningRate },
          [vector([0, 0, 0])],
          60,
          (read) => negativeSquaredError(read("x"), [0.5, -0.3, 0.8])
        )
        assert.isBelow(squaredError(state.blocks[0].mean, [0.5, -0.3, 0.8]), 0.05)
      })
    )

    it.effect("a fifth of the candidates failing does not keep the search from its target", () =>
      Effect.gen(function* () {
        for (const failurePolicy of ["dropPair", "worstRank"] as const) {
          let calls = 0
          const state = yield* maximise(
            { ...parity, population: 32, seed: 3, failurePolicy },
            [vector([0, 0, 0])],
            40,
            (read) => (calls++ % 5 === 0 ? NaN : negativeSquaredError(read("x"), [0.5, -0.3, 0.8]))
          )
          assert.isBelow(squaredError(state.blocks[0].mean, [0.5, -0.3, 0.8]), 0.1)
        }
      })
    )
  })
})
