import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Effect from "effect/Effect"

/** What an example is given: a seed, and a way to talk to whoever runs it. */
export interface Settings {
  readonly seed: number
  readonly say: (line: string) => Effect.Effect<void>
  /** Whether a person watches: `--json` prints nothing but its line at the end. */
  readonly quiet: boolean
  /** `provider/name`; without one, an example that needs a model simulates it. */
  readonly model?: string
}

/** An example: what it measured is what `--json` prints. */
export interface Program {
  readonly name: string
  readonly run: (settings: Settings) => Effect.Effect<Readonly<Record<string, unknown>>, unknown, FileSystem.FileSystem>
}
