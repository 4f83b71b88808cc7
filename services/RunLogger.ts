/**
 * Writes down what happens in an optimization.
 *
 * The optimizer's own events are written by whoever provides it, as `layers/RunLogFile` does. What it cannot know is
 * appended: scores on held-out examples, ablations, a traced run (`src/RunLog.ts` makes events of them).
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { RunEvent } from "../src/RunEvent.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface RunLoggerService {
  /** Events are written in the order in which they are appended. One that cannot be written fails nobody. */
  readonly append: (event: RunEvent) => Effect.Effect<void>
}

/**
 * @since 0.1.0
 * @category services
 */
export class RunLogger extends Context.Tag("hyperfunc/RunLogger")<RunLogger, RunLoggerService>() {}
