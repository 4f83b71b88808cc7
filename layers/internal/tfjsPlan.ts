/**
 * What depends on what in a launch, how long it lives, and how much of it fits at a time.
 *
 * @since 0.1.0
 */
import { isFactored, isMaterialised } from "../../src/internal/layout.js"
import type { Launch } from "../../src/TensorProgram.js"
import { type Grouping, group, weightsOf } from "./tfjsWeights.js"

/** Which hidden axes of a step's value are real; the others have length one. */
interface Span {
  readonly candidates: boolean
  readonly rows: boolean
}

/** @internal */
export interface Range {
  readonly start: number
  readonly count: number
}

/** @internal */
export interface Plan {
  readonly spans: ReadonlyArray<Span>
  /** The last step that reads each step's value. */
  readonly lastUse: ReadonlyArray<number>
  readonly candidates: ReadonlyArray<Range>
  readonly rows: ReadonlyArray<Range>
  /** Most bytes that a chunk needs on the device, inputs included. */
  readonly bytes: number
}

/** @internal */
export const isInput = (launch: Launch, step: number): boolean => launch.program.inputs.includes(step)

const spansOf = (launch: Launch): ReadonlyArray<Span> => {
  const spans: Array<Span> = []
  launch.program.steps.forEach((step, k) => {
    if (isInput(launch, k)) {
      const { perCandidate } = launch.inputs[launch.program.inputs.indexOf(k)]
      spans.push({ candidates: step.candidates && perCandidate, rows: step.rows })
    } else if (step.operation._tag === "Parameter") {
      spans.push({ candidates: weightsOf(launch, k).length > 1, rows: false })
    } else {
      spans.push({
        candidates: step.inputs.some((input) => spans[input].candidates),
        rows: step.inputs.some((input) => spans[input].rows)
      })
    }
  })
  return spans
}

const lastUses = (launch: Launch): ReadonlyArray<number> => {
  const last = launch.program.steps.map((_, k) => k)
  launch.program.steps.forEach((step, k) => step.inputs.forEach((input) => (last[input] = k)))
  return last
}

/**
 * The floats that a launch keeps for `candidates × rows`: the greatest sum of live values and of the temporaries that the
 * greediest backend, tfjs-backend-cpu, makes inside an operation.
 */
const floatsOf = (
  launch: Launch,
  spans: ReadonlyArray<Span>,
  lastUse: ReadonlyArray<number>,
  groupings: ReadonlyMap<number, Grouping>
): ((candidates: number, rows: number) => number) => {
  const { program } = launch
  const { steps } = program
  const root = steps.map((_, k) => k)
  const freed = [...lastUse]
  steps.forEach((step, k) => {
    if (step.operation._tag !== "Reshape") return
    root[k] = root[step.inputs[0]]
    freed[root[k]] = Math.max(freed[root[k]], freed[k])
  })
  return (candidates, rows) => {
    const extent = (k: number): number => (spans[k].candidates ? candidates : 1) * (spans[k].rows ? rows : 1)
    const floats = (k: number): number => steps[k].size * extent(k)
    const temporaries = (k: number): number => {
      const { inputs, operation } = steps[k]
      switch (operation._tag) {
        case "Linear": {
          if (!isFactored(program, steps[k])) return productFloats(k)
          const { index, rank, width } = groupings.get(inputs[1])!
          if (rank === 0 || steps[k].size === 0) return 0
          const prefix = steps[k].size / steps[k].shape[steps[k].shape.length - 1]
          const gathered = index === undefined ? 0 : floats(k) + candidates * width
          return 2 * floats(k) + 2 * prefix * rank * extent(k) + gathered
        }
        case "MatMul":
          return productFloats(k)
        case "Parameter":
          return isMaterialised(program, k) ? 3 * floats(k) : 0
        case "Binary":
          return operation.kind === "equal" ? 4 * floats(k) : 0
        case "Reduce":
          return 2 * (floats(inputs[0]!) + floats(k))
        case "Softmax":
          return 6 * floats(k)
        case "Concat":
          return floats(k)
        default:
          return 0
      }
    }
    const productFloats = (k: number): number =>
      steps[k].inputs.reduce((total, input) => total + steps[input].size * extent(k), 0)
    let held = 0
    groupings.forEach(({ bases, directions, size, width }) => {
      held += (bases.length === 1 ? 2 : 3 * candidates) * bases[0].length
      held += 2 * Math.min(directions.length, Math.ceil(candidates / size)) * width
    })
    let live = held
    let most = held
    steps.forEach((step, k) => {
      const isEmpty = step.operation._tag === "Parameter" && !isMaterialised(program, k)
      if (root[k] === k && !isEmpty) live += floats(k)
      most = Math.max(most, live + temporaries(k))
      new Set(step.inputs.map((input) => root[input])).forEach((input) => {
        const wasEmpty = steps[input].operation._tag === "Parameter" && !isMaterialised(program, input)
        if (freed[input] === k && !wasEmpty) live -= floats(input)
      })
      if (freed[k] === k && root[k] === k && !isEmpty) live -= floats(k)
    })
    return most
  }
}

