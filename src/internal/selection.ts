import * as Effect from "effect/Effect"
import { type Objective, OptimizerError, type Selection } from "../../services/Optimizer.js"
import { blockOf } from "./paramsIssue.js"
import type { PromptField } from "./promptFields.js"
import type { Block } from "./searchBlocks.js"

const covers = (name: string, path: string): boolean =>
  path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}=`)

/**
 * Names in a selection that stand for nothing.
 *
 * @internal
 */
export const unknownNames = ({ freeze, only }: Selection, blocks: ReadonlyArray<Block>): ReadonlyArray<string> =>
  [...(only ?? []), ...(freeze ?? [])].filter(
    (name) =>
      !blocks.some(
        (block) => covers(name, block.path) || block.coordinates.some((coordinate) => covers(name, coordinate))
      )
  )

const isSelected =
  (selections: ReadonlyArray<Selection>) =>
  (path: string): boolean =>
    selections.every(
      ({ freeze, only }) =>
        (only === undefined || only.some((name) => covers(name, path))) &&
        !(freeze ?? []).some((name) => covers(name, path))
    )

/**
 * The block with what one of the selections leaves out frozen; nothing when all of it is.
 *
 * @internal
 */
export const restrictTo =
  (selections: ReadonlyArray<Selection>) =>
  (block: Block): Block | undefined => {
    const isSearched = isSelected(selections)
    if (block.coordinates.length === 0) return isSearched(block.path) ? block : undefined
    const frozen = Uint8Array.from(block.coordinates, (coordinate, k) =>
      isSearched(coordinate) && block.frozen?.[k] !== 1 ? 0 : 1
    )
    return frozen.every((flag) => flag === 1) ? undefined : { ...block, frozen }
  }

/**
 * The texts and demonstrations that no selection leaves out. Fails when one names nothing that the system has.
 *
 * @internal
 */
export const selectedFields = (
  fields: ReadonlyArray<PromptField>,
  { selection, system, tunables }: Pick<Objective<unknown>, "selection" | "system" | "tunables">,
  own: Selection
): Effect.Effect<ReadonlyArray<PromptField>, OptimizerError> => {
  const paths = tunables.flatMap(({ name, params }) => params.fields.map(({ path }) => blockOf(name, path)))
  const names = [selection, own].flatMap(({ freeze, only }) => [...(only ?? []), ...(freeze ?? [])])
  const unknown = names.filter((name) => !paths.some((path) => covers(name, path) || name.startsWith(`${path}=`)))
  if (unknown.length === 0) return Effect.succeed(fields.filter(({ path }) => isSelected([selection, own])(path)))
  return new OptimizerError({
    reason: "UnknownBlock",
    detail: `${system} has no block called ${unknown.map((name) => `"${name}"`).join(", ")}`,
    cure: paths.length === 0 ? "It calls nothing that can be tuned" : `Its blocks are ${paths.join(", ")}`
  })
}
