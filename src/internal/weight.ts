import type { Tensor } from "../Tensor.js"

/** @internal */
export const TypeId = "~hyperfunc/LoRAWeight"

/** @internal */
export type TypeId = typeof TypeId

/**
 * A dense matrix `[outDim, inDim]` that evolution strategies search with noise of rank `noiseRank`.
 *
 * @since 0.1.0
 * @category models
 */
export interface LoRAWeight {
  readonly [TypeId]: TypeId
  readonly weight: Tensor
  readonly outDim: number
  readonly inDim: number
  readonly noiseRank: number
}

/** @internal */
export const isLoRAWeight = (u: unknown): u is LoRAWeight => typeof u === "object" && u !== null && TypeId in u
