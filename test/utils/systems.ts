import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type { Device, DeviceError } from "../../services/Device.js"
import * as Candidate from "../../src/Candidate.js"
import * as EvolutionStrategy from "../../src/EvolutionStrategy.js"
import * as Example from "../../src/Example.js"
import * as Hyperfunction from "../../src/Hyperfunction.js"
import * as HyperSystem from "../../src/HyperSystem.js"
import { searchSpace } from "../../src/internal/candidates.js"
import * as LoRAWeight from "../../src/LoRAWeight.js"
import * as Metric from "../../src/Metric.js"
import * as Params from "../../src/Params.js"
import * as Tensor from "../../src/Tensor.js"
import { numbers } from "./arrays.js"

// ---------------------------------------------------------------------------------------------------------------------
// populations
// ---------------------------------------------------------------------------------------------------------------------

/** The members of an evolution strategy's first generation around the defaults: mirrored pairs, weights in factors. */
export const members = Effect.fnUntraced(function* (
  hyperfunctions: ReadonlyArray<Hyperfunction.Hyperfunction.Any>,
  options: { readonly population: number; readonly seed: number; readonly sigma?: number; readonly start?: number }
) {
  const start = Candidate.defaults({ seed: options.start ?? 0 })
  const space = searchSpace(
    hyperfunctions.map(({ definition }) => definition),
    start,
    (block) => block
  )
  const config = yield* EvolutionStrategy.make({ sigma: 0.3, learningRate: 0.1, ...options })
  const population = yield* EvolutionStrategy.ask(config, yield* EvolutionStrategy.init(config, space.blocks))
  return Array.from({ length: population.size }, (_, member) => space.member(population, member))
})

/** The same candidate with the weights of a hyperfunction in full. */
export const densely = (
  candidate: Candidate.Candidate,
  hyperfunction: Hyperfunction.Hyperfunction.Any
): Candidate.Candidate => {
  const params = Candidate.get(candidate, hyperfunction)
  const values = hyperfunction.params.disassemble(params)
  const full = values.map((value) =>
    Tensor.isTensor(value) ? Tensor.fromTypedArray(Tensor.toTypedArray(value), value.shape) : value
  )
  return Candidate.set(candidate, hyperfunction, hyperfunction.params.assemble(full, params))
}

// ---------------------------------------------------------------------------------------------------------------------
// hyperfunctions
// ---------------------------------------------------------------------------------------------------------------------

const width = 3
const square = LoRAWeight.create({ outDim: width, inDim: width, noiseRank: 2 })

const dense = Hyperfunction.tensor("dense", {
  params: square,
  run: (weight, x: Tensor.Tensor) => Tensor.tanh(Tensor.linear(x, weight))
})

const layer = Hyperfunction.tensor("layer", {
  params: Params.struct({
    weight: LoRAWeight.create({ outDim: width, inDim: width, noiseRank: 1 }),
    bias: Params.vector(width)
  }),
  run: ({ bias, weight }, x: Tensor.Tensor) => Tensor.relu(Tensor.linear(x, weight, bias))
})

const both = Hyperfunction.tensor("both", {
  params: square,
  run: (weight, x: Tensor.Tensor) =>
    Tensor.tanh(Tensor.add(Tensor.linear(x, weight), Tensor.sum(Tensor.mul(weight.weight, weight.weight), 1)))
})

const direct = Hyperfunction.tensor("direct", {
  params: square,
  run: (weight, x: Tensor.Tensor) =>
    Tensor.tanh(Tensor.reshape(Tensor.matMul(Tensor.reshape(x, [rowsOf(x), width]), weight.weight), x.shape))
})

const gate = Hyperfunction.tensor("gate", {
  params: Params.struct({
    gain: Params.bounded({ min: 0, max: 2, default: 1 }),
    shift: Params.unbounded({ default: 0.25, scale: 0.5 })
  }),
  run: ({ gain, shift }, x: Tensor.Tensor) => Tensor.sigmoid(Tensor.add(Tensor.mul(x, gain), shift))
})

const scale = Hyperfunction.tensor("scale", {
  params: Params.vector(width),
  run: (vector, x: Tensor.Tensor) => Tensor.mul(x, vector)
})

const narrow = Hyperfunction.tensor("narrow", {
  params: LoRAWeight.create({ outDim: width, inDim: 2 * width }),
  run: (weight, x: Tensor.Tensor, y: Tensor.Tensor) => Tensor.tanh(Tensor.linear(Tensor.combine([x, y]), weight))
})

const parts = Hyperfunction.tensor("parts", {
  params: LoRAWeight.create({ outDim: 2 * width, inDim: width }),
  run: (weight, x: Tensor.Tensor) => {
    const [left, right] = Tensor.split(Tensor.linear(x, weight), [width, width])
    return { left, right: [right, left], input: x, count: 2 }
  }
})

const unused = Hyperfunction.tensor("unused", {
  params: Params.struct({ weight: square, bias: Params.vector(width) }),
  run: ({ bias }, x: Tensor.Tensor) => Tensor.maximum(x, bias)
})

