import type { Selection } from "../../services/Optimizer.js"
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

/**
 * The block with what one of the selections leaves out frozen; nothing when all of it is.
 *
 * @internal
 */
export const restrictTo =
  (selections: ReadonlyArray<Selection>) =>
  (block: Block): Block | undefined => {
    const isSearched = (path: string): boolean =>
      selections.every(
        ({ freeze, only }) =>
          (only === undefined || only.some((name) => covers(name, path))) &&
          !(freeze ?? []).some((name) => covers(name, path))
      )
    if (block.coordinates.length === 0) return isSearched(block.path) ? block : undefined
    const frozen = Uint8Array.from(block.coordinates, (coordinate, k) =>
      isSearched(coordinate) && block.frozen?.[k] !== 1 ? 0 : 1
    )
    return frozen.every((flag) => flag === 1) ? undefined : { ...block, frozen }
  }
