import type { Tunable } from "../../services/Optimizer.js"
import { type Assignment, assignmentOf, type Candidate, unsafeMake } from "../Candidate.js"
import type { DemonstrationsField, FieldValue, TextField } from "../ParamSpace.js"
import type { Definition } from "./execution.js"
import { blockOf } from "./paramsIssue.js"

/**
 * A text or demonstrations of a hyperfunction.
 *
 * @internal
 */
export interface PromptField {
  /** `hyperfunction.field`. */
  readonly path: string
  readonly tunable: Tunable
  /** Its position among the fields of the space. */
  readonly position: number
  readonly field: TextField | DemonstrationsField
}

/**
 * What prompt learning may change.
 *
 * @internal
 */
export const promptFields = (tunables: ReadonlyArray<Tunable>): ReadonlyArray<PromptField> =>
  tunables.flatMap((tunable) =>
    tunable.params.fields.flatMap((field, position) =>
      (field._tag === "Text" || field._tag === "Demonstrations") && !field.frozen
        ? [{ path: blockOf(tunable.name, field.path), tunable, position, field }]
        : []
    )
  )

/** @internal */
export const fieldValue = (candidate: Candidate, { position, tunable }: PromptField): FieldValue =>
  assignmentOf(candidate, tunable as Definition).values[position]!

/** @internal */
export const textOf = (candidate: Candidate, field: PromptField): string => fieldValue(candidate, field) as string

/**
 * The candidate with another value of a field.
 *
 * @internal
 */
export const withFieldValue = (candidate: Candidate, field: PromptField, value: FieldValue): Candidate => {
  const assignment = assignmentOf(candidate, field.tunable as Definition)
  const values = assignment.values.map((old, k) => (k === field.position ? value : old))
  return unsafeMake(
    candidate.seed,
    new Map(candidate.assignments).set(field.tunable.name, { ...assignment, values } satisfies Assignment)
  )
}
