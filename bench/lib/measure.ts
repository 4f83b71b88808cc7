import * as Effect from "effect/Effect"

/**
 * What a round of something took, in milliseconds: wall clock, and processor time of this process.
 */
interface Timing {
  readonly wall: number
  readonly cpu: number
}

export interface Summary {
  readonly best: Timing
  readonly median: Timing
}

/** What is quick is run again until it has taken this many milliseconds, and counts with its mean. */
const LEAST = 200

const timed = <E, R>(effect: Effect.Effect<unknown, E, R>): Effect.Effect<Timing, E, R> =>
  Effect.gen(function* () {
    const before = process.cpuUsage()
    const begun = performance.now()
    let runs = 0
    do {
      yield* effect
      runs++
    } while (performance.now() - begun < LEAST)
    const wall = performance.now() - begun
    const used = process.cpuUsage(before)
    return { wall: wall / runs, cpu: (used.user + used.system) / 1000 / runs }
  })

const summarise = (timings: ReadonlyArray<Timing>): Summary => {
  const sorted = (of: (timing: Timing) => number): ReadonlyArray<number> => timings.map(of).sort((a, b) => a - b)
  const [walls, cpus] = [sorted(({ wall }) => wall), sorted(({ cpu }) => cpu)]
  const middle = Math.floor(timings.length / 2)
  return { best: { wall: walls[0], cpu: cpus[0] }, median: { wall: walls[middle], cpu: cpus[middle] } }
}

/** Contestants in the order of a round: each begins with another. */
export const inTurn = <K extends string>(names: ReadonlyArray<K>, round: number): ReadonlyArray<K> => {
  const first = round % names.length
  return [...names.slice(first), ...names.slice(0, first)]
}

/**
 * Runs every contestant in turn, each round beginning with another, after a round that is not counted. On a shared machine only what was
 * measured in turn can be compared. What is done `before` each of them is not counted.
 */
export const interleaved = <K extends string, E, R>(
  contestants: Readonly<Record<K, Effect.Effect<unknown, E, R>>>,
  rounds: number,
  before: Effect.Effect<void> = Effect.void
): Effect.Effect<Readonly<Record<K, Summary>>, E, R> =>
  Effect.gen(function* () {
    const names = Object.keys(contestants) as Array<K>
    const timings = new Map(names.map((name) => [name, [] as Array<Timing>]))
    for (let round = 0; round <= rounds; round++) {
      for (const name of inTurn(names, round)) {
        yield* before
        const timing = yield* timed(contestants[name])
        if (round > 0) timings.get(name)!.push(timing)
      }
    }
    return Object.fromEntries(names.map((name) => [name, summarise(timings.get(name)!)])) as Record<K, Summary>
  })

/**
 * A ratio of best and of median times: how many times faster the second is.
 */
export const ratio = (slow: Summary, fast: Summary): { readonly best: number; readonly median: number } => ({
  best: slow.best.wall / fast.best.wall,
  median: slow.median.wall / fast.median.wall
})

export const show = (summary: Summary): string =>
  `${summary.best.wall.toFixed(2)} (${summary.median.wall.toFixed(2)}) ms`