/** The greatest multiple of `unit` up to `total` that `fits`, or `total` itself; 0 when there is none. */
const greatest = (total: number, unit: number, fits: (count: number) => boolean): number => {
  if (fits(total)) return total
  let [low, high] = [0, Math.ceil(total / unit)]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (fits(middle * unit)) low = middle
    else high = middle
  }
  return low * unit
}

const ranges = (total: number, count: number, unit: number): ReadonlyArray<Range> => {
  const parts = Math.max(1, Math.ceil(total / Math.max(1, count)))
  const even = Math.ceil(total / parts / unit) * unit
  const result: Array<Range> = []
  for (let start = 0; start < total; start += even) result.push({ start, count: Math.min(even, total - start) })
  return result.length === 0 ? [{ start: 0, count: 0 }] : result
}

/** Rows below which a chunk gives up candidates rather than more rows: narrow products are slow ones. */
const fewRows = 64

/**
 * Cuts a launch into chunks of at most `maximumBytes`. Examples are cut first, because what depends on them alone is then
 * computed once; below {@link fewRows} of them, candidates are, without parting those that share a direction; then both
 * to the last. `undefined` when one candidate and one example do not fit.
 *
 * @internal
 */
export const plan = (launch: Launch, maximumBytes: number): Plan | undefined => {
  const spans = spansOf(launch)
  const lastUse = lastUses(launch)
  const groupings = new Map(launch.program.parameters.map((step) => [step, group(weightsOf(launch, step))]))
  const floats = floatsOf(launch, spans, lastUse, groupings)
  const fits = (candidates: number, rows: number): boolean => floats(candidates, rows) * 4 <= maximumBytes
  const together = [...groupings.values()].reduce((unit, grouping) => Math.max(unit, grouping.together), 1)
  const [all, rows] = [Math.max(1, launch.candidates), Math.max(1, launch.rows)]
  const few = Math.min(fewRows, rows)
  const rowsFor = (candidates: number): number => greatest(rows, 1, (count) => fits(candidates, count))
  const candidatesFor = (unit: number): number => greatest(all, unit, (count) => fits(count, few))
  const unit = Math.min(together, all)
  for (const [candidates, least] of [
    [all, few],
    [candidatesFor(unit), few],
    [unit, 1],
    [candidatesFor(1), few],
    [1, 1]
  ] as const) {
    const count = candidates === 0 ? 0 : rowsFor(candidates)
    if (count < least) continue
    const parts = {
      candidates: ranges(launch.candidates, candidates, candidates % unit === 0 ? unit : 1),
      rows: ranges(launch.rows, count, 1)
    }
    return { spans, lastUse, ...parts, bytes: floats(parts.candidates[0]!.count, parts.rows[0]!.count) * 4 }
  }
  return undefined
}
