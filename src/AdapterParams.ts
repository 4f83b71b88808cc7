/**
 * How an adapter is applied, as a parameter space.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { tuned, tunedBetween } from "./internal/tuned.js"
import type { ParamSpace } from "./ParamSpace.js"
import * as Params from "./Params.js"

/**
 * `scale` 0–2 (default 1), `dropoutKeep` 0–1 (1), `gateBias` unbounded (0), `priority` 0–1 (0.5).
 *
 * @since 0.1.0
 * @category models
 */
export class AdapterParams extends Schema.Class<AdapterParams>("hyperfunc/AdapterParams")({
  scale: tunedBetween(0, 2, 1),
  dropoutKeep: tunedBetween(0, 1, 1),
  gateBias: tuned(Schema.Finite, 0),
  priority: tunedBetween(0, 1, 0.5)
}) {
  static readonly space: ParamSpace<AdapterParams> = Params.fromSchema(AdapterParams)
}
