import * as Schema from "effect/Schema"
import * as Params from "../Params.js"

/**
 * A tuned number of a class, which both its space and its constructor start at `start`.
 *
 * @internal
 */
export const tuned = (schema: Schema.Schema<number>, start: number) =>
  schema.pipe(
    Params.annotations({ default: start }),
    Schema.propertySignature,
    Schema.withConstructorDefault(() => start)
  )

/** @internal */
export const tunedBetween = (min: number, max: number, start: number) =>
  tuned(Schema.Finite.pipe(Schema.between(min, max)), start)
