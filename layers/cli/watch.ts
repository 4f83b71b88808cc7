import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Terminal from "@effect/platform/Terminal"
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type * as Event from "../../src/RunEvent.js"
import * as RunLog from "../../src/RunLog.js"
import * as RunLogFile from "../RunLogFile.js"
import { Ended } from "./exit.js"
import * as Progress from "./progress.js"

const config = {
  log: Args.text({ name: "run.jsonl" }).pipe(Args.withDescription("The log of the run.")),
  wait: Options.float("wait").pipe(
    Options.withPseudoName("seconds"),
    Options.withDescription("How long to wait for a log that is not there yet; default 10."),
    Options.withDefault(10)
  ),
  json: Options.boolean("json").pipe(Options.withDescription("Print every event as a line of JSON."))
}

/** On a terminal, a generation takes the place of the one before. */
const onTerminal = (terminal: Terminal.Terminal, event: Event.RunEvent, line: string) =>
  Effect.gen(function* () {
    const columns = yield* terminal.columns
    const shown = event._tag === "Generation" && columns > 0 ? line.slice(0, columns - 1) : line
    yield* Effect.ignore(terminal.display(`\r\u001b[2K${shown}${event._tag === "Generation" ? "" : "\n"}`))
  })

/**
 * `hyperfunc watch`: 0 when the run has ended, 1 when it has failed, 2 if there is no log to watch.
 *
 * @internal
 */
export const watch = Command.make("watch", config, ({ json, log, wait }) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal.Terminal
    const isTerminal = yield* terminal.isTTY
    const say = (event: Event.RunEvent): Effect.Effect<void> => {
      if (json) return Console.log(RunLog.encode(event))
      const line = Progress.line(event)
      if (line === undefined) return Effect.void
      return isTerminal ? onTerminal(terminal, event, line) : Console.log(line)
    }
    const last = yield* RunLogFile.follow(log, { wait: Duration.seconds(wait) }).pipe(Stream.tap(say), Stream.runLast)
    const hasFailed = Option.exists(last, ({ _tag }) => _tag === "Failed")
    return yield* new Ended({ code: hasFailed ? 1 : 0 })
  })
).pipe(Command.withDescription("Follow a run by its log until it is over."))
