#!/usr/bin/env node
/**
 * The command `hyperfunc`. What it is made of is loaded last, so that a missing package can be named.
 *
 * @since 0.1.0
 */
import { packageMissing } from "../internal/packages.js"

const packages = ["@effect/cli", "@effect/platform", "@effect/platform-node", "@effect/printer", "@effect/printer-ansi"]

try {
  const [NodeContext, NodeRuntime, Effect, { run }] = await Promise.all([
    import("@effect/platform-node/NodeContext"),
    import("@effect/platform-node/NodeRuntime"),
    import("effect/Effect"),
    import("./command.js")
  ])
  const main = Effect.flatMap(run(process.argv), (code) =>
    Effect.sync(() => {
      process.exitCode = code
    })
  )
  NodeRuntime.runMain(Effect.provide(main, NodeContext.layer))
} catch (error) {
  const missing = packageMissing(error)
  if (missing === undefined) throw error
  process.stderr.write(
    `hyperfunc: the command line needs ${missing}, which is not installed. npm install ${packages.join(" ")}\n`
  )
  process.exitCode = 2
}
