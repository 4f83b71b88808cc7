import * as Node from "../../src/internal/node.js"
import * as Tensor from "../../src/Tensor.js"
import { compile, type Input, type Launch, record } from "../../src/TensorProgram.js"

/** Numbers in [0, 1) that a seed decides (mulberry32). */
const numbers = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let z = Math.imul(state ^ (state >>> 15), state | 1)
    z = (z + Math.imul(z ^ (z >>> 7), z | 61)) ^ z
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32
  }
}

const filled = (next: () => number, length: number): Float32Array => Float32Array.from({ length }, () => 4 * next() - 2)

export const direction = (seed: number, shape: ReadonlyArray<number>, rank: number | undefined): Node.Direction => {
  const length = rank === undefined ? Node.sizeOf(shape) : rank * (shape[0]! + shape[1]!)
  return {
    rank,
    length,
    fill: (out, offset) => out.set(filled(numbers(seed), length), offset)
  }
}

const parameter = (key: string, shape: ReadonlyArray<number>): Node.Node =>
  Node.make(shape, { _tag: "Parameter", key, weight: undefined })

const example = (slot: number, shape: ReadonlyArray<number>): Node.Node => Node.make(shape, { _tag: "Example", slot })

/** Neighbours share a direction, or the halves of the population do, or some candidates have none. */
type Pairing = "neighbours" | "halves" | "some"

const weights = (
  next: () => number,
  candidates: number,
  shape: ReadonlyArray<number>,
  pairing: Pairing,
  isOneBase: boolean
): ReadonlyArray<Node.Weight> => {
  const rank = shape.length === 2 ? 1 + Math.floor(next() * 3) : undefined
  const seed = Math.floor(next() * 2 ** 30)
  const shared = filled(next, Node.sizeOf(shape))
  const half = Math.max(1, Math.floor(candidates / 2))
  const directions = Array.from({ length: half + 1 }, (_, k) => direction(seed + k, shape, rank))
  return Array.from({ length: candidates }, (_, k) => ({
    base: isOneBase ? shared : filled(next, Node.sizeOf(shape)),
    direction:
      pairing === "some" && k % 3 === 0
        ? undefined
        : directions[pairing === "neighbours" ? Math.floor(k / 2) : k % half],
    scale: k % 2 === 0 ? 0.25 : -0.25
  }))
}

/**
 * A launch of a random program over all of the vocabulary. Values stay small, and functions stay away from their poles,
 * so that devices that round differently can be compared.
 */
