import type * as CliApp from "@effect/cli/CliApp"
import * as Command from "@effect/cli/Command"
import * as ValidationError from "@effect/cli/ValidationError"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { version } from "../../src/internal/version.js"
import type { ExitCode } from "./exit.js"
import { gate } from "./gate.js"
import { report } from "./report.js"
import { watch } from "./watch.js"

const hyperfunc = Command.make("hyperfunc").pipe(
  Command.withDescription("Measure, check and tune compound AI systems."),
  Command.withSubcommands([gate, report, watch])
)

const execute = Command.run(hyperfunc, { name: "hyperfunc", version, executable: "hyperfunc" })

/**
 * The command line: what a process with these arguments (`process.argv`) says, and ends with. A failure is said once.
 *
 * @internal
 */
export const run = (argv: ReadonlyArray<string>): Effect.Effect<ExitCode, never, CliApp.CliApp.Environment> =>
  execute(argv).pipe(
    Effect.as<ExitCode>(0),
    Effect.catchAll((error) => {
      if (ValidationError.isValidationError(error)) return Effect.succeed<ExitCode>(2)
      if (error._tag === "Ended") return Effect.succeed(error.code)
      return Effect.as(Console.error(`hyperfunc: ${error.message}`), 2 as const)
    })
  )