const own = Hyperfunction.tensor("own", { params: Params.vector(width), run: (vector, _: Tensor.Tensor) => vector })

const threshold = Hyperfunction.make("threshold", {
  params: Params.struct({ limit: Params.bounded({ min: 0, max: 1, default: 0.4 }) }),
  run: ({ limit }, n: number) => Effect.succeed(Math.abs(n) > limit)
})

const repeats = Hyperfunction.make("repeats", {
  params: Params.bounded({ min: 0, max: 3, default: 1 }),
  run: (times) => Effect.succeed(Math.round(times))
})

const shift = Hyperfunction.make("shift", {
  params: Params.unbounded({ default: 0.5 }),
  run: (by, n: number) => Effect.map(Effect.yieldNow(), () => n + by)
})

const unary = [dense, layer, both, direct, gate, scale, unused]

const library: ReadonlyArray<Hyperfunction.Hyperfunction.Any> = [
  ...unary,
  own,
  narrow,
  parts,
  threshold,
  repeats,
  shift
]

const rowsOf = (x: Tensor.Tensor): number => x.shape.slice(0, -1).reduce((rows, length) => rows * length, 1)

// ---------------------------------------------------------------------------------------------------------------------
// random systems
// ---------------------------------------------------------------------------------------------------------------------

interface Input {
  readonly x: Tensor.Tensor
  readonly tag: string
}

interface Expected {
  readonly target: Tensor.Tensor
  readonly weight: number
}

interface Output {
  readonly value: Tensor.Tensor
  readonly again: Tensor.Tensor
  readonly rest: ReadonlyArray<Tensor.Tensor>
  readonly tag: string
  readonly number: number
}

type Failure = Tensor.TensorError | DeviceError

type Move = (pool: Array<Tensor.Tensor>) => Effect.Effect<Tensor.Tensor, Failure, Device>

export interface RandomSystem {
  readonly system: HyperSystem.HyperSystem<Input, Output, Failure, Device>
  readonly examples: ReadonlyArray<Example.Example<Input, Expected>>
  readonly metric: Metric.Metric<Output, Expected, number | Effect.Effect<number>>
  readonly candidates: ReadonlyArray<Candidate.Candidate>
}

const host = (x: Tensor.Tensor): number => Tensor.toNumber(Tensor.mean(x))

/**
 * A random program over a fixed set of hyperfunctions, with examples of several shapes, a metric of one of its forms, and
 * a population of mirrored pairs, candidates in full and the defaults. A `"mixed"` one also looks at numbers, branches,
 * loops and draws random numbers, for all of its examples or for those of one shape.
 */
