import type { Proposal } from "../../../services/Optimizer.js"
import type { Candidate } from "../../Candidate.js"
import type { FieldValue } from "../../ParamSpace.js"
import { type Comparison, unseen } from "../../PromptSearch.js"
import { fieldValue, type PromptField } from "../promptFields.js"

const show = (value: FieldValue): string => (typeof value === "string" ? value : JSON.stringify(value, undefined, 1))

/**
 * What is reported of a change.
 *
 * @internal
 */
export const proposalOf = (
  parent: Candidate,
  changes: ReadonlyArray<{ readonly field: PromptField; readonly value: FieldValue | undefined }>,
  outcome: Proposal["outcome"],
  reason: string,
  { lost, won }: Pick<Comparison, "won" | "lost"> = unseen
): Proposal => ({
  changed: [...new Set(changes.map(({ field }) => field.path))],
  before: [...new Set(changes.map(({ field }) => show(fieldValue(parent, field))))].join("\n\n"),
  after: changes.flatMap(({ value }) => (value === undefined ? [] : [show(value)])).join("\n\n"),
  outcome,
  reason,
  won,
  lost
})
