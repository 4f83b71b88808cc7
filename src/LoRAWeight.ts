/**
 * Matrices whose search noise has low rank: `W ± σ/√r · A Bᵀ` is never built (EGGROLL, arXiv 2511.16652).
 *
 * @since 0.1.0
 */
import { opaqueLeaf } from "./internal/fieldJson.js"
import * as fields from "./internal/fields.js"
import { showShape } from "./internal/node.js"
import * as internal from "./internal/weight.js"
import type { ParamSpace } from "./ParamSpace.js"
import type { Nested, Tensor } from "./Tensor.js"

/**
 * @since 0.1.0
 * @category type ids
 */
export const TypeId: TypeId = internal.TypeId

/**
 * @since 0.1.0
 * @category type ids
 */
export type TypeId = internal.TypeId

/**
 * A dense matrix `[outDim, inDim]` that evolution strategies search with noise of rank `noiseRank`. `Tensor.linear` takes
 * it as a weight.
 *
 * @since 0.1.0
 * @category models
 */
export interface LoRAWeight extends internal.LoRAWeight {}

/**
 * The space of one matrix. `noiseRank` is at most the smaller side, and without one the smaller of 4 and that side.
 * Without `initial` (a tensor, rows, or all elements in row-major order) the matrix starts as scaled normals from the
 * seed of the run.
 *
 * Throws a `ParamsError` for a rank, shape or element that does not fit.
 *
 * @since 0.1.0
 * @category constructors
 */
export const create = (options: {
  readonly outDim: number
  readonly inDim: number
  readonly noiseRank?: number | undefined
  readonly initial?: Tensor | ArrayLike<number> | Nested | undefined
  readonly frozen?: boolean | undefined
}): ParamSpace<LoRAWeight> => {
  const shape = [options.outDim, options.inDim] as const
  const rank = options.noiseRank ?? Math.max(1, Math.min(4, ...shape))
  return opaqueLeaf(fields.weight(`LoRAWeight ${showShape(shape)}`, shape, { ...options, rank }))
}

/**
 * @since 0.1.0
 * @category guards
 */
export const isLoRAWeight: (u: unknown) => u is LoRAWeight = internal.isLoRAWeight
