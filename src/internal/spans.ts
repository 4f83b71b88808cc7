import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Tracer from "effect/Tracer"
import { errorType } from "./errorType.js"

/** @internal */
export interface Options {
  readonly kind?: "internal" | "client"
  readonly attributes: Readonly<Record<string, unknown>>
}

/**
 * A span that says of what kind a failure was, for an effect that is given it.
 *
 * @internal
 */
export const use = <A, E, R>(
  name: string,
  { attributes, kind = "internal" }: Options,
  body: (span: Tracer.Span) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.useSpan(name, { kind, attributes, captureStackTrace: false }, (span) =>
    Effect.onExit(Effect.withParentSpan(body(span), span), (exit) =>
      Exit.isSuccess(exit)
        ? Effect.void
        : Effect.sync(() => {
            span.attribute("error.type", errorType(exit.cause))
          })
    )
  ) as Effect.Effect<A, E, R>

/**
 * @internal
 */
export const around = <A, E, R>(self: Effect.Effect<A, E, R>, name: string, options: Options): Effect.Effect<A, E, R> =>
  use(name, options, () => self)