export const randomLaunch = (seed: number, options: { readonly steps?: number } = {}): Launch => {
  const next = numbers(seed)
  const pick = <A>(of: ReadonlyArray<A>): A => of[Math.floor(next() * of.length)]!
  const candidates = pick([1, 2, 3, 4, 6, 8])
  const rows = pick([1, 2, 3, 5, 9, 16])
  const length = (): number => pick([1, 2, 3, 4, 5])
  const rowConstants = new Set<Node.Node>()
  const single = new Set<Node.Node>()

  const pool: Array<Tensor.Tensor> = []
  const last = (tensor: Tensor.Tensor): number => tensor.shape[tensor.shape.length - 1]!
  for (let k = 0; k < 3; k++) {
    const shape = pick([[], [length()], [length()], [length(), length()], [length(), length(), length()]])
    pool.push(example(k, shape))
    const own = Node.constant(shape, filled(next, Node.sizeOf(shape)))
    rowConstants.add(own)
    pool.push(own, Node.constant(shape, filled(next, Node.sizeOf(shape))))
  }
  const perCandidate = new Set([...rowConstants].filter(() => next() < 0.5))

  let keys = 0
  const newParameter = (shape: ReadonlyArray<number>): Node.Node => {
    const made = parameter(`p${keys++}`, shape)
    if (next() < 0.2) single.add(made)
    return made
  }
  const squash = (x: Tensor.Tensor): Tensor.Tensor => Tensor.mul(Tensor.tanh(x), 2)
  const axisOf = (x: Tensor.Tensor): number => Math.floor(next() * x.shape.length)
  const shaped = (x: Tensor.Tensor): Tensor.Tensor => (x.shape.length === 0 ? Tensor.reshape(x, [1]) : x)
  const matrix = (x: Tensor.Tensor): Tensor.Tensor => Tensor.reshape(x, [Node.sizeOf(x.shape) / last(x), last(x)])
  const like = (x: Tensor.Tensor): Tensor.Tensor =>
    pick([x, ...pool.filter((y) => y.shape.length === x.shape.length && y.shape.every((n, k) => n === x.shape[k]))])
  const above = (x: Tensor.Tensor): Tensor.Tensor => Tensor.add(Tensor.abs(x), 0.5)

  const moves: ReadonlyArray<() => Tensor.Tensor> = [
    () => pick([Tensor.neg, Tensor.abs, Tensor.relu, Tensor.tanh, Tensor.sigmoid])(pick(pool)),
    () => Tensor.exp(Tensor.tanh(pick(pool))),
    () => pick([Tensor.log, Tensor.sqrt])(above(pick(pool))),
    () => pick([Tensor.add, Tensor.sub, Tensor.mul, Tensor.minimum, Tensor.maximum])(pick(pool), next()),
    () => {
      const x = pick(pool)
      return pick([Tensor.add, Tensor.sub, Tensor.mul, Tensor.minimum, Tensor.maximum])(x, like(x))
    },
    () => {
      const x = shaped(pick(pool))
      const row = newParameter([last(x)])
      return pick([Tensor.add, Tensor.mul])(x, row)
    },
    () => {
      const x = pick(pool)
      const scalars = pool.filter((y) => y.shape.length === 0)
      return scalars.length === 0 ? Tensor.neg(x) : Tensor.add(pick(scalars), x)
    },
    () => {
      const x = pick(pool)
      return Tensor.div(x, above(like(x)))
    },
    () => {
      const x = pick(pool)
      return Tensor.equal(x, like(x), { tolerance: pick([0, 0.5]) })
    },
    () => {
      const x = shaped(pick(pool))
      return squash(Tensor.linear(x, newParameter([length(), last(x)])))
    },
    () => {
      const x = shaped(pick(pool))
      return squash(Tensor.linear(x, newParameter([length(), last(x)]), newParameter([1])))
    },
    () => {
      const x = shaped(pick(pool))
      const w = newParameter([length(), last(x)])
      return squash(Tensor.add(Tensor.linear(x, w), Tensor.sum(w)))
    },
    () => {
      const x = shaped(pick(pool))
      const fitting = pool.filter((y) => y.shape.length === 2 && last(y) === last(x))
      return fitting.length === 0 ? Tensor.neg(x) : squash(Tensor.linear(x, pick(fitting)))
    },
    () => {
      const x = matrix(shaped(pick(pool)))
      const fitting = pool.filter((y) => y.shape.length === 2 && y.shape[0] === last(x))
      return squash(Tensor.matMul(x, fitting.length === 0 ? Tensor.identity(last(x)) : pick(fitting)))
    },
    () => {
      const x = matrix(shaped(pick(pool)))
      return squash(Tensor.matMul(x, newParameter([last(x), length()])))
    },
    () => {
      const x = matrix(shaped(pick(pool)))
      return squash(Tensor.matMul(newParameter([length(), x.shape[0]!]), x))
    },
    () => {
      const x = shaped(pick(pool))
      return pick([Tensor.sum, Tensor.mean, Tensor.max, Tensor.argMax])(x, axisOf(x))
    },
    () => pick([Tensor.sum, Tensor.mean, Tensor.max])(pick(pool)),
    () => {
      const x = shaped(pick(pool))
      return pick([Tensor.softmax, Tensor.logSoftmax])(x, axisOf(x))
    },
    () => {
      const x = pick(pool)
      return Tensor.reshape(x, pick([[Node.sizeOf(x.shape)], [...x.shape, 1], [1, ...x.shape]]))
    },
    () => {
      const x = shaped(pick(pool))
      const axis = axisOf(x)
      const start = Math.floor(next() * x.shape[axis]!)
      return Tensor.slice(x, { axis, start, length: 1 + Math.floor(next() * (x.shape[axis]! - start)) })
    },
    () => {
      const x = shaped(pick(pool))
      return Tensor.combine([x, like(x), x], axisOf(x))
    },
    () => {
      const x = shaped(pick(pool))
      const axis = axisOf(x)
      return pick(
        Tensor.split(
          x,
          [1, x.shape[axis]! - 1].filter((size) => size > 0),
          axis
        )
      )
    },
    () => {
      const x = pick(pool)
      return Tensor.stack([x, like(x)], Math.floor(next() * (x.shape.length + 1)))
    }
  ]
  for (let k = 0; k < (options.steps ?? 12); k++) {
    const made = pick(moves)()
    if (made.shape.length <= 4 && Node.sizeOf(made.shape) <= 128) pool.push(made)
  }
  const outputs = [...pool.slice(-3), pick(pool)].map((tensor) => tensor as Node.Node)

  const recording = record(outputs)
  const program = compile(recording, {
    isRow: (position) => rowConstants.has(recording.nodes[position]!),
    isShared: (position) => single.has(recording.nodes[position]!)
  })
  const pairing = pick<Pairing>(["neighbours", "neighbours", "halves", "some"])
  return {
    program,
    candidates,
    rows,
    inputs: program.inputs.map((position): Input => {
      const own = perCandidate.has(recording.nodes[position]!)
      const size = program.steps[position]!.size
      return { data: filled(next, (own ? candidates : 1) * rows * size), perCandidate: own }
    }),
    parameters: program.parameters.map((position) => {
      const count = single.has(recording.nodes[position]!) ? 1 : candidates
      return weights(next, count, recording.nodes[position]!.shape, pairing, next() < 0.7)
    })
  }
}

/** Rows of `x Wᵀ`, a bias, relu, and a softmax of a second `linear`: what a population of classifiers is. */
export const classifier = (options: {
  readonly candidates: number
  readonly rows: number
  readonly features: number
  readonly hidden: number
  readonly classes: number
}): Launch => {
  const { candidates, classes, features, hidden, rows } = options
  const next = numbers(7)
  const x = example(0, [features])
  const inner = Tensor.relu(Tensor.linear(x, parameter("w1", [hidden, features]), parameter("b1", [hidden])))
  const output = Tensor.logSoftmax(Tensor.linear(inner, parameter("w2", [classes, hidden])))
  const recording = record([output as Node.Node])
  const program = compile(recording, { isRow: () => false, isShared: () => false })
  return {
    program,
    candidates,
    rows,
    inputs: [{ data: filled(next, rows * features), perCandidate: false }],
    parameters: program.parameters.map((position) =>
      weights(next, candidates, recording.nodes[position]!.shape, "neighbours", true)
    )
  }
}
