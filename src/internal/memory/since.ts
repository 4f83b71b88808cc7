import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"

/**
 * As of when an overlay that is made sees its base; without a time, as of then.
 *
 * @internal
 */
export class Since extends Context.Reference<Since>()("hyperfunc/memory/Since", {
  defaultValue: (): DateTime.Utc | undefined => undefined
}) {}

/**
 * A program all of whose overlays see their base as it is when the program begins: so what it compares has one memory.
 *
 * @internal
 */
export const fixed = <A, E, R>(program: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(Since, (since) =>
    since === undefined ? Effect.flatMap(DateTime.now, (now) => Effect.provideService(program, Since, now)) : program
  )
