/**
 * Tunes nothing: a program written for an optimizer runs with the parameters it has.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { type GenerationReport, Optimizer, type OptimizerService } from "../services/Optimizer.js"

/**
 * @since 0.1.0
 * @category constructors
 */
export const make: OptimizerService = {
  check: Effect.void,
  optimize: ({ start, startScore }) =>
    Stream.make<[GenerationReport]>({
      generation: 0,
      generations: 0,
      evaluations: 1,
      runs: 0,
      reward: { mean: NaN, min: NaN, max: NaN, deviation: NaN },
      failures: 0,
      score: startScore,
      best: { generation: 0, score: startScore, candidate: start },
      elapsed: Duration.zero,
      stopped: "generations"
    })
}

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Optimizer> = Layer.succeed(Optimizer, make)
