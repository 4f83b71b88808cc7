import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as LoggedRun from "../../src/LoggedRun.js"
import { RunLogError } from "../../src/RunLogError.js"
import { optional, packageMissing } from "../internal/packages.js"
import * as RunLogFile from "../RunLogFile.js"

const config = {
  log: Args.text({ name: "run.jsonl" }).pipe(Args.withDescription("The log of the run.")),
  output: Options.text("output").pipe(
    Options.withAlias("o"),
    Options.withPseudoName("file"),
    Options.withDescription("The page to write; default the log's name with .html."),
    Options.optional
  ),
  json: Options.boolean("json").pipe(
    Options.withDescription("Print what the run came to, and the page's name, as JSON.")
  )
}

/** Charts are drawn by a package that need not be there for anything else. */
const loadReport = optional(
  () => import("../Report.js"),
  (cause) => {
    const missing = packageMissing(cause)
    if (missing === undefined) throw cause
    return new RunLogError({
      reason: "WriteFailed",
      source: "report",
      detail: `it needs ${missing}, which is not installed`,
      cure: `npm install ${missing}`
    })
  }
)

/**
 * `hyperfunc report`: the log of a run as a page. 0 if it was written, 2 if it cannot be.
 *
 * @internal
 */
export const report = Command.make("report", config, ({ json, log, output }) =>
  Effect.gen(function* () {
    const file = Option.getOrElse(output, () => `${log.replace(/\.jsonl$/, "")}.html`)
    const run = yield* RunLogFile.load(log)
    const { write } = yield* loadReport
    yield* write(run, file)
    yield* Console.log(json ? JSON.stringify({ report: file, ...LoggedRun.summary(run) }, undefined, 2) : file)
  })
).pipe(Command.withDescription("Make an HTML page of a run's log."))
