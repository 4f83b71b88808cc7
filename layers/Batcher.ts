/**
 * Lets tensor calls that wait at the same moment run together in a program of its own, for example a server.
 * Evaluations bring one along.
 *
 * @since 0.1.0
 */
import * as Layer from "effect/Layer"
import { Batcher } from "../services/Batcher.js"
import { batched } from "../src/internal/batching.js"

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Batcher> = Layer.scoped(Batcher, batched)
