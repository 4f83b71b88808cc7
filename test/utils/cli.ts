import * as NodeContext from "@effect/platform-node/NodeContext"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { run } from "../../layers/cli/command.js"

/** What the command says and ends with. */
export const said = (...args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const out: Array<string> = []
    const err: Array<string> = []
    const unsafe = Object.create(globalThis.console, {
      log: { value: (line: string) => out.push(line) },
      error: { value: (line: string) => err.push(line) }
    })
    const console: Console.Console = {
      ...(yield* Effect.console),
      log: (line) => Effect.sync(() => out.push(line)),
      error: (line) => Effect.sync(() => err.push(line)),
      unsafe
    }
    const code = yield* Console.withConsole(run(["node", "hyperfunc", ...args]), console)
    return { code, out: out.join("\n"), err: err.join("\n") }
  })

export const inContext = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  effect.pipe(Effect.scoped, Effect.provide(NodeContext.layer))
