import type * as Effect from "effect/Effect"

interface Result {
  readonly figures: Readonly<Record<string, number>>
  /** What was not measured, and why. */
  readonly skipped: ReadonlyArray<string>
}

export interface Bench {
  readonly name: string
  readonly run: (print: (line: string) => void) => Effect.Effect<Result, unknown>
}
