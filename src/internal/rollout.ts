import * as Context from "effect/Context"

/**
 * Which sample of the same request is asked for, where one call means several.
 *
 * @internal
 */
export class CurrentRollout extends Context.Reference<CurrentRollout>()("hyperfunc/internal/Rollout", {
  defaultValue: (): number => 0
}) {}
