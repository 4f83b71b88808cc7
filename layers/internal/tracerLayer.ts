import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type * as Tracer from "effect/Tracer"

/**
 * A tracer for everything that is provided with it, and a service beside it. When it is closed, the tracer is again what it
 * was: in effect 3.22 one that stands in `Layer.merge` stays the fiber's.
 *
 * @internal
 */
export const make = <I, S, E, R>(
  tag: Context.Tag<I, S>,
  made: Effect.Effect<{ readonly tracer: Tracer.Tracer; readonly service: S }, E, R>
): Layer.Layer<I, E, Exclude<R, Scope.Scope>> =>
  Layer.scopedContext(
    Effect.flatMap(made, ({ service, tracer }) =>
      Effect.as(Effect.withTracerScoped(tracer), Context.make(tag, service))
    )
  )
