import type { Tunable } from "../../services/Optimizer.js"
import { type Assignment, assignmentOf, type Candidate, unsafeMake } from "../Candidate.js"
import { materialise, type Population } from "../EvolutionStrategy.js"
import type { FieldValue } from "../ParamSpace.js"
import type { Tensor } from "../Tensor.js"
import type { Definition } from "./execution.js"
import { constant, make } from "./node.js"
import { type Block, fromBlocks, searchBlocks } from "./searchBlocks.js"

/**
 * What is searched of a system, and how its parameters follow from it.
 *
 * @internal
 */
export interface SearchSpace {
  readonly blocks: ReadonlyArray<Block>
  /** A member of a population; weights stay in factors. */
  readonly member: (population: Population, member: number) => Candidate
  /** The centre of a population. */
  readonly mean: (means: ReadonlyMap<string, Float32Array>) => Candidate
}

/** @internal */
export const searchSpace = (
  tunables: ReadonlyArray<Tunable>,
  start: Candidate,
  restrict: (block: Block) => Block | undefined
): SearchSpace => {
  const assigned = tunables.map((tunable) => ({ tunable, assignment: assignmentOf(start, tunable as Definition) }))
  const blocksOf = new Map(
    assigned.map(({ assignment, tunable }) => [
      tunable.name,
      searchBlocks(tunable.name, tunable.params, assignment.values).flatMap((block) => restrict(block) ?? [])
    ])
  )
  const shapes = new Map([...blocksOf.values()].flat().map(({ path, shape }) => [path, shape]))
  const candidate = (
    coordinatesOf: (path: string) => Float32Array | undefined,
    tensorOf: (path: string) => Tensor | undefined
  ): Candidate => {
    const assignments = new Map(start.assignments)
    for (const { assignment, tunable } of assigned) {
      if (blocksOf.get(tunable.name)!.length === 0) continue
      const values: ReadonlyArray<FieldValue> = fromBlocks(
        tunable.name,
        tunable.params,
        assignment.values,
        (path) => (shapes.has(path) ? coordinatesOf(path) : undefined),
        (path) => (shapes.has(path) ? tensorOf(path) : undefined)
      )
      assignments.set(tunable.name, { ...assignment, values } satisfies Assignment)
    }
    return unsafeMake(start.seed, assignments)
  }
  return {
    blocks: [...blocksOf.values()].flat(),
    member: (population, member) =>
      candidate(
        (path) => materialise(population, member, path),
        (path) => {
          const base = population.means.get(path)
          const perturbation = population.perturbation(member, path)
          if (base === undefined) return undefined
          const weight = { base, direction: perturbation?.noise, scale: perturbation?.scale ?? 0 }
          return make(shapes.get(path)!, { _tag: "Parameter", key: path, weight })
        }
      ),
    mean: (means) =>
      candidate(
        (path) => means.get(path),
        (path) => {
          const base = means.get(path)
          return base === undefined ? undefined : constant(shapes.get(path)!, base)
        }
      )
  }
}
