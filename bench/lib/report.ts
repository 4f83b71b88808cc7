import type * as Effect from "effect/Effect"

interface Result {
  readonly figures: Readonly<Record<string, number>>
  /** What was not measured, and why. */
  readonly skipped: ReadonlyArray<string>
}

/** What narrows a bench, of those that can be. */
interface Options {
  /** How many. */
  readonly seeds: number | undefined
  /** Names. */
  readonly families: ReadonlyArray<string> | undefined
  readonly methods: ReadonlyArray<string> | undefined
  /** Times the usual budgets. */
  readonly budget?: number | undefined
}

export interface Bench {
  readonly name: string
  readonly run: (print: (line: string) => void, options: Options) => Effect.Effect<Result, unknown>
}