export const randomSystem = Effect.fnUntraced(function* (
  seed: number,
  kind: "tensors" | "mixed",
  options: { readonly draws?: boolean } = {}
) {
  const next = numbers(seed)
  const below = (n: number): number => Math.floor(next() * n)
  const pick = <A>(of: ReadonlyArray<A>): A => of[below(of.length)]

  const partly = next() < 0.4
  const isHost = (x: Tensor.Tensor): boolean => kind === "mixed" && !(partly && x.shape.length > 1)

  const move = (): Move => {
    const at = below(1000)
    const other = below(1000)
    const x = (pool: Array<Tensor.Tensor>): Tensor.Tensor => pool[at % pool.length]
    const y = (pool: Array<Tensor.Tensor>): Tensor.Tensor => pool[other % pool.length]
    const [f, g] = [pick(unary), pick(unary)]
    const arithmetic = pick([Tensor.add, Tensor.sub, Tensor.mul, Tensor.minimum, Tensor.maximum])
    const cut = below(2 * width - 1) + 1
    const moves: ReadonlyArray<Move> = [
      (pool) => f(x(pool)),
      (pool) => f(x(pool)),
      (pool) => Effect.flatMap(f(x(pool)), f),
      (pool) => Effect.map(own(x(pool)), (vector) => arithmetic(x(pool), vector)),
      (pool) => narrow(x(pool), y(pool)),
      (pool) => Effect.map(parts(x(pool)), ({ input, left, right }) => arithmetic(Tensor.add(left, right[0]), input)),
      (pool) => Effect.map(parts(x(pool)), ({ right }) => Tensor.sub(right[1], right[0])),
      (pool) => Effect.succeed(Tensor.tanh(arithmetic(x(pool), y(pool)))),
      (pool) => Effect.succeed(Tensor.softmax(arithmetic(x(pool), next.length))),
      (pool) => {
        const [a, b] = Tensor.split(Tensor.combine([x(pool), y(pool)]), [cut, 2 * width - cut])
        return f(Tensor.slice(Tensor.combine([b, a]), { axis: -1, start: 1, length: width }))
      },
      (pool) =>
        Effect.all([f(x(pool)), g(y(pool)), f(y(pool))], { concurrency: "unbounded" }).pipe(
          Effect.map((outputs) => Tensor.mean(Tensor.stack(outputs), 0))
        ),
      (pool) => Effect.map(f(x(pool)), (fx) => Tensor.mul(fx, Tensor.slice(y(pool), { axis: -1, start: 0, length: 1 })))
    ]
    const draw: Move = (pool) => Effect.map(Random.next, (drawn) => Tensor.mul(x(pool), drawn))
    const mixed: ReadonlyArray<Move> = [
      (pool) => Effect.flatMap(threshold(host(x(pool))), (above) => (above ? f(x(pool)) : g(y(pool)))),
      (pool) => Effect.flatMap(f(x(pool)), (fx) => (host(fx) > 0 ? Effect.succeed(fx) : g(fx))),
      (pool) =>
        Effect.flatMap(repeats(), (times) =>
          Effect.iterate([x(pool), times] as const, {
            while: ([, left]) => left > 0,
            body: ([value, left]) => Effect.map(f(value), (after) => [after, left - 1] as const)
          })
        ).pipe(Effect.map(([value]) => value)),
      (pool) =>
        Effect.reduce(
          Array.from({ length: Math.floor(Math.abs(host(x(pool))) * 8) % 4 }, (_, k) => k),
          x(pool),
          (value) => f(value)
        ),
      (pool) => Effect.map(shift(host(x(pool))), (n) => Tensor.mul(y(pool), Math.round(10 * Math.tanh(n)) / 10)),
      (pool) =>
        Effect.flatMap(f(x(pool)), (fx) =>
          g(Tensor.add(fx, Tensor.from(Array.from(Tensor.toTypedArray(Tensor.tanh(fx)).slice(0, 1)))))
        ),
      ...(options.draws === false ? [] : [draw])
    ]
    if (kind === "tensors" || next() < 0.5) return pick(moves)
    const [looking, alone] = [pick(mixed), pick(moves)]
    return (pool) => (isHost(pool[0]) ? looking(pool) : alone(pool))
  }

  const moves = Array.from({ length: 2 + below(5) }, move)
  const branch: Move = (pool) =>
    isHost(pool[0])
      ? Effect.flatMap(threshold(host(pool[pool.length - 1])), (above) => (above ? dense(pool[0]) : gate(pool[0])))
      : dense(pool[0])
  if (kind === "mixed") moves.splice(below(moves.length + 1), 0, branch)
  const system = HyperSystem.make(`random ${kind} ${seed}`, {
    run: ({ tag, x }: Input) =>
      Effect.gen(function* () {
        const pool = [x]
        for (const move of moves) pool.push(yield* move(pool))
        const value = pool[pool.length - 1]
        const number = isHost(x) ? host(value) : 0
        return { value, again: value, rest: [x, Tensor.from(1), pool[pool.length >> 1]], tag, number }
      })
  })

  const fronts = pick([[[]], [[]], [[2]], [[], [2]], [[1], [], [3]], [[2, 2], []]])
  const filled = (shape: ReadonlyArray<number>): Tensor.Tensor =>
    Tensor.fromTypedArray(
      Array.from({ length: shape.reduce((size, length) => size * length, 1) }, () => 4 * next() - 2),
      shape
    )
  const examples = Array.from({ length: 1 + below(6) }, () =>
    Example.make<Input, Expected>(
      { x: filled([...pick<ReadonlyArray<number>>(fronts), width]), tag: pick(["a", "a", "b"]) },
      { target: filled([width]), weight: pick([1, 1, 0.5]) }
    )
  )

  const tensorScore = (output: Output, expected: Expected): Tensor.Tensor =>
    Tensor.mul(
      expected.weight,
      Tensor.neg(Tensor.mean(Tensor.abs(Tensor.sub(Tensor.add(output.again, output.number), expected.target))))
    )
  const hostScore = (output: Output, expected: Expected): number =>
    Math.fround(Math.fround(Tensor.toNumber(tensorScore(output, expected))) + Tensor.toTypedArray(output.rest[2])[0])
  const metric = pick<RandomSystem["metric"]>([
    Metric.perExample<Output, Expected>(tensorScore),
    Metric.perExample<Output, Expected>(tensorScore),
    Metric.perExample((output: Output, expected: Expected) => hostScore(output, expected)),
    Metric.perExample((output: Output, expected: Expected) => Effect.sync(() => hostScore(output, expected))),
    (outputs, expected) => outputs.reduce((sum, output, k) => sum + hostScore(output, expected[k]) / (k + 1), 0),
    (outputs, expected) => Effect.map(Effect.yieldNow(), () => hostScore(outputs[0], expected[0]))
  ])

  const tuned = library.filter(() => next() < 0.7)
  const pairs = yield* members(tuned, { population: 2 * (1 + below(3)), seed, start: seed })
  const full = tuned.slice(0, 3).reduce((candidate, hyperfunction) => densely(candidate, hyperfunction), pairs[0])
  const candidates = pick([pairs, [...pairs, full], [full, ...pairs, Candidate.defaults({ seed })], [pairs[0]]])
  const made: RandomSystem = { system, examples, metric, candidates }
  return made
})
